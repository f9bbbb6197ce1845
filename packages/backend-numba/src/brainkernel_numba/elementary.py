"""Exponentials, logarithms, hyperbolic functions and roots, whose loops vectorise.

They have no branch and no call. All are computed in float64 with explicit fused multiply-adds; the
caller's arithmetic is never contracted. Arguments are reduced in the usual way (Muller, "Elementary
Functions"); the coefficients are Chebyshev fits to the reduced intervals, computed with 300 bits.
Worst errors in units in the last place: exp, exp2, log, log2, log10, log1p 2, the others 4. As in
NumPy, logaddexp loses digits where its result is near 0.
"""

from __future__ import annotations

from brainkernel_numba.elementwise import elementary
from brainkernel_numba.values import Value, bits, copysign, float64_from_bits, fma, select, unary

__all__ = [
    "cbrt", "cosh", "exp", "exp2", "expm1", "hypot", "log", "log1p", "log2", "log10", "logaddexp",
    "sinh", "sqrt", "tanh",
]  # fmt: skip

# Adding it to a float64 below 2**51 rounds to an integer, which then stands in the lowest bits: no
# conversion, which AVX2 lacks for 64 bits.
ROUND = 6755399441055744.0
ROUND_BITS = 0x4338000000000000
EXPONENT_BIAS = 1023
MANTISSA_BITS = 52

LN2, LN2_REST = 0.6931471805599453, 2.3190468138462996e-17
LN2_32_BITS, LN2_32_BITS_REST = 0.6931471803691238, 1.9082149292705877e-10
LOG10_2_34_BITS, LOG10_2_34_BITS_REST = 0.30102999560767785, 5.630334806675098e-11
LOG2_E, LOG10_E, LOG10_E_REST = 1.4426950408889634, 0.4342944819032518, 1.098319650216765e-17
INFINITY = float("inf")
SMALLEST_NORMAL = 2.2250738585072014e-308

# (exp(r) - 1 - r) / r**2 on |r| <= log(2) / 2, relative error of exp 1.3e-17
EXP = (
    2.5100424157005067e-08, 2.7620138719733994e-07, 2.7557268378684192e-06, 2.480152119021773e-05,
    0.00019841269863105968, 0.0013888888917281794, 0.008333333333330051, 0.04166666666662399,
    0.16666666666666669, 0.5000000000000001,
)  # fmt: skip
# (2 atanh(s) / s - 2) / z of z = s**2, sqrt(1/2) <= (1 + s) / (1 - s) <= sqrt(2), relative error of
# log 4.7e-18
LOG = (
    0.14617807153417325, 0.15331611722055008, 0.1818289243253687, 0.22222211089379496,
    0.28571428626253836, 0.3999999999989889, 0.666666666666667,
)  # fmt: skip


def polynomial(coefficients: tuple[float, ...], x: Value) -> Value:
    """Return the polynomial with these coefficients, highest power first, by Horner's rule."""
    result = x.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        result = fma(result, x, coefficient)
    return result


def clamp(x: Value, low: float, high: float) -> Value:
    """Return x cut to [low, high]. Nan stays nan: it compares false both times."""
    x = select(x > high, high, x)
    return select(x < low, low, x)


def power_of_two(exponent: Value) -> Value:
    """Return the float64 with these biased exponent bits."""
    return float64_from_bits(exponent << MANTISSA_BITS)


def scaled(x: Value, k: Value, halvings: int = 0) -> Value:
    """Return x * 2**(k - halvings) for |k| < 2000, rounded once where it is subnormal.

    k is a uint64, modulo 2**64.
    """
    exponent = k + (2 * EXPONENT_BIAS - halvings)
    half = exponent >> 1
    return x * power_of_two(half) * power_of_two(exponent - half)


