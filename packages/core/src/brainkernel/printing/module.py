"""The whole module: header, functions, loops and ``run``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from brainkernel.flatten_edges import PROJECTION_COLUMNS
from brainkernel.printing.dialect import Dialect, Lines, indent
from brainkernel.printing.events import (
    Shared,
    argument,
    couple_signature,
    deliver_signature,
    evolve_signature,
    print_edges,
    react_signature,
)
from brainkernel.printing.functions import check_names, literal, print_functions, print_machine
from brainkernel.printing.loops import print_update, signature
from brainkernel.printing.wrap import wrap
from brainkernel.program import Block, Edge, Field, Program

RUN = (
    *("first", "last", "dt", "values", "constants", "keys", "table", "targets", "layout", "groups", "blocks"),
    *("inputs", "driven", "drive_rows", "drive_values", "drive_places", "drive_index"),
    *("impulse_steps", "impulse_places", "impulse_values"),
    *("fired", "spikes", "ranges", "cursor", "tracked", "event_steps", "event_neurons", "event_count", "counts"),
    *("monitors", "monitor_index", "samples", "sample_count"),
)
COLLECT = (
    *("step", "step - first", "groups", "fired", "spikes", "ranges", "cursor", "tracked"),
    *("event_steps", "event_neurons", "event_count", "counts"),
)


def print_program(program: Program, dialect: Dialect, constants: Mapping[str, list[float]] | None = None) -> str:
    """Print a program for one backend.

    Parameters
    ----------
    program : Program
        What to print.
    dialect : Dialect
        How the backend writes loops.
    constants : mapping, optional
        Values to print as the module's ``constants``; without them the module is handed its constants when it runs.
    """
    shared = print_edges(program, dialect)
    generated = [line for block in program.blocks for line in print_update(block, dialect)]
    generated += [*shared.lines, *_run(program, dialect, shared)]
    head = [*_header(program, dialect), *_constants(program, constants)]
    functions = print_functions(program, dialect)
    # the machine after the models, whose functions may have any name, also one of the machine's
    rest = [*print_machine(dialect), *(part for line in generated for part in wrap(line))]
    check_names([*head, *rest], functions, program.parts)
    return "\n".join([*head, *functions.lines, *rest]) + "\n"


def distribution_version(name: str) -> str:
    """The installed version of a distribution, or ``unknown`` where it runs from a plain folder."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _header(program: Program, dialect: Dialect) -> Lines:
    names = ", ".join(dict.fromkeys(b.definition.name for b in program.blocks))
    synapses = ", ".join(dict.fromkeys(e.definition.name for e in program.edges))
    synapses = f" with {synapses}" if synapses else ""
    return [
        f'"""A network of {names}{synapses}, printed by brainkernel for {dialect.backend}.',
        "",
        "The models' functions stand here as they were written. Edit anything and run it: net.run(..., source=path).",
        f"brainkernel {distribution_version('brainkernel')}, program format 1.",
        '"""',
        "",
        *dialect.header(),
    ]


def _constants(program: Program, constants: Mapping[str, list[float]] | None) -> Lines:
    if constants is None:
        return []
    lines = [f"    {name!r}: [{', '.join(literal(value) for value in values)}]," for name, values in constants.items()]
    head = [
        "",
        f"written_for = {program.shape!r}  # networks of these models and this dt, of any size",
        f"written_with = {table_digest(constants)!r}  # untouched, the table gives way to the network",
    ]
    return [*head, "", "# One value for each group or projection of this network.", "constants = {", *lines, "}"]


def table_digest(constants: Mapping[str, Any]) -> str:
    """Tells whether a table of constants is as it was saved."""
    plain = {name: [float(value) for value in values] for name, values in constants.items()}
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _run(program: Program, dialect: Dialect, shared: Shared) -> Lines:
    steps = _step(program, shared, dialect.whole_numpy())
    body = [*_stretches(program, steps), "for step in range(first, last):", *indent(steps, 1), "return last"]
    return [
        "",
        "",
        *dialect.decorators("run"),
        f"def run({', '.join(RUN)}):",
        '    """Take the network from step first to step last; give back the step where room for spikes ran short."""',
        *indent(body, 1),
    ]


def _stretches(program: Program, steps: Lines) -> Lines:
    """Name the stretches of the flat arrays that the steps use."""
    used = set(re.findall(r"\w+", "\n".join(steps)))
    lines = [
        f"{part.name} = stretch({part.store}, layout[{2 * number}], layout[{2 * number + 1}])"
        for number, part in enumerate(program.parts.values())
        if part.name in used
    ]
    places = {name: number for number, name in enumerate(program.parts)}
    for edge in program.edges:
        number = places[f"{edge.name}_projections"]
        flat = f"stretch(table, layout[{2 * number}], layout[{2 * number + 1}])"
        lines.append(f"{edge.name}_heads = {flat}.reshape(-1, {PROJECTION_COLUMNS})")
    return lines


