"""What is printed for a block of neurons.

A function from the states at one grid point to those at the next.
"""

from __future__ import annotations

from brainkernel.backend import (
    HIDDEN,
    Call,
    Lines,
    NeuronBlock,
    compute,
    indent,
    loop_constants,
    written,
)
from brainkernel_jax.codegen.dialect import JaxDialect

ARGUMENTS = "_step, dt, _state, _inputs, _values, _layout"
WHOLE_ARGUMENTS = "_step, dt, _state, _constants, _layout"


class BlockDialect(JaxDialect):
    """How the neurons of one block are read, by the names of the program's arrays."""

    def __init__(self, block: NeuronBlock) -> None:
        self.block = block

    def neuron(self, name: str) -> str:
        """Name the values of a state, an input or a constant, one for each neuron."""
        if name in self.block.inputs:
            return f"_inputs['{self.block.name}_{name}_input']"
        if name in self.block.states:
            return _state(self.block, name)
        return f"_values['{self.block.name}_{name}']"

    def firing(self, name: str) -> str:
        """Name the values of a state that no model declares."""
        return _state(self.block, name)

    def key(self, draw: str) -> str:
        """Name the two words that a random number is drawn with."""
        return f"_{draw}_key"

    def element_number(self) -> str:
        """Name the neurons' numbers within their groups."""
        return f"_values['{self.block.name}_element']"


def print_update(block: NeuronBlock) -> Lines:
    """Print ``update_<block>``: integrate, threshold, reset."""
    method = f", by {block.integrator.name}" if block.integrator else ""
    scalars = loop_constants(block, block.scalars)
    body = [
        f'"""Take {block.definition.name} from step to step + 1{method}."""',
        "t = _step * dt",
        "_time = (_step + 1) * dt",
        *(f"{name} = _values['{block.name}_{name}']" for name in scalars),
        *(f"_{draw.name}_key = _values['{block.name}_{draw.key}']" for draw in block.draws),
        *compute(block, BlockDialect(block)),
        *_keep(block),
        f"return _state, {'_fires' if block.threshold else 'None'}",
    ]
    update = ["", "", f"def update_{block.name}({ARGUMENTS}):", *indent(body, 1)]
    return [*update, *(_print_whole(block) if block.whole_steps else [])]


def update_lines(block: NeuronBlock) -> Lines:
    """Print the call, and that of what sees whole arrays."""
    lines = [f"_state, _{block.name}_fires = update_{block.name}({ARGUMENTS})"]
    if block.whole_steps:
        lines.append(f"_state = update_{block.name}_whole({WHOLE_ARGUMENTS})")
    return lines


def _state(block: NeuronBlock, name: str) -> str:
    """Print where a state of the block lies."""
    return f"_state['{block.name}_{name}']"


def _keep(block: NeuronBlock) -> Lines:
    """Print the state with the new values of what an update writes."""
    changes = []
    for name in written(block):
        value = f"_{name}" if name in HIDDEN else name
        changes.append(f"{block.name}_{name}=_like({value}, {_state(block, name)})")
    return [f"_state = dict({', '.join(['_state', *changes])})"] if changes else []


def _print_whole(block: NeuronBlock) -> Lines:
    """Print the functions that see all neurons of a group, group by group."""
    body = [line for call in block.whole_steps for line in _whole(block, call)]
    groups = f"enumerate(_layout.blocks['{block.name}'].groups)"
    lines = [
        f'"""Call what sees whole groups of {block.definition.name}."""',
        f"for _group, (_first, _last) in {groups}:",
        *indent(body, 1),
        "return _state",
    ]
    return ["", "", f"def update_{block.name}_whole({WHOLE_ARGUMENTS}):", *indent(lines, 1)]


def _whole(block: NeuronBlock, call: Call) -> Lines:
    names = {n: f"_stretch(_state['{block.name}_{n}'], _first, _last)" for n in block.states}
    names |= {n: f"_stretch(_constants['{block.name}_{n}'], _first, _last)" for n in block.arrays}
    names |= {
        n: f"np.full(_last - _first, _constants['{block.name}_{n}'][_group])" for n in block.scalars
    }
    names["t"] = "(_step + 1) * dt"
    values = [f"_whole_{target}" for target in call.targets]
    arguments = ", ".join(names.get(name, name) for name in call.arguments)
    lines = [f"{', '.join(values)} = {call.function}({arguments})"]
    for target, value in zip(call.targets, values, strict=True):
        if block.refractory and target in block.held:
            value = f"np.where({names['refractory_left']} > 0.0, {names[target]}, {value})"
        array = f"{block.name}_{target}"
        lines.append(
            f"_state = dict(_state, {array}=_put(_state['{array}'], _first, _last, {value}))"
        )
    return lines
