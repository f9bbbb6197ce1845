"""The grid points of an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def grid_points(first: int, last: int, every: int) -> NDArray[np.int64]:
    """The multiples of an interval after step `first`, up to step `last`."""
    return np.arange(first // every + 1, last // every + 1, dtype=np.int64) * every


def interval_ends(first: int, last: int, every: int) -> int:
    """How many multiples of an interval lie after step `first`, up to step `last`."""
    return last // every - first // every
