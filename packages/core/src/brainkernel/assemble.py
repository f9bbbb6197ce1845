"""Fill a program's flat arrays: parameters, first states, random streams and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel._state import State
from brainkernel.derived import derive
from brainkernel.flatten import Roster
from brainkernel.flatten_edges import PROJECTION_COLUMNS, own_fields
from brainkernel.program import Block, Edge, Group, Program
from brainkernel.random import stream_key
from brainkernel.values import Resolved
from brainkernel.wiring import Wired


def constants_of(program: Program, roster: Roster) -> NDArray[np.float64]:
    """All parameters and what follows from them."""
    constants = np.zeros(program.size("constants"))
    for block in program.blocks:
        for name in _parameters(block, roster):
            _view(program, constants, f"{block.name}_{name}")[:] = _column(block, roster, name)
    for edge in program.edges:
        for field in own_fields(edge):
            if program.parts[field.part].store == "constants":
                _fill_edge(program, constants, edge, roster.edges[edge.name], field.name, field.level)
    derive(program, constants)
    return constants


def keys_of(program: Program, roster: Roster) -> NDArray[np.uint32]:
    """The two key words of every random stream."""
    keys = np.zeros(program.size("keys"), np.uint32)
    for block in program.blocks:
        for draw in block.draws:
            words = [stream_key(program.seed, roster.stream(group, draw.name)) for group in block.groups]
            _view(program, keys, f"{block.name}_{draw.name}_key")[:] = np.array(words, np.uint32).ravel()
    return keys


def first_state(program: Program, roster: Roster, constants: NDArray[np.float64]) -> State:
    """The state at time zero."""
    state = State.empty(program)
    for block in program.blocks:
        for name in block.states:
            if name not in HIDDEN:
                _view(program, state.values, f"{block.name}_{name}")[:] = _per_neuron(block, roster, name)
    for edge in program.edges:
        for field in own_fields(edge):
            if program.parts[field.part].store == "values":
                _fill_edge(program, state.values, edge, roster.edges[edge.name], field.name, field.level)
    settle(program, state, constants)
    return state


def settle(program: Program, state: State, constants: NDArray[np.float64]) -> None:
    """Note, at time zero, where a crossing threshold is exceeded already, which is no crossing."""
    for block in program.blocks:
        if block.crossing:
            _view(program, state.values, f"{block.name}_was_above")[:] = _above(program, block, state, constants)


def tables_of(program: Program, roster: Roster) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Rows, delays, columns and targets of all edges."""
    table = np.zeros(program.size("table"), np.int64)
    targets = np.zeros(program.size("targets"), np.uint32)
    for edge in program.edges:
        wired = roster.edges[edge.name]
        _fill_rows(program, table, targets, edge, wired)
        if edge.departure.calls:
            _fill_columns(program, table, targets, edge, wired)
    return table, targets


HIDDEN = ("was_above", "refractory_left")


def group_range(block: Block, group: Group) -> slice:
    """A group's neurons among those of its block."""
    return slice(group.first - block.first, group.last - block.first)


def _view(program: Program, array: NDArray[Any], part: str) -> NDArray[Any]:
    return array[program.parts[part].first : program.parts[part].last]


def _parameters(block: Block, roster: Roster) -> list[str]:
    names = [*block.scalars, *block.arrays]
    return [name for name in names if roster.has(block.groups[0], name)]


def _column(block: Block, roster: Roster, name: str) -> NDArray[np.float64]:
    """A parameter of a block: one value for each neuron where any group needs that, else one for each group."""
    if name in block.arrays:
        return _per_neuron(block, roster, name)
    return np.array([roster.value(group, name) for group in block.groups], dtype=np.float64)


def _per_neuron(block: Block, roster: Roster, name: str) -> NDArray[np.float64]:
    whole = np.zeros(block.last - block.first)
    for group in block.groups:
        whole[group_range(block, group)] = roster.value(group, name)
    return whole


def _above(program: Program, block: Block, state: State, constants: NDArray[np.float64]) -> NDArray[np.float64]:
    assert block.threshold is not None
    names: dict[str, Any] = {name: _view(program, state.values, f"{block.name}_{name}") for name in block.states}
    for name in (*block.scalars, *block.arrays):
        values = _view(program, constants, f"{block.name}_{name}")
        names[name] = values if name in block.arrays else np.repeat(values, [group.size for group in block.groups])
    names.update(t=0.0, dt=program.dt)
    for name in (*block.inputs, *(draw.name for draw in block.draws)):
        names[name] = 0.0
    call = block.threshold
    return np.asarray(call.source.call(*(names[name] for name in call.arguments)) >= 0, dtype=np.float64)


def _fill_edge(
    program: Program, array: NDArray[np.float64], edge: Edge, wired: Sequence[Wired], name: str, level: str
) -> None:
    view = _view(program, array, f"{edge.name}_{name}")
    for number, (projection, wires) in enumerate(zip(edge.projections, wired, strict=True)):
        first, size = {
            "shared": (number, 1),
            "synapse": (projection.first, projection.last - projection.first),
            "pre": (projection.pre_first, projection.pre.size),
        }[level]
        value: Resolved = wires.values[name]
        view[first : first + size] = value


def _fill_rows(
    program: Program, table: NDArray[np.int64], targets: NDArray[np.uint32], edge: Edge, wired: Sequence[Wired]
) -> None:
    rows, delays = _view(program, table, f"{edge.name}_rows"), _view(program, table, f"{edge.name}_delays")
    heads = _view(program, table, f"{edge.name}_projections").reshape(-1, PROJECTION_COLUMNS)
    row = delay = column = 0
    blocks = {name: program.block(name) for name in (edge.pre_block, edge.post_block)}
    for head, projection, wires in zip(heads, edge.projections, wired, strict=True):
        count = len(wires.delays)
        last_row, last_delay = row + projection.pre.size * count + 1, delay + count
        filled = np.bincount(wires.pre * count + wires.which, minlength=projection.pre.size * count)
        rows[row] = projection.first
        rows[row + 1 : last_row] = projection.first + np.cumsum(filled)
        delays[delay:last_delay] = wires.delays
        pre, post = blocks[edge.pre_block], blocks[edge.post_block]
        head[:] = (
            *(
                projection.pre.number,
                projection.pre.first,
                projection.pre.first - pre.first,
                projection.pre.last - pre.first,
            ),
            *(projection.pre.number - pre.groups[0].number, projection.post.number - post.groups[0].number),
            *(projection.post.first - post.first, projection.post.last - post.first, projection.post.number),
            *(row, delay, last_delay, projection.pre_first, column, projection.post.first),
        )
        row, delay, column = last_row, last_delay, column + projection.post.size + 1
        _view(program, targets, f"{edge.name}_targets")[projection.first : projection.last] = wires.post


def _fill_columns(
    program: Program, table: NDArray[np.int64], targets: NDArray[np.uint32], edge: Edge, wired: Sequence[Wired]
) -> None:
    columns, incoming = _view(program, table, f"{edge.name}_columns"), _view(program, table, f"{edge.name}_incoming")
    sources = _view(program, targets, f"{edge.name}_sources")
    column = 0
    for projection, wires in zip(edge.projections, wired, strict=True):
        last = column + projection.post.size + 1
        columns[column] = projection.first
        columns[column + 1 : last] = projection.first + np.cumsum(
            np.bincount(wires.post, minlength=projection.post.size)
        )
        incoming[projection.first : projection.last] = projection.first + np.argsort(wires.post, kind="stable")
        sources[projection.first : projection.last] = wires.pre
        column = last
