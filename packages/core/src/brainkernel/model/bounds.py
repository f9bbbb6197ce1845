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


def bounds_of(**given: object) -> Bounds:
    """Read bounds as an author writes them: by word, each a number or the name of a parameter.

    Raises
    ------
    ModelError
        For a bound that is neither.
    """
    found: list[tuple[str, float | str]] = []
    for word, limit in given.items():
        if limit is None:
            continue
        number = isinstance(limit, (int, float, np.number)) and not isinstance(limit, bool)
        if not isinstance(limit, str) and (not number or np.isnan(limit)):  # type: ignore[call-overload]
            raise ModelError(f"{word}={limit!r}: a bound is a number, or the name of a parameter")
        found.append((word, limit if isinstance(limit, str) else float(limit)))  # type: ignore[arg-type]
    return tuple(found)


def shown_bounds(bounds: Bounds) -> str:
    """Bounds as a reader of a model sees them: ``> 0, <= V_th``."""
    return ", ".join(f"{COMPARED[word][2]} {_shown(limit)}" for word, limit in bounds)


def named_limits(declarations: Mapping[str, Bounded]) -> Iterator[tuple[str, str]]:
    """Each name whose bound is another name, with that."""
    for name, declaration in declarations.items():
        for _, limit in declaration.bounds:
            if isinstance(limit, str):
                yield name, limit


def check_bounds(
    owner: str, name: str, declaration: Bounded, value: Any, known: Mapping[str, Any]
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
    known : mapping
        Values of the other names; a bound whose name is not there is left to a later check.

    Raises
    ------
    ValueShapeError
        With the value, its element, the bound, and what to do.
    """
    for word, limit in declaration.bounds:
        other = known.get(limit) if isinstance(limit, str) else limit
        if other is None or not _comparable(value, other):
            continue
        kept = np.ravel(COMPARED[word][0](value, other))
        if not np.all(kept):
            wrong = int(np.argmin(kept))
            raise ValueShapeError(
                _message(owner, name, declaration, (word, limit), value, other, wrong)
            )


def _comparable(value: Any, other: Any) -> bool:
    """Whether values pair up.

    Shapes that do not fit are refused elsewhere, with their own words.
    """
    return np.ndim(value) == 0 or np.ndim(other) == 0 or np.shape(value) == np.shape(other)


def _message(
    owner: str,
    name: str,
    declaration: Bounded,
    bound: tuple[str, float | str],
    value: Any,
    other: Any,
    wrong: int,
) -> str:
    word, limit = COMPARED[bound[0]][1], bound[1]
    unit = f" {declaration.unit}" if declaration.unit not in ("", "dimensionless") else ""
    number, most = _element(value, wrong), _element(other, wrong)
    many = np.ndim(value) > 0 or np.ndim(other) > 0
    where = f" (element {wrong})" if many else ""
    if isinstance(limit, str):
        return (
            f"{owner}.{name} = {_shown(number)}{unit}{where} must be {word} {limit}, which is "
            f"{_shown(most)}{unit}: "
            f"change {name} or {limit}; where both change, set {limit} first"
        )
    return (
        f"{owner}.{name} = {_shown(number)}{unit}{where} must be {word} {_shown(limit)}{unit}: "
        f"give {name} a value {word} {_shown(limit)}"
    )


def _element(value: Any, number: int) -> float:
    return float(np.ravel(value)[number] if np.ndim(value) else value)


def _shown(number: float | str) -> str:
    return number if isinstance(number, str) else repr(float(number)).removesuffix(".0")
