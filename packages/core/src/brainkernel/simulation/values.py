"""Values of a network's members between runs: read as the user counts them, and written."""

from __future__ import annotations

from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.errors import NotBuiltError, ValueShapeError
from brainkernel.lowering.addresses import read_state, state_address, write_state
from brainkernel.lowering.lazy_states import (
    bring_up_to_date,
    lazy_state,
    note_written,
    present_values,
)
from brainkernel.lowering.resolve import resolve_for
from brainkernel.lowering.user_order import parameter_as_user_counts
from brainkernel.model.derived_quantities import base_names, composed, evaluated, own_quantities
from brainkernel.model.neuron import Member
from brainkernel.model.synapse import Synapse
from brainkernel.model.synapse_group import SynapseGroup
from brainkernel.simulation.pending import sum_anew
from brainkernel.simulation.running_network import RunningNetwork


def read_value(network: RunningNetwork, member: Member, name: str) -> Any:
    """The present value of a parameter, state or derived quantity, as a read-only copy.

    Raises
    ------
    NotBuiltError
        For what has no value between steps.
    """
    kind = member.definition.declarations[name].kind
    if kind == "derived":
        return _derived(network, member, name)
    if kind == "timed":
        return member._given_or_default(name)
    if kind not in ("parameter", "state"):
        what = "the past of a state" if kind == "past" else f"an {kind}"
        raise NotBuiltError(f"{member._label()}.{name} is {what}: it has no value between steps")
    if kind == "parameter":
        value = parameter_as_user_counts(network.build, member, name)
    else:
        value = _present_state(network, member, name)
        if member.definition.declarations[name].per == "group":
            return value[0]
    if isinstance(value, np.ndarray):
        value.flags.writeable = (
            False  # so that lif.V[3] = 1, which would change a copy, is an error
        )
    return value


def _present_state(network: RunningNetwork, member: Member, name: str) -> Any:
    """A state as it is now; a lazy one is integrated for reading alone."""
    lazy = lazy_state(network.build, member, name)
    if lazy is None:
        return read_state(network.build, network.state, member, name)
    assert isinstance(member, Synapse)
    return present_values(network.build, network.state, member, lazy)


def _derived(network: RunningNetwork, member: Member, name: str) -> Any:
    """Compute a derived quantity of a group from its present parameters and states."""
    definition = member.definition
    quantities = own_quantities(definition.derived)
    read = base_names([name], quantities)
    within_step = [n for n in read if n in definition.names("input", "draw", "timed", "past")]
    if within_step or isinstance(member, Synapse):
        what = f"derived from {', '.join(within_step or read)}"
        raise NotBuiltError(
            f"{member._label()}.{name} is {what}: it has no value between steps; record it with "
            "bk.StateMonitor"
        )
    derived = next(f for f in definition.derived if f.targets[0] == name)
    function = composed(derived, quantities)
    times = {"t": network.step * network.dt, "dt": network.dt}

    def read_now(argument: str) -> Any:
        return times[argument] if argument in times else read_value(network, member, argument)

    return evaluated(function, read_now)


def read_wires(network: RunningNetwork, member: Synapse, column: str) -> Any:
    """Sources, targets or delays of a projection, as the user counts its synapses."""
    connectivity = network.build.connectivities[str(member.name)]
    if column == "number":
        return connectivity.numbers.copy()
    if column == "delay":
        return step_times(
            connectivity.by_user(connectivity.steps(slice(0, connectivity.size))), network.dt
        )
    numbers = connectivity.pre if column == "pre" else connectivity.post
    end = member.pre if column == "pre" else member.post
    numbers = connectivity.by_user(numbers.astype(np.int64))
    return end.user_numbers(numbers) if isinstance(end, SynapseGroup) else numbers


def write_value(network: RunningNetwork, member: Member, name: str, value: object) -> None:
    """Give a parameter or state a new value.

    A state at time zero also to what `reset` comes back to.

    Raises
    ------
    ValueShapeError
        For what does not fit; nothing is changed then.
    """
    build, state = network.build, network.state
    declaration, label = member.definition.declarations[name], f"{member._label()}.{name}"
    if declaration.kind == "timed":
        return  # the next run reads what is given
    if declaration.kind == "parameter":
        if isinstance(member, Synapse):
            bring_up_to_date(build, state, [member])
        build.set_parameter(member, name, value)
        if isinstance(member, Synapse):
            sum_anew(build, state, member)
        return
    if callable(value):
        raise ValueShapeError(f"{label}: give numbers; functions are for first values")
    size = state_address(build, member, name).size
    new = resolve_for(member, name, value, size, {})
    build.check(member, {**build.values_of(member), name: build.stored(member, name, new)})
    write_state(build, state, member, name, new)
    note_written(build, state, member, name)
    if state.step == 0:
        write_state(build, build.first, member, name, read_state(build, state, member, name))
