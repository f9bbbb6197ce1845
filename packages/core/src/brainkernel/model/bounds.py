"""Declared bounds of values: read when a class is made, checked wherever values enter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from brainkernel.errors import ModelError, ValueShapeError

COMPARED: Mapping[str, tuple[Callable[..., Any], str, str]] = {
    "above": (np.greater, "above", ">"),
    "at_least": (np.greater_equal, "at least", ">="),
    "below": (np.less, "below", "<"),
    "at_most": (np.less_equal, "at most", "<="),
}

Bounds = tuple[tuple[str, float | str], ...]


class Bounded(Protocol):
    """Data with a unit, whose values keep to bounds."""

    @property
    def bounds(self) -> Bounds:
        """The words and limits."""

    @property
    def unit(self) -> str:
        """The unit, as pint reads it."""


def bounds_of(**limits: object) -> Bounds:
    """Read bounds as an author writes them: by word, each a number or the name of a parameter.

    Raises
    ------
    ModelError
        For a bound that is neither.
    """
    bounds: list[tuple[str, float | str]] = []
    for word, limit in limits.items():
        if limit is None:
            continue
        if isinstance(limit, str):
            bounds.append((word, limit))
            continue
        is_number = isinstance(limit, (int, float, np.number)) and not isinstance(limit, bool)
        if not is_number or np.isnan(limit):  # type: ignore[call-overload]
            raise ModelError(f"{word}={limit!r}: a bound is a number, or the name of a parameter")
        bounds.append((word, float(limit)))  # type: ignore[arg-type]
    return tuple(bounds)


def shown_bounds(bounds: Bounds) -> str:
    """Bounds as a reader of a model sees them: ``> 0, <= V_th``."""
    shown = []
    for word, limit in bounds:
        _, _, sign = COMPARED[word]
        shown.append(f"{sign} {_shown(limit)}")
    return ", ".join(shown)


def named_limits(declarations: Mapping[str, Bounded]) -> Iterator[tuple[str, str]]:
    """Each name whose bound is another name, with that."""
    for name, declaration in declarations.items():
        for _, limit in declaration.bounds:
            if isinstance(limit, str):
                yield name, limit


def check_bounds(
    owner: str, name: str, declaration: Bounded, value: Any, values: Mapping[str, Any]
) -> None:
    """Refuse a value outside its bounds.

    Parameters
    ----------
    owner, name : str
        Whose value it is, for the message.
    declaration : Bounded
        What declares the bounds.
    value : number or array
        What was given, in the declared unit.
    values : mapping
        Values of the other names; a bound whose name is not there is left to a later check.

    Raises
    ------
    ValueShapeError
        With the value, its element, the bound, and what to do.
    """
    for word, limit in declaration.bounds:
        limit_value = values.get(limit) if isinstance(limit, str) else limit
        if limit_value is None or not _comparable(value, limit_value):
            continue
        compare, _, _ = COMPARED[word]
        is_within = np.ravel(compare(value, limit_value))
        if not np.all(is_within):
            wrong = int(np.argmin(is_within))
            bound = (word, limit)
            raise ValueShapeError(
                _message(owner, name, declaration, bound, value, limit_value, wrong)
            )


def _comparable(value: Any, limit: Any) -> bool:
    """Whether values pair up.

    Shapes that do not fit are refused elsewhere, with their own words.
    """
    if np.ndim(value) == 0 or np.ndim(limit) == 0:
        return True
    return bool(np.shape(value) == np.shape(limit))


def _message(
    owner: str,
    name: str,
    declaration: Bounded,
    bound: tuple[str, float | str],
    value: Any,
    limit_value: Any,
    wrong: int,
) -> str:
    comparison, limit = bound
    _, word, _ = COMPARED[comparison]
    unit = f" {declaration.unit}" if declaration.unit not in ("", "dimensionless") else ""
    number = _shown(_element(value, wrong))
    several = np.ndim(value) > 0 or np.ndim(limit_value) > 0
    where = f" (element {wrong})" if several else ""
    if isinstance(limit, str):
        most = _shown(_element(limit_value, wrong))
        return (
            f"{owner}.{name} = {number}{unit}{where} must be {word} {limit}, which is "
            f"{most}{unit}: "
            f"change {name} or {limit}; where both change, set {limit} first"
        )
    return (
        f"{owner}.{name} = {number}{unit}{where} must be {word} {_shown(limit)}{unit}: "
        f"give {name} a value {word} {_shown(limit)}"
    )


def _element(value: Any, number: int) -> float:
    return float(np.ravel(value)[number] if np.ndim(value) else value)


def _shown(number: float | str) -> str:
    if isinstance(number, str):
        return number
    return repr(float(number)).removesuffix(".0")
