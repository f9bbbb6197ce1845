"""External input: constants, arrays in time, functions of time, windows and impulses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.calling import told
from brainkernel.clock import step_times, whole_steps
from brainkernel.errors import InputError
from brainkernel.group import End, Neuron, Slice
from brainkernel.model import suggestion
from brainkernel.program import Program
from brainkernel.records import Drive
from brainkernel.units import magnitude
from brainkernel.values import check_numbers, one_number, own_copy


@dataclass(frozen=True, eq=False)
class TimedArray:
    """Values that change in time with a step of their own.

    Parameters
    ----------
    values : array (time,) or (time, neuron)
        Copied. Row k holds from ``k * dt`` up to ``(k + 1) * dt``, counted from the network's time zero.
    dt : float
        The array's own step in ms, a whole number of the network's steps.
    """

    values: ArrayLike
    dt: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", own_copy(self.values))


@dataclass(frozen=True, eq=False)
class Window:
    """Another input, on from `start` up to but without `stop` (ms)."""

    value: object
    start: float
    stop: float


def window(value: object, start: float, stop: float) -> Window:
    """Switch an input on in ``[start, stop)`` ms of the network's time.

    Parameters
    ----------
    value : number, array, TimedArray, function or quantity
        The input while it is on.
    start, stop : float
        In ms; whole steps.
    """
    first = one_number(start, "ms", "the start of a window", error=InputError)
    last = one_number(stop, "ms", "the stop of a window", error=InputError)
    if not last > first:
        raise InputError(f"window(start={start}, stop={stop}): stop must come after start")
    return Window(value, start, stop)


@dataclass(frozen=True, eq=False)
class Impulses:
    """Values added to an input in single steps, so that they act at exactly `times`.

    Parameters
    ----------
    times : array
        In ms; whole steps, after zero.
    neurons : array of int
        Whom each one reaches.
    value : float
        What is added.
    """

    times: ArrayLike
    neurons: ArrayLike
    value: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", own_copy(self.times))
        object.__setattr__(self, "neurons", own_copy(self.neurons))
        one_number(self.value, "", "the value of Impulses", error=InputError)


@dataclass(frozen=True)
class Stimulus:
    """One input of one end, ready to be cut into drives."""

    what: str
    places: NDArray[np.int64]
    rows: Callable[[NDArray[np.int64]], tuple[NDArray[np.float64], NDArray[np.int64], bool]]

    def drive(self, first: int, steps: int) -> Drive:
        """The drive for some steps."""
        values, rows, wide = self.rows(np.arange(first, first + steps))
        if not np.all(np.isfinite(values)):
            raise InputError(f"{self.what} is not finite")
        return Drive(self.places, values, rows, wide)


def stimuli(
    inputs: Mapping[Any, object], members: Sequence[Neuron], program: Program, dt: float, first: int, last: int
) -> list[Stimulus]:
    """Read what a user gives as ``inputs=`` for the steps from `first` to `last`.

    Raises
    ------
    InputError
        A group that is not in the network, an input that it does not have, or values that do not fit.
    """
    if not isinstance(inputs, Mapping):
        raise InputError(f"inputs={inputs!r}: give a dictionary, {{group: value}}")
    found = []
    for key, value in inputs.items():
        end, name = _target(key)
        if end.group not in members:
            raise InputError(f"{end.label()} is driven but not in the network: add it to Network(...)")
        places = input_places(program, end, name)
        what = f"the input {name} of {end.label()}"
        unit = end.group.definition.declarations[name].unit
        rows = _rows(
            magnitude(value, unit, what) if not isinstance(value, (Window, TimedArray)) else value,
            unit,
            what,
            end.size,
            dt,
            end.shape if isinstance(end, Neuron) else (),
        )
        stimulus = Stimulus(what, places, rows)
        if last > first:
            rows(np.array([first, last - 1]))  # say now, not in the middle of the run, what does not fit
        found.append(stimulus)
    return found


def input_places(program: Program, end: End, name: str) -> NDArray[np.int64]:
    """The places of an end's input in the flat inputs array."""
    for block in program.blocks:
        for group in block.groups:
            if group.name == end.group.name:
                return program.parts[f"{block.name}_{name}_input"].first + group.first - block.first + end.ids
    raise InputError(f"{end.label()} is driven but not in the network: add it to Network(...)")


def _target(key: object) -> tuple[End, str]:
    end, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    if not isinstance(end, (Neuron, Slice)):
        raise InputError(
            f"inputs={{...}}: {end!r} is no group or slice; write {{group: value}} or {{(group, 'I'): value}}"
        )
    names = end.group.definition.names("input")
    if name is None and len(names) == 1:
        return end, names[0]
    if name not in names:
        raise InputError(
            f"inputs of {end.label()}: name one, {{(group, '...'): value}}; {suggestion(str(name), names)}"
        )
    return end, str(name)


