"""The contracts between the kernel, its backends and its recorders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

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


class Store(Protocol):
    """A place where monitors put data; a recorder plugin's target makes one from the name of the place.

    A table is begun with an xarray dataset that has every variable, coordinate and attribute, but no rows: the
    dimension along which it grows, ``time`` or ``spike``, has size zero.

    Attributes
    ----------
    place : str
        Where it is, for messages.
    in_memory : bool
        Whether what is recorded takes memory.
    """

    place: str
    in_memory: bool

    def open(self, name: str, table: xarray.Dataset) -> None:
        """Begin the table of a monitor."""

    def append(self, name: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows: an array for each variable that grows."""

    def rows(self, name: str) -> int:
        """How many rows a table has."""

    def dataset(self, name: str, first: int = 0) -> xarray.Dataset:
        """A table from a row on."""

    def flush(self, attributes: Mapping[str, Any]) -> None:
        """Complete the store, and give the whole and each table these attributes."""

    def mark(self) -> object:
        """What `rewind` needs to come back to now."""

    def rewind(self, mark: Any) -> None:
        """Forget what was added since a mark, or raise MonitorError where that cannot be."""

    def close(self) -> None:
        """Nothing more will be added."""
