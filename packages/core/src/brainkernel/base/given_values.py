"""Values that a user gives: what counts as a number is decided here, once, wherever values enter.

A value is a number, an array of numbers, a pint quantity of a unit that fits, or, where that is
said, a function of named arguments. Text, truth values, complex numbers, None, NaN and masked
arrays are refused; so is infinity, but for states. Arrays are copied, so that what the user does to
them afterwards changes nothing.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.selections import has_truths
from brainkernel.base.units import magnitude
from brainkernel.errors import BrainKernelError, ValueShapeError

Resolved = float | NDArray[np.float64]
TRUTHS = "1.0 * (a > b) makes numbers of a comparison"
LARGE = 1 << 20  # values that a function gives: from here on they are not copied once more


def resolve(
    value: object,
    unit: str,
    label: str,
    size: int,
    context: Mapping[str, object],
    shape: tuple[int, ...] = (),
    *,
    finite: bool = True,
    copy: bool = True,
) -> Resolved:
    """Turn what a user gave into one number or an array of `size` numbers.

    Parameters
    ----------
    value : number, array, pint quantity or function
        A function is called with the arguments that it names, from `context`.
    unit : str
        The unit that the model declares.
    label : str
        Owner and name, for messages.
    size : int
        How many elements there are.
    context : mapping
        What a function may name: ``rng``, ``dt``, ``n``, ``pre``, ``post``, ``positions``.
    shape : tuple of int
        The shape in which the elements are arranged, where they are.
    finite : bool
        Whether infinity is refused; a state may begin with it.
    copy : bool
        Whether an array is copied; large ones that a function gives never are.

    Raises
    ------
    ValueShapeError
        Where the shape does not fit, or a value is no number.
    UnitError
        Where a quantity's unit does not fit.
    UserFunctionError
        Where the user's function raises.
    """
    drawn = False
    if is_function(value):
        drawn = True
        value = call_by_name(value, label, context)
    numbers = numbers_of(
        value, unit, label, finite=finite, copy=copy and not (drawn and size >= LARGE)
    )
    if numbers.ndim == 0:
        return float(numbers)
    if numbers.shape not in ((size,), shape):
        accepted = f"{size}, or shape {shape}" if len(shape) > 1 else f"{size}"
        raise ValueShapeError(
            f"{label} has shape {numbers.shape}, but there are {size} elements: give one number or "
            f"{accepted}"
        )
    return np.ascontiguousarray(numbers.reshape(-1))


def given_value(value: object, unit: str, label: str, *, finite: bool = True) -> object:
    """Check what a user gave: a function is kept, the rest becomes a number or read-only array."""
    if is_function(value):
        return value
    numbers = numbers_of(value, unit, label, finite=finite)
    if numbers.ndim == 0:
        return float(numbers)
    numbers.flags.writeable = False
    return numbers


def numbers_of(
    value: object,
    unit: str,
    label: str,
    *,
    finite: bool = True,
    copy: bool = True,
    error: type[BrainKernelError] = ValueShapeError,
) -> NDArray[np.float64]:
    """Turn a number, array or quantity into plain numbers of a unit, or refuse it."""
    _check_mask(getattr(value, "magnitude", value), label, error)
    plain = magnitude(value, unit, label)
    return check_numbers(plain, label, finite=finite, copy=copy, error=error)


def one_number(
    value: object,
    unit: str,
    label: str,
    *,
    finite: bool = True,
    error: type[BrainKernelError] = ValueShapeError,
) -> float:
    """Turn a number or quantity into one plain number of a unit, or refuse it."""
    numbers = numbers_of(value, unit, label, finite=finite, error=error)
    if numbers.ndim:
        raise error(f"{label} has shape {numbers.shape}: give one number")
    return float(numbers)


def check_numbers(
    value: object,
    label: str,
    *,
    finite: bool = False,
    copy: bool = True,
    error: type[BrainKernelError] = ValueShapeError,
    advice: str = "give a number, an array of numbers or a quantity",
) -> NDArray[np.float64]:
    """Refuse what is no plain number or array of numbers; a user's own array is copied."""
    _check_mask(value, label, error)
    try:
        numbers = np.asarray(value)
    except ValueError as cause:
        raise error(f"{label} = {reprlib.repr(value)} is no array of one shape: {cause}") from cause
    if has_truths(value):
        raise error(
            f"{label} = {reprlib.repr(value)} has truth values, no numbers: {advice}; {TRUTHS}"
        )
    if numbers.dtype.kind not in "fiu":
        raise error(f"{label} = {reprlib.repr(value)} is {_kind(numbers)}: {advice}")
    numbers = numbers.astype(np.float64, copy=copy)
    for wrong, name in ((np.isnan(numbers), "NaN"), (np.isinf(numbers) & finite, "infinity")):
        if np.any(wrong):
            accepted = "finite numbers" if finite else "numbers"
            raise error(
                f"{label} is not finite, it has {name} in it{_first(wrong)}: give {accepted}"
            )
    return numbers


def own_copy(value: object) -> object:
    """Copy an array, list or array of quantities, which its user may change; keep anything else."""
    return deepcopy(value) if hasattr(value, "__len__") and not isinstance(value, str) else value


def _check_mask(value: object, label: str, error: type[BrainKernelError]) -> None:
    if np.ma.is_masked(value):
        raise error(f"{label} has masked values: fill them, as array.filled(0.0)")


def _first(wrong: NDArray[np.bool_]) -> str:
    """Where the first wrong element is, for messages."""
    indices = [int(index) for index in np.argwhere(wrong)[0]]
    if not indices:
        return ""
    return f" (element {indices[0] if len(indices) == 1 else indices})"


def _kind(numbers: NDArray[Any]) -> str:
    kinds = {"c": "complex", "U": "text, no number", "S": "text, no number"}
    return kinds.get(numbers.dtype.kind, "no plain number")
