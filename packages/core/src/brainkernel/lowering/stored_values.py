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
AT_ONCE = (
    1 << 20
)  # synapses that are moved at once: what that takes besides is small against any large table


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
        for some, place, _ in self.turns():
            yield some, place

    def places(self) -> Ints:
        """Where each synapse lies, in the projection's own order."""
        places = np.empty(self.size, np.int64)
        for some, place in self.positions():
            places[some] = np.arange(place.start, place.stop) if isinstance(place, slice) else place
        return places

    def turns(self) -> Iterator[tuple[slice, Any, Ints]]:
        """The same, and which row of its source each synapse lies in."""
        for some, rows in runs(self.counts.sum(axis=1)):
            starts, counts = self.starts[rows].ravel(), self.counts[rows]
            places = _places(starts, counts.ravel(), some.stop - some.start)
            if counts.shape[1] == 1:
                yield some, places, np.zeros(1, np.int64)
            else:
                yield (some, *self._by_target(counts, places))

    def _by_target(self, counts: Ints, places: Any) -> tuple[Ints, Ints]:
        places = np.arange(places.start, places.stop) if isinstance(places, slice) else places
        row, turn = (np.repeat(each.ravel(), counts.ravel()) for each in np.indices(counts.shape))
        target = self.targets[places] - self.targets.dtype.type(self.shift)
        order = np.lexsort((turn, target, row))
        return places[order], turn[order]


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
        for some, place in self.order.positions():
            values[some] = self.table[place]
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
        """Places among the delays, in the order of the projection."""
        which = np.empty(self.order.size, np.min_scalar_type(max(self.delays.size - 1, 0)))
        for some, place, turn in self.order.turns():
            steps = self.by_turn[turn] + (
                0 if self.left is None else self.left[place].astype(np.int64)
            )
            which[some] = np.searchsorted(self.delays, steps)
        return which


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
        last_row = max(row + 1, int(np.searchsorted(ends, first + AT_ONCE, side="right")))
        last = int(ends[last_row - 1])
        if last > first:
            yield slice(first, last), slice(row, last_row)
        first, row = last, last_row


def _places(starts: Ints, counts: Ints, total: int) -> Any:
    if starts[-1] + counts[-1] - starts[0] == total and np.all(np.diff(starts) >= 0):  # one run
        return slice(int(starts[0]), int(starts[0]) + total)
    places = np.repeat(starts - np.cumsum(counts) + counts, counts)
    places += np.arange(total)
    return places
