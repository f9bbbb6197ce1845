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
    row_begins = np.arange(ends.pre_size + 1) * ends.post_size
    rows = np.searchsorted(cells, row_begins)
    targets = cells % max(ends.post_size, 1)
    return Pairs.by_rows(rows, targets.astype(index_type(ends.post_size)))


def holes(ends: Ends, autapses: bool) -> Indices:
    """Return the cells that may hold no synapse, sorted.

    Those of the autapses, unless these are allowed.
    """
    pre, post = ends.selves()
    if autapses:
        pre, post = pre[:0], post[:0]
    return np.sort(pre * ends.post_size + post)


def open_cells(ends: Ends, autapses: bool) -> int:
    """Return how many cells may hold a synapse."""
    return ends.pre_size * ends.post_size - len(holes(ends, autapses))


def every_pair(ends: Ends, autapses: bool) -> Pairs:
    """Return all pairs, but for the autapses unless these are allowed."""
    row = np.arange(ends.post_size, dtype=index_type(ends.post_size))
    post = np.tile(row, ends.pre_size)
    has_excluded = excluded_targets(ends, autapses) < ends.post_size
    counts = ends.post_size - has_excluded
    closed = holes(ends, autapses)
    if closed.size:
        post = np.delete(post, closed)
    return Pairs.by_rows(row_starts(counts), post)


def skip(numbers: Indices, holes: Indices) -> Indices:
    """Turn each n into the n-th cell that is no hole, counted from 0.

    Numbers and holes are sorted.
    """
    size = len(numbers)
    # holes before each cell, counted among the open cells
    first_behind = np.searchsorted(numbers, holes - np.arange(len(holes)))
    skipped = np.bincount(first_behind, minlength=size)[:size]
    return numbers + np.cumsum(skipped)


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
    inverted = counts * 2 > pools
    width = np.int64(pools.max(initial=1))
    drawn_counts = np.where(inverted, pools - counts, counts)
    codes = _few_distinct(key, first, pools, drawn_counts, width)
    if inverted.any():
        row, number = np.divmod(codes, width)
        leaving = inverted[row]
        left_row, left_number = _rest(pools * inverted, row[leaving], number[leaving])
        left_codes = left_row * width + left_number
        codes = np.sort(np.concatenate([codes[~leaving], left_codes]))
    return codes % width


def _few_distinct(
    key: Key, first: int, pools: Indices, counts: Indices, width: np.int64
) -> Indices:
    # Repeats are drawn again. That favours no number: what is kept depends on which draws are
    # equal, not on values.
    codes = np.empty(0, np.int64)
    drawn = np.zeros_like(counts)
    missing = counts
    while missing.any():
        row = np.repeat(np.arange(len(pools)), missing)
        begins = np.cumsum(missing) - missing
        k = np.arange(row.size) + (drawn - begins)[row]
        x0 = k.astype(np.uint32)
        x1 = (row + first).astype(np.uint32)
        encrypt(key, x0, x1)
        new_codes = row * width + multiply_shift(x0, x1, pools[row])
        codes = _sorted_once(np.concatenate([codes, new_codes]))
        drawn = drawn + missing
        missing = counts - np.bincount(codes // width, minlength=len(pools))
    return codes


def _sorted_once(codes: Indices) -> Indices:
    codes = np.sort(codes)
    return codes[np.diff(codes, prepend=-1) > 0]


def _rest(pools: Indices, row: Indices, number: Indices) -> tuple[Indices, Indices]:
    """Return row and number of all that is in the pools and not in the arguments."""
    starts = np.cumsum(pools) - pools
    is_left = np.ones(int(pools.sum()), np.bool_)
    is_left[starts[row] + number] = False
    positions = np.flatnonzero(is_left)
    rows = np.repeat(np.arange(len(pools)), pools)
    left_rows = rows[positions]
    return left_rows, positions - starts[left_rows]
