"""Checks of what users give to pure functions and surrogate derivatives, before tracing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

from brainkernel.backend import Member, Network
from brainkernel.errors import BackendError, ValueShapeError


def finite_number(value: Any, label: str) -> float:
    """Return a finite number.

    Raises
    ------
    ValueShapeError
        For anything else; text and truth values are no numbers.
    """
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, Real)
        or not math.isfinite(value)
    ):
        raise ValueShapeError(f"{label} = {value!r}: give one finite number, without a unit")
    return float(value)


def positive_number(value: Any, label: str) -> float:
    """Return a finite number above zero, as `finite_number`."""
    number = finite_number(value, label)
    if number <= 0.0:
        raise ValueShapeError(f"{label} = {value!r}: give a number above zero")
    return number


def truth(value: Any, label: str) -> bool:
    """Return a truth value.

    Raises
    ------
    ValueShapeError
        For anything but True and False.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueShapeError(f"{label} = {value!r}: give True or False")
    return bool(value)


def steps_between(checkpoint: Any) -> bool | int:
    """Return how many steps lie between two states that are kept.

    Raises
    ------
    ValueShapeError
        For anything but True, False, and whole numbers from 1 on.
    """
    if isinstance(checkpoint, bool | np.bool_):
        return bool(checkpoint)
    if not isinstance(checkpoint, Integral) or checkpoint < 1:
        raise ValueShapeError(
            f"checkpoint = {checkpoint!r}: give True, False, or how many steps lie between two "
            "states that are kept, "
            "a whole number from 1 on"
        )
    return int(checkpoint)


def pairs_of(network: Network, parameters: Iterable[Any] | None) -> list[tuple[Member, str]] | None:
    """Return the pairs (member, name) of the parameters that are asked for.

    Raises
    ------
    BackendError
        Where one is no such pair, or its member belongs to another network.
    """
    if parameters is None:
        return None
    advice = (
        'give pairs of a group or projection of this network and a name, parameters=[(lif, "tau")]'
    )
    if isinstance(parameters, str) or not isinstance(parameters, Iterable):
        raise BackendError(f"parameters = {parameters!r}: {advice}")
    pairs = list(parameters)
    members = [*network.groups, *network.projections]
    for pair in pairs:
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], str)
        if not is_pair or not any(pair[0] is member for member in members):
            raise BackendError(f"parameters has {pair!r}: {advice}")
    return [(member, name) for member, name in pairs]
