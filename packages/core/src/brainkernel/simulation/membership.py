"""Who belongs to a network.

Members are taken apart, checked and named, and taken from an older network.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from keyword import iskeyword
from typing import Any

import numpy as np

from brainkernel.errors import NetworkError
from brainkernel.model.network_protocol import Owner
from brainkernel.model.neuron import End, Member, Neuron, Slice
from brainkernel.model.poisson_drive import PoissonDrive
from brainkernel.model.stimuli import Scaled, TimedArray
from brainkernel.model.synapse import Synapse
from brainkernel.model.synapse_group import SynapseGroup
from brainkernel.recording.monitor import Monitor

PARAMETERS = ("parameter", "timed")
"""Kinds of data that stay as they are given, from network to network."""

Kept = dict[Member, tuple[dict[str, object], frozenset[str]]]


def flat(objects: Iterable[Any]) -> Iterable[Any]:
    """Take lists of members apart."""
    for item in objects:
        if isinstance(item, (list, tuple)):
            yield from flat(item)
        else:
            yield item


def named_monitors(
    members: list[Any],
    monitors: Mapping[str, Monitor],
    reserved: Iterable[str],
) -> Iterable[tuple[str, Monitor]]:
    """All monitors by name; those without one are numbered.

    A name that is taken already is refused.
    """
    reserved = set(reserved)
    numbered = (f"monitor{number}" for number in count(1))
    free = (name for name in numbered if name not in monitors and name not in reserved)
    for member in members:
        if isinstance(member, Monitor):
            yield next(free), member
    for name, monitor in monitors.items():
        if not isinstance(monitor, Monitor):
            raise NetworkError(f"{name}={monitor!r}: only monitors are given by keyword")
        if not name.isidentifier() or iskeyword(name) or name.startswith("_"):
            raise NetworkError(
                f"a monitor cannot be called {name!r}: its dataset is found as net.<name>, so give "
                "it the name of a "
                "Python variable that begins with a letter, as trace_1"
            )
        if name in reserved:
            raise NetworkError(
                f"a monitor cannot be called {name!r}, which a network has already: choose another "
                "name"
            )
        yield name, monitor


def check_members(
    members: Sequence[Any],
    groups: Sequence[Neuron],
    projections: Sequence[Synapse],
    monitors: Mapping[str, Monitor],
) -> None:
    """Refuse members that do not form a network.

    Raises
    ------
    NetworkError
        With the member and what to do.
    """
    own_members = (*groups, *projections)
    for member in members:
        if isinstance(member, Slice):
            raise NetworkError(f"{member!r} is a slice: add the group itself to the network")
        if not isinstance(member, (Neuron, Synapse, Monitor, PoissonDrive)):
            raise NetworkError(f"{member!r} is no neuron group, projection or monitor")
        if isinstance(member, PoissonDrive) and not any(member.group is g for g in groups):
            raise NetworkError(
                f"{member!r} drives {member.group!r}, which is not in the network: add it to "
                "Network(...)"
            )
    if not groups:
        raise NetworkError("a network needs a neuron group: Network(group, ...)")
    for member in own_members:
        if own_members.count(member) > 1:
            raise NetworkError(f"{member._label()} is given twice")
        if member._membership.rewired:
            raise rewired_error(member)
        if member.network is not None:
            member.network.check_can_lose(member._label())
    for projection in projections:
        third = [other.neurons for other in projection._third_ends.values()]
        for end in (projection.pre, projection.post, *third):
            if isinstance(end, SynapseGroup):
                if end.projection not in projections:
                    raise NetworkError(
                        f"{projection._label()} uses {end.projection!r}, which is not in the "
                        "network: add it to Network(...)"
                    )
            elif end._group not in groups:
                raise NetworkError(
                    f"{projection._label()} uses {end._group!r}, which is not in the network: add "
                    "it to Network(...)"
                )
    check_monitors(monitors, own_members)


def rewired_error(member: Member) -> NetworkError:
    """Say how a projection whose synapses were changed comes into another network."""
    label, model = member._label(), type(member).__name__
    return NetworkError(
        f"the synapses of {label} were changed in a network, and another one would connect it by "
        f"its rule again: make a new projection of what it has, {model}(pre, post, "
        "connect=bk.connect.from_ij(sources, targets), delay=delays, ...)"
    )


def check_monitors(monitors: Mapping[str, Monitor], members: Sequence[Member]) -> None:
    """Refuse monitors of what is not in the network, and a monitor that is given twice.

    Raises
    ------
    NetworkError
        With the names of the monitors and what to do.
    """
    names: dict[Monitor, str] = {}
    for name, monitor in monitors.items():
        if monitor in names:
            raise NetworkError(
                f"monitors {names[monitor]} and {name} are the same object: leave one out, or make "
                "a second monitor"
            )
        names[monitor] = name
        if monitor.member not in members:
            raise NetworkError(
                f"monitor {name} watches {monitor.member!r}, which is not in the network: add it "
                "to Network(...)"
            )


def names_of(members: Sequence[Member]) -> dict[Member, str]:
    """Find the name of every member.

    The user's, or that of its class, numbered where it is taken.
    """
    names: dict[Member, str] = {}
    for member in members:
        if member.name is not None and member.name != member._membership.automatic_name:
            names[member] = member.name
    used = list(names.values())
    twice = {name for name in used if used.count(name) > 1}
    if twice:
        raise NetworkError(
            f"two members are called {', '.join(sorted(twice))}: give each a name of its own"
        )
    for member in members:
        if member not in names:
            wish = type(member).__name__
            numbered = (f"{wish}_{number}" for number in range(2, len(members) + 2))
            candidates = chain([wish], numbered)
            name = next(candidate for candidate in candidates if candidate not in used)
            names[member] = name
            used.append(name)
    return {member: names[member] for member in members}


def take(network: Owner, names: Mapping[Member, str]) -> None:
    """Make members belong to a network from now on; the networks that had them stop."""
    for member in names:
        if member.network is not None:
            member.network.lose(member._label(), network)
    for member, name in names.items():
        automatic = name if member.name in (None, member._membership.automatic_name) else None
        member._membership.begin(network, automatic)
        leave_steps(member)
        member.__dict__["name"] = name


def leave_steps(member: Member) -> None:
    """Give a member its own model back: steps belong to the network that they were given to."""
    own = member._membership.own_definition
    if own is not None:
        member.__dict__["definition"] = own
        member._membership.own_definition = None
        for name in set(member._given) - set(own.declarations):
            del member._given[name]  # of a drive, which belonged to that network too


def keep_value(member: Member, name: str, value: object) -> None:
    """Note a value that was set in a network: it goes along to the next one."""
    is_scalar = callable(value) or isinstance(value, (Scaled, TimedArray))
    is_scalar = is_scalar or np.ndim(value) == 0  # type: ignore[arg-type]
    # a copy: the user may change the array
    member._given[name] = value if is_scalar else np.array(value)
    member._membership.set_later |= {name}


def kept_parameters(members: Iterable[Member]) -> Kept:
    """What is given for the parameters of all members, for `put_parameters`."""
    return {member: (_parameters(member), member._membership.set_later) for member in members}


def put_parameters(saved: Kept) -> None:
    """Go back to given parameters that were kept; first states stay."""
    for member, (parameters, set_later) in saved.items():
        present = _parameters(member)
        # a first state may have been set since, and stays
        states = {name: value for name, value in member._given.items() if name not in present}
        member._given.clear()
        member._given.update({**parameters, **states})
        states_set_later = member._membership.set_later & set(states)
        member._membership.set_later = set_later | states_set_later


def _parameters(member: Member) -> dict[str, object]:
    names = member.definition.names(*PARAMETERS)
    return {name: value for name, value in member._given.items() if name in names}


def _is_end_in(end: End, groups: Sequence[Neuron], projections: Sequence[Synapse]) -> bool:
    """Whether the neurons of an end, or the synapses, belong to a network."""
    if isinstance(end, SynapseGroup):
        return end.projection in projections
    return end._group in groups


def warn_of_forgotten(groups: Sequence[Neuron], projections: Sequence[Synapse]) -> None:
    """Warn of a projection between members that is no member itself: it would do nothing."""
    onto_groups: set[Synapse] = set()
    for group in groups:
        onto_groups.update(group._projections)
    for projection in onto_groups - set(projections):
        unused = not projection._membership.ever
        ends = (projection.pre, projection.post)
        if unused and all(_is_end_in(end, groups, projections) for end in ends):
            warnings.warn(
                f"{projection!r} is not in the network, so it does nothing: add it to Network(...)",
                stacklevel=3,
            )
