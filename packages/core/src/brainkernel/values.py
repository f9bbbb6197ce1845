"""Values that a user gives for parameters, first states and delays: numbers, arrays, quantities, functions by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ValueShapeError
from brainkernel.units import magnitude

Resolved = float | NDArray[np.float64]
LARGE = 1 << 20  # values that a function gives: from here on they are not copied once more


def resolve(
    value: object, unit: str, what: str, size: int, context: Mapping[str, object], shape: tuple[int, ...] = ()
) -> Resolved:
    """Turn what a user gave into one number or an array of `size` numbers.

    Parameters
    ----------
    value : number, array, pint quantity or function
        A function is called with the arguments that it names, from `context`.
    unit : str
        The unit that the model declares.
    what : str
        Owner and name, for messages.
    size : int
        How many elements there are.
    context : mapping
        What a function may name: ``rng``, ``dt``, ``n``, ``pre``, ``post``, ``positions``.

    shape : tuple of int
        The shape in which the elements are arranged, where they are.

    Raises
    ------
    ValueShapeError
        Where the shape does not fit, or a value is NaN.
    UnitError
        Where a quantity's unit does not fit.
    """
    drawn = callable(value) and not hasattr(value, "magnitude")
    if drawn:
        value = _call(value, what, context)  # type: ignore[arg-type]
    value = magnitude(value, unit, what)
    numbers = check_numbers(value, what, copy=not (drawn and size >= LARGE))
    if numbers.ndim == 0:
        return float(numbers)
    if numbers.shape not in ((size,), shape):
        wanted = f"{size}, or shape {shape}" if len(shape) > 1 else f"{size}"
        raise ValueShapeError(
            f"{what} has shape {numbers.shape}, but there are {size} elements: give one number or {wanted}"
        )
    return np.ascontiguousarray(numbers.reshape(-1))


def check_numbers(value: object, what: str, copy: bool = True) -> NDArray[np.float64]:
    """Refuse what is no plain number or array of numbers, or has NaN or masked values in it; a user's own is copied."""
    if np.ma.is_masked(value):
        raise ValueShapeError(f"{what} has masked values: fill them, as array.filled(0.0)")
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiub":
        raise ValueShapeError(f"{what} = {value!r} is no number, array, quantity or function")
    numbers = numbers.astype(np.float64, copy=copy)
    if np.any(np.isnan(numbers)):
        raise ValueShapeError(f"{what} has NaN in it")
    return numbers


def _call(function: Callable[..., Any], what: str, context: Mapping[str, object]) -> object:
    empty = inspect.Parameter.empty  # a name with a default of its own is a constant, as in `lambda rng, mean=2.0: ...`
    given = inspect.signature(function).parameters
    names = [name for name, parameter in given.items() if name in context or parameter.default is empty]
    unknown = [name for name in names if name not in context]
    if unknown and len(names) == 1 and "rng" in context:
        return function(context["rng"])
    if unknown:
        raise ValueShapeError(f"{what}: its function names {', '.join(unknown)}; it may name {', '.join(context)}")
    return function(**{name: context[name] for name in names})
