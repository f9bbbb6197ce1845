"""The whole module: header, functions, loops and ``run``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.line_wrapping import wrap
from brainkernel.codegen.machinery import print_imports, print_in_full
from brainkernel.codegen.named_arrays import neuron_structures, synapse_structures
from brainkernel.codegen.neuron_update import print_update
from brainkernel.codegen.past_values import print_remember
from brainkernel.codegen.placed_steps import names_of_steps, print_placed_steps
from brainkernel.codegen.spike_delivery import Shared, print_edges
from brainkernel.codegen.split_update import SplitUpdate, between_structure, is_split
from brainkernel.codegen.step import print_prepared, print_step
from brainkernel.codegen.user_functions import check_names, literal, print_functions
from brainkernel.codegen.whole_steps import print_whole_steps
from brainkernel.program.program import Program


def print_loops(program: Program, dialect: Dialect) -> Lines:
    """Print the named arrays, what neurons and synapses do in a step, and ``run``."""
    shared = print_edges(program, dialect)
    updates: Lines = []
    names = names_of_steps(program)
    for block in program.blocks:
        if block.of_synapses:
            continue  # its synapses are taken forward as such
        split = is_split(block, dialect)
        update = SplitUpdate(block, dialect).lines() if split else print_update(block, dialect)
        updates += [*update, *print_whole_steps(block, dialect)]
        updates += print_remember(block, dialect)
        updates += print_placed_steps(block, names, dialect)
    return [
        *_definitions(program, dialect),
        *lines_of_methods(program),
        *updates,
        *shared.lines,
        *_run(program, dialect, shared),
    ]


def lines_of_methods(program: Program) -> Lines:
    """Print what methods ask for once, before all functions."""
    lines: dict[str, None] = {}
    for block in program.blocks:
        further = getattr(block.integrator, "module_lines", None)
        if further is not None:
            lines.update(dict.fromkeys(further(block.equations)))
    return ["", *lines] if lines else []


def _definitions(program: Program, dialect: Dialect) -> Lines:
    """Define the named tuples in which the arrays of the models are handed to the program."""
    lines = ["", "", "# The arrays of the models, by name."]
    for block in program.blocks:
        for structure in neuron_structures(block, dialect).values():
            lines += structure.definition()
        lines += between_structure(block, dialect).definition()
    for synapse_block in program.synapse_blocks:
        for structure in synapse_structures(synapse_block).values():
            lines += structure.definition()
    synapses = [synapse_block.name for synapse_block in program.synapse_blocks]
    for synapse_block in program.synapse_blocks:
        synapses += [event.table for event in synapse_block.at_events]
    containers = {
        "_neurons": [block.name for block in program.blocks],
        "_synapses": synapses,
        "_ends": [reading.name for reading in program.end_readings],
    }
    for name, members in containers.items():
        if members:
            lines.append(f"{name} = _named({name!r}, {' '.join(members)!r})")
    return lines


def print_program(
    program: Program,
    dialect: Dialect,
    constants: Mapping[str, list[float]] | None = None,
    generate: Callable[[Program, Dialect], Lines] = print_loops,
    whole: bool = False,
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
    whole : bool, optional
        Print the machinery in full in place of importing it.
    """
    generated = generate(program, dialect)
    functions = print_functions(program, dialect, whole)
    text = [*functions.lines, *generated]
    machinery = print_in_full if whole else print_imports
    head = [*_header(program, dialect), *machinery(dialect, text)]
    table = _constants(program, dialect, constants)
    body: Lines = []
    for line in generated:
        body += wrap(line)
    check_names([*head, *table, *body], functions)
    return "\n".join([*head, *functions.imports, *table, *functions.lines, *body]) + "\n"


def replace_constants(
    text: str,
    old: Mapping[str, list[float]],
    new: Mapping[str, list[float]],
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
    synapses = ", ".join(dict.fromkeys(e.definition.name for e in program.synapse_blocks))
    synapses = f" with {synapses}" if synapses else ""
    version = distribution_version("brainkernel")
    versions = ", ".join(filter(None, [f"brainkernel {version}", dialect.versions()]))
    guide = [f"{dialect.guide}."] if dialect.guide else []
    return [
        f'"""A network of {names}{synapses}, printed by brainkernel for {dialect.backend}.',
        "",
        "The models' functions stand here as they were written. Edit anything and run it:",
        "net.run(..., source=path). What begins with an underscore belongs to no model.",
        *guide,
        f"Program format 2 of {versions}.",
        '"""',
        "",
    ]


def _constants(
    program: Program,
    dialect: Dialect,
    constants: Mapping[str, list[float]] | None,
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
    return (
        f"written_with = {table_digest(constants)!r}"
        "  # untouched, the table gives way to the network"
    )


def _table(constants: Mapping[str, list[float]]) -> str:
    rows = (
        f"    {name!r}: [{', '.join(map(literal, values))}]," for name, values in constants.items()
    )
    return "\n".join(["constants = {", *rows, "}"])


def table_digest(constants: Mapping[str, Any]) -> str:
    """Tells whether a table of constants is as it was saved."""
    # NumPy's floats are printed in another way than Python's
    plain = {name: list(map(float, values)) for name, values in constants.items()}
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def _run(program: Program, dialect: Dialect, shared: Shared) -> Lines:
    steps = dialect.watched(print_step(program, dialect, shared))
    body = [
        "dt, _turn = _network.dt, 0" if dialect.barrier() else "dt = _network.dt",
        *print_prepared(program, dialect),
        "for _step in range(_first, _last):",
        *indent(steps, 1),
        "return _last",
    ]
    arguments = ", ".join(("_network", "_first", "_last", *dialect.further))
    return [
        "",
        "",
        *dialect.decorators("run"),
        f"def run({arguments}):",
        '    """Take the network from step _first to _last, '
        'or to where room for spikes ran short."""',
        *indent(body, 1),
    ]
