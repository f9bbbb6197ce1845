"""Procedural connectivity: rows of synapses that are drawn again whenever they are needed, and stored nowhere.

A walk along a row is one number, ``gaps << 32 | cell + 1``: how many gaps have been drawn, and the cell that they lead
to. Where the neurons of several threads are targets, the walk at which each thread's part of a row begins is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.connect import Ends, fixed_prob, index_type
from brainkernel.connect.drawn import drawn_normal, drawn_uniform
from brainkernel.connect.partners import parts_of_rows
from brainkernel.errors import ConnectError
from brainkernel.flatten_rules import is_plain
from brainkernel.group import End
from brainkernel.projection import Synapse
from brainkernel.random import Kernels, Random

Ints = NDArray[np.int64]
DRAWN = (drawn_normal, drawn_uniform)
WALK = ("key_0", "key_1", "rate", "size", "first_source", "first_target", "autapse")
"""The numbers that tell how to walk: row and cell count from the first source and target, the autapse of a source from
the last of them."""
VALUE = ("key_0", "key_1", "width", "shift")
"""The numbers that tell how to draw a value."""
NOWHERE = 1 << 40  # no target


def is_procedural(projection: Synapse) -> bool:
    """Whether a projection stores no synapses."""
    return isinstance(projection.connect, fixed_prob) and projection.connect.procedural


def check_procedural(projection: Synapse) -> None:
    """Refuse what cannot be drawn again.

    Raises
    ------
    ConnectError
        With what stands in the way.
    """
    if not is_procedural(projection):
        return
    definition = projection.definition
    for reason in _obstacles(projection):
        raise ConnectError(
            f"{projection.label()} ({definition.name}) cannot be procedural: {reason}, or store it (procedural=False)"
        )


def _obstacles(projection: Synapse) -> Any:
    definition = projection.definition
    if not is_plain(definition):
        yield "the model keeps states of its own for sources or synapses, or acts otherwise than by spikes that arrive"
    if np.ndim(getattr(projection.delay, "magnitude", projection.delay)) or callable(projection.delay):
        yield "its synapses have delays of their own; give one number for all"
    if projection.dendritic_delay is not None:
        yield "it has a dendritic delay; add it to delay, if nothing but the sum matters"
    for name, end in (("pre", projection.pre), ("post", projection.post)):
        if np.any(np.diff(end.ids) != 1):
            yield f"its {name} end is no whole group or contiguous slice"
    for name in synaptic(projection):
        value = projection.given_or_default(name)
        if not isinstance(value, DRAWN) and (callable(value) or np.ndim(getattr(value, "magnitude", value))):
            yield (
                f"{name} = {value!r} cannot be drawn again for single synapses; give one number, "
                "bk.connect.drawn_normal(mean, std) or bk.connect.drawn_uniform(low, high)"
            )


def synaptic(projection: Synapse) -> list[str]:
    """The parameters that each synapse may have of its own."""
    definition = projection.definition
    return [name for name in definition.names("parameter") if definition.declarations[name].per == "synapse"]


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
        targets = self.rule.pairs(self.ends, self.random()).post.astype(index_type(post.group.size), copy=False)
        return targets + targets.dtype.type(_first(post))

    def numbers(self, drawn: tuple[tuple[str, str], ...]) -> list[float]:
        """All that a program needs to draw a row again: `WALK`, and `VALUE` for each value that is drawn."""
        key = self.random().next_key()
        pre, post = _first(self.projection.pre), _first(self.projection.post)
        autapse = NOWHERE if self.rule.autapses or self.ends.pre_ids is None else post
        numbers = [*key, self.rule.rate, self.ends.post_size, pre, post, autapse]
        for name, _ in drawn:
            value: Any = self.projection.given_or_default(name)
            numbers += [*self.random(name).next_key(), *value.scale[1:]]
        return [float(number) for number in numbers]

    def cut(self, rows: Ints, firsts: Ints) -> Ints:
        """Cut rows where parts of the targets begin; behind them stands the walk at which each part begins."""
        pre, size = self.projection.pre, max(self.ends.post_size, 1)
        cut = np.repeat(rows[:-1, None], firsts.size, axis=1)
        walks = np.zeros_like(cut)
        cells = np.clip(firsts - _first(self.projection.post), 0, size)
        own = slice(_first(pre), _first(pre) + pre.size)
        for some in parts_of_rows(rows[own.start : own.stop + 1] - rows[own.start]) if firsts.size > 1 else []:
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
        return met[:, None] & (autapse[:, None] < cells)


def _first(end: End) -> int:
    return int(end.ids[0]) if end.size else 0