def reduced(x: Value) -> tuple[Value, Value]:
    """Return k (as uint64) and r with x = k log(2) + r and |r| <= log(2) / 2."""
    shifted = fma(x, LOG2_E, ROUND)
    minus_k = ROUND - shifted
    r = fma(minus_k, LN2_REST, fma(minus_k, LN2, x))
    return bits(shifted) - ROUND_BITS, r


def exponential(x: Value, halvings: int = 0) -> Value:
    """Return exp(x) / 2**halvings, also where exp(x) alone would be infinite."""
    k, r = reduced(clamp(x, -746.0, 711.0))
    return scaled(fma(r, fma(r, polynomial(EXP, r), 1.0), 1.0), k, halvings)


def exponential_minus_1(x: Value, halvings: int = 0) -> Value:
    """Return expm1(x) / 2**halvings as 2**k (expm1(r) + (1 - 2**-k)) / 2**halvings.

    The last bracket is exact or as good as 1.
    """
    k, r = reduced(clamp(x, -40.0, 711.0))
    inverse = power_of_two(select(k + 64 < 128, EXPONENT_BIAS - k, k.constant(0)))
    result = scaled(fma(r * r, polynomial(EXP, r), r) + (1.0 - inverse), k, halvings)
    return select(x == 0, x, result)


def split(x: Value) -> tuple[Value, Value]:
    """Return m and the float e with x = m 2**e and sqrt(1/2) <= m < sqrt(2), for finite x > 0."""
    subnormal = x < SMALLEST_NORMAL
    pattern = bits(select(subnormal, x * 2.0**54, x))
    shifted = pattern - bits(x.constant(0.5**0.5))
    # 2**52 in the exponent bits, an integer in the mantissa: one subtraction makes it a float.
    biased = ((shifted + (EXPONENT_BIAS << MANTISSA_BITS)) >> MANTISSA_BITS) | bits(
        x.constant(2.0**52)
    )
    e = float64_from_bits(biased) - select(
        subnormal, x.constant(2.0**52 + EXPONENT_BIAS + 54), 2.0**52 + EXPONENT_BIAS
    )
    m = (shifted & ((1 << MANTISSA_BITS) - 1)) + bits(x.constant(0.5**0.5))
    return float64_from_bits(m), e


def log_parts(f: Value) -> tuple[Value, Value]:
    """Return a = f**2 / 2 and b with log(1 + f) = f - (a - b), sqrt(1/2) <= 1 + f <= sqrt(2)."""
    s = f / (f + 2.0)
    z = s * s
    a = f * f * 0.5
    return a, s * (a + z * polynomial(LOG, z))


def log_limits(x: Value, result: Value) -> Value:
    """Return `result` where it is log(x) of a finite x > 0, else the right special value."""
    result = select(x < INFINITY, result, x)
    result = select(x == 0, -INFINITY, result)
    return select(x < 0, float("nan"), result)


@elementary
def exp(x: Value) -> Value:
    """Return e**x."""
    return exponential(x)


@elementary
def exp2(x: Value) -> Value:
    """Return 2**x."""
    x = clamp(x, -1076.0, 1025.0)
    shifted = x + ROUND
    r = (x - (shifted - ROUND)) * LN2
    return scaled(fma(r, fma(r, polynomial(EXP, r), 1.0), 1.0), bits(shifted) - ROUND_BITS)


@elementary
def expm1(x: Value) -> Value:
    """Return exp(x) - 1, accurate near 0."""
    return exponential_minus_1(x)


@elementary
def log(x: Value) -> Value:
    """Return the natural logarithm."""
    m, e = split(x)
    a, b = log_parts(m - 1.0)
    return log_limits(x, fma(e, LN2_32_BITS, (m - 1.0) - (a - fma(e, LN2_32_BITS_REST, b))))


@elementary
def log1p(x: Value) -> Value:
    """Return log(1 + x), accurate near 0."""
    return log_1_plus(x)


