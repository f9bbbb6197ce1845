"""Who belongs to a network: members are taken apart, checked and named before anything is made of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from brainkernel.errors import NetworkError
from brainkernel.group import Member, Neuron, Slice
from brainkernel.monitors import Monitor
from brainkernel.projection import Synapse


def flat(objects: Iterable[Any]) -> Iterable[Any]:
    """Take lists of members apart."""
    for thing in objects:
        if isinstance(thing, (list, tuple)):
            yield from flat(thing)
        else:
            yield thing


def named_monitors(
    members: list[Any], monitors: Mapping[str, Monitor], taken: Iterable[str]
) -> Iterable[tuple[str, Monitor]]:
    """All monitors by name; those without one are numbered. A name that is taken already is refused."""
    unnamed = [member for member in members if isinstance(member, Monitor)]
    free = (name for number in count(1) if (name := f"monitor{number}") not in monitors)
    for monitor in unnamed:
        yield next(free), monitor
    for name, monitor in monitors.items():
        if not isinstance(monitor, Monitor):
            raise NetworkError(f"Network({name}={monitor!r}): only monitors are given by keyword")
        if not name.isidentifier():
            raise NetworkError(f"a monitor cannot be called {name!r}: a name is a Python identifier, as rates_1")
        if name in taken or name.startswith("_"):
            raise NetworkError(f"a monitor cannot be called {name!r}, which a network has already: choose another name")
        yield name, monitor


def check_members(
    members: list[Any], groups: Sequence[Neuron], projections: Sequence[Synapse], monitors: Mapping[str, Monitor]
) -> None:
    """Refuse members that do not form a network.

    Raises
    ------
    NetworkError
        With the member and what to do.
    """
    for member in members:
        if isinstance(member, Slice):
            raise NetworkError(f"{member!r} is a slice: add the group itself to the network")
        if not isinstance(member, (Neuron, Synapse, Monitor)):
            raise NetworkError(f"{member!r} is no neuron group, projection or monitor")
    if not groups:
        raise NetworkError("a network needs a neuron group: Network(group, ...)")
    for member in (*groups, *projections):
        if (*groups, *projections).count(member) > 1:
            raise NetworkError(f"{member.label()} is given twice")
        if member.network is not None:
            raise NetworkError(f"{member.label()} is in another network already: make a new one for this network")
    for projection in projections:
        for end in (projection.pre, projection.post):
            if end.group not in groups:
                raise NetworkError(
                    f"{projection.label()} uses {end.group!r}, which is not in the network: add it to Network(...)"
                )
    given = list(monitors.values())
    for name, monitor in monitors.items():
        if sum(monitor is each for each in given) > 1:
            raise NetworkError(f"monitor {name} is given twice: make one monitor for each name")
        if monitor.member not in (*groups, *projections):
            raise NetworkError(
                f"monitor {name} watches {monitor.member!r}, which is not in the network: add it to Network(...)"
            )


def name_members(members: list[Member]) -> None:
    """Give every member without a name the name of its class, numbered where that is taken."""
    taken = [member.name for member in members if member.name]
    twice = {name for name in taken if taken.count(name) > 1}
    if twice:
        raise NetworkError(f"two members are called {', '.join(sorted(map(str, twice)))}: give each a name of its own")
    for member in members:
        if member.name is None:
            wish = type(member).__name__
            free = (f"{wish}_{number}" for number in range(2, len(members) + 2))
            name = wish if wish not in taken else next(other for other in free if other not in taken)
            member.__dict__["name"] = name
            taken.append(name)


def warn_of_forgotten(groups: Sequence[Neuron], projections: Sequence[Synapse]) -> None:
    """Warn of a projection between members that is no member itself: it would do nothing."""
    known = {projection for group in groups for projection in group.projections}
    for projection in known - set(projections):
        if projection.network is None and projection.pre.group in groups and projection.post.group in groups:
            warnings.warn(
                f"{projection!r} is not in the network, so it does nothing: add it to Network(...)", stacklevel=3
            )
