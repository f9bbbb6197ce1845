"""Cells of the connection matrix by number, and draws of some of them without bias.

The number of a cell is `pre * post_size + post`.
"""

from __future__ import annotations

import numpy as np

from brainkernel.model.connection_rule import Ends, Indices, Pairs, excluded_targets
from brainkernel.random import index_type
from brainkernel.random.integers import multiply_shift
from brainkernel.random.row_parts import row_starts
from brainkernel.random.threefry_arrays import Key, encrypt


def pairs_of(cells: Indices, ends: Ends) -> Pairs:
    """Return the pairs of cells that are sorted."""
    rows = np.searchsorted(cells, np.arange(ends.pre_size + 1) * ends.post_size)
    return Pairs.by_rows(rows, (cells % max(ends.post_size, 1)).astype(index_type(ends.post_size)))


def holes(ends: Ends, autapses: bool) -> Indices:
    """Return the cells that may hold no synapse, sorted.

    Those of the autapses, unless these are allowed.
    """
    pre, post = ends.selves()
    return np.sort(pre * ends.post_size + post)[: 0 if autapses else None]


def open_cells(ends: Ends, autapses: bool) -> int:
    """Return how many cells may hold a synapse."""
    return ends.pre_size * ends.post_size - len(holes(ends, autapses))


def every_pair(ends: Ends, autapses: bool) -> Pairs:
    """Return all pairs, but for the autapses unless these are allowed."""
    post = np.tile(np.arange(ends.post_size, dtype=index_type(ends.post_size)), ends.pre_size)
    counts = ends.post_size - (excluded_targets(ends, autapses) < ends.post_size)
    closed = holes(ends, autapses)
    return Pairs.by_rows(row_starts(counts), np.delete(post, closed) if closed.size else post)


def skip(numbers: Indices, holes: Indices) -> Indices:
    """Turn each n into the n-th cell that is no hole, counted from 0.

    Numbers and holes are sorted.
    """
    first_behind = np.searchsorted(numbers, holes - np.arange(len(holes)))
    return numbers + np.cumsum(np.bincount(first_behind, minlength=len(numbers))[: len(numbers)])


def distinct(key: Key, first: int, pools: Indices, counts: Indices) -> Indices:
    """Draw for each row `counts[row]` different numbers below `pools[row]`.

    Every subset is equally likely.

    Parameters
    ----------
    key : two 32-bit words
    first : int
        Which row these rows begin with: the k-th draw of row r has the counter (k, r), so a row can
        be drawn alone.
    pools, counts : int64 arrays

    Returns
    -------
    numbers : int64 array
        Row by row, sorted within the row.

    Notes
    -----
    Rows that want more than half of their pool draw what they leave out.
    """
    inverted, width = counts * 2 > pools, np.int64(pools.max(initial=1))
    codes = _few_distinct(key, first, pools, np.where(inverted, pools - counts, counts), width)
    if inverted.any():
        row, number = np.divmod(codes, width)
        leaving = inverted[row]
        rest_row, rest_number = _rest(pools * inverted, row[leaving], number[leaving])
        codes = np.sort(np.concatenate([codes[~leaving], rest_row * width + rest_number]))
    return codes % width


def _few_distinct(
    key: Key, first: int, pools: Indices, counts: Indices, width: np.int64
) -> Indices:
    # Repeats are drawn again. That favours no number: what is kept depends on which draws are
    # equal, not on values.
    kept = np.empty(0, np.int64)
    drawn, missing = np.zeros_like(counts), counts
    while missing.any():
        row = np.repeat(np.arange(len(pools)), missing)
        k = np.arange(row.size) + (drawn - np.cumsum(missing) + missing)[row]
        x0, x1 = k.astype(np.uint32), (row + first).astype(np.uint32)
        encrypt(key, x0, x1)
        kept = _sorted_once(
            np.concatenate([kept, row * width + multiply_shift(x0, x1, pools[row])])
        )
        drawn, missing = drawn + missing, counts - np.bincount(kept // width, minlength=len(pools))
    return kept


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
