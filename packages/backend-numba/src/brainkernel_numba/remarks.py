"""Which loops of a printed program LLVM has vectorised, and why not the others.

LLVM's remarks are a setting of the whole process and go to its standard error; therefore a second
process compiles the program once more, with its cache elsewhere. There each instruction knows its
line, which changes no code.
"""

from __future__ import annotations

import ast
import inspect
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from brainkernel.backend import LoopReport, import_program
from brainkernel.errors import ProgramError
from brainkernel_numba import draws, runtime

__all__ = ["LoopReport", "loops"]

PROGRAM = "program_under_report"

ANY_REMARK = re.compile(r"remark: [^ ]+:\d+:\d+: (.*)")
VECTORISED = re.compile(
    r"vectorized loop \(vectorization width: (?:vscale x )?(\d+), interleaved count: (\d+)\)"
)
INTERLEAVED = re.compile(r"interleaved loop \(interleaved count: (\d+)\)")
MISSED = "loop not vectorized"
DONE_BEFORE = "the loop has already been vectorized"

MACHINERY = (runtime, draws)
"""What programs import: compiled with them, in files of their own."""

# What LLVM's words mean to someone who wrote the loop; the first that fits.
MEANING = {
    "call instruction cannot be vectorized": "a call that was not inlined, and has no vector form",
    "cannot identify array bounds": (
        "memory: an index is read from an array, so places may coincide"
    ),
    "unsafe dependent memory operations": "memory: an iteration may need what an earlier one wrote",
    "memory operations": "memory: arrays may overlap",
    "early exit": "control flow: the loop may end early",
    "uncountable": "trip count: it is not known when the loop begins",
    "number of loop iterations": "trip count: it is not known when the loop begins",
    "control flow": "control flow: a branch that cannot become a selection",
    "floating-point operations": "reduction: a sum in another order would round otherwise",
    "could not be identified as reduction": "a value is carried from one iteration to the next",
    "induction variable": "trip count: no counter with a fixed step",
    "vectorization is not beneficial": "not beneficial: it would cost more than it saves",
    "instruction cannot be vectorized": "an operation that has no vector form",
    "cannot vectorize": "control flow",
}
SILENT = (
    "LLVM names no loop here: it was unrolled, removed, or became a block copy or fill, "
    "or was never compiled"
)
OUTER = "LLVM vectorises innermost loops, and this one holds another, itself or in what it calls"


@dataclass(frozen=True)
class _Loop:
    function: str
    line: int
    last: int
    innermost: bool


Said: TypeAlias = tuple[int, str]


def loops(
    path: str | Path, signatures: Sequence[tuple[Any, ...]] | None = None
) -> list[LoopReport]:
    """Report on each loop of each function of a printed Numba program.

    Parameters
    ----------
    path : path
        The program: ``net.program_path`` after a run.
    signatures : sequence of tuples of Numba's types, optional
        What its ``run`` is to be compiled for; by default what this process has run it with.

    Returns
    -------
    list of LoopReport
        In the order of the text.

    Raises
    ------
    ProgramError
        Where the program has not run yet, or cannot be compiled.
    """
    path = Path(path)
    module = PROGRAM
    if signatures is None:
        program = import_program(path)
        module, signatures = program.__name__, getattr(program.run, "signatures", ())
    if not signatures:
        raise ProgramError(
            f"{path} has not run in this process with Numba: run the network first, or pass "
            "signatures"
        )
    text = path.read_text(encoding="utf-8")
    remarks = _remarks(text, tuple(signatures), module)
    found = reports(text, remarks)
    for imported in MACHINERY:
        stem = Path(str(imported.__file__)).stem
        reported = reports(inspect.getsource(imported), remarks, stem)
        found += [report for report in reported if report.reason not in (SILENT, OUTER)]
    return found


def reports(text: str, remarks: str, stem: str = PROGRAM) -> list[LoopReport]:
    """Match LLVM's remarks with the loops of a text, which lies in a file of this stem."""
    found = list(_loops(ast.parse(text)))
    outcomes: dict[_Loop, list[Said]] = {}
    for said in _groups(remarks, stem):
        loop = _loop_of(said, found)
        if loop is not None:
            outcomes.setdefault(loop, []).extend(
                line for line in said if line not in outcomes.get(loop, [])
            )
    lines = text.splitlines()
    return [_report(loop, lines[loop.line - 1].strip(), outcomes.get(loop, [])) for loop in found]


def _loops(tree: ast.Module) -> Iterator[_Loop]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    with_loops = {function.name for function in functions if any(map(_is_loop, ast.walk(function)))}
    for function in functions:
        nodes = [node for node in ast.walk(function) if isinstance(node, ast.For | ast.While)]
        for node in sorted(nodes, key=lambda node: node.lineno):
            outer = any(
                n is not node and (_is_loop(n) or _calls(n, with_loops)) for n in ast.walk(node)
            )
            yield _Loop(function.name, node.lineno, node.end_lineno or node.lineno, not outer)


def _is_loop(node: ast.AST) -> bool:
    return isinstance(node, ast.For | ast.While)


def _calls(node: ast.AST, functions: set[str]) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions
    )


