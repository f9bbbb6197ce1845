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
    yield from _bytes_of(network.program, network.values, network.wired)
    for name, wires in network.wired.items():
        if expected_synapses(wires.projection) is None:
            yield from (Entry(part, name, None) for part in UNKNOWN)
    for edge in network.program.edges:
        if edge.drawn is not None:  # where a walk begins stands behind the rows
            rows = sum(2 * head.rows for head in edge.heads)
            yield Entry("rows", edge.name, NUMBER * rows)


def bytes_of_build(build: Build) -> Iterator[Entry]:
    """What the arrays of a network take that has been made ready."""
    values = {str(group.name): build.values_of(group) for group in build.members.groups}
    yield from _bytes_of(build.program, values, build.wired)
    shared_out = sum(pieces.rows.nbytes for pieces in build._pieces.values())
    yield Entry("rows", "all tables", shared_out)


def _bytes_of(
    program: Program, values: Mapping[str, Mapping[str, Any]], wired: Mapping[str, Sized]
) -> Iterator[Entry]:
    edges = {name: edge for edge in program.edges for name in _parts_of(edge)}
    for part in program.parts.values():
        if part.store in KINDS or part.store == "table":
            yield from _bytes_of_part(program, part, edges.get(part.name))
    yield from _in_flight(program)
    for name, of_group in values.items():
        yield Entry("parameters", name, _array_bytes(of_group))
    for name, wires in wired.items():
        yield Entry("weights", name, _array_bytes(wires.values))
        for kind, size in wires.kept_bytes().items():
            yield Entry(kind, name, size)
    for edge in program.edges:
        yield from _rows(edge)


def _bytes_of_part(
    program: Program, part: ArraySlice, edge: SynapseBlock | None
) -> Iterator[Entry]:
    itemsize = 4 if part.store in program.narrow else np.dtype(STORES[part.store]).itemsize
    size = itemsize * (part.last - part.first)
    if edge is None:
        kind = KINDS.get(part.store, "rows")
        yield Entry(kind, part.name, size * (STATES if part.store in STATE_STORES else 1))
        return
    kind = _kind(part, edge)
    size *= STATES if part.store in STATE_STORES else 1
    if part.last - part.first != edge.synapses or not size:
        yield Entry(kind, edge.name, size)
        return
    for entry in edge.projections:
        yield Entry(kind, entry.name, size * entry.size // edge.synapses)


STATE_STORES = ("values", "arriving")


def _kind(part: ArraySlice, edge: SynapseBlock) -> str:
    """What an array of a block of synapses belongs to."""
    if part.name in {field.part for field in own_fields(edge)} and part.store in VALUES:
        return "weights"
    if part.name == f"{edge.name}_incoming":
        return "targets"
    return KINDS.get(part.store, "rows")


VALUES = ("values", "constants", "synaptic")


def _parts_of(edge: SynapseBlock) -> Iterator[str]:
    yield from (field.part for field in own_fields(edge))
    for name in ("delays", "targets", "rules", "steps", "columns", "incoming", "sources"):
        yield f"{edge.name}_{name}"
    yield from (f"{edge.name}_arriving_{name}" for name in edge.summed)


def _in_flight(program: Program) -> Iterator[Entry]:
    """What every state keeps of spikes."""
    yield Entry("states", "who fired", STATES * program.neurons)
    yield Entry("spikes in flight", "all groups", STATES * spike_bytes(program))


def _rows(edge: SynapseBlock) -> Iterator[Entry]:
    """The rows of tables, and where each projection lies in them."""
    rows = sum(head.rows * edge.chunks(head) + 1 for head in edge.heads)
    yield Entry("rows", edge.name, NUMBER * rows)
    if edge.drawn is None:
        for entry in edge.projections:
            turns = len(edge.heads[entry.head].delays)
            yield Entry("rows", entry.name, 2 * NUMBER * entry.pre.size * turns)


def _array_bytes(values: Mapping[str, Any]) -> int:
    arrays = {id(v): v for v in values.values() if isinstance(v, np.ndarray)}
    return sum(array.nbytes for array in arrays.values())
