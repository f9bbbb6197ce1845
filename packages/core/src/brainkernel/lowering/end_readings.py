"""What synapses read of third ends: which values are copied, to where, and when.

A value that a synapse reads of a third end is kept as a state of the projection, and copied anew
before whatever names it. So functions find it where they find their own, on all machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ModelError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.fill_tables import Tables, part
from brainkernel.lowering.neuron_blocks import IncomingState, add_part
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import base_names, own_quantities
from brainkernel.model.end_values import split_name
from brainkernel.model.slots import BEFORE_DELIVER, BEFORE_INPUTS, BEFORE_RECORD
from brainkernel.model.third_ends import ThirdEnd
from brainkernel.program.program import (
    LAST_TURN,
    ArraySlice,
    EndReading,
    Group,
    Moment,
    NeuronBlock,
    Program,
    Projection,
    SynapseBlock,
)

Placed = Mapping[str | None, tuple[NeuronBlock, Group]]
Channels = Mapping[str, Sequence[IncomingState]]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Copy:
    """What is copied for one projection: from elements of one array to places in another.

    Attributes
    ----------
    value : str
        As the functions of the synapse name it.
    to, source : str
        The arrays of the program.
    in_target : bool
        Whether it is kept with the target's own equations.
    """

    synapse_block: SynapseBlock
    entry: Projection
    connectivity: Connectivity
    third: ThirdEnd
    value: str
    to: str
    source: str
    in_target: bool

    @property
    def size(self) -> int:
        """How many values there are."""
        projection, per = self.connectivity.projection, self.third.per
        if per is None:
            return projection.post._size if self.in_target else 1
        sizes = {"pre": projection.pre._size, "post": projection.post._size}
        return sizes.get(per, self.connectivity.size)

    def places(self, placed: Placed, tables: Tables) -> Indices:
        """Where each value is copied to."""
        projection = self.connectivity.projection
        if self.in_target:
            block, entry = placed[projection.post._group.name]
            return entry.first - block.first + projection.post.ids
        if self.third.per == "pre":
            return self.entry.pre_first + projection.pre.ids
        if self.third.per == "synapse":
            return tables.orders[self.entry.name].places()
        return np.array([self.entry.head])

    def elements(self, placed: Placed) -> Indices:
        """Where each value is copied from."""
        block, entry = placed[self.third.neurons._group.name]
        if self.source in {f"{block.name}_{name}" for name in block.scalars}:
            return np.full(self.size, entry.number - block.groups[0].number)
        elements = self.connectivity.elements[self.third.name]
        return np.broadcast_to(entry.first - block.first + elements, (self.size,))


def lay_out_readings(
    synapse_blocks: Sequence[tuple[SynapseBlock, Sequence[Connectivity]]],
    placed: Placed,
    channels: Channels,
    parts: dict[str, ArraySlice],
) -> tuple[EndReading, ...]:
    """Find what is read of third ends, and lay out the numbers of its elements."""
    readings: list[EndReading] = []
    for (value, to, source), copies in _together(synapse_blocks, placed, channels, parts).items():
        first = copies[0]
        definition = first.synapse_block.definition
        taken = [reading.name for reading in readings]
        name, number = to, 2
        while name in taken:
            name, number = f"{to}_{number}", number + 1
        moments = _moments(definition, value, first.in_target)
        reading = EndReading(name, definition.name, value, to, source, moments)
        size = sum(copy.size for copy in copies)
        add_part(parts, reading.places, "table", size)
        add_part(parts, reading.elements, "table", size)
        readings.append(reading)
    return tuple(readings)


def fill_readings(
    program: Program,
    connectivities: Mapping[str, Sequence[Connectivity]],
    channels: Channels,
    tables: Tables,
) -> None:
    """Number the elements that are read of third ends, and where they are copied to."""
    if not program.end_readings:
        return
    placed: dict[str | None, tuple[NeuronBlock, Group]] = {}
    for block in program.blocks:
        placed.update({entry.name: (block, entry) for entry in block.groups})
    synapse_blocks = [(block, connectivities[block.name]) for block in program.synapse_blocks]
    together = _together(synapse_blocks, placed, channels, program.parts)
    for reading, copies in zip(program.end_readings, together.values(), strict=True):
        places = [copy.places(placed, tables) for copy in copies]
        elements = [copy.elements(placed) for copy in copies]
        part(program, tables.stores, reading.places)[:] = np.concatenate(places)
        part(program, tables.stores, reading.elements)[:] = np.concatenate(elements)


def _together(
    synapse_blocks: Iterable[tuple[SynapseBlock, Sequence[Connectivity]]],
    placed: Placed,
    channels: Channels,
    parts: Mapping[str, ArraySlice],
) -> dict[tuple[str, str, str], list[Copy]]:
    """Collect what is copied from one array to another, of all projections."""
    together: dict[tuple[str, str, str], list[Copy]] = {}
    for synapse_block, connectivities in synapse_blocks:
        for entry, connectivity in zip(synapse_block.projections, connectivities, strict=True):
            for copy in _copies(synapse_block, entry, connectivity, placed, channels, parts):
                together.setdefault((copy.value, copy.to, copy.source), []).append(copy)
    return together


def _copies(
    synapse_block: SynapseBlock,
    entry: Projection,
    connectivity: Connectivity,
    placed: Placed,
    channels: Channels,
    parts: Mapping[str, ArraySlice],
) -> Iterator[Copy]:
    definition, projection = synapse_block.definition, connectivity.projection
    incoming = channels[str(projection.post._group.name)]
    labels = [state.label for state in incoming if state.connectivity is connectivity]
    for name in definition.end_states:
        declaration = definition.declarations[name]
        third = projection._third_ends[declaration.source]
        source = _source(projection._label(), name, third, placed)
        with_target = name in definition.analysis.target_states
        kept = [(f"{synapse_block.post_block}_{label}_{name}", True) for label in labels]
        kept = kept if with_target else []
        if declaration.per != "post":
            kept.append((f"{synapse_block.name}_{name}", False))
        for to, in_target in kept:
            if to in parts:
                yield Copy(synapse_block, entry, connectivity, third, name, to, source, in_target)


def _source(label: str, name: str, third: ThirdEnd, placed: Placed) -> str:
    """The array that a value is read from."""
    block, _ = placed[third.neurons._group.name]
    stem = name.removesuffix(f"_{third.name}")
    if stem not in (*block.states, *block.scalars, *block.arrays):
        raise ModelError(
            f"{label} names {name}, but {stem} of {third.neurons._label()} follows time, which no "
            f"synapse can read: keep a state that a step function sets to {stem}"
        )
    return f"{block.name}_{stem}"


def _moments(definition: ModelDefinition, value: str, in_target: bool) -> tuple[Moment, ...]:
    """The places in a step before which a value is read: those of the functions that name it."""
    analysis, quantities = definition.analysis, own_quantities(definition.derived)
    shared = definition.declarations[value].per is None
    moments: dict[Moment, None] = {}
    for function in definition.functions:
        elsewhere = shared and analysis.is_fused(function) != in_target
        if elsewhere or value not in base_names(function.arguments, quantities):
            continue
        place = function.place
        if function.kind in ("on_pre", "on_post"):
            moments[BEFORE_DELIVER, LAST_TURN] = None
        elif place is None or place.in_update:
            moments[BEFORE_INPUTS, LAST_TURN] = None
        else:
            moments[place, function.turn] = None
        if function.kind == "adds_to":
            # monitors compute what it adds from states of one time
            moments[BEFORE_RECORD, LAST_TURN] = None
    own = [f for f in definition.derived if not split_name(f.name, definition.names("end"))[1]]
    if not in_target and any(value in base_names(f.arguments, quantities) for f in own):
        moments[BEFORE_RECORD, LAST_TURN] = None
    return tuple(moments)
