"""A network that was made ready, with other synapses of one projection.

The members stay, and with them the blocks and their names; tables of synapses are laid out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.changed_synapses import Change
from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.end_readings import fill_readings
from brainkernel.lowering.fill_arrays import check_draws, fill_edge, synaptic_of
from brainkernel.lowering.fill_tables import Tables, give_up, tables_of
from brainkernel.lowering.lower import flatten
from brainkernel.lowering.stored_values import Placed
from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.lowering.synapse_ends import SynapseValues
from brainkernel.program.program import Binding, Program, SynapseBlock
from brainkernel.program.state import State


def changed_network(build: Build, change: Change) -> Build:
    """Lay out a network anew with other synapses of one projection.

    What is there stays as it is, for a snapshot may keep it.
    """
    changed = copy(build)
    connectivities = {}
    for name, connectivity in build.connectivities.items():
        connectivities[name] = change.after if name == change.name else connectivity.copy()
    changed.connectivities = connectivities
    changed.members = replace(
        build.members,
        values=_values(build, connectivities),
        connectivities=list(connectivities.values()),
        slots=build.program.slots,
    )
    changed._check([change.after.projection])
    program, roster = flatten(changed.members, build.dt, build.seed)
    kernels = build.tables.kernels
    changed.program, changed.roster = program, roster
    changed.tables = tables_of(program, roster.synapse_blocks, kernels)
    fill_readings(program, roster.synapse_blocks, roster.channels, changed.tables)
    changed.synaptic = synaptic_of(program, roster, changed.tables)
    changed.constants = _constants(build, changed, change.name)
    give_up(program, changed.tables, roster.synapse_blocks)
    changed.first = carried_state(build, changed, build.first, change, change.new.values)
    changed._pieces = {}
    changed._kept = WeakSet()
    return changed


def _values(build: Build, connectivities: Mapping[str, Connectivity]) -> dict[str, Any]:
    """Copy the values of groups; those of synapses that are ends are those of their projection."""
    ends = {group.name: group for group in build.members.synapse_groups}
    values: dict[str, Any] = {}
    for name, of_group in build.members.values.items():
        if name in ends:
            end = ends[name]
            values[name] = SynapseValues(end, connectivities[str(end.projection.name)])
        else:
            values[name] = dict(of_group)
    return values


def _constants(build: Build, changed: Build, name: str) -> NDArray[np.float64]:
    """Parameters and what follows from them: only those of the changed projection are others."""
    before, after = build.program, changed.program
    constants = np.zeros(after.size("constants"))
    synapse_block, _ = changed.projection_of(changed.connectivities[name].projection)
    own = {binding.part for binding in own_fields(synapse_block)}
    for part in after.parts.values():
        if part.store == "constants" and part.name not in own:
            after.cut(constants, part.name)[:] = before.cut(build.constants, part.name)
    for binding in own_fields(synapse_block):
        if after.parts[binding.part].store == "constants":
            roster, tables = changed.roster, changed.tables
            fill_edge(after, constants, synapse_block, roster, tables, binding)
    check_draws(synapse_block, changed.roster)
    return constants


def carried_state(
    build: Build,
    changed: Build,
    state: State,
    change: Change,
    added: Mapping[str, Resolved],
) -> State:
    """Carry a state over to the changed network, with spikes that are on their way.

    Parameters
    ----------
    build, changed : Build
        The network before and after.
    state : State
        A state of the network before.
    change : Change
        Which synapses of a projection are others.
    added : mapping
        The states of new synapses.
    """
    carried = State.empty(changed.program)
    carried.step = state.step
    carried.fired[:] = state.fired
    carried.spikes, carried.cursor = state.spikes.copy(), state.cursor.copy()
    carried.ranges, carried.partition = state.ranges.copy(), state.partition
    longest = _longest(build)
    if _longest(changed) > longest:
        # how many steps are kept besides depends on the layout, which must not show
        carried.keep_longer(changed.program.slots, since=state.step - longest)
    _carry_sums(build.program, changed.program, state, carried)
    for name, part in changed.program.parts.items():
        if part.store == "past":
            changed.program.cut(carried.past, name)[:] = build.program.cut(state.past, name)
    of_synapses: set[str] = set()
    for synapse_block in changed.program.synapse_blocks:
        for binding in _states_of_synapses(changed.program, synapse_block):
            of_synapses.add(binding.part)
            _carry_block(build, changed, state, carried, synapse_block, binding, change, added)
    for name, part in changed.program.parts.items():
        if part.store == "values" and name not in of_synapses:
            changed.program.cut(carried.values, name)[:] = build.program.cut(state.values, name)
    return carried


def _longest(build: Build) -> int:
    """The longest delay of a network in steps."""
    longest = 0
    for connectivity in build.connectivities.values():
        longest = max(longest, *connectivity.delays, connectivity.dendritic)
    return longest


def _states_of_synapses(program: Program, synapse_block: SynapseBlock) -> list[Binding]:
    bindings = own_fields(synapse_block)
    bindings = [binding for binding in bindings if binding.level == "synapse"]
    return [b for b in bindings if program.parts[b.part].store == "values"]


def _carry_sums(before: Program, after: Program, state: State, carried: State) -> None:
    """Carry what has passed synapses and is on its way to targets."""
    for name, part in after.parts.items():
        if part.store == "arriving" and name in before.parts:
            old = before.cut(state.arriving, name)
            new = after.cut(carried.arriving, name)
            if old.size == new.size:
                new[:] = old


def _carry_block(
    build: Build,
    changed: Build,
    state: State,
    carried: State,
    synapse_block: SynapseBlock,
    binding: Binding,
    change: Change,
    added: Mapping[str, Resolved],
) -> None:
    old = build.program.cut(state.values, binding.part)
    new = changed.program.cut(carried.values, binding.part)
    for entry in synapse_block.projections:
        values = Placed(old, build.tables.orders[entry.name]).now()
        if entry.name == change.name:
            # a lazy state of a new synapse has its first value at this moment
            is_since = any(lazy.since == binding.name for lazy in synapse_block.lazy)
            first = float(state.step) if is_since else 0.0
            values = change.merged(values, added.get(binding.name, first))
        _put(changed.tables, entry.name, new, values)


def _put(tables: Tables, projection: str, table: NDArray[Any], values: NDArray[Any]) -> None:
    for synapses, positions in tables.orders[projection].positions():
        table[positions] = values[synapses]
