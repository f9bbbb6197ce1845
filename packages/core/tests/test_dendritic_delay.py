"""Both delays of a synapse that learns, against a list of all its events, in exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Gate, Jump, Ramp, Source

import brainkernel as bk
from brainkernel.errors import DelayError, ModelError

ALL = bk.connect.all_to_all()
STEPS = 40


class Ear(Source):
    """Fires at given steps, one train for each neuron, and keeps the sums of all that arrives."""

    x = bk.state(0.0)
    y = bk.state(0.0)

    def __init__(self, *trains, **options):
        neurons = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
        super().__init__(len(trains), np.concatenate(trains) * DT, neurons, **options)
        self.__dict__["trains"] = trains


class Early(bk.Synapse):
    """Learns, then hands on its weight, and how many spikes of its source have come."""

    w = bk.state(1.0, per="synapse")
    n = bk.state(0.0, per="pre")

    @bk.on_pre("n")
    def count(n):
        return n + 1.0

    @bk.on_pre("w")
    def grow(w):
        return w + 1.0

    @bk.on_pre("x_post")
    def hand_on(x_post, w):
        return x_post + w

    @bk.on_pre("y_post")
    def hand_on_more(n, y_post):
        return 2.0 * n + y_post

    @bk.on_post("w")
    def double(w):
        return 2.0 * w


class Late(bk.Synapse):
    """The same, but hands on its weight as it was."""

    w = bk.state(1.0, per="synapse")
    n = bk.state(0.0, per="pre")
    count, hand_on, hand_on_more = Early.count, Early.hand_on, Early.hand_on_more
    grow, double = Early.grow, Early.double


def expected(early, pre, post, axonal, dendritic):
    """The weight at the end, and what a synapse adds to x and y of its target at each step."""
    weight, count = 1.0, 0
    x, y = np.zeros(STEPS + 1), np.zeros(STEPS + 1)
    events = [(t + axonal, False) for t in pre] + [(t + dendritic, True) for t in post]
    for now, is_post in sorted(event for event in events if event[0] <= STEPS):
        if is_post:
            weight *= 2
            continue
        count += 1
        if now + dendritic <= STEPS:
            x[now + dendritic] += weight + early
            y[now + dendritic] += 2 * count
        weight += 1
    return weight, np.cumsum(x)[1:], np.cumsum(y)[1:]


def network(model, trains, delays):
    """Two groups of one model, three projections of one model, also between slices."""
    a, b = Ear(*trains[:2], name="a"), Ear(*trains[2:], name="b")
    ends = [(a, b), (b[1:], b[:2]), (b, a[1:])]
    projections = [
        model(pre, post, connect=ALL, delay=axonal * DT, dendritic_delay=dendritic * DT)
        for (pre, post), (axonal, dendritic) in zip(ends, delays, strict=True)
    ]
    monitors = [bk.StateMonitor(group, ["x", "y"]) for group in (a, b)]
    return bk.Network(a, b, *projections, dt=DT, a=monitors[0], b=monitors[1])


def check(net, model, delays):
    sums = {group: np.zeros((2, STEPS, group.size)) for group in net.groups}
    for projection, (axonal, dendritic) in zip(net.projections, delays, strict=True):
        pre, post = projection.pre.group, projection.post.group
        weights = []
        for i, j in zip(projection.sources, projection.targets, strict=True):
            w, x, y = expected(model is Early, pre.trains[i], post.trains[j], axonal, dendritic)
            weights.append(w)
            sums[post][0, :, j] += x
            sums[post][1, :, j] += y
        assert projection.w.tolist() == weights
        assert projection.delays.tolist() == [axonal * DT] * len(weights)
    for group, monitor in zip(net.groups, (net.a, net.b), strict=True):
        np.testing.assert_array_equal(monitor.x.values, sums[group][0])
        np.testing.assert_array_equal(monitor.y.values, sums[group][1])


train = st.sets(st.integers(1, 25), max_size=8).map(sorted)
steps = st.tuples(st.integers(0, 9), st.integers(0, 9))


@given(
    st.sampled_from([Early, Late]),
    st.lists(train, min_size=5, max_size=5),
    st.lists(steps, min_size=3, max_size=3),
)
@settings(deadline=None, max_examples=40)
def test_what_passes_a_synapse_acts_one_dendritic_delay_later(model, trains, delays):
    net = network(model, trains, delays)
    net.run(STEPS * DT)
    check(net, model, delays)


TRAINS = [[3, 4, 9, 20], [1, 9, 10], [4, 5, 8, 9], [], [2, 4, 11, 12, 13, 25]]


@pytest.mark.parametrize("model", [Early, Late])
@pytest.mark.parametrize("delays", [[(2, 3), (0, 5), (7, 1)], [(0, 1), (4, 0), (3, 8)]])
def test_every_backend_and_any_split_of_a_run(backend, model, delays):
    net = network(model, TRAINS, delays)
    net.run(STEPS * DT, backend=backend)
    check(net, model, delays)
    values = net.state.values
    for cut in range(1, STEPS, 6):
        net.reset()
        net.run(cut * DT, backend=backend)
        kept = net.store()
        net.run(3 * DT, backend=backend)
        net.restore(kept)  # what is on its way comes back too
        net.run((STEPS - cut) * DT, backend=backend)
        check(net, model, delays)
        np.testing.assert_array_equal(net.state.values, values)


def test_a_synapse_may_have_axonal_delays_of_its_own(backend):
    class Own(bk.Synapse):
        """Hands on its weight, and learns."""

        w = bk.state(1.0, per="synapse")
        hand_on, grow, double = Early.hand_on, Early.grow, Early.double

    axonal = np.array([0, 3, 5, 1, 3, 12])
    a, b = Ear(*TRAINS[:2]), Ear(*TRAINS[2:])
    own = Own(a, b, connect=ALL, delay=axonal * DT, dendritic_delay=4 * DT)
    net = bk.Network(a, b, own, dt=DT, x=bk.StateMonitor(b, "x"))
    net.run(STEPS * DT, backend=backend)
    found = [
        expected(False, TRAINS[k // 3], TRAINS[2 + k % 3], late, 4) for k, late in enumerate(axonal)
    ]
    assert own.w.tolist() == [weight for weight, _, _ in found]
    for target in range(3):
        np.testing.assert_array_equal(
            net.x.x.values[:, target], found[target][1] + found[3 + target][1]
        )
    assert own.delays.tolist() == (axonal * DT).tolist()


class Push(bk.Synapse):
    """Jumps of V that grow with each arrival."""

    w = bk.state(0.125, per="synapse")

    @bk.on_pre("V_post")
    def push(V_post, w):
        return V_post + w

    @bk.on_pre("w")
    def grow(w):
        return 2.0 * w


class Recoil(Push):
    """The target's own spike pushes it back, if it gets there before it moves."""

    @bk.on_post("V_post")
    def recoil(V_post):
        return V_post - 0.5


