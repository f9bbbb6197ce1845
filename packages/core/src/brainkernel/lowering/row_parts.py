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

    def __init__(
        self, synapse_block: SynapseBlock, table: SynapseTable, cuts: Sequence[int]
    ) -> None:
        size = table.post.size
        self.chunks = synapse_block.chunks(table)
        self.threads = np.clip(np.array(cuts) - table.post.first, 0, size)
        chunk_begins = range(0, CHUNK * self.chunks, CHUNK)
        thread_begins = self.threads[1:-1].tolist()
        begins = {0, *chunk_begins, *thread_begins} - {size}
        self.firsts = np.array(sorted(begins) or [0], np.int64)
        self.chunk = np.zeros(self.firsts.size, np.int64)
        if self.chunks > 1:
            self.chunk = self.firsts // CHUNK
        self.bases = (self.chunk * CHUNK).astype(np.uint32)
        self.size = int(self.firsts.size)

    def shares(self, threads: int) -> list[int]:
        """The first part of each thread."""
        firsts = np.searchsorted(self.firsts, self.threads[:-1])
        return [*firsts.tolist(), self.size]

    def cut(self, rows: Ints, targets: NDArray[np.unsignedinteger]) -> Ints:
        """Cut stored rows, in each of which the targets of a chunk are in order."""
        if self.size == self.chunks:
            return rows
        begins = rows[:-1].reshape(-1, self.chunks)
        ends = rows[1:].reshape(-1, self.chunks)
        cut = np.empty((begins.shape[0], self.size), np.int64)
        for number in range(self.size):
            chunk = self.chunk[number]
            least = int(self.firsts[number] - chunk * CHUNK)
            low, high = begins[:, chunk], ends[:, chunk]
            cut[:, number] = _first_at_least(targets, low, high, least)
        return np.append(cut.ravel(), rows[-1])


def _first_at_least(
    targets: NDArray[np.unsignedinteger], low: Ints, high: Ints, least: int
) -> Ints:
    """For each of many runs of a sorted array the first place whose value is not below a number."""
    low = low.copy()
    high = high.copy()
    while np.any(low < high):
        searching = low < high
        middle = (low + high) // 2
        # a run that is done may end behind the last target
        at_middle = targets[np.where(searching, middle, 0)]
        below = at_middle < least
        low = np.where(searching & below, middle + 1, low)
        high = np.where(searching & ~below, middle, high)
    return low
