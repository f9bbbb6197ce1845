"""The scalar namespace: precision by mpmath; values, special cases and types by NumPy."""

from __future__ import annotations

import inspect
import itertools
import os
import subprocess
import sys
from functools import cache

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba.core.errors import TypingError

from brainkernel_numba import scalar
from brainkernel_numba.bits import bits_to_float64, float64_to_bits, fma
from brainkernel_numba.spike_list import list_fired

mpmath = pytest.importorskip("mpmath")

CONSTANTS = {"e", "inf", "nan", "pi"}
TYPES = {"bool_", "float32", "float64", "int32", "int64", "uint32", "uint64"}
FUNCTIONS = sorted(set(scalar.__all__) - CONSTANTS - TYPES)
ONE = [
    name
    for name in FUNCTIONS
    if name != "power" and len(inspect.signature(getattr(scalar, name)).parameters) == 1
]
TWO = [
    "power",
    *(
        n
        for n in FUNCTIONS
        if n != "power" and len(inspect.signature(getattr(scalar, n)).parameters) == 2
    ),
]
THREE = ["clip", "where"]

TINY = 5e-324
HUGE = 1.7976931348623157e308
ORDINARY = [0.0, -0.0, 0.5, 1.0, 1.5, 2.5, -0.5, -1.0, -2.5, 3.0]
SPECIAL = [*ORDINARY, TINY, -TINY, 2.3e-308, HUGE, -HUGE, np.inf, -np.inf, np.nan]
# Near their zeros these lose digits, here and in NumPy.
ABSOLUTE = {"sinc": 4e-16, "logaddexp": 4e-16}


@cache
def compiled(name):
    """A compiled loop that applies the function of this name to arrays."""
    function = getattr(scalar, name)
    if name in ONE:

        def loop(x, out):
            for i in range(x.size):
                out[i] = function(x[i])
    elif name in TWO:

        def loop(x, y, out):
            for i in range(x.size):
                out[i] = function(x[i], y[i])
    else:

        def loop(x, y, z, out):
            for i in range(x.size):
                out[i] = function(x[i], y[i], z[i])

    return numba.njit(**scalar.LOOP)(loop)


def apply(name, *arguments):
    if name == "frexp":
        return apply_frexp(*arguments)
    arrays = [np.atleast_1d(argument) for argument in np.broadcast_arrays(*arguments)]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    with np.errstate(all="ignore"):
        out = np.empty(arrays[0].shape, np.asarray(getattr(np, name)(*arrays)).dtype)
    compiled(name)(*arrays, out)
    return out


@numba.njit(**scalar.LOOP)
def frexp_loop(x, mantissa, exponent):
    for i in range(x.size):
        mantissa[i], exponent[i] = scalar.frexp(x[i])


def apply_frexp(x):
    x = np.atleast_1d(x)
    mantissa, exponent = np.empty_like(x), np.empty(x.shape, np.int32)
    frexp_loop(x, mantissa, exponent)
    return np.stack([mantissa, exponent])


def expected(name, *arguments):
    with np.errstate(all="ignore"):
        return np.asarray(getattr(np, name)(*arguments))


def assert_like_numpy(name, *arguments, relative=2e-15):
    found, wanted = apply(name, *arguments), expected(name, *arguments)
    absolute = ABSOLUTE.get(name, 0.0)
    np.testing.assert_allclose(
        found, wanted, rtol=relative, atol=absolute, equal_nan=True, err_msg=name
    )
    if wanted.dtype.kind == "f" and name not in ZERO_OF_EITHER_SIGN:
        zero = wanted == 0
        np.testing.assert_array_equal(
            np.signbit(found[zero]), np.signbit(wanted[zero]), err_msg=f"sign of 0 in {name}"
        )


# NumPy itself answers 0.0 or -0.0 there, by the processor.
ZERO_OF_EITHER_SIGN = {"maximum", "minimum", "fmax", "fmin", "clip", "sign"}


def test_every_function_is_of_one_kind():
    assert sorted(ONE + TWO + THREE) == FUNCTIONS


@pytest.mark.parametrize("name", sorted(CONSTANTS | TYPES))
def test_constants_and_types_are_those_of_numpy(name):
    found = getattr(scalar, name)
    assert found is getattr(np, name) or found == getattr(np, name)


# --- precision ------------------------------------------------------------------------------------