@pytest.mark.parametrize("model", [Push, Recoil])
def test_a_target_that_is_refractory_when_it_would_act_misses_it(model, backend):
    """The ramp fires at step 8, rests up to 11; spikes act at 7, 9, 11, 12, each twice as much."""
    source, ramp = Ear([2, 4, 6, 7]), Ramp(1, t_ref=3 * DT)
    push = model(source, ramp, connect=ALL, delay=2 * DT, dendritic_delay=3 * DT)
    net = bk.Network(source, ramp, push, dt=DT, V=bk.StateMonitor(ramp, "V"))
    net.run(13 * DT, inputs={ramp: 0.9375}, backend=backend)
    slope = 0.9375 * DT
    rising = [slope * step for step in range(1, 7)]
    assert net.V.V.values[:, 0].tolist() == [
        *rising,
        slope * 7 + 0.125,
        0.0,
        0.0,
        0.0,
        0.0,
        slope + 1.0,
        0.0,
    ]
    assert push.w[0] == 2.0


def test_one_function_may_learn_and_hand_on(backend):
    class AtOnce(bk.Synapse):
        """What `Early` does, but in one function; names stand between."""

        w = bk.state(1.0, per="synapse")
        n = bk.state(0.0, per="pre")
        count, double = Early.count, Early.double

        @bk.on_pre("w", "x_post", "y_post")
        def all_of_it(w, x_post, n, y_post):
            """Grow, and hand on."""
            grown = w + 1.0
            twice = 2.0 * n
            return grown, x_post + grown, twice + y_post

    delays = [(2, 3), (0, 5), (7, 1)]
    net = network(AtOnce, TRAINS, delays)
    net.run(STEPS * DT, backend=backend)
    check(net, Early, delays)


def test_a_sum_that_stays_on_its_way_is_kept_for_each_state(backend):
    net = network(Early, TRAINS, [(2, 3), (0, 5), (7, 9)])
    net.run(DT, backend=backend)
    (synapse_block,) = net.program().synapse_blocks
    assert synapse_block.summed == ("x_post", "y_post") and synapse_block.ring == 16
    assert net.program().slots == 2 + 9


