"""Which parameters a function of a network takes, and where each lies in the program's arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from brainkernel.backend import Address, Member, Network, parameter_addresses
from brainkernel.errors import BackendError

Key = tuple[Member, str]


def chosen_parameters(network: Network, wanted: Iterable[Key] | None) -> dict[Key, list[Address]]:
    """Find the parameters that are asked for, or all that can be told apart.

    Raises
    ------
    BackendError
        Where one that is asked for counts steps, or is one number of the program with that of
        another member.
    """
    members: list[Member] = [*network.groups, *network.projections]
    parameters = [
        (member, name)
        for member in members
        for name in member.definition.names("parameter")
        if not _counts_steps(member, name)
    ]
    addresses = {key: parameter_addresses(network, *key) for key in parameters}
    shared = _sharing(addresses)
    if wanted is None:
        return {key: found for key, found in addresses.items() if found and key not in shared}
    return {key: _wanted(addresses, shared, *key) for key in wanted}


def _counts_steps(member: Member, name: str) -> bool:
    """Whether a parameter is turned into a number of steps."""
    refractory = member.definition.refractory
    return refractory is not None and refractory.source == name


def _sharing(addresses: Mapping[Key, list[Address]]) -> dict[Key, list[Key]]:
    """Find the parameters that lie at one address, each with all that lie there."""
    owners: dict[tuple[str, str], list[Key]] = {}
    for key, copies in addresses.items():
        for address in copies:
            owners.setdefault((address.part, repr(address.index)), []).append(key)
    several = [keys for keys in owners.values() if len(keys) > 1]
    return {key: keys for keys in several for key in keys}


def _wanted(
    addresses: Mapping[Key, list[Address]],
    shared: Mapping[Key, list[Key]],
    member: Member,
    name: str,
) -> list[Address]:
    key, label = (member, name), f"{member._label()}.{name}"
    if name not in member.definition.names("parameter"):
        raise BackendError(f"{label} is no parameter")
    if key not in addresses:
        raise BackendError(f"{label} is a number of steps in the program, and has no derivative")
    if key in shared:
        others = ", ".join(f"{other._label()}.{n}" for other, n in shared[key] if (other, n) != key)
        raise BackendError(
            f"{label} is one number of the program with {others}: give it as an array to tell "
            "them apart"
        )
    return addresses[key]
