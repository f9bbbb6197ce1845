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


def positive_step(dt: Any) -> float:
    """The step in ms; it is refused where it is no positive time."""
    step = one_number(dt, "ms", "dt", finite=False, error=NetworkError)
    if not 0 < step < np.inf:
        raise NetworkError(f"dt = {dt!r} ms: it must be a positive time")
    return step


def whole_seed(seed: Any) -> int:
    """The seed; it is refused where it is no whole number of 64 bits."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**64:
        raise NetworkError(f"seed = {seed!r}: it must be a whole number from 0 to 2**64 - 1")
    return int(seed)


def path_of(path: object, label: str, error: type[BrainKernelError] = ProgramError) -> Path:
    """A path; it is refused where it is none."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise error(f"{label}={path!r}: give the path of a file")
    return Path(path)


def check_switches(**given: object) -> None:
    """Refuse a switch that is not True or False: the word "no" would count as True."""
    for name, value in given.items():
        if not isinstance(value, (bool, np.bool_)):
            raise NetworkError(f"{name}={value!r}: give True or False")


def narrow_stores(dtype: Any) -> frozenset[str]:
    """The stores that are kept in 32 bits."""
    wanted = dict(dtype) if isinstance(dtype, Mapping) else dict.fromkeys(NARROW, dtype)
    kinds = list(wanted.values())
    known = all(isinstance(kind, str) and kind in ("float32", "float64") for kind in kinds)
    if not (set(wanted) <= set(NARROW) and known):
        raise NetworkError(
            f'dtype = {dtype!r}: give "float64" or "float32", or one of them for each of "state" '
            f'and "weights": '
            '{"state": "float64", "weights": "float32"}'
        )
    return frozenset(
        store for what, kind in wanted.items() if kind == "float32" for store in NARROW[what]
    )
