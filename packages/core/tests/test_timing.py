"""When things act: the slot order within a step, and delays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Gate, Jump, Kick, Ramp, Source, raster

import brainkernel as bk

MOST = 60  # steps of delay


def arrivals(times, delays, backend, dt=DT, steps=None):
    """Run one synapse for each neuron of a source; give x of all targets at all times."""
    count = len(times)
    source = Source(count, np.asarray(times) * dt, np.arange(count))
    target = Counter(count)
    synapses = Jump(source, target, connect=bk.connect.one_to_one(), delay=np.asarray(delays) * dt)
    net = bk.Network(
        source,
        target,
        synapses,
        dt=dt,
        x=bk.StateMonitor(target, "x"),
        spikes=bk.SpikeMonitor(source),
    )
    net.run((steps or int(np.max(times)) + MOST + 2) * dt, backend=backend)
    return net


@pytest.mark.parametrize("dt", [DT, 0.1])
def test_ten_thousand_delays_act_at_exactly_their_time(backend, dt):
    rng = np.random.default_rng(1)
    times, delays = rng.integers(1, 100, 10_000), rng.integers(0, MOST + 1, 10_000)
    net = arrivals(times, delays, backend, dt)
    steps = np.arange(1, net.step + 1)[:, None]
    np.testing.assert_array_equal(net.x.x.values, (steps >= times + delays).astype(float))
    assert raster(net.spikes) == set(zip(times.tolist(), range(10_000), strict=True))


def test_several_delays_between_the_same_two_neurons(backend):
    source, target = Source(1, [1.0], [0]), Counter(1)
    rule = bk.connect.from_ij([0, 0, 0, 0], [0, 0, 0, 0])
    synapses = Jump(
        source, target, connect=rule, delay=[0.5, 0.0, 2.0, 0.5], weight=[1.0, 10.0, 100.0, 1000.0]
    )
    net = bk.Network(source, target, synapses, dt=0.5, x=bk.StateMonitor(target, "x"))
    net.run(4.0, backend=backend)
    assert net.x.x.values[:, 0].tolist() == [0, 10, 1011, 1011, 1011, 1111, 1111, 1111]


@pytest.mark.parametrize("axonal", [0, 1, 7])
@pytest.mark.parametrize("dendritic", [0, 1, 5])
def test_a_spike_acts_after_both_delays(backend, axonal, dendritic):
    gate, target = Gate(1), Counter(1)
    options = {"delay": axonal * DT, "dendritic_delay": dendritic * DT}
    synapses = Jump(gate, target, connect=bk.connect.one_to_one(), **options)
    net = bk.Network(gate, target, synapses, dt=DT, x=bk.StateMonitor(target, "x"))
    net.run(30 * DT, inputs={gate: 1.0}, backend=backend)
    assert net.x.x.values[:, 0].tolist() == [
        max(0, step - axonal - dendritic) for step in range(1, 31)
    ]


def test_a_delay_of_zero_acts_at_the_time_of_the_spike(backend):
    net = arrivals([3], [0], backend, steps=5)
    assert net.x.x.values[:, 0].tolist() == [0, 0, 1, 1, 1]


def test_spikes_of_each_step_arrive_whatever_the_delay(backend):
    """A neuron that fires at every step fills all slots of the ring, again and again."""
    for delay in (0, 1, 7):
        gate, target = Gate(1), Counter(1)
        synapses = Jump(gate, target, connect=bk.connect.one_to_one(), delay=delay * DT)
        net = bk.Network(gate, target, synapses, dt=DT, x=bk.StateMonitor(target, "x"))
        net.run(50 * DT, inputs={gate: 1.0}, backend=backend)
        assert net.x.x.values[:, 0].tolist() == [max(0, step - delay) for step in range(1, 51)]


def test_many_spikes_in_flight_outgrow_the_first_room(backend):
    gate, target = Gate(400), Counter(400)
    synapses = Jump(gate, target, connect=bk.connect.one_to_one(), delay=200 * DT)
    net = bk.Network(gate, target, synapses, dt=DT, spikes=bk.SpikeMonitor(gate))
    net.run(100 * DT, inputs={gate: 1.0}, backend=backend)
    net.run(150 * DT, backend=backend)
    assert net.spikes.sizes["spike"] == 400 * 100
    np.testing.assert_array_equal(target.x, np.full(400, 50.0))


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(0, 20), st.integers(1, 8)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 45),
)
@settings(deadline=None, max_examples=30)
def test_arrivals_add_up(synapses, steps):
    """However spikes and delays meet, a target holds the weights of all arrivals, none twice."""
    times, delays, weights = (np.array(column) for column in zip(*synapses, strict=True))
    source, target = Source(times.size, times * DT, np.arange(times.size)), Counter(1)
    rule = bk.connect.from_ij(np.arange(times.size), np.zeros(times.size, int))
    projection = Jump(source, target, connect=rule, delay=delays * DT, weight=weights / 8)
    net = bk.Network(source, target, projection, dt=DT, x=bk.StateMonitor(target, "x"))
    net.run(steps * DT)
    expected = [float(np.sum(weights[times + delays <= step]) / 8) for step in range(1, steps + 1)]
    assert net.x.x.values[:, 0].tolist() == expected


def test_an_input_acts_within_its_step_and_a_spike_is_found_at_its_end():
    ramp = Ramp(1)
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, ["V", "spike"]))
    net.run(6 * DT, inputs={ramp: 4.0})  # V grows by 1/2 a step
    assert net.v.V.values[:, 0].tolist() == [0.5, 0.0, 0.5, 0.0, 0.5, 0.0]
    assert net.v.spike.values[:, 0].tolist() == [False, True] * 3
    assert net.v.time.values[0] == DT


def test_a_jump_over_threshold_fires_one_step_later():
    source, ramp = Source(1, [3 * DT], [0]), Ramp(1)
    kick = Kick(source, ramp, connect=bk.connect.all_to_all(), weight=1.5, delay=2 * DT)
    net = bk.Network(source, ramp, kick, dt=DT, v=bk.StateMonitor(ramp, ["V", "spike"]))
    net.run(8 * DT)
    assert net.v.V.values[:, 0].tolist() == [
        0,
        0,
        0,
        0,
        1.5,
        0,
        0,
        0,
    ]  # seen above threshold at T + d
    assert np.flatnonzero(net.v.spike.values[:, 0]).tolist() == [5]


@pytest.mark.parametrize(
    ("delay", "said"),
    [
        (0.3, "0.25 or 0.375 ms"),
        (-0.125, "at least 0 ms"),
        (np.nan, "NaN"),
        (np.inf, "not finite"),
        ([0.125, 0.2], "0.2 ms"),
        ([0.125, -0.25], "-0.25 ms"),
    ],
)
def test_a_delay_off_the_grid_is_refused_with_the_projections_name(delay, said):
    gate, target = Gate(2), Counter(2)
    with pytest.raises(bk.errors.DelayError, match="slow") as caught:
        synapses = Jump(gate, target, connect=bk.connect.one_to_one(), delay=delay, name="slow")
        bk.Network(gate, target, synapses, dt=DT)
    assert said in str(caught.value)


def test_time_is_exact_after_many_steps():
    net = bk.Network(Counter(1), dt=0.1)
    net.state.step = 10**8 + 3
    assert net.t == 10_000_000.3
