"""From a Program to the text that JAX runs.

Functions of neurons and synapses, and one step of all.
"""

from __future__ import annotations

from collections.abc import Callable

from brainkernel.backend import Dialect, Lines, Program, indent
from brainkernel_jax.codegen.machinery import print_machinery
from brainkernel_jax.codegen.neuron_update import print_update, update_lines
from brainkernel_jax.codegen.synapse_update import after_neurons, before_neurons

RUN = '''

def run(first, last, dt, state, constants, tables, drives, impulses, records, layout):
    """Take the network from step first to step last, and note what happens.

    It is one loop, compiled whole.
    """
    values = _for_each_neuron(constants, layout)

    def one_step(step, carried):
        state, records = carried
        inputs = _external_inputs(step - first, step, drives, impulses, layout)
        state, fired = take_step(step, dt, state, inputs, constants, values, tables, layout)
        return state, _record(records, step, first, state, fired, layout)

    return jax.lax.fori_loop(first, last, one_step, (state, records))
'''.rstrip().split("\n")  # fmt: skip


def functional_printer(whole: bool = False) -> Callable[[Program, Dialect], Lines]:
    """Make what prints a program as functions; with `whole`, the machinery is printed in full."""

    def print_functional(program: Program, dialect: Dialect) -> Lines:
        text = _print_functions(program, dialect)
        return [*print_machinery(text, whole), *text]

    return print_functional


def _print_functions(program: Program, dialect: Dialect) -> Lines:
    """Print what neurons and synapses do in a step, ``take_step``, and ``run``."""
    before = [printed for edge in program.edges for printed in before_neurons(program, edge)]
    after = [printed for edge in program.edges for printed in after_neurons(program, edge)]
    functions = [line for block in program.blocks for line in print_update(block, dialect)]
    functions += [line for printed in (*before, *after) for line in printed.function]
    fires = ", ".join(f"{block.name}_fires" for block in program.blocks)
    steps = [
        '"""Take all from step to step + 1: the new state, and which neurons fired."""',
        *(line for printed in before for line in printed.calls),
        *(line for block in program.blocks for line in update_lines(block)),
        f"fired = _all_spikes(layout, {fires})",
        "state = _remember(state, step, fired)",
        *(line for printed in after for line in printed.calls),
        "return state, fired",
    ]
    head = "def take_step(step, dt, state, inputs, constants, values, tables, layout):"
    return [*functions, "", "", head, *indent(steps, 1), *RUN]
