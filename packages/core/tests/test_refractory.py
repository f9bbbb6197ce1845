"""What a refractory period holds, and for how long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Kick, Ramp, Source, raster

import brainkernel as bk


@pytest.mark.parametrize("period", [0, 1, 2, 5])
def test_held_up_to_and_including_the_end_of_the_period(backend, period):
    """V would grow by 1/2 a step: it fires at step 2 and stays at reset up to 2 + period."""
    ramp = Ramp(1, t_ref=period * DT, V_reset=-1.0)
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, "V"), spikes=bk.SpikeMonitor(ramp))
    net.run((period + 7) * DT, inputs={ramp: 4.0}, backend=backend)
    expected = [0.5, *[-1.0] * (period + 1), -0.5, 0.0, 0.5]
    assert net.v.V.values[: period + 5, 0].tolist() == expected
    assert raster(net.spikes) == {(2, 0), (2 + period + 4, 0)}


def test_each_neuron_has_its_own_period(backend):
    periods = np.arange(6)
    ramp = Ramp(6, t_ref=periods * DT)
    net = bk.Network(ramp, dt=DT, spikes=bk.SpikeMonitor(ramp))
    net.run(60 * DT, inputs={ramp: 8.0}, backend=backend)  # free neurons fire at every step
    assert raster(net.spikes) == {
        (step, n) for n in range(6) for step in range(1, 61, 1 + int(periods[n]))
    }


@pytest.mark.parametrize("period", [0, 1, 3])
def test_a_jump_that_arrives_while_held_is_lost(backend, period):
    """One neuron for each arrival, from before the spike at step 2 to after the period."""
    arrivals = np.arange(1, 9)
    source = Source(8, arrivals * DT, np.arange(8))
    ramp = Ramp(8, t_ref=period * DT)
    kick = Kick(source, ramp, connect=bk.connect.one_to_one(), weight=0.25)
    net = bk.Network(source, ramp, kick, dt=DT, v=bk.StateMonitor(ramp, "V"))
    net.run(2 * DT, inputs={ramp: 4.0}, backend=backend)
    net.run(8 * DT, backend=backend)
    lost = (arrivals >= 2) & (arrivals <= 2 + period) & (period > 0)
    expected = np.where(
        (arrivals > 1) & ~lost, 0.25, 0.0
    )  # what came at step 1 was reset away at step 2
    np.testing.assert_array_equal(net.v.V.values[-1], expected)


def test_what_arrives_at_the_time_of_the_spike_is_lost_only_where_there_is_a_period(backend):
    source = Source(2, [2 * DT, 2 * DT], [0, 1])
    ramp = Ramp(2, t_ref=[0.0, DT])
    kick = Kick(source, ramp, connect=bk.connect.one_to_one(), weight=0.25)
    net = bk.Network(source, ramp, kick, dt=DT, v=bk.StateMonitor(ramp, "V"))
    net.run(2 * DT, inputs={ramp: 4.0}, backend=backend)
    assert net.v.V.values[-1].tolist() == [0.25, 0.0]


def test_a_period_that_is_changed_holds_from_the_next_spike_on():
    ramp = Ramp(1, t_ref=2 * DT)
    net = bk.Network(ramp, dt=DT, spikes=bk.SpikeMonitor(ramp))
    net.run(2 * DT, inputs={ramp: 8.0})
    ramp.t_ref = 0.0
    net.run(4 * DT, inputs={ramp: 8.0})
    assert raster(net.spikes) == {(1, 0), (4, 0), (5, 0), (6, 0)}


def test_a_period_off_the_grid_is_refused_and_changes_nothing():
    ramp = Ramp(1, t_ref=2 * DT, name="cells")
    net = bk.Network(ramp, dt=DT)
    net.run(DT)
    with pytest.raises(bk.errors.TimeGridError, match="refractory"):
        ramp.t_ref = 0.2
    assert ramp.t_ref == 2 * DT
    net.run(DT)


class Counts(bk.Neuron):
    """A model without derivatives: its state is moved by a step function."""

    t_ref = bk.parameter(3 * DT, unit="ms")
    n = bk.state(0.0)
    age = bk.state(0.0)
    refractory = bk.refractory("t_ref", holds="n")

    @bk.step("n", "age")
    def count(n, age):
        return n + 1.0, age + 1.0

    @bk.threshold
    def fires(n):
        return n - 3.0

    @bk.reset("n")
    def back():
        return 0.0


def test_a_state_that_a_step_function_moves_is_held_too(backend):
    cells = Counts(1)
    net = bk.Network(cells, dt=DT, s=bk.StateMonitor(cells, ["n", "age"]))
    net.run(12 * DT, backend=backend)
    assert net.s.n.values[:, 0].tolist() == [1, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0]
    assert net.s.age.values[:, 0].tolist() == list(range(1, 13))  # what is not held moves on


def reference(drive, weights, delays, periods, steps):
    """The contract in plain Python, neuron by neuron: V at all times, and all spikes."""
    size = len(drive)
    V, last = [0.0] * size, [-(10**6)] * size
    spikes, trace = [], []
    for now in range(1, steps + 1):
        held = [periods[n] > 0 and now <= last[n] + periods[n] for n in range(size)]
        for n in range(size):
            if not held[n]:
                V[n] += DT * drive[n]
                if V[n] >= 1.0:
                    V[n], last[n] = 0.0, now
                    spikes.append((now, n))
        for time, source in spikes:
            for target in range(size):
                blocked = (
                    periods[target] > 0 and last[target] <= now <= last[target] + periods[target]
                )
                if time + delays[source][target] == now and not blocked:
                    V[target] += weights[source][target]
        trace.append(list(V))
    return np.array(trace), set(spikes)


@st.composite
def networks(draw):
    size = draw(st.integers(2, 5))
    grid = st.lists(
        st.lists(st.integers(-4, 8), min_size=size, max_size=size), min_size=size, max_size=size
    )
    weights = np.array(draw(grid)) / 8
    delays = np.array(draw(grid)) + 4
    drive = np.array(draw(st.lists(st.integers(0, 16), min_size=size, max_size=size))) / 4
    periods = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    return drive, weights, delays, np.array(periods)


@given(networks())
@settings(deadline=None, max_examples=40)
def test_recurrent_networks_follow_the_contract(backend, network):
    drive, weights, delays, periods = network
    size = drive.size
    ramp = Ramp(size, t_ref=periods * DT)
    pre, post = np.divmod(np.arange(size * size), size)
    rule = bk.connect.from_ij(pre, post)
    kick = Kick(ramp, ramp, connect=rule, weight=weights.ravel(), delay=delays.ravel() * DT)
    net = bk.Network(ramp, kick, dt=DT, v=bk.StateMonitor(ramp, "V"), spikes=bk.SpikeMonitor(ramp))
    net.run(40 * DT, inputs={ramp: drive}, backend=backend)
    trace, spikes = reference(drive, weights.tolist(), delays.tolist(), periods.tolist(), 40)
    np.testing.assert_array_equal(net.v.V.values, trace)
    assert raster(net.spikes) == spikes
