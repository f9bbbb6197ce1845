"""The random numbers of the host: initial values and connectivity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.random import printed
from brainkernel.random.arguments import Scalar, Size, at_least_0, fitting, integer, real, require, shape_of
from brainkernel.random.counts import poisson_most
from brainkernel.random.streams import stream_key
from brainkernel.random.words import Words, chunks

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

# Sub-keys come from a counter word that no step reaches in practice, so they never meet a step's own numbers.
SUB_KEY_COUNTER = 2**32 - 1


class Random:
    """A named stream of random numbers: what the n-th call gives depends on the seed, the name and n alone.

    Each call has a key of its own and each element a counter, so neither the sizes asked for earlier nor the elements
    that follow change a number. All methods give arrays; bounds, means and so on may be arrays that broadcast to them.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64.
    name : str
        Name of the stream, by convention that of the object it is for.
    size : int or tuple of int
        What a call without `size` gives; by default a single number (an array of shape ()).
    """

    def __init__(self, seed: int, name: str, size: int | tuple[int, ...] = ()) -> None:
        self.seed, self.name, self.size = seed, name, shape_of(size)
        self._key = stream_key(seed, name)
        self._calls = 0

    def __repr__(self) -> str:
        return f"Random({self.seed}, {self.name!r}, size={self.size})"

    def uniform(self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw uniformly from [low, high), on a grid of 2**-53 of the width."""
        shift, width = real("low", low), real("high", high) - real("low", low)
        require(width >= 0, f"uniform needs low <= high, but was given low={low!r} and high={high!r}")
        return _scale(self._reals(printed.unit_float, size), shift, width)

    def endless_uniform(self, chunk: int) -> Iterator[Reals]:
        """Draw uniformly from [0, 1) without end, as one call: the size of the chunks changes no number."""
        for _, x0, x1 in chunks(self._next_key(), 2**63, chunk):
            yield printed.unit_float(x0, x1)

    def normal(self, mean: ArrayLike = 0.0, std: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw from the normal distribution by Box & Muller (1958): no draw lies beyond 6.77 standard deviations."""
        return _scale(self._reals(printed.box_muller, size), real("mean", mean), at_least_0("std", std))

    def lognormal(self, mean: ArrayLike = 0.0, std: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw exponentials of a normal; `mean` and `std` are those of the logarithm."""
        exponent = self.normal(mean, std, size)
        return np.exp(exponent, out=exponent)

    def exponential(self, scale: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw from the exponential distribution with mean `scale`; no draw lies beyond 36.8 times the mean."""
        return _scale(self._reals(_minus_log, size), np.zeros(()), at_least_0("scale", scale))

    def bernoulli(self, p: ArrayLike, size: Size = None) -> NDArray[np.bool_]:
        """Draw True with probability p."""
        probability = real("p", p)
        require((probability >= 0) & (probability <= 1), f"bernoulli needs 0 <= p <= 1, but was given {p!r}")
        u = self._reals(printed.unit_float, size)
        return np.asarray(u < fitting(probability, u.shape))

    def poisson(self, mean: ArrayLike, size: Size = None) -> Integers:
        """Draw Poisson counts by inversion, the formula of the step loop; means up to `POISSON_MEAN_LIMIT`."""
        most = poisson_most(mean)
        shape = self._shape(size)
        means = fitting(real("mean", mean), shape).ravel()
        return self._fill(
            np.int64, shape, lambda x0, x1, where: printed.poisson(means[where], printed.unit_float(x0, x1), most)
        )

    def integers(self, low: ArrayLike, high: ArrayLike, size: Size = None) -> Integers:
        """Draw integers from [low, high): the upper half of 64 random bits times (high - low).

        So the probability of a value is off by less than 2**-64: by less than 1e-9 of itself for 2**34 values.
        """
        first, count = integer("low", low), integer("high", high) - integer("low", low)
        require(count > 0, f"integers needs low < high, but was given low={low!r} and high={high!r}")
        shape = self._shape(size)
        counts = fitting(count, shape).ravel()
        drawn = self._fill(np.int64, shape, lambda x0, x1, where: _multiply_shift(x0, x1, counts[where]))
        drawn += fitting(first, shape)
        return drawn

    def permutation(self, count: int) -> Integers:
        """Put the numbers 0 to count - 1 in random order."""
        return np.argsort(self._bits(count), kind="stable")

    def choice(self, values: ArrayLike, size: Size = None, replace: bool = False) -> NDArray[np.generic]:
        """Draw from `values` (from `arange(values)` if an integer), by default each at most once."""
        pool = np.asarray(values)
        pool = np.arange(int(integer("values", pool))) if pool.ndim == 0 else pool
        shape = self._shape(size)
        if replace:
            return np.asarray(pool[self.integers(0, len(pool), shape)])
        wanted = math.prod(shape)
        require(wanted <= len(pool), f"choice of {wanted} from {len(pool)} values needs replace=True")
        return np.asarray(pool[self.permutation(len(pool))[:wanted].reshape(shape)])

    def _reals(self, transform: Callable[[Words, Words], Reals], size: Size) -> Reals:
        return self._fill(np.float64, self._shape(size), lambda x0, x1, where: transform(x0, x1))

    def _bits(self, count: int) -> NDArray[np.uint64]:
        return self._fill(
            np.uint64, shape_of(count), lambda x0, x1, where: (x0.astype(np.uint64) << np.uint64(32)) | x1
        )

    def _fill(
        self, dtype: type[Scalar], shape: tuple[int, ...], transform: Callable[[Words, Words, slice], NDArray[Scalar]]
    ) -> NDArray[Scalar]:
        out = np.empty(math.prod(shape), dtype)
        for where, x0, x1 in chunks(self._next_key(), out.size):
            out[where] = transform(x0, x1, where)
        return out.reshape(shape)

    def _next_key(self) -> tuple[int, int]:
        words = (np.array([word], np.uint32) for word in (*self._key, self._calls, SUB_KEY_COUNTER))
        self._calls += 1
        x0, x1 = printed.threefry_2x32(*words)
        return int(x0[0]), int(x1[0])

    def _shape(self, size: Size) -> tuple[int, ...]:
        return self.size if size is None else shape_of(size)


def _scale(draws: Reals, shift: Reals, width: Reals) -> Reals:
    draws *= fitting(width, draws.shape)
    draws += fitting(shift, draws.shape)
    return draws


def _minus_log(x0: Words, x1: Words) -> Reals:
    return np.asarray(-printed.log_unit(1.0 - printed.unit_float(x0, x1)))


def _multiply_shift(x0: Words, x1: Words, count: Integers) -> Integers:
    """Upper 64 bits of the product of `x0 * 2**32 + x1` and `count`, in 32-bit halves so that nothing overflows."""
    half, low_half = np.uint64(32), np.uint64(2**32 - 1)
    upper, lower = count.astype(np.uint64) >> half, count.astype(np.uint64) & low_half
    middle = x0 * lower + ((x1 * lower) >> half)
    product = x0 * upper + (middle >> half) + ((x1 * upper + (middle & low_half)) >> half)
    return np.asarray(product).astype(np.int64)
