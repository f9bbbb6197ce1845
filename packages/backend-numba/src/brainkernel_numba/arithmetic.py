"""Arithmetic and rounding by NumPy's names. The results are those of NumPy to the last bit."""

from __future__ import annotations

import numpy as np

from brainkernel_numba.elementwise import DType, elementary, elementwise
from brainkernel_numba.values import Value, bits, copysign, float64_from_bits, frem, select, unary

__all__ = [
    "absolute", "add", "ceil", "divide", "fabs", "floor", "fmod", "frexp", "mod", "multiply",
    "negative", "reciprocal", "rint", "round", "square", "subtract", "trunc",
]  # fmt: skip

INT32 = np.dtype(np.int32)
SIGN_AND_MANTISSA = 0x800FFFFFFFFFFFFF
SMALLEST_NORMAL = 2.2250738585072014e-308


def floats_only(dtype: DType) -> tuple[DType, DType]:
    """Refuse integers where NumPy's answer for them is seldom what was meant."""
    if dtype.kind != "f":
        raise TypeError("NumPy keeps integers here; give a float")
    return dtype, dtype


@elementwise()
def add(x: Value, y: Value) -> Value:
    """Return x + y."""
    return x + y


@elementwise()
def subtract(x: Value, y: Value) -> Value:
    """Return x - y."""
    return x - y


@elementwise()
def multiply(x: Value, y: Value) -> Value:
    """Return x * y."""
    return x * y


@elementwise()
def divide(x: Value, y: Value) -> Value:
    """Return x / y, infinite or nan where y is 0."""
    return x / y


@elementwise()
def negative(x: Value) -> Value:
    """Return -x."""
    return -x


@elementwise()
def square(x: Value) -> Value:
    """Return x * x."""
    return x * x


@elementwise(floats_only)
def reciprocal(x: Value) -> Value:
    """Return 1 / x."""
    return 1.0 / x


@elementwise()
def absolute(x: Value) -> Value:
    """Return the size of x."""
    if x.is_float:
        return unary("fabs", x)
    return select(x < 0, -x, x) if x.dtype.kind == "i" else x


@elementwise()
def fabs(x: Value) -> Value:
    """Return the size of x as a float."""
    return unary("fabs", x)


def rounded(name: str, x: Value) -> Value:
    """Return x rounded by LLVM's intrinsic `name`; integers are what they are."""
    return unary(name, x) if x.is_float else x


@elementwise()
def floor(x: Value) -> Value:
    """Return the nearest whole number not above x."""
    return rounded("floor", x)


@elementwise()
def ceil(x: Value) -> Value:
    """Return the nearest whole number not below x."""
    return rounded("ceil", x)


@elementwise()
def trunc(x: Value) -> Value:
    """Return x without its fraction."""
    return rounded("trunc", x)


@elementwise()
def rint(x: Value) -> Value:
    """Return the nearest whole number, the even one of two."""
    return rounded("rint", x)


@elementwise(lambda a: (a, a))
def round(a: Value) -> Value:
    """Return the nearest whole number, the even one of two."""
    return rounded("rint", a)


@elementwise()
def mod(x: Value, y: Value) -> Value:
    """Return the remainder of x / y with the sign of y, exact as Python's `%`.

    It is 0 for integers where y is 0.
    """
    remainder = truncated_remainder(x, y)
    if x.dtype.kind == "u":
        return remainder
    shifted = select((remainder < 0) == (y < 0), remainder, remainder + y)
    return select(remainder == 0, copysign(remainder, y) if x.is_float else remainder, shifted)


@elementwise()
def fmod(x: Value, y: Value) -> Value:
    """Return the remainder of x / y with the sign of x; exact. 0 for integers where y is 0."""
    return truncated_remainder(x, y)


def truncated_remainder(x: Value, y: Value) -> Value:
    """Return the remainder with the sign of x."""
    if x.is_float:
        return frem(x, y)
    undefined = y == 0
    if (
        x.dtype.kind == "i"
    ):  # the most negative integer by -1 traps; the remainder by -1 is 0 anyway
        undefined = undefined | (y == -1)
    divisor = select(undefined, 1, y)
    build = x.builder.srem if x.dtype.kind == "i" else x.builder.urem
    return Value(x.builder, build(x.llvm, divisor.llvm), x.dtype)


@elementary
def frexp(x: Value) -> tuple[Value, Value]:
    """Return m and the integer e with x = m 2**e and 1/2 <= |m| < 1; e = 0 where there is none.

    There is none for zeros, infinities and nan, which are m themselves.
    """
    special = (x == 0) | (x - x != 0)
    subnormal = unary("fabs", x) < SMALLEST_NORMAL
    pattern = bits(select(subnormal, x * 2.0**54, x))
    mantissa = float64_from_bits((pattern & SIGN_AND_MANTISSA) | bits(x.constant(0.5)))
    biased = ((pattern >> 52) & 0x7FF).astype(INT32)
    exponent = biased - select(subnormal, biased.constant(1022 + 54), 1022)
    return select(special, x, mantissa), select(special, 0, exponent)
