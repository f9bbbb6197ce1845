"""The STDP rules against sums over all spikes, and as parts of synapses that transmit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel.errors import DelayError, ValueShapeError
from brainkernel_synapses import AMPA, Exponential, NearestSTDP, PairSTDP, TripletSTDP, VoltageJump

ALL = bk.connect.all_to_all()
STEPS = 2000
BACKENDS = ["numpy", pytest.param("numba", marks=pytest.mark.slow)]


class Player(bk.Neuron):
    """Fires in given steps: one train for each neuron."""

    pulse = bk.input()

    @bk.threshold
    def fires(pulse):
        return pulse - 0.5

    def __init__(self, *trains, name=None):
        super().__init__(len(trains), name=name)
        self.__dict__["trains"] = [np.asarray(train, dtype=np.int64) for train in trains]

    def own_inputs(self):
        neurons = np.repeat(np.arange(self.size), [train.size for train in self.trains])
        return {"pulse": bk.Impulses(np.concatenate(self.trains) * 0.1, neurons)}


class Ear(Player):
    """Fires in given steps, and has a potential that stays."""

    V = bk.state(0.0)
    I = bk.input()


class PlasticAMPA(PairSTDP, AMPA):
    """Conductances that learn."""


class NearestAMPA(NearestSTDP, AMPA):
    """Conductances that learn from nearest neighbours."""


class TripletAMPA(TripletSTDP, AMPA):
    """Conductances that learn from triplets."""


def random_trains(seed, count):
    """Sorted steps of neurons; every other spike is in a step where spikes are frequent."""
    rng = np.random.default_rng(seed)
    often = np.arange(20, STEPS, 60)
    return [np.union1d(rng.integers(1, STEPS, 12), rng.choice(often, 12)) for _ in range(count)]


def trace(times, now, tau, nearest=False):
    """What the spikes at some times have left."""
    left = np.exp(-(now - times) * 0.1 / tau)
    return left[-1:].sum() if nearest else left.sum()


def change(rule, pre, post, now, is_post):
    """What one spike changes: arrivals in its own step come before a target's spike."""
    nearest = isinstance(rule, NearestSTDP)
    r1 = trace(pre[pre <= now], now, rule.tau_plus, nearest)
    o1 = trace(post[post < now], now, rule.tau_minus, nearest)
    if not isinstance(rule, TripletSTDP):
        return rule.A_plus * r1 if is_post else -rule.A_minus * o1
    r2 = trace(pre[pre < now], now, rule.tau_x)
    o2 = trace(post[post < now], now, rule.tau_y)
    return (
        r1 * (rule.A2_plus + rule.A3_plus * o2)
        if is_post
        else -o1 * (rule.A2_minus + rule.A3_minus * r2)
    )


def learned(rule, weight, pre, post):
    """The weight of one synapse after all its spikes, from sums over all spikes before each."""
    return found_weights(rule, weight, pre, post)[1]


def found_weights(rule, weight, pre, post):
    """The weights that presynaptic spikes find at a synapse, and what it is at last."""
    found = []
    for now, is_post in sorted([(t, False) for t in pre] + [(t, True) for t in post]):
        if not is_post:
            found.append(weight)
        weight += rule.w_max * change(rule, pre, post, now, is_post)
        weight = min(max(weight, rule.w_min), rule.w_max)
    return np.array(found), weight


def reaching(train, late, last=STEPS):
    """When spikes reach a synapse, of those that do."""
    times = np.asarray(train, dtype=np.int64) + late
    return times[times <= last]


