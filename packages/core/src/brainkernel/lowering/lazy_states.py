"""Lazy states of synapses: what gives their value some time after they were written last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.addresses import state_address
from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.user_order import parameter_as_user_counts
from brainkernel.model.neuron import Member
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address
from brainkernel.program.program import LazyState
from brainkernel.program.state import State

Values = NDArray[np.float64]


def lazy_state(build: Build, member: Member, name: str) -> LazyState | None:
    """The lazy state of a member by name; None where it is integrated at each step."""
    if not isinstance(member, Synapse) or name not in member.definition.analysis.lazy:
        return None
    synapse_block, _ = build.projection_of(member)
    return next((state for state in synapse_block.lazy if state.name == name), None)


def since_address(build: Build, member: Member, lazy: LazyState) -> Address:
    """Find the steps in which the elements of a lazy state were written last."""
    address = state_address(build, member, lazy.name)
    return replace(address, name=address.name.removesuffix(lazy.name) + lazy.since)


def parameters_of(build: Build, member: Synapse, lazy: LazyState) -> list[float | Values]:
    """The present parameters of its rate: numbers, or arrays in the user's order."""
    synapse_block, _ = build.projection_of(member)
    narrow = {binding.name for binding in synapse_block.fields if binding.narrow}
    values = []
    for name in lazy.arguments[1:]:
        value = parameter_as_user_counts(build, member, name)
        # the program reads what it keeps in 32 bits
        rounded = name in narrow and isinstance(value, np.ndarray)
        values.append(value.astype(np.float32).astype(np.float64) if rounded else value)
    return values


def present_values(build: Build, state: State, member: Synapse, lazy: LazyState) -> Values:
    """A lazy state at the time that the network has reached; nothing is written."""
    program = build.program
    address, since = state_address(build, member, lazy.name), since_address(build, member, lazy)
    values = program.cut(state.values, address.part)[address.index]
    written = program.cut(state.values, since.part)[since.index]
    elapsed = (state.step - written) * program.dt
    arguments = parameters_of(build, member, lazy)
    with np.errstate(all="ignore"):
        return np.array(lazy.source.call(elapsed, values, *arguments))


def note_written(build: Build, state: State, member: Member, name: str) -> None:
    """Note that a state was written just now, which for a lazy one begins a new time."""
    lazy = lazy_state(build, member, name)
    if lazy is not None:
        since = since_address(build, member, lazy)
        build.program.cut(state.values, since.part)[since.index] = state.step


def bring_up_to_date(build: Build, state: State, members: Sequence[Synapse]) -> None:
    """Write the present values of all lazy states of some projections.

    Before a parameter changes that their rates follow: the old one was right until now.
    """
    for member in members:
        # one that no event has written yet has been relaxing since time zero
        for name in member.definition.analysis.lazy:
            lazy = lazy_state(build, member, name)
            if lazy is not None:
                address = state_address(build, member, name)
                values = present_values(build, state, member, lazy)
                build.program.cut(state.values, address.part)[address.index] = values
                note_written(build, state, member, name)
