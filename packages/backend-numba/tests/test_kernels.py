"""Compiled loops draw the numbers of NumPy to the last bit, at all sizes, offsets and parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainkernel import connect
from brainkernel.connect import Ends
from brainkernel.random import Random
from brainkernel.random.row_sampling import index_type
from brainkernel.random.sampling_kernels import NUMPY
from brainkernel_numba.kernels import NumbaKernels

COMPILED = NumbaKernels()
KEYS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
FIRST = st.integers(0, 2**34)
LENGTH = st.integers(0, 200)
SIZES = st.sampled_from([1, 2, 50, 300, 65536, 65537, 100_000])
patient = settings(deadline=None)


def both(method, dtype, length, *arguments):
    outs = np.zeros((2, length), dtype)
    for kernels, out in zip((NUMPY, COMPILED), outs, strict=True):
        getattr(kernels, method)(*arguments, out)
    return outs


@pytest.mark.parametrize(
    ("method", "dtype"), [("uniform", float), ("normal", float), ("bits", np.uint64)]
)
@given(key=KEYS, first=FIRST, length=LENGTH)
@example(key=(0, 0), first=2**32 - 3, length=6)
@patient
def test_elements(method, dtype, key, first, length):
    reference, compiled = both(method, dtype, length, key, first)
    np.testing.assert_array_equal(compiled, reference)


@given(key=KEYS, first=FIRST, length=LENGTH, count=st.integers(1, 2**63 - 1))
@patient
def test_integers(key, first, length, count):
    reference, compiled = both("integers", np.int64, length, key, first, count)
    np.testing.assert_array_equal(compiled, reference)


@given(
    key=KEYS,
    first=st.integers(0, 2**31),
    size=SIZES,
    rows=st.integers(0, 6),
    synapses=st.floats(0.01, 400),
    excluded=st.integers(0, 300),
)
@patient
def test_walks(key, first, size, rows, synapses, excluded):
    rate = -np.log1p(-min(synapses / size, 0.99))
    left_out = np.full(rows, excluded)
    counts = np.zeros((2, rows), np.int64)
    reference = NUMPY.walk_rows(key, first, size, rate, left_out, counts[0])
    compiled = COMPILED.walk_rows(key, first, size, rate, left_out, counts[1])
    assert compiled.dtype == reference.dtype == index_type(size)
    np.testing.assert_array_equal(compiled, reference)
    np.testing.assert_array_equal(counts[1], counts[0])


@given(
    key=KEYS,
    first=st.integers(0, 1000),
    size=SIZES,
    counts=st.lists(st.integers(0, 300), max_size=6),
    begin=st.integers(0, 9),
    data=st.data(),
)
@patient
def test_partners(key, first, size, counts, begin, data):
    starts = begin + np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    excluded = np.array(
        data.draw(st.lists(st.integers(0, size), min_size=len(counts), max_size=len(counts))), int
    )
    pools = np.maximum(size - (excluded < size), 1)
    drawn, compiled = both(
        "draw_rows", index_type(size), sum(counts), key, first, starts, pools, excluded
    )
    np.testing.assert_array_equal(compiled, drawn)

    cursor = np.cumsum(np.bincount(drawn, minlength=size + 1)) - np.bincount(
        drawn, minlength=size + 1
    )
    placed = np.zeros((2, drawn.size), np.uint16)
    for kernels, out in zip((NUMPY, COMPILED), placed, strict=True):
        kernels.place_rows(first, starts, drawn, cursor.copy(), out)
    np.testing.assert_array_equal(placed[1], placed[0])

    for kernels, numbers in ((NUMPY, drawn), (COMPILED, compiled)):
        kernels.sort_rows(starts, numbers)
    np.testing.assert_array_equal(compiled, drawn)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=60, max_size=200))
@patient
def test_sorts_numbers_of_any_size(numbers):
    for dtype in (np.uint16, np.uint32):
        array = np.array(numbers, np.uint64).astype(dtype)
        expected = np.sort(array)
        COMPILED.sort_rows(np.array([0, array.size]), array)
        np.testing.assert_array_equal(array, expected)


RULES = (
    connect.fixed_prob(0.1),
    connect.fixed_prob(0.4, autapses=False),
    connect.fixed_total(3000),
    connect.fixed_total(3000, autapses=False),
    connect.fixed_in_degree(40),
    connect.fixed_in_degree(90, autapses=False),
    connect.fixed_out_degree(40),
    connect.fixed_out_degree(20, multapses=False),
)


class TestThroughRandom:
    """Large draws compiled and in threads; the limits are lowered so that these draws are large."""

    @pytest.fixture(autouse=True)
    def _small_is_large(self, monkeypatch):
        monkeypatch.setattr("brainkernel.random.generator.COMPILED_FROM", 1)
        monkeypatch.setattr("brainkernel.random.generator.CHUNK", 64)
        monkeypatch.setattr("brainkernel.connect.partners.PART", 500)

    @pytest.mark.parametrize("threads", [1, 4])
    @pytest.mark.parametrize("rule", RULES, ids=repr)
    @pytest.mark.parametrize("post", [100, 70_000])
    def test_rules(self, rule, post, threads):
        if post > 100 and isinstance(rule, connect.fixed_prob):
            rule = connect.fixed_prob(0.001, rule.autapses)
        ends = Ends(120, post, np.arange(120), np.arange(20, 20 + post))
        plain = rule.pairs(ends, Random(3, "x"))
        compiled = rule.pairs(ends, Random(3, "x", kernels=COMPILED, threads=threads))
        assert len(plain) > 1000
        assert compiled.post.dtype == plain.post.dtype
        np.testing.assert_array_equal(compiled.post, plain.post)
        np.testing.assert_array_equal(compiled.rows(120), plain.rows(120))

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("uniform", (-2.0, np.linspace(0, 1, 1000))),
            ("normal", (np.linspace(0, 1, 1000), 2.0)),
            ("lognormal", (-1.0, 0.5)),
            ("exponential", (4.0,)),
            ("bernoulli", (0.3,)),
            ("poisson", (2.5,)),
            ("integers", (-5, 90)),
            ("integers", (-5, np.arange(1000) * 2**50)),
        ],
    )
    def test_draws(self, method, arguments):
        plain = getattr(Random(3, "x", 1000), method)(*arguments)
        compiled = getattr(Random(3, "x", 1000, kernels=COMPILED, threads=3), method)(*arguments)
        np.testing.assert_array_equal(compiled, plain)
