"""Partners drawn for each row by itself: rows are sources or targets."""

from __future__ import annotations

import numpy as np

from brainkernel.base.worker_threads import in_threads
from brainkernel.connect.cells import distinct
from brainkernel.model.connection_rule import Indices
from brainkernel.random import Random, index_type
from brainkernel.random.row_parts import PART, parts_of_rows, row_starts
from brainkernel.random.row_sampling import Numbers


def draw_partners(
    random: Random, counts: Indices, size: int, excluded: Indices, multapses: bool
) -> tuple[Indices, Numbers]:
    """Draw for each row `counts[row]` of `size` partners, but never `excluded[row]`.

    Returns
    -------
    starts : int64 array
        Where each row's partners begin.
    partners : unsigned array
        In the order in which they are drawn where one may be drawn again, else sorted within the
        row.
    """
    starts = row_starts(counts)
    pools = size - (excluded < size)
    partners = np.empty(starts[-1], index_type(size))
    key = random.next_key()
    kernels = random.kernels_for(partners.size)

    def draw(rows: slice) -> None:
        row_bounds = starts[rows.start : rows.stop + 1]
        out = partners[row_bounds[0] : row_bounds[-1]]
        kernels.draw_rows(key, rows.start, row_bounds, pools[rows], excluded[rows], out)

    def draw_distinct(rows: slice) -> None:
        number = distinct(key, rows.start, pools[rows], counts[rows])
        number += number >= np.repeat(excluded[rows], counts[rows])
        partners[starts[rows.start] : starts[rows.stop]] = number

    threads = random.threads_for(partners.size)
    in_threads(draw if multapses else draw_distinct, parts_of_rows(starts), threads)
    return starts, partners


def sort_partners(random: Random, starts: Indices, partners: Numbers) -> None:
    """Sort the partners of each row, in place."""
    kernels = random.kernels_for(partners.size)

    def sort(rows: slice) -> None:
        row_bounds = starts[rows.start : rows.stop + 1]
        kernels.sort_rows(row_bounds, partners[row_bounds[0] : row_bounds[-1]])

    in_threads(sort, parts_of_rows(starts), random.threads_for(partners.size))


def by_partner(
    random: Random, starts: Indices, partners: Numbers, size: int
) -> tuple[Indices, Numbers]:
    """Turn the partners of each row into the rows of each partner, which come out sorted.

    Returns
    -------
    starts : int64 array of shape (size + 1,)
        Where each partner's rows begin.
    rows : unsigned array
    """
    threads = random.threads_for(partners.size)
    kernels = random.kernels_for(partners.size)
    parts = parts_of_rows(starts, max(partners.size / threads, PART))

    def tally(rows: slice) -> Indices:
        return _tally(partners[starts[rows.start] : starts[rows.stop]], size)

    tallies = in_threads(tally, parts, threads)
    counts = np.array(tallies, np.int64).reshape(len(parts), size)
    ends = row_starts(counts.sum(axis=0))
    # each part has a stretch of its own in the rows of each partner
    cursors = ends[:-1] + np.cumsum(counts, axis=0) - counts
    out = np.empty(partners.size, index_type(len(starts) - 1))

    def place(number: int) -> None:
        rows = parts[number]
        row_bounds = starts[rows.start : rows.stop + 1]
        numbers = partners[row_bounds[0] : row_bounds[-1]]
        kernels.place_rows(rows.start, row_bounds, numbers, cursors[number], out)

    in_threads(place, range(len(parts)), threads)
    return ends, out


def _tally(numbers: Numbers, size: int) -> Indices:
    counts = np.zeros(size, np.int64)
    stretch = max(PART, size)
    for first in range(0, numbers.size, stretch):
        counts += np.bincount(numbers[first : first + stretch], minlength=size)
    return counts


def draw_counts(random: Random, count: int, pools: Indices) -> Indices:
    """Draw how many of `count` synapses each row has.

    Row r has `pools[r]` cells, and all cells are as likely: the n-th synapse is in the row of cell
    `random.integers(0, pools.sum())[n]`, cells being counted row by row.
    """
    starts = row_starts(pools)
    alike = bool(pools.size and np.all(pools == pools[0]))
    key = random.next_key()
    kernels = random.kernels_for(count)
    size = max(PART, pools.size)

    def tally(first: int) -> Indices:
        row = np.empty(min(size, count - first), np.int64)
        if alike:
            # The row of floor(bits * rows * cells) is floor(bits * rows): that takes no search.
            kernels.integers(key, first, pools.size, row)
        else:
            kernels.integers(key, first, int(starts[-1]), row)
            row = np.searchsorted(starts, row, side="right") - 1
        return np.bincount(row, minlength=pools.size)

    def share(firsts: range) -> Indices:
        counts = np.zeros(pools.size, np.int64)
        for first in firsts:
            counts = counts + tally(first)
        return counts

    firsts = range(0, count, size)
    threads = random.threads_for(count)
    shares = [firsts[number::threads] for number in range(threads)]
    return sum(in_threads(share, shares, threads), np.zeros(pools.size, np.int64))
