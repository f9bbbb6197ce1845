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
    starts, pools = row_starts(counts), size - (excluded < size)
    partners = np.empty(starts[-1], index_type(size))
    key, kernels = random.next_key(), random.kernels_for(partners.size)

    def draw(rows: slice) -> None:
        own = starts[rows.start : rows.stop + 1]
        kernels.draw_rows(
            key, rows.start, own, pools[rows], excluded[rows], partners[own[0] : own[-1]]
        )

    def draw_distinct(rows: slice) -> None:
        number = distinct(key, rows.start, pools[rows], counts[rows])
        number += number >= np.repeat(excluded[rows], counts[rows])
        partners[starts[rows.start] : starts[rows.stop]] = number

    in_threads(
        draw if multapses else draw_distinct,
        parts_of_rows(starts),
        random.threads_for(partners.size),
    )
    return starts, partners


def sort_partners(random: Random, starts: Indices, partners: Numbers) -> None:
    """Sort the partners of each row, in place."""
    kernels = random.kernels_for(partners.size)

    def sort(rows: slice) -> None:
        own = starts[rows.start : rows.stop + 1]
        kernels.sort_rows(own, partners[own[0] : own[-1]])

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
    threads, kernels = random.threads_for(partners.size), random.kernels_for(partners.size)
    parts = parts_of_rows(starts, max(partners.size / threads, PART))
    tallies = in_threads(
        lambda rows: _tally(partners[starts[rows.start] : starts[rows.stop]], size), parts, threads
    )
    counts = np.array(tallies, np.int64).reshape(len(parts), size)
    ends = row_starts(counts.sum(axis=0))
    cursors = (
        ends[:-1] + np.cumsum(counts, axis=0) - counts
    )  # each part has its own room in each partner's rows
    out = np.empty(partners.size, index_type(len(starts) - 1))

    def place(number: int) -> None:
        rows = parts[number]
        own = starts[rows.start : rows.stop + 1]
        kernels.place_rows(rows.start, own, partners[own[0] : own[-1]], cursors[number], out)

    in_threads(place, range(len(parts)), threads)
    return ends, out


def _tally(numbers: Numbers, size: int) -> Indices:
    counts = np.zeros(size, np.int64)
    for first in range(0, numbers.size, max(PART, size)):
        counts += np.bincount(numbers[first : first + max(PART, size)], minlength=size)
    return counts


def draw_counts(random: Random, count: int, pools: Indices) -> Indices:
    """Draw how many of `count` synapses each row has.

    Row r has `pools[r]` cells, and all cells are as likely: the n-th synapse is in the row of cell
    `random.integers(0, pools.sum())[n]`, cells being counted row by row.
    """
    starts, alike = row_starts(pools), bool(pools.size and np.all(pools == pools[0]))
    key, kernels = random.next_key(), random.kernels_for(count)
    size = max(PART, pools.size)

    def tally(first: int) -> Indices:
        row = np.empty(min(size, count - first), np.int64)
        # The row of floor(bits * rows * cells) is floor(bits * rows), and that takes no search.
        kernels.integers(key, first, pools.size if alike else int(starts[-1]), row)
        row = row if alike else np.searchsorted(starts, row, side="right") - 1
        return np.bincount(row, minlength=pools.size)

    def share(firsts: range) -> Indices:
        return sum((tally(first) for first in firsts), np.zeros(pools.size, np.int64))

    firsts, threads = range(0, count, size), random.threads_for(count)
    return sum(
        in_threads(share, [firsts[number::threads] for number in range(threads)], threads),
        np.zeros(pools.size, np.int64),
    )
