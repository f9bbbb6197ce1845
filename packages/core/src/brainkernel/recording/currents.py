"""Inputs over time.

What stimuli give and what neurons and synapses add, found from the states that are sampled.

An input is a sum within a step, which no backend keeps. What neurons and synapses add follows from
states and parameters alone, so it is computed from their samples with the model's own functions;
what stimuli gave is known from the job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times
from brainkernel.codegen.runtime_numpy import count_by_inversion
from brainkernel.errors import MonitorError
from brainkernel.execution.inputs import input_address
from brainkernel.lowering.addresses import state_address
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.histories import names_behind
from brainkernel.lowering.stored_values import AT_ONCE, now
from brainkernel.model.analysis import own_currents
from brainkernel.model.derived_quantities import (
    Quantities,
    composed,
    of_single_neurons,
    own_quantities,
    quantities_of,
)
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address, as_slice
from brainkernel.program.job import ImpulseDrive, InputDrive, Records
from brainkernel.random import shared_uniform
from brainkernel.recording.group_values import GroupFunction
from brainkernel.recording.series import Compiled, Ints, Sample, Sampled, is_narrow

Floats = NDArray[np.float64]
Argument = Callable[[Ints, int, Records], Any]


class InputSum:
    """An input of a group.

    What stimuli gave in the step that ended, and what the neurons and synapses add with the values
    at its end.

    The sum begins with the stimuli, in the order in which they are given, then impulses, then the
    group's own currents by name, then the projections by name.

    Parameters
    ----------
    ids : array
        The neurons.
    sample : function
        Has states sampled.
    """

    def __init__(
        self,
        network: Compiled,
        group: Neuron,
        name: str,
        ids: Ints,
        sample: Sample,
    ) -> None:
        self.ids = ids
        neurons, self._column = np.unique(ids, return_inverse=True)
        self._address = input_address(network.build.program, group, name)
        self._first, self._last = self._address.elements()[[0, -1]].tolist()
        self._column_of = np.full(group._size, -1)
        self._column_of[neurons] = np.arange(neurons.size)
        self._neurons = neurons.size
        self._drives = [
            DriveSum(network, group, function, neurons)
            for function in group.definition.of_kind("drive")
            if function.targets[0] == name
        ]
        self._currents = [
            Current(network, group, function, neurons, sample)
            for function in own_currents(group.definition.functions)
            if function.targets[0] == name
        ]
        for connectivity in network.build.connectivities.values():
            projection = connectivity.projection
            if projection.post._group is not group:
                continue
            for function in projection.definition.of_kind("adds_to"):
                if function.targets[0] == name:
                    self._currents.append(Current(network, projection, function, neurons, sample))

    def values(self, steps: Ints, first: int, records: Records) -> Floats:
        """The input at some grid points (steps, neurons)."""
        assert records.job is not None, "records of a run come with its job"
        total = np.zeros((steps.size, self._neurons))
        for drive in records.job.drives:
            self._add_drive(total, drive, steps - 1 - first)
        for impulses in records.job.impulses:
            self._add_impulses(total, impulses, steps)
        for of_spikes in self._drives:
            total = of_spikes.added_to(total, steps, first, records)
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
        recorded = column >= 0
        return inside[recorded], column[recorded]

    def _add_drive(self, total: Floats, drive: InputDrive, numbers: Ints) -> None:
        matching, column = self._of_these_neurons(drive.address)
        rows = drive.rows[numbers]
        on = np.flatnonzero(rows >= 0)
        within = matching if drive.wide else np.zeros(matching.size, np.int64)
        positions = rows[on][:, None] + within
        total[np.ix_(on, column)] += np.ravel(drive.values)[positions]

    def _add_impulses(self, total: Floats, impulses: ImpulseDrive, steps: Ints) -> None:
        matching, column = self._of_these_neurons(impulses.address)
        ends = impulses.steps[matching] + 1
        row = np.searchsorted(steps, ends)
        recorded = np.flatnonzero(np.isin(ends, steps))
        values = impulses.values[matching[recorded]]
        np.add.at(total, (row[recorded], column[recorded]), values)


class DriveSum:
    """What a Poisson drive adds to an input of a group, drawn again as it was in the run.

    Parameters
    ----------
    function : StepFunction
        What adds the spikes; it names the input, the random number and the weight.
    neurons : array
        The neurons of the group, each once.
    """

    def __init__(
        self,
        network: Compiled,
        group: Neuron,
        function: StepFunction,
        neurons: Ints,
    ) -> None:
        self._network, self._group, self._neurons = network, group, neurons
        self._function = function.source.call
        _, self._spikes, self._weight = function.arguments
        self._mean = group.definition.declarations[self._spikes].mean
        self._timed: InputSum | None = None
        if group.definition.declarations[self._mean].kind == "timed":
            self._timed = InputSum(network, group, self._mean, neurons, _nothing)

    def added_to(self, total: Floats, steps: Ints, first: int, records: Records) -> Floats:
        """The input at some grid points (steps, neurons), with what the spikes added."""
        build = self._network.build
        values = build.values_of(self._group)
        mean = np.broadcast_to(values[self._mean], self._group._size)[self._neurons]
        if self._timed is not None:
            mean = self._timed.values(steps, first, records)
        weight = np.broadcast_to(values[self._weight], self._group._size)[self._neurons]
        # those of the build, since a run of a batch may have a seed of its own
        block, entry = build.group_of(self._group)
        draw = next(draw for draw in block.draws if draw.name == self._spikes)
        keys = build.program.cut(build.keys, f"{block.name}_{draw.key}")
        words = keys.reshape(-1, 2)[entry.number - block.groups[0].number]
        elements = self._neurons.astype(np.uint32)
        # the number of a step is that of its beginning
        begins = (steps - 1).astype(np.uint32)[:, None]
        spikes = count_by_inversion(mean, shared_uniform(words[0], words[1], elements, begins))  # type: ignore[no-untyped-call]
        with_spikes: Floats = self._function(total, spikes, weight)
        return with_spikes


def _nothing(address: Address, ids: Ints) -> Sampled:
    raise AssertionError("what follows time is no state")


def whole_function(group: Neuron, name: str) -> StepFunction:
    """Give the function of whole arrays that computes a derived quantity of a group."""
    derived = group.definition.derived
    function = next(f for f in derived if f.targets[0] == name)
    return composed(function, own_quantities(derived))


def quantities_for(member: Member) -> Quantities:
    """The derived quantities that the functions of a group or projection may name.

    Without those that follow a mean over a group.
    """
    if not isinstance(member, Synapse):
        return own_quantities(of_single_neurons(member.definition.derived))
    ends = member.pre._group.definition, member.post._group.definition
    return quantities_of(member.definition, *ends)


class Current:
    """What one function adds to an input: of a group its own, or of the targets of a projection.

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
        member: Member,
        function: StepFunction,
        ids: Ints,
        sample: Sample,
    ) -> None:
        self.ids = ids
        self._dt = network.dt
        neurons, self._expand = np.unique(ids, return_inverse=True)
        self._neurons = neurons.size
        self._summed = False
        elements = {"post": neurons}
        if isinstance(member, Synapse):
            elements = {"post": np.intersect1d(member.post.ids, neurons)}
            self._summed = not member.definition.analysis.is_fused(function)
        if self._summed:
            connectivity = network.build.connectivities[str(member.name)]
            check_present(connectivity, function)
            synapses = np.flatnonzero(np.isin(connectivity.post, elements["post"]))
            elements = {
                "synapse": synapses,
                "pre": connectivity.pre[synapses],
                "post": connectivity.post[synapses].astype(np.int64),
            }
        function = composed(function, quantities_for(member))
        self._function = function.source.call
        self._column = np.searchsorted(neurons, elements["post"])
        self._arguments: list[Argument] = []
        if self._column.size:
            find = Arguments(network, member, function, elements, sample)
            self._arguments += [find.argument(name) for name in function.arguments]

    def values(self, steps: Ints, first: int, records: Records) -> Floats:
        """The sums at some grid points (steps, neurons)."""
        total = np.zeros((steps.size, self._neurons))
        elements = self._column.size
        if elements:
            # a few times at a time: each takes a value for every synapse
            rows_at_once = max(1, AT_ONCE // elements)
            for row in range(0, steps.size, rows_at_once):
                stretch = slice(row, row + rows_at_once)
                self._add(total[stretch], steps[stretch], first, records)
        return total[:, self._expand]

    def _add(self, total: Floats, steps: Ints, first: int, records: Records) -> None:
        arguments = [argument(steps, first, records) for argument in self._arguments]
        # as in the run itself, where states that are not finite are found
        with np.errstate(all="ignore"):
            added = self._function(*arguments)
        added = np.broadcast_to(added, (steps.size, self._column.size))
        if not self._summed:
            total[:, self._column] = added
            return
        for sums, terms in zip(total, added, strict=True):
            np.add.at(sums, self._column, terms)


def check_present(connectivity: Connectivity, function: StepFunction) -> None:
    """Refuse to compute what follows the past of sources from samples of the present.

    Raises
    ------
    MonitorError
        With the projection and the function.
    """
    if names_behind(connectivity):
        name = connectivity.projection._label()
        raise MonitorError(
            f"{name}.{function.name} follows its sources as they were a delay ago, and what is "
            "added to an input is computed from states that are recorded at the same time: record "
            "the states"
        )


class Arguments:
    """Finds what a function is called with, for each of its elements.

    Neurons, targets or synapses.
    """

    def __init__(
        self,
        network: Compiled,
        member: Member,
        function: StepFunction,
        elements: dict[str, Ints],
        sample: Sample,
    ) -> None:
        self.network = network
        self.build = network.build
        self.member = member
        self.function = function
        self.elements = elements
        self.sample = sample

    def argument(self, name: str) -> Argument:
        """The values of one name at some grid points.

        A number, (elements,), or (steps, elements).
        """
        if name == "t":
            return lambda steps, first, records: step_times(steps, self.network.dt)[:, None]
        if name == "dt":
            return lambda steps, first, records: self.network.dt
        member = self.member
        declarations = member.definition.declarations
        if not isinstance(member, Synapse):
            return self._value(member, name, "post")
        if name in declarations:
            return self._value(member, name, declarations[name].per)
        stem, level = end_of(name)
        end = member.pre if level == "pre" else member.post
        return self._value(end._group, stem, level)

    def _value(self, member: Member, name: str, level: str | None) -> Argument:
        kind = member.definition.declarations[name].kind
        elements = self.elements[level] if level is not None else None
        if kind == "parameter":
            return ParameterValues(self.network, member, name, elements)
        if kind == "state" and elements is None:
            # what is read of one neuron of a third end
            return self._state(state_address(self.build, member, name))
        if kind == "state":
            assert elements is not None
            return self._state(self._address(member, name, level).of(elements))
        if kind == "timed":
            # set as an input is, and nothing else adds to it
            assert elements is not None
            assert isinstance(member, Neuron)
            return InputSum(self.network, member, name, elements, self.sample).values
        if kind == "derived" and isinstance(member, Neuron):
            assert elements is not None
            return self._of_group(member, name, elements)
        raise MonitorError(
            f"{self.member._label()}.{self.function.name} names {name} of {member._label()}, a "
            f"{kind}, which exists "
            "only within a step, so what it adds cannot be recorded: record the states that it "
            "acts on"
        )

    def _of_group(self, group: Neuron, name: str, elements: Ints) -> Argument:
        """What follows a mean over a group, for each element."""
        function = whole_function(group, name)
        everyone = {"post": np.arange(group._size)}
        find = Arguments(self.network, group, function, everyone, self.sample)
        arguments = [find.argument(argument) for argument in function.arguments]
        values = GroupFunction(group, function, arguments).values
        return lambda steps, first, records: values(steps, first, records)[:, elements]

    def _address(self, member: Member, name: str, level: str | None) -> Address:
        """Where a state lies, by neuron of the whole group, or by synapse in the stored order."""
        address = state_address(self.build, member, name)
        if not isinstance(member, Synapse):
            return address
        if level == "synapse":
            stored = self.build.connectivities[str(member.name)].stored(address.elements())
            return replace(address, index=stored)
        end = member.pre if level == "pre" else member.post
        whole = np.zeros(end._group._size, np.int64)
        whole[end.ids] = address.elements()
        return replace(address, index=whole)

    def _state(self, address: Address) -> Argument:
        distinct, column = np.unique(address.elements(), return_inverse=True)
        sampled = self.sample(replace(address, index=as_slice(distinct)), distinct)
        return lambda steps, first, records: sampled.values(steps, first, records)[:, column]


class ParameterValues:
    """A parameter as a function of a synapse sees it in a stretch of steps."""

    def __init__(self, network: Compiled, member: Any, name: str, elements: Ints | None) -> None:
        self.network, self.member, self.name, self.elements = network, member, name, elements
        self._stored: Any = None
        self._value: Any = 0.0

    def __call__(self, steps: Ints, first: int, records: Records) -> Any:
        """The present values, the same for all grid points."""
        stored = self.network.build.values_of(self.member)[self.name]
        if self._stored is not stored:
            self._stored = stored
            self._value = self._of_elements(now(stored))
        return self._value

    def _of_elements(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and self.elements is not None:
            value = value[self.elements]
        if is_narrow(self.network.build, self.member, self.name):
            value = np.asarray(value, np.float32)
        return np.asarray(value, np.float64) if isinstance(value, np.ndarray) else value