EVERYWHERE = None  # positive floats of every size, subnormal ones included
RANGES = {
    "exp": (2, [(-746, 710), (-1, 1), (-746, -708)]),
    "exp2": (2, [(-1076, 1024), (-1, 1)]),
    "expm1": (4, [(-40, 710), (-1, 1), (-1e-3, 1e-3)]),
    "log": (2, [EVERYWHERE, (0.5, 2), (0.999, 1.001)]),
    "log1p": (2, [EVERYWHERE, (-0.9999999, 3), (-1e-3, 1e-3)]),
    "log2": (2, [EVERYWHERE, (0.5, 2)]),
    "log10": (2, [EVERYWHERE, (0.5, 2)]),
    "sqrt": (0.5, [EVERYWHERE]),
    "cbrt": (4, [EVERYWHERE, (-3, 3)]),
    "tanh": (4, [(-25, 25), (-1, 1), (-1e-3, 1e-3)]),
    "sinh": (4, [(-710.5, 710.5), (-1, 1), (-1e-3, 1e-3)]),
    "cosh": (4, [(-710.5, 710.5), (-1, 1)]),
    "sin": (2, [(-10, 10), (-1e5, 1e5), (-(2.0**40), 2.0**40)]),
    "cos": (2, [(-10, 10), (-1e5, 1e5), (-(2.0**40), 2.0**40)]),
    "tan": (4, [(-10, 10), (-1e5, 1e5), (-(2.0**40), 2.0**40)]),
    "arctan": (2, [EVERYWHERE, (-10, 10), (-0.5, 0.5)]),
    "arcsin": (4, [(-1, 1), (-1e-3, 1e-3), (0.999, 1)]),
    "arccos": (4, [(-1, 1), (0.999, 1)]),
}
EXACT = {
    "arctan": mpmath.atan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
}


def ulps(found, exact):
    """The error in units in the last place of the exact result."""
    nearest = float(exact)
    if np.isinf(nearest) or np.isnan(found):
        return 0.0 if found == nearest else np.inf
    return float(
        abs((mpmath.mpf(float(found)) - exact) / mpmath.mpf(float(np.spacing(abs(nearest)))))
    )


def worst_error(found, exact, *arguments):
    with mpmath.workprec(240):
        columns = [[mpmath.mpf(float(value)) for value in argument] for argument in arguments]
        return max(ulps(y, exact(*row)) for y, *row in zip(found, *columns, strict=True))


def samples(interval, size=600):
    random = np.random.default_rng(20)
    if interval is EVERYWHERE:
        return 2.0 ** random.uniform(-1074, 1023.9, size)
    return random.uniform(*interval, size)


@pytest.mark.parametrize("name", RANGES)
def test_precision(name):
    bound, intervals = RANGES[name]
    for interval in intervals:
        x = samples(interval)
        assert worst_error(apply(name, x), EXACT.get(name) or getattr(mpmath, name), x) <= bound, (
            interval
        )


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_precision_beside_multiples_of_half_pi(name):
    """Where the reduced argument loses most of its digits."""
    multiples = (2.0 ** np.random.default_rng(3).uniform(0, 39.3, 400)).astype(np.int64)
    with mpmath.workprec(200):
        x = np.array([float(int(k) * mpmath.pi / 2) for k in multiples])
    assert worst_error(apply(name, x), getattr(mpmath, name), x) <= RANGES[name][0]


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "sinc"])
def test_phases_without_meaning_are_nan_not_wrong(name):
    assert np.isnan(apply(name, [2.0**41, -1e300, np.inf, np.nan])).all()
    assert np.isfinite(apply(name, [2.0**38])).all()


@pytest.mark.parametrize("name", ["arctan2", "hypot"])
@pytest.mark.parametrize("spread", [0.0, 500.0])
def test_precision_of_two_arguments(name, spread):
    random = np.random.default_rng(4)
    x, y = (random.normal(size=400) * 2.0 ** random.uniform(-spread, spread, 400) for _ in "xy")
    exact = {"arctan2": mpmath.atan2, "hypot": mpmath.hypot}[name]
    assert worst_error(apply(name, x, y), exact, x, y) <= 4


