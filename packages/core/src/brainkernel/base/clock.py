"""Time as a whole number of steps, so that it stays exact however long a run is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.base.given_values import numbers_of, one_number
from brainkernel.errors import TimeGridError

# of a step: far above the rounding of time / dt, far below any time that somebody means
TOLERANCE = 1e-6
EXACT = 1e-12  # relative to the time: more than some sums of times in 64 bits are off
# the same in fewer bits: two of the last place
ROUNDING = {np.dtype(np.float32): 2.4e-7, np.dtype(np.float16): 2e-3}
CLOSEST = 0.25  # of a step: where rounding is coarser than this, the nearest grid point is a guess


def whole_steps(
    time: object,
    dt: float,
    label: str,
    error: type[TimeGridError] = TimeGridError,
    least: int = 0,
    rounded: object = None,
) -> NDArray[np.int64]:
    """Turn times in ms into numbers of steps.

    A time is on the grid where it lies within its own rounding of it: what was computed or kept in
    32 or 16 bits is further from it than what was kept in 64.

    Parameters
    ----------
    time : number, array or quantity
        Times in ms.
    dt : float
        The step in ms.
    label : str
        What the time is, for the message: ``"the delay of syn"``.
    error : type
        The exception to raise.
    least : int
        The smallest number of steps that is allowed.
    rounded : object, optional
        What the times were computed from, where they have been converted to 64 bits since.

    Raises
    ------
    TimeGridError
        Where a time is no finite number, too small, or no whole number of steps.
    """
    times = numbers_of(time, "ms", label, error=error)
    ratio = times / dt
    steps = np.rint(ratio)
    tolerance = _tolerance(time if rounded is None else rounded, ratio)
    early = ratio < least - tolerance
    if np.any(early):
        raise error(
            f"{label} is {typed(np.min(times))} ms: it must be at least {typed(least * dt)} ms, "
            f"and a whole number of steps of dt = {typed(dt)} ms"
        )
    off_grid = np.abs(ratio - steps) > tolerance
    if np.any(off_grid):
        worst = float(np.ravel(times)[np.argmax(np.ravel(off_grid))])
        low = int(np.floor(worst / dt))
        raise error(
            f"{label} is {typed(worst)} ms, which is no whole number of steps of dt = {typed(dt)} "
            "ms: use "
            f"{typed(low * dt)} or {typed((low + 1) * dt)} ms, another dt, or bk.on_grid(times, "
            "dt) to round times"
        )
    return steps.astype(np.int64)


def _tolerance(times: object, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far from the grid a time may be, in steps."""
    dtype = np.asarray(getattr(times, "magnitude", times)).dtype
    rounding = ROUNDING.get(dtype, EXACT) * np.abs(ratio)
    return np.asarray(np.clip(rounding, TOLERANCE, CLOSEST))


def in_own_width(times: object) -> NDArray[Any]:
    """Times in the 32 bits in which they were given, as far as their present 64 bits show it."""
    wide = np.asarray(times, dtype=np.float64)
    narrow = wide.astype(np.float32)
    return narrow if np.array_equal(narrow, wide) else wide


def typed(time: Any) -> str:
    """Print a time as one would type it, with all digits of the float and none from rounding."""
    return repr(float(f"{float(time):.15g}"))


def on_grid(time: ArrayLike, dt: float) -> NDArray[np.float64]:
    """Round times in ms to the nearest grid points, as drawn delays need it.

    ``delay=lambda rng, dt: bk.on_grid(rng.normal(1.5, 0.75), dt)``.

    Parameters
    ----------
    time : number, array or quantity
        Times in ms.
    dt : float
        The step in ms.

    Raises
    ------
    TimeGridError
        Where a time or the step is no finite number, or the step is not above zero.
    """
    times = numbers_of(time, "ms", "the time given to on_grid", error=TimeGridError)
    step = one_number(dt, "ms", "the dt given to on_grid", error=TimeGridError)
    if not step > 0:
        raise TimeGridError(f"on_grid(..., dt={step!r}): the step must be above 0 ms")
    return np.asarray(np.rint(times / step) * step)


def step_times(steps: NDArray[np.int64], dt: float) -> NDArray[np.float64]:
    """Times in ms of grid points, each rounded once, so that 3 steps of 0.1 ms print as 0.3."""
    inverse = round(1.0 / dt)
    if inverse >= 1 and abs(inverse * dt - 1.0) < 1e-12:
        return np.asarray(steps / inverse, dtype=np.float64)
    return np.asarray(steps * dt, dtype=np.float64)
