"""What monitors have recorded: states sampled by a backend, spikes, parameters and inputs."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.addresses import state_address
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.lazy_states import lazy_state
from brainkernel.model.neuron import End, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address, Index, as_slice
from brainkernel.program.job import Probe, Records
from brainkernel.program.program import Group
from brainkernel.recording.currents import Current, InputSum
from brainkernel.recording.derived import DerivedValues
from brainkernel.recording.group_values import OneForGroup
from brainkernel.recording.lazy import LazyValues
from brainkernel.recording.network_protocol import RecordedNetwork
from brainkernel.recording.selection import counted_per, elements
from brainkernel.recording.series import Held, Ints, Sampled, Series, elements_of, kind_of
from brainkernel.recording.synapse_columns import (
    NO_COLUMNS,
    ColumnSeries,
    SynapseColumns,
    columns_now,
    existing,
)

LISTED, RECORDED = 1, 2  # a group's spikes: for their delivery alone, or for monitors too


class Sampling:
    """All that a network's backend is asked to record.

    Attributes
    ----------
    tracked : array
        For each group whether its spikes are listed (1) and recorded (2).
    watches : list of Probe
        The states and fired flags that are sampled.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        program = network.build.program
        self.watches: list[Probe] = []
        self.tracked = np.zeros(len(program.groups), np.int64)
        self._number: dict[tuple[Any, ...], int] = {}
        for block in program.blocks:
            for group in block.groups:
                self.tracked[group.number] = LISTED if block.threshold is not None else 0
        for _, event in program.events:
            for group in event.groups:
                self.tracked[group.number] = LISTED

    def sample(self, every: int, address: Address, ids: Ints, fired: bool = False) -> Sampled:
        """Have elements sampled under the numbers of the user, and the same ones only once."""
        key = (every, fired, address.part, *_elements_key(address.index))
        if key not in self._number:
            self._number[key] = len(self.watches)
            self.watches.append(Probe(address, every, fired))
        return Sampled(self._number[key], every, ids)

    def finish(self) -> None:
        """Forget which elements were asked for: all monitors have asked."""
        self._number.clear()


def _elements_key(index: Index) -> tuple[Any, ...]:
    """What tells elements from others: first and last of a slice, or the numbers one by one."""
    if isinstance(index, slice):
        return index.start, index.stop
    return (np.asarray(index).tobytes(),)


