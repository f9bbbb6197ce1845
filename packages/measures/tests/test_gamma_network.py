"""The gamma rhythm of Wang & Buzsaki (1996, J. Neurosci. 16:6402), by the measures that see it."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_measures as measures


class Inhibition(bk.Synapse):
    """Synapses whose gate follows the potential of the source, as the paper has them."""

    E = bk.parameter(-75.0, unit="mV")
    alpha = bk.parameter(12.0, unit="1/ms")
    beta = bk.parameter(0.1, unit="1/ms")
    g = bk.parameter(0.001, unit="mS/cm**2")  # 0.1 by the number of sources
    s = bk.state(0.0, per="pre")

    @bk.derivative
    def ds(s, V_pre, alpha, beta):
        opening = 1.0 / (1.0 + np.exp(-V_pre / 2.0))
        return alpha * opening * (1.0 - s) - beta * s

    @bk.adds_to("I")
    def current(s, g, E, V_post):
        return g * s * (E - V_post)


@pytest.mark.slow
def test_interneurons_synchronize_to_a_gamma_rhythm():
    neurons = pytest.importorskip("brainkernel_neurons")
    pytest.importorskip("brainkernel_numba")
    cells = neurons.WangBuzsaki(100, V=lambda rng: rng.uniform(-70.0, -50.0))
    mutual = Inhibition(cells, cells, connect=bk.connect.all_to_all())
    net = bk.Network(
        cells,
        mutual,
        dt=0.05,
        spikes=bk.SpikeMonitor(cells),
        states=bk.StateMonitor(cells, "V", every=0.5),
    )
    net.run(600.0, inputs={cells: 1.2}, backend="numba")
    # they begin apart, and are together after some cycles
    assert measures.kappa(measures.between(net.spikes, 0.0, 100.0)).item() < 0.5
    late = measures.between(net.spikes, 300.0)
    assert measures.kappa(late).item() >= 0.95
    assert measures.chi_squared(measures.between(net.states, 300.0)).item() >= 0.95
    # together they are as one neuron that inhibits itself, for which solve_ivp gives 45.849 Hz
    frequency = 1000.0 / float(measures.isi(late).mean())
    assert frequency == pytest.approx(45.849, abs=0.2)
