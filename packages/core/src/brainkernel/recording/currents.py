"""Inputs over time.

What stimuli give and what synapses add, found from the states that are sampled.

An input is a sum within a step, which no backend keeps. What synapses add follows from states and
parameters alone, so it is computed from their samples with the model's own functions; what stimuli
gave is known from the job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times
from brainkernel.errors import MonitorError
from brainkernel.execution.inputs import input_address
from brainkernel.lowering.addresses import state_address
from brainkernel.lowering.stored_values import AT_ONCE, now
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address, as_slice
from brainkernel.program.job import ImpulseDrive, InputDrive, Records
from brainkernel.recording.series import Compiled, Ints, Sample, is_narrow

Floats = NDArray[np.float64]
Argument = Callable[[Ints, int, Records], Any]


class InputSum:
    """An input of a group.

    What stimuli gave in the step that ended, and what synapses add with the values at its end.

    The sum begins with the stimuli, in the order in which they are given, then impulses, then the
    projections by name.

    Parameters
    ----------
    ids : array
        The neurons.
    sample : function
        Has states sampled.
    """

    def __init__(
        self, network: Compiled, group: Neuron, name: str, ids: Ints, sample: Sample
    ) -> None:
        self.ids = ids
        neurons, self._column = np.unique(ids, return_inverse=True)
        self._address = input_address(network.build.program, group, name)
        self._first, self._last = self._address.elements()[[0, -1]].tolist()
        self._column_of = np.full(group.size, -1)
        self._column_of[neurons] = np.arange(neurons.size)
        self._neurons = neurons.size
        self._currents = [
            Current(network, wires.projection, function, neurons, sample)
            for wires in network.build.wired.values()
            for function in wires.projection.definition.of_kind("adds_to")
            if wires.projection.post.group is group and function.targets[0] == name
        ]

    def values(self, steps: Ints, first: int, records: Records) -> Floats:
        """The input at some grid points (steps, neurons)."""
        assert records.job is not None, "records of a run come with its job"
        total = np.zeros((steps.size, self._neurons))
        for drive in records.job.drives:
            self._add_drive(total, drive, steps - 1 - first)
        for impulses in records.job.impulses:
            self._add_impulses(total, impulses, steps)
        for current in self._currents:
            total += current.values(steps, first, records)
        return total[:, self._column]

    def _of_these_neurons(self, address: Address) -> tuple[Ints, Ints]:
        """Which elements of an address are the input of these neurons, and their columns."""
        if address.part != self._address.part:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        elements = address.elements()
        inside = np.flatnonzero((elements >= self._first) & (elements <= self._last))
        column = self._column_of[elements[inside] - self._first]
        return inside[column >= 0], column[column >= 0]

    def _add_drive(self, total: Floats, drive: InputDrive, numbers: Ints) -> None:
        matching, column = self._of_these_neurons(drive.address)
        rows = drive.rows[numbers]
        on = np.flatnonzero(rows >= 0)
        within = matching if drive.wide else np.zeros(matching.size, np.int64)
        total[np.ix_(on, column)] += np.ravel(drive.values)[rows[on][:, None] + within]

    def _add_impulses(self, total: Floats, impulses: ImpulseDrive, steps: Ints) -> None:
        matching, column = self._of_these_neurons(impulses.address)
        ends = impulses.steps[matching] + 1
        row = np.searchsorted(steps, ends)
        recorded = np.flatnonzero(np.isin(ends, steps))
        np.add.at(total, (row[recorded], column[recorded]), impulses.values[matching[recorded]])


class Current:
    """What one function of a projection adds to an input of its targets.

    A function that names values of single synapses or sources is computed for each synapse, and
    summed by source, then synapse.

    Parameters
    ----------
    function : StepFunction
        One that is marked with ``adds_to``.
    ids : array
        The neurons of the target's group whose sums are wanted; those that the projection does not
        reach have zero.
    sample : function
        Has states sampled.

    Raises
    ------
    MonitorError
        Where the function names a random draw, which is kept nowhere.
    """

    def __init__(
        self,
        network: Compiled,
        projection: Synapse,
        function: StepFunction,
        ids: Ints,
        sample: Sample,
    ) -> None:
        self.ids = ids
        self._function, self._dt = function.source.call, network.dt
        neurons, self._expand = np.unique(ids, return_inverse=True)
        self._neurons = neurons.size
        reached = np.intersect1d(projection.post.ids, neurons)
        self._summed = not projection.definition.analysis.is_fused(function)
        if self._summed:
            wires = network.build.wired[str(projection.name)]
            synapses = np.flatnonzero(np.isin(wires.post, reached))
            elements = {
                "synapse": synapses,
                "pre": wires.pre[synapses],
                "post": wires.post[synapses].astype(np.int64),
            }
        else:
            elements = {"post": reached}
        self._column = np.searchsorted(neurons, elements["post"])
        find = _Arguments(network, projection, function, elements, sample)
        self._arguments = (
            [find.argument(name) for name in function.arguments] if self._column.size else []
        )

    def values(self, steps: Ints, first: int, records: Records) -> Floats:
        """The sums at some grid points (steps, neurons)."""
        total = np.zeros((steps.size, self._neurons))
        rows_at_once = max(1, AT_ONCE // max(1, self._column.size))
        for row in range(0, steps.size if self._column.size else 0, rows_at_once):
            part = slice(row, row + rows_at_once)
            self._add(total[part], steps[part], first, records)
        return total[:, self._expand]

    def _add(self, total: Floats, steps: Ints, first: int, records: Records) -> None:
        arguments = [argument(steps, first, records) for argument in self._arguments]
        with np.errstate(
            all="ignore"
        ):  # as in the run itself, where states that are not finite are found
            added = np.broadcast_to(self._function(*arguments), (steps.size, self._column.size))
        if not self._summed:
            total[:, self._column] = added
            return
        for sums, terms in zip(total, added, strict=True):
            np.add.at(sums, self._column, terms)


class _Arguments:
    """Finds what a function of a projection is called with, for each of its elements.

    Targets or synapses.
    """

    def __init__(
        self,
        network: Compiled,
        projection: Synapse,
        function: StepFunction,
        elements: dict[str, Ints],
        sample: Sample,
    ) -> None:
        self.network, self.build = network, network.build
        self.projection, self.function, self.elements, self.sample = (
            projection,
            function,
            elements,
            sample,
        )

    def argument(self, name: str) -> Argument:
        """The values of one name at some grid points.

        A number, (elements,), or (steps, elements).
        """
        if name == "t":
            return lambda steps, first, records: step_times(steps, self.network.dt)[:, None]
        if name == "dt":
            return lambda steps, first, records: self.network.dt
        declarations = self.projection.definition.declarations
        if name in declarations:
            return self._value(self.projection, name, declarations[name].per)
        stem, end = end_of(name)
        return self._value(
            (self.projection.pre if end == "pre" else self.projection.post).group, stem, end
        )

    def _value(self, member: Member, name: str, level: str | None) -> Argument:
        kind = member.definition.declarations[name].kind
        which = self.elements[level] if level is not None else None
        if kind == "parameter":
            return _Parameter(self.network, member, name, which)
        if kind == "state":
            assert which is not None
            return self._state(self._address(member, name, level).of(which))
        raise MonitorError(
            f"{self.projection.label()}.{self.function.name} names {name} of {member.label()}, a "
            f"{kind}, which exists "
            "only within a step, so what it adds cannot be recorded: record the states that it "
            "acts on"
        )

    def _address(self, member: Member, name: str, level: str | None) -> Address:
        """Where a state lies, by neuron of the whole group, or by synapse in the stored order."""
        address = state_address(self.build, member, name)
        if not isinstance(member, Synapse):
            return address
        if level == "synapse":
            stored = self.build.wired[str(member.name)].stored(address.elements())
            return replace(address, index=stored)
        end = member.pre if level == "pre" else member.post
        whole = np.zeros(end.group.size, np.int64)
        whole[end.ids] = address.elements()
        return replace(address, index=whole)

    def _state(self, address: Address) -> Argument:
        distinct, column = np.unique(address.elements(), return_inverse=True)
        sampled = self.sample(replace(address, index=as_slice(distinct)), distinct)
        return lambda steps, first, records: sampled.values(steps, first, records)[:, column]


class _Parameter:
    """A parameter as a function of a synapse sees it in a stretch of steps."""

    def __init__(self, network: Compiled, member: Any, name: str, which: Ints | None) -> None:
        self.network, self.member, self.name, self.which = network, member, name, which
        self._known: tuple[Any, Any] = None, 0.0

    def __call__(self, steps: Ints, first: int, records: Records) -> Any:
        given = self.network.build.values_of(self.member)[self.name]
        if self._known[0] is not given:
            self._known = given, self._of_elements(now(given))
        return self._known[1]

    def _of_elements(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and self.which is not None:
            value = value[self.which]
        if is_narrow(self.network.build, self.member, self.name):
            value = np.asarray(value, np.float32)
        return np.asarray(value, np.float64) if isinstance(value, np.ndarray) else value
