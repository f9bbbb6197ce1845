"""Rows of a matrix cut into parts, which several threads work on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike, NDArray

from brainkernel.base.worker_threads import in_threads
from brainkernel.random.row_sampling import Integers, Numbers

PART = 1 << 16  # elements that one thread does at a time


def row_starts(counts: Integers) -> Integers:
    """Return where each row begins, and behind the last one their sum."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def parts_of_rows(
    starts: NDArray[np.integer] | NDArray[np.floating], part: float = PART
) -> list[slice]:
    """Cut rows into parts of about so many elements.

    `starts` says where each row begins and the last one ends.
    """
    total = starts[-1]
    sizes = np.arange(part, total, part) if total > part else np.empty(0)
    cuts = np.searchsorted(starts, sizes)
    bounds = np.unique(np.concatenate([[0], cuts, [len(starts) - 1]]))
    return [slice(first, last) for first, last in pairwise(bounds.tolist())]


def joined(
    function: Callable[[slice], Numbers], parts: list[slice], threads: int, dtype: DTypeLike
) -> Numbers:
    """Return the numbers of all parts in one array.

    The parts are freed one by one, so as not to be there twice.
    """
    arrays = in_threads(function, parts, threads)
    out = np.empty(sum(array.size for array in arrays), dtype)
    last = out.size
    while arrays:
        array = arrays.pop()
        out[last - array.size : last] = array
        last -= array.size
    return out
