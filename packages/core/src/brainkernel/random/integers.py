"""Integers from two random words, element by element, compiled word for word."""

from __future__ import annotations

from typing import Any

import numpy as np

from brainkernel.random.distributions import log_unit, unit_float


def multiply_shift(x0: Any, x1: Any, count: Any) -> Any:
    """Draw from [0, count): the upper 64 bits of `(x0 * 2**32 + x1) * count`.

    The product is taken in halves, so that nothing overflows.
    """
    half, low_half = np.uint64(32), np.uint64(0xFFFFFFFF)
    high, low = np.uint64(x0), np.uint64(x1)
    upper, lower = np.uint64(count) >> half, np.uint64(count) & low_half
    middle = high * lower + ((low * lower) >> half)
    return np.int64(high * upper + (middle >> half) + ((low * upper + (middle & low_half)) >> half))


def gap(x0: Any, x1: Any, rate: Any, size: Any) -> Any:
    """Draw how far the next success is, 1 or more; a trial fails with probability `exp(-rate)`.

    Up to `size` this is the geometric distribution; beyond, any number above `size` stands for all:
    no walk of that size need know more, and so neither a gap nor a sum of gaps can overflow.
    """
    waiting = np.minimum(-log_unit(1.0 - unit_float(x0, x1)), 2.0 * size * rate) / rate
    return np.int64(waiting) + 1
