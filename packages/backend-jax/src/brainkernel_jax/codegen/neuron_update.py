"""What is printed for a block of neurons.

A function from the states at one grid point to those at the next.
"""

from __future__ import annotations

import re

from brainkernel.backend import (
    Call,
    Dialect,
    Lines,
    NeuronBlock,
    compute,
    indent,
    signature,
    written,
)

ARGUMENTS = "step, dt, state, inputs, values, layout"
WHOLE_ARGUMENTS = "step, dt, state, constants, layout"


def print_update(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``update_<block>``: integrate, threshold, reset."""
    method = f", by {block.integrator.name}" if block.integrator else ""
    scalars = [name for name, kind in signature(block, dialect) if kind == "group"]
    keys = [draw.key for draw in block.draws]
    body = [
        f'"""Take {block.definition.name} from step to step + 1{method}."""',
        "t = step * dt",
        "time = (step + 1) * dt",
        *(f"{name} = values['{block.name}_{name}']" for name in (*scalars, *keys)),
        *(_by_name(line, block) for line in compute(block, dialect)),
        *_keep(block),
        f"return state, {'fires' if block.threshold else 'None'}",
    ]
    update = ["", "", f"def update_{block.name}({ARGUMENTS}):", *indent(body, 1)]
    return [*update, *(_print_whole(block) if block.whole_steps else [])]


def update_lines(block: NeuronBlock) -> Lines:
    """Print the call, and that of what sees whole arrays."""
    lines = [f"state, {block.name}_fires = update_{block.name}({ARGUMENTS})"]
    if block.whole_steps:
        lines.append(f"state = update_{block.name}_whole({WHOLE_ARGUMENTS})")
    return lines


def _by_name(line: str, block: NeuronBlock) -> str:
    """Name the arrays that a line reads as they stand in `state`, `inputs` and `values`."""

    def named(match: re.Match[str]) -> str:
        name = match[1]
        if name in block.inputs:
            return f"inputs['{block.name}_{name}_input']"
        return f"{'state' if name in block.states else 'values'}['{block.name}_{name}']"

    line = line.replace("element_array", f"values['{block.name}_element']")
    return re.sub(r"\b(\w+)_array\[i\]", named, line)


def _keep(block: NeuronBlock) -> Lines:
    """Print the state with the new values of what an update writes."""
    changes = [
        f"{block.name}_{name}=_like({name}, state['{block.name}_{name}'])"
        for name in written(block)
    ]
    return [f"state = dict({', '.join(['state', *changes])})"] if changes else []


def _print_whole(block: NeuronBlock) -> Lines:
    """Print the functions that see all neurons of a group, group by group."""
    body = [line for call in block.whole_steps for line in _whole(block, call)]
    groups = f"enumerate(layout.blocks['{block.name}'].groups)"
    lines = [
        f'"""Call what sees whole groups of {block.definition.name}."""',
        f"for group, (first, last) in {groups}:",
        *indent(body, 1),
        "return state",
    ]
    return ["", "", f"def update_{block.name}_whole({WHOLE_ARGUMENTS}):", *indent(lines, 1)]


def _whole(block: NeuronBlock, call: Call) -> Lines:
    names = {n: f"_stretch(state['{block.name}_{n}'], first, last)" for n in block.states}
    names |= {n: f"_stretch(constants['{block.name}_{n}'], first, last)" for n in block.arrays}
    names |= {
        n: f"np.full(last - first, constants['{block.name}_{n}'][group])" for n in block.scalars
    }
    names["t"] = "(step + 1) * dt"
    values = [f"whole_{target}" for target in call.targets]
    arguments = ", ".join(names.get(name, name) for name in call.arguments)
    lines = [f"{', '.join(values)} = {call.function}({arguments})"]
    for target, value in zip(call.targets, values, strict=True):
        if block.refractory and target in block.held:
            value = f"np.where({names['refractory_left']} > 0.0, {names[target]}, {value})"
        array = f"{block.name}_{target}"
        lines.append(f"state = dict(state, {array}=_put(state['{array}'], first, last, {value}))")
    return lines
