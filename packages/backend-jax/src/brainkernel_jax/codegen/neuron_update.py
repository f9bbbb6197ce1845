"""What is printed for a block of neurons.

A function from the states at one grid point to those at the next.
"""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.backend import (
    TREE_SOLVER,
    Call,
    Lines,
    NeuronBlock,
    assign_alone,
    compute,
    indent,
    input_name,
    interpolated_spikes,
    loop_constants,
    past_name,
    slopes_array,
    slopes_name,
    summary_of_remember,
    summary_of_step,
    time_of,
    written,
)
from brainkernel_jax.codegen.dialect import JaxDialect, called_when_due
from brainkernel_jax.codegen.printed import Printed, changed_when_due

ARGUMENTS = "_step, dt, _state, _inputs, _values, _layout"
STEP_ARGUMENTS = "_step, dt, _state, _values, _layout"
WHOLE_ARGUMENTS = "_step, dt, _state, _constants, _layout"


class BlockDialect(JaxDialect):
    """How the neurons of one block are read, by the names of the program's arrays."""

    def __init__(self, block: NeuronBlock) -> None:
        self.block = block

    def neuron(self, name: str) -> str:
        """Name the values of a state, an input or a constant, one for each neuron."""
        if name in self.block.inputs:
            return f"_inputs['{self.block.name}_{input_name(name)}']"
        if name in (*self.block.states, *dict(self.block.histories)):
            return _state(self.block, name)
        return f"_values['{self.block.name}_{name}']"

    def history(self, name: str, length: int) -> str:
        """Name the values of past steps, a row for each neuron."""
        return f"_past_of({self.neuron(name)}, {length})"

    def firing(self, name: str) -> str:
        """Name the values of a state that no model declares."""
        return _state(self.block, name)

    def keep_slope(self, state: str, slope: str) -> str:
        """Put how fast a state changes into the row of this step."""
        array = slopes_array(state)
        row = f"_row_of(_step, {self.block.rows})"
        value = f"_like({slope}, {array}[0])"
        return f"{array} = {array}.at[{row}].set({value})"

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
        *_rings(block),
        *([f"_group = _layout.blocks['{block.name}']"] if block.over_group else []),
        *_with_layout(block, compute(block, BlockDialect(block))),
        *_keep(block),
        *_keep_slopes(block),
        f"return {', '.join(['_state', *_flags(block)])}",
    ]
    update = ["", "", f"def update_{block.name}({ARGUMENTS}):", *indent(body, 1)]
    if block.lag:
        update = [*interpolated_spikes(block).functions(BlockDialect(block)), *update]
    return [*update, *(_print_whole(block) if block.whole_steps else [])]


def _flags(block: NeuronBlock) -> list[str]:
    """Print who fires, and who has each other kind of event."""
    fires = "_fires" if block.threshold else "None"
    return [fires, *(f"_fires_{event.name}" for event in block.events)]


def _with_layout(block: NeuronBlock, lines: Lines) -> Lines:
    """Tell what solves for the neurons of trees how many there are, which compiled shapes need."""
    if block.equations.tree is None:
        return lines
    call = f"{TREE_SOLVER}(_layout.blocks['{block.name}'].trees, "
    return [line.replace(f"{TREE_SOLVER}(", call) for line in lines]


def update_lines(block: NeuronBlock) -> Lines:
    """Print the call of the update of a block."""
    flags = [f"_{block.name}_fires", *event_flags(block)]
    return [f"{', '.join(['_state', *flags])} = update_{block.name}({ARGUMENTS})"]


def event_flags(block: NeuronBlock) -> list[str]:
    """Name the flags of the block's other kinds of events, in a step."""
    return [f"_{block.name}_fires_{event.name}" for event in block.events]


def whole_lines(name: str) -> Lines:
    """Print the call of what sees whole groups of a block."""
    return [f"_state = update_{name}_whole({WHOLE_ARGUMENTS})"]


def print_step(block: NeuronBlock, call: Call, name: str) -> Printed:
    """Print a step that a user put before or after a slot, and its call."""
    arguments = WHOLE_ARGUMENTS if call.whole else STEP_ARGUMENTS
    names = [f"{block.name}_{target}" for target in call.targets]
    if call.whole:
        body = _for_groups(block, _whole(block, call))
    else:
        body = [
            f"_time = {time_of(call)}",
            *(f"{n} = _values['{block.name}_{n}']" for n in block.scalars if n in call.arguments),
            *assign_alone(block, call, BlockDialect(block)),
            *_changed(block, call.targets),
        ]
    summary = f'"""{summary_of_step(block.definition.name, call)}"""'
    function = ["", "", f"def {name}({arguments}):", *indent([summary, *body, "return _state"], 1)]
    return Printed(function, changed_when_due(call, names, name, arguments))


