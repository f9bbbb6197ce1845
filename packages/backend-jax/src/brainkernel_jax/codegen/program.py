"""From a Program to the text that JAX runs.

Functions of neurons and synapses, and one step of all.
"""

from __future__ import annotations

from brainkernel.backend import Dialect, Lines, Program, indent
from brainkernel_jax.codegen.neuron_update import print_update, update_lines
from brainkernel_jax.codegen.synapse_update import after_neurons, before_neurons

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
        return _state, _record(_records, _step, first, _state, _fired, layout)

    return jax.lax.fori_loop(first, last, _one_step, (state, records))
'''.rstrip().split("\n")  # fmt: skip


def print_functional(program: Program, dialect: Dialect) -> Lines:
    """Print what neurons and synapses do in a step, ``take_step``, and ``run``."""
    before = [printed for edge in program.edges for printed in before_neurons(program, edge)]
    after = [printed for edge in program.edges for printed in after_neurons(program, edge)]
    functions = [line for block in program.blocks for line in print_update(block)]
    functions += [line for printed in (*before, *after) for line in printed.function]
    fires = ", ".join(f"_{block.name}_fires" for block in program.blocks)
    steps = [
        '"""Take all from step to step + 1: the new state, and which neurons fired."""',
        *(line for printed in before for line in printed.calls),
        *(line for block in program.blocks for line in update_lines(block)),
        f"_fired = _all_spikes(_layout, {fires})",
        "_state = _remember(_state, _step, _fired)",
        *(line for printed in after for line in printed.calls),
        "return _state, _fired",
    ]
    head = "def take_step(_step, dt, _state, _inputs, _constants, _values, _tables, _layout):"
    return [*functions, "", "", head, *indent(steps, 1), *RUN]
