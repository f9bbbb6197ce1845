"""Random numbers have the calls of NumPy, and are the same in and out of compiled functions."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import stats

import brainkernel_jax.math as bm
from brainkernel.errors import BackendError, ValueShapeError


@pytest.fixture(autouse=True, scope="module")
def _wide():
    with jax.enable_x64(True):
        yield


REAL = {
    "random": ((), stats.uniform()),
    "uniform": ((-1.0, 3.0), stats.uniform(-1, 4)),
    "standard_normal": ((), stats.norm()),
    "normal": ((2.0, 3.0), stats.norm(2, 3)),
    "exponential": ((2.0,), stats.expon(scale=2)),
    "gamma": ((2.0, 3.0), stats.gamma(2, scale=3)),
    "beta": ((2.0, 3.0), stats.beta(2, 3)),
    "laplace": ((1.0, 2.0), stats.laplace(1, 2)),
    "logistic": ((1.0, 2.0), stats.logistic(1, 2)),
    "gumbel": ((1.0, 2.0), stats.gumbel_r(1, 2)),
    "lognormal": ((0.5, 0.2), stats.lognorm(0.2, scale=np.exp(0.5))),
    "standard_cauchy": ((), stats.cauchy()),
    "standard_t": ((4.0,), stats.t(4)),
    "chisquare": ((3.0,), stats.chi2(3)),
    "f": ((4.0, 9.0), stats.f(4, 9)),
    "pareto": ((3.0,), stats.lomax(3)),
    "rayleigh": ((2.0,), stats.rayleigh(scale=2)),
    "weibull": ((2.0,), stats.weibull_min(2)),
}
WHOLE = {
    "poisson": ((4.0,), stats.poisson(4)),
    "binomial": ((10, 0.3), stats.binom(10, 0.3)),
    "geometric": ((0.4,), stats.geom(0.4)),
    "integers": ((2, 7), stats.randint(2, 7)),
}


@pytest.mark.parametrize("name", REAL)
def test_real_numbers_have_their_distribution(name):
    parameters, wanted = REAL[name]
    drawn = getattr(bm.random.RandomState(3), name)(*parameters, size=4000)
    assert drawn.dtype == np.float64 and drawn.shape == (4000,)
    assert stats.kstest(np.asarray(drawn), wanted.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_have_their_distribution(name):
    parameters, wanted = WHOLE[name]
    drawn = getattr(bm.random.RandomState(3), name)(*parameters, size=(50, 80))
    assert drawn.dtype == np.int64 and drawn.shape == (50, 80)
    error = float(drawn.std()) / np.sqrt(4000)
    assert abs(float(drawn.mean()) - wanted.mean()) < 4 * error
    np.testing.assert_allclose(float(drawn.std()), wanted.std(), rtol=0.06)


@pytest.mark.parametrize("name", REAL | WHOLE)
def test_numbers_are_the_same_in_and_out_of_jit_and_the_key_moves_on(name):
    parameters, _ = (REAL | WHOLE)[name]
    eager, compiled, other = (bm.random.RandomState(seed) for seed in (5, 5, 6))
    draw = bm.jit(lambda: getattr(compiled, name)(*parameters, size=3))
    for _ in range(2):
        np.testing.assert_allclose(draw(), getattr(eager, name)(*parameters, size=3), rtol=1e-13)
    np.testing.assert_array_equal(eager.key, compiled.key)
    assert (
        len(
            {
                *map(float, eager.random(4)),
                *map(float, eager.random(4)),
                *map(float, other.random(4)),
            }
        )
        == 12
    )


def test_parameters_broadcast_as_in_numpy():
    rng = bm.random.RandomState(0)
    assert rng.normal(np.zeros((3, 1)), [1.0, 2.0]).shape == (3, 2)
    assert rng.poisson(bm.Array([0.0, 1e6])).tolist()[0] == 0
    assert rng.normal().shape == () and rng.normal(size=(2, 3)).shape == (2, 3)
    assert np.asarray(rng.integers([0, 10], [1, 11])).tolist() == [0, 10]
    assert int(rng.integers(3, 3, endpoint=True)) == 3 and int(rng.integers(1)) == 0


def test_choices_permutations_and_shuffles():
    rng, deck = bm.random.RandomState(0), bm.Array(np.arange(20.0))
    assert sorted(rng.permutation(5).tolist()) == [0, 1, 2, 3, 4]
    assert len(set(rng.choice(10, 10, replace=False).tolist())) == 10
    assert rng.choice([3.0, 4.0], 50, p=[1.0, 0.0]).tolist() == [3.0] * 50
    memory = deck.value
    rng.shuffle(deck)
    assert deck.value is memory and sorted(deck.tolist()) == list(range(20)) != deck.tolist()

    def compiled(deck):
        rng.shuffle(deck)
        return deck

    assert sorted(bm.jit(compiled)(deck).tolist()) == list(range(20))
    with pytest.raises(ValueShapeError, match="permutation"):
        rng.shuffle(np.arange(3))


def test_vectors():
    rng = bm.random.RandomState(0)
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    np.testing.assert_allclose(
        np.cov(rng.multivariate_normal([1.0, 2.0], cov, 20000).T), cov, atol=0.08
    )
    np.testing.assert_allclose(rng.dirichlet([1.0, 2.0, 3.0], 5).sum(axis=1), np.ones(5))


def test_a_noisy_object_draws_anew_in_each_step_of_a_loop():
    class Walk(bm.Object):
        x = bm.variable(0.0)

        def __init__(self, seed):
            self.rng = bm.random.RandomState(seed)

        def step(self):
            self.x += self.rng.normal()
            return self.x

    looped, eager = Walk(2), Walk(2)
    path = bm.for_loop(looped.step, length=5)
    np.testing.assert_allclose(path, [float(eager.step()) for _ in range(5)], rtol=1e-13)
    assert len(set(np.diff(path).round(12).tolist())) == 4


def test_32_bits_are_asked_for_by_name():
    with jax.enable_x64(False):
        with pytest.raises(BackendError, match="jax_enable_x64"):
            bm.random.RandomState(0).normal()
        narrow = bm.random.RandomState(0, dtype="float32")
        assert narrow.normal(size=2).dtype == np.float32 and narrow.integers(3).dtype == np.int32
    with pytest.raises(ValueShapeError, match="float16"):
        bm.random.RandomState(0, dtype="float16")
