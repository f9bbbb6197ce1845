"""Rules, weights and delays that follow what the two neurons are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel.connect import Ends
from brainkernel.errors import ConnectError, DelayError, UserFunctionError, ValueShapeError
from brainkernel.memory.expected_network import expected_synapses
from brainkernel.random import Random
from brainkernel.testing.beside import SideBySide

DT = 0.1
ALL = lambda pre, post: pre >= 0  # noqa: E731
SHEET = np.random.default_rng(1).uniform(0.0, 10.0, (60, 2))


class Cell(bk.Neuron):
    layer = bk.parameter(0.0)
    E_L = bk.parameter(-70.0, unit="mV")
    V = bk.state("E_L", unit="mV")
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, E_L, I):
        return (E_L - V + I) / 10.0

    @bk.threshold
    def fires(V):
        return V + 50.0


class Link(bk.Synapse):
    weight = bk.parameter(1.0, per="synapse")
    gain = bk.parameter(1.0, per="pre")

    @bk.on_pre("V_post")
    def jump(V_post, weight, gain):
        return V_post + weight * gain


def sheet(name, **values):
    return Cell(60, positions=SHEET, name=name, layer=np.arange(60.0) % 3, **values)


def ends_of(size=60, positions=SHEET):
    return Ends(size, size, pre_positions=positions, post_positions=positions)


def pairs_of(synapses):
    return set(zip(synapses.sources.tolist(), synapses.targets.tolist(), strict=True))


# -- rules -----------------------------------------------------------------------------------------


def test_a_condition_reads_parameters_states_and_coordinates():
    one, two = (
        sheet("one"),
        Cell(60, positions=SHEET, name="two", layer=1.0, V=lambda n: np.arange(n)),
    )
    rule = bk.connect.where(
        lambda layer_pre, V_post, y_pre, y_post, pre, post: (
            (layer_pre == 2.0) & (V_post < 40.0) & (y_pre < y_post) & (pre != post)
        )
    )
    link = Link(one, two, connect=rule)
    net = bk.Network(one, two, link)
    expected = {
        (i, j) for i in range(2, 60, 3) for j in range(40) if SHEET[i, 1] < SHEET[j, 1] and i != j
    }
    assert expected and pairs_of(net.projections[0]) == expected


def test_a_models_own_name_comes_before_a_coordinate():
    cells = Cell(3, positions=SHEET[:3], name="cells", x=[5.0, 6.0, 7.0])
    link = Link(cells, cells, connect=bk.connect.where(lambda x_pre, x_post: x_pre > x_post))
    net = bk.Network(cells, link)
    assert pairs_of(net.projections[0]) == {(1, 0), (2, 0), (2, 1)}


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.booleans(), st.integers(0, 2**32))
def test_blocks_change_nothing(pre, post, autapses, seed):
    """However many pairs are looked at at once, the synapses are the same."""
    ids = np.arange(max(pre, post))
    ends = Ends(pre, post, pre_ids=ids[:pre], post_ids=ids[:post])
    rule = bk.connect.prob(lambda pre, post: (pre + 2 * post) % 5 / 5.0, autapses=autapses)
    whole = rule.pairs(ends, Random(seed, "rule"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("brainkernel.connect.pair_blocks.PAIRS_AT_ONCE", 7)
        blocks = rule.pairs(ends, Random(seed, "rule"))
    assert np.array_equal(whole.pre, blocks.pre) and np.array_equal(whole.post, blocks.post)
    chance = Random(seed, "rule").uniform(size=(pre, post))
    i, j = np.indices((pre, post))
    expected = chance < (i + 2 * j) % 5 / 5.0
    expected &= autapses | (i != j)
    assert np.array_equal(np.argwhere(expected), np.column_stack([whole.pre, whole.post]))


@pytest.mark.parametrize("reach", [0.5, 2.0, 20.0])
def test_neighbours_alone_give_the_same_synapses(reach, monkeypatch):
    pytest.importorskip("scipy")
    monkeypatch.setattr("brainkernel.connect.pair_blocks.SOURCES_AT_ONCE", 7)
    falling = lambda distance: np.where(distance <= reach, np.exp(-distance), 0.0)  # noqa: E731
    near = lambda distance: distance <= reach  # noqa: E731
    for rule, function in ((bk.connect.prob, falling), (bk.connect.where, near)):
        everywhere = rule(function).pairs(ends_of(), Random(4, "rule"))
        nearby = rule(function, within=reach).pairs(ends_of(), Random(4, "rule"))
        assert np.array_equal(everywhere.pre, nearby.pre)
        assert np.array_equal(everywhere.post, nearby.post)


def test_probabilities_are_met():
    rule = bk.connect.prob(lambda pre, post: np.where(pre < 200, 0.25, 0.75))
    pairs = rule.pairs(Ends(400, 500), Random(2, "rule"))
    counts = np.diff(pairs.rows(400)).reshape(2, -1).sum(axis=1)
    mean = np.array([0.25, 0.75]) * 100_000
    assert np.all(np.abs(counts - mean) < 5.0 * np.sqrt(0.25 * 0.75 * 100_000))
    assert rule.expected(Ends(400, 500)) == pytest.approx(mean.sum(), rel=0.05)


def test_the_memory_is_that_of_the_synapses(monkeypatch):
    largest = []
    monkeypatch.setattr("brainkernel.connect.pair_blocks.PAIRS_AT_ONCE", 1 << 14)

    def diagonal(pre, post):
        holds = pre == post
        largest.append(holds.size)
        return holds

    pairs = bk.connect.where(diagonal).pairs(Ends(2000, 2000), Random(1, "rule"))
    assert len(pairs) == 2000 and max(largest) <= 1 << 14


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (bk.connect.where(lambda pre: 1.0 * pre), "gave numbers of type float64: give true or"),
        (bk.connect.where(lambda pre: np.ones(3, bool)), r"gave shape \(3,\) for pairs of shape"),
        (bk.connect.where(lambda tau_pre: tau_pre > 0), "names tau_pre: what it may name is pre"),
        (bk.connect.where(lambda distance: distance < 1), "names distance, but an end has no pos"),
        (bk.connect.prob(lambda pre: pre == 0), "gave values of type bool"),
        (bk.connect.prob(lambda pre: pre + 0.5), "gave 1.5, but a probability is"),
        (bk.connect.prob(lambda pre: pre * np.nan), "gave nan, but a probability is"),
    ],
)
def test_wrong_functions_are_refused(rule, message):
    cells = Cell(5, name="cells")
    net = bk.Network(cells, Link(cells, cells, connect=rule))
    with pytest.raises(ConnectError, match=message):
        net.build  # noqa: B018


def test_a_failing_condition_is_named():
    cells = Cell(5, name="cells")
    rule = bk.connect.where(lambda pre, post: pre / 0 if False else [][1])
    net = bk.Network(cells, Link(cells, cells, connect=rule))
    with pytest.raises(UserFunctionError, match="the condition of where"):
        net.build  # noqa: B018


@pytest.mark.parametrize("arguments", [{"within": 0.0}, {"within": "near"}, {"autapses": 2}])
def test_wrong_arguments_are_refused(arguments):
    for rule in (bk.connect.where, bk.connect.prob):
        with pytest.raises(ConnectError):
            rule(ALL, **arguments)
        with pytest.raises(ConnectError, match="give a function of the two ends"):
            rule(0.3)


# -- weights and delays ----------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["whole", "slices"])
def test_values_follow_the_ends(ends):
    one, two = sheet("one"), sheet("two", E_L=lambda n: -70.0 - np.arange(n))
    pre, post = (one, two) if ends == "whole" else (one[40:10:-2], two[5:45])
    link = Link(
        pre,
        post,
        connect=bk.connect.fixed_prob(0.3),
        weight=lambda layer_pre, E_L_post, pre, post: layer_pre - E_L_post + 100 * pre + post,
        delay=lambda distance, dt: np.round(distance / dt) * dt,
        gain=lambda layer_pre, pre: 10.0 * layer_pre + pre,
    )
    net = bk.Network(one, two, link, dt=DT)
    (link,) = net.projections
    i, j = link.sources, link.targets
    places = {
        name: {int(n): k for k, n in enumerate(end.ids)}
        for name, end in (("pre", pre), ("post", post))
    }
    pre_place = np.array([places["pre"][n] for n in i.tolist()])
    post_place = np.array([places["post"][n] for n in j.tolist()])
    assert np.array_equal(link.weight, i % 3 + 70.0 + j + 100 * pre_place + post_place)
    distance = np.hypot(*(SHEET[j] - SHEET[i]).T)
    assert np.allclose(link.delays, np.round(distance / DT) * DT)
    assert np.array_equal(link.gain, 10.0 * (pre.ids % 3) + np.arange(pre.size))


def test_listed_synapses_keep_their_numbers():
    cells = sheet("cells")
    link = Link(
        cells[10:20],
        cells[10:20],
        connect=bk.connect.from_ij([3, 1, 2], [0, 5, 5]),
        weight=lambda pre, post: 10.0 * pre + post,
    )
    net = bk.Network(cells, link)
    (link,) = net.projections
    assert link.weight.tolist() == [30.0, 15.0, 25.0]
    assert link.sources.tolist() == [13, 11, 12]


def test_what_the_ends_have_not_is_refused():
    cells = Cell(4, name="cells")
    for values, error in (
        ({"weight": lambda tau_pre: tau_pre}, ValueShapeError),
        ({"delay": lambda tau_pre: tau_pre}, DelayError),
        ({"gain": lambda layer_post: layer_post}, ValueShapeError),
    ):
        link = Link(cells, cells, connect=bk.connect.all_to_all(), **values)
        net = bk.Network(cells, link)
        with pytest.raises(error, match="what it may name is"):
            net.build  # noqa: B018
        cells = Cell(4, name="cells")


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_a_network_by_distance_is_one_by_lists(backend):
    def run(connect, weight):
        cells = sheet("cells", V=-50.0 + np.arange(60.0) % 4)
        link = Link(cells, cells, connect=connect, weight=weight, delay=2 * DT)
        net = bk.Network(cells, link, dt=DT, trace=bk.StateMonitor(cells, "V"))
        net.run(10 * DT, backend=backend)
        return link.sources, link.targets, link.weight, net.trace.V.values

    i, j, weight, trace = run(
        bk.connect.prob(lambda distance: np.exp(-distance)), lambda distance: 2.0 - 0.1 * distance
    )
    assert i.size
    *_, expected = run(bk.connect.from_ij(i, j), weight)
    assert np.array_equal(trace, expected)


def test_the_synapses_to_come_are_estimated_from_the_values_of_the_ends():
    cells = sheet("cells")
    rule = bk.connect.where(lambda layer_pre, layer_post: layer_pre == layer_post)
    link = Link(cells, cells, connect=rule)
    net = bk.Network(cells, link)
    assert expected_synapses(link) == pytest.approx(3 * 20 * 20, rel=0.05)
    assert net["Link"].sources.size == 3 * 20 * 20


def test_the_reference_reads_the_same_names():
    cells, other = sheet("cells", V=-49.0), sheet("other")
    link = Link(
        cells[5:50],
        other[30:3:-1],
        connect=bk.connect.prob(lambda layer_pre, distance: np.exp(-distance - layer_pre)),
        weight=lambda layer_pre, E_L_post, y_post, distance, pre, post: (
            layer_pre - E_L_post + y_post + distance + pre - post
        ),
        gain=lambda x_pre, y_pre, pre: x_pre + y_pre + pre,
        delay=lambda distance, dt: np.ceil(distance) * dt,
    )
    net = bk.Network(cells, other, link, dt=DT, trace=bk.StateMonitor(other, "V"))
    SideBySide(net, "numpy", 1e-12).run(2.0)
    assert net["Link"].weight.size > 20


class Tuned(Cell):
    x = bk.state("E_L", unit="mV")

    @bk.derived
    def depth(layer, x):
        return layer + 0.1 * x

    @bk.derived
    def deepest(depth, t):
        return 2.0 * depth + t

    @bk.derived
    def driven(depth, I):
        return depth + I


def test_what_is_derived_from_values_is_named_at_the_ends():
    cells = Tuned(6, layer=np.arange(6.0), E_L=lambda rng: rng.uniform(-1.0, 1.0), name="cells")
    link = Link(
        cells[1:],
        cells,
        connect=bk.connect.where(lambda depth_pre, deepest_post: deepest_post > 2.0 * depth_pre),
        weight=lambda deepest_pre, depth_post: deepest_pre * depth_post,
        gain=lambda depth_pre: depth_pre,
    )
    net = bk.Network(cells, link, dt=DT, trace=bk.StateMonitor(cells, "V"))
    depth = cells.layer + 0.1 * cells.x
    assert pairs_of(link) == {(i, j) for i in range(1, 6) for j in range(6) if depth[j] > depth[i]}
    assert np.array_equal(link.weight, 2.0 * depth[link.sources] * depth[link.targets])
    assert np.array_equal(link.gain, depth[1:])
    SideBySide(net, "numpy", 1e-12).run(2.0)


def test_what_exists_only_within_a_step_is_not_named_at_the_ends():
    cells = Tuned(3)
    link = Link(cells, cells, connect=bk.connect.where(lambda driven_pre, pre: pre >= driven_pre))
    with pytest.raises(ConnectError, match="driven_pre"):
        bk.Network(cells, link).run(DT)
