"""The random numbers of the host: initial values and connectivity."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.base.worker_threads import cores, in_threads
from brainkernel.random import distributions
from brainkernel.random.argument_checks import (
    Scalar,
    Size,
    at_least_0,
    fitting,
    integer,
    real,
    require,
    shape_of,
)
from brainkernel.random.integers import multiply_shift
from brainkernel.random.poisson_limits import poisson_most
from brainkernel.random.sampling_kernels import NUMPY, Kernels
from brainkernel.random.streams import stream_key
from brainkernel.random.threefry_arrays import Key

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Draw = Callable[[Kernels, Key, slice, NDArray[Scalar]], object]

# Sub-keys come from a counter word that no step reaches in practice, so they never meet a step's
# own numbers.
SUB_KEY_COUNTER = 2**32 - 1

# Elements filled at a time: what NumPy then does with them finds them in the cache.
CHUNK = 1 << 15

# Draws from which on loops are compiled: a second or two for the first ones, the time that NumPy
# takes for so many.
COMPILED_FROM = 1 << 21


class Random:
    """A named stream of random numbers: the n-th call depends on seed, name and n alone.

    Each call has a key of its own and each element a counter, so neither the sizes asked for
    earlier nor the elements that follow change a number. All methods give arrays; bounds, means and
    so on may be arrays that broadcast to them.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64.
    name : str
        Name of the stream, by convention that of the object it is for.
    size : int or tuple of int
        What a call without `size` gives; by default a single number (an array of shape ()).
    kernels : Kernels, optional
        Compiled loops for large draws; the numbers are the same without.
    threads : int, optional
        How many threads compiled loops may use, by default as many as there are cores; no number
        depends on it.
    """

    def __init__(
        self,
        seed: int,
        name: str,
        size: int | tuple[int, ...] = (),
        kernels: Kernels | None = None,
        threads: int | None = None,
    ) -> None:
        self.seed, self.name, self.size = seed, name, shape_of(size)
        self._kernels, self._threads = kernels, threads or cores()
        self._key = stream_key(seed, name)
        self._calls = 0

    def __repr__(self) -> str:
        return f"Random({self.seed}, {self.name!r}, size={self.size})"

    def uniform(self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw uniformly from [low, high), on a grid of 2**-53 of the width."""
        shift = real("low", low)
        width = real("high", high) - shift
        require(
            width >= 0, f"uniform needs low <= high, but was given low={low!r} and high={high!r}"
        )
        return self._scaled(_uniform, size, shift, width)

    def normal(self, mean: ArrayLike = 0.0, std: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw from the normal distribution by Box & Muller (1958).

        No draw lies beyond 6.77 standard deviations.
        """
        return self._scaled(_normal, size, real("mean", mean), at_least_0("std", std))

    def lognormal(self, mean: ArrayLike = 0.0, std: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw exponentials of a normal; `mean` and `std` are those of the logarithm."""
        exponent = self.normal(mean, std, size)
        return np.exp(exponent, out=exponent)

    def exponential(self, scale: ArrayLike = 1.0, size: Size = None) -> Reals:
        """Draw from the exponential distribution with mean `scale`.

        No draw lies beyond 36.8 times the mean.
        """
        return self._scaled(_exponential, size, np.zeros(()), at_least_0("scale", scale))

    def bernoulli(self, p: ArrayLike, size: Size = None) -> NDArray[np.bool_]:
        """Draw True with probability p."""
        probability = real("p", p)
        in_range = (probability >= 0) & (probability <= 1)
        require(in_range, f"bernoulli needs 0 <= p <= 1, but was given {p!r}")
        u = self._scaled(_uniform, size, np.zeros(()), np.ones(()))
        return np.asarray(u < fitting(probability, u.shape))

    def poisson(self, mean: ArrayLike, size: Size = None) -> Integers:
        """Draw Poisson counts by inversion, as a step does; means up to `POISSON_MEAN_LIMIT`."""
        most = poisson_most(mean)
        shape = self._shape(size)
        means = _flat(real("mean", mean), shape)

        def draw(kernels: Kernels, key: Key, where: slice, out: Integers) -> None:
            u = np.empty(out.size)
            kernels.uniform(key, where.start, u)
            out[:] = distributions.poisson(_at(means, where), u, most)

        return self._fill(np.int64, shape, draw)

    def integers(self, low: ArrayLike, high: ArrayLike, size: Size = None) -> Integers:
        """Draw integers from [low, high): the upper half of 64 random bits times (high - low).

        So the probability of a value is off by less than 2**-64: by less than 1e-9 of itself for
        2**34 values.
        """
        first = integer("low", low)
        count = integer("high", high) - first
        require(
            count > 0, f"integers needs low < high, but was given low={low!r} and high={high!r}"
        )
        shape = self._shape(size)
        firsts = _flat(first, shape)
        counts = _flat(count, shape)

        def draw(kernels: Kernels, key: Key, where: slice, out: Integers) -> None:
            _integers(kernels, key, where.start, _at(counts, where), out)
            out += _at(firsts, where)

        return self._fill(np.int64, shape, draw)

    def permutation(self, count: int) -> Integers:
        """Put the numbers 0 to count - 1 in random order."""
        return np.argsort(self._bits(count), kind="stable")

    def choice(
        self, values: ArrayLike, size: Size = None, replace: bool = False
    ) -> NDArray[np.generic]:
        """Draw from `values` (`arange(values)` for an integer), by default each at most once."""
        pool = np.asarray(values)
        # as in NumPy, a number stands for all numbers below it
        if pool.ndim == 0:
            pool = np.arange(int(integer("values", pool)))
        shape = self._shape(size)
        if replace:
            return np.asarray(pool[self.integers(0, len(pool), shape)])
        count = math.prod(shape)
        require(count <= len(pool), f"choice of {count} from {len(pool)} values needs replace=True")
        order = self.permutation(len(pool))
        drawn = order[:count].reshape(shape)
        return np.asarray(pool[drawn])

    def next_key(self) -> Key:
        """Return the key of this call, for rules that count their draws themselves.

        `Kernels.walk_rows` is such a one.
        """
        words = []
        for word in (*self._key, self._calls, SUB_KEY_COUNTER):
            words.append(np.array([word], np.uint32))
        self._calls += 1
        x0, x1 = distributions.threefry_2x32(*words)
        return int(x0[0]), int(x1[0])

    def kernels_for(self, count: float) -> Kernels:
        """Return the loops for so many draws: compiled ones only if they are many."""
        return NUMPY if self._kernels is None or count < COMPILED_FROM else self._kernels

    def threads_for(self, count: float) -> int:
        """Return how many threads so many draws are worth: one for NumPy's short loops.

        There more threads would mostly wait.
        """
        return 1 if self.kernels_for(count) is NUMPY else self._threads

    def _bits(self, count: int) -> NDArray[np.uint64]:
        return self._fill(np.uint64, shape_of(count), _bits)

    def _scaled(self, draw: Draw[np.float64], size: Size, shift: Reals, width: Reals) -> Reals:
        shape = self._shape(size)
        shifts, widths = _flat(shift, shape), _flat(width, shape)

        def scaled(kernels: Kernels, key: Key, where: slice, out: Reals) -> None:
            draw(kernels, key, where, out)
            out *= _at(widths, where)
            out += _at(shifts, where)

        return self._fill(np.float64, shape, scaled)

    def _fill(
        self, dtype: type[Scalar], shape: tuple[int, ...], draw: Draw[Scalar]
    ) -> NDArray[Scalar]:
        out = np.empty(math.prod(shape), dtype)
        key, kernels = self.next_key(), self.kernels_for(out.size)

        def fill(first: int) -> None:
            where = slice(first, min(first + CHUNK, out.size))
            draw(kernels, key, where, out[where])

        in_threads(fill, range(0, out.size, CHUNK), self.threads_for(out.size))
        return out.reshape(shape)

    def _shape(self, size: Size) -> tuple[int, ...]:
        return self.size if size is None else shape_of(size)


def _uniform(kernels: Kernels, key: Key, where: slice, out: Reals) -> None:
    kernels.uniform(key, where.start, out)


def _normal(kernels: Kernels, key: Key, where: slice, out: Reals) -> None:
    kernels.normal(key, where.start, out)


def _exponential(kernels: Kernels, key: Key, where: slice, out: Reals) -> None:
    kernels.uniform(key, where.start, out)
    np.negative(distributions.log_unit(1.0 - out), out=out)


def _bits(kernels: Kernels, key: Key, where: slice, out: NDArray[np.uint64]) -> None:
    kernels.bits(key, where.start, out)


def _integers(kernels: Kernels, key: Key, first: int, counts: Integers, out: Integers) -> None:
    if counts.ndim == 0:
        kernels.integers(key, first, int(counts), out)
        return
    bits = np.empty(out.size, np.uint64)
    kernels.bits(key, first, bits)
    high = bits >> np.uint64(32)
    low = bits & np.uint64(2**32 - 1)
    out[:] = multiply_shift(high, low, counts)


def _flat(values: NDArray[Scalar], shape: tuple[int, ...]) -> NDArray[Scalar]:
    """Broadcast to the shape of the draw, and lay flat; one value stays one."""
    return values if values.ndim == 0 else fitting(values, shape).ravel()


def _at(values: NDArray[Scalar], where: slice) -> NDArray[Scalar]:
    return values if values.ndim == 0 else values[where]
