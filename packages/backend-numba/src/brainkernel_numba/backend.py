"""The Numba backend: the whole time loop in one compiled function."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import config
from numpy.typing import NDArray

from brainkernel.backend import PrintedExecutable, Program, network_data, print_program
from brainkernel.plugin import BackendSpec
from brainkernel_numba._plugin import brainkernel_backends
from brainkernel_numba.cache import CheckedModule, write_kept
from brainkernel_numba.dialect import NumbaDialect
from brainkernel_numba.kernels import NumbaKernels, compiled_kernels
from brainkernel_numba.threads import together

if TYPE_CHECKING:
    from brainkernel.backend import Explanation, Trial

# where it is switched off by NUMBA_DISABLE_JIT, functions run as Python, and one thread at a time
COMPILES = not getattr(config, "DISABLE_JIT", 0)


class NumbaExecutable(PrintedExecutable):
    """A program on as many threads as wanted; its compiled code is checked before it is loaded."""

    def __init__(self, program: Program, path: Path) -> None:
        super().__init__(program, path, "numba", NumbaBackend.dialect)
        self._module = CheckedModule(self._module)  # type: ignore[assignment]
        self._crew = ThreadPoolExecutor(1)
        self._size = 1

    def _launch(self, networks: list[network_data.Network], first: int, last: int) -> int:
        calls = [[network, first, last] for network in networks]
        return self._call(calls, networks[0].threads.gate)

    def _call(self, calls: list[list[Any]], gate: NDArray[np.int64]) -> int:
        """Call `run` once for each thread, at the same time."""
        if len(calls) == 1:
            return int(self._module.run(*calls[0]))
        self._module.prepare(tuple(calls[0]))  # once, and not by all threads at the same time
        return together(self._of_size(len(calls) - 1), self._module.run, calls, gate)

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


def _declared() -> BackendSpec:
    """What the plugin declares, but no threads where Numba compiles nothing: they would wait."""
    (spec,) = brainkernel_backends()
    if COMPILES:
        return spec
    words = tuple(word for word in spec.capabilities if word != "threads")
    return replace(spec, capabilities=words)


class NumbaBackend:
    """Prints scalar loops and has Numba compile them.

    A second process takes them from Numba's cache on disk.
    """

    name = "numba"
    spec = _declared()
    dialect = NumbaDialect()

    @property
    def kernels(self) -> NumbaKernels | None:
        """What draws large arrays of random numbers fast; compiled when it is first used."""
        return compiled_kernels()

    def source(
        self,
        program: Program,
        constants: dict[str, list[float]] | None = None,
        whole: bool = False,
    ) -> str:
        """The program's text for Numba."""
        return print_program(program, self.dialect, constants, whole=whole)

    def compile(self, program: Program, source: Path | None = None) -> PrintedExecutable:
        """Import the printed text, or an edited copy of it; Numba compiles it at the first run."""
        return NumbaExecutable(program, source or write_kept(self.source(program), self.name))

    def explain(self, trial: Trial) -> Explanation:
        """Where the time of a trial goes, and what LLVM made of the loops."""
        from brainkernel_numba.explain import explain

        return explain(trial, self)