class MonitorProbes:
    """What one monitor may have recorded.

    Parameters
    ----------
    network : RecordedNetwork
        The network.
    sampling : Sampling
        Collects what all monitors ask for.
    every : int
        The monitor's interval in steps.
    columns : SynapseColumns, optional
        The synapses that have a column in the monitor's table already.
    anew : bool
        Whether the table is begun anew, without synapses that are gone.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        sampling: Sampling,
        every: int,
        columns: SynapseColumns | None = None,
        anew: bool = False,
    ) -> None:
        self.network, self.every, self.dt = network, every, network.dt
        self._sampling = sampling
        self._columns = columns
        self._anew = anew

    def values(
        self,
        target: End | Synapse,
        variable: str,
        selected: Any = None,
        every: int | None = None,
    ) -> Series:
        """A variable over time, at the monitor's interval or at another one, in steps."""
        if isinstance(target, Synapse) and counted_per(target, variable) == "synapse":
            connectivity = self.network.build.connectivities[str(target.name)]
            if connectivity.identities is not None:
                return self._of_synapses(target, connectivity, variable, selected, every)
        return self._values(target, variable, selected, every)

    def _of_synapses(
        self,
        target: Synapse,
        connectivity: Connectivity,
        variable: str,
        selected: Any,
        every: int | None,
    ) -> Series:
        """A variable of single synapses, of which some were added or removed."""
        known = self._columns
        if selected is None:
            numbers = columns_now(connectivity, None if self._anew else known)
        elif known is not None:
            numbers = known.numbers
        else:
            label = f"a monitor of {target._label()}.{variable}"
            numbers = connectivity.numbers[elements(selected, connectivity.size, (), label)]
        columns, places = existing(connectivity, numbers)
        series = self._values(target, variable, places, every) if places.size else None
        return ColumnSeries(series, numbers, columns)

    def _values(
        self,
        target: End | Synapse,
        variable: str,
        selected: Any,
        every: int | None,
    ) -> Series:
        build, network = self.network.build, self.network
        member = target if isinstance(target, Synapse) else target._group
        which, ids = elements_of(build, target, variable, selected)
        kind = kind_of(member.definition, variable)
        if kind == "parameter":
            return Held(network, member, variable, which, ids)
        sample = partial(self._sampling.sample, every or self.every)
        if kind == "derived":
            return DerivedValues(network, member, variable, which, ids, sample)
        if kind == "state" and which is None:
            one = np.zeros(1, np.int64)
            return OneForGroup(sample(state_address(build, member, variable).of(one), one))
        assert which is not None
        assert ids is not None
        if kind == "spike":
            assert isinstance(member, Neuron)
            block, entry = build.group_of(member)
            neurons = as_slice(entry.first - block.first + ids)
            return sample(Address(block.name, "spike", neurons), ids, fired=True)
        lazy = lazy_state(build, member, variable)
        if lazy is not None and isinstance(member, Synapse):
            return LazyValues(network, member, lazy, which, ids, sample)
        if kind == "state":
            return sample(state_address(build, member, variable).of(which), ids)
        if kind in ("input", "timed"):
            assert isinstance(member, Neuron)
            return InputSum(network, member, variable, ids, sample)
        function = next(f for f in member.definition.of_kind("adds_to") if f.name == variable)
        return Current(network, member, function, ids, sample)

    def spike_lag(self, target: End) -> Series | None:
        """By how many ms spikes are before the end of their step; None where they are at it."""
        block, entry = self.network.build.group_of(target._group)
        if not block.lag:
            return None
        neurons = as_slice(entry.first - block.first + target.ids)
        return self._sampling.sample(1, Address(block.name, block.lag, neurons), target.ids)

    def spikes(self, target: End, event: str = "") -> TargetSpikes:
        """The spikes of a group or slice, one by one, or its events of another kind."""
        listed = self.network.build.listed_group(target._group, event)
        self._sampling.tracked[listed.number] = RECORDED
        return TargetSpikes(self.network, target, listed, self._sampling.tracked)

    def spike_counts(self, target: End, event: str = "") -> GroupCounts | SliceCounts:
        """How many neurons of a group or slice fire, or have an event, in each step."""
        if target._size < target._group._size:
            return SliceCounts(self.spikes(target, event))
        return GroupCounts(self.network.build.listed_group(target._group, event).number)

    def ends(self, projection: Synapse, end: str) -> Ints:
        """The sources (``pre``) or targets (``post``) of a projection's synapses."""
        connectivity = self.network.build.connectivities[str(projection.name)]
        if connectivity.identities is not None:
            return (self._columns or NO_COLUMNS).ends(connectivity, end)
        numbers: Ints = self.network.connectivity(projection, end)
        return numbers


class TargetSpikes:
    """The spikes of a group or slice, among those of all groups whose spikes are recorded."""

    def __init__(self, network: RecordedNetwork, target: End, listed: Group, tracked: Ints) -> None:
        self._first = listed.first
        self._target, self._tracked = target, tracked
        self._neurons = network.build.program.neurons

    @cached_property
    def _wanted(self) -> NDArray[np.bool_] | None:
        """Whether each neuron of the network is one of the target's.

        None where all spikes that are recorded are: known once every monitor has asked.
        """
        alone = np.count_nonzero(self._tracked == RECORDED) == 1
        if alone and self._target._size == self._target._group._size:
            return None
        wanted = np.zeros(self._neurons, bool)
        wanted[self._first + self._target.ids] = True
        return wanted

    def events(self, records: Records) -> tuple[Ints, Ints]:
        """Grid points and neuron numbers within the group, by time, then neuron."""
        steps, neurons = records.event_steps, records.event_neurons
        if self._wanted is not None:
            kept = self._wanted[neurons]
            steps, neurons = steps[kept], neurons[kept]
        return steps, neurons.astype(np.int64) - self._first


class GroupCounts:
    """How many neurons of a whole group fire, which a backend counts anyway."""

    def __init__(self, number: int) -> None:
        self._number = number

    def counts(self, first: int, records: Records) -> NDArray[Any]:
        """For each step of a stretch."""
        return records.counts[:, self._number]


class SliceCounts:
    """How many neurons of a slice fire, counted from their spikes."""

    def __init__(self, spikes: TargetSpikes) -> None:
        self._spikes = spikes

    def counts(self, first: int, records: Records) -> NDArray[Any]:
        """For each step of a stretch."""
        steps, _ = self._spikes.events(records)
        return np.bincount(steps - first - 1, minlength=records.steps)