def test_logaddexp_keeps_what_numpy_keeps():
    x, y = np.random.default_rng(5).normal(0, 30, (2, 500))
    exact = [
        mpmath.log(mpmath.exp(mpmath.mpf(a)) + mpmath.exp(mpmath.mpf(b)))
        for a, b in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(
        apply("logaddexp", x, y), np.array(exact, float), rtol=1e-15, atol=4e-16
    )


def test_power_is_good_to_14_digits():
    x, y = (
        np.random.default_rng(6).uniform(0, 50, 300),
        np.random.default_rng(7).uniform(-20, 20, 300),
    )
    np.testing.assert_allclose(apply("power", x, y), np.power(x, y), rtol=1e-14)


def test_powers_are_exact():
    whole = np.arange(-1074.0, 1024.0)
    np.testing.assert_array_equal(apply("exp2", whole), np.ldexp(1.0, whole.astype(np.int32)))
    np.testing.assert_array_equal(apply("log2", np.ldexp(1.0, whole.astype(np.int32))), whole)
    tens = [float(f"1e{k}") for k in range(23)]
    np.testing.assert_array_equal(apply("log10", tens), np.arange(23.0))


# --- special values -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE)
def test_special_values_of_one_argument(name):
    x = np.array(SPECIAL)
    if name in ("sin", "cos", "tan", "sinc"):
        x = x[~(np.abs(x) > 2.0**40)]
    assert_like_numpy(name, x)


@pytest.mark.parametrize("name", TWO)
def test_special_values_of_two_arguments(name):
    x, y = (np.array(column) for column in zip(*itertools.product(SPECIAL, SPECIAL), strict=True))
    assert_like_numpy(name, x, y)


@pytest.mark.parametrize("name", THREE)
def test_special_values_of_three_arguments(name):
    columns = zip(*itertools.product(SPECIAL, SPECIAL, SPECIAL), strict=True)
    assert_like_numpy(name, *(np.array(column) for column in columns))


def test_exp_at_its_ends():
    x = np.array(
        [
            709.782712893384,
            709.7827128933841,
            711.0,
            1e9,
            -745.13321910194,
            -745.13321910195,
            -746.0,
            -1e9,
        ]
    )
    np.testing.assert_array_equal(apply("exp", x)[2:4], np.inf)
    np.testing.assert_array_equal(apply("exp", x)[6:], 0.0)
    np.testing.assert_array_equal(apply("exp", x), expected("exp", x))


@given(st.floats(), st.floats(), st.floats())
@settings(max_examples=200, deadline=None)
@example(0.1, -0.1, 0.0)
@example(1e308, 1e308, -1e308)
def test_any_floats_agree_with_numpy(x, y, z):
    for name in ONE:
        if name in ("sin", "cos", "tan", "sinc") and abs(x) > 2.0**38:
            continue
        assert_like_numpy(name, np.array([x]))
    for name in TWO:
        assert_like_numpy(
            name, np.array([x]), np.array([y]), relative=1e-14 if name == "power" else 2e-15
        )
    for name in THREE:
        assert_like_numpy(name, np.array([x]), np.array([y]), np.array([z]))


BIT_FOR_BIT = [
    "add", "subtract", "multiply", "divide", "mod", "fmod", "floor", "ceil", "rint", "round",
    "trunc", "sqrt", "square", "reciprocal", "frexp", "negative", "absolute",
]  # fmt: skip


@pytest.mark.parametrize("name", BIT_FOR_BIT)
def test_arithmetic_is_numpys_bit_for_bit(name):
    random = np.random.default_rng(8)
    x, y = random.normal(size=(2, 2000)) * 10.0 ** random.uniform(-3, 3, (2, 2000))
    arguments = (x, y) if name in TWO else (abs(x),)
    np.testing.assert_array_equal(apply(name, *arguments), expected(name, *arguments))


def test_the_users_arithmetic_is_not_contracted():
    """a * b + c is rounded twice, as in NumPy."""

    @numba.njit(**scalar.LOOP)
    def loop(a, b, c, out):
        for i in range(a.size):
            out[i] = a[i] * b[i] + c[i]

    a, b, c = np.random.default_rng(9).normal(size=(3, 1000))
    out = np.empty_like(a)
    loop(a, b, c, out)
    np.testing.assert_array_equal(out, a * b + c)


# --- types ----------------------------------------------------------------------------------------


@cache
def result_type_of(name, *argument_types):
    function = getattr(scalar, name)
    kernels = {
        1: lambda x: function(x),
        2: lambda x, y: function(x, y),
        3: lambda x, y, z: function(x, y, z),
    }
    kernel = numba.njit(**scalar.LOOP)(kernels[len(argument_types)])
    kernel.compile(argument_types)
    return kernel.nopython_signatures[0].return_type


def arguments_of(name):
    return 1 if name in ONE else 2 if name in TWO else 3


TYPED = [
    (name, dtype)
    for name in sorted(set(FUNCTIONS) - {"frexp"})
    for dtype in (np.float32, np.float64, np.int32, np.int64)
    if name != "reciprocal" or np.dtype(dtype).kind == "f"
]


@pytest.mark.parametrize(("name", "dtype"), TYPED)
def test_result_types_are_numpys(name, dtype):
    arguments = [np.ones(1, dtype)] * arguments_of(name)
    wanted = expected(name, *arguments).dtype
    found = result_type_of(name, *[numba.from_dtype(np.dtype(dtype))] * len(arguments))
    assert found == numba.from_dtype(wanted)


def test_frexp_gives_a_float_and_a_32_bit_integer():
    found = result_type_of("frexp", numba.float32)
    assert tuple(found) == (numba.float32, numba.int32)


@pytest.mark.parametrize("name", sorted(set(ONE) - {"frexp", "sinc"}))
def test_float32_is_rounded_from_the_float64_result(name):
    x = np.random.default_rng(10).uniform(0.1, 0.9, 200).astype(np.float32)
    found = apply(name, x)
    assert found.dtype == expected(name, x).dtype
    np.testing.assert_allclose(found, expected(name, x), rtol=3e-7)


@pytest.mark.parametrize("name", ["mod", "fmod", "remainder"])
def test_integer_remainders(name):
    values = [-7, -3, -1, 0, 1, 3, 7, np.iinfo(np.int64).min]
    x, y = (np.array(column) for column in zip(*itertools.product(values, values), strict=True))
    np.testing.assert_array_equal(apply(name, x, y), expected(name, x, y))


@pytest.mark.parametrize(
    "name", ["sign", "absolute", "floor", "rint", "nan_to_num", "zeros_like", "isnan"]
)
def test_integers_stay_what_they_are(name):
    x = np.array([-3, 0, 5], np.int64)
    np.testing.assert_array_equal(apply(name, x), expected(name, x))


def test_where_takes_any_condition():
    for condition in (np.array([True, False]), np.array([2, 0]), np.array([np.nan, 0.0])):
        np.testing.assert_array_equal(
            apply("where", condition, np.array([1.0, 1.0]), np.array([2, 2])), [1.0, 2.0]
        )


def test_logic_of_booleans():
    x, y = np.array([True, True, False, False]), np.array([True, False, True, False])
    for name in (
        "logical_and",
        "logical_or",
        "logical_xor",
        "add",
        "multiply",
        "equal",
        "not_equal",
    ):
        np.testing.assert_array_equal(apply(name, x, y), expected(name, x, y), err_msg=name)


def test_full_like_takes_the_type_of_its_first_argument():
    assert result_type_of("full_like", numba.int32, numba.float64) == numba.int32
    np.testing.assert_array_equal(
        apply("full_like", np.array([1, 2]), np.array([2.7, -2.7])), [2, -2]
    )


def test_integer_reciprocal_is_refused():
    with pytest.raises(
        TypingError, match=r"np.reciprocal cannot take scalars of the types \(int64\).*give a float"
    ):
        result_type_of("reciprocal", numba.int64)


def test_complex_numbers_are_refused():
    with pytest.raises(
        TypingError, match=r"np\.exp cannot take scalars of the types \(complex128\)"
    ):
        result_type_of("exp", numba.complex128)


def test_without_compilation_the_functions_are_numpys():
    """So that a debugger can step through a printed program."""
    code = (
        "import numba, numpy as np\n"
        "from brainkernel_numba import scalar\n"
        "f = numba.njit(**scalar.INLINE)(lambda x: scalar.where(x > 0, scalar.exp(x), "
        "scalar.tanh(x)))\n"
        "print(f(0.5) == np.exp(0.5), f(-0.5) == np.tanh(-0.5))\n"
    )
    environment = {
        **os.environ,
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.split() == ["True", "True"]


# --- bits and flags -------------------------------------------------------------------------------


@given(st.floats())
@settings(deadline=None)
def test_bits_and_back(x):
    found = bits_of(x)
    assert found == int(np.float64(x).view(np.uint64))
    assert int(np.float64(from_bits(np.uint64(found))).view(np.uint64)) == found


@numba.njit
def bits_of(x):
    return float64_to_bits(x)


@numba.njit
def from_bits(pattern):
    return bits_to_float64(pattern)


def test_fma_rounds_once():
    @numba.njit
    def fused(a, b, c):
        return fma(a, b, c)

    a = 1.0 + 2.0**-30
    assert fused(a, a, -1.0 - 2.0**-29) == 2.0**-60
    assert a * a - 1.0 - 2.0**-29 == 0.0


@given(
    st.lists(st.booleans(), max_size=60), st.integers(0, 9), st.sampled_from([np.bool_, np.uint8])
)
@settings(deadline=None)
def test_the_list_has_every_flag_that_is_set(flags, offset, dtype):
    fired = np.array(
        [True] * offset + flags, dtype
    )  # the flags that are asked for begin anywhere in memory
    ring, cursor = np.full(64, -1, np.int32), 50  # so that longer lists go round the ring
    count = list_fired(fired, offset, fired.size, ring, cursor, ring.size - 1) - cursor
    listed = np.roll(ring, -cursor)
    np.testing.assert_array_equal(listed[:count], np.flatnonzero(flags) + offset)
    assert (listed[count:] == -1).all()
