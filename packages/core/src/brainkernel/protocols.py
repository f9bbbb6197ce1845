"""The contracts between the kernel and its backends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from brainkernel._state import State
    from brainkernel.program import Program
    from brainkernel.records import Job, Records


class Executable(Protocol):
    """A program that a backend has made ready to run.

    Attributes
    ----------
    source : str
        The text that runs.
    path : Path
        The file that it runs from.
    """

    source: str
    path: Path

    def run(self, state: State, job: Job) -> Records:
        """Take `state` forward by at most ``job.steps`` steps, in place, and give back what was recorded."""


class Backend(Protocol):
    """Something that runs programs.

    Attributes
    ----------
    name : str
        The name by which users ask for it.
    """

    name: str

    def source(self, program: Program, constants: dict[str, list[float]] | None = None) -> str:
        """The program's text for this backend."""

    def compile(self, program: Program, source: Path | None = None) -> Executable:
        """Make a program ready to run, or an edited copy of its text."""
