"""Values that follow from all neurons of a group, computed from what was recorded of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.neuron import Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.program.job import Records
from brainkernel.recording.series import Ints, Sampled


class GroupFunction:
    """A function of a whole group at some grid points, one after another.

    Parameters
    ----------
    group : Neuron
        The group.
    function : StepFunction
        One that computes means and sums over the group itself.
    arguments : sequence of functions
        What it is called with: numbers, (neurons,), or (steps, neurons), of all neurons.
    """

    def __init__(
        self,
        group: Neuron,
        function: StepFunction,
        arguments: Sequence[Callable[..., Any]],
    ) -> None:
        self._size = group._size
        self._function = function.source.call
        self._arguments = arguments

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[np.float64]:
        """Its values (steps, neurons)."""
        arguments = [argument(steps, first, records) for argument in self._arguments]
        table = np.empty((steps.size, self._size))
        with np.errstate(all="ignore"):  # as in the run itself
            for row in range(steps.size):
                table[row] = self._function(*(_row(value, row) for value in arguments))
        return table


def _row(value: Any, row: int) -> Any:
    """What a function is called with at one grid point."""
    if np.ndim(value) < 2:
        return value
    # what is the same at all times has one row
    at_point = value[row] if value.shape[0] > 1 else value[0]
    return np.ascontiguousarray(at_point) if at_point.size > 1 else at_point[0]


class OneForGroup:
    """A state of which a group has one: what was sampled of its first neuron."""

    ids = None

    def __init__(self, sampled: Sampled) -> None:
        self._sampled = sampled

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[np.float64]:
        """Its values (steps,)."""
        values: NDArray[np.float64] = self._sampled.values(steps, first, records)[:, 0]
        return values
