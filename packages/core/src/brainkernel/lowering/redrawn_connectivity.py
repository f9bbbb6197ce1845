"""Connectivity of which nothing is stored: rows are drawn again whenever they are needed.

A walk along a row is one number, ``gaps << 32 | cell + 1``: how many gaps have been drawn, and the
cell that they lead to. Where the neurons of several threads are targets, the walk at which each
thread's part of a row begins is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ConnectError
from brainkernel.lowering.connectivity import Connectivity, Ints
from brainkernel.lowering.row_parts import RowParts
from brainkernel.lowering.stored_values import Order
from brainkernel.model.connection_rule import Ends
from brainkernel.model.neuron import End
from brainkernel.model.redrawing import RedrawableValue, RowWalk
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels, Random, index_type
from brainkernel.random.row_parts import parts_of_rows, row_starts

NOWHERE = 1 << 40  # no target
Drawn = tuple[tuple[str, str], ...]


@dataclass(eq=False, kw_only=True)
class RedrawnConnectivity(Connectivity):
    """Synapses that are drawn again at each spike.

    Attributes
    ----------
    walk : RowWalk
        How rows are drawn.
    ends : Ends
        Between what.
    scales : dict
        For each value that is drawn its distribution, width and shift.
    seed : int
        Of the random source.
    kernels : Kernels or None
        What draws fast.
    """

    walk: RowWalk
    ends: Ends
    scales: dict[str, tuple[str, float, float]]
    seed: int
    kernels: Kernels | None

    def copy(self) -> RedrawnConnectivity:
        """The same synapses for another layout, with values that can be exchanged."""
        return replace(self, values=dict(self.values))

    @property
    def post(self) -> NDArray[Any]:
        """The target of each synapse, a neuron number within its group."""
        end = self.projection.post
        rule = self.projection.connect
        pairs = rule.pairs(self.ends, self._random())
        targets = pairs.post.astype(index_type(end._group._size), copy=False)
        first = targets.dtype.type(_first(end))
        return np.asarray(targets + first)

    @property
    def stored_size(self) -> int:
        """How many synapses lie in a table: none."""
        return 0

    @property
    def drawn(self) -> Drawn:
        """The values that are drawn with each synapse, and from which distribution."""
        drawn = [name for name in self.scales if not isinstance(self.values[name], float)]
        return tuple((name, self.scales[name][0]) for name in drawn)

    @property
    def summable_delays(self) -> tuple[int, ...]:
        """None: the one delay that all its synapses have is waited for."""
        return ()

    def set_delays(self, delays: tuple[int, ...], indices: NDArray[Any], drawn: bool) -> None:
        """Take the one delay of all its synapses: several have been refused before."""
        self.delays = delays

    def steps(self, synapses: slice) -> Ints:
        """The delays of a part of the synapses, in steps."""
        return np.full(synapses.stop - synapses.start, self.delays[0], np.int64)

    def arrange(self, ring: int) -> None:
        """Rows are drawn in their final order; nothing is summed up on its way."""
        self.ring = ring

    def defers(self, size: int) -> bool:
        """Values of single synapses are always drawn only when they are needed."""
        return True

    def check_new_value(self, name: str, value: object) -> None:
        """Refuse values for single synapses.

        Raises
        ------
        ConnectError
            With what can be given.
        """
        if name in values_of_synapses(self.projection) and not isinstance(value, float):
            raise ConnectError(
                f"{self.projection._label()} is procedural and stores no {name}: give one number, "
                "or store it (procedural=False)"
            )

    # -- tables ------------------------------------------------------------------------------------

    def table_rows(self, fill: Callable[[], Ints]) -> Ints:
        """The rows of its table, which holds no synapses."""
        return self.rows

    def put_values(self, name: str, table: NDArray[Any], order: Order, kernels: Kernels) -> None:
        """There is no table to put values into."""

    def give_up_delays(self, order: Order, left: NDArray[Any] | None, by_turn: Ints) -> None:
        """There are no delays of single synapses."""

    def rule_numbers(self) -> list[float]:
        """What a program draws a row again from.

        `program.WALK`, and `program.VALUE` for each value that is drawn.
        """
        pre = _first(self.projection.pre)
        post = _first(self.projection.post)
        autapse = post if self._leaves_autapses_out else NOWHERE
        key = self._random().next_key()
        numbers = [*key, self.walk.rate, self.ends.post_size, pre, post, autapse]
        for name, _ in self.drawn:
            value_key = self._random(name).next_key()
            _, width, shift = self.scales[name]
            numbers += [*value_key, width, shift]
        return [float(number) for number in numbers]

    def kept_bytes(self) -> dict[str, int]:
        """The bytes of what is kept besides the tables."""
        return {"rows": self.rows.nbytes}

    def cut_rows(self, rows: Ints, parts: RowParts, targets: NDArray[Any]) -> Ints:
        """Cut rows where the parts of threads begin.

        Behind them stands the walk at which each part begins.
        """
        pre = self.projection.pre
        size = max(self.ends.post_size, 1)
        firsts = parts.firsts
        cut = np.repeat(rows[:-1, None], firsts.size, axis=1)
        walks = np.zeros_like(cut)
        cells = np.clip(firsts - _first(self.projection.post), 0, size)
        begin = _first(pre)
        starts = rows[begin : begin + pre._size + 1] - rows[begin]
        for sources in parts_of_rows(starts) if firsts.size > 1 else []:
            counts, visited = self.walk.cells(self.ends, self._random(), sources)
            row = np.arange(sources.stop - sources.start)
            # a cell and its row in one number: all rows are then searched together
            row_code = row * (size + 1)
            codes = np.repeat(row_code, counts) + visited
            positions = np.searchsorted(codes, row_code[:, None] + cells)
            row_begins = np.cumsum(counts) - counts
            gaps = positions - row_begins[:, None]
            before = np.append(visited, 0)[np.maximum(positions, 1) - 1]
            last = np.where(gaps > 0, before, -1)
            within = slice(begin + sources.start, begin + sources.stop)
            # gaps so far in the upper half; in the lower one the target of the last gap, counted
            # from 1
            walks[within] = gaps << 32 | last + 1
            cut[within] += gaps - self._autapses(codes, row, sources.start, cells)
        return np.concatenate([cut.ravel(), rows[-1:], walks.ravel()])

    def _autapses(self, codes: Ints, row: Ints, first: int, cells: Ints) -> NDArray[np.bool_]:
        """Whether a walk meets the autapse that is left out before it comes to a cell."""
        if not self._leaves_autapses_out:
            return np.zeros((row.size, cells.size), np.bool_)
        size = max(self.ends.post_size, 1)
        offset = _first(self.projection.pre) - _first(self.projection.post)
        autapse = row + first + offset
        inside = (autapse >= 0) & (autapse < size)
        code = row * (size + 1) + np.where(inside, autapse, 0)
        positions = np.searchsorted(codes, code)
        code_there = np.append(codes, -1)[positions]
        met = inside & (code_there == code)
        before_cell = autapse[:, None] < cells
        return np.asarray(met[:, None] & before_cell)

    @property
    def _leaves_autapses_out(self) -> bool:
        return not self.walk.autapses and self.ends.pre_ids is not None

    def _random(self, name: str = "connect") -> Random:
        """The random stream of the connectivity, or of a value."""
        return _random(self.projection, self.seed, self.kernels, name)


def walk_again(
    projection: Synapse,
    walk: RowWalk,
    seed: int,
    kernels: Kernels | None,
) -> RedrawnConnectivity:
    """Count the synapses of each source, and keep none."""
    ends = Ends.between(projection.pre, projection.post)
    random = _random(projection, seed, kernels, "connect")
    counts = np.zeros(projection.pre._group._size, np.int64)
    counts[projection.pre.ids] = walk.counts(ends, random)
    scales: dict[str, tuple[str, float, float]] = {}
    for name in values_of_synapses(projection):
        value = projection._given_or_default(name)
        if isinstance(value, RedrawableValue):
            scales[name] = value.scale
    return RedrawnConnectivity(
        projection=projection,
        rows=row_starts(counts),
        walk=walk,
        ends=ends,
        scales=scales,
        seed=seed,
        kernels=kernels,
    )


def values_of_synapses(projection: Synapse) -> list[str]:
    """The parameters of which each synapse may have a value."""
    declarations = projection.definition.declarations
    names = projection.definition.names("parameter")
    return [name for name in names if declarations[name].per == "synapse"]


def _random(projection: Synapse, seed: int, kernels: Kernels | None, name: str) -> Random:
    return Random(seed, f"{projection._label()}.{name}", kernels=kernels)


def _first(end: End) -> int:
    return int(end.ids[0]) if end._size else 0
