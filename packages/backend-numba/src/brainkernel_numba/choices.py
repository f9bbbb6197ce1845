"""Comparisons, logic and choices between values, by selecting and never by branching.

Nan counts as in NumPy.
"""

from __future__ import annotations

import numpy as np

from brainkernel_numba.elementwise import DType, elementwise
from brainkernel_numba.values import BOOL, Value, select

__all__ = [
    "clip", "equal", "fmax", "fmin", "full_like", "greater", "greater_equal", "heaviside",
    "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "nan_to_num", "not_equal", "ones_like", "sign", "where",
    "zeros_like",
]  # fmt: skip

INFINITY = float("inf")


def common(*dtypes: DType) -> DType:
    """Return the dtype of an operation on these."""
    return np.result_type(*dtypes)


@elementwise()
def equal(x: Value, y: Value) -> Value:
    """Return whether x == y."""
    return x == y


@elementwise()
def not_equal(x: Value, y: Value) -> Value:
    """Return whether x != y; true for nan."""
    return x != y


@elementwise()
def less(x: Value, y: Value) -> Value:
    """Return whether x < y."""
    return x < y


@elementwise()
def less_equal(x: Value, y: Value) -> Value:
    """Return whether x <= y."""
    return x <= y


@elementwise()
def greater(x: Value, y: Value) -> Value:
    """Return whether x > y."""
    return x > y


@elementwise()
def greater_equal(x: Value, y: Value) -> Value:
    """Return whether x >= y."""
    return x >= y


@elementwise()
def logical_and(x: Value, y: Value) -> Value:
    """Return whether both are true (not zero)."""
    return x.astype(BOOL) & y.astype(BOOL)


@elementwise()
def logical_or(x: Value, y: Value) -> Value:
    """Return whether one or both are true (not zero)."""
    return x.astype(BOOL) | y.astype(BOOL)


@elementwise()
def logical_xor(x: Value, y: Value) -> Value:
    """Return whether just one is true (not zero)."""
    return x.astype(BOOL) ^ y.astype(BOOL)


@elementwise()
def logical_not(x: Value) -> Value:
    """Return whether x is zero."""
    return ~x.astype(BOOL)


@elementwise()
def isnan(x: Value) -> Value:
    """Return whether x is nan."""
    return x != x


@elementwise()
def isinf(x: Value) -> Value:
    """Return whether x is infinite."""
    return (x == INFINITY) | (x == -INFINITY) if x.is_float else x != x


@elementwise()
def isfinite(x: Value) -> Value:
    """Return whether x is neither infinite nor nan."""
    return (x < INFINITY) & (x > -INFINITY) if x.is_float else x == x


@elementwise(lambda condition, x, y: (condition, common(x, y), common(x, y), common(x, y)))
def where(condition: Value, x: Value, y: Value) -> Value:
    """Return x where the condition holds, else y. Both have been computed by then, as in NumPy."""
    return select(condition.astype(BOOL), x, y)


@elementwise()
def maximum(x: Value, y: Value) -> Value:
    """Return the larger, nan if either is nan."""
    return larger(x, y)


@elementwise()
def minimum(x: Value, y: Value) -> Value:
    """Return the smaller, nan if either is nan."""
    return smaller(x, y)


def larger(x: Value, y: Value) -> Value:
    """Return the larger, nan if either is nan."""
    return select((x >= y) | (x != x), x, y)


def smaller(x: Value, y: Value) -> Value:
    """Return the smaller, nan if either is nan."""
    return select((x <= y) | (x != x), x, y)


@elementwise()
def fmax(x: Value, y: Value) -> Value:
    """Return the larger, the number beside a nan."""
    return select((x >= y) | (y != y), x, y)


@elementwise()
def fmin(x: Value, y: Value) -> Value:
    """Return the smaller, the number beside a nan."""
    return select((x <= y) | (y != y), x, y)


@elementwise(lambda a, a_min, a_max: (common(a, a_min, a_max),) * 4)
def clip(a: Value, a_min: Value, a_max: Value) -> Value:
    """Return a cut to [a_min, a_max]; a_max where the bounds have crossed."""
    return smaller(larger(a, a_min), a_max)


@elementwise()
def heaviside(x: Value, at_zero: Value) -> Value:
    """Return 0 for x < 0, `at_zero` for 0 and 1 for x > 0."""
    step = select(x > 0, x.constant(1), select(x < 0, 0, x))
    return select(x == 0, at_zero, step)


@elementwise()
def sign(x: Value) -> Value:
    """Return -1, 0 or 1."""
    zero_or_nan = select(x == 0, 0, x)
    if x.dtype.kind == "u":
        return select(x > 0, 1, zero_or_nan)
    return select(x > 0, 1, select(x < 0, -1, zero_or_nan))


@elementwise(lambda x: (x, x))
def nan_to_num(x: Value) -> Value:
    """Return 0 for nan and the largest finite numbers for infinities."""
    if not x.is_float:
        return x
    largest = float(np.finfo(x.dtype).max)
    bounded = select(x == INFINITY, largest, select(x == -INFINITY, -largest, x))
    return select(x != x, 0, bounded)


@elementwise(lambda x: (x, x))
def zeros_like(x: Value) -> Value:
    """Return 0 in the type of x."""
    return x.constant(0)


@elementwise(lambda x: (x, x))
def ones_like(x: Value) -> Value:
    """Return 1 in the type of x."""
    return x.constant(1)


@elementwise(lambda a, fill_value: (a, fill_value, a))
def full_like(a: Value, fill_value: Value) -> Value:
    """Return `fill_value` in the type of a."""
    return fill_value.astype(a.dtype)
