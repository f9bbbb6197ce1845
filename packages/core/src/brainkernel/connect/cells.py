"""Cells of the connection matrix by number, `pre * post_size + post`, and draws of some of them without bias."""

from __future__ import annotations

import numpy as np

from brainkernel.connect.pairs import Ends, Indices, Pairs
from brainkernel.random import Random


def pairs_of(cells: Indices, ends: Ends) -> Pairs:
    """Return the pairs of cells that are sorted."""
    pre = cells // max(ends.post_size, 1)
    return Pairs(pre, cells - pre * ends.post_size)


def holes(ends: Ends, autapses: bool) -> Indices:
    """Return the cells that may hold no synapse, sorted: those of the autapses, unless these are allowed."""
    pre, post = ends.selves()
    return np.sort(pre * ends.post_size + post)[: 0 if autapses else None]


def without(cells: Indices, holes: Indices) -> Indices:
    """Return the cells that are none of the holes; both are sorted and without repeats."""
    place = np.searchsorted(cells, holes)
    inside = place < cells.size
    place, holes = place[inside], holes[inside]
    return np.delete(cells, place[cells[place] == holes])


def skip(numbers: Indices, holes: Indices) -> Indices:
    """Turn each n into the n-th cell that is no hole, counted from 0; numbers and holes are sorted."""
    first_behind = np.searchsorted(numbers, holes - np.arange(len(holes)))
    return numbers + np.cumsum(np.bincount(first_behind, minlength=len(numbers))[: len(numbers)])


def distinct(random: Random, pools: Indices, counts: Indices) -> tuple[Indices, Indices]:
    """Draw for each row `counts[row]` different numbers below `pools[row]`, every subset being equally likely.

    Returns
    -------
    row, number : int64 arrays

    Notes
    -----
    Rows that want more than half of their pool draw what they leave out.
    """
    inverted = counts * 2 > pools
    row, number = _few_distinct(random, pools, np.where(inverted, pools - counts, counts))
    leaving = inverted[row]
    rest_row, rest_number = _rest(pools * inverted, row[leaving], number[leaving])
    return np.concatenate([row[~leaving], rest_row]), np.concatenate([number[~leaving], rest_number])


def _few_distinct(random: Random, pools: Indices, counts: Indices) -> tuple[Indices, Indices]:
    # Repeats are drawn again. That favours no number: what is kept depends on which draws are equal, not on values.
    width = np.int64(pools.max(initial=1))
    kept = np.empty(0, np.int64)
    missing = counts
    while missing.any():
        row = np.repeat(np.arange(len(pools)), missing)
        drawn = row * width + random.integers(0, pools[row], row.size)
        kept = _sorted_once(np.concatenate([kept, drawn]))
        missing = counts - np.bincount(kept // width, minlength=len(pools))
    row, number = np.divmod(kept, width)
    return row, number


def _sorted_once(codes: Indices) -> Indices:
    codes = np.sort(codes)
    return codes[np.diff(codes, prepend=-1) > 0]


def _rest(pools: Indices, row: Indices, number: Indices) -> tuple[Indices, Indices]:
    """Return row and number of all that is in the pools and was not given."""
    start = np.cumsum(pools) - pools
    left = np.ones(int(pools.sum()), np.bool_)
    left[start[row] + number] = False
    place = np.flatnonzero(left)
    rest_row = np.repeat(np.arange(len(pools)), pools)[place]
    return rest_row, place - start[rest_row]
