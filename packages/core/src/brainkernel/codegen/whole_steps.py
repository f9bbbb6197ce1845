"""What sees a whole group of neurons at once: arrays in, arrays out."""

from __future__ import annotations

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.intervals import time_of, when_due
from brainkernel.program.program import Call, NeuronBlock


def print_whole_steps(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``whole_<block>``: its step functions on arrays, one after another."""
    if not block.whole_steps:
        return []
    body: Lines = []
    for call in block.whole_steps:
        body += when_due(call, whole_step(block, call, dialect))
    return [
        "",
        "",
        *dialect.decorators("loop"),
        f"def whole_{block.name}(_step, dt, _group):",
        f'    """Do what {block.definition.name} does with a whole group at once."""',
        *indent(body, 1),
    ]


def whole_step(block: NeuronBlock, call: Call, dialect: Dialect) -> Lines:
    """Print a call that sees the arrays of a whole group; what is held keeps its values."""
    numpy = dialect.whole_numpy()
    own = [name for name in (*block.states, *block.arrays) if name not in block.hidden]
    names = {name: f"_group.neurons.{name}" for name in own}
    names |= {name: f"{numpy}.full(_group.size, _group.values.{name})" for name in block.scalars}
    names["t"] = time_of(call)
    read = names | {name: f"{names[name]}[0]" for name in own if name in block.of_group}
    results = [f"_whole_{target}" for target in call.targets]
    arguments = ", ".join(read.get(name, name) for name in call.arguments)
    lines = [f"{', '.join(results)} = {call.function}({arguments})"]
    for target, result in zip(call.targets, results, strict=True):
        value = result
        if block.refractory and target in block.held:
            kept = "_group.firing.refractory_left > 0.0"
            value = f"{numpy}.where({kept}, {names[target]}, {result})"
        lines.append(f"{names[target]}[:] = {value}")
    return lines
