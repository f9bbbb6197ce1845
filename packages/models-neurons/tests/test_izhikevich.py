"""Izhikevich's model: its rest, its bifurcation, and the paper's kinds of cells."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import Izhikevich


def train(pattern, current, duration=1000.0):
    cell = Izhikevich(1, **Izhikevich.firing_patterns[pattern])
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell))
    net.run(duration, inputs={cell: current})
    return net.spikes.time.values


def test_it_rests_where_both_rates_are_zero():
    cell = Izhikevich(1)
    net = bk.Network(cell)
    net.run(500.0)
    assert (cell.V[0], cell.u[0]) == pytest.approx((-70.0, -14.0))  # 0.04 V**2 + 4.8 V + 140 = 0


def test_rest_ends_at_the_saddle_node():
    """At b = 0.2 the fixed points meet at I = 4; the lower is stable up to the Hopf at 3.7975."""
    current = np.array([3.7, 4.1])
    lower = (-4.8 - np.sqrt(np.maximum(0.64 - 0.16 * current, 0.0))) / 0.08
    cells = Izhikevich(2, V=lower, u=0.2 * lower)
    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells))
    net.run(1000.0, inputs={cells: current})
    assert set(net.spikes.neuron.values) == {1}
    assert cells.V[0] == pytest.approx(lower[0])


def test_a_spike_resets_both_states():
    cell = Izhikevich(1, c=-55.0, d=4.0)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), trace=bk.StateMonitor(cell, ["V", "u"]))
    net.run(50.0, inputs={cell: 10.0})
    at = np.searchsorted(net.trace.time.values, net.spikes.time.values[0] - 1e-6)
    assert net.trace.V.values[at, 0] == -55.0
    assert net.trace.u.values[at, 0] - net.trace.u.values[at - 1, 0] == pytest.approx(4.0, abs=0.15)
    assert net.trace.V.values.max() < 30.0


def test_regular_spiking_cells_adapt_and_fast_spiking_ones_do_not():
    regular, fast = (np.diff(train(name, 10.0)) for name in ("regular_spiking", "fast_spiking"))
    assert regular[-1] > 1.8 * regular[0]
    np.testing.assert_allclose(fast[3:], fast[-1], rtol=0.05)
    assert 20 <= regular.size <= 25
    assert 120 <= fast.size <= 140


def test_bursting_cells_burst():
    intrinsic, chattering = (
        np.diff(train(name, 10.0)) for name in ("intrinsically_bursting", "chattering")
    )
    assert intrinsic[0] < 0.5 * intrinsic[-1]  # one burst, then single spikes
    assert chattering.max() > 5 * chattering.min()
    assert np.sum(chattering > 3 * chattering.min()) > 3  # many bursts


def test_a_thalamo_cortical_cell_rebounds():
    cell = Izhikevich(1, **Izhikevich.firing_patterns["thalamo_cortical"])
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell))
    net.run(200.0)
    before = net.spikes.time.size
    net.run(200.0, inputs={cell: -10.0})
    assert net.spikes.time.size == before
    net.run(100.0)
    assert net.spikes.time.size > before


@pytest.mark.parametrize("pattern", Izhikevich.firing_patterns)
def test_each_pattern_starts_on_the_line_of_its_recovery(pattern):
    values = Izhikevich.firing_patterns[pattern]
    assert values["u"] == values["b"] * Izhikevich.definition.declarations["V"].default
    assert train(pattern, 10.0, 200.0).size > 1
