"""From a Program to the text that JAX runs.

Functions of neurons and synapses, and one step of all.
"""

from __future__ import annotations

from brainkernel.backend import (
    Dialect,
    Lines,
    Program,
    indent,
    lines_of_methods,
    names_of_steps,
    schedule_of,
)
from brainkernel_jax.codegen.control_flow import functional
from brainkernel_jax.codegen.end_readings import read_lines
from brainkernel_jax.codegen.neuron_update import (
    event_flags,
    print_remember,
    print_step,
    print_update,
    update_lines,
    whole_lines,
)
from brainkernel_jax.codegen.printed import Printed
from brainkernel_jax.codegen.synapse_update import after_neurons, at_each_step

RUN = '''

def run(first, last, dt, state, constants, tables, drives, impulses, records, layout):
    """Take the network from step first to step last, and note what happens.

    It is one loop, compiled whole.
    """
    _values = _for_each_neuron(constants, layout)

    def _one_step(_step, _carried):
        _state, _records = _carried
        _inputs = _external_inputs(_step - first, _step, drives, impulses, layout)
        _state, _fired = take_step(_step, dt, _state, _inputs, constants, _values, tables, layout)
'''.rstrip().split("\n")  # fmt: skip
RECORD = ["        return _state, _record(_records, _step, first, _state, _fired, layout)"]
RECORD_AND_FINISH = [
    "        _records = _record(_records, _step, first, _state, _fired, layout)",
    "        _state = finish_step(_step, dt, _state, constants, _values, tables, layout)",
    "        return _state, _records",
]
LOOP = ["", "    return _jax.lax.fori_loop(first, last, _one_step, (state, records))"]


def print_functional(program: Program, dialect: Dialect) -> Lines:
    """Print what neurons and synapses do in a step, ``take_step``, and ``run``.

    What a user does after monitors have taken their samples is a function of its own,
    ``finish_step``.
    """
    printer = _Printer(program)
    lines, finish = printer.step()
    steps = [
        '"""Take all from step to step + 1: the new state, and which neurons fired."""',
        *lines,
        "return _state, _fired",
    ]
    signature = "def take_step(_step, dt, _state, _inputs, _constants, _values, _tables, _layout):"
    text = [
        *lines_of_methods(program),
        *functional(printer.functions()),
        "",
        "",
        signature,
        *indent(steps, 1),
    ]
    if not finish:
        return [*text, *RUN, *RECORD, *LOOP]
    steps = ['"""Do what comes after the record of a step."""', *finish, "return _state"]
    signature = "def finish_step(_step, dt, _state, _constants, _values, _tables, _layout):"
    text += ["", "", signature, *indent(steps, 1)]
    return [*text, *RUN, *RECORD_AND_FINISH, *LOOP]


class _Printer:
    """Prints all functions of a program, and calls them in the order of its schedule."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.before = {
            synapse_block.name: at_each_step(program, synapse_block)
            for synapse_block in program.synapse_blocks
        }
        self.after = {
            synapse_block.name: after_neurons(program, synapse_block)
            for synapse_block in program.synapse_blocks
        }
        names = names_of_steps(program)
        self.placed: dict[tuple[str, tuple[str, tuple[str, ...]]], Printed] = {}
        for block in program.blocks:
            for call in block.placed:
                key = block.name, call.key
                self.placed[key] = print_step(block, call, names[key])
        for synapse_block in program.synapse_blocks:
            for loop in synapse_block.loops:
                if loop.placed:
                    printed = self.before[synapse_block.name][loop.task]
                    self.placed[synapse_block.name, loop.calls[0].key] = printed

    def functions(self) -> Lines:
        """Print the functions, neurons first."""
        lines: Lines = []
        for block in self.program.blocks:
            if not block.of_synapses:
                lines += [*print_update(block), *print_remember(block)]
            for call in block.placed:
                lines += self.placed[block.name, call.key].function
        for synapse_block in self.program.synapse_blocks:
            for printed in self.before[synapse_block.name].values():
                lines += printed.function
        for synapse_block in self.program.synapse_blocks:
            for printed in self.after[synapse_block.name]:
                lines += printed.function
        return lines

    def step(self) -> tuple[Lines, Lines]:
        """Print the calls of a step, and those that come after the record."""
        lines: Lines = []
        finish: Lines = []
        printed: set[tuple[str, str, str]] = set()
        into = lines
        for task in schedule_of(self.program):
            function = (task.kind, task.owner, task.level)
            if task.kind == "record":
                into = finish
            elif task.kind == "read":
                into += read_lines(self.program, task.functions)
            elif task.kind == "step":
                into += self.placed[task.owner, (task.functions[0], task.targets)].calls
            elif function not in printed:
                into += self._calls(*function)
            printed.add(function)
        return lines, finish

    def _calls(self, kind: str, owner: str, level: str) -> Lines:
        """Print the calls of a task; what arrives and reacts is printed with what is delivered."""
        if kind == "update":
            return update_lines(self.program.block(owner))
        if kind == "remember":
            return [f"_state = remember_{owner}(_step, _state)"]
        if kind == "whole":
            return whole_lines(owner)
        if kind == "list":
            names = [f"_{block.name}_fires" for block in self.program.blocks]
            for number, block in enumerate(self.program.blocks):
                if block.of_synapses:
                    names[number] = "None"  # they do not fire
            lines = [f"_fired = _all_spikes(_layout, {', '.join(names)})"]
            flags: list[str] = []
            for block in self.program.blocks:
                flags += event_flags(block)
            if flags:
                lines.append(f"_fired = _with_events(_fired, _layout, {', '.join(flags)})")
            return [*lines, "_state = _remember(_state, _step, _fired)"]
        if kind == "deliver":
            lines = []
            for printed in self.after[owner]:
                lines += printed.calls
            return lines
        if kind in ("couple", "evolve"):
            return self.before[owner][f"{kind} {level}".strip()].calls
        return []
