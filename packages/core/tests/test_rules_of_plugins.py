"""Connection rules and values of a third party: what they are given, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from toy_models import DT, Noisy, Ramp

import brainkernel as bk
from brainkernel.connect import Ends, Pairs
from brainkernel.model.redrawing import RowWalk
from brainkernel.random import Random


class Kick(bk.Synapse):
    """Raises the potential."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("V_post")
    def kick(V_post, weight):
        return V_post + weight


@dataclass(frozen=True)
class within:
    """Connects neurons that are nearer than a radius."""

    radius: float

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        apart = ends.pre_positions[:, None] - ends.post_positions
        return Pairs(*np.nonzero(np.linalg.norm(apart, axis=2) < self.radius))


@dataclass(frozen=True)
class sparse_rows:
    """Walks along rows, by a class that is none of brainkernel's rules."""

    rate: float
    again: bool

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        return RowWalk(self.rate).pairs(ends, random)

    def row_walk(self) -> RowWalk | None:
        return RowWalk(self.rate) if self.again else None


class shifted:
    """Draws uniform values, and says how."""

    scale = ("uniform", 0.5, 1.0)

    def __call__(self, rng):
        return rng.uniform(1.0, 1.5)


def line(size, name, **options):
    """Neurons on a line, one unit apart."""
    return Noisy(size, name=name, positions=np.arange(float(size))[:, None], **options)


def test_a_rule_sees_positions_of_both_ends():
    one, two = line(6, "one"), Ramp(4, name="two", positions=np.arange(8.0).reshape(4, 2)[:, :1])
    near = Kick(one[3:], two, connect=within(1.5), name="near")
    net = bk.Network(one, two, near, dt=DT)
    expected = [(i, j) for i in range(3, 6) for j in range(4) if abs(i - 2 * j) < 1.5]
    assert list(zip(near.sources, near.targets, strict=True)) == expected
    assert net.memory().built


def test_positions_are_those_of_the_group_and_read_only():
    group = line(5, "group")
    ends = Ends.between(group[[4, 1]], Ramp(2))
    assert ends.pre_positions.tolist() == [[4.0], [1.0]]
    assert ends.post_positions is None and ends.pre_ids is None
    with pytest.raises(ValueError, match="read-only"):
        ends.pre_positions[0] = 7.0
    same = Ends.between(group, group[1:])
    assert same.post_ids.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("rate", [0.0, 0.25, np.inf])
def test_a_rule_of_a_plugin_can_be_drawn_again(rate):
    def make(again):
        one, two = Noisy(20, V_th=0.5, name="one"), Ramp(30, name="two")
        rule = sparse_rows(rate, again)
        push = Kick(one, two, connect=rule, weight=shifted(), delay=DT, name="push")
        return bk.Network(
            one, two, push, dt=DT, s=bk.SpikeMonitor(two), v=bk.StateMonitor(two, "V")
        )

    nets = [make(again) for again in (False, True)]
    results = [net.run(30 * DT, inputs={net.groups[0]: 2.0}) for net in nets]
    np.testing.assert_array_equal(results[0]["v"].V, results[1]["v"].V)
    stored, redrawn = (net.projections[0] for net in nets)
    np.testing.assert_array_equal(stored.targets, redrawn.targets)
    np.testing.assert_array_equal(stored.weight, redrawn.weight)
    assert nets[1].memory().by_part["targets"] == 0


@pytest.mark.parametrize("rate", [0.0, 0.125, 2.0, np.inf])
@pytest.mark.parametrize("autapses", [True, False])
def test_a_walk_is_the_same_in_whole_and_row_by_row(rate, autapses):
    group = Ramp(12)
    walk, ends = RowWalk(rate, autapses), Ends.between(group[2:9], group[4:])
    pairs = walk.pairs(ends, Random(3, "walk"))
    rows = [walk.row(ends, Random(3, "walk"), source) for source in range(ends.pre_size)]
    assert np.concatenate(rows).tolist() == pairs.post.tolist()
    assert [row.size for row in rows] == walk.counts(ends, Random(3, "walk")).tolist()
    assert np.diff(pairs.rows(ends.pre_size)).tolist() == [row.size for row in rows]