def rules(a, b):
    """Each rule between groups, between slices with delay and near bounds, and within a group."""
    strong = {
        PairSTDP: {"A_plus": 0.06, "A_minus": 0.08},
        NearestSTDP: {"A_plus": 0.06, "A_minus": 0.08},
        TripletSTDP: {"A2_plus": 0.02, "A3_plus": 0.01, "A2_minus": 0.05, "A3_minus": 0.02},
    }
    for rule, values in strong.items():
        name = rule.__name__
        weak = {"A3_plus": 1e-3} if rule is TripletSTDP else {}
        yield rule(
            a,
            b,
            connect=ALL,
            name=f"{name}_plain",
            weight=np.linspace(1.0, 2.0, 30),
            w_max=3.0,
            **weak,
        )
        bounds = {"weight": 0.5, "w_min": 0.25, "w_max": 0.75, "delay": 1.3}
        yield rule(a[1:], b[:4], connect=ALL, name=f"{name}_bounded", **bounds, **values)
        yield rule(
            b,
            b,
            connect=bk.connect.all_to_all(autapses=False),
            name=f"{name}_recurrent",
            delay=0.1,
            **weak,
        )
        late = {"delay": 0.9, "dendritic_delay": 1.6}
        yield rule(a, b, connect=ALL, name=f"{name}_dendritic", **late, **weak)
        others = {"connect": bk.connect.all_to_all(autapses=False), "dendritic_delay": 2.3}
        yield rule(b, b, name=f"{name}_backwards", **others, **weak)


@pytest.fixture(scope="module", params=BACKENDS)
def experiment(request):
    """The projections after a run; the network stands as long as they are looked at."""
    if request.param == "numba":
        pytest.importorskip("brainkernel_numba")
    a, b = Player(*random_trains(1, 6), name="a"), Player(*random_trains(2, 5), name="b")
    projections = list(rules(a, b))
    net = bk.Network(a, b, *projections)
    for span in (80.0, 120.0):  # spikes are in flight between the two
        net.run(span, backend=request.param)
    yield {projection.name: projection for projection in projections}


def ends(projection):
    """Neuron numbers of the two ends of each synapse."""
    pre, post = np.meshgrid(projection.pre.ids, projection.post.ids, indexing="ij")
    kept = (
        (pre != post) if projection.pre.group is projection.post.group else np.full(pre.shape, True)
    )
    return zip(pre[kept], post[kept], strict=True)


@pytest.mark.parametrize("rule", ["PairSTDP", "NearestSTDP", "TripletSTDP"])
@pytest.mark.parametrize("kind", ["plain", "bounded", "recurrent", "dendritic", "backwards"])
def test_weights_are_the_sums_over_all_spikes(rule, kind, experiment):
    projection = experiment[f"{rule}_{kind}"]
    late = round((projection.delay or 0.0) / 0.1)
    back = round((projection.dendritic_delay or 0.0) / 0.1)
    first = np.linspace(1.0, 2.0, 30) if kind == "plain" else np.full(projection.weight.size, 0.5)
    wanted = []
    for weight, (i, j) in zip(first, ends(projection), strict=True):
        arrivals = reaching(projection.pre.group.trains[i], late)
        wanted.append(
            learned(projection, weight, arrivals, reaching(projection.post.group.trains[j], back))
        )
    np.testing.assert_allclose(projection.weight, wanted, rtol=1e-10)
    assert np.abs(projection.weight - first).min() > 1e-5  # all have learned
    at_bounds = np.isin(projection.weight, [projection.w_min, projection.w_max]).mean()
    assert 0.0 < at_bounds < 0.8 if kind == "bounded" else at_bounds == 0.0


def test_pairs_add_up_whatever_their_order(experiment):
    rule = experiment["PairSTDP_plain"]
    lags = [
        np.subtract.outer(post, pre).ravel() * 0.1
        for pre in rule.pre.trains
        for post in rule.post.trains
    ]
    assert sum((lag == 0).sum() for lag in lags) > 10  # pairs in one step, which potentiate
    window = [
        np.where(
            lag >= 0, 0.005 * np.exp(-np.abs(lag) / 20.0), -0.00525 * np.exp(-np.abs(lag) / 20.0)
        ).sum()
        for lag in lags
    ]
    np.testing.assert_allclose(
        rule.weight, np.linspace(1.0, 2.0, 30) + 3.0 * np.array(window), rtol=1e-10
    )


