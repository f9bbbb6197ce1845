"""Random numbers: known answers, distributions, accuracy, and what a draw depends on."""

from __future__ import annotations

import inspect
import itertools
import math
import types

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainkernel.errors import ValueShapeError
from brainkernel.random import (
    POISSON_MEAN_LIMIT,
    PRINTED,
    Random,
    bernoulli,
    cos_turns,
    key_for,
    log_unit,
    normal,
    poisson,
    poisson_most,
    shared_uniform,
    step_words,
    stream_key,
    threefry_2x32,
    uniform,
    unit_float,
)
from brainkernel.random.integers import gap
from brainkernel.random.sampling_kernels import NUMPY, NumpyKernels
from brainkernel.random.threefry_arrays import element_words

stats = pytest.importorskip("scipy.stats")

FULL = 0xFFFFFFFF
KEY = (np.uint32(0x13198A2E), np.uint32(0x03707344))
ELEMENTS = np.arange(200_000, dtype=np.uint32)
STEP = np.uint32(7)

# Names of methods with arguments that make each draw an array of numbers of its own distribution.
DRAWS = {
    "uniform": (-60.0, -50.0),
    "normal": (2.0, 3.0),
    "lognormal": (-1.0, 0.5),
    "exponential": (4.0,),
    "bernoulli": (0.3,),
    "poisson": (2.5,),
    "integers": (-5, 90),
}


def words(*values):
    return [np.array([value], np.uint32) for value in values]


