"""Parameters as the user counts them: one number, or an array in the order of the user's list."""

from __future__ import annotations

from typing import Any

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.stored_values import now
from brainkernel.model.neuron import Member
from brainkernel.model.synapse import Synapse


def parameter_as_user_counts(build: Build, member: Member, name: str) -> Any:
    """The present value of a parameter: a number, or an array of its own in the user's order."""
    return as_user_counts(build, member, name, build.values_of(member)[name])


def as_user_counts(build: Build, member: Member, name: str, stored: Any) -> Any:
    """A value of a parameter as the network keeps it.

    A number, or an array of its own in the user's order.
    """
    value = now(stored)
    if isinstance(value, float):
        return value
    if isinstance(member, Synapse):
        per = member.definition.declarations[name].per
        if per == "synapse":
            return build.connectivities[str(member.name)].by_user(value).copy()
        return value[(member.pre if per == "pre" else member.post).ids]
    return value.copy()
