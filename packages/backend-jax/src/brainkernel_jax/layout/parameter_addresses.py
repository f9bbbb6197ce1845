"""Where a member's parameters and states lie in the named arrays of a program, in the order in which users count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainkernel.errors import BackendError
from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.stored_values import now
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.simulation.network import Network

Index = int | slice | np.ndarray[Any, Any]


@dataclass(frozen=True)
class Place:
    """A part of the program, and where in it the values of one member lie."""

    part: str
    index: Index


def parameter_places(build: Build, member: Member, name: str) -> list[Place]:
    """All places of a parameter; a synapse's may lie with its target and with its projection."""
    if isinstance(member, Neuron):
        return [_of_group(build, member, name)]
    assert isinstance(member, Synapse)
    return [*_of_channel(build, member, name), *_of_edge(build, member, name)]


def _of_group(build: Build, group: Neuron, printed: str) -> Place:
    block, entry = build.group_of(group)
    if printed in block.scalars:
        return Place(f"{block.name}_{printed}", entry.number - block.groups[0].number)
    return Place(
        f"{block.name}_{printed}", slice(entry.first - block.first, entry.last - block.first)
    )


def _of_channel(build: Build, member: Synapse, name: str) -> Iterator[Place]:
    """What is kept with the target's own equations."""
    wires = build.wired[str(member.name)]
    block, entry = build.group_of(member.post.group)
    for channel in build.roster.channels[entry.name]:
        printed = channel.names().get(name)
        if (
            channel.wired is wires
            and printed is not None
            and f"{block.name}_{printed}" in build.program.parts
        ):
            place = _of_group(build, member.post.group, printed)
            whole = isinstance(place.index, int)
            yield place if whole else Place(place.part, entry.first - block.first + member.post.ids)


def _of_edge(build: Build, member: Synapse, name: str) -> Iterator[Place]:
    edge, entry = build.projection_of(member)
    fields = {
        f.name: f
        for f in (*edge.fields, *(f for loop in edge.loops for f in loop.fields))
        if not f.block
    }
    field = fields.get(name)
    if field is None:
        return
    index: Index = entry.head
    if field.level == "pre":
        index = entry.pre_first + member.pre.ids
    elif field.level == "synapse":
        index = synapse_places(build, member)
    yield Place(field.part, index)


def synapse_places(build: Build, member: Synapse) -> np.ndarray[Any, Any]:
    """Where the synapses of a projection lie in its edge, in the user's order."""
    places = build.tables.orders[str(member.name)].places()
    return np.asarray(build.wired[str(member.name)].by_user(places))


def state_place(build: Build, member: Member, name: str) -> Place:
    """Where a state lies."""
    places = build.places(member, name)
    if not places.size:
        return Place(
            next(part.name for part in build.program.parts.values() if part.store == "values"),
            slice(0, 0),
        )
    part = build.program.find("values", int(places[0]))
    own = places - part.first
    whole = np.array_equal(own, np.arange(own[0], own[0] + own.size))
    return Place(part.name, slice(int(own[0]), int(own[-1]) + 1) if whole else own)


Key = tuple[Member, str]


def parameter_fields(network: Network, wanted: Iterable[Key] | None) -> dict[Key, list[Place]]:
    """The parameters that a function of a network takes, with their places.

    Raises
    ------
    BackendError
        Where one that is asked for counts steps, or is one number of the program with that of
        another member.
    """
    members: list[Member] = [*network.groups, *network.projections]
    every = [(member, name) for member in members for name in member.definition.names("parameter")]
    places = {key: parameter_places(network.build, *key) for key in every if not _counts(*key)}
    owners: dict[tuple[str, str], list[Key]] = {}
    for key, found in places.items():
        for place in found:
            owners.setdefault((place.part, repr(place.index)), []).append(key)
    shared = {key: several for several in owners.values() if len(several) > 1 for key in several}
    if wanted is None:
        return {key: found for key, found in places.items() if found and key not in shared}
    return {key: _wanted(places, shared, *key) for key in wanted}


def _counts(member: Member, name: str) -> bool:
    """Whether a parameter is turned into a number of steps."""
    refractory = member.definition.refractory
    return refractory is not None and refractory.source == name


def _wanted(
    places: Mapping[Key, list[Place]], shared: Mapping[Key, list[Key]], member: Member, name: str
) -> list[Place]:
    key, what = (member, name), f"{member.label()}.{name}"
    if name not in member.definition.names("parameter"):
        raise BackendError(f"{what} is no parameter")
    if key not in places:
        raise BackendError(f"{what} is a number of steps in the program, and has no derivative")
    if key in shared:
        others = ", ".join(f"{other.label()}.{n}" for other, n in shared[key] if (other, n) != key)
        raise BackendError(
            f"{what} is one number of the program with {others}: give it as an array to tell them "
            "apart"
        )
    return places[key]


def parameter_value(network: Network, member: Member, name: str) -> Any:
    """A parameter's value, as users see it."""
    return (
        now(network.build.values_of(member)[name])
        if not isinstance(member, Synapse)
        else _of_synapse(member, name)
    )


def _of_synapse(member: Synapse, name: str) -> Any:
    return getattr(member, name)
