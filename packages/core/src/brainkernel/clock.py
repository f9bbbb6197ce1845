"""Time as a whole number of steps, so that it stays exact however long a run is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.errors import TimeGridError
from brainkernel.units import milliseconds

TOLERANCE = 1e-6  # of a step: far above the rounding of time / dt, far below any time that somebody means


def whole_steps(
    time: ArrayLike, dt: float, what: str, error: type[TimeGridError] = TimeGridError, least: int = 0
) -> NDArray[np.int64]:
    """Turn times in ms into numbers of steps.

    Parameters
    ----------
    time : number, array or quantity
        Times in ms.
    dt : float
        The step in ms.
    what : str
        What the time is, for the message: ``"the delay of syn"``.
    error : type
        The exception to raise.
    least : int
        The smallest number of steps that is allowed.

    Raises
    ------
    TimeGridError
        Where a time is not finite, too small, or no whole number of steps.
    """
    times = np.asarray(milliseconds(time, what), dtype=np.float64)
    if not np.all(np.isfinite(times)):
        raise error(f"{what} is not finite: give a time in ms")
    ratio = times / dt
    steps = np.rint(ratio)
    off_grid = np.abs(ratio - steps) > TOLERANCE * np.maximum(1.0, np.abs(ratio) * 1e-6)
    if np.any(off_grid):
        worst = float(np.ravel(times)[np.argmax(np.ravel(off_grid))])
        low = float(np.floor(worst / dt))
        raise error(
            f"{what} is {worst:g} ms, which is no whole number of steps of dt = {dt:g} ms: "
            f"use {low * dt:g} or {(low + 1) * dt:g} ms, or another dt"
        )
    if np.any(steps < least):
        smallest = float(np.min(times))
        raise error(f"{what} is {smallest:g} ms: it must be at least {least * dt:g} ms")
    return steps.astype(np.int64)


def on_grid(time: ArrayLike, dt: float) -> NDArray[np.float64]:
    """Round times in ms to the nearest grid points, for drawn delays: ``delay=lambda rng, dt: on_grid(..., dt)``.

    Parameters
    ----------
    time : number, array or quantity
        Times in ms.
    dt : float
        The step in ms.
    """
    return np.asarray(np.rint(np.asarray(milliseconds(time, "time"), dtype=np.float64) / dt) * dt)


def step_times(steps: NDArray[np.int64], dt: float) -> NDArray[np.float64]:
    """Times in ms of grid points, each rounded once, so that 3 steps of 0.1 ms print as 0.3."""
    inverse = round(1.0 / dt)
    if inverse >= 1 and abs(inverse * dt - 1.0) < 1e-12:
        return np.asarray(steps / inverse, dtype=np.float64)
    return np.asarray(steps * dt, dtype=np.float64)