FAST = {
    **{rule: {"A_plus": 0.11, "A_minus": 0.13} for rule in (PairSTDP, NearestSTDP)},
    TripletSTDP: {"A2_plus": 0.05, "A3_plus": 0.04, "A2_minus": 0.07, "A3_minus": 0.03},
}
TRANSMITTING = {PairSTDP: PlasticAMPA, NearestSTDP: NearestAMPA, TripletSTDP: TripletAMPA}


def check_both_delays(rule, pre, post, axonal, dendritic, steps=160, backend="numpy"):
    """Weights of the rule alone and of conductances that learn, at every step."""
    sources, targets = Player(*pre), Ear(*post)
    options = {
        "delay": axonal * 0.1,
        "dendritic_delay": dendritic * 0.1,
        "w_max": 2.0,
        "weight": 0.75,
        **FAST[rule],
    }
    alone = rule(sources, targets, connect=ALL, **options)
    synapses = TRANSMITTING[rule](sources, targets, connect=ALL, tau=1e15, **options)
    net = bk.Network(sources, targets, alone, synapses, g=bk.StateMonitor(synapses, "g"))
    for part in (0.35, 0.65):
        net.run(round(part * steps) * 0.1, backend=backend)
    weights, g = [], np.zeros((steps + 1, len(post)))
    for train in pre:
        for target, other in enumerate(post):
            passing = reaching(train, axonal, steps)
            found, weight = found_weights(alone, 0.75, passing, reaching(other, dendritic, steps))
            acting = passing + dendritic
            np.add.at(g[:, target], acting[acting <= steps], found[acting <= steps])
            weights.append(weight)
    np.testing.assert_allclose(alone.weight, weights, rtol=1e-10)
    np.testing.assert_array_equal(synapses.weight, alone.weight)
    np.testing.assert_allclose(net.g.g.values, np.cumsum(g, axis=0)[1:], rtol=1e-10)


def coinciding(seed, axonal, dendritic):
    """Trains that meet in many steps, some as they are fired, some at the synapse alone."""
    rng = np.random.default_rng(seed)
    pre = [np.unique(rng.integers(1, 120, 14)) for _ in range(3)]
    alike = [rng.choice(train, 5) for train in pre]
    later = [rng.choice(train, 5) + axonal - dendritic for train in pre]
    post = [
        np.union1d(np.union1d(a, b), rng.integers(1, 120, 4))
        for a, b in zip(alike, later, strict=True)
    ]
    return pre, [train[train > 0] for train in post]


@pytest.mark.parametrize("rule", [PairSTDP, NearestSTDP, TripletSTDP])
@pytest.mark.parametrize(("axonal", "dendritic"), [(0, 1), (7, 12), (12, 7), (0, 30), (9, 9)])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_synapse_sees_spikes_after_its_two_delays(rule, axonal, dendritic, backend):
    if backend == "numba":
        pytest.importorskip("brainkernel_numba")
    check_both_delays(
        rule, *coinciding(axonal, axonal, dendritic), axonal, dendritic, backend=backend
    )


trains = st.lists(st.sets(st.integers(1, 60), max_size=10).map(sorted), min_size=1, max_size=3)
late = st.integers(0, 40)


@given(st.sampled_from(list(FAST)), trains, trains, late, late)
@settings(deadline=None, max_examples=60)
def test_any_delays_and_any_trains(rule, pre, post, axonal, dendritic):
    check_both_delays(rule, pre, post, axonal, dendritic, steps=100)


@given(st.sampled_from(list(FAST)), trains, trains, late, late, st.integers(1, 10))
@settings(deadline=None, max_examples=30)
def test_only_the_difference_of_the_delays_matters_to_what_is_learned(
    rule, pre, post, axonal, dendritic, more
):
    """What both gain shifts all that happens at the synapses, and changes nothing of it."""
    sources, targets, options = Player(*pre), Ear(*post), {"connect": ALL, **FAST[rule]}
    one, other = (
        rule(
            sources,
            targets,
            delay=(axonal + k) * 0.1,
            dendritic_delay=(dendritic + k) * 0.1,
            **options,
        )
        for k in (0, more)
    )
    net = bk.Network(sources, targets, one, other)
    net.run((60 + 40 + 10) * 0.1)
    np.testing.assert_allclose(one.weight, other.weight, rtol=1e-10)