def _groups(remarks: str, stem: str) -> Iterator[list[Said]]:
    """All that LLVM says on one loop; the verdict comes last."""
    in_file = re.compile(rf"remark: (?:.*[/\\])?{re.escape(stem)}\.py:(\d+):\d+: (.*)")
    said: list[Said] = []
    for line in remarks.splitlines():
        any_file = ANY_REMARK.match(line)
        if any_file is None:
            continue
        here, message = in_file.match(line), any_file[1]
        said.append((int(here[1]) if here else 0, message))
        if VECTORISED.fullmatch(message):
            yield said[-1:]
        elif message == MISSED or INTERLEAVED.fullmatch(message):
            yield said
        elif not message.endswith(DONE_BEFORE):
            continue
        said = []


def _loop_of(said: list[Said], found: list[_Loop]) -> _Loop | None:
    """Find the loop of a verdict; where its line is that of an inlined function, others tell."""
    holding = [loop for line, _ in reversed(said) if (loop := _innermost(line, found)) is not None]
    return next((loop for loop in holding if loop.innermost), holding[0] if holding else None)


def _innermost(line: int, found: list[_Loop]) -> _Loop | None:
    return max(
        (loop for loop in found if loop.line <= line <= loop.last),
        key=lambda loop: loop.line,
        default=None,
    )


def _report(loop: _Loop, text: str, said: list[Said]) -> LoopReport:
    vector = [match for _, message in said if (match := VECTORISED.fullmatch(message))]
    if vector:
        width, interleaved = max((int(match[1]), int(match[2])) for match in vector)
        return LoopReport(loop.function, loop.line, text, True, width, interleaved, "")
    interleaved = max(
        (int(m[1]) for _, message in said if (m := INTERLEAVED.fullmatch(message))), default=1
    )
    return LoopReport(loop.function, loop.line, text, False, 1, interleaved, _reason(loop, said))


def _reason(loop: _Loop, said: list[Said]) -> str:
    why = [
        (line, message)
        for line, message in said
        if message != MISSED and not INTERLEAVED.fullmatch(message)
    ]
    inside = [(line, message) for line, message in why if loop.line <= line <= loop.last] or why
    if inside:
        plain = {_plain(line, message): _words(message) for line, message in reversed(inside)}
        return "; ".join(f"{reason} (LLVM: {words})" for reason, words in reversed(plain.items()))
    return SILENT if loop.innermost else OUTER


def _plain(line: int, message: str) -> str:
    words = _words(message).lower()
    meaning = next((plain for key, plain in MEANING.items() if key.lower() in words), "unusual")
    return f"line {line}: {meaning}" if line else meaning


def _words(message: str) -> str:
    return message.removeprefix("loop not vectorized: ")


# --- the second process ---------------------------------------------------------------------------


@lru_cache(maxsize=16)  # a program takes seconds, and is often asked about again
def _remarks(text: str, signatures: tuple[tuple[Any, ...], ...], module: str) -> str:
    """What LLVM says while another process compiles a program."""
    with tempfile.TemporaryDirectory(prefix="brainkernel-") as folder:
        path = Path(folder) / f"{PROGRAM}.py"
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".signatures").write_bytes(pickle.dumps(list(signatures)))
        paths = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        environment = {
            **os.environ,
            "PYTHONPATH": paths,
            "NUMBA_CACHE_DIR": folder,
            "NUMBA_DISABLE_JIT": "0",
        }
        command = [sys.executable, "-m", __name__, str(path), module]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace"
        )
    if done.returncode:
        raise ProgramError(
            f"the program cannot be compiled for LLVM's remarks:\n{done.stderr[-2000:]}"
        )
    return done.stderr


def _compile(path: Path, module: str) -> None:
    """Compile a program with LLVM's remarks on, in a process that does nothing else.

    The signatures name tuples of arrays that the program defines, by the module that it is in the
    process which asks.
    """
    import llvmlite.binding as llvm
    from numba.core.caching import NullCache

    for kind in ("", "-missed", "-analysis"):
        llvm.set_option("", f"-pass-remarks{kind}=loop-vectorize")
    _add_lines()
    _only_optimise()
    program = sys.modules[module] = import_program(path)
    signatures = pickle.loads(path.with_suffix(".signatures").read_bytes())
    run = program.run
    run._cache = NullCache()
    for signature in signatures:
        run.compile(signature)


def _add_lines() -> None:
    """Have Numba tell LLVM the line of each instruction, without variables (``debug=True``)."""
    from numba.core.cpu import CPUTargetOptions

    finalize = CPUTargetOptions.finalize

    def with_lines(self: Any, flags: Any, options: Any) -> None:
        finalize(self, flags, options)  # type: ignore[no-untyped-call]
        # what a step function brings along by inlining then has the line of its call, which is a
        # line of the loop
        flags.debuginfo = flags.dbg_directives_only = (
            flags.no_cpython_wrapper or not flags.forceinline
        )
        flags.dbg_optnone = flags.dbg_extend_lifetimes = False

    CPUTargetOptions.finalize = with_lines  # type: ignore[method-assign]


def _only_optimise() -> None:
    """Have Numba stop after LLVM's remarks: its writer of machine code stumbles over the lines."""
    from numba.core.codegen import JITCodeLibrary, JITCPUCodegen

    def no_function(self: Any, name: str) -> int:
        self._ensure_finalized()
        return 0

    JITCodeLibrary._finalize_specific = lambda self: None  # type: ignore[method-assign]
    JITCodeLibrary.get_pointer_to_function = no_function  # type: ignore[method-assign]
    JITCPUCodegen.set_env = lambda self, name, env: None  # type: ignore[method-assign]


if __name__ == "__main__":
    _compile(Path(sys.argv[1]), sys.argv[2])
