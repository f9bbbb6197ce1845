"""What is special about each: numbers worked out by hand."""

import logging

import numpy as np
import pytest
from lab_models import QuadraticIF, ring

import brainkernel as bk


def interval(current, tau=10.0, R=100.0, V_r=-65.0, V_t=-50.0, V_th=20.0, V_reset=-80.0):
    """The time from reset to spike, which is an integral of 1 / (u**2 + c**2)."""
    width, middle = V_t - V_r, (V_t + V_r) / 2
    c = np.sqrt(width * R * current - width**2 / 4)
    return tau * width / c * (np.arctan((V_th - middle) / c) - np.arctan((V_reset - middle) / c))


@pytest.mark.parametrize("current", [0.05, 0.1, 0.2])
def test_the_interval_between_spikes_is_the_integral(current):
    cell = QuadraticIF(1)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), dt=0.01)
    net.run(200.0, inputs={cell: current})
    np.testing.assert_allclose(np.diff(net.spikes.time), interval(current), atol=0.02)


def test_below_rheobase_it_is_silent():
    """The current at which rest disappears is (V_t - V_r) / 4 R = 0.0375 nA."""
    cells = QuadraticIF(2)
    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells))
    net.run(500.0, inputs={cells: [0.037, 0.04]})
    assert set(net.spikes.neuron.values.tolist()) == {1}


def test_the_neighbours_on_a_ring():
    cells = QuadraticIF(5)
    synapses = Pull(cells, cells, connect=ring(1))
    _net = bk.Network(cells, synapses)  # kept: its values are read
    pairs = list(zip(synapses.sources.tolist(), synapses.targets.tolist(), strict=True))
    assert pairs == [(0, 1), (0, 4), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 0), (4, 3)]
    assert bk.connect.ring is ring  # by its name, from the plugin


@pytest.mark.parametrize(("sizes", "reach"), [((5, 6), 1), ((4, 4), 2), ((5, 5), 0)])
def test_a_ring_that_cannot_be_is_refused(sizes, reach):
    pre, post = (QuadraticIF(size) for size in sizes)
    with pytest.raises(bk.errors.ConnectError, match="connect larger groups"):
        bk.Network(pre, post, Pull(pre, post, connect=ring(reach))).program()


def test_the_stopwatch_tells_what_it_timed(caplog):
    cell = QuadraticIF(1)
    with caplog.at_level(logging.INFO):
        bk.Network(cell).run(10.0, backend="stopwatch")
    assert "100 steps took" in caplog.text


class Pull(bk.Synapse):
    """Pulls the target towards the source."""

    @bk.adds_to("I")
    def pull(V_pre, V_post):
        return 0.001 * (V_pre - V_post)


def test_what_the_stopwatch_does_not_declare_is_refused():
    """Its spec says what it can do, and is believed: no class is looked into."""
    net = bk.Network(QuadraticIF(2))
    with pytest.raises(bk.errors.BackendError, match="runs on one thread"):
        net.run(1.0, backend="stopwatch", threads=2)
    with pytest.raises(bk.errors.BackendError, match="cannot explain"):
        net.explain(1.0, backend="stopwatch")
    net.run(1.0, backend="stopwatch")
    assert net.t == 1.0
