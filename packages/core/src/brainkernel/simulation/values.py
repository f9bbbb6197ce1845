"""Values of a network's members between runs: read as the user counts them, and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.errors import NotBuiltError, ValueShapeError
from brainkernel.lowering.connectivity import resolve_for
from brainkernel.lowering.stored_values import now
from brainkernel.model.neuron import Member
from brainkernel.model.synapse import Synapse
from brainkernel.simulation.pending import sum_anew

if TYPE_CHECKING:
    from brainkernel.simulation.network import Network


def read_value(network: Network, member: Member, name: str) -> Any:
    """The present value of a parameter or state, as a read-only copy.

    Raises
    ------
    NotBuiltError
        For what has no value between steps.
    """
    kind = member.definition.declarations[name].kind
    if kind not in ("parameter", "state"):
        raise NotBuiltError(f"{member.label()}.{name} is an {kind}: it has no value between steps")
    if kind == "parameter":
        value = parameter_as_user_counts(network, member, name)
    else:
        value = network.state.values[network.build.places(member, name)]
    if isinstance(value, np.ndarray):
        value.flags.writeable = (
            False  # so that lif.V[3] = 1, which would change a copy, is an error
        )
    return value


def parameter_as_user_counts(network: Network, member: Member, name: str) -> Any:
    """The present value of a parameter: a number, or an array of its own in the user's order."""
    return as_user_counts(network, member, name, network.build.values_of(member)[name])


def as_user_counts(network: Network, member: Member, name: str, kept: Any) -> Any:
    """A value of a parameter as the network keeps it: a number, or an array of its own in the user's order."""
    value = now(kept)
    if isinstance(value, float):
        return value
    if isinstance(member, Synapse):
        per = member.definition.declarations[name].per
        if per == "synapse":
            return network.build.wired[str(member.name)].by_user(value).copy()
        return value[(member.pre if per == "pre" else member.post).ids]
    return value.copy()


def read_wires(network: Network, member: Synapse, what: str) -> Any:
    """Sources, targets or delays of a projection, in the order in which the user counts its synapses."""
    wires = network.build.wired[str(member.name)]
    if what == "delay":
        return step_times(wires.by_user(wires.steps(slice(0, wires.size))), network.dt)
    return wires.by_user((wires.pre if what == "pre" else wires.post).astype(np.int64))


def write_value(network: Network, member: Member, name: str, value: object) -> None:
    """Give a parameter or state a new value; a state at time zero also to what `reset` comes back to.

    Raises
    ------
    ValueShapeError
        For what does not fit; nothing is changed then.
    """
    build, state = network.build, network.state
    declaration, what = member.definition.declarations[name], f"{member.label()}.{name}"
    if declaration.kind == "parameter":
        build.set_parameter(member, name, value)
        if isinstance(member, Synapse):
            sum_anew(build, state, member)
        return
    if callable(value):
        raise ValueShapeError(f"{what}: give numbers; functions are for first values")
    places = build.places(member, name)
    new = resolve_for(member, name, value, places.size, {})
    build.check(member, {**build.values_of(member), name: build.stored(member, name, new)})
    state.values[places] = new
    if state.step == 0:
        build.first.values[places] = state.values[places]
