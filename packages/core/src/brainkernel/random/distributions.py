"""Random numbers as plain element-wise functions, copied word for word into programs.

In a program `np` is NumPy or the namespace of a backend, of whole arrays or of scalars. Hence
straight lines only, with every integer cast written out: a compiler may carry a sum of two uint32
in 64 bits. The types are in `distributions.pyi`.
"""

import numpy as np


def threefry_mix(x0, x1, rotation):
    """Do one round of Threefry-2x32: add, rotate left, exclusive or."""
    x0 = np.uint32(x0 + x1)
    x1 = np.uint32(np.uint32(x1 << np.uint32(rotation)) | np.uint32(x1 >> np.uint32(32 - rotation)))
    return x0, np.uint32(x1 ^ x0)


def threefry_2x32(key_0, key_1, counter_0, counter_1):
    """Return 64 random bits as two uint32: Threefry-2x32 with 20 rounds (Salmon et al. 2011).

    Key and counter are two uint32 each.
    """
    key_2 = key_0 ^ key_1 ^ np.uint32(0x1BD11BDA)
    # The masks give both words the shape of both counters first: NumPy warns of overflow in sums of
    # scalars only.
    x0 = np.uint32((counter_0 | (counter_1 & np.uint32(0))) + key_0)
    x1 = np.uint32((counter_1 | (counter_0 & np.uint32(0))) + key_1)
    x0, x1 = threefry_mix(x0, x1, 13)
    x0, x1 = threefry_mix(x0, x1, 15)
    x0, x1 = threefry_mix(x0, x1, 26)
    x0, x1 = threefry_mix(x0, x1, 6)
    x0 = np.uint32(x0 + key_1)
    x1 = np.uint32(x1 + key_2 + np.uint32(1))
    x0, x1 = threefry_mix(x0, x1, 17)
    x0, x1 = threefry_mix(x0, x1, 29)
    x0, x1 = threefry_mix(x0, x1, 16)
    x0, x1 = threefry_mix(x0, x1, 24)
    x0 = np.uint32(x0 + key_2)
    x1 = np.uint32(x1 + key_0 + np.uint32(2))
    x0, x1 = threefry_mix(x0, x1, 13)
    x0, x1 = threefry_mix(x0, x1, 15)
    x0, x1 = threefry_mix(x0, x1, 26)
    x0, x1 = threefry_mix(x0, x1, 6)
    x0 = np.uint32(x0 + key_0)
    x1 = np.uint32(x1 + key_1 + np.uint32(3))
    x0, x1 = threefry_mix(x0, x1, 17)
    x0, x1 = threefry_mix(x0, x1, 29)
    x0, x1 = threefry_mix(x0, x1, 16)
    x0, x1 = threefry_mix(x0, x1, 24)
    x0 = np.uint32(x0 + key_1)
    x1 = np.uint32(x1 + key_2 + np.uint32(4))
    x0, x1 = threefry_mix(x0, x1, 13)
    x0, x1 = threefry_mix(x0, x1, 15)
    x0, x1 = threefry_mix(x0, x1, 26)
    x0, x1 = threefry_mix(x0, x1, 6)
    return np.uint32(x0 + key_2), np.uint32(x1 + key_0 + np.uint32(5))


def unit_float(x0, x1):
    """Make a float64 in [0, 1), on a grid of 2**-53, of the upper 27 and 26 bits of two words."""
    return ((x0 >> np.uint32(5)) * 67108864.0 + (x1 >> np.uint32(6))) * 2.0**-53