def log_1_plus(x: Value) -> Value:
    """Return log(1 + x): the logarithm of u = 1 + x rounded, corrected to first order.

    The correction is for what the rounding of u lost.
    """
    u = x + 1.0
    lost = select(x > 1.0, 1.0 - (u - x), x - (u - 1.0)) / u
    m, e = split(u)
    a, b = log_parts(m - 1.0)
    result = fma(e, LN2_32_BITS, (m - 1.0) - (a - (fma(e, LN2_32_BITS_REST, lost) + b)))
    return select(x == 0, x, log_limits(u, result))


@elementary
def log2(x: Value) -> Value:
    """Return the logarithm to base 2, exact for powers of two."""
    m, e = split(x)
    a, b = log_parts(m - 1.0)
    return log_limits(x, fma((m - 1.0) - (a - b), LOG2_E, e))


@elementary
def log10(x: Value) -> Value:
    """Return the logarithm to base 10, exact for powers of ten."""
    m, e = split(x)
    f = m - 1.0
    a, b = log_parts(f)
    high = f - a
    low = ((f - high) - a) + b
    tail = fma(e, LOG10_2_34_BITS_REST, fma(high, LOG10_E_REST, low * LOG10_E))
    product = high * LOG10_E
    tail = tail + fma(high, LOG10_E, -product)
    leading = e * LOG10_2_34_BITS
    total = leading + product
    # Two sums: `total` and what its rounding lost, so that log10(1000) is 3.
    back = total - leading
    return log_limits(x, total + (((leading - (total - back)) + (product - back)) + tail))


@elementary
def logaddexp(x: Value, y: Value) -> Value:
    """Return log(exp(x) + exp(y))."""
    larger = select(x > y, x, y)
    distance = unary("fabs", x - y)
    return select(x == y, x + LN2, larger + log_1_plus(exponential(-distance)))


@elementary
def tanh(x: Value) -> Value:
    """Return the hyperbolic tangent, t / (t + 2) with t = expm1(2|x|)."""
    t = exponential_minus_1(clamp(unary("fabs", x) * 2.0, 0.0, 50.0))
    return copysign(t / (t + 2.0), x)


@elementary
def sinh(x: Value) -> Value:
    """Return the hyperbolic sine."""
    size = unary("fabs", x)
    half = exponential_minus_1(size, halvings=1)
    result = select(size > 40.0, half, half + half / (half * 2.0 + 1.0))
    return copysign(select(size < 1e-9, size, result), x)


@elementary
def cosh(x: Value) -> Value:
    """Return the hyperbolic cosine."""
    half = exponential(unary("fabs", x), halvings=1)
    return half + 0.25 / half


@elementary
def sqrt(x: Value) -> Value:
    """Return the square root, correctly rounded."""
    return unary("sqrt", x)


@elementary
def cbrt(x: Value) -> Value:
    """Return the cube root: exp(log|x| / 3) and one step of Newton's."""
    size = unary("fabs", x)
    subnormal = size < SMALLEST_NORMAL
    normal = select(subnormal, size * 2.0**54, size)
    m, e = split(normal)
    a, b = log_parts(m - 1.0)
    root = exponential(fma(e, LN2, (m - 1.0) - (a - b)) * (1.0 / 3.0))
    square = root * root
    root = root - fma(square, root, -normal) / (square * 3.0)
    root = copysign(select(subnormal, root * 2.0**-18, root), x)
    return select((size > 0) & (size < INFINITY), root, x)


@elementary
def hypot(x: Value, y: Value) -> Value:
    """Return sqrt(x**2 + y**2) without overflow; infinite if either is, even beside nan."""
    x, y = unary("fabs", x), unary("fabs", y)
    larger, smaller = select(x > y, x, y), select(x > y, y, x)
    ratio = smaller / larger
    result = select(larger == 0, smaller, larger * unary("sqrt", fma(ratio, ratio, 1.0)))
    return select((x == INFINITY) | (y == INFINITY), INFINITY, result)
