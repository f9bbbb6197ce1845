"""Where a member's parameters and states lie in a program: a block, an array of it and an index.

An index is in the order in which the user counts neurons or synapses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.compiled_network import Build
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address, Index, as_slice
from brainkernel.program.state import State


def state_address(build: Build, member: Member, name: str) -> Address:
    """Find the state of a member; consecutive elements are a slice.

    Also that of a state which the program keeps for a group besides its model's own.
    """
    if isinstance(member, Neuron):
        return _of_group(build, member, name)
    assert isinstance(member, Synapse)
    if member.definition.declarations[name].per == "post":
        return _of_target_state(build, member, name)
    synapse_block, entry = build.projection_of(member)
    if member.definition.declarations[name].per is None:
        return _of_one_state(build, member, name)
    is_pre = member.definition.declarations[name].per == "pre"
    elements = entry.pre_first + member.pre.ids if is_pre else _synapses(build, member)
    return Address(synapse_block.name, name, as_slice(elements))


def read_state(build: Build, state: State, member: Member, name: str) -> NDArray[Any]:
    """Read a member's state, as the user counts its elements; a copy."""
    address = state_address(build, member, name)
    return np.array(build.program.cut(state.values, address.part)[address.index])


def write_state(
    build: Build,
    state: State,
    member: Member,
    name: str,
    values: float | NDArray[Any],
) -> None:
    """Write a member's state, as the user counts its elements."""
    address = state_address(build, member, name)
    build.program.cut(state.values, address.part)[address.index] = values


def member_state(build: Build, part: str, element: int) -> tuple[str, str, int]:
    """Say which member, state and element of it one element of a named array is."""
    projections = [connectivity.projection for connectivity in build.members.connectivities]
    for member in (*build.members.groups, *projections):
        kept = build.group_of(member)[0].kept if isinstance(member, Neuron) else ()
        for name in (*member.definition.names("state"), *kept):
            address = state_address(build, member, name)
            if address.part == part and element in (elements := address.elements()):
                return member._label(), name, int(np.flatnonzero(elements == element)[0])
    return "the network", part, element


def parameter_addresses(build: Build, member: Member, name: str) -> list[Address]:
    """Find all copies of a parameter; a synapse's may lie with its target and its projection."""
    if isinstance(member, Neuron):
        return [_of_group(build, member, name)]
    assert isinstance(member, Synapse)
    return [*_with_target(build, member, name), *_with_projection(build, member, name)]


def _of_group(build: Build, group: Neuron, printed: str) -> Address:
    block, entry = build.group_of(group)
    if printed in block.scalars:
        return Address(block.name, printed, entry.number - block.groups[0].number)
    neurons = slice(entry.first - block.first, entry.last - block.first)
    return Address(block.name, printed, neurons)


def _of_target_state(build: Build, member: Synapse, name: str) -> Address:
    block, entry = build.group_of(member.post._group)
    connectivity = build.connectivities[str(member.name)]
    incoming = build.roster.channels[entry.name]
    label = next(state.label for state in incoming if state.connectivity is connectivity)
    neurons = entry.first - block.first + member.post.ids
    return Address(block.name, f"{label}_{name}", as_slice(neurons))


def _of_one_state(build: Build, member: Synapse, name: str) -> Address:
    """Find what is read of one neuron of a third end: with the projection, or with its targets."""
    synapse_block, entry = build.projection_of(member)
    if f"{synapse_block.name}_{name}" in build.program.parts:
        return Address(synapse_block.name, name, slice(entry.head, entry.head + 1))
    of_targets = _of_target_state(build, member, name)
    return Address(of_targets.block, of_targets.name, as_slice(of_targets.elements()[:1]))


def _with_target(build: Build, member: Synapse, name: str) -> Iterator[Address]:
    """Find what is kept with the target's own equations."""
    connectivity = build.connectivities[str(member.name)]
    block, entry = build.group_of(member.post._group)
    for incoming in build.roster.channels[entry.name]:
        printed = str(incoming.names().get(name))
        part = f"{block.name}_{printed}"
        if incoming.connectivity is not connectivity or part not in build.program.parts:
            continue
        if printed in block.scalars:
            yield Address(block.name, printed, entry.number - block.groups[0].number)
        else:
            yield Address(block.name, printed, entry.first - block.first + member.post.ids)


def _with_projection(build: Build, member: Synapse, name: str) -> Iterator[Address]:
    synapse_block, entry = build.projection_of(member)
    bindings = list(synapse_block.fields)
    for loop in synapse_block.loops:
        bindings += loop.fields
    # what lies in a block of neurons is no value of the projection
    fields = {field.name: field for field in bindings if not field.block}
    field = fields.get(name)
    if field is None:
        return
    index: Index = entry.head
    if field.level == "pre":
        index = entry.pre_first + member.pre.ids
    elif field.level == "synapse":
        index = _synapses(build, member)
    yield Address(synapse_block.name, name, index)


def _synapses(build: Build, member: Synapse) -> NDArray[np.int64]:
    """List where the synapses of a projection lie in its block, in the user's order."""
    places = build.tables.orders[str(member.name)].places()
    return np.asarray(build.connectivities[str(member.name)].by_user(places))
