"""From a Program to the text that JAX runs.

Functions of neurons and synapses, and one step of all.
"""

from __future__ import annotations

from brainkernel.backend import Dialect, Lines, NeuronBlock, Program, indent
from brainkernel_jax.codegen.neuron_update import print_update, update_lines
from brainkernel_jax.codegen.synapse_update import after_neurons, before_neurons


def print_functional(program: Program, dialect: Dialect) -> Lines:
    """Print what neurons and synapses do in a step, and ``take_step``; ``run`` is the machine's."""
    before = [printed for edge in program.edges for printed in before_neurons(program, edge)]
    after = [printed for edge in program.edges for printed in after_neurons(program, edge)]
    functions = [line for block in program.blocks for line in print_update(block, dialect)]
    functions += [line for printed in (*before, *after) for line in printed.function]
    calls = [line for printed in before for line in printed.calls]
    calls += [line for block in program.blocks for line in update_lines(block, dialect)]
    calls += [
        "fired = all_spikes(places, "
        + ", ".join(f"{block.name}_fires" for block in program.blocks)
        + ")"
    ]
    calls += ["history = state['history']", "history = remember(history, step, fired)"]
    calls += [line for printed in after for line in printed.calls]
    return [*functions, *_each(program, "\n".join(calls)), *_take_step(program, calls)]


def _take_step(program: Program, calls: Lines) -> Lines:
    states = [part.name for part in program.parts.values() if part.store in ("values", "arriving")]
    inputs = [part.name for part in program.parts.values() if part.store == "inputs"]
    body = [
        '"""Take all from step to step + 1: the new state, and which neurons fired. `run` repeats it."""',
        *(f"{name} = state['{name}']" for name in states),
        *(f"{name} = stretch(inputs, *places.inputs_of['{name}'])" for name in inputs),
        *calls,
        "state = {",
        *(f"    {name!r}: {name}," for name in [*states, "history"]),
        "}",
        "return state, fired",
    ]
    return [
        "",
        "",
        "def take_step(step, dt, state, inputs, constants, each, tables, places):",
        *indent(body, 1),
    ]


def _each(program: Program, used: str) -> Lines:
    """Print what is spread over neurons before the loop.

    The constants of groups, keys, the neurons' own numbers.
    """
    body = [
        '"""Constants, one for each neuron or one for all of a block, made ready before the time loop."""'
    ]
    body += ["each = {}"]
    for block in program.blocks:
        body += [
            f"sizes = places.sizes['{block.name}']",
            *(line for line in _of_block(block) if line.partition(" = ")[0] in used),
        ]
    for edge in program.edges:
        keys = [f"{edge.name}_{draw.key}" for draw in edge.draws]
        body += [f"each['{key}'] = keys['{key}'].reshape(-1, 2)" for key in keys]
    return [
        "",
        "",
        "def for_each_neuron(constants, keys, places):",
        *indent([*body, "return each"], 1),
    ]


def _of_block(block: NeuronBlock) -> Lines:
    lines = [
        f"each['{block.name}_{n}'] = spread(constants['{block.name}_{n}'], sizes)"
        for n in block.scalars
    ]
    lines += [f"each['{block.name}_{n}'] = constants['{block.name}_{n}']" for n in block.arrays]
    for draw in block.draws:
        key = f"{block.name}_{draw.name}_key"
        lines.append(f"each['{key}'] = spread(keys['{key}'].reshape(-1, 2), sizes).T")
    if block.draws:
        lines.append(f"each['{block.name}_element'] = element_numbers(sizes)")
    return lines
