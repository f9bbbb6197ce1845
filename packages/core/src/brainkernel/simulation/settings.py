"""What a network is told once: its step, its seed, and how wide its values are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brainkernel.base.given_values import one_number
from brainkernel.errors import BrainKernelError, NetworkError, ProgramError
from brainkernel.program.program import NARROW

FLOATS = {"float32", "float64"}


def positive_step(dt: Any) -> float:
    """The step in ms; it is refused where it is no positive time."""
    step = one_number(dt, "ms", "dt", finite=False, error=NetworkError)
    if not 0 < step < np.inf:
        raise NetworkError(f"dt = {dt!r} ms: it must be a positive time")
    return step


def whole_seed(seed: Any) -> int:
    """The seed; it is refused where it is no whole number of 64 bits."""
    is_integer = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not is_integer or not 0 <= seed < 2**64:
        raise NetworkError(f"seed = {seed!r}: it must be a whole number from 0 to 2**64 - 1")
    return int(seed)


def path_of(path: object, label: str, error: type[BrainKernelError] = ProgramError) -> Path:
    """A path; it is refused where it is none."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise error(f"{label}={path!r}: give the path of a file")
    return Path(path)


def check_switches(**switches: object) -> None:
    """Refuse a switch that is not True or False: the word "no" would count as True."""
    for name, value in switches.items():
        if not isinstance(value, (bool, np.bool_)):
            raise NetworkError(f"{name}={value!r}: give True or False")


def narrow_stores(dtype: Any) -> frozenset[str]:
    """The stores that are kept in 32 bits."""
    dtypes = dict(dtype) if isinstance(dtype, Mapping) else dict.fromkeys(NARROW, dtype)
    are_names = all(isinstance(name, str) for name in dtypes.values())
    if not (are_names and dtypes.keys() <= NARROW.keys() and {*dtypes.values()} <= FLOATS):
        raise NetworkError(
            f'dtype = {dtype!r}: give "float64" or "float32", or one of them for each of "state" '
            f'and "weights": '
            '{"state": "float64", "weights": "float32"}'
        )
    narrow: set[str] = set()
    for kind, name in dtypes.items():
        if name == "float32":
            narrow.update(NARROW[kind])
    return frozenset(narrow)
