"""How many bytes lie where: what the layout of a network comes to.

One function counts both the arrays that are expected and those that there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.memory.expected_network import ExpectedNetwork, expected_synapses
from brainkernel.program.program import STORES, ArraySlice, Program, SynapseBlock
from brainkernel.program.state import spike_bytes

STATES = 3  # copies: the first state, the present one, and the last good one during a run
NUMBER = 8  # bytes of a row
UNKNOWN = ("targets", "weights", "delays", "rows")
"""What cannot be told of a projection whose rule does not say how many synapses it makes."""
KINDS = {
    "values": "states",
    "arriving": "spikes in flight",
    "past": "states",
    "constants": "parameters",
    "synaptic": "weights",
    "keys": "parameters",
    "targets16": "targets",
    "targets32": "targets",
    "sources": "targets",
    "synapse_numbers": "targets",
    "steps8": "delays",
}
"""The part of a network that each store belongs to; what is read backwards lies with targets."""


@dataclass(frozen=True)
class Entry:
    """One part of what an owner takes, in bytes; None where that is not known."""

    part: str
    owner: str
    size: int | None


class Sized(Protocol):
    """A connectivity, or what is expected of one."""

    @property
    def values(self) -> dict[str, Any]:
        """Its values."""

    def kept_bytes(self) -> dict[str, int]:
        """The bytes that it takes besides the tables, by kind."""


def bytes_expected(network: ExpectedNetwork) -> Iterator[Entry]:
    """What a network is expected to take, before anything of it is drawn."""
    yield from _bytes_of(network.program, network.values, network.connectivities)
    for name, connectivity in network.connectivities.items():
        if expected_synapses(connectivity.projection) is None:
            yield from (Entry(kind, name, None) for kind in UNKNOWN)
    for synapse_block in network.program.synapse_blocks:
        if synapse_block.drawn is not None:  # where a walk begins stands behind the rows
            rows = sum(2 * table.rows for table in synapse_block.heads)
            yield Entry("rows", synapse_block.name, NUMBER * rows)


def bytes_of_build(build: Build) -> Iterator[Entry]:
    """What the arrays of a network take that has been made ready."""
    values = {str(group.name): build.values_of(group) for group in build.members.groups}
    yield from _bytes_of(build.program, values, build.connectivities)
    shared_out = sum(partition.rows.nbytes for partition in build._pieces.values())
    yield Entry("rows", "all tables", shared_out)


def _bytes_of(
    program: Program,
    values: Mapping[str, Mapping[str, Any]],
    connectivities: Mapping[str, Sized],
) -> Iterator[Entry]:
    synapse_blocks = {}
    for synapse_block in program.synapse_blocks:
        for name in _parts_of(synapse_block):
            synapse_blocks[name] = synapse_block
    for array_slice in program.parts.values():
        if array_slice.store in KINDS or array_slice.store == "table":
            owner = synapse_blocks.get(array_slice.name)
            yield from _bytes_of_part(program, array_slice, owner)
    yield from _in_flight(program)
    for name, of_group in values.items():
        yield Entry("parameters", name, _array_bytes(of_group))
    for name, connectivity in connectivities.items():
        yield Entry("weights", name, _array_bytes(connectivity.values))
        for kind, size in connectivity.kept_bytes().items():
            yield Entry(kind, name, size)
    for synapse_block in program.synapse_blocks:
        yield from _rows(synapse_block)


def _bytes_of_part(
    program: Program,
    array_slice: ArraySlice,
    synapse_block: SynapseBlock | None,
) -> Iterator[Entry]:
    store = array_slice.store
    elements = array_slice.last - array_slice.first
    itemsize = 4 if store in program.narrow else np.dtype(STORES[store]).itemsize
    size = itemsize * elements
    # the state is held more than once
    if store in STATE_STORES:
        size *= STATES
    if synapse_block is None:
        yield Entry(KINDS.get(store, "rows"), array_slice.name, size)
        return
    kind = _kind(array_slice, synapse_block)
    synapses = synapse_block.synapses
    if elements != synapses or not size:
        yield Entry(kind, synapse_block.name, size)
        return
    for entry in synapse_block.projections:
        yield Entry(kind, entry.name, size * entry.size // synapses)


STATE_STORES = ("values", "arriving", "past")


def _kind(array_slice: ArraySlice, synapse_block: SynapseBlock) -> str:
    """What an array of a block of synapses belongs to."""
    values = {binding.part for binding in own_fields(synapse_block)}
    if array_slice.name in values and array_slice.store in VALUES:
        return "weights"
    if array_slice.name == synapse_block.table_name("incoming"):
        return "targets"
    return KINDS.get(array_slice.store, "rows")


VALUES = ("values", "constants", "synaptic")


def _parts_of(synapse_block: SynapseBlock) -> Iterator[str]:
    yield from (field.part for field in own_fields(synapse_block))
    for name in ("delays", "targets", "rules", "steps", "columns", "incoming", "sources"):
        yield synapse_block.table_name(name)
    yield from (synapse_block.arriving(name) for name in synapse_block.summed)


def _in_flight(program: Program) -> Iterator[Entry]:
    """What every state keeps of spikes."""
    yield Entry("states", "who fired", STATES * program.neurons)
    yield Entry("spikes in flight", "all groups", STATES * spike_bytes(program))


def _rows(synapse_block: SynapseBlock) -> Iterator[Entry]:
    """The rows of tables, and where each projection lies in them."""
    rows = sum(table.rows * synapse_block.chunks(table) + 1 for table in synapse_block.heads)
    yield Entry("rows", synapse_block.name, NUMBER * rows)
    if synapse_block.drawn is None:
        for entry in synapse_block.projections:
            turns = len(synapse_block.heads[entry.head].delays)
            yield Entry("rows", entry.name, 2 * NUMBER * entry.pre.size * turns)


def _array_bytes(values: Mapping[str, Any]) -> int:
    # an array that several names share is counted once
    arrays = {id(value): value for value in values.values() if isinstance(value, np.ndarray)}
    return sum(array.nbytes for array in arrays.values())
