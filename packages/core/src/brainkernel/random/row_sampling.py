"""Random rows of a matrix: a draw is a pure function of key, row, and its number in the row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.random.integers import gap, multiply_shift
from brainkernel.random.threefry_arrays import Key, encrypt

Integers = NDArray[np.int64]
Numbers = NDArray[np.unsignedinteger]

CHUNK = 1 << 14  # elements drawn at a time: their temporary arrays stay in the cache


def index_type(size: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest of uint16, uint32 and uint64 that holds the numbers below `size`.

    Parameters
    ----------
    size : int
        How many numbers there are.
    """
    return np.dtype(
        next(each for each in (np.uint16, np.uint32, np.uint64) if size - 1 <= np.iinfo(each).max)
    )


def usual_gaps(size: int, rate: float) -> int:
    """How many gaps lead across a row of this size, but for a row in thousands."""
    expected = size * -math.expm1(-rate)
    return int(expected + 4 * math.sqrt(expected)) + 1


def walk_rows(
    key: Key, first: int, size: int, rate: float, excluded: Integers, counts: Integers
) -> Numbers:
    """See `Kernels.walk_rows`."""
    rows, numbers = [np.empty(0, np.int64)], [np.empty(0, index_type(size))]
    row, last, k = np.arange(counts.size), np.full(counts.size, -1), 0
    while row.size:
        width = max(min(usual_gaps(size, rate), CHUNK // row.size), 1)
        cells = last[:, None] + np.cumsum(
            gap(*_words(key, k, width, row + first), rate, size), axis=1
        )
        inside = cells < size
        kept = inside & (cells != excluded[row, None])
        rows.append(np.repeat(row, kept.sum(axis=1)))
        numbers.append(cells[kept].astype(numbers[0].dtype))
        row, last, k = row[inside[:, -1]], cells[inside[:, -1], -1], k + width
    row = np.concatenate(rows)
    counts[:] = np.bincount(row, minlength=counts.size)
    return np.concatenate(numbers)[np.argsort(row, kind="stable")]


def _words(
    key: Key, k: int, width: int, row: Integers
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    x0, x1 = np.empty((2, row.size, width), np.uint32)
    x0[:], x1[:] = np.arange(k, k + width), row[:, None]
    encrypt(key, x0, x1)
    return x0, x1


def draw_rows(
    key: Key, first: int, starts: Integers, pools: Integers, excluded: Integers, out: Numbers
) -> None:
    """See `Kernels.draw_rows`."""
    for begin in range(0, out.size, CHUNK):
        place = np.arange(begin, min(begin + CHUNK, out.size)) + starts[0]
        row = np.searchsorted(starts, place, side="right") - 1
        x0, x1 = (place - starts[row]).astype(np.uint32), (row + first).astype(np.uint32)
        encrypt(key, x0, x1)
        number = multiply_shift(x0, x1, pools[row])
        out[begin : begin + place.size] = number + (number >= excluded[row])


def sort_rows(starts: Integers, numbers: Numbers) -> None:
    """See `Kernels.sort_rows`."""
    for begin, end in zip(starts[:-1] - starts[0], starts[1:] - starts[0], strict=True):
        numbers[begin:end].sort()


def place_rows(
    first: int, starts: Integers, numbers: Numbers, cursor: Integers, out: Numbers
) -> None:
    """See `Kernels.place_rows`."""
    for begin in range(0, numbers.size, CHUNK):
        order = np.argsort(numbers[begin : begin + CHUNK], kind="stable")
        number = numbers[begin + order].astype(np.int64)
        runs = np.flatnonzero(
            np.diff(number, prepend=-1, append=-1)
        )  # where runs of equal numbers begin, and the end
        within = np.arange(number.size) - np.repeat(runs[:-1], np.diff(runs))
        row = np.searchsorted(starts, order + (begin + starts[0]), side="right") - 1
        out[cursor[number] + within] = row + first
        cursor += np.bincount(number, minlength=cursor.size)


def deal_rows(
    starts: Integers, turns: Numbers, free: Integers, values: NDArray[Any], out: NDArray[Any]
) -> None:
    """See `Kernels.deal_rows`."""
    row = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    for turn in range(free.shape[1]):
        mine = np.flatnonzero(turns == turn)
        counts = np.bincount(row[mine], minlength=starts.size - 1)
        place = np.repeat(free[:, turn] - np.cumsum(counts) + counts, counts) + np.arange(mine.size)
        out[place] = values[mine]
        free[:, turn] += counts
