"""What each function of a program does for its time.

Laps of a clock, LLVM's remarks, and the arrays of its loop.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from brainkernel.backend import (
    STORES,
    Amount,
    Call,
    Explanation,
    LoopReport,
    NeuronBlock,
    Program,
    SynapseBlock,
    Task,
    Trial,
    Workload,
    names_of_steps,
    neuron_structures,
    print_edges,
    print_program,
    synapse_structures,
    write_program,
)
from brainkernel.errors import BackendError
from brainkernel_numba import draws, runtime
from brainkernel_numba.backend import COMPILES, NumbaBackend
from brainkernel_numba.laps import LapExecutable, LappedDialect
from brainkernel_numba.remarks import loops

WAITING = "barrier"
OWNER = re.compile(r"_network\.(neurons|synapses)\.(\w+)")
TABLES = {
    **{"rows": 8, "bases": 4, "columns": 8, "delays": 8},
    **{"incoming": 4, "source_of": 4, "numbers": 4, "places": 4},
}
"""Bytes of an element of the arrays of a table."""
INTRINSIC = {"list_fired"}
"""Functions with a loop of their own, written for LLVM: no text tells what they do."""


@dataclass(frozen=True)
class Site:
    """One place of ``run`` that calls a function.

    Attributes
    ----------
    place : int
        Where its laps are counted.
    function : str
        The printed name of the function.
    owner : str
        The neurons or synapses whose loop of ``run`` it stands in; nothing for the whole network.
    """

    place: int
    function: str
    owner: str

    @property
    def name(self) -> str:
        """What the function is called by those who do not print programs."""
        return self.function.lstrip("_")


def explain(trial: Trial, backend: NumbaBackend) -> Explanation:
    """Run the program as it is, to count, and with a clock, and ask LLVM about it."""
    if not COMPILES:
        raise BackendError(
            "NUMBA_DISABLE_JIT is set: nothing is compiled, so there is nothing to explain; unset "
            "it"
        )
    program = trial.program
    plain = backend.compile(program)
    work = trial.work(plain)
    text = print_program(program, LappedDialect())
    sites = list(_sites(ast.parse(text)))
    if trial.threads == 1:
        sites = [site for site in sites if site.name != WAITING]
    timed = LapExecutable(
        program, write_program(text, "numba_laps"), text.count("_lap(_laps, ") + 1
    )
    trial.run(timed, 1)  # compiled now
    timed.clear()
    seconds = trial.run(timed)
    sites = [site for site in sites if timed.laps[site.place] > 0]
    if not sites:
        raise BackendError("this processor lets no program read its clock: nothing can be timed")
    reader = _Reader(program, work, plain.source, loops(plain.path))
    counted = int(sum(timed.laps[site.place] for site in sites))
    tasks = [
        reader.task(site, int(timed.laps[site.place]) / counted, seconds * trial.threads)
        for site in sites
    ]
    tasks.sort(key=lambda task: -task.share)
    return Explanation(
        backend.name, str(plain.path), trial.threads, trial.steps, trial.dt, seconds, tuple(tasks)
    )


# --- the text -------------------------------------------------------------------------------------


def _sites(tree: ast.Module) -> Iterator[Site]:
    """The calls that a lap follows."""
    run = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run"
    )
    yield from _sites_among(run.body, "")


def _sites_among(body: list[ast.stmt], owner: str) -> Iterator[Site]:
    call: ast.Call | None = None
    for statement in body:
        if isinstance(statement, ast.For):
            yield from _sites_among(statement.body, _owner(statement.iter) or owner)
        elif isinstance(statement, ast.If):
            yield from _sites_among(statement.body, owner)
        elif (place := _lap(statement)) is None:
            call = _called(statement) or call
        elif call is not None:
            yield Site(place, ast.unparse(call.func), owner or _owner(call))


def _called(statement: ast.stmt) -> ast.Call | None:
    """Find the call that a statement is, or whose result it gives a name."""
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    return value if isinstance(value, ast.Call) else None


def _lap(statement: ast.stmt) -> int | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if ast.unparse(call.func) == "_lap" and isinstance(call.args[1], ast.Constant):
            return int(str(call.args[1].value))
    return None


def _owner(expression: ast.expr) -> str:
    """Find the neurons or synapses that an expression names."""
    found = OWNER.search(ast.unparse(expression))
    return found[2] if found else ""


class _Reader:
    """Puts together what is known of a task."""

    def __init__(
        self, program: Program, work: Workload, text: str, reports: list[LoopReport]
    ) -> None:
        self.program, self.work, self.reports = program, work, reports
        self.functions = _functions_of_machinery() | _functions(text)
        names = print_edges(program, LappedDialect()).names
        self.tasks = {
            (synapse_block, function): task for (synapse_block, task), function in names.items()
        }
        printed = names_of_steps(program)
        self.steps: dict[str, Call] = {}
        for block in program.blocks:
            for call in block.placed:
                self.steps[printed[block.name, call.key]] = call
        self.itemsizes = {
            part.name: np.dtype(STORES[part.store]).itemsize for part in program.parts.values()
        }

    def task(self, site: Site, share: float, seconds: float) -> Task:
        """All that is known of one site."""
        of, (unit, count) = self._amount(site)
        function = self.functions.get(site.function)
        worker = (
            None if function is None or self._works_outside(function) else self._worker(function)
        )
        loop = None if worker is None else _first_innermost(worker)
        names = {site.function, site.name} | ({worker.name} if worker else set())
        mine = tuple(report for report in self.reports if report.function in names)
        which = next(
            (k for k, report in enumerate(mine) if loop is not None and report.line == loop.lineno),
            None,
        )
        own = function if worker is function else None
        size = _traffic(loop, self._sizes(site.owner)) if loop is not None and own else None
        return Task(site.name, of, share * seconds, share, unit, count, size, mine, which)

    def _amount(self, site: Site) -> tuple[str, Amount]:
        for block in self.program.blocks:
            if block.name == site.owner and (site.owner, site.function) not in self.tasks:
                return block.name, self.work.neurons(block, self.steps.get(site.function))
        for synapse_block in self.program.synapse_blocks:
            task = self.tasks.get((synapse_block.name, site.function))
            if task and site.owner in _owners(synapse_block):
                return synapse_block.name, self.work.task(synapse_block, task)
        listing = site.name == "list_spikes"
        return "", self.work.all_neurons if listing else self.work.every_step

    def _sizes(self, owner: str) -> dict[str, int]:
        """How many bytes an element of each array takes, as a function names it."""
        for block in self.program.blocks:
            if block.name == owner:
                return self._of_neurons(block)
        for synapse_block in self.program.synapse_blocks:
            if owner in _owners(synapse_block):
                return self._of_synapses(synapse_block)
        return {}

    def _of_neurons(self, block: NeuronBlock) -> dict[str, int]:
        fields = neuron_structures(block, NumbaBackend.dialect)["neurons"].fields
        sizes = {f"_neurons.{name}": self.itemsizes[part] for name, part in fields.items()}
        hidden = dict.fromkeys(("_firing.refractory_left", "_firing.was_above"), 8)
        return {**sizes, **hidden, "_firing.fired": 1}

    def _of_synapses(self, synapse_block: SynapseBlock) -> dict[str, int]:
        sizes = {f"_table.{name}": size for name, size in TABLES.items()}
        sizes["_table.targets"] = np.dtype(STORES[synapse_block.targets]).itemsize
        sizes["_values.firing.refractory_left"] = 8
        if synapse_block.steps:
            sizes["_table.steps"] = np.dtype(STORES[synapse_block.steps]).itemsize
        for kind, structure in synapse_structures(synapse_block).items():
            for name, part in structure.fields.items():
                sizes[f"_{kind}.{name}"] = self.itemsizes[part]
        for state in synapse_block.summed:
            size = self.itemsizes[synapse_block.arriving(state)]
            sizes |= {f"_arriving_{state}": size, "_arriving": size}
        return sizes

    def _worker(self, function: ast.FunctionDef) -> ast.FunctionDef:
        """The function that does the work.

        This one, or one with a loop that its first loop calls.
        """
        first = min(
            (node for node in ast.walk(function) if isinstance(node, ast.For)),
            key=_line,
            default=None,
        )
        calls = (
            []
            if first is None
            else [node for node in ast.walk(first) if isinstance(node, ast.Call)]
        )
        called = (self.functions.get(ast.unparse(call.func)) for call in calls)
        return next(
            (found for found in called if found is not None and _first_innermost(found)), function
        )

    def _works_outside(self, function: ast.FunctionDef) -> bool:
        """Whether a function leaves its work to one that is imported."""
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        return any(isinstance(call.func, ast.Name) and call.func.id in INTRINSIC for call in calls)


def _owners(synapse_block: SynapseBlock) -> tuple[str, ...]:
    """By which names a step calls what a block of synapses does."""
    return (synapse_block.name, *(event.table for event in synapse_block.at_events))


def _functions(text: str) -> dict[str, ast.FunctionDef]:
    """Find the functions of a text by name."""
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def _functions_of_machinery() -> dict[str, ast.FunctionDef]:
    """Find the functions that programs import, by their names here and in programs."""
    found: dict[str, ast.FunctionDef] = {}
    for module in (runtime, draws):
        for name, node in _functions(inspect.getsource(module)).items():
            found |= {name: node, f"_{name}": node}
    return found


def _first_innermost(function: ast.FunctionDef) -> ast.For | None:
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For)]
    return min(filter(_is_innermost, loops), key=_line, default=None)


def _is_innermost(loop: ast.For) -> bool:
    return not any(isinstance(node, ast.For | ast.While) for node in _within(loop))


def _line(node: ast.For) -> int:
    return node.lineno


def _within(loop: ast.For) -> Iterator[ast.AST]:
    for statement in loop.body:
        yield from ast.walk(statement)


def _traffic(loop: ast.For, sizes: Mapping[str, int]) -> int:
    """What one round of a loop reads and writes.

    Each place once each way, where it is another one in each round.
    """
    changing = {name.id for name in _names_in(loop) if isinstance(name.ctx, ast.Store)}
    elements: dict[tuple[str, bool], int] = {}
    for node in _within(loop):
        if not isinstance(node, ast.Subscript):
            continue
        array = ast.unparse(node.value)
        # an element that is the same in each round stays in a register
        varies = any(name.id in changing for name in _names_in(node.slice))
        if array in sizes and varies:
            is_written = isinstance(node.ctx, ast.Store)
            elements[ast.unparse(node), is_written] = sizes[array]
    return sum(elements.values())


def _names_in(tree: ast.AST) -> list[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
