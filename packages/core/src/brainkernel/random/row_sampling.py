"""Random rows of a matrix: a draw is a pure function of key, row, and its number in the row."""

from __future__ import annotations

import math
from itertools import pairwise
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
    largest = size - 1
    widths = (np.uint16, np.uint32, np.uint64)
    return np.dtype(next(width for width in widths if largest <= np.iinfo(width).max))


def usual_gaps(size: int, rate: float) -> int:
    """How many gaps lead across a row of this size, but for a row in thousands."""
    expected = size * -math.expm1(-rate)
    return int(expected + 4 * math.sqrt(expected)) + 1


def walk_rows(
    key: Key, first: int, size: int, rate: float, excluded: Integers, counts: Integers
) -> Numbers:
    """See `Kernels.walk_rows`."""
    rows = [np.empty(0, np.int64)]
    numbers = [np.empty(0, index_type(size))]
    row = np.arange(counts.size)
    last = np.full(counts.size, -1)
    k = 0
    while row.size:
        # so many gaps that most rows are done, and no more than stay in the cache
        width = min(usual_gaps(size, rate), CHUNK // row.size)
        width = max(width, 1)
        x0, x1 = _words(key, k, width, row + first)
        gaps = gap(x0, x1, rate, size)
        cells = last[:, None] + np.cumsum(gaps, axis=1)
        inside = cells < size
        hits = inside & (cells != excluded[row, None])
        rows.append(np.repeat(row, hits.sum(axis=1)))
        numbers.append(cells[hits].astype(numbers[0].dtype))
        # rows whose last cell is still inside go on from there
        going_on = inside[:, -1]
        row, last = row[going_on], cells[going_on, -1]
        k += width
    row = np.concatenate(rows)
    counts[:] = np.bincount(row, minlength=counts.size)
    by_row = np.argsort(row, kind="stable")
    return np.concatenate(numbers)[by_row]


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
        end = min(begin + CHUNK, out.size)
        position = np.arange(begin, end) + starts[0]
        row = np.searchsorted(starts, position, side="right") - 1
        x0 = (position - starts[row]).astype(np.uint32)
        x1 = (row + first).astype(np.uint32)
        encrypt(key, x0, x1)
        number = multiply_shift(x0, x1, pools[row])
        out[begin:end] = number + (number >= excluded[row])


def sort_rows(starts: Integers, numbers: Numbers) -> None:
    """See `Kernels.sort_rows`."""
    bounds = starts - starts[0]
    for begin, end in pairwise(bounds):
        numbers[begin:end].sort()


def place_rows(
    first: int, starts: Integers, numbers: Numbers, cursor: Integers, out: Numbers
) -> None:
    """See `Kernels.place_rows`."""
    for begin in range(0, numbers.size, CHUNK):
        order = np.argsort(numbers[begin : begin + CHUNK], kind="stable")
        number = numbers[begin + order].astype(np.int64)
        # where runs of equal numbers begin, and the end
        runs = np.flatnonzero(np.diff(number, prepend=-1, append=-1))
        run_begin = np.repeat(runs[:-1], np.diff(runs))
        within = np.arange(number.size) - run_begin
        position = order + (begin + starts[0])
        row = np.searchsorted(starts, position, side="right") - 1
        out[cursor[number] + within] = row + first
        cursor += np.bincount(number, minlength=cursor.size)


def deal_rows(
    starts: Integers, turns: Numbers, free: Integers, values: NDArray[Any], out: NDArray[Any]
) -> None:
    """See `Kernels.deal_rows`."""
    row = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    for turn in range(free.shape[1]):
        synapses = np.flatnonzero(turns == turn)
        counts = np.bincount(row[synapses], minlength=starts.size - 1)
        begins = np.cumsum(counts) - counts
        position = np.repeat(free[:, turn] - begins, counts) + np.arange(synapses.size)
        out[position] = values[synapses]
        free[:, turn] += counts
