"""Fill a program's flat arrays: parameters, first states and random streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ValueShapeError
from brainkernel.lowering.derived_constants import derive
from brainkernel.lowering.fill_tables import Tables
from brainkernel.lowering.groupwide import add_group_values
from brainkernel.lowering.lower import Roster
from brainkernel.lowering.stored_values import now
from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.model.derived_quantities import needed
from brainkernel.program.program import Binding, Call, Group, NeuronBlock, Program, SynapseBlock
from brainkernel.program.state import State
from brainkernel.random import poisson_most, stream_key

FirstInputs = dict[str, dict[str, NDArray[np.float64]]]


def constants_of(program: Program, roster: Roster, tables: Tables) -> NDArray[np.float64]:
    """All parameters and what follows from them."""
    constants = np.zeros(program.size("constants"))
    for block in program.blocks:
        fill_block(program, constants, block, roster, _parameters(block, roster))
    for synapse_block in program.synapse_blocks:
        for binding in own_fields(synapse_block):
            if program.parts[binding.part].store == "constants":
                fill_edge(program, constants, synapse_block, roster, tables, binding)
        check_draws(synapse_block, roster)
        if synapse_block.drawn is not None:
            rules = _view(program, constants, synapse_block.table_name("rules"))
            _fill_rules(rules, synapse_block, roster)
    derive(program, constants)
    return constants


def synaptic_of(program: Program, roster: Roster, tables: Tables) -> NDArray[np.float64]:
    """The parameters of single synapses; from here on they lie in this array alone."""
    synaptic = program.empty("synaptic")
    for synapse_block in program.synapse_blocks:
        for binding in own_fields(synapse_block):
            if program.parts[binding.part].store == "synaptic":
                fill_edge(program, synaptic, synapse_block, roster, tables, binding)
    return synaptic


def keys_of(program: Program, roster: Roster) -> NDArray[np.uint32]:
    """The two key words of every random stream."""
    keys = np.zeros(program.size("keys"), np.uint32)
    for block in program.blocks:
        for draw in block.draws:
            streams = [roster.stream(group, draw.name) for group in block.groups]
            _view(program, keys, f"{block.name}_{draw.key}")[:] = _key_words(program, streams)
    for synapse_block in program.synapse_blocks:
        for draw in synapse_block.draws:
            streams = [f"{entry.name}.{draw.name}" for entry in synapse_block.projections]
            view = _view(program, keys, f"{synapse_block.name}_{draw.key}")
            view[:] = _key_words(program, streams)
    return keys


def _key_words(program: Program, streams: Iterable[str]) -> NDArray[np.uint32]:
    words = [stream_key(program.seed, stream) for stream in streams]
    return np.array(words, np.uint32).ravel()


def first_state(
    program: Program,
    roster: Roster,
    constants: NDArray[np.float64],
    tables: Tables,
) -> State:
    """The state at time zero."""
    state = State.empty(program)
    for block in program.blocks:
        for name in block.states:
            if name not in (*block.hidden, *block.kept, *block.wrong_means, *block.memory):
                values = _view(program, state.values, f"{block.name}_{name}")
                values[:] = _per_neuron(block, roster, name)
    for synapse_block in program.synapse_blocks:
        since = {lazy.since for lazy in synapse_block.lazy}  # zero, the step of the first state
        for binding in own_fields(synapse_block):
            if program.parts[binding.part].store == "values" and binding.name not in since:
                fill_edge(program, state.values, synapse_block, roster, tables, binding)
    settle(program, state, constants, first_inputs_of(program, roster))
    return state


def first_inputs_of(program: Program, roster: Roster) -> FirstInputs:
    """Give, by block and name, what parameters that follow time are at time zero."""
    first: FirstInputs = {}
    for block in program.blocks:
        names = block.definition.names("timed")
        first[block.name] = {name: _per_neuron(block, roster, name) for name in names}
    return first


def settle(
    program: Program,
    state: State,
    constants: NDArray[np.float64],
    first_inputs: FirstInputs,
) -> None:
    """Note, at time zero, where a crossing threshold is exceeded already, which is no crossing."""
    for block in program.blocks:
        levels: dict[str, Call] = {}
        if block.crossing and block.threshold is not None:
            levels["was_above"] = block.threshold
        for event in block.events:
            if event.crossing:
                levels[event.was_above] = event.threshold
        for name, threshold in levels.items():
            was_above = _view(program, state.values, f"{block.name}_{name}")
            was_above[:] = _above(program, block, threshold, state, constants, first_inputs)


def group_range(block: NeuronBlock, group: Group) -> slice:
    """A group's neurons among those of its block."""
    return slice(group.first - block.first, group.last - block.first)