def log_unit(u):
    """Take the natural logarithm of u in (0, 1] to 1 ulp, by + - * / alone: the artanh series."""
    mantissa, exponent = np.frexp(u)
    halved = np.where(mantissa < 0.7071067811865476, 1.0, 0.0)
    f = mantissa + halved * mantissa - 1.0
    k = exponent - halved
    s = f / (2.0 + f)
    z = s * s
    series = 2.0 / 21.0
    series = series * z + 2.0 / 19.0
    series = series * z + 2.0 / 17.0
    series = series * z + 2.0 / 15.0
    series = series * z + 2.0 / 13.0
    series = series * z + 2.0 / 11.0
    series = series * z + 2.0 / 9.0
    series = series * z + 2.0 / 7.0
    series = series * z + 2.0 / 5.0
    series = series * z + 2.0 / 3.0
    # log(1 + f) = 2 s + s z series, and 2 s = f - s f; ln 2 in two parts, the first short enough
    # for an exact product.
    return k * 0.6931471805592082 - ((s * (f - series * z) - k * 7.371002565167799e-13) - f)


def cos_turns(turns):
    """Take the cosine of 2 pi turns, turns in [0, 1), to 2 ulp.

    The argument is folded without rounding onto a sine on [-1/4, 1/4].
    """
    x = (np.abs(turns - 0.5) - 0.25) * 6.283185307179586
    z = x * x
    series = 1.0 / 51090942171709440000.0
    series = series * z - 1.0 / 121645100408832000.0
    series = series * z + 1.0 / 355687428096000.0
    series = series * z - 1.0 / 1307674368000.0
    series = series * z + 1.0 / 6227020800.0
    series = series * z - 1.0 / 39916800.0
    series = series * z + 1.0 / 362880.0
    series = series * z - 1.0 / 5040.0
    series = series * z + 1.0 / 120.0
    series = series * z - 1.0 / 6.0
    return x + x * (series * z)


def box_muller(x0, x1):
    """Make two words one standard normal float64, at most 6.77 from zero (Box & Muller 1958)."""
    radius = np.sqrt(-2.0 * log_unit((x0 + 0.5) * 2.0**-32))
    return radius * cos_turns(x1 * 2.0**-32)


def uniform(key_0, key_1, element, step):
    """Draw a float64 in [0, 1), of 53 bits, for this element (uint32) at this step (uint32)."""
    x0, x1 = threefry_2x32(key_0, key_1, element, step)
    return unit_float(x0, x1)


def shared_uniform(key_0, key_1, element, step):
    """Draw a float64 in [0, 1), of 53 bits, whose upper 32 cost half a draw.

    They are one word of two that neurons sixteen places apart share. The lower bits are drawn with
    counters that no element has above.
    """
    first = np.uint32(np.uint32(element >> np.uint32(5)) << np.uint32(4)) | np.uint32(
        element & np.uint32(15)
    )
    x0, x1 = threefry_2x32(key_0, key_1, np.uint32(first), step)
    high = np.where((element & np.uint32(16)) == 0, x0, x1)
    y0, y1 = threefry_2x32(
        key_0, key_1, np.uint32(np.uint32(element >> np.uint32(1)) | np.uint32(0x80000000)), step
    )
    low = np.where((element & np.uint32(1)) == 0, y0, y1)
    return (high * 2097152.0 + np.uint32(low >> np.uint32(11))) * 2.0**-53


def normal(key_0, key_1, element, step):
    """Draw a standard normal float64 for this element (uint32) at this step (uint32)."""
    x0, x1 = threefry_2x32(key_0, key_1, element, step)
    return box_muller(x0, x1)


def bernoulli(probability, u):
    """Return 1.0 with this probability, else 0.0, from a uniform u in [0, 1)."""
    return np.where(u < probability, 1.0, 0.0)


def first_wrong_mean(wrong, mean, largest):
    """Keep the first mean of which nothing can be drawn: below zero, or above the largest.

    Zero says that there was none.
    """
    in_range = (mean >= 0.0) & (mean <= largest)
    return np.where((wrong == 0.0) & np.logical_not(in_range), mean, wrong)


def poisson(mean, u, most):
    """Return a Poisson count (float64): how many of `most` values of its CDF are <= u in [0, 1)."""
    term = np.exp(-mean)
    cumulated = 0.0
    count = 0.0
    for k in range(most):
        cumulated = cumulated + term
        count = count + np.where(cumulated <= u, 1.0, 0.0)
        term = term * mean / (k + 1.0)
    return count