def _step(program: Program, shared: Shared, numpy: str) -> Lines:
    return [
        "oldest = ranges[(step + 2) % ranges.shape[0], 0, 0]",
        "if cursor[0] + fired.size - oldest > spikes.size or event_count[0] + fired.size > event_steps.size:",
        "    return step",
        "if driven:",
        "    apply_inputs(step - first, inputs, drive_rows, drive_values, drive_places, drive_index)",
        "    apply_impulses(step, inputs, impulse_steps, impulse_places, impulse_values)",
        *(line for edge in program.edges for line in _continuous(edge, shared)),
        *(line for number, block in enumerate(program.blocks) for line in _update(number, block, numpy)),
        f"collect({', '.join(COLLECT)})",
        *(line for edge in program.edges for line in _events(edge, shared)),
        "record(step, values, fired, monitors, monitor_index, samples, sample_count)",
    ]


def _update(number: int, block: Block, numpy: str) -> Lines:
    arguments = []
    for name, kind in signature(block):
        stem = name.removesuffix("_array")
        part = f"{block.name}_{stem}"
        arguments.append(
            {
                "step": {"size": "last_neuron - first_neuron"}.get(name, name),
                "fired": "stretch(fired, groups[number, 0], groups[number, 1])",
                "key": f"stretch({part}, 2 * k, 2 * k + 2)",
                "input": f"stretch({part}_input, first_neuron, last_neuron)",
                "neuron": f"stretch({part}, first_neuron, last_neuron)",
                "group": f"{part}[k]",
            }[kind]
        )
    lines = [
        f"for number in range(blocks[{number}, 0], blocks[{number}, 1]):",
        f"    k = number - blocks[{number}, 0]",
        f"    first_neuron = groups[number, 0] - groups[blocks[{number}, 0], 0]",
        f"    last_neuron = groups[number, 1] - groups[blocks[{number}, 0], 0]",
        *_call(f"    update_{block.name}", arguments),
    ]
    for call in block.whole_steps:
        whole = (*block.states, *block.arrays)
        names = {n: f"stretch({block.name}_{n}, first_neuron, last_neuron)" for n in whole}
        names.update({n: f"{block.name}_{n}[k]" for n in block.scalars})
        names["t"] = "(step + 1) * dt"
        targets = ", ".join(f"whole_{target}" for target in call.targets)
        lines += [f"    {targets} = {call.function}({', '.join(names.get(a, a) for a in call.arguments)})"]
        for target in call.targets:
            held = block.refractory and target in block.held
            left = f"{names['refractory_left']} > 0.0" if held else ""
            value = f"{numpy}.where({left}, {names[target]}, whole_{target})" if held else f"whole_{target}"
            lines.append(f"    {names[target]}[:] = {value}")
    return lines


def _continuous(edge: Edge, shared: Shared) -> Lines:
    lines: Lines = []
    if edge.couplings:
        lines += _for_heads(edge, shared.names[edge.name, "couple"], couple_signature(edge), edge.fields)
    for loop in edge.loops:
        lines += _for_heads(edge, shared.names[edge.name, f"evolve {loop.level}"], evolve_signature(loop), loop.fields)
    return lines


def _events(edge: Edge, shared: Shared) -> Lines:
    lines: Lines = []
    if edge.arrival.calls:
        lines += _for_heads(edge, shared.names[edge.name, "deliver"], deliver_signature(edge), edge.fields)
    if edge.departure.calls:
        lines += _for_heads(edge, shared.names[edge.name, "react"], react_signature(edge), edge.fields)
    return lines


def _for_heads(edge: Edge, function: str, names: list[str], fields: tuple[Field, ...]) -> Lines:
    by_argument = {argument(field): field for field in fields}
    table = {
        "step": "step",
        "dt": "dt",
        "head": "head",
        "spikes": "spikes",
        "ranges": "ranges",
        "rows": f"stretch({edge.name}_rows, head[9], {edge.name}_rows.size)",
        "delays": f"stretch({edge.name}_delays, head[10], head[11])",
        "count": "head[11] - head[10]",
        "targets": f"{edge.name}_targets",
        "columns": f"stretch({edge.name}_columns, head[13], {edge.name}_columns.size)",
        "incoming": f"{edge.name}_incoming",
        "sources": f"{edge.name}_sources",
        "refractory_left_array": f"stretch({edge.post_block}_refractory_left, head[6], head[7])",
    }
    arguments = []
    for name in names:
        if name in by_argument:
            arguments.append(_field(by_argument[name]))
        elif name.endswith("_input"):
            arguments.append(f"stretch({edge.post_block}_{name}, head[6], head[7])")
        else:
            arguments.append(table[name])
    return [
        f"for projection in range({edge.name}_heads.shape[0]):",
        f"    head = {edge.name}_heads[projection]",
        *_call(f"    {function}", arguments),
    ]


def _field(field: Field) -> str:
    """What is passed for a field: the stretch of its part that belongs to this projection."""
    if field.level == "pre" and not field.block:
        return f"stretch({field.part}, head[12], head[12] + head[3] - head[2])"
    return {
        "shared": f"{field.part}[projection]",
        "synapse": field.part,
        "pre": f"stretch({field.part}, head[2], head[3])",
        "post": f"stretch({field.part}, head[6], head[7])",
        "pre_group": f"{field.part}[head[4]]",
        "post_group": f"{field.part}[head[5]]",
    }[field.level]


def _call(function: str, arguments: list[str]) -> Lines:
    return [f"{function}({', '.join(arguments)})"]
