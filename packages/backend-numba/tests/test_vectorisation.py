"""LLVM vectorises loops over the scalar namespace: compiled code is read, nothing is timed."""

from __future__ import annotations

import platform
import re

import numba
import numpy as np
import pytest

from brainkernel_numba import scalar

pytestmark = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"),
    reason="reads x86 assembly for packed instructions",
)

# Packed float64 arithmetic: vmulpd, mulpd, vfmadd213pd ... on xmm, ymm or zmm registers.
PACKED = re.compile(
    r"^\s+v?(?:f(?:n?m(?:add|sub))\d*|mul|add|sub|div|sqrt|min|max)pd\s", re.MULTILINE
)


def assembly(function, *arguments):
    function(*arguments)
    return function.inspect_asm(function.signatures[0])


def needs_fma():
    """Skip where the processor has no fused multiply-add: there it is a call, right but slow."""
    x, out = np.ones(64), np.ones(64)

    @numba.njit(**scalar.LOOP)
    def loop(x, out):
        for i in range(x.size):
            out[i] = scalar.exp(x[i])

    if "vfmadd" not in assembly(loop, x, out) and "vfnmadd" not in assembly(loop, x, out):
        pytest.skip("this processor (or NUMBA_CPU_NAME) has no fused multiply-add")


def loop_of(function):
    inlined = numba.njit(**scalar.INLINE)(function)

    @numba.njit(**scalar.LOOP)
    def loop(x, y, out):
        for i in range(x.size):
            out[i] = inlined(x[i], y[i])

    return loop


CASES = {
    "exp": lambda x, y: scalar.exp(x),
    "exp2": lambda x, y: scalar.exp2(x),
    "expm1": lambda x, y: scalar.expm1(x),
    "log": lambda x, y: scalar.log(x),
    "log1p": lambda x, y: scalar.log1p(x),
    "log2": lambda x, y: scalar.log2(x),
    "log10": lambda x, y: scalar.log10(x),
    "logaddexp": lambda x, y: scalar.logaddexp(x, y),
    "tanh": lambda x, y: scalar.tanh(x),
    "sinh": lambda x, y: scalar.sinh(x),
    "cosh": lambda x, y: scalar.cosh(x),
    "sqrt": lambda x, y: scalar.sqrt(x),
    "cbrt": lambda x, y: scalar.cbrt(x),
    "hypot": lambda x, y: scalar.hypot(x, y),
    "sin": lambda x, y: scalar.sin(x),
    "cos": lambda x, y: scalar.cos(x),
    "tan": lambda x, y: scalar.tan(x),
    "sinc": lambda x, y: scalar.sinc(x),
    "arctan": lambda x, y: scalar.arctan(x),
    "arctan2": lambda x, y: scalar.arctan2(x, y),
    "arcsin": lambda x, y: scalar.arcsin(x),
    "arccos": lambda x, y: scalar.arccos(x),
    "where": lambda x, y: scalar.where(x > 1.0, x * y, x + y),
    "clip": lambda x, y: scalar.clip(x * y, 0.0, y),
    "maximum": lambda x, y: scalar.maximum(x * y, y),
    "fmin": lambda x, y: scalar.fmin(x * y, y),
    "heaviside": lambda x, y: scalar.heaviside(x, 0.5) * y,
    "sign": lambda x, y: scalar.sign(x) * y,
    "rint": lambda x, y: scalar.rint(x) * y,
    "frexp": lambda x, y: scalar.frexp(x)[0] * y,
    "nan_to_num": lambda x, y: scalar.nan_to_num(x) * y,
    "masks": lambda x, y: (x > y) * x + scalar.logical_and(x > 0.0, y > 0.0) * y,
    "whole powers": lambda x, y: x**3 + y**4,
}


@pytest.mark.parametrize("case", CASES)
def test_vectorises(case):
    needs_fma()
    text = assembly(loop_of(CASES[case]), np.ones(64), np.ones(64), np.ones(64))
    assert PACKED.search(text), case


def test_the_search_tells_a_branch_from_a_selection():
    """The other tests could not fail if packed instructions were found in any code at all."""

    def branching(x, y):
        if x > 1.0:
            return scalar.exp(x) / y
        total = 0.0
        while total < x:
            total += y
        return total

    assert not PACKED.search(assembly(loop_of(branching), np.ones(64), np.ones(64), np.ones(64)))


# --- the loop of a whole neuron -------------------------------------------------------------------


def rate(x, target, tau):
    return (target / (1.0 + scalar.exp(-x)) - x) / tau


def update_of(states, parameters, options):
    """An update with so many state and parameter arrays, an int32 counter and bool flags."""
    names = [f"x{k}" for k in range(states)] + [f"p{k}" for k in range(parameters)]
    total = " + ".join(f"p{k}[i]" for k in range(parameters)) or "1.0"
    lines = [f"def update({', '.join(names)}, held, fired):", "    for i in range(x0.size):"]
    lines += [f"        total = {total}"]
    lines += [
        f"        new{k} = x{k}[i] + 0.1 * rate(x{k}[i], total, x{(k + 1) % states}[i])"
        for k in range(states)
    ]
    lines += ["        waits = held[i] > 0", "        new0 = np.where(waits, x0[i], new0)"]
    lines += ["        over = new0 >= 1.0", "        fired[i] = over"]
    lines += ["        held[i] = np.where(over, np.int32(20), held[i] - waits)"]
    lines += ["        x0[i] = np.where(over, 0.0, new0)"] + [
        f"        x{k}[i] = new{k}" for k in range(1, states)
    ]
    namespace = {"rate": numba.njit(**scalar.INLINE)(rate), "np": scalar}
    exec("\n".join(lines), namespace)
    arrays = [np.full(64, 0.5) for _ in names] + [np.zeros(64, np.int32), np.zeros(64, np.bool_)]
    return assembly(numba.njit(**options)(namespace["update"]), *arrays)


def test_a_neuron_with_a_dozen_arrays_vectorises():
    needs_fma()
    assert PACKED.search(update_of(4, 6, scalar.LOOP))


def test_a_neuron_with_forty_arrays_vectorises_when_they_are_distinct():
    """LLVM gives up where over 128 pairs of arrays might overlap, unless told that none does."""
    needs_fma()
    assert PACKED.search(update_of(10, 30, scalar.DISTINCT))


def test_large_functions_called_often_are_inlined():
    """Left to itself, LLVM inlines only what is small or called once."""
    needs_fma()

    @numba.njit(**scalar.INLINE)
    def large(x, y):
        return (
            scalar.tanh(x)
            + scalar.sin(y) * scalar.arctan2(x, y)
            + scalar.log10(scalar.cosh(x))
            + scalar.cbrt(y)
        )

    @numba.njit(**scalar.LOOP)
    def loop(x, y, out):
        for i in range(x.size):
            out[i] = large(large(large(x[i], y[i]), x[i]), large(y[i], x[i]))

    assert PACKED.search(assembly(loop, np.ones(64), np.ones(64), np.ones(64)))


def test_distinct_computes_the_same():
    def update(x, y):
        for i in range(x.size):
            x[i] = x[i] + 0.1 * scalar.exp(-y[i])

    x, y = np.linspace(0, 1, 101), np.linspace(-3, 3, 101)
    plain, distinct = x.copy(), x.copy()
    numba.njit(**scalar.LOOP)(update)(plain, y)
    numba.njit(**scalar.DISTINCT)(update)(distinct, y)
    np.testing.assert_array_equal(plain, distinct)
    assert (plain != x).all()
