"""NumPy's random calls on keys of JAX, where the key is declared state: the same numbers in and out of `jit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.errors import ValueShapeError
from brainkernel_jax.math.array import Array, unwrap, wrap
from brainkernel_jax.math.cells import for_jax
from brainkernel_jax.math.objects import Object, Variable

Size = int | tuple[int, ...] | None
_NARROW = {"float64": "float32", "int64": "int32"}


class RandomState(Object):
    """A source of random numbers, with the calls of `numpy.random.Generator`.

    Each call takes one new key, whatever the size. Under `vmap` each element draws from a stream of its own.

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
        key, taken = jax.random.split(jax.random.wrap_key_data(jnp.asarray(self.key)))
        self.key = jax.random.key_data(key)
        return taken

    def _real(self) -> Any:
        return for_jax(np.zeros((), self.dtype), "a random number").dtype

    def _whole(self) -> Any:
        return for_jax(np.zeros((), "int64" if self.dtype == "float64" else "int32"), "a random number").dtype

    def _shaped(self, sampler: Callable[..., Any], size: Size, *parameters: Any) -> Any:
        values = [jnp.asarray(for_jax(each, "a parameter")) for each in unwrap(parameters)]
        shape = np.broadcast_shapes(*(value.shape for value in values)) if size is None else size
        return sampler(self._take(), values, shape if isinstance(shape, tuple) else (shape,))

    def _draw(self, sampler: Callable[..., Any], size: Size, *parameters: Any, scale: Any = 1, loc: Any = 0) -> Array:
        real, count = self._real(), len(parameters)

        def draw(key: Any, values: Any, shape: tuple[int, ...]) -> Any:
            numbers = sampler(key, *(value.astype(real) for value in values[:count]), shape=shape, dtype=real)
            return numbers * values[count].astype(real) + values[count + 1].astype(real)

        drawn: Array = wrap(self._shaped(draw, size, *parameters, scale, loc))
        return drawn

    def _count(self, sampler: Callable[..., Any], size: Size, *parameters: Any) -> Array:
        whole = self._whole()
        drawn: Array = wrap(self._shaped(lambda key, values, shape: sampler(key, *values, shape=shape), size, *parameters))
        return drawn if drawn.dtype == whole else drawn.astype(whole)  # type: ignore[no-any-return]

    def random(self, size: Size = None) -> Array:
        """Uniform in [0, 1)."""
        return self._draw(jax.random.uniform, size)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None) -> Array:
        """Uniform in [low, high)."""
        low, high = unwrap((low, high))
        return self._draw(jax.random.uniform, size, scale=np.subtract(high, low) if _known(low, high) else jnp.subtract(high, low), loc=low)

    def standard_normal(self, size: Size = None) -> Array:
        """Normal, mean 0, standard deviation 1."""
        return self._draw(jax.random.normal, size)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Array:
        """Normal, with mean and standard deviation."""
        return self._draw(jax.random.normal, size, scale=scale, loc=loc)
