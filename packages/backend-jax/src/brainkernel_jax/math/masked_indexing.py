"""What `x[mask]` is in a compiled function, where nobody knows how many elements a mask has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from brainkernel.errors import ValueShapeError
from brainkernel_jax.math.variables import is_traced


class Masked(NDArrayOperatorsMixin):
    """The elements of an array where a traced mask is true, for arithmetic and for writing back.

    They are written through the same mask: ``x[mask] += y[mask]`` works, with one name for the
    mask.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, full: Any, mask: Any) -> None:
        self.full, self.mask = full, mask

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if method != "__call__":
            raise ValueShapeError(_unknown(f"np.{ufunc.__name__}.{method}"))
        ndim = np.ndim(self.full)
        plain = [_spread(value, self.mask, ndim) for value in inputs]
        return Masked(counterpart(ufunc)(*plain, **options), self.mask)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(_unknown(f"attribute {name!r}"))

    def __getitem__(self, index: Any) -> Any:
        raise ValueShapeError(_unknown("indexing it again"))


def is_mask(index: Any) -> bool:
    """Whether an index is a mask whose elements are not known yet."""
    return is_traced(index) and index.dtype == bool


def put_masked(value: Any, mask: Any, new: Any, label: str) -> Any:
    """Write into an array where a mask is true.

    Raises
    ------
    ValueShapeError
        Where `new` does not tell which value belongs to which element.
    """
    if not is_mask(mask) or mask.shape != np.shape(value)[: mask.ndim]:
        shape = getattr(mask, "shape", None)
        raise ValueShapeError(
            f"{label} has shape {np.shape(value)}; an index of shape {shape} is no mask for it"
        )
    full = jnp.asarray(_spread(new, mask, np.ndim(value))).astype(value.dtype)
    # a mask goes along the first axes, where arrays are broadcast along the last ones
    further_axes = (1,) * (np.ndim(value) - mask.ndim)
    condition = mask.reshape(mask.shape + further_axes)
    return jnp.where(condition, full, value)


def counterpart(function: Callable[..., Any]) -> Any:
    """The function of JAX that has the name of one of NumPy or SciPy.

    Raises
    ------
    TypeError
        Where JAX has none.
    """
    module = getattr(function, "__module__", None) or "numpy"
    namespace: Any = jnp
    if module.startswith("numpy."):
        for part in module.split(".")[1:]:
            namespace = getattr(namespace, part, jnp)
    name = function.__name__
    for candidate in (namespace, jnp, jax.scipy.special):
        if getattr(candidate, name, None) is not None:
            return getattr(candidate, name)
    raise TypeError(
        f"{name} of NumPy has no counterpart in jax.numpy, and cannot take part in what JAX traces"
    )


def _spread(value: Any, mask: Any, ndim: int) -> Any:
    value = value.__jax_array__() if hasattr(value, "__jax_array__") else value
    if isinstance(value, Masked):
        if value.mask is mask:
            return value.full
        raise ValueShapeError(
            "two different masks in one expression: give the mask one name, and use it on both "
            "sides"
        )
    if np.ndim(value) > ndim - mask.ndim:
        raise ValueShapeError(
            f"values of shape {np.shape(value)} cannot be matched with a mask whose elements are "
            "not known in a "
            "compiled function: write x[mask] = y[mask] with y as large as x, or x[...] = "
            "np.where(mask, y, x)"
        )
    return value


def _unknown(use: str) -> str:
    return (
        f"x[mask] has no known length in a compiled function, so {use} cannot be: write it back "
        "through the same mask "
        "(x[mask] = y[mask] + 1), or use np.where(mask, x, 0)"
    )
