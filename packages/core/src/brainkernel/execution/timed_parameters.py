"""Parameters that follow time, set anew in each step as inputs are, and held to their bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.errors import ValueShapeError
from brainkernel.execution.input_rows import Clock, InputRows, Reached, Rows, input_rows
from brainkernel.execution.inputs import Stimulus, input_address
from brainkernel.model.bounds import COMPARED, Bounds
from brainkernel.model.neuron import Neuron
from brainkernel.program.program import Program

Values = Callable[[Neuron], Mapping[str, Any]]


def timed_parameters(
    members: Sequence[Neuron],
    program: Program,
    dt: float,
    first: int,
    last: int,
    values_of: Values,
) -> list[Stimulus]:
    """Make what sets parameters that follow time, for the run from step `first` to `last`.

    Parameters
    ----------
    members : sequence of Neuron
        The groups.
    program : Program
        Where the parameters lie.
    dt : float
        The step in ms.
    first, last : int
        The steps of the run.
    values_of : function
        The present values of a group, to which bounds refer.

    Raises
    ------
    InputError
        For values that do not fit, or end before the run.
    ValueShapeError
        For values outside their bounds.
    """
    clock, stimuli = Clock(dt, first), []
    for group in members:
        for name in group.definition.names("timed"):
            unit = group.definition.declarations[name].unit
            what = f"the parameter {name} of {group._label()}"
            reached = Reached(what, unit, group._size, group.shape)
            given = input_rows(group._given_or_default(name), reached, clock)
            rows = BoundedRows(given, list(_limits(group, name, values_of(group))), what, dt)
            if last > first:
                rows.check(first, last)
            stimuli.append(Stimulus(what, input_address(program, group, name), rows))
    return stimuli


Limit = tuple[str, str, Any]


def _limits(group: Neuron, name: str, values: Mapping[str, Any]) -> Iterator[Limit]:
    """What a parameter must keep to: by word, the name and value of each limit.

    Where both ends of a bound follow time, nothing holds one to the other.
    """
    opposite = {"above": "below", "at_least": "at_most", "below": "above", "at_most": "at_least"}
    declarations, timed = group.definition.declarations, group.definition.names("timed")
    for word, limit in declarations[name].bounds:
        if not isinstance(limit, str):
            yield word, "", limit
        elif limit not in timed:
            yield word, limit, values[limit]
    for other in group.definition.names("parameter", "state"):
        bounds: Bounds = declarations[other].bounds
        for word, limit in bounds:
            if limit == name and declarations[other].kind == "parameter":
                yield opposite[word], other, values[other]


class BoundedRows:
    """The rows of a stimulus, held to the bounds of what they set."""

    def __init__(self, rows: InputRows, limits: list[Limit], what: str, dt: float) -> None:
        self.span, self.steady = rows.span, rows.steady
        self._rows, self._limits, self._what, self._dt = rows, limits, what, dt

    def check(self, first: int, last: int) -> None:
        """Refuse now what does not fit."""
        self._rows.check(first, last)

    def rows(self, first: int, last: int) -> Rows:
        """The rows of some steps.

        Raises
        ------
        ValueShapeError
            With the bound, the value, and when it holds.
        """
        rows = self._rows.rows(first, last)
        if self._limits and rows.rows.size:
            self._check_rows(rows, first)
        return rows

    def _check_rows(self, rows: Rows, first: int) -> None:
        values = np.ravel(rows.values)
        for word, limit_name, limit in self._limits:
            compare, spoken, _ = COMPARED[word]
            limits = np.ravel(limit)
            width = limits.size if rows.wide else 1
            wrong = np.argwhere(~compare(values.reshape(-1, width), limits))
            if wrong.size:
                row, column = wrong[0].tolist()
                place = row * width + (column if width > 1 else 0)
                time = self._time_of(rows, place, first)
                bound = limit_name or f"{limit:g}"
                raise ValueShapeError(
                    f"{self._what} must be {spoken} {bound} at all times, but at {time:g} ms it is "
                    f"{values[place]:g}"
                )

    def _time_of(self, rows: Rows, place: int, first: int) -> float:
        """When a value holds for the first time."""
        begins = rows.rows
        earlier = np.where((begins >= 0) & (begins <= place), begins, -1)
        step = first + int(np.argmax(earlier))
        return float(step_times(np.array([step]), self._dt)[0])
