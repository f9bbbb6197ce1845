"""What a network is told once: its step, its seed, and how wide its values are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainkernel.errors import NetworkError
from brainkernel.program import NARROW
from brainkernel.values import one_number


def positive_step(dt: Any) -> float:
    """The step in ms; it is refused where it is no positive time."""
    step = one_number(dt, "ms", "dt", error=NetworkError)
    if not step > 0:
        raise NetworkError(f"dt = {dt!r} ms: it must be a positive time")
    return step


def whole_seed(seed: Any) -> int:
    """The seed; it is refused where it is no whole number of 64 bits."""
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**64:
        raise NetworkError(f"seed = {seed!r}: it must be a whole number from 0 to 2**64 - 1")
    return int(seed)


def narrow_stores(dtype: Any) -> frozenset[str]:
    """The stores that are kept in 32 bits."""
    wanted = dict(dtype) if isinstance(dtype, Mapping) else dict.fromkeys(NARROW, dtype)
    kinds = list(wanted.values())
    known = all(isinstance(kind, str) and kind in ("float32", "float64") for kind in kinds)
    if not (set(wanted) <= set(NARROW) and known):
        raise NetworkError(
            f'dtype = {dtype!r}: give "float64" or "float32", or one of them for each of "state" and "weights": '
            '{"state": "float64", "weights": "float32"}'
        )
    return frozenset(store for what, kind in wanted.items() if kind == "float32" for store in NARROW[what])
