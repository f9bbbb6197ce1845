"""What a user may give as an input beside numbers.

Arrays in time, windows and impulses, kept as copies.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import check_numbers, numbers_of, one_number
from brainkernel.base.units import has_quantities, is_quantity, magnitude, milliseconds
from brainkernel.errors import InputError, TimeGridError

CLOCKS = ("network", "run")
AFTER = ("error", "zero", "hold", "repeat")


@dataclass(frozen=True, eq=False)
class TimedArray:
    """Values that change in time with a step of their own.

    They are copied: what becomes of the user's array afterwards changes nothing.

    Parameters
    ----------
    values : array (time,) or (time, neuron), or quantity
        Row k holds from ``k * dt`` up to ``(k + 1) * dt``.
    dt : number or quantity
        The array's own step in ms, a whole number of the network's steps.
    since : "network" or "run"
        Whether time counts from the network's time zero, or from the start of the run that it is
        given to.
    after : "error", "zero", "hold" or "repeat"
        What follows the last row: an error where the run is longer, nothing more, the last row for
        good, or all rows once more.

    Raises
    ------
    InputError
        For values that are no finite numbers, a step that is no positive time, or another word.
    """

    values: Any
    dt: Any
    since: str = "network"
    after: str = "error"

    def __post_init__(self) -> None:
        label = "TimedArray(values=...)"
        given = self.values
        measured = is_quantity(given) or has_quantities(given)
        values = copy.deepcopy(given) if measured else finite_numbers(given, label)
        object.__setattr__(self, "values", values)
        object.__setattr__(
            self, "dt", one_number(self.dt, "ms", "the dt of a TimedArray", error=InputError)
        )
        if not self.dt > 0:
            raise InputError(f"the dt of a TimedArray is {self.dt:g} ms: give a positive time")
        one_of(self.since, CLOCKS, "TimedArray(since=...)")
        one_of(self.after, AFTER, "TimedArray(after=...)")
        if np.ndim(values) not in (1, 2) or not np.size(values):
            raise InputError(
                f"{label} has shape {np.shape(values)}: give (time,) or (time, neuron), at least "
                "one row"
            )

    def in_unit(self, unit: str, label: str) -> NDArray[np.float64]:
        """The values as numbers of a unit, converted and checked once."""
        if isinstance(self.values, np.ndarray):
            return self.values
        converted: dict[str, NDArray[np.float64]] = self.__dict__.setdefault("converted", {})
        if unit not in converted:
            converted[unit] = finite_numbers(magnitude(self.values, unit, label), label)
        return converted[unit]


@dataclass(frozen=True, eq=False)
class Scaled:
    """A number, array, TimedArray or function of t for some neurons of a group, times a factor.

    Attributes
    ----------
    value : object
        What is scaled.
    unit : str
        Its unit.
    factor : float or array
        One for all of these neurons, or one for each.
    neurons : array of int
        Which neurons of the group; what belongs to the others is zero.
    """

    value: Any
    unit: str
    factor: Any
    neurons: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Window:
    """Another input, on from `start` up to but without `stop` (ms)."""

    value: Any
    start: float
    stop: float
    since: str = "network"


def window(value: object, start: Any, stop: Any, *, since: str = "network") -> Window:
    """Switch an input on in ``[start, stop)`` ms.

    Parameters
    ----------
    value : number, array, TimedArray, function, quantity, another window, or a list of these
        The input while it is on; it keeps its own time: the window moves nothing. Arrays are
        copied.
    start, stop : number or quantity
        In ms; whole steps.
    since : "network" or "run"
        Whether `start` and `stop` count from the network's time zero, or from the start of the run
        that the window is given to, and so in each run anew.

    Raises
    ------
    InputError
        For times that are no finite numbers or do not follow each other, or another word for
        `since`.
    """
    first = one_number(start, "ms", "the start of a window", error=InputError)
    last = one_number(stop, "ms", "the stop of a window", error=InputError)
    one_of(since, CLOCKS, "window(since=...)")
    if not last > first:
        raise InputError(f"window(start={first:g}, stop={last:g}): stop must come after start")
    return Window(_copied(value), first, last, since)


@dataclass(frozen=True, eq=False)
class Impulses:
    """Values added to an input in single steps, so that they act at exactly `times`.

    Parameters
    ----------
    times : array or quantity
        In ms; whole steps, after zero.
    neurons : array of int
        Whom each one reaches.
    value : float
        What is added.
    since : "network" or "run"
        Whether times count from the network's time zero, or from the start of each run, and so in
        each run anew.
    """

    times: ArrayLike
    neurons: ArrayLike
    value: float = 1.0
    since: str = "network"

    def __post_init__(self) -> None:
        one_of(self.since, CLOCKS, "Impulses(since=...)")
        one_number(self.value, "", "the value of Impulses", error=InputError)
        label = "Impulses(times=...)"
        numbers_of(self.times, "ms", label, error=TimeGridError)
        times = np.array(
            milliseconds(self.times, label)
        )  # in their own width, which says how they are rounded
        neurons = np.array(self.neurons)
        for array in (times, neurons):
            array.flags.writeable = False
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "neurons", neurons)


def parts(value: Any) -> Iterator[Any]:
    """The inputs that a value stands for.

    The elements of a list that holds any that is no number, else itself.

    They add up. A list of numbers is one value for each neuron.
    """
    if isinstance(value, Window):
        for part in parts(value.value):
            yield (
                value if part is value.value else Window(part, value.start, value.stop, value.since)
            )
    elif isinstance(value, (list, tuple)) and _is_stimulus(value):
        for item in value:
            yield from parts(item)
    else:
        yield value


def _copied(value: Any) -> Any:
    """A copy of what a user could change later; stimuli hold copies already."""
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return copy.deepcopy(value) if isinstance(value, np.ndarray) or is_quantity(value) else value


def _is_stimulus(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_is_stimulus(item) for item in value)
    return isinstance(value, (TimedArray, Window)) or is_function(value)


def finite_numbers(value: Any, label: str) -> NDArray[np.float64]:
    """A read-only copy of finite numbers.

    Raises
    ------
    InputError
        For anything else.
    """
    copied = check_numbers(value, label, finite=True, error=InputError)
    copied.flags.writeable = False
    return copied


def one_of(word: object, words: tuple[str, ...], label: str) -> None:
    """Refuse a word that is none of those that there are."""
    if not isinstance(word, str) or word not in words:
        raise InputError(f"{label} is {word!r}: say one of {', '.join(map(repr, words))}")