def _view(program: Program, array: NDArray[Any], part: str) -> NDArray[Any]:
    array_slice = program.parts[part]
    return array[array_slice.first : array_slice.last]


def _parameters(block: NeuronBlock, roster: Roster) -> list[str]:
    names = [*block.scalars, *block.arrays]
    return [name for name in names if roster.has(block.groups[0], name)]


def fill_block(
    program: Program,
    constants: NDArray[np.float64],
    block: NeuronBlock,
    roster: Roster,
    names: Iterable[str],
) -> None:
    """Put parameters of a block, by printed name, into their places."""
    for name in names:
        if program.parts[f"{block.name}_{name}"].store != "constants":
            continue  # a value of single synapses, which lies in their table
        _view(program, constants, f"{block.name}_{name}")[:] = _column(block, roster, name)


def _column(block: NeuronBlock, roster: Roster, name: str) -> NDArray[np.float64]:
    """A parameter of a block.

    One value for each neuron where any group needs that, else one for each group.
    """
    if name in block.arrays:
        return _per_neuron(block, roster, name)
    return np.array([roster.value(group, name) for group in block.groups], dtype=np.float64)


def _per_neuron(block: NeuronBlock, roster: Roster, name: str) -> NDArray[np.float64]:
    values = np.zeros(block.last - block.first)
    for group in block.groups:
        values[group_range(block, group)] = roster.value(group, name)
    return values


def _above(
    program: Program,
    block: NeuronBlock,
    call: Call,
    state: State,
    constants: NDArray[np.float64],
    first_inputs: FirstInputs,
) -> NDArray[np.float64]:
    values: dict[str, Any] = {}
    for name in block.states:
        values[name] = _view(program, state.values, f"{block.name}_{name}")
    for name in block.arrays:
        values[name] = _view(program, constants, f"{block.name}_{name}")
    sizes = [group.size for group in block.groups]
    for name in block.scalars:
        by_group = _view(program, constants, f"{block.name}_{name}")
        values[name] = np.repeat(by_group, sizes)
    values.update(t=0.0, dt=program.dt)
    draws = [draw.name for draw in block.draws]
    values.update(dict.fromkeys((*block.inputs, *draws), 0.0))
    values.update(first_inputs.get(block.name, {}))
    for term in needed(call.arguments, block.equations.derived):
        add_group_values(term, values, sizes)
    distance = call.source.call(*(values[name] for name in call.arguments))
    return np.asarray(distance >= 0, dtype=np.float64)


def check_draws(synapse_block: SynapseBlock, roster: Roster) -> None:
    """Refuse probabilities that are none.

    Raises
    ------
    ValueShapeError
        With the projection and the parameter.
    """
    means = [draw.mean for draw in synapse_block.draws if draw.distribution == "bernoulli"]
    connectivities = roster.synapse_blocks[synapse_block.name]
    for name in means:
        for entry, connectivity in zip(synapse_block.projections, connectivities, strict=True):
            chance = np.asarray(now(connectivity.values[name]))
            in_range = (chance >= 0) & (chance <= 1)
            if not np.all(in_range):
                raise ValueShapeError(f"{entry.name}.{name}, a probability, must be from 0 to 1")


def _fill_rules(view: NDArray[np.float64], synapse_block: SynapseBlock, roster: Roster) -> None:
    """What a program draws the synapses of each table from, where none are stored."""
    rules = view.reshape(-1, synapse_block.rule)
    connectivities = roster.synapse_blocks[synapse_block.name]
    for entry, connectivity in zip(synapse_block.projections, connectivities, strict=True):
        rules[entry.head] = connectivity.rule_numbers()


def fill_edge(
    program: Program,
    array: NDArray[np.float64],
    synapse_block: SynapseBlock,
    roster: Roster,
    tables: Tables,
    binding: Binding,
) -> None:
    """Put what a field of an edge is bound to into its place."""
    view = _view(program, array, binding.part)
    name = binding.name
    means = {draw.most: draw.mean for draw in synapse_block.draws if draw.distribution == "poisson"}
    connectivities = roster.synapse_blocks[synapse_block.name]
    for entry, connectivity in zip(synapse_block.projections, connectivities, strict=True):
        values = connectivity.values
        if name in means:
            mean = now(values[means[name]])
            view[entry.head] = poisson_most(mean if np.size(mean) else 0.0)
        elif binding.level == "shared":
            view[entry.head] = values[name]
        elif binding.level == "pre":
            last = entry.pre_first + entry.pre.size
            view[entry.pre_first : last] = values[name]
        elif synapse_block.drawn is None:
            connectivity.put_values(name, view, tables.orders[entry.name], tables.kernels)
