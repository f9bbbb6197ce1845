"""The Numba backend: the whole time loop in one compiled function."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numba import config

from brainkernel.codegen import print_program
from brainkernel.codegen.module import RUN
from brainkernel.execution.executable import PrintedExecutable
from brainkernel.program.program import Program
from brainkernel_numba.cache import CheckedModule, write_kept
from brainkernel_numba.dialect import NumbaDialect
from brainkernel_numba.kernels import NumbaKernels, compiled_kernels
from brainkernel_numba.threads import together

if TYPE_CHECKING:
    from brainkernel.program.explanation import Explanation
    from brainkernel.program.trial import Trial


class NumbaExecutable(PrintedExecutable):
    """A program whose compiled code is checked before it is taken from disk, and runs on as many threads as wanted."""

    def __init__(self, program: Program, path: Path) -> None:
        super().__init__(program, path, "numba")
        self._module = CheckedModule(self._module)  # type: ignore[assignment]
        self._crew = ThreadPoolExecutor(1)
        self._size = 1

    def _launch(self, calls: list[list[Any]]) -> int:
        """Call `run` once for each thread, at the same time."""
        if len(calls) == 1:
            return super()._launch(calls)
        self._module.prepare(tuple(calls[0]))  # once, and not by all threads at the same time
        return together(
            self._of_size(len(calls) - 1), self._module.run, calls, calls[0][RUN.index("gate")]
        )

    def _of_size(self, size: int) -> ThreadPoolExecutor:
        """Threads that wait between two stretches.

        All must run at once, since they wait for one another too.
        """
        if size > self._size:
            self._crew, self._size = (
                ThreadPoolExecutor(size, thread_name_prefix="brainkernel"),
                size,
            )
        return self._crew


class NumbaBackend:
    """Prints scalar loops and has Numba compile them.

    A second process takes them from Numba's cache on disk.
    """

    name = "numba"
    libraries = ("numba", "llvmlite")  # whose versions belong into the datasets
    dialect = NumbaDialect()
    threaded = not getattr(config, "DISABLE_JIT", 0)

    @property
    def kernels(self) -> NumbaKernels | None:
        """What draws large arrays of random numbers fast; compiled when it is first used."""
        return compiled_kernels()

    def source(self, program: Program, constants: dict[str, list[float]] | None = None) -> str:
        """The program's text for Numba."""
        return print_program(program, self.dialect, constants)

    def compile(self, program: Program, source: Path | None = None) -> PrintedExecutable:
        """Import the printed text, or an edited copy of it; Numba compiles it at the first run."""
        return NumbaExecutable(program, source or write_kept(self.source(program), self.name))

    def explain(self, trial: Trial) -> Explanation:
        """Where the time of a trial goes, and what LLVM made of the loops."""
        from brainkernel_numba.explain import explain

        return explain(trial, self)
