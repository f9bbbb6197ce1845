"""The reference backend: the printed text on whole NumPy arrays."""

from __future__ import annotations

from pathlib import Path

from brainkernel.codegen import Dialect, print_program
from brainkernel.codegen.source_file import write_program
from brainkernel.execution.executable import PrintedExecutable
from brainkernel.program.program import Program


class NumpyBackend:
    """Runs programs with NumPy alone; slow, and right."""

    name = "numpy"
    dialect = Dialect()

    def source(
        self,
        program: Program,
        constants: dict[str, list[float]] | None = None,
        whole: bool = False,
    ) -> str:
        """The program's text for NumPy."""
        return print_program(program, self.dialect, constants, whole=whole)

    def compile(self, program: Program, source: Path | None = None) -> PrintedExecutable:
        """Import the printed text, or an edited copy of it."""
        return PrintedExecutable(
            program,
            source or write_program(self.source(program), self.name),
            self.dialect.backend,
            self.dialect,
        )
