"""The Numba backend: the whole time loop in one compiled function."""

from __future__ import annotations

from pathlib import Path

from brainkernel.executable import PrintedExecutable
from brainkernel.printing import print_program
from brainkernel.program import Program
from brainkernel.programfile import write_program
from brainkernel_numba.dialect import NumbaDialect


class NumbaBackend:
    """Prints scalar loops and has Numba compile them; a second process takes them from Numba's cache on disk."""

    name = "numba"
    distribution = "brainkernel-numba"
    libraries = ("numba", "llvmlite")  # whose versions belong into the datasets
    dialect = NumbaDialect()

    def source(self, program: Program, constants: dict[str, list[float]] | None = None) -> str:
        """The program's text for Numba."""
        return print_program(program, self.dialect, constants)

    def compile(self, program: Program, source: Path | None = None) -> PrintedExecutable:
        """Import the printed text, or an edited copy of it; Numba compiles it at the first run."""
        return PrintedExecutable(program, source or write_program(self.source(program), self.name))