def test_where_nothing_learns_only_the_sum_of_the_delays_matters(backend):
    source, one, other = Source(3, np.array([1, 2, 4]) * DT, [0, 1, 2]), Counter(3), Counter(3)
    late = np.array([2, 0, 5])
    both = Jump(
        source, one, connect=bk.connect.one_to_one(), delay=late * DT, dendritic_delay=4 * DT
    )
    sums = Jump(source, other, connect=bk.connect.one_to_one(), delay=(late + 4) * DT)
    net = bk.Network(
        source,
        one,
        other,
        both,
        sums,
        dt=DT,
        x=bk.StateMonitor(one, "x"),
        z=bk.StateMonitor(other, "x"),
    )
    net.run(16 * DT, backend=backend)
    assert np.argmax(net.x.x.values == 1.0, axis=0).tolist() == [6, 5, 12]
    np.testing.assert_array_equal(net.x.x.values, net.z.x.values)
    assert both.delays.tolist() == (late * DT).tolist()
    assert (
        len(net.program().synapse_blocks) == 2
    )  # weights may be set while spikes are between synapse and target


def refused(model, error, said, **options):
    pre, post = Ear([1]), Ear([2], [3])
    with pytest.raises(error, match=said):
        bk.Network(pre, post, model(pre, post, connect=ALL, name="late", **options), dt=DT).run(DT)


@pytest.mark.parametrize("given", [np.array([0.5, 0.25]), [0.5], lambda rng: 0.5])
def test_several_dendritic_delays_are_refused(given):
    refused(Late, DelayError, "late: dendritic_delay is one number", dendritic_delay=given)


@pytest.mark.parametrize(
    ("given", "said"), [(0.3, "0.25 or 0.375 ms"), (-DT, "at least 0 ms"), (np.inf, "not finite")]
)
def test_a_dendritic_delay_off_the_grid_is_refused(given, said):
    refused(Late, DelayError, f"the dendritic delay of late.*{said}", dendritic_delay=given)


def test_a_quantity_is_a_dendritic_delay():
    pint = pytest.importorskip("pint")
    late = 500 * pint.UnitRegistry().us
    a, b = Ear([1]), Ear([2])
    net = bk.Network(a, b, Late(a, b, connect=ALL, dendritic_delay=late), dt=DT)
    net.run(DT)
    assert net.program().synapse_blocks[0].heads[0].dendritic == 4


class Follows(bk.Synapse):
    """Adds what depends on the target."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def follow(x_post, y_post, w):
        return x_post + w * y_post


class Limited(bk.Synapse):
    """Adds up to a limit."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def limit(x_post, w):
        return np.minimum(x_post + w, 2.0)


class Reads(bk.Synapse):
    """Adds, and learns from what it adds to."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("w", "x_post")
    def both(w, x_post):
        return w + 0.0 * x_post, x_post + w


class Either(bk.Synapse):
    """Adds where its weight is large."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def either(x_post, w):
        more = x_post + w
        return np.where(w > 0.0, more, x_post)


@pytest.mark.parametrize("model", [Follows, Limited, Reads, Either])
def test_what_cannot_be_summed_up_is_refused_with_a_dendritic_delay_alone(model):
    said = r"late .*let it return x_post \+ \(something\).*leave dendritic_delay out"
    refused(model, ModelError, said, dendritic_delay=DT)
    pre, post = Ear([1]), Ear([2])
    net = bk.Network(pre, post, model(pre, post, connect=ALL, delay=DT), dt=DT)
    net.run(DT)


def test_what_acts_continuously_has_no_dendritic_delay():
    class Coupled(bk.Synapse):
        """A current at each step."""

        @bk.adds_to("I")
        def current(x_pre):
            return x_pre

    a, b = Ear([1]), Gate(1)
    with pytest.raises(DelayError, match="leave dendritic_delay out"):
        Coupled(a, b, connect=ALL, dendritic_delay=DT)


def test_memory_counts_the_sums_on_their_way():
    a, b = Gate(200, name="a"), Ear(*[[2]] * 300, name="b")
    late = Late(a, b, connect=bk.connect.fixed_prob(0.1), dendritic_delay=200 * DT, name="late")
    net = bk.Network(a, b, late, dt=DT)
    expected = net.memory().by_part["spikes in flight"]
    net.build  # noqa: B018 - makes the network ready
    assert expected == pytest.approx(net.memory().by_part["spikes in flight"], rel=0.01)
    assert expected > 3 * 8 * 2 * 256 * 300
