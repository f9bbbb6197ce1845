"""Arguments of connection rules: switches, counts and plain numbers, or a refusal."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from brainkernel.errors import ConnectError


def check_switches(rule: str, **switches: object) -> None:
    """Refuse a switch that is not True or False: the word "no" would count as True."""
    for name, value in switches.items():
        if not isinstance(value, (bool, np.bool_)):
            raise ConnectError(f"{rule} has {name}={value!r}: give True or False")


def check_count(rule: str, name: str, count: object) -> None:
    """Refuse what is no whole number from zero on."""
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 0:
        raise ConnectError(f"{rule} has {name}={count!r}, but must have a whole number >= 0")


def is_real(value: object) -> bool:
    """Whether a value is one plain finite number."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
