"""FitzHugh-Nagumo: rest and the Hopf bifurcation in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import FitzHughNagumo


def test_it_rests_on_both_nullclines():
    cell = FitzHughNagumo(1)
    net = bk.Network(cell)
    net.run(300.0)
    V, w = float(cell.V[0]), float(cell.w[0])
    assert (w, 0.8 * w) == pytest.approx((V - V**3 / 3, V + 0.7), abs=1e-10)
    assert (V, w) == pytest.approx((-1.1994, -0.6243), abs=5e-5)


def test_rest_turns_unstable_at_the_hopf_bifurcation():
    """The trace 1 - V**2 - b / tau vanishes at V**2 = 1 - b / tau; the nullclines give I there."""
    V = -np.sqrt(1 - 0.8 / 12.5)
    hopf = (V + 0.7) / 0.8 - V + V**3 / 3
    current = hopf + np.array([-0.005, 0.005])
    cells = FitzHughNagumo(2, V=V, w=(V + 0.7) / 0.8 + 1e-3)
    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells))
    net.run(2000.0, inputs={cells: current})
    assert set(net.spikes.neuron.values) == {1}


def test_each_cycle_is_one_spike():
    cell = FitzHughNagumo(1)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), trace=bk.StateMonitor(cell, "V"))
    net.run(400.0, inputs={cell: 0.5})
    above = net.trace.V.values[:, 0] >= 1.0
    assert net.spikes.time.size == np.sum(above[1:] & ~above[:-1]) > 5
