"""Impulses that groups bring along, as spike generators do.

Sorted by step, and read anew when they change.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times, whole_steps
from brainkernel.errors import InputError
from brainkernel.execution.inputs import input_address
from brainkernel.model.neuron import Neuron
from brainkernel.model.stimuli import Impulses
from brainkernel.program.address import Address
from brainkernel.program.job import ImpulseDrive
from brainkernel.program.program import Program

Drives = tuple[ImpulseDrive, ...]
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
Given = list[tuple[Neuron, str, Impulses]]


class OwnInputs:
    """The impulses of a network's groups.

    Parameters
    ----------
    groups : sequence of Neuron
        They are asked again before each stretch, since impulses may be given anew between two.
    program : Program
        Names the inputs.
    dt : float
        The step in ms.
    """

    def __init__(self, groups: Sequence[Neuron], program: Program, dt: float) -> None:
        self._groups, self._program, self._dt = groups, program, dt
        self._known: tuple[Given, int, Drives] | None = None

    def drives(self, start: int) -> Drives:
        """The impulses for the run that began at step `start`; the same tuple while none changes.

        Raises
        ------
        InputError, TimeGridError
            For neurons that there are not, times off the grid, and two impulses of one neuron in
            one step.
        """
        given = _given(self._groups)
        start = start if any(impulses.since == "run" for _, _, impulses in given) else 0
        known = self._known
        if known is None or known[1] != start or not _same(known[0], given):
            self._known = known = given, start, _drives(given, self._program, self._dt, start)
        return known[2]

    def warn_of_late(self, first: int, last: int) -> None:
        """Say which impulses, counted from the start of a run, come after its end, and so never."""
        for group, _, impulses in _given(self._groups):
            if impulses.since == "run":
                late = int(np.sum(_steps(group, impulses, self._dt) > last - first))
                if late:
                    length = step_times(np.array([last - first]), self._dt)[0]
                    warnings.warn(
                        f"{late} of the {np.size(impulses.times)} spike times of {group._label()}, "
                        "which count from the "
                        f"start of each run, come after the end of this one, {length:g} ms long: "
                        "these do not happen",
                        stacklevel=5,
                    )


def check_impulses(group: Neuron, impulses: Impulses, dt: float, step: int) -> None:
    """Refuse impulses that a network cannot take at a step.

    Raises
    ------
    InputError
        For times that are over, neurons that there are not, and two impulses of one neuron in one
        step.
    TimeGridError
        For times off the grid.
    """
    steps, neurons = _steps(group, impulses, dt), _neurons(group, impulses)
    over = steps <= step
    if impulses.since == "network" and np.any(over):
        time, now = step_times(np.array([steps[over][0], step]), dt)
        raise InputError(
            f"{group._label()} is given {int(np.sum(over))} spike times that are over, as {time:g} "
            "ms: the network is "
            f"at {now:g} ms; give later ones, or since='run' for times that count from the start "
            "of each run"
        )
    _check_once(group._label(), steps, neurons, dt)


def impulse_drives(groups: Sequence[Neuron], program: Program, dt: float, start: int = 0) -> Drives:
    """All impulses that groups bring along, one drive for each input of a block that has any.

    Parameters
    ----------
    groups : sequence of Neuron
        They say what they bring.
    program : Program
        Names the inputs.
    dt : float
        The step in ms.
    start : int
        The step at which the run begins, for times that count from there.
    """
    return _drives(_given(groups), program, dt, start)


def _given(groups: Sequence[Neuron]) -> Given:
    given: Given = []
    for group in groups:
        given += [(group, name, impulses) for name, impulses in group.own_inputs().items()]
    return given


def _same(given: Given, other: Given) -> bool:
    return len(given) == len(other) and all(a[2] is b[2] for a, b in zip(given, other, strict=True))


def _drives(given: Given, program: Program, dt: float, start: int) -> Drives:
    of_inputs: dict[tuple[str, str], list[Columns]] = {}
    for group, name, impulses in given:
        steps, neurons = _steps(group, impulses, dt), _neurons(group, impulses)
        origin = start if impulses.since == "run" else 0
        _check_once(group._label(), steps, neurons, dt)
        if steps.size:
            address = input_address(program, group, name)
            elements = address.elements()[neurons]
            columns = steps + origin - 1, elements, np.full(steps.size, impulses.value)
            of_inputs.setdefault((address.block, address.name), []).append(columns)
    return tuple(_sorted(block, name, columns) for (block, name), columns in of_inputs.items())


def _sorted(block: str, name: str, columns: list[Columns]) -> ImpulseDrive:
    """Join the impulses of all groups of a block."""
    steps, elements, values = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((elements, steps))
    return ImpulseDrive(Address(block, name, elements[order]), steps[order], values[order])


def _steps(group: Neuron, impulses: Impulses, dt: float) -> NDArray[np.int64]:
    return np.atleast_1d(whole_steps(impulses.times, dt, f"a time of {group._label()}", least=1))


def _check_once(
    label: str, steps: NDArray[np.int64], neurons: NDArray[np.int64], dt: float
) -> None:
    order = np.lexsort((neurons, steps))
    twice = (np.diff(steps[order]) == 0) & (np.diff(neurons[order]) == 0)
    if np.any(twice):
        time = step_times(steps[order][:-1][twice], dt)[0]
        raise InputError(
            f"{label} is given two spikes of one neuron at {time:g} ms: a neuron fires once in a "
            "step, remove one"
        )


def _neurons(group: Neuron, impulses: Impulses) -> NDArray[np.int64]:
    times = int(np.size(impulses.times))
    given = np.atleast_1d(np.asarray(impulses.neurons))
    if given.size and given.dtype.kind not in "iuf":
        raise InputError(
            f"{group._label()} is given spikes of neurons {impulses.neurons!r}: numbers are whole"
        )
    neurons = given.astype(np.int64)
    if np.any(neurons != given):
        raise InputError(
            f"{group._label()} is given a spike of neuron {given[neurons != given][0]}: numbers "
            "are whole"
        )
    outside = neurons[(neurons < 0) | (neurons >= group._size)]
    if outside.size:
        raise InputError(
            f"{group._label()} is given a spike of neuron {outside[0]}: "
            f"it has {group._size}, from 0"
        )
    if neurons.size != times:
        raise InputError(
            f"{group._label()} is given {times} times for {neurons.size} neurons: give one neuron "
            "for each"
        )
    return neurons
