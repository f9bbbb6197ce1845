"""Values of single synapses: drawn late, put into the tables in some runs, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.values import Resolved

Ints = NDArray[np.int64]
AT_ONCE = 1 << 20  # synapses that are moved at once: what that takes besides is small against any large table


@dataclass(frozen=True, eq=False)
class Late:
    """Values that are drawn when they are needed: so that there is room for those of one projection at a time."""

    draw: Callable[[], Resolved]

    def now(self) -> Resolved:
        """The values, in the order of the projection."""
        return self.draw()


@dataclass(frozen=True, eq=False)
class Placed:
    """Values that lie in a table, which is never written again.

    Attributes
    ----------
    table : array
        The part of a flat array.
    starts, counts : array
        For each row of the projection its first place in the table, and how many values.
    shift : int
        Is taken off each value.
    """

    table: NDArray[Any]
    starts: Ints
    counts: Ints
    shift: int = 0

    def now(self) -> NDArray[Any]:
        """The values, in the order of the projection."""
        values = np.empty(int(self.counts.sum()), self.table.dtype)
        for some, place in positions(self.starts, self.counts):
            values[some] = self.table[place]
        values -= values.dtype.type(self.shift)
        return values


def now(value: Any) -> Any:
    """Values as a number or an array."""
    return value.now() if isinstance(value, (Late, Placed)) else value


def positions(starts: Ints, counts: Ints) -> Iterator[tuple[slice, Any]]:
    """Go through the synapses of a projection in its own order, some rows at a time: which ones, and where they lie."""
    first = row = 0
    ends = np.cumsum(counts)
    while row < counts.size:
        last_row = max(row + 1, int(np.searchsorted(ends, first + AT_ONCE, side="right")))
        some, begins = counts[row:last_row], starts[row:last_row]
        last = first + int(some.sum())
        if last > first:
            yield slice(first, last), _places(begins, some, last - first)
        first, row = last, last_row


def _places(begins: Ints, counts: Ints, total: int) -> Any:
    if begins[-1] + counts[-1] - begins[0] == total:  # one run
        return slice(int(begins[0]), int(begins[0]) + total)
    places = np.repeat(begins - np.cumsum(counts) + counts, counts)
    places += np.arange(total)
    return places
