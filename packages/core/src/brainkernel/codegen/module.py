"""The whole module: header, functions, loops and ``run``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.line_wrapping import wrap
from brainkernel.codegen.neuron_update import print_update
from brainkernel.codegen.spike_delivery import Shared, print_edges
from brainkernel.codegen.step import print_prepared, print_step
from brainkernel.codegen.user_functions import check_names, literal, print_functions, print_machine
from brainkernel.program.program import Program

RUN = (
    *(
        "first",
        "last",
        "dt",
        "thread",
        "gate",
        "values",
        "arriving",
        "constants",
        "synaptic",
        "keys",
    ),
    *("table", "targets16", "targets32", "sources", "synapse_numbers", "steps8"),
    *("rows", "bases"),
    *("layout", "groups", "blocks", "pieces", "spans", "heads", "edges", "shares"),
    *(
        "drawn",
        "inputs",
        "own_inputs",
        "driven",
        "drive_rows",
        "drive_values",
        "drive_places",
        "drive_index",
    ),
    *("impulse_steps", "impulse_places", "impulse_values"),
    *(
        "fired",
        "spikes",
        "ranges",
        "cursor",
        "tracked",
        "event_steps",
        "event_neurons",
        "event_count",
        "counts",
    ),
    *("monitors", "monitor_index", "samples", "sample_count"),
)


def print_loops(program: Program, dialect: Dialect) -> Lines:
    """Print what neurons and synapses do in a step, and ``run``, which is handed the flat arrays and writes to them."""
    shared = print_edges(program, dialect)
    updates = [line for block in program.blocks for line in print_update(block, dialect)]
    return [*updates, *shared.lines, *_run(program, dialect, shared)]


def print_program(
    program: Program,
    dialect: Dialect,
    constants: Mapping[str, list[float]] | None = None,
    generate: Callable[[Program, Dialect], Lines] = print_loops,
) -> str:
    """Print a program for one backend.

    Parameters
    ----------
    program : Program
        What to print.
    dialect : Dialect
        How the backend writes loops.
    constants : mapping, optional
        Values to print as the module's ``constants``; without them the module is handed its
        constants when it runs.
    generate : function, optional
        Prints all that follows from the network, for backends whose arrays are not written to.
    """
    generated = generate(program, dialect)
    head = [*_header(program, dialect), *_constants(program, dialect, constants)]
    functions = print_functions(program, dialect)
    # the machine after the models, whose functions may have any name, also one of the machine's
    rest = [
        *print_machine(dialect, generated),
        *(part for line in generated for part in wrap(line)),
    ]
    check_names([*head, *rest], functions, program.parts, dialect.rebinds)
    return "\n".join([*head, *functions.lines, *rest]) + "\n"


def replace_constants(
    text: str, old: Mapping[str, list[float]], new: Mapping[str, list[float]]
) -> str | None:
    """Print a program with other constants, from its text with the old ones.

    Nothing where they do not stand in it.

    In a closed loop that changes a parameter before each run, all else would be printed anew each
    time.
    """
    for printed in (_written_with, _table):
        before, after = printed(old), printed(new)
        if text.count(before) != 1:
            return None
        text = text.replace(before, after)
    return text


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
        "The models' functions stand here as they were written. Edit anything and run it: "
        "net.run(..., source=path).",
        f"{dialect.guide}.",
        f"brainkernel {distribution_version('brainkernel')}, program format 1.",
        '"""',
        "",
        *dialect.header(),
    ]


def _constants(
    program: Program, dialect: Dialect, constants: Mapping[str, list[float]] | None
) -> Lines:
    if constants is None:
        return []
    return [
        "",
        f"written_for = {program.shape!r}  # networks of these models and this dt, of any size",
        f"printed_for = {dialect.backend!r}  # the backend that can run it",
        _written_with(constants),
        "",
        "# One value for each group or projection of this network.",
        *_table(constants).split("\n"),
    ]


def _written_with(constants: Mapping[str, list[float]]) -> str:
    return f"written_with = {table_digest(constants)!r}  # untouched, the table gives way to the network"


def _table(constants: Mapping[str, list[float]]) -> str:
    rows = (
        f"    {name!r}: [{', '.join(map(literal, values))}]," for name, values in constants.items()
    )
    return "\n".join(["constants = {", *rows, "}"])


def table_digest(constants: Mapping[str, Any]) -> str:
    """Tells whether a table of constants is as it was saved."""
    plain = {name: [float(value) for value in values] for name, values in constants.items()}
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _run(program: Program, dialect: Dialect, shared: Shared) -> Lines:
    steps = dialect.watched(print_step(program, dialect, shared))
    prepared = print_prepared(program, dialect)
    body = [
        *_stretches(program, [*prepared, *steps]),
        *prepared,
        *(["generation = 0"] if dialect.meet() else []),
        "for step in range(first, last):",
        *indent(steps, 1),
        "return last",
    ]
    return [
        "",
        "",
        *dialect.decorators("run"),
        f"def run({', '.join((*RUN, *dialect.further))}):",
        '    """Take the network to step last, or to where room for spikes ran short, and give back that step."""',
        *indent(body, 1),
    ]


def _stretches(program: Program, steps: Lines) -> Lines:
    """Name the stretches of the flat arrays that the steps use."""
    used = set(re.findall(r"\w+", "\n".join(steps)))
    numbers = {block.name: number for number, block in enumerate(program.blocks)}
    shapes = {}
    for edge in program.edges:
        block = numbers[edge.post_block]
        width = f"groups[blocks[{block}, 1] - 1, 1] - groups[blocks[{block}, 0], 0]"
        shapes.update(
            {f"{edge.name}_arriving_{state}": f".reshape(-1, {width})" for state in edge.summed}
        )
    return [
        f"{part.name} = stretch({part.store}, layout[{2 * number}], layout[{2 * number + 1}])"
        f"{shapes.get(part.name, '')}"
        for number, part in enumerate(program.parts.values())
        if part.name in used
    ]
