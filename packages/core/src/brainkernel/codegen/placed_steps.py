"""Steps of neurons that a user put before or after a slot: a function and a loop for each."""

from __future__ import annotations

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.intervals import time_of
from brainkernel.codegen.neuron_update import unpacked, used_lines, wide
from brainkernel.codegen.whole_steps import whole_step
from brainkernel.program.program import LAST_TURN, Call, NeuronBlock, Program

Names = dict[tuple[str, tuple[str, tuple[str, ...]]], str]


def names_of_steps(program: Program) -> Names:
    """Give each step in a place of its own a printed name, by block and key."""
    calls: list[tuple[str, Call]] = []
    for block in program.blocks:
        calls += [(block.name, call) for call in block.placed]
    for synapse_block in program.synapse_blocks:
        placed = [loop for loop in synapse_block.loops if loop.placed]
        calls += [(synapse_block.name, loop.calls[0]) for loop in placed]
    names: Names = {}
    for owner, call in calls:
        plain_name = f"step_{owner}_{call.source.name}"
        # functions of one name may come from several modules: the first has the plain name
        name, number = plain_name, 2
        while name in names.values():
            name, number = f"{plain_name}_{number}", number + 1
        names[owner, call.key] = name
    return names


def print_placed_steps(block: NeuronBlock, names: Names, dialect: Dialect) -> Lines:
    """Print a function for each step of a block in a place of its own."""
    lines: Lines = []
    for call in block.placed:
        kind = "loop" if call.whole else "update"
        body = whole_step(block, call, dialect) if call.whole else _loop(block, call, dialect)
        lines += [
            "",
            "",
            *dialect.decorators(kind),
            f"def {names[block.name, call.key]}(_step, dt, _group):",
            f'    """{summary(block.definition.name, call)}"""',
            *indent(body, 1),
        ]
    return lines


def summary(model: str, call: Call) -> str:
    """Say what the printed function of a placed step does."""
    assert call.place is not None
    if call.turn == LAST_TURN:
        return f"Compute {call.targets[0]} of {model} for the synapses that read it in this step."
    return f"Do {call.source.name} of {model}, {call.place.side} {call.place.slot}."


def _loop(block: NeuronBlock, call: Call, dialect: Dialect) -> Lines:
    begin, further = dialect.elements("_i", "_group.size")
    body = [
        *assign_alone(block, call, dialect),
        *(f"{dialect.neuron(target)} = {target}" for target in call.targets),
    ]
    lines = [
        *unpacked(block, dialect),
        f"_time = {time_of(call)}",
        *begin,
        *(f"{further}{line}" for line in body),
    ]
    return used_lines(lines)


def assign_alone(block: NeuronBlock, call: Call, dialect: Dialect) -> Lines:
    """Print how a step outside the update reads its values and gives its targets new ones.

    A state that a refractory period holds keeps its value up to and including the end of it.
    """
    unread = (*block.hidden, *block.kept)
    states = [n for n in block.states if n in (*call.arguments, *call.targets) and n not in unread]
    arrays = [name for name in block.arrays if name in call.arguments]
    arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
    held = [target for target in call.targets if target in block.held and block.refractory]
    results = ", ".join(f"_new_{target}" if target in held else target for target in call.targets)
    left = wide(dialect.firing("refractory_left"), block.narrow)
    return [
        *(f"{name} = {wide(dialect.neuron(name), block.narrow)}" for name in states),
        *(f"{name} = {dialect.neuron(name)}" for name in arrays),
        f"{results} = {call.function}({arguments})",
        *(f"{target} = np.where({left} > 0.0, {target}, _new_{target})" for target in held),
    ]
