"""Fill a program's flat arrays: parameters, first states and random streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ValueShapeError
from brainkernel.lowering.derived_constants import derive
from brainkernel.lowering.fill_tables import Tables
from brainkernel.lowering.lower import Roster
from brainkernel.lowering.stored_values import now
from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.program.program import Binding, Group, NeuronBlock, Program, SynapseBlock
from brainkernel.program.state import State
from brainkernel.random import poisson_most, stream_key


def constants_of(program: Program, roster: Roster, tables: Tables) -> NDArray[np.float64]:
    """All parameters and what follows from them."""
    constants = np.zeros(program.size("constants"))
    for block in program.blocks:
        fill_block(program, constants, block, roster, _parameters(block, roster))
    for edge in program.edges:
        for field in own_fields(edge):
            if program.parts[field.part].store == "constants":
                fill_edge(program, constants, edge, roster, tables, field)
        check_draws(edge, roster)
        if edge.drawn is not None:
            _fill_rules(_view(program, constants, f"{edge.name}_rules"), edge, roster)
    derive(program, constants)
    return constants


def synaptic_of(program: Program, roster: Roster, tables: Tables) -> NDArray[np.float64]:
    """The parameters of single synapses; from here on they lie in this array alone."""
    synaptic = program.empty("synaptic")
    for edge in program.edges:
        for field in own_fields(edge):
            if program.parts[field.part].store == "synaptic":
                fill_edge(program, synaptic, edge, roster, tables, field)
    return synaptic


def keys_of(program: Program, roster: Roster) -> NDArray[np.uint32]:
    """The two key words of every random stream."""
    keys = np.zeros(program.size("keys"), np.uint32)
    for block in program.blocks:
        for draw in block.draws:
            words = [
                stream_key(program.seed, roster.stream(group, draw.name)) for group in block.groups
            ]
            _view(program, keys, f"{block.name}_{draw.key}")[:] = np.array(words, np.uint32).ravel()
    for edge in program.edges:
        for draw in edge.draws:
            words = [stream_key(program.seed, f"{p.name}.{draw.name}") for p in edge.projections]
            _view(program, keys, f"{edge.name}_{draw.key}")[:] = np.array(words, np.uint32).ravel()
    return keys


def first_state(
    program: Program, roster: Roster, constants: NDArray[np.float64], tables: Tables
) -> State:
    """The state at time zero."""
    state = State.empty(program)
    for block in program.blocks:
        for name in block.states:
            if name not in HIDDEN:
                _view(program, state.values, f"{block.name}_{name}")[:] = _per_neuron(
                    block, roster, name
                )
    for edge in program.edges:
        for field in own_fields(edge):
            if program.parts[field.part].store == "values":
                fill_edge(program, state.values, edge, roster, tables, field)
    settle(program, state, constants)
    return state


def settle(program: Program, state: State, constants: NDArray[np.float64]) -> None:
    """Note, at time zero, where a crossing threshold is exceeded already, which is no crossing."""
    for block in program.blocks:
        if block.crossing:
            _view(program, state.values, f"{block.name}_was_above")[:] = _above(
                program, block, state, constants
            )


HIDDEN = ("was_above", "refractory_left")


def group_range(block: NeuronBlock, group: Group) -> slice:
    """A group's neurons among those of its block."""
    return slice(group.first - block.first, group.last - block.first)


def _view(program: Program, array: NDArray[Any], part: str) -> NDArray[Any]:
    return array[program.parts[part].first : program.parts[part].last]


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
        _view(program, constants, f"{block.name}_{name}")[:] = _column(block, roster, name)


def _column(block: NeuronBlock, roster: Roster, name: str) -> NDArray[np.float64]:
    """A parameter of a block.

    One value for each neuron where any group needs that, else one for each group.
    """
    if name in block.arrays:
        return _per_neuron(block, roster, name)
    return np.array([roster.value(group, name) for group in block.groups], dtype=np.float64)


def _per_neuron(block: NeuronBlock, roster: Roster, name: str) -> NDArray[np.float64]:
    whole = np.zeros(block.last - block.first)
    for group in block.groups:
        whole[group_range(block, group)] = roster.value(group, name)
    return whole


def _above(
    program: Program, block: NeuronBlock, state: State, constants: NDArray[np.float64]
) -> NDArray[np.float64]:
    assert block.threshold is not None
    names: dict[str, Any] = {
        name: _view(program, state.values, f"{block.name}_{name}") for name in block.states
    }
    for name in (*block.scalars, *block.arrays):
        values = _view(program, constants, f"{block.name}_{name}")
        names[name] = (
            values
            if name in block.arrays
            else np.repeat(values, [group.size for group in block.groups])
        )
    names.update(t=0.0, dt=program.dt)
    for name in (*block.inputs, *(draw.name for draw in block.draws)):
        names[name] = 0.0
    call = block.threshold
    return np.asarray(
        call.source.call(*(names[name] for name in call.arguments)) >= 0, dtype=np.float64
    )


def check_draws(edge: SynapseBlock, roster: Roster) -> None:
    """Refuse probabilities that are none.

    Raises
    ------
    ValueShapeError
        With the projection and the parameter.
    """
    means = [draw.mean for draw in edge.draws if draw.distribution == "bernoulli"]
    for name in means:
        for entry, wires in zip(edge.projections, roster.edges[edge.name], strict=True):
            chance = np.asarray(now(wires.values[name]))
            if not np.all((chance >= 0) & (chance <= 1)):
                raise ValueShapeError(f"{entry.name}.{name}, a probability, must be from 0 to 1")


def _fill_rules(view: NDArray[np.float64], edge: SynapseBlock, roster: Roster) -> None:
    """What a program draws the synapses of each table from, where none are stored."""
    for number, wires in enumerate(roster.edges[edge.name]):
        head = edge.projections[number].head
        view[head * edge.rule : (head + 1) * edge.rule] = wires.rule_numbers()


def fill_edge(
    program: Program,
    array: NDArray[np.float64],
    edge: SynapseBlock,
    roster: Roster,
    tables: Tables,
    field: Binding,
) -> None:
    """Put what a field of an edge is bound to into its place."""
    view = _view(program, array, field.part)
    means = {draw.most: draw.mean for draw in edge.draws if draw.distribution == "poisson"}
    for number, wires in enumerate(roster.edges[edge.name]):
        entry = edge.projections[number]
        if field.name in means:
            mean = now(wires.values[means[field.name]])
            view[entry.head] = poisson_most(mean if np.size(mean) else 0.0)
        elif field.level == "shared":
            view[entry.head] = wires.values[field.name]
        elif field.level == "pre":
            view[entry.pre_first : entry.pre_first + entry.pre.size] = wires.values[field.name]
        elif edge.drawn is None:
            wires.put_values(field.name, view, tables.orders[entry.name], tables.kernels)