def print_remember(block: NeuronBlock) -> Lines:
    """Print what keeps the states that are read when a delay has passed; nothing without any."""
    if not block.history:
        return []
    lines = [f'"""{summary_of_remember(block)}"""', f"_row = _row_of(_step, {block.rows})"]
    arguments = ["_state"]
    for name in block.history:
        past = f"{block.name}_{past_name(name)}"
        value = _state(block, name)
        arguments.append(f"{past}=_state['{past}'].at[_row].set({value})")
    lines.append(f"return dict({', '.join(arguments)})")
    return ["", "", f"def remember_{block.name}(_step, _state):", *indent(lines, 1)]


def _state(block: NeuronBlock, name: str) -> str:
    """Print where a state of the block lies."""
    return f"_state['{block.name}_{name}']"


def _keep(block: NeuronBlock) -> Lines:
    """Print the state with the new values of what an update writes."""
    lines = _changed(block, written(block))
    for name, _ in block.histories:
        lines.append(f"_state = dict(_state, {block.name}_{name}={name}.reshape(-1))")
    return lines


def _rings(block: NeuronBlock) -> Lines:
    """Give the values and slopes of the last steps names of their own."""
    lines: Lines = []
    states = dict.fromkeys(past.state for past in block.equations.pasts)
    for state in states:
        ring = _state(block, past_name(state))
        lines.append(f"_past_{state} = {ring}")
    for state in block.slopes:
        ring = _state(block, slopes_name(state))
        lines.append(f"{slopes_array(state)} = {ring}")
    return ["_i = slice(None)", *lines] if lines else []


def _keep_slopes(block: NeuronBlock) -> Lines:
    """Print the state with the slopes of this step."""
    if not block.slopes:
        return []
    arguments = ["_state"]
    for state in block.slopes:
        name = f"{block.name}_{slopes_name(state)}"
        arguments.append(f"{name}={slopes_array(state)}")
    return [f"_state = dict({', '.join(arguments)})"]


def _changed(block: NeuronBlock, names: Iterable[str]) -> Lines:
    """Print the state with the new values of some of its arrays."""
    changes = []
    for name in names:
        value = f"_{name}" if name in block.hidden else name
        changes.append(f"{block.name}_{name}=_like({value}, {_state(block, name)})")
    return [f"_state = dict({', '.join(['_state', *changes])})"] if changes else []


def _print_whole(block: NeuronBlock) -> Lines:
    """Print the functions that see all neurons of a group, group by group."""
    body: Lines = []
    for call in block.whole_steps:
        body += _whole(block, call)
    lines = [
        f'"""Call what sees whole groups of {block.definition.name}."""',
        *_for_groups(block, body),
        "return _state",
    ]
    return ["", "", f"def update_{block.name}_whole({WHOLE_ARGUMENTS}):", *indent(lines, 1)]


def _for_groups(block: NeuronBlock, body: Lines) -> Lines:
    groups = f"enumerate(_layout.blocks['{block.name}'].groups)"
    return [f"for _group, (_first, _last) in {groups}:", *indent(body, 1)]


def _whole(block: NeuronBlock, call: Call) -> Lines:
    names = {n: f"_stretch(_state['{block.name}_{n}'], _first, _last)" for n in block.states}
    names |= {n: f"_stretch(_constants['{block.name}_{n}'], _first, _last)" for n in block.arrays}
    names |= {
        n: f"np.full(_last - _first, _constants['{block.name}_{n}'][_group])" for n in block.scalars
    }
    names["t"] = time_of(call)
    read = names | {name: f"{names[name]}[0]" for name in block.of_group}
    values = [f"_whole_{target}" for target in call.targets]
    arguments = ", ".join(read.get(name, name) for name in call.arguments)
    lines = [f"{', '.join(values)} = {call.function}({arguments})"]
    if call.place is None:
        old = ", ".join(names[target] for target in call.targets)
        lines = called_when_due(call, ", ".join(values), old, arguments)
    for target, value in zip(call.targets, values, strict=True):
        if block.refractory and target in block.held:
            value = f"np.where({names['refractory_left']} > 0.0, {names[target]}, {value})"
        array = f"{block.name}_{target}"
        lines.append(
            f"_state = dict(_state, {array}=_put(_state['{array}'], _first, _last, {value}))"
        )
    return lines