def _rows(value: Any, unit: str, what: str, size: int, dt: float, shape: tuple[int, ...] = ()) -> Any:
    if isinstance(value, Window):
        return _windowed(value, unit, what, size, dt, shape)
    if isinstance(value, TimedArray):
        return _timed(value, unit, what, size, dt)
    if callable(value):
        return lambda steps: _called(value, step_times(steps, dt), unit, what, size)
    return _constant(magnitude(value, unit, what), what, size, shape)


def _constant(value: Any, what: str, size: int, shape: tuple[int, ...]) -> Any:
    array = _floats(value, what)
    if array.shape not in ((), (1,), (size,), shape):
        raise InputError(f"{what} has shape {array.shape}, but there are {size} neurons: give one number or {size}")
    array = array.reshape(-1)
    return lambda steps: (array, np.zeros(steps.size, np.int64), array.size > 1)


def _timed(value: TimedArray, unit: str, what: str, size: int, dt: float) -> Any:
    array = _floats(magnitude(value.values, unit, what), what)
    ratio = int(whole_steps(value.dt, dt, f"the dt of {what}", least=1))
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] != size):
        raise InputError(f"{what}: a TimedArray of shape {array.shape} does not fit: (time,) or (time, {size})")
    width = 1 if array.ndim == 1 else size
    flat = np.ascontiguousarray(array).reshape(-1)

    def rows(steps: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], bool]:
        row = steps // ratio
        if row.size and row.max() >= array.shape[0]:
            end = array.shape[0] * ratio * dt
            raise InputError(
                f"{what} ends at {end:g} ms, before the run does: make the TimedArray longer or use window()"
            )
        return flat, row * width, width > 1

    return rows


def _called(function: Any, times: NDArray[np.float64], unit: str, what: str, size: int) -> Any:
    with told(function, what):
        given = [function(float(t)) for t in times]
    values = [_floats(magnitude(each, unit, what), what).reshape(-1) for each in given]
    widths = {value.size for value in values}
    if widths - {1, size} or len(widths) > 1:
        raise InputError(
            f"{what}: the function of t gives {sorted(widths)} values; give one or {size}, the same at all times"
        )
    width = widths.pop() if widths else 1
    return np.concatenate(values) if values else np.zeros(0), np.arange(times.size) * width, width > 1


def _windowed(value: Window, unit: str, what: str, size: int, dt: float, shape: tuple[int, ...]) -> Any:
    start, stop = (int(whole_steps(time, dt, f"the window of {what}")) for time in (value.start, value.stop))
    inner = _rows(value.value, unit, what, size, dt, shape)

    def rows(steps: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], bool]:
        on = (steps >= start) & (steps < stop)
        values, found, wide = inner(steps[on])
        whole = np.full(steps.size, -1, np.int64)
        whole[on] = found
        return values, whole, wide

    return rows


def _floats(value: Any, what: str) -> NDArray[np.float64]:
    return check_numbers(value, what, finite=True, error=InputError)


def _reached(impulses: Impulses, group: Neuron, times: int) -> NDArray[np.int64]:
    given = np.atleast_1d(np.asarray(impulses.neurons))
    if given.size and given.dtype.kind not in "iuf":
        raise InputError(f"{group.label()} is given spikes of neurons {impulses.neurons!r}: numbers are whole")
    neurons = given.astype(np.int64)
    if np.any(neurons != given):
        raise InputError(f"{group.label()} is given a spike of neuron {given[neurons != given][0]}: numbers are whole")
    outside = neurons[(neurons < 0) | (neurons >= group.size)]
    if outside.size:
        raise InputError(f"{group.label()} is given a spike of neuron {outside[0]}: it has {group.size}, from 0")
    if neurons.size != times:
        raise InputError(f"{group.label()} is given {times} times for {neurons.size} neurons: give one neuron for each")
    return neurons


def impulse_arrays(
    groups: Sequence[Neuron], program: Program, dt: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All impulses that groups bring along: steps, places and values, sorted by step."""
    steps, places, values = [], [], []
    for group in groups:
        for name, impulses in group.own_inputs().items():
            what = f"a time of {group.label()}"
            steps.append(np.atleast_1d(whole_steps(impulses.times, dt, what, least=1)) - 1)
            places.append(input_places(program, group, name)[_reached(impulses, group, steps[-1].size)])
            values.append(np.full(steps[-1].size, impulses.value))
    if not steps:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    step, place, value = np.concatenate(steps), np.concatenate(places), np.concatenate(values)
    order = np.lexsort((place, step))
    twice = (np.diff(step[order]) == 0) & (np.diff(place[order]) == 0)
    if np.any(twice):
        time = (step[order][:-1][twice][0] + 1) * dt
        raise InputError(f"two spikes of one neuron at {time:g} ms: a neuron fires once in a step, remove one of them")
    return step[order], place[order], value[order]
