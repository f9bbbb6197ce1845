"""VoltageJump: when, how far, and what happens to a target that is held."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_synapses import VoltageJump

ALL = bk.connect.all_to_all()


def traced(sources, cells, **options):
    synapses = VoltageJump(sources, cells, **options)
    return bk.Network(
        sources, cells, synapses, V=bk.StateMonitor(cells, "V"), spikes=bk.SpikeMonitor(cells)
    )


def at(net, time):
    return net.V.V.values[round(time / 0.1) - round(float(net.V.time.values[0]) / 0.1)]


@pytest.mark.parametrize("delay", [0.0, 0.1, 1.5])
def test_the_jump_acts_at_spike_time_plus_delay(delay, cell, source):
    net = traced(source(1), cell(1), connect=ALL, weight=4.0, delay=delay)
    net.run(6.0)
    assert at(net, 0.9 + delay) == -60.0
    assert at(net, 1.0 + delay) == -56.0
    assert at(net, 2.0 + delay) == pytest.approx(-60.0 + 4.0 * np.exp(-1.0 / 20.0), rel=1e-12)


def test_jumps_of_one_step_add_up(cell, source):
    net = traced(
        source(3), cell(2), connect=ALL, weight=np.array([1.0, 2.0, 4.0, 8.0, -16.0, 32.0])
    )
    net.run(1.0)
    assert at(net, 1.0).tolist() == [-60.0 + 1.0 + 4.0 - 16.0, -60.0 + 2.0 + 8.0 + 32.0]


def test_a_jump_over_the_threshold_fires_a_step_later(cell, source):
    net = traced(source(1), cell(1, V_th=-50.0), connect=ALL, weight=12.0)
    net.run(2.0)
    assert net.spikes.time.values.tolist() == [1.1]
    assert at(net, 1.0) == -48.0
    assert at(net, 1.1) == -65.0


def test_what_reaches_a_held_target_is_lost(cell, source):
    """The target fires at 1.1 and is held up to and including 6.1 ms."""
    times = np.array([1.0, 3.0, 6.1, 6.2])
    net = traced(
        source(4, at=times),
        cell(1, V_th=-50.0),
        connect=ALL,
        weight=np.array([12.0, 5.0, 5.0, 5.0]),
    )
    net.run(7.0)
    assert net.spikes.time.values.tolist() == [1.1]
    assert at(net, 3.0) == at(net, 6.1) == -65.0
    assert at(net, 6.2) == pytest.approx(-60.0 - 5.0 * np.exp(-0.1 / 20.0) + 5.0, rel=1e-12)
