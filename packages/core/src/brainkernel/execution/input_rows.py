"""Inputs step by step: each kind of stimulus as rows of values for a stretch of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import is_function, named_arguments, naming_errors
from brainkernel.base.clock import step_times, whole_steps
from brainkernel.base.given_values import check_numbers
from brainkernel.base.units import magnitude
from brainkernel.errors import InputError
from brainkernel.model.stimuli import Scaled, TimedArray, Window

FOREVER = 2**62
TIMES = {"t": "the network's time in ms", "t_run": "the time since the start of the run in ms"}
"""What a function of time may name."""
STIMULI = "give a number, an array, a quantity, a TimedArray, a window or a function of t"


@dataclass(frozen=True)
class Clock:
    """The network's step, and the step at which the run begins."""

    dt: float
    start: int

    def origin(self, since: str) -> int:
        """The step from which times count."""
        return self.start if since == "run" else 0


@dataclass(frozen=True)
class Reached:
    """Whom an input reaches.

    In words, its unit, how many neurons, and the shape in which they are arranged.
    """

    what: str
    unit: str
    size: int
    shape: tuple[int, ...] = ()


class Rows(NamedTuple):
    """Values row after row; for each step the first value of its row or -1.

    And whether a row has one per neuron.
    """

    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    wide: bool


class InputRows(Protocol):
    """One input, cut into rows.

    Attributes
    ----------
    span : tuple of int
        The steps from which and up to which it can act.
    steady : bool
        Whether its values are the same at all steps at which it is on.
    """

    span: tuple[int, int]
    steady: bool

    def check(self, first: int, last: int) -> None:
        """Refuse now, and not in the middle of a run between two steps, what does not fit."""

    def rows(self, first: int, last: int) -> Rows:
        """The rows of the steps from `first` up to but without `last`; there may be none."""


def input_rows(value: Any, reached: Reached, clock: Clock) -> InputRows:
    """Make rows of a stimulus.

    Raises
    ------
    InputError
        For what is none, or does not fit the neurons.
    """
    if isinstance(value, Window):
        return WindowedInput(value, reached, clock)
    if isinstance(value, TimedArray):
        return TimedInput(value, reached, clock)
    if isinstance(value, Scaled):
        return ScaledInput(value, reached, clock)
    plain = magnitude(value, reached.unit, reached.what)
    return (
        CalledInput(plain, reached, clock) if is_function(plain) else ConstantInput(plain, reached)
    )


class ConstantInput:
    """One value for all, or one for each neuron."""

    span = (0, FOREVER)
    steady = True

    def __init__(self, value: Any, reached: Reached) -> None:
        array = check_numbers(value, reached.what, finite=True, error=InputError, advice=STIMULI)
        if array.shape not in ((), (1,), (reached.size,), reached.shape):
            raise InputError(
                f"{reached.what} has shape {array.shape}, but there are {reached.size} neurons: "
                f"give one number or {reached.size}"
            )
        self._values = array.reshape(-1)

    def check(self, first: int, last: int) -> None:
        """All was checked when it was made."""

    def rows(self, first: int, last: int) -> Rows:
        """The same row for each step."""
        return Rows(self._values, np.zeros(last - first, np.int64), self._values.size > 1)


class TimedInput:
    """The rows of a TimedArray."""

    steady = False

    def __init__(self, timed: TimedArray, reached: Reached, clock: Clock) -> None:
        self._values, self._what, self._dt = (
            timed.in_unit(reached.unit, reached.what),
            reached.what,
            clock.dt,
        )
        shape = self._values.shape
        if len(shape) == 2 and shape[1] != reached.size:
            raise InputError(
                f"{reached.what}: a TimedArray of shape {shape} does not fit: (time,) or (time, "
                f"{reached.size})"
            )
        self._ratio = int(whole_steps(timed.dt, clock.dt, f"the dt of {reached.what}", least=1))
        self._origin, self._after = clock.origin(timed.since), timed.after
        self._end = self._origin + shape[0] * self._ratio
        self.span = (self._origin, FOREVER)  # that nothing follows the last row was said on purpose

    def check(self, first: int, last: int) -> None:
        """Refuse a run that goes on after the last row, unless it was said what follows then."""
        if self._after == "error" and last > self._end:
            raise InputError(
                f"{self._what} ends at {self._end * self._dt:g} ms, before {last * self._dt:g} ms: "
                "make the TimedArray "
                "longer, say what follows with after='zero', 'hold' or 'repeat', or put it into a "
                "window that ends "
                "with it"
            )

    def rows(self, first: int, last: int) -> Rows:
        """Those rows of the array that these steps need."""
        self.check(first, last)
        count, width = self._values.shape[0], self._values[0].size
        row = (np.arange(first, last) - self._origin) // self._ratio
        off = (row < 0) | (row >= count) & (self._after == "zero")
        row = row % count if self._after == "repeat" else np.clip(row, 0, count - 1)
        low, high = (int(row.min()), int(row.max())) if row.size else (0, 0)
        values = self._values[low : high + 1].reshape(-1)
        return Rows(
            values, np.where(off, -1, (row - low) * width), self._values.ndim > 1 and width > 1
        )


