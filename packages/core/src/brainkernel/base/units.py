"""Units are strings that pint can read.

Pint itself is needed only by those who hand over pint quantities.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from brainkernel.errors import UnitError

# How array classes of other unit libraries say what they measure; NumPy would drop that in silence.
_FOREIGN_MARKS = ("unit", "units", "dim", "dimensions")


def magnitude(value: Any, unit: str, label: str) -> Any:
    """Turn a quantity into numbers of the given unit.

    Parameters
    ----------
    value
        A pint quantity (of any registry) or a sequence of them. Anything else is in `unit` already
        and is returned as it is: numbers, arrays, functions.
    unit
        The unit wanted; ``""`` is dimensionless.
    what
        Whose value it is, for the error message: ``"LIF.tau"``.

    Returns
    -------
    float, ndarray of float64, or `value` itself

    Raises
    ------
    UnitError
        If the quantity does not fit the unit, or belongs to a units library other than pint.
    """
    if is_quantity(value):
        return _converted(value, unit, label)
    if has_quantities(value):
        return np.array([magnitude(item, unit, label) for item in value], dtype=np.float64)
    if _is_foreign(value):
        library = type(value).__module__.partition(".")[0]
        raise UnitError(
            f"{label} is a quantity of {library}. Give a pint quantity or a plain number "
            f"{_in(unit)}."
        )
    return value


def milliseconds(value: Any, label: str) -> Any:
    """Turn a time into milliseconds, as `magnitude` does; plain numbers are in milliseconds."""
    return magnitude(value, "ms", label)


def check_unit(unit: str) -> None:
    """Check that a unit is spelt as pint would read it, without loading pint.

    Parameters
    ----------
    unit
        Names joined by ``*``, ``/``, ``**`` (a number) and parentheses, ``1`` where there is
        nothing above the line, or ``""`` for dimensionless.

    Raises
    ------
    UnitError
        If it is not. Whether the names are units is not looked at.
    """
    if not isinstance(unit, str):
        raise UnitError(f"{unit!r} is no unit. Give a string, such as 'mV' or 'uF/cm**2'.")
    if unit == "":
        return
    try:
        valid = _is_product(ast.parse(unit, mode="eval").body)
    except SyntaxError:
        valid = False
    if not valid:
        raise UnitError(
            f"{unit!r} is no unit. Join names by *, / and ** (power), as in 'uF/cm**2' or '1/ms'."
        )


def is_quantity(value: Any) -> bool:
    """Whether a value looks like a pint quantity: to import pint for it would cost everybody."""
    return hasattr(value, "to") and hasattr(value, "magnitude")


def has_quantities(value: Any) -> bool:
    """Whether a value is a list of quantities, or a list that has some."""
    return isinstance(value, list | tuple) and any(is_quantity(item) for item in value)


def _is_foreign(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or type(value) is np.ndarray:
        return False
    return any(hasattr(value, mark) for mark in _FOREIGN_MARKS)


def _converted(quantity: Any, unit: str, label: str) -> Any:
    # A unit in the form of a string is looked up in the quantity's own registry, so that registries
    # never mix.
    try:
        numbers = np.asarray(quantity.to(unit).magnitude, dtype=np.float64)
    except Exception as error:
        given = _in(str(getattr(quantity, "units", "an unknown unit")))
        raise UnitError(f"{label} was given {given}, but must be {_in(unit)}: {error}") from error
    return numbers if numbers.ndim else float(numbers)


def _in(unit: str) -> str:
    return "dimensionless" if unit in ("", "dimensionless") else f"in {unit}"


def _is_product(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left, ast.Pow(), right):
            return _is_product(left) and _is_number(right)
        case ast.BinOp(left, ast.Mult() | ast.Div(), right):
            return _is_product(left) and _is_product(right)
        case ast.Constant(value):
            # Any other factor would scale the numbers, and pint refuses it too.
            return type(value) is int and value == 1
    return isinstance(node, ast.Name)


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value):
            return type(value) in (int, float)
        case ast.UnaryOp(ast.USub(), operand):
            return _is_number(operand)
        case ast.BinOp(left, ast.Div(), ast.Constant(value) as right):
            return _is_number(left) and _is_number(right) and value != 0
    return False
