"""Which parameters a function of a network takes, and where each lies in the program's arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from brainkernel.backend import Address, Member, Network, parameter_addresses
from brainkernel.errors import BackendError

Key = tuple[Member, str]


def chosen_parameters(network: Network, keys: Iterable[Key] | None) -> dict[Key, list[Address]]:
    """Find the parameters that are asked for, or all that can be told apart.

    Raises
    ------
    BackendError
        Where one that is asked for counts steps, or is one number of the program with that of
        another member.
    """
    members: list[Member] = [*network.groups, *network.projections]
    addresses = {}
    for member in members:
        for name in member.definition.names("parameter"):
            if not _counts_steps(member, name):
                addresses[member, name] = parameter_addresses(network, member, name)
    shared = _sharing(addresses)
    if keys is not None:
        return {key: _addresses_of(addresses, shared, *key) for key in keys}
    # a parameter without an address is in no array of the program
    return {key: copies for key, copies in addresses.items() if copies and key not in shared}


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
    shared: dict[Key, list[Key]] = {}
    for keys in owners.values():
        if len(keys) > 1:
            shared.update(dict.fromkeys(keys, keys))
    return shared


def _addresses_of(
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
        sharing = [pair for pair in shared[key] if pair != key]
        others = ", ".join(f"{owner._label()}.{parameter}" for owner, parameter in sharing)
        raise BackendError(
            f"{label} is one number of the program with {others}: give it as an array to tell "
            "them apart"
        )
    return addresses[key]
