"""Procedural connectivity.

Rows of synapses that are drawn again whenever they are needed, and stored nowhere.

A walk along a row is one number, ``gaps << 32 | cell + 1``: how many gaps have been drawn, and the
cell that they lead to. Where the neurons of several threads are targets, the walk at which each
thread's part of a row begins is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.connect import fixed_prob
from brainkernel.connect.drawn import drawn_normal, drawn_uniform
from brainkernel.connect.partners import parts_of_rows
from brainkernel.model.connection_rule import Ends
from brainkernel.model.neuron import End
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels, Random, index_type

Ints = NDArray[np.int64]
DRAWN = (drawn_normal, drawn_uniform)
NOWHERE = 1 << 40  # no target


def is_procedural(projection: Synapse) -> bool:
    """Whether a projection stores no synapses."""
    return isinstance(projection.connect, fixed_prob) and projection.connect.procedural


def synaptic(projection: Synapse) -> list[str]:
    """The parameters that each synapse may have of its own."""
    definition = projection.definition
    return [
        name
        for name in definition.names("parameter")
        if definition.declarations[name].per == "synapse"
    ]


def drawn_values(projection: Synapse, values: dict[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """The values that are drawn, each with its distribution; None where synapses are stored."""
    if not is_procedural(projection):
        return None
    drawn = [name for name in synaptic(projection) if not isinstance(values[name], float)]
    return tuple((name, projection.given_or_default(name).scale[0]) for name in drawn)  # type: ignore[attr-defined]


@dataclass(frozen=True, eq=False)
class Regenerated:
    """The targets of a projection that stores none.

    Attributes
    ----------
    projection : Synapse
        Whose rule is a procedural one.
    seed : int
        Of the random source.
    kernels : Kernels or None
        What draws fast.
    """

    projection: Synapse
    seed: int
    kernels: Kernels | None
    ends: Ends = field(init=False)

    def __post_init__(self) -> None:
        pre, post = self.projection.pre, self.projection.post
        same = pre.group is post.group
        ends = Ends(pre.size, post.size, pre.ids if same else None, post.ids if same else None)
        object.__setattr__(self, "ends", ends)

    @property
    def rule(self) -> fixed_prob:
        """The rule, which draws rows."""
        assert isinstance(self.projection.connect, fixed_prob)
        return self.projection.connect

    def random(self, name: str = "connect") -> Random:
        """The random stream of the connectivity, or of a value."""
        return Random(self.seed, f"{self.projection.label()}.{name}", kernels=self.kernels)

    def rows(self) -> Ints:
        """For each neuron of the source's group its first synapse, and at last one past the end."""
        counts = np.zeros(self.projection.pre.group.size, np.int64)
        counts[self.projection.pre.ids] = self.rule.counts(self.ends, self.random())
        return np.concatenate([[0], np.cumsum(counts)])

    def now(self) -> NDArray[Any]:
        """The target of each synapse, a neuron number within its group."""
        post = self.projection.post
        targets = self.rule.pairs(self.ends, self.random()).post.astype(
            index_type(post.group.size), copy=False
        )
        return np.asarray(targets + targets.dtype.type(_first(post)))

    def numbers(self, drawn: tuple[tuple[str, str], ...]) -> list[float]:
        """What a program draws a row again from.

        `program.WALK`, and `program.VALUE` for each value that is drawn.
        """
        key = self.random().next_key()
        pre, post = _first(self.projection.pre), _first(self.projection.post)
        autapse = NOWHERE if self.rule.autapses or self.ends.pre_ids is None else post
        numbers = [*key, self.rule.rate, self.ends.post_size, pre, post, autapse]
        for name, _ in drawn:
            value: Any = self.projection.given_or_default(name)
            numbers += [*self.random(name).next_key(), *value.scale[1:]]
        return [float(number) for number in numbers]

    def cut(self, rows: Ints, firsts: Ints) -> Ints:
        """Cut rows where parts of the targets begin.

        Behind them stands the walk at which each part begins.
        """
        pre, size = self.projection.pre, max(self.ends.post_size, 1)
        cut = np.repeat(rows[:-1, None], firsts.size, axis=1)
        walks = np.zeros_like(cut)
        cells = np.clip(firsts - _first(self.projection.post), 0, size)
        own = slice(_first(pre), _first(pre) + pre.size)
        for some in (
            parts_of_rows(rows[own.start : own.stop + 1] - rows[own.start])
            if firsts.size > 1
            else []
        ):
            counts, met = self.rule.met(self.ends, self.random(), some)
            row = np.arange(some.stop - some.start)
            codes = np.repeat(row, counts) * (size + 1) + met
            wanted = row[:, None] * (size + 1) + cells
            place, begins = np.searchsorted(codes, wanted), (np.cumsum(counts) - counts)[:, None]
            gaps = place - begins
            last = np.where(gaps > 0, np.append(met, 0)[np.maximum(place, 1) - 1], -1)
            within = slice(own.start + some.start, own.start + some.stop)
            walks[within] = gaps << 32 | last + 1
            cut[within] += gaps - self._autapses(codes, row, some.start, cells)
        return np.concatenate([cut.ravel(), rows[-1:], walks.ravel()])

    def _autapses(self, codes: Ints, row: Ints, first: int, cells: Ints) -> NDArray[np.bool_]:
        """Whether a walk meets the autapse that is left out before it comes to a cell."""
        if self.rule.autapses or self.ends.pre_ids is None:
            return np.zeros((row.size, cells.size), np.bool_)
        size = max(self.ends.post_size, 1)
        autapse = row + first + _first(self.projection.pre) - _first(self.projection.post)
        inside = (autapse >= 0) & (autapse < size)
        code = row * (size + 1) + np.where(inside, autapse, 0)
        place = np.searchsorted(codes, code)
        met = inside & (np.append(codes, -1)[place] == code)
        return np.asarray(met[:, None] & (autapse[:, None] < cells))


def _first(end: End) -> int:
    return int(end.ids[0]) if end.size else 0