@pytest.mark.parametrize(
    ("key", "counter", "answer"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((FULL, FULL), (FULL, FULL), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_known_answers_of_random123(key, counter, answer):
    assert tuple(int(word[0]) for word in threefry_2x32(*words(*key), *words(*counter))) == answer


def test_threefry_broadcasts_either_counter_without_a_warning():
    by_element = threefry_2x32(*KEY, ELEMENTS[:5], np.uint32(FULL))
    by_step = threefry_2x32(*KEY, np.uint32(FULL), ELEMENTS[:5])
    assert by_element[0].shape == by_step[1].shape == (5,)
    assert by_element[0].dtype == by_step[1].dtype == np.uint32


@given(first=st.integers(0, 2**33), count=st.integers(0, 300))
@example(first=2**32 - 5, count=10)
def test_host_words_are_the_printed_ones_from_any_element_on(first, count):
    element = np.arange(first, first + count, dtype=np.uint64)
    counters = element.astype(np.uint32), (element >> np.uint64(32)).astype(np.uint32)
    expected = threefry_2x32(np.uint32(5), np.uint32(FULL), *counters)
    np.testing.assert_array_equal(element_words((5, FULL), first, count), expected)


def test_unit_float_spans_its_grid():
    low, high = (unit_float(*words(word, word))[0] for word in (0, FULL))
    assert (low, high) == (0.0, 1 - 2.0**-53)


def test_uniform_is_uniform_along_elements_and_steps():
    along_elements = uniform(*KEY, ELEMENTS, STEP)
    along_steps = uniform(*KEY, np.uint32(3), ELEMENTS)
    for draws in (along_elements, along_steps):
        assert stats.kstest(draws, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(along_elements[1:], along_elements[:-1])[0, 1]) < 4 / math.sqrt(
        ELEMENTS.size
    )
    assert abs(np.corrcoef(along_elements, along_steps)[0, 1]) < 4 / math.sqrt(ELEMENTS.size)


def test_shared_uniform_is_uniform_and_as_good_as_one_of_its_own():
    along_elements = shared_uniform(*KEY, ELEMENTS, STEP)
    along_steps = shared_uniform(*KEY, np.uint32(3), ELEMENTS)
    for draws in (along_elements, along_steps):
        assert stats.kstest(draws, "uniform").pvalue > 1e-3
        assert (
            stats.kstest((draws * 2.0**32) % 1.0, "uniform").pvalue > 1e-3
        )  # the lower bits alone
    for distance in (1, 2, 15, 16, 17, 32):
        one, other = along_elements[distance:], along_elements[:-distance]
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(one.size)
    assert np.unique(along_elements).size == ELEMENTS.size


@given(element=st.integers(0, 2**32 - 1), step=st.integers(0, 2**32 - 1))
def test_shared_uniform_is_made_of_two_words_as_documented(element, step):
    def word(counter, which):
        return int(threefry_2x32(*KEY, *words(counter, step))[which][0])

    high = word(element // 32 * 16 + element % 16, element // 16 % 2)
    low = word(2**31 + element // 2, element % 2)
    assert shared_uniform(*KEY, *words(element, step))[0] == (high * 2**21 + low // 2**11) / 2**53


def test_normal_is_normal():
    draws = normal(*KEY, ELEMENTS, STEP)
    assert stats.kstest(draws, "norm").pvalue > 1e-3
    assert abs(draws.mean()) < 4 / math.sqrt(draws.size)
    assert abs(draws.var() - 1) < 4 * math.sqrt(2 / draws.size)
    assert abs(stats.skew(draws)) < 4 * math.sqrt(6 / draws.size)
    assert abs(stats.kurtosis(draws)) < 4 * math.sqrt(24 / draws.size)
    assert np.abs(draws).max() < 6.77


@pytest.mark.parametrize("mean", [0.01, 0.8, 15.0, 180.0])
def test_poisson_has_the_probabilities_of_poisson(mean):
    counts = poisson(mean, uniform(*KEY, ELEMENTS, STEP), poisson_most(mean))
    synapse_blocks = np.unique(stats.poisson.ppf(np.linspace(0.02, 0.98, 25), mean))
    expected = (
        np.diff(np.concatenate([[0], stats.poisson.cdf(synapse_blocks, mean), [1]])) * counts.size
    )
    observed = np.bincount(np.searchsorted(synapse_blocks, counts), minlength=expected.size)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


@given(st.floats(0, POISSON_MEAN_LIMIT), st.integers(0, 2**53 - 1))
def test_poisson_inverts_the_distribution(mean, numerator):
    u = numerator * 2.0**-53
    count = float(poisson(np.array([mean]), np.array([u]), poisson_most(mean))[0])
    # The CDF is a sum of rounded terms, so a u within rounding of one of its values may fall to
    # either side.
    assert stats.poisson.cdf(count, mean) >= u - 1e-12
    assert count == 0 or stats.poisson.cdf(count - 1, mean) <= u + 1e-12


@given(st.floats(1e-6, POISSON_MEAN_LIMIT))
def test_poisson_most_is_the_smallest_that_loses_nothing(mean):
    most = poisson_most(mean)
    assert stats.poisson.sf(most, mean) < 2.0**-54 * (1 + 1e-9)
    assert most == 1 or stats.poisson.sf(most - 1, mean) >= 2.0**-54 * (1 - 1e-9)


def test_poisson_counts_a_value_of_the_distribution_that_u_just_reaches():
    none = np.exp(-2.0)
    counts = poisson(
        2.0, np.array([np.nextafter(none, 0), none, none + none * 2.0]), poisson_most(2.0)
    )
    assert counts.tolist() == [0.0, 1.0, 2.0]


def test_poisson_of_mean_0_counts_nothing():
    assert poisson(np.zeros(1), np.array([1 - 2.0**-53]), poisson_most(0.0)) == 0


@pytest.mark.parametrize("mean", [-0.1, math.nan, math.inf, 501.0, [1.0, 1000.0]])
def test_poisson_refuses_means_it_cannot_count(mean):
    with pytest.raises(ValueShapeError, match="needs 0 <= mean <= 500"):
        poisson_most(mean)
    with pytest.raises(ValueShapeError, match="needs 0 <= mean <= 500"):
        Random(0, "x", 2).poisson(mean)


def test_bernoulli_compares():
    np.testing.assert_array_equal(
        bernoulli(0.5, np.array([0.0, 0.49, 0.5, 0.9])), [1.0, 1.0, 0.0, 0.0]
    )


class TestAccuracy:
    """Errors in units of the last place against arithmetic of 60 digits."""

    WORDS = np.concatenate(
        [
            centre + np.arange(-300, 300)
            for centre in (300, 2**29, 2**30, 3 * 2**30, 2**31, 2**32 - 300)
        ]
        + [np.random.default_rng(0).integers(0, 2**32, 5000)]
    )

    def worst(self, function, true, arguments):
        mpmath = pytest.importorskip("mpmath")
        with mpmath.workdps(60):
            pairs = zip(
                function(arguments),
                (true(mpmath, mpmath.mpf(float(x))) for x in arguments),
                strict=True,
            )
            return max(
                abs(got - exact) / np.spacing(abs(float(exact))) for got, exact in pairs if exact
            )

    def test_log(self):
        u = (self.WORDS + 0.5) * 2.0**-32
        assert self.worst(log_unit, lambda mp, x: mp.log(x), u) < 0.8

    def test_log_near_0_and_of_1(self):
        u = np.array([1.0, 0.5, 2.0**-53, 2.0**-52, 1 - 2.0**-53])
        assert self.worst(log_unit, lambda mp, x: mp.log(x), u) < 0.8
        assert log_unit(u)[0] == 0

    def test_cosine(self):
        turns = self.WORDS * 2.0**-32
        turns = turns[(turns != 0.25) & (turns != 0.75)]  # exact zeros, below
        assert self.worst(cos_turns, lambda mp, x: mp.cos(2 * mp.pi * x), turns) < 2.1

    def test_cosine_is_exact_at_the_quarters(self):
        np.testing.assert_array_equal(cos_turns(np.array([0.25, 0.75])), [0.0, 0.0])


@pytest.fixture(scope="module")
def compiled():
    numba = pytest.importorskip("numba")
    namespace = types.ModuleType("scalar")
    namespace.where = numba.njit(lambda condition, a, b: a if condition else b)
    namespace.frexp = numba.njit(lambda x: math.frexp(x))
    namespace.sqrt = numba.njit(lambda x: math.sqrt(x))
    namespace.exp = numba.njit(lambda x: math.exp(x))
    namespace.abs = numba.njit(lambda x: abs(x))
    namespace.uint32, namespace.float64 = np.uint32, np.float64
    program = {"np": namespace}
    for function in PRINTED:
        exec(inspect.getsource(function), program)
        program[function.__name__] = numba.njit(program[function.__name__])
    return types.SimpleNamespace(
        **{function.__name__: program[function.__name__] for function in PRINTED}
    )


class TestInAScalarLoop:
    """The same text, compiled by Numba on scalars, gives the same bits as on arrays."""

    def loop(self, draw):
        return [draw(*KEY, element, STEP) for element in ELEMENTS[:3000]]

    def test_words(self, compiled):
        expected = np.transpose(threefry_2x32(*KEY, ELEMENTS[:3000], STEP))
        np.testing.assert_array_equal(self.loop(compiled.threefry_2x32), expected)

    def test_uniform(self, compiled):
        np.testing.assert_array_equal(
            self.loop(compiled.uniform), uniform(*KEY, ELEMENTS[:3000], STEP)
        )

    def test_shared_uniform(self, compiled):
        np.testing.assert_array_equal(
            self.loop(compiled.shared_uniform), shared_uniform(*KEY, ELEMENTS[:3000], STEP)
        )

    def test_normal(self, compiled):
        np.testing.assert_array_equal(
            self.loop(compiled.normal), normal(*KEY, ELEMENTS[:3000], STEP)
        )

    def test_poisson(self, compiled):
        u = uniform(*KEY, ELEMENTS[:3000], STEP)
        most = poisson_most(1.5)
        np.testing.assert_array_equal(
            [compiled.poisson(1.5, each, most) for each in u], poisson(1.5, u, most)
        )

    def test_bernoulli(self, compiled):
        assert (compiled.bernoulli(0.5, 0.4), compiled.bernoulli(0.5, 0.5)) == (1.0, 0.0)


def test_jax_gives_the_same_words():
    jax_random = pytest.importorskip("jax.extend.random")
    counters = np.concatenate([ELEMENTS[:100], np.full(100, STEP)])
    theirs = np.asarray(jax_random.threefry_2x32(np.array(KEY), counters)).reshape(2, 100)
    np.testing.assert_array_equal(threefry_2x32(*KEY, ELEMENTS[:100], STEP), theirs)


class TestStreams:
    @given(st.integers(0, 2**64 - 1), st.text())
    def test_key_is_two_words_and_a_pure_function(self, seed, name):
        key = stream_key(seed, name)
        assert key == stream_key(seed, name) == key_for(seed, name, epoch=0)
        assert all(0 <= word <= FULL for word in key)

    def test_seeds_names_and_epochs_all_matter(self):
        seeds, names, epochs = (0, 1, 2**32, 2**63), ("", "V", "V/noise", "é"), (0, 1, 2**40)
        keys = {key_for(*each) for each in itertools.product(seeds, names, epochs)}
        assert len(keys) == len(seeds) * len(names) * len(epochs)

    def test_key_stays_what_it_is_from_release_to_release(self):
        assert stream_key(42, "lif/V") == (0xB0D1FF02, 0x226AD3AF)

    @pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", None])
    def test_seed_out_of_range_is_refused(self, seed):
        with pytest.raises(ValueShapeError, match=r"seed is .* 0 <= seed < 2\*\*64"):
            stream_key(seed, "x")

    def test_steps_beyond_a_word_go_into_the_epoch(self):
        assert step_words(5) == (0, 5)
        assert step_words(2**32 + 5) == (1, 5)
        with pytest.raises(ValueShapeError, match="step is -1"):
            step_words(-1)


class TestRandom:
    @pytest.mark.parametrize("method", DRAWS)
    @given(
        sizes=st.lists(st.integers(0, 40), max_size=3),
        n=st.integers(1, 30),
        more=st.integers(0, 30),
    )
    @settings(max_examples=25)
    def test_nth_call_depends_on_seed_name_and_n_alone(self, method, sizes, n, more):
        one, other = Random(3, "x"), Random(3, "x")
        for size in sizes:
            one.uniform(size=size)
            other.normal(size=(2, size + 1))
        short = getattr(one, method)(*DRAWS[method], size=n)
        long = getattr(other, method)(*DRAWS[method], size=n + more)
        np.testing.assert_array_equal(short, long[:n])

    @pytest.mark.parametrize("method", DRAWS)
    def test_calls_seeds_and_names_differ(self, method):
        def draw(random):
            return tuple(getattr(random, method)(*DRAWS[method], size=300).tolist())

        first = Random(1, "x")
        assert len({draw(first), draw(first), draw(Random(2, "x")), draw(Random(1, "y"))}) == 4

    @pytest.mark.parametrize(
        ("method", "distribution"),
        [
            ("uniform", stats.uniform(-60, 10)),
            ("normal", stats.norm(2, 3)),
            ("lognormal", stats.lognorm(0.5, scale=math.exp(-1))),
            ("exponential", stats.expon(scale=4)),
        ],
    )
    def test_distribution(self, method, distribution):
        draws = getattr(Random(11, method, size=200_000), method)(*DRAWS[method])
        assert stats.kstest(draws, distribution.cdf).pvalue > 1e-3

    def test_integers_are_uniform_within_their_bounds(self):
        draws = Random(5, "x").integers(-5, 90, 190_000)
        assert draws.dtype == np.int64
        assert (draws.min(), draws.max()) == (-5, 89)
        assert stats.chisquare(np.bincount(draws + 5)).pvalue > 1e-3

    @given(st.integers(1, 2**63 - 1), st.integers(0, 2**32 - 1))
    def test_integers_multiply_and_shift_exactly(self, count, seed):
        draws = Random(seed, "x").integers(0, count, 20)
        bits = Random(seed, "x")._bits(20)
        assert draws.tolist() == [int(word) * count >> 64 for word in bits]

    def test_integers_take_bounds_for_each_element(self):
        high = np.tile([1, 10, 2**40], 1000)
        draws = Random(5, "x").integers(0, high, 3000).reshape(1000, 3)
        assert (draws[:, 0] == 0).all()
        assert set(draws[:, 1]) == set(range(10))
        assert draws[:, 2].max() > 2**39

    def test_bernoulli_and_poisson_of_many_means(self):
        p = np.repeat([0.0, 0.25, 1.0], 40_000)
        hits = Random(1, "x", p.size).bernoulli(p).reshape(3, -1).mean(1)
        np.testing.assert_allclose(hits, [0, 0.25, 1], atol=4 * math.sqrt(0.25 * 0.75 / 40_000))
        mean = np.repeat([0.0, 1.0, 300.0], 40_000)
        counts = Random(1, "x", p.size).poisson(mean).reshape(3, -1)
        np.testing.assert_allclose(counts.mean(1), [0, 1, 300], atol=4 * math.sqrt(300 / 40_000))
        assert counts[0].max() == 0
        assert counts.dtype == np.int64

    def test_default_size_and_shapes(self):
        random = Random(1, "x", size=(2, 3))
        assert random.uniform().shape == (2, 3)
        assert random.uniform(size=4).shape == (4,)
        assert Random(1, "x").normal().shape == ()
        assert random.uniform(0, [1, 2, 3]).shape == (2, 3)

    @pytest.mark.parametrize("method", DRAWS)
    def test_parts_and_threads_change_nothing(self, method, monkeypatch):
        whole = getattr(Random(1, "x"), method)(*DRAWS[method], size=1000)
        monkeypatch.setattr("brainkernel.random.generator.CHUNK", 17)
        monkeypatch.setattr("brainkernel.random.generator.COMPILED_FROM", 0)
        for kernels, threads in ((None, 1), (NumpyKernels(), 3)):
            again = getattr(Random(1, "x", kernels=kernels, threads=threads), method)(
                *DRAWS[method], size=1000
            )
            np.testing.assert_array_equal(again, whole)

    def test_only_many_draws_are_compiled_and_threaded(self):
        kernels = NumpyKernels()
        random = Random(1, "x", kernels=kernels, threads=3)
        assert (random.kernels_for(1000), random.threads_for(1000)) == (NUMPY, 1)
        assert (random.kernels_for(1e9), random.threads_for(1e9)) == (kernels, 3)
        assert (Random(1, "x").kernels_for(1e9), Random(1, "x", threads=3).threads_for(1e9)) == (
            NUMPY,
            1,
        )

    @pytest.mark.parametrize("p", [0.01, 0.4, 0.99])
    def test_gaps_are_geometric(self, p):
        gaps = gap(*threefry_2x32(*KEY, ELEMENTS, STEP), -math.log1p(-p), 10**6)
        synapse_blocks = np.unique(stats.geom.ppf(np.linspace(0.02, 0.98, 20), p))
        expected = (
            np.diff(np.concatenate([[0], stats.geom.cdf(synapse_blocks, p), [1]])) * gaps.size
        )
        observed = np.bincount(np.searchsorted(synapse_blocks, gaps), minlength=expected.size)
        kept = expected > 0
        assert gaps.min() == 1
        assert stats.chisquare(observed[kept], expected[kept]).pvalue > 1e-3

    @given(st.integers(0, 2**32), st.floats(0, 1, exclude_min=True, exclude_max=True))
    def test_the_longest_gap_leads_beyond_the_end(self, size, p):
        full = np.full(2, FULL, np.uint32)
        longest = gap(full, full, -math.log1p(-p), size)
        true = 53 * math.log(2) / -math.log1p(-p)
        assert np.all(longest > min(size, true - 1))
        assert np.all(longest <= 2 * size + 2)

    @given(st.integers(0, 60), st.integers(0, 99))
    def test_permutation_permutes(self, count, seed):
        assert sorted(Random(seed, "x").permutation(count)) == list(range(count))

    def test_permutations_are_equally_likely(self):
        random = Random(8, "x")
        orders = [tuple(random.permutation(3).tolist()) for _ in range(3000)]
        observed = [orders.count(order) for order in itertools.permutations(range(3))]
        assert stats.chisquare(observed).pvalue > 1e-3

    def test_choice(self):
        random = Random(8, "x")
        assert sorted(random.choice(5, 5)) == [0, 1, 2, 3, 4]
        drawn = random.choice(["a", "b", "c"], (2, 1))
        assert drawn.shape == (2, 1)
        assert len({*drawn.ravel()} & {"a", "b", "c"}) == 2
        assert set(random.choice(2, 100, replace=True)) == {0, 1}
        with pytest.raises(ValueShapeError, match="choice of 6 from 5"):
            random.choice(5, 6)

    @pytest.mark.parametrize(
        ("draw", "message"),
        [
            (lambda random: random.uniform(1.0, 0.0), "low <= high"),
            (lambda random: random.uniform(math.nan, 1.0), "low must be finite"),
            (lambda random: random.normal(0.0, -1.0), "std must not be negative"),
            (lambda random: random.exponential("a"), "scale must be a real number"),
            (lambda random: random.bernoulli(1.1), "0 <= p <= 1"),
            (lambda random: random.integers(3, 3), "low < high"),
            (lambda random: random.integers(0, 2.5), "high must be an integer"),
            (
                lambda random: random.uniform(0, [1, 2], size=3),
                r"shape \(2,\) do not fit a draw of size \(3,\)",
            ),
            (lambda random: random.uniform(size=-1), "size is -1"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, draw, message):
        with pytest.raises(ValueShapeError, match=message):
            draw(Random(0, "x"))
