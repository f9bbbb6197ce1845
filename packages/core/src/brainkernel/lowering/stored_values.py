"""Values of single synapses.

Drawn late, put into the tables in some runs, and kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved

Ints = NDArray[np.int64]
# synapses that are moved at once: what that takes besides is small against any large table
AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class Deferred:
    """Values that are drawn when they are needed.

    So that there is room for those of one projection at a time.
    """

    draw: Callable[[], Resolved]

    def now(self) -> Resolved:
        """The values, in the order of the projection."""
        return self.draw()


@dataclass(frozen=True, eq=False)
class Order:
    """Where the synapses of a projection lie in a table, a row for each source and turn.

    A projection counts its synapses by source, then target, then delay. In the table the delay
    comes before the target.

    Attributes
    ----------
    starts, counts : array (rows, turns)
        The first place and the number of its synapses.
    targets : array
        The targets in the table, of one projection in order within each row.
    shift : int
        The first target of the projection's group, as the table counts; in 16 bits differences to
        it are right too.
    """

    starts: Ints
    counts: Ints
    targets: NDArray[Any]
    shift: int

    @property
    def size(self) -> int:
        """How many synapses there are."""
        return int(self.counts.sum())

    def positions(self) -> Iterator[tuple[slice, Any]]:
        """Go through the synapses in the projection's own order: which ones, and where they lie."""
        for synapses, positions, _ in self.turns():
            yield synapses, positions

    def places(self) -> Ints:
        """Where each synapse lies, in the projection's own order."""
        places = np.empty(self.size, np.int64)
        for synapses, positions in self.positions():
            places[synapses] = _listed(positions)
        return places

    def turns(self) -> Iterator[tuple[slice, Any, Ints]]:
        """The same, and which row of its source each synapse lies in."""
        for synapses, rows in runs(self.counts.sum(axis=1)):
            starts, counts = self.starts[rows], self.counts[rows]
            total = synapses.stop - synapses.start
            positions = _positions(starts.ravel(), counts.ravel(), total)
            if counts.shape[1] == 1:
                yield synapses, positions, np.zeros(1, np.int64)
            else:
                positions, turn = self._by_target(counts, _listed(positions))
                yield synapses, positions, turn

    def _by_target(self, counts: Ints, positions: Ints) -> tuple[Ints, Ints]:
        rows, turns = np.indices(counts.shape)
        row = np.repeat(rows.ravel(), counts.ravel())
        turn = np.repeat(turns.ravel(), counts.ravel())
        target = self.targets[positions] - self.targets.dtype.type(self.shift)
        order = np.lexsort((turn, target, row))
        return positions[order], turn[order]


@dataclass(frozen=True, eq=False)
class Placed:
    """Values that lie in a table, which is never written again.

    Attributes
    ----------
    table : array
        The part of a flat array.
    order : Order
        Where in it.
    shift : int
        Is taken off each value.
    """

    table: NDArray[Any]
    order: Order
    shift: int = 0

    def now(self) -> NDArray[Any]:
        """The values, in the order of the projection."""
        values = np.empty(self.order.size, self.table.dtype)
        for synapses, positions in self.order.positions():
            values[synapses] = self.table[positions]
        values -= values.dtype.type(self.shift)
        return values


@dataclass(frozen=True, eq=False)
class PlacedDelays:
    """For each synapse which of some delays it has, as the table tells.

    By its row, and by what is left of the delay.

    Attributes
    ----------
    order : Order
        Where the synapses are.
    left : array
        What is left of each delay when the turn of its row has come, if anything.
    by_turn : array
        The delay at which the turn of a row comes.
    delays : array
        The distinct delays.
    """

    order: Order
    left: NDArray[Any] | None
    by_turn: Ints
    delays: Ints

    def now(self) -> NDArray[Any]:
        """Numbers of the delays, in the order of the projection."""
        last = max(self.delays.size - 1, 0)
        numbers = np.empty(self.order.size, np.min_scalar_type(last))
        for synapses, positions, turn in self.order.turns():
            steps = self.by_turn[turn]
            if self.left is not None:
                steps = steps + self.left[positions].astype(np.int64)
            numbers[synapses] = np.searchsorted(self.delays, steps)
        return numbers


def now(value: Any) -> Any:
    """Values as a number or an array."""
    return value.now() if isinstance(value, (Deferred, Placed)) else value


def runs(counts: Ints) -> Iterator[tuple[slice, slice]]:
    """Go through rows some at a time, so that these have not too many synapses.

    Yields synapses and rows.
    """
    first = row = 0
    ends = np.cumsum(counts)
    while row < counts.size:
        rows_that_fit = int(np.searchsorted(ends, first + AT_ONCE, side="right"))
        last_row = max(row + 1, rows_that_fit)
        last = int(ends[last_row - 1])
        if last > first:
            yield slice(first, last), slice(row, last_row)
        first, row = last, last_row


def _positions(starts: Ints, counts: Ints, total: int) -> Any:
    """Where synapses lie that come in several rows: a slice where these follow one another."""
    first = int(starts[0])
    is_compact = starts[-1] + counts[-1] - first == total
    if is_compact and np.all(np.diff(starts) >= 0):
        return slice(first, first + total)
    row_begins = np.cumsum(counts) - counts
    positions = np.repeat(starts - row_begins, counts)
    positions += np.arange(total)
    return positions


def _listed(positions: Any) -> Ints:
    """Positions as an array, where they may be a slice."""
    if isinstance(positions, slice):
        return np.arange(positions.start, positions.stop)
    return np.asarray(positions)
