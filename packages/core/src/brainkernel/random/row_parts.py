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
    wanted = np.arange(part, starts[-1], part) if starts[-1] > part else np.empty(0)
    bounds = np.unique(np.concatenate([[0], np.searchsorted(starts, wanted), [len(starts) - 1]]))
    return [slice(first, last) for first, last in pairwise(bounds.tolist())]


def joined(
    function: Callable[[slice], Numbers], parts: list[slice], threads: int, dtype: DTypeLike
) -> Numbers:
    """Return the numbers of all parts in one array.

    The parts are freed one by one, so as not to be there twice.
    """
    found = in_threads(function, parts, threads)
    out = np.empty(sum(part.size for part in found), dtype)
    last = out.size
    while found:
        part = found.pop()
        out[last - part.size : last] = part
        last -= part.size
    return out
