"""The parts that each row of a table falls into.

Rows are cut where a thread's neurons end, and where 16 bits do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brainkernel.program.partition import Ints
from brainkernel.program.program import CHUNK, SynapseBlock, SynapseTable


class RowParts:
    """Where the rows of one table are cut.

    Attributes
    ----------
    firsts : array
        The first target of each part, counted from the first one of the table.
    bases : array
        What the targets of each part are counted from in 16 bits.
    size : int
        How many parts a row has.
    """

    def __init__(self, edge: SynapseBlock, head: SynapseTable, cuts: Sequence[int]) -> None:
        self.chunks = edge.chunks(head)
        self.threads = np.clip(np.array(cuts) - head.post.first, 0, head.post.size)
        inner = [CHUNK * k for k in range(1, self.chunks)]
        begins = {0, *inner, *self.threads[1:-1].tolist()} - {head.post.size}
        self.firsts = np.array(sorted(begins) or [0], np.int64)
        single = np.zeros(self.firsts.size, np.int64)
        self.chunk = self.firsts // CHUNK if self.chunks > 1 else single
        self.bases = (self.chunk * CHUNK).astype(np.uint32)
        self.size = int(self.firsts.size)

    def shares(self, threads: int) -> list[int]:
        """The first part of each thread."""
        return [*np.searchsorted(self.firsts, self.threads[:-1]).tolist(), self.size]

    def cut(self, rows: Ints, targets: NDArray[np.unsignedinteger]) -> Ints:
        """Cut stored rows, in each of which the targets of a chunk are in order."""
        if self.size == self.chunks:
            return rows
        cut = np.empty(((rows.size - 1) // self.chunks, self.size), np.int64)
        parts = zip(self.firsts.tolist(), self.chunk.tolist(), strict=True)
        for number, (first, chunk) in enumerate(parts):
            low, high = rows[chunk : -1 : self.chunks], rows[chunk + 1 :: self.chunks]
            cut[:, number] = _first_at_least(targets, low, high, first - chunk * CHUNK)
        return np.append(cut.ravel(), rows[-1])


def _first_at_least(
    targets: NDArray[np.unsignedinteger], low: Ints, high: Ints, least: int
) -> Ints:
    """For each of many runs of a sorted array the first place whose value is not below a number."""
    low, high = low.copy(), high.copy()
    while np.any(low < high):
        middle = (low + high) // 2
        searching = low < high
        below = targets[np.where(searching, middle, 0)] < least
        low = np.where(searching & below, middle + 1, low)
        high = np.where(searching & ~below, middle, high)
    return low