@pytest.mark.parametrize("rule", [PairSTDP, NearestSTDP, TripletSTDP])
@pytest.mark.parametrize("silent", ["pre", "post"])
def test_weights_rest_where_one_side_is_silent(rule, silent):
    trains = {"pre": random_trains(3, 2), "post": random_trains(4, 3)}
    trains[silent] = [[] for _ in trains[silent]]
    a, b = Player(*trains["pre"]), Player(*trains["post"])
    first = np.linspace(0.1, 0.9, 6)
    synapses = rule(a, b, connect=ALL, weight=first)
    net = bk.Network(a, b, synapses)
    net.run(200.0)
    assert np.array_equal(synapses.weight, first)


def test_four_spikes_by_hand():
    """Triplets post-pre-post and pre-post-pre, in whole numbers of time constants."""
    a, b = Player([100, 300]), Player([200, 400])
    rule = TripletSTDP(
        a, b, connect=ALL, A2_plus=0.01, A3_plus=0.02, A2_minus=0.03, A3_minus=0.04,
        tau_plus=10.0, tau_x=10.0, tau_minus=10.0, tau_y=10.0,
    )  # fmt: skip
    net = bk.Network(a, b, rule)
    net.run(50.0)
    e = np.exp(-1.0)
    wanted = 0.5 + e * 0.01 - e * (0.03 + 0.04 * e**2) + (e + e**3) * (0.01 + 0.02 * e**2)
    assert rule.weight[0] == pytest.approx(wanted, rel=1e-12)


def test_traces_are_exact_whatever_the_method(cell):
    """At 17 ms,  method would be off by 0.2 %."""
    a, b = (
        cell(1, V=1.0, V_th=0.0, t_ref=1e3, method="euler"),
        cell(2, V=1.0, V_th=0.0, t_ref=1e3, method="euler"),
    )
    rule = PairSTDP(a, b, connect=ALL)
    net = bk.Network(a, b, rule)
    net.run(10.1)
    np.testing.assert_allclose([rule.r1[0], *rule.o1], np.exp(-10.0 / 20.0), rtol=1e-12)


def plastic(cell, model=PlasticAMPA, **options):
    """A source that fires at 10 and 30 ms, onto a cell that fires at 20 ms."""
    sources, kick, cells = Player([100, 300]), Player([199]), cell(1, V_th=0.0)
    synapses = model(sources, cells, connect=ALL, **options)
    kicks = VoltageJump(kick, cells, connect=ALL, weight=1e3)
    return bk.Network(
        sources, kick, cells, kicks, synapses, g=bk.StateMonitor(synapses, "g")
    ), synapses


@pytest.mark.parametrize("backend", BACKENDS)
def test_spikes_are_transmitted_with_the_weight_that_they_find(backend, cell):
    if backend == "numba":
        pytest.importorskip("brainkernel_numba")
    net, synapses = plastic(cell, weight=0.5, w_max=2.0, A_plus=0.3, A_minus=0.2, tau=1.0)
    net.run(40.0, backend=backend)
    g = net.g.g.values[:, 0]
    potentiated = 0.5 + 2.0 * 0.3 * np.exp(-10.0 / 20.0)
    start = round(float(net.g.time.values[0]) / 0.1)
    assert g[100 - start] == 0.5
    assert g[300 - start] == pytest.approx(
        potentiated, rel=1e-6
    )  # what was left of the first is e**-20
    assert synapses.weight[0] == pytest.approx(
        potentiated - 2.0 * 0.2 * np.exp(-10.0 / 20.0), rel=1e-10
    )


