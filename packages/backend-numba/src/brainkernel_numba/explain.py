"""What each function of a program does for its time.

Laps of a clock, LLVM's remarks, and the arrays of its loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from brainkernel.codegen import print_program
from brainkernel.codegen.source_file import write_program
from brainkernel.codegen.spike_delivery import print_edges
from brainkernel.errors import BackendError
from brainkernel.program.explanation import Explanation, LoopReport, Task
from brainkernel.program.program import STORES, Program
from brainkernel.program.trial import Amount, Trial, Workload
from brainkernel_numba.backend import NumbaBackend
from brainkernel_numba.laps import LapExecutable, LappedDialect
from brainkernel_numba.remarks import loops

ITEMSIZES = {"fired": 1, "spikes": 4, "ranges": 8, "rows": 8, "bases": 4, "inputs": 8, "samples": 8}
"""Of arrays that are no parts of a store."""
WAITING = "meet"


@dataclass(frozen=True)
class Site:
    """One place of ``run`` that calls a function.

    Where its laps are counted, and whose loop of `run` it stands in.

    ``table`` is ``blocks`` or ``edges``, ``number`` the line of it, and ``arguments`` the array
    behind each argument.
    """

    place: int
    function: str
    table: str
    number: int
    arguments: tuple[str, ...]


def explain(trial: Trial, backend: NumbaBackend) -> Explanation:
    """Run the program as it is, to count, and with a clock, and ask LLVM about it."""
    if not backend.threaded:
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
        sites = [site for site in sites if site.function != WAITING]
    timed = LapExecutable(program, write_program(text, "numba_laps"), text.count("lap(laps, ") + 1)
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


# --- the text ---------------------------------------------------------------------------------------------------------


def _sites(tree: ast.Module) -> Iterator[Site]:
    """The calls that a lap follows."""
    run = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run"
    )
    yield from _sites_among(run.body, ("", 0))


def _sites_among(body: list[ast.stmt], owner: tuple[str, int]) -> Iterator[Site]:
    call: ast.Call | None = None
    for statement in body:
        if isinstance(statement, ast.For | ast.If):
            yield from _sites_among(statement.body, _owner(statement) or owner)
        elif (place := _lap(statement)) is None:
            call = _called(statement) or call
        elif call is not None:
            arguments = tuple(_array(argument) for argument in call.args)
            yield Site(place, ast.unparse(call.func), *owner, arguments)


def _called(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement is, or whose results it gives names.

    Not one that it writes into an array.
    """
    if not isinstance(statement, ast.Expr | ast.Assign) or not isinstance(
        statement.value, ast.Call
    ):
        return None
    into_array = isinstance(statement, ast.Assign) and isinstance(
        statement.targets[0], ast.Subscript
    )
    return None if into_array else statement.value


def _lap(statement: ast.stmt) -> int | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if ast.unparse(call.func) == "lap" and isinstance(call.args[1], ast.Constant):
            return int(str(call.args[1].value))
    return None


def _owner(loop: ast.stmt) -> tuple[str, int] | None:
    """The line of ``blocks`` or ``edges`` that a loop of ``run`` goes through."""
    for node in ast.walk(loop.iter) if isinstance(loop, ast.For) else ():
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("blocks", "edges"):
            assert isinstance(node.slice, ast.Tuple) and isinstance(
                node.slice.elts[0], ast.Constant
            )
            return ast.unparse(node.value), int(str(node.slice.elts[0].value))
    return None


def _array(argument: ast.expr) -> str:
    """The array that an argument is, or is a stretch of."""
    if isinstance(argument, ast.Call) and argument.args:
        return _array(argument.args[0])
    return _array(argument.value) if isinstance(argument, ast.Subscript) else ast.unparse(argument)


class _Reader:
    """Puts together what is known of a task."""

    def __init__(
        self, program: Program, work: Workload, text: str, reports: list[LoopReport]
    ) -> None:
        self.program, self.work, self.reports = program, work, reports
        nodes = [
            node
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef | ast.ImportFrom)
        ]
        self.functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        self.outside = {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names} - {
            "np"
        }
        names = print_edges(program, LappedDialect()).names
        self.tasks = {(edge, function): task for (edge, task), function in names.items()}
        parts = {part.name: _itemsize(part.store) for part in program.parts.values()}
        self.itemsizes = {**parts, **ITEMSIZES, **{store: _itemsize(store) for store in STORES}}

    def task(self, site: Site, share: float, seconds: float) -> Task:
        """All that is known of one site."""
        of, (unit, count) = self._amount(site)
        function = self.functions.get(site.function)
        worker = (
            None if function is None or self._works_outside(function) else self._worker(function)
        )
        loop = None if worker is None else _first_innermost(worker)
        names = {site.function} | ({worker.name} if worker else set())
        mine = tuple(report for report in self.reports if report.function in names)
        which = next(
            (k for k, report in enumerate(mine) if loop is not None and report.line == loop.lineno),
            None,
        )
        own = function if worker is function else None
        size = (
            _traffic(loop, _sizes(own, site, self.itemsizes)) if loop is not None and own else None
        )
        return Task(site.function, of, share * seconds, share, unit, count, size, mine, which)

    def _amount(self, site: Site) -> tuple[str, Amount]:
        for edge in self.program.edges:
            task = self.tasks.get((edge.name, site.function))
            if task and self._edge(site) == edge.name:
                return edge.name, self.work.task(edge, task)
        if site.table == "blocks":
            block = self.program.blocks[site.number]
            return block.name, self.work.neurons(block)
        return "", self.work.all_neurons if site.function == "collect" else self.work.every_step

    def _edge(self, site: Site) -> str:
        """The edge of a site; what sums arrive in tells it where no loop over tables does."""
        if site.table == "edges":
            return self.program.edges[site.number].name
        sums = [(edge.name, f"{edge.name}_arriving") for edge in self.program.edges]
        return next(
            (edge for edge, name in sums if any(a.startswith(name) for a in site.arguments)), ""
        )

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
        return any(
            isinstance(call.func, ast.Name) and call.func.id in self.outside for call in calls
        )


def _itemsize(store: str) -> int:
    return ITEMSIZES[store] if store in ITEMSIZES else np.dtype(STORES[store]).itemsize


def _sizes(function: ast.FunctionDef, site: Site, itemsizes: Mapping[str, int]) -> dict[str, int]:
    """How many bytes an element of each argument takes, by the function's own names."""
    names = (argument.arg for argument in function.args.args)
    return {
        name: itemsizes[array]
        for name, array in zip(names, site.arguments, strict=True)
        if array in itemsizes
    }


def _first_innermost(function: ast.FunctionDef) -> ast.For | None:
    found = [node for node in ast.walk(function) if isinstance(node, ast.For)]
    inner = (
        node for node in found if not any(isinstance(n, ast.For | ast.While) for n in _within(node))
    )
    return min(inner, key=_line, default=None)


def _line(node: ast.For) -> int:
    return node.lineno


def _within(loop: ast.For) -> Iterator[ast.AST]:
    return (node for statement in loop.body for node in ast.walk(statement))


def _traffic(loop: ast.For, sizes: Mapping[str, int]) -> int:
    """What one round of a loop reads and writes.

    Each place once each way, where it is another one in each round.
    """
    changing = {
        node.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    places = {
        (ast.unparse(node), isinstance(node.ctx, ast.Store)): sizes[ast.unparse(node.value)]
        for node in _within(loop)
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value) in sizes
        and changing & {name.id for name in ast.walk(node.slice) if isinstance(name, ast.Name)}
    }
    return sum(places.values())
