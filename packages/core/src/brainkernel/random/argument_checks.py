"""Checks arguments of the host's draws: finite, of the right kind, and fitting the size."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.errors import ValueShapeError

Size = int | tuple[int, ...] | None
Scalar = TypeVar("Scalar", bound=np.generic)


def require(satisfied: Any, message: str) -> None:
    """Raise `ValueShapeError` with the message unless all of `satisfied` is true."""
    if not np.all(satisfied):
        raise ValueShapeError(message)


def shape_of(size: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return a size as a shape."""
    shape = size if isinstance(size, tuple) else (size,)
    valid = all(isinstance(length, int | np.integer) and length >= 0 for length in shape)
    require(valid, f"size is {size!r}, but must be a whole number >= 0 or a tuple of them")
    return tuple(int(length) for length in shape)


def real(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Read a finite number or an array of them."""
    array = np.asarray(value)
    require(
        array.dtype.kind in "biuf",
        f"{name} must be a real number or an array of them, not {value!r}",
    )
    require(np.isfinite(array), f"{name} must be finite, not {value!r}")
    return array.astype(np.float64)


def at_least_0(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Read a finite number >= 0 or an array of them."""
    array = real(name, value)
    require(array >= 0, f"{name} must not be negative, but is {value!r}")
    return array


def integer(name: str, value: ArrayLike) -> NDArray[np.int64]:
    """Read an integer or an array of them."""
    array = np.asarray(value)
    require(
        array.dtype.kind in "iu", f"{name} must be an integer or an array of them, not {value!r}"
    )
    return array.astype(np.int64)


def fitting(array: NDArray[Scalar], shape: tuple[int, ...]) -> NDArray[Scalar]:
    """Broadcast the array to the shape of the draw."""
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        message = (
            f"values of shape {array.shape} do not fit a draw of size {shape}; "
            "give one value or that many"
        )
        raise ValueShapeError(message) from None
