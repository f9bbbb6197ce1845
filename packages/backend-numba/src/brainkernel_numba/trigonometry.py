"""Trigonometric functions without a branch or a call, so that loops over them vectorise.

sin, cos and tan take |x| <= 2**40 (1.1e12): pi/2 in three float64 pieces and fused multiply-adds
leave the reduced argument exact to the last bit there. Beyond it a correct phase needs hundreds of
bits of pi, or a call; the result is nan, never a wrong number. Worst errors in units in the last
place: sin, cos, arctan 2; the others 4. As in NumPy, sinc loses digits where its result is near 0.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from brainkernel_numba.elementary import ROUND, polynomial
from brainkernel_numba.elementwise import elementary
from brainkernel_numba.values import Value, bits, copysign, float64_from_bits, fma, select, unary

__all__ = ["arccos", "arcsin", "arctan", "arctan2", "cos", "sin", "sinc", "tan"]

LARGEST_PHASE = 2.0**40
PI, PI_REST = 3.141592653589793, 1.2246467991473532e-16
HALF_PI, HALF_PI_REST, HALF_PI_SECOND_REST = (
    1.5707963267948966,
    6.123233995736766e-17,
    -1.4973849048591698e-33,
)
QUARTER_PI, QUARTER_PI_REST = 0.7853981633974483, 3.061616997868383e-17
TAN_PI_8 = 0.41421356237309503

# (sin(r) / r - 1) / z and (cos(r) - 1 + z / 2) / z**2 of z = r**2, |r| <= pi / 4, relative errors
# 5.7e-18 and 1.3e-18
SIN = (
    -7.586576588171073e-13, 1.6058529572267877e-10, -2.5052106219521895e-08, 2.755731921930192e-06,
    -0.00019841269841265017, 0.008333333333333331, -0.16666666666666666,
)  # fmt: skip
COS = (
    -1.1382456778061306e-11, 2.0876143827993133e-09, -2.7557317260008837e-07, 2.480158729874307e-05,
    -0.0013888888888887382, 0.041666666666666664,
)  # fmt: skip
# (arctan(t) / t - 1) / z of z = t**2, |t| <= tan(pi / 8), relative error 2.8e-18
ARCTAN = (
    0.01627194475162406, -0.034558092551413795, 0.04551108126325172, -0.052303478730160745,
    0.058789145444006215, -0.06666423628069258, 0.0769229630497447, -0.09090908751076636,
    0.11111111105106705, -0.14285714285659326, 0.199999999999998, -0.3333333333333333,
)  # fmt: skip


def reduced(x: Value) -> tuple[Value, Value, Value]:
    """Return the quadrant k (as uint64), r and rest, with x = k pi/2 + r + rest, |r| <= pi / 4.

    They are nan beyond 2**40.
    """
    x = select(unary("fabs", x) <= LARGEST_PHASE, x, float("nan"))
    shifted = fma(x, 2.0 / PI, ROUND)
    minus_k = ROUND - shifted
    first = fma(minus_k, HALF_PI, x)  # exact: the difference needs no more than 53 bits
    second = minus_k * HALF_PI_REST
    lost = fma(minus_k, HALF_PI_REST, -second)
    r = first + second
    back = r - first
    rest = fma(minus_k, HALF_PI_SECOND_REST, ((first - (r - back)) + (second - back)) + lost)
    return bits(shifted), r + rest, (r - (r + rest)) + rest


def sin_cos(r: Value, rest: Value) -> tuple[Value, Value]:
    """Return sin and cos of r + rest, |r| <= pi / 4."""
    z = r * r
    half = z * 0.5
    near_1 = 1.0 - half
    sin = r + fma(r * z, polynomial(SIN, z), rest * near_1)
    cos = near_1 + (((1.0 - near_1) - half) + fma(z * z, polynomial(COS, z), -(r * rest)))
    return sin, cos


def of_quadrant(k: Value, even: Value, odd: Value) -> Value:
    """Return `even` in quadrants 0 and 2, `odd` in 1 and 3, with the other sign in 2 and 3."""
    chosen = select((k & 1) == 0, even, odd)
    return float64_from_bits(bits(chosen) ^ ((k & 2) << 62))


@elementary
def sin(x: Value) -> Value:
    """Return the sine."""
    return sine(x)


def sine(x: Value) -> Value:
    """Return the sine."""
    k, r, rest = reduced(x)
    return select(x == 0, x, of_quadrant(k, *sin_cos(r, rest)))


@elementary
def cos(x: Value) -> Value:
    """Return the cosine."""
    k, r, rest = reduced(x)
    return of_quadrant(k + 1, *sin_cos(r, rest))


@elementary
def tan(x: Value) -> Value:
    """Return the tangent."""
    k, r, rest = reduced(x)
    sin, cos = sin_cos(r, rest)
    even = (k & 1) == 0
    return select(x == 0, x, select(even, sin, -cos) / select(even, cos, sin))


@partial(elementary, ufunc=np.sin)
def sinc(x: Value) -> Value:
    """Return sin(pi x) / (pi x), 1 at 0."""
    y = x * PI
    return select(x == 0, 1.0, sine(y) / y)


def arctan_of(size: Value) -> tuple[Value, Value]:
    """Return a + b = arctan(size) for size >= 0, reduced to |t| <= tan(pi / 8)."""
    large, middle = size > 1.0 / TAN_PI_8, size > TAN_PI_8
    above = select(large, -1.0, select(middle, size - 1.0, size))
    below = select(large, size, select(middle, size + 1.0, 1.0))
    t = above / below
    z = t * t
    base = select(large, size.constant(HALF_PI), select(middle, size.constant(QUARTER_PI), 0.0))
    rest = select(
        large, size.constant(HALF_PI_REST), select(middle, size.constant(QUARTER_PI_REST), 0.0)
    )
    return base, t + fma(t * z, polynomial(ARCTAN, z), rest)


@elementary
def arctan(x: Value) -> Value:
    """Return the arc tangent."""
    base, remainder = arctan_of(unary("fabs", x))
    return copysign(base + remainder, x)


@elementary
def arctan2(y: Value, x: Value) -> Value:
    """Return the angle of the point (x, y)."""
    return angle(y, x)


def angle(y: Value, x: Value) -> Value:
    """Return the angle of the point (x, y), from that of its smaller over its larger coordinate."""
    height, width = unary("fabs", y), unary("fabs", x)
    steep = height > width
    smaller, larger = select(steep, width, height), select(steep, height, width)
    ratio = select(smaller == larger, select(smaller == 0, smaller, 1.0), smaller / larger)
    base, remainder = arctan_of(ratio)
    result = select(steep, HALF_PI - base + (HALF_PI_REST - remainder), base + remainder)
    leftward = (bits(x) >> 63) == 1
    return copysign(select(leftward, PI - (result - PI_REST), result), y)


@elementary
def arcsin(x: Value) -> Value:
    """Return the arc sine."""
    return angle(x, unary("sqrt", (1.0 - x) * (x + 1.0)))


@elementary
def arccos(x: Value) -> Value:
    """Return the arc cosine."""
    return angle(unary("sqrt", 1.0 - x), unary("sqrt", x + 1.0)) * 2.0
