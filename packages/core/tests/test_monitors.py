"""What monitors record: which numbers, of whom, when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Current, Gate, Jump, Noisy, Ramp, raster

import brainkernel as bk


def noisy(steps=80, **options):
    a = Noisy((4, 5), t_ref=DT, name="a")
    made = {name: make(a) for name, make in options.items()}
    net = bk.Network(a, dt=DT, **made)
    net.run(steps * DT, inputs={a: 1.0})
    return net


@given(every=st.integers(1, 17), partition=st.lists(st.integers(0, 25), min_size=1, max_size=4))
@settings(deadline=None, max_examples=25)
def test_samples_lie_at_the_multiples_of_the_interval(every, partition):
    ramp = Ramp(2, V_th=1e9)
    net = bk.Network(ramp, dt=DT, v=bk.StateMonitor(ramp, "V", every=every * DT))
    for steps in partition:
        tree = net.run(steps * DT, inputs={ramp: [1.0, 2.0]})
    steps = np.arange(every, sum(partition) + 1, every)
    np.testing.assert_array_equal(net.v.time.values, steps * DT)
    np.testing.assert_array_equal(net.v.V.values, steps[:, None] * DT * [1.0, 2.0])
    last = steps[steps > sum(partition[:-1])]
    np.testing.assert_array_equal(tree["v"].V.values[:, 0], last * DT)


@pytest.mark.parametrize("dt", [0.1, 0.025, 0.05, 1.0, 0.2])
def test_times_are_the_nearest_numbers_to_what_is_meant(dt):
    ramp = Ramp(1)
    net = bk.Network(
        ramp, dt=dt, v=bk.StateMonitor(ramp, "V"), s=bk.SpikeMonitor(ramp), r=bk.RateMonitor(ramp)
    )
    net.run(300 * dt, inputs={ramp: 1000.0})
    exact = [float(f"{k * round(dt * 1000) / 1000:.3f}") for k in range(1, 301)]
    for dataset in (net.v, net.s, net.r):
        assert dataset.time.values.tolist() == exact


def test_events_are_ordered_by_time_then_neuron(backend):
    gate, last = Gate(5), Gate(3)
    net = bk.Network(
        gate,
        last,
        dt=DT,
        s=bk.SpikeMonitor(gate),
        q=bk.SpikeMonitor(last),
        p=bk.SpikeMonitor(gate[3:0:-1]),
    )
    table = np.random.default_rng(0).integers(0, 2, (40, 5))
    net.run(40 * DT, inputs={gate: bk.TimedArray(table, DT), last: 1.0}, backend=backend)
    steps, neurons = np.nonzero(table)  # row by row
    np.testing.assert_array_equal(net.s.time.values, (steps + 1) * DT)
    np.testing.assert_array_equal(net.s.neuron.values, neurons)
    assert raster(net.p) == {(step, n) for step, n in raster(net.s) if n in (1, 2, 3)}
    assert net.q.neuron.values.tolist() == [0, 1, 2] * 40  # numbers count within the group


@pytest.mark.parametrize("every", [1, 4, 7])
def test_rates_are_the_counts_of_the_spike_monitor(every):
    net = noisy(
        s=bk.SpikeMonitor,
        r=lambda a: bk.RateMonitor(a, every=every * DT),
        p=lambda a: bk.RateMonitor(a[1, :3], every=every * DT),
    )
    for rates, wanted in ((net.r, range(20)), (net.p, (5, 6, 7))):
        steps = [step for step, n in raster(net.s) if n in wanted]
        ends = np.arange(every, 81, every)
        counts = [sum(end - every < step <= end for step in steps) for end in ends]
        np.testing.assert_allclose(
            rates.rate.values * len(wanted) * every * DT * 1e-3, counts, atol=1e-12
        )
        np.testing.assert_array_equal(rates.time.values, ends * DT)
        assert sum(counts) > 0


def test_flags_are_the_spikes_of_the_spike_monitor():
    net = noisy(s=bk.SpikeMonitor, f=lambda a: bk.StateMonitor(a, "spike"))
    assert net.f.spike.dtype == bool
    steps, neurons = np.nonzero(net.f.spike.values)
    assert set(zip((steps + 1).tolist(), neurons.tolist(), strict=True)) == raster(net.s)


def test_slices_and_chosen_neurons_keep_their_numbers():
    everyone = {"v": lambda a: bk.StateMonitor(a, "V")}
    net = noisy(
        **everyone,
        row=lambda a: bk.StateMonitor(a[2], "V"),
        back=lambda a: bk.StateMonitor(a[2, ::-2], "V"),
        few=lambda a: bk.StateMonitor(a[1:3], "V", neurons=[0, 9, 4]),
        one=lambda a: bk.StateMonitor(a, "V", neurons=7),
    )
    for name, ids in {
        "row": [10, 11, 12, 13, 14],
        "back": [14, 12, 10],
        "few": [5, 14, 9],
        "one": [7],
    }.items():
        found = getattr(net, name)
        assert found.neuron.values.tolist() == ids
        np.testing.assert_array_equal(found.V.values, net.v.V.values[:, ids])
        np.testing.assert_array_equal(found.V.values, net.v.V.sel(neuron=ids).values)


class Plastic(bk.Synapse):
    """Has a state at each level."""

    w = bk.state(0.0, per="synapse")
    x = bk.state(0.0, per="pre")
    y = bk.state(0.0, per="post")

    @bk.on_pre("w")
    def count(w):
        return w + 1.0

    @bk.on_pre("x")
    def trace(x):
        return x + 1.0

    @bk.on_pre("y")
    def arrived(y):
        return y + 1.0


def plastic(**monitors):
    pre, post = Gate(6, name="pre"), Counter(5, name="post")
    rule = bk.connect.from_ij([2, 0, 1, 0], [0, 2, 2, 1])
    syn = Plastic(pre[1:4], post[[4, 0, 2]], connect=rule, w=[10.0, 20.0, 30.0, 40.0], name="syn")
    net = bk.Network(pre, post, syn, dt=DT, **{name: make(syn) for name, make in monitors.items()})
    net.run(DT, inputs={pre: [0, 1, 0, 1, 0, 0]})
    return net


def test_states_of_synapses_are_counted_as_the_user_counts():
    net = plastic(s=lambda syn: bk.StateMonitor(syn, ["w", "x", "y"]))
    assert net.s.synapse.values.tolist() == [0, 1, 2, 3]
    assert net.s.pre.values.tolist() == [3, 1, 2, 1]
    assert net.s.post.values.tolist() == [4, 2, 2, 0]
    assert net.s.w.values.tolist() == [[11, 21, 30, 41]]
    assert net.s.pre_neuron.values.tolist() == [1, 2, 3]
    assert net.s.x.values.tolist() == [[1, 0, 1]]
    assert net.s.neuron.values.tolist() == [4, 0, 2]
    assert net.s.y.values.tolist() == [[1, 1, 1]]
    some = plastic(s=lambda syn: bk.StateMonitor(syn, "w", synapses=[3, 0]))
    assert (some.s.w.values.tolist(), some.s.pre.values.tolist()) == ([[41, 11]], [1, 3])


def test_reading_and_writing_states_follows_the_same_order():
    net = plastic()
    (syn,) = net.projections
    assert syn.w.tolist() == [11, 21, 30, 41]
    syn.w = [1.0, 2.0, 3.0, 4.0]
    syn.x = [7.0, 8.0, 9.0]
    assert syn.w.tolist() == [1, 2, 3, 4]
    net.run(DT, inputs={net.groups[0][3]: 1.0})
    assert syn.w.tolist() == [2, 2, 3, 4]
    assert syn.x.tolist() == [7, 8, 10]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda a: bk.StateMonitor(a, "v"), "did you mean V"),
        (lambda a: bk.StateMonitor(a, "V", synapses=[0]), "no value for each synapse"),
        (lambda a: bk.SpikeMonitor(a, "v"), "did you mean V"),
        (lambda a: bk.StateMonitor(a, []), "needs a variable"),
        (lambda a: bk.StateMonitor("a", "V"), "not a str"),
        (lambda a: bk.SpikeMonitor(Counter(2)), "no threshold"),
        (lambda a: bk.RateMonitor(3), "not a int"),
        (lambda a: bk.StateMonitor(a, "V", neurons=[2, 3]), "3 is not among its 3"),
        (lambda a: bk.StateMonitor(a, "V", neurons=[-1]), "-1 is not among its 3"),
    ],
)
def test_a_monitor_that_cannot_be_is_refused(make, said):
    with pytest.raises(bk.errors.MonitorError, match=said):
        ramp = Ramp(3, name="ramp")
        net = bk.Network(ramp, m=make(ramp))
        net.run(1.0)


def test_an_interval_off_the_grid_is_refused():
    ramp = Ramp(1)
    with pytest.raises(bk.errors.TimeGridError, match="monitor slow"):
        bk.Network(ramp, dt=DT, slow=bk.StateMonitor(ramp, "V", every=0.3)).run(1.0)


def test_names_of_monitors():
    ramp = Ramp(1)
    net = bk.Network(
        ramp, bk.SpikeMonitor(ramp), bk.StateMonitor(ramp, "V"), mine=bk.RateMonitor(ramp)
    )
    net.run(1.0)
    assert list(net.monitors) == ["monitor1", "monitor2", "mine"]
    assert net.monitor2.V.sizes["time"] == 10
    with pytest.raises(AttributeError, match="did you mean mine"):
        _ = net.min
    for taken in ("run", "groups", "_build"):
        with pytest.raises(bk.errors.NetworkError, match=taken):
            bk.Network(Ramp(1), **{taken: bk.SpikeMonitor(ramp)})
    other = Ramp(1)
    both = bk.Network(other, bk.StateMonitor(other, "V"), monitor1=bk.SpikeMonitor(other))
    assert list(both.monitors) == ["monitor2", "monitor1"]  # none takes the other's place


def test_a_projection_with_state_is_watched_where_it_lives():
    a, b = Gate(2), Ramp(3, V_th=1e9)
    one = Current(a, b[1:], connect=bk.connect.all_to_all(), tau=1e9, name="one")
    two = Current(a[:1], b, connect=bk.connect.all_to_all(), tau=1e9, weight=4.0, name="two")
    net = bk.Network(
        a, b, one, two, dt=DT, g=bk.StateMonitor(one, "g"), h=bk.StateMonitor(two, "g")
    )
    net.run(DT, inputs={a: 1.0})
    assert (net.g.g.values.tolist(), net.g.neuron.values.tolist()) == ([[2.0, 2.0]], [1, 2])
    assert (net.h.g.values.tolist(), net.h.neuron.values.tolist()) == ([[4.0, 4.0, 4.0]], [0, 1, 2])


def test_jumps_are_recorded_after_they_acted():
    gate, target = Gate(1), Counter(1)
    jump = Jump(gate, target, connect=bk.connect.one_to_one())
    net = bk.Network(gate, target, jump, dt=DT, x=bk.StateMonitor(target, "x"))
    net.run(2 * DT, inputs={gate: 1.0})
    assert net.x.x.values[:, 0].tolist() == [1.0, 2.0]