class CalledInput:
    """A function that is called for each step."""

    span = (0, FOREVER)
    steady = False

    def __init__(self, function: Callable[..., Any], reached: Reached, clock: Clock) -> None:
        self._function, self._reached, self._clock = function, reached, clock
        self._names = named_arguments(function, reached.what, TIMES, InputError, meanings=TIMES)
        self._gives = f"the result of the function for {reached.what}"
        self._width = 1

    def check(self, first: int, last: int) -> None:
        """Try the first and the last step."""
        self.rows(first, first + 1)
        self.rows(last - 1, last)

    def rows(self, first: int, last: int) -> Rows:
        """A row for each step."""
        given = [
            self._called(dict(zip(self._names, each, strict=True)))
            for each in self._times(first, last)
        ]
        if not given:
            return Rows(np.zeros(self._width), np.zeros(0, np.int64), self._width > 1)
        whole = (
            np.array(given)
            if all(isinstance(value, float) for value in given)
            else self._joined(given)
        )
        self._width = whole.size // len(given)
        if not np.all(np.isfinite(whole)):
            place = int(np.argmin(np.isfinite(whole)))
            time = step_times(np.array([first + place // self._width]), self._clock.dt)[0]
            raise InputError(f"{self._gives} is not finite at t = {time:g} ms: {whole[place]}")
        return Rows(whole, np.arange(len(given)) * self._width, self._width > 1)

    def _joined(self, given: list[Any]) -> NDArray[np.float64]:
        values = [
            check_numbers(
                magnitude(value, self._reached.unit, self._gives), self._gives, error=InputError
            ).reshape(-1)
            for value in given
        ]
        widths = sorted({value.size for value in values})
        if set(widths) - {1, self._reached.size} or len(widths) > 1:
            raise InputError(
                f"{self._reached.what}: the function gives {widths} values; give one or "
                f"{self._reached.size}, the same "
                "at all times"
            )
        return np.concatenate(values)

    def _times(self, first: int, last: int) -> Iterable[tuple[float, ...]]:
        """What the function is called with at each step."""
        if not self._names:
            return [()] * (last - first)
        starts = {"t": 0, "t_run": self._clock.start}
        steps = np.arange(first, last)
        columns = (
            step_times(steps - starts[name], self._clock.dt).tolist() for name in self._names
        )
        return zip(*columns, strict=True)

    def _called(self, times: dict[str, float]) -> Any:
        at = "".join(f", at {name} = {time:g} ms" for name, time in times.items())
        with naming_errors(self._function, f"{self._reached.what}{at}"):
            return self._function(**times)


class WindowedInput:
    """Another input that is on for a while."""

    def __init__(self, window: Window, reached: Reached, clock: Clock) -> None:
        origin, what = clock.origin(window.since), f"the window of {reached.what}"
        self._start, self._stop = (
            origin + int(whole_steps(time, clock.dt, what)) for time in (window.start, window.stop)
        )
        self._inner = input_rows(window.value, reached, clock)
        self.steady = self._inner.steady
        self.span = max(self._start, self._inner.span[0]), min(self._stop, self._inner.span[1])

    def check(self, first: int, last: int) -> None:
        """Look at what is inside the window."""
        begin, end = self._within(first, last)
        if begin < end:
            self._inner.check(begin, end)

    def rows(self, first: int, last: int) -> Rows:
        """The rows of the other input inside the window, and none outside."""
        begin, end = self._within(first, last)
        values, inside, wide = self._inner.rows(begin, end)
        rows = np.full(last - first, -1, np.int64)
        rows[begin - first : end - first] = inside
        return Rows(values, rows, wide)

    def _within(self, first: int, last: int) -> tuple[int, int]:
        begin = min(max(first, self._start), last)
        return begin, max(begin, min(last, self._stop))


class ScaledInput:
    """Another input of some neurons of a group, times a factor; zero for the others."""

    def __init__(self, scaled: Scaled, reached: Reached, clock: Clock) -> None:
        self._neurons, self._factor = scaled.neurons, np.ravel(scaled.factor)
        self._size = reached.size
        part = Reached(reached.what, scaled.unit, scaled.neurons.size)
        self._inner = input_rows(scaled.value, part, clock)
        self.span, self.steady = self._inner.span, self._inner.steady

    def check(self, first: int, last: int) -> None:
        """Look at the other input."""
        self._inner.check(first, last)

    def rows(self, first: int, last: int) -> Rows:
        """The rows of the other input, scaled."""
        values, begins, wide = self._inner.rows(first, last)
        width = self._neurons.size if wide else 1
        scaled = np.ravel(values).reshape(-1, width) * self._factor
        if scaled.shape[1] == 1 and self._neurons.size == self._size:
            return Rows(scaled.ravel(), begins, False)
        whole = np.zeros((len(scaled), self._size))
        whole[:, self._neurons] = scaled
        return Rows(whole.ravel(), np.where(begins >= 0, begins // width * self._size, -1), True)
