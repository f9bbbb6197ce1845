"""The programs of a network: printed once, compiled once, and which of them ran last."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from brainkernel.codegen import replace_constants
from brainkernel.execution.backend_choice import chosen_backend
from brainkernel.execution.declared import device_of
from brainkernel.lowering.compiled_network import Build
from brainkernel.program.contracts import Backend, Executable
from brainkernel.program.program import Program


class PrintedProgram(NamedTuple):
    """The text of a program, and what it was printed from."""

    backend: str
    program: Program
    values: Any
    constants: dict[str, list[float]]
    text: str


class Programs:
    """Keeps what was printed and compiled for a network.

    Attributes
    ----------
    last_backend : Backend or None
        The one that ran last.
    path : Path or None
        The file of the program that ran last.
    """

    def __init__(self) -> None:
        self.last_backend: Backend | None = None
        self.path: Path | None = None
        self._printed: PrintedProgram | None = None
        self.executables: dict[tuple[str, str], tuple[Program, Executable]] = {}

    def backend(
        self,
        backend: str | Backend | None,
        last: bool = False,
        device: str | None = None,
    ) -> Backend:
        """The backend of that name; where none is named, the last one if `last`, or the default."""
        if backend is None and last and self.last_backend is not None:
            return self.last_backend
        return chosen_backend(backend, device)

    def source(self, build: Build, backend: Backend) -> str:
        """The text for a backend with the present constants, which alone change where they can."""
        program, printed = build.program, self._printed
        if printed and (printed.backend != backend.name or printed.program != program):
            printed = None
        if printed is None or printed.values is not build.constants:
            constants = build.printed_constants()
            text = ""
            if printed is not None:
                text = replace_constants(printed.text, printed.constants, constants) or ""
            text = text or backend.source(program, constants)
            printed = PrintedProgram(backend.name, program, build.constants, constants, text)
            self._printed = printed
        return printed.text

    def compiled(self, program: Program, backend: Backend, source: Path | None) -> Executable:
        """The executable of a program, or of an edited copy of its text, compiled once."""
        where = "" if source is None else str(source.resolve()) + str(_stamp(source))
        key = (backend.name + device_of(backend), where)
        if key not in self.executables or self.executables[key][0] != program:
            executable = self._resized(key, program, backend)
            self.executables[key] = (program, executable or backend.compile(program, source))
        executable = self.executables[key][1]
        self.path, self.last_backend = executable.path, backend
        return executable

    def _resized(
        self,
        key: tuple[str, str],
        program: Program,
        backend: Backend,
    ) -> Executable | None:
        """The executable that there is, for a network with other numbers of synapses.

        None where there is none, or the text of the program is another one.
        """
        edited = bool(key[1])
        if edited or key not in self.executables:
            return None
        before, executable = self.executables[key]
        resized = getattr(executable, "resized", None)
        if resized is None or before.shape != program.shape:
            return None
        fits = executable.source == backend.source(program)
        return resized(program) if fits else None


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
