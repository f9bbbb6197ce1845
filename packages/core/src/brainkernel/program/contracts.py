"""The contracts between the kernel, its backends and its recorders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from brainkernel.plugins.specs import BackendSpec
from brainkernel.program.explanation import Explanation
from brainkernel.program.job import Job, Records
from brainkernel.program.program import Program
from brainkernel.program.state import State
from brainkernel.program.trial import Trial
from brainkernel.random.sampling_kernels import Kernels

if TYPE_CHECKING:
    import xarray


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
        """Take `state` forward by at most ``job.steps`` steps, in place, and return the records.

        It may stop earlier, where what it writes to is full: the kernel looks at ``records.steps``
        and calls again.

        Parameters
        ----------
        state : State
            Where the network is; written to.
        job : Job
            What to do: parameters, connectivity, inputs, and what to record.

        Returns
        -------
        Records
        """


class Backend(Protocol):
    """Something that runs programs; where its spec says so it has some of `BackendOptions` too.

    Attributes
    ----------
    name : str
        The name by which users ask for it.
    """

    name: str

    def source(
        self,
        program: Program,
        constants: dict[str, list[float]] | None = None,
        whole: bool = False,
    ) -> str:
        """Print the program's text for this backend; equal programs give equal texts.

        Parameters
        ----------
        program : Program
            The network.
        constants : dict, optional
            By name of a part the values that it has now, one for each group or projection: a table
            to be printed, in which users may edit numbers.
        whole : bool, optional
            Whether the machinery is printed in full, in place of its imports.
        """

    def compile(self, program: Program, source: Path | None = None) -> Executable:
        """Make a program ready to run, or an edited copy of its text.

        Parameters
        ----------
        program : Program
            The network.
        source : path, optional
            The edited copy.

        Raises
        ------
        BackendError
            Where it cannot run this program: before anything runs, with the reason.
        ProgramError
            Where the copy is none of this program.
        """


class BackendOptions(Protocol):
    """What a backend has besides where its spec says so; nothing is asked that is not declared.

    A backend that declares ``threads`` is given a ``job.pieces`` that shares the network out among
    as many as the user asks for.

    Attributes
    ----------
    spec : BackendSpec
        What it declares. Left out where a plugin offers its class, or one that it is derived from,
        and that spec holds; an object that has none declares nothing.
    device : object
        What its ``device=`` argument has chosen, if its spec lists more than one; programs are
        compiled for each.
    kernels : Kernels or None
        With the word ``sampling``: loops that draw connectivity and first values, with the bits of
        NumPy's.
    """

    spec: BackendSpec
    device: object
    kernels: Kernels | None

    def explain(self, trial: Trial) -> Explanation:
        """Say where the time of a run goes, with the word ``explain``.

        Parameters
        ----------
        trial : Trial
            Runs the program on copies of the network's state.
        """


class Store(Protocol):
    """A place where monitors put data.

    A recorder plugin's target makes one from the name of the place.

    A table is begun with an xarray dataset that has every variable, coordinate and attribute, but
    no rows: the dimension along which it grows, ``time`` or ``spike``, has size zero.

    Attributes
    ----------
    place : str
        Where it is, for messages; a path, where it is on disk.
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