def test_a_plastic_weight_and_its_bounds_take_the_unit_of_the_synapse(cell):
    pint = pytest.importorskip("pint")
    nS = pint.UnitRegistry().nS
    _, synapses = plastic(cell, weight=500e-3 * nS, w_max=2000e-3 * nS)
    assert (synapses.weight, synapses.w_max) == (0.5, 2.0)

    class Current(TripletSTDP, Exponential):
        """Currents that learn."""

        A3_plus = bk.parameter(0.1)

    units = {
        name: Current.definition.declarations[name].unit for name in ("weight", "w_min", "w_max")
    }
    assert units == dict.fromkeys(units, "pA")
    assert PairSTDP.w_max.unit == "dimensionless"  # the rule itself is as it was
    assert Exponential.weight.kind == "parameter"


def test_a_matrix_gives_plastic_weights():
    a, b = Player([], []), Player([], [])
    rule = PairSTDP(a, b, connect=bk.connect.from_matrix(np.array([[0.0, 0.25], [0.5, 0.75]])))
    net = bk.Network(a, b, rule)
    net.run(1.0)
    assert rule.weight.tolist() == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    "values",
    [
        {"weight": 1.5},
        {"weight": -0.5},
        {"w_min": 1.0, "w_max": 0.5},
        {"w_max": -1.0, "w_min": -2.0},
    ],
)
def test_values_out_of_bounds_are_refused_before_anything_runs(values):
    a, b = Player([]), Player([])
    with pytest.raises(ValueShapeError, match="learning"):
        PairSTDP(a, b, connect=ALL, name="learning", **values)
    drawn = {name: lambda value=value: value for name, value in values.items()}
    net = bk.Network(a, b, PairSTDP(a, b, connect=ALL, name="learning", **drawn))
    with pytest.raises(ValueShapeError, match="learning"):
        net.run(1.0)


def test_the_rule_may_be_named_before_or_after_the_synapse(cell):
    """A spike is transmitted with the weight that it finds, and then changes it, either way."""
    results = []
    for bases in ((PairSTDP, AMPA), (AMPA, PairSTDP)):
        model = type("Plastic", bases, {"__module__": __name__})
        weight = model.definition.declarations["weight"]
        assert (weight.kind, weight.unit) == ("state", "nS")
        pre, post = Player([1.0, 3.0, 7.0], name="pre"), cell(1, V_th=-59.9, name="post")
        synapse = model(pre, post, connect=ALL, weight=0.5, name="synapse")
        net = bk.Network(pre, post, synapse)
        net.run(20.0)
        results.append((synapse.weight.tolist(), synapse.g.tolist(), post.V.tolist()))
    assert results[0] == results[1]
    assert results[0][0] != [0.5]


def test_a_projection_has_one_dendritic_delay():
    a, b = Player([]), Player([], [])
    with pytest.raises(DelayError, match="dendritic"):
        PairSTDP(a, b, connect=ALL, dendritic_delay=np.array([1.0, 2.0]))


LEARNING = [PlasticAMPA, NearestAMPA, TripletAMPA]


@pytest.mark.parametrize("model", LEARNING)
def test_delays_of_single_synapses_learn_as_a_projection_for_each_delay(model):
    rng = np.random.default_rng(3)
    trains = [np.unique(rng.integers(1, 300, 20)) for _ in range(6)]
    sources, targets = np.divmod(np.arange(9), 3)
    delays = rng.integers(0, 4, 9) * 0.3

    def learnt(delays_of_projections):
        pre, post = Player(*trains[:3], name="pre"), Ear(*trains[3:], name="post")
        projections = []
        for number, delay in enumerate(delays_of_projections):
            chosen = np.flatnonzero(delays == delay) if np.ndim(delay) == 0 else np.arange(9)
            rule = bk.connect.from_ij(sources[chosen], targets[chosen])
            options = {"delay": delay, "dendritic_delay": 0.5, "weight": 0.5}
            projections.append(model(pre, post, connect=rule, name=f"part{number}", **options))
        net = bk.Network(pre, post, *projections)
        net.run(35.0)
        weights = np.zeros((3, 3))
        for projection in projections:
            weights[projection.sources, projection.targets] = projection.weight
        return weights

    together, apart = learnt([delays]), learnt(np.unique(delays))
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-13)
    assert np.ptp(together) > 1e-4
