"""NumPy's random calls on keys of JAX: the key is declared state, so `jit` changes no number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.errors import ValueShapeError
from brainkernel_jax.math.array import Array, unwrap, wrap
from brainkernel_jax.math.objects import Object, Variable
from brainkernel_jax.math.variables import for_jax

Size = int | tuple[int, ...] | None
_NARROW = {"float64": "float32", "int64": "int32"}


class RandomState(Object):
    """A source of random numbers, with the calls of `numpy.random.Generator`.

    Each call takes one new key, whatever the size. Under `vmap` each element draws from a stream of
    its own.

    Parameters
    ----------
    seed : int
        The same seed gives the same numbers.
    dtype : "float64" or "float32"
        The type of real numbers; whole ones are int64 or int32.

    Raises
    ------
    BackendError
        At the first draw, where 64 bits are asked for and JAX works with 32.
    """

    key = Variable(None, "uint32", "split")

    def __init__(self, seed: int, dtype: str = "float64") -> None:
        if dtype not in _NARROW and dtype not in _NARROW.values():
            raise ValueShapeError(f'dtype={dtype!r}: random numbers are "float64" or "float32"')
        self.dtype = dtype
        self.key = jax.random.key_data(jax.random.key(seed))

    def _take(self) -> Any:
        key = jax.random.wrap_key_data(jnp.asarray(self.key))
        key, draw_key = jax.random.split(key)
        self.key = jax.random.key_data(key)
        return draw_key

    def _real(self) -> Any:
        return for_jax(np.zeros((), self.dtype), "a random number").dtype

    def _whole(self) -> Any:
        dtype = "int64" if self.dtype == "float64" else "int32"
        return for_jax(np.zeros((), dtype), "a random number").dtype

    def _shaped(self, sampler: Callable[..., Any], size: Size, *parameters: Any) -> Any:
        values = [_parameter(parameter) for parameter in parameters]
        shape = _shape(size)
        if shape is None:
            shape = np.broadcast_shapes(*(value.shape for value in values))
        return sampler(self._take(), values, shape)

    def _draw(
        self,
        sampler: Callable[..., Any],
        size: Size,
        *parameters: Any,
        scale: Any = 1,
        loc: Any = 0,
    ) -> Array:
        dtype = self._real()

        def draw(key: Any, values: Any, shape: tuple[int, ...]) -> Any:
            *numbers, scale, loc = (value.astype(dtype) for value in values)
            standard = sampler(key, *numbers, shape=shape, dtype=dtype)
            return standard * scale + loc

        drawn: Array = wrap(self._shaped(draw, size, *parameters, scale, loc))
        return drawn

    def _count(self, sampler: Callable[..., Any], size: Size, *parameters: Any) -> Array:
        dtype = self._whole()

        def draw(key: Any, values: Any, shape: tuple[int, ...]) -> Any:
            return sampler(key, *values, shape=shape)

        drawn: Array = wrap(self._shaped(draw, size, *parameters))
        return drawn if drawn.dtype == dtype else drawn.astype(dtype)

    def random(self, size: Size = None) -> Array:
        """Uniform in [0, 1)."""
        return self._draw(jax.random.uniform, size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None) -> Array:
        """Uniform in [low, high)."""
        low, high = unwrap((low, high))
        return self._draw(jax.random.uniform, size, scale=high - low, loc=low)

    def standard_normal(self, size: Size = None) -> Array:
        """Normal, mean 0, standard deviation 1."""
        return self._draw(jax.random.normal, size)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Normal, with mean and standard deviation."""
        return self._draw(jax.random.normal, size, scale=scale, loc=loc)

    def exponential(self, scale: Any = 1.0, size: Size = None) -> Array:
        """Exponential, with its mean."""
        return self._draw(jax.random.exponential, size, scale=scale)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Size = None) -> Array:
        """Gamma, with shape and scale."""
        return self._draw(jax.random.gamma, size, shape, scale=scale)

    def beta(self, a: Any, b: Any, size: Size = None) -> Array:
        """Beta."""
        return self._draw(jax.random.beta, size, a, b)

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Laplace, with mean and scale."""
        return self._draw(jax.random.laplace, size, scale=scale, loc=loc)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Logistic, with mean and scale."""
        return self._draw(jax.random.logistic, size, scale=scale, loc=loc)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Gumbel, with mode and scale."""
        return self._draw(jax.random.gumbel, size, scale=scale, loc=loc)

    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Size = None) -> Array:
        """Exp of a normal number."""
        drawn: Any = np.exp(self.normal(mean, sigma, size))
        return drawn  # type: ignore[no-any-return]

    def standard_cauchy(self, size: Size = None) -> Array:
        """Cauchy, mode 0."""
        return self._draw(jax.random.cauchy, size)

    def standard_t(self, df: Any, size: Size = None) -> Array:
        """Student's t, with degrees of freedom."""
        return self._draw(jax.random.t, size, df)

    def chisquare(self, df: Any, size: Size = None) -> Array:
        """Chi square, with degrees of freedom."""
        return self._draw(jax.random.chisquare, size, df)

    def f(self, dfnum: Any, dfden: Any, size: Size = None) -> Array:
        """F, with degrees of freedom of both parts."""
        return self._draw(jax.random.f, size, dfnum, dfden)

    def pareto(self, a: Any, size: Size = None) -> Array:
        """Pareto II (Lomax), with its shape."""
        return self._draw(jax.random.pareto, size, a, loc=-1)

    def rayleigh(self, scale: Any = 1.0, size: Size = None) -> Array:
        """Rayleigh, with its mode."""
        return self._draw(jax.random.rayleigh, size, scale)

    def weibull(self, a: Any, size: Size = None) -> Array:
        """Weibull of scale 1, with its shape."""

        def draw(key: Any, a: Any, **form: Any) -> Any:
            return jax.random.weibull_min(key, 1.0, a, **form)

        return self._draw(draw, size, a)

    def poisson(self, lam: Any = 1.0, size: Size = None) -> Array:
        """Poisson counts, with their mean."""
        dtype = self._whole()

        def draw(key: Any, lam: Any, shape: tuple[int, ...]) -> Any:
            return jax.random.poisson(key, lam, shape, dtype)

        return self._count(draw, size, lam)

    def binomial(self, n: Any, p: Any, size: Size = None) -> Array:
        """Count successes in n trials of probability p."""
        return self._count(jax.random.binomial, size, n, p)

    def geometric(self, p: Any, size: Size = None) -> Array:
        """Count trials up to the first success."""
        return self._count(jax.random.geometric, size, p)

    def integers(
        self, low: Any, high: Any = None, size: Size = None, *, endpoint: bool = False
    ) -> Array:
        """Whole numbers in [low, high), or in [0, low); up to the end itself where `endpoint`."""
        low, high = unwrap((0, low) if high is None else (low, high))
        dtype = self._whole()

        def draw(key: Any, low: Any, high: Any, shape: tuple[int, ...]) -> Any:
            return jax.random.randint(key, shape, low, high, dtype)

        return self._count(draw, size, low, high + 1 if endpoint else high)

    def choice(
        self, a: Any, size: Size = None, replace: bool = True, p: Any = None, axis: int = 0
    ) -> Array:
        """Draw from the entries of an array, or from ``range(a)``; `p` are their probabilities."""
        entries: Any = None if a is None else _parameter(a)
        probabilities: Any = None if p is None else _parameter(p)
        shape = _shape(size) or ()
        key = self._take()
        drawn: Array = wrap(jax.random.choice(key, entries, shape, replace, probabilities, axis))
        return drawn

    def permutation(self, x: Any, axis: int = 0) -> Array:
        """Give a shuffled copy, or a shuffled ``range(x)``."""
        entries = _parameter(x, "x")
        drawn: Array = wrap(jax.random.permutation(self._take(), entries, axis))
        return drawn

    def shuffle(self, x: Array, axis: int = 0) -> None:
        """Shuffle an Array in place, along one axis."""
        if not isinstance(x, Array):
            raise ValueShapeError(
                f"shuffle writes in place, into a bm.Array, not into {type(x).__name__}: use "
                "permutation"
            )
        x.value = self.permutation(x, axis)

    def multivariate_normal(self, mean: Any, cov: Any, size: Size = None) -> Array:
        """Normal vectors, with mean and covariance."""
        dtype = self._real()
        mean = _parameter(mean).astype(dtype)
        cov = _parameter(cov).astype(dtype)
        shape = _shape(size)
        if shape is not None:
            shape = (*shape, *mean.shape[:-1])
        key = self._take()
        drawn: Array = wrap(jax.random.multivariate_normal(key, mean, cov, shape, dtype))
        return drawn

    def dirichlet(self, alpha: Any, size: Size = None) -> Array:
        """Vectors of probabilities, with concentrations."""
        dtype = self._real()
        concentrations = _parameter(alpha, "alpha").astype(dtype)
        key = self._take()
        drawn: Array = wrap(jax.random.dirichlet(key, concentrations, _shape(size), dtype))
        return drawn


def _shape(size: Size) -> tuple[int, ...] | None:
    if size is None:
        return None
    return size if isinstance(size, tuple) else (size,)


def _parameter(value: Any, label: str = "a parameter") -> Any:
    """A parameter of a distribution, as JAX takes it."""
    return jnp.asarray(for_jax(unwrap(value), label))
