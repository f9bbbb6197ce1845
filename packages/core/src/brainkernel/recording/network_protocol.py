"""What is asked of the network and the run that are recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from brainkernel.lowering.compiled_network import Build
from brainkernel.model.neuron import Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.contracts import Backend
from brainkernel.program.state import State
from brainkernel.recording.monitor import Monitor
from brainkernel.recording.run_log import RunLog


class RecordedOperation(Protocol):
    """A function of the user that runs between steps."""

    @property
    def function(self) -> Callable[..., object]:
        """The function."""

    @property
    def every(self) -> int:
        """The interval in steps."""


class RecordedNetwork(Protocol):
    """A network whose monitors are read."""

    @property
    def groups(self) -> tuple[Neuron, ...]:
        """The neuron groups."""

    @property
    def projections(self) -> tuple[Synapse, ...]:
        """The projections."""

    @property
    def monitors(self) -> Mapping[str, Monitor]:
        """The monitors by name."""

    @property
    def operations(self) -> Sequence[RecordedOperation]:
        """What runs between steps."""

    @property
    def dt(self) -> float:
        """The step in ms."""

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""

    @property
    def step(self) -> int:
        """How many steps have been taken since time zero."""

    @property
    def build(self) -> Build:
        """The network made ready."""

    @property
    def state(self) -> State:
        """The present state."""

    def connectivity(self, member: Synapse, what: str) -> Any:
        """Sources (``pre``) or targets (``post``) of a projection's synapses."""

    def _check_whole(self, what: str) -> None:
        """Refuse to go on without a member that a newer network took."""


class RecordedRun(Protocol):
    """A run whose records are kept."""

    log: RunLog | None

    @property
    def inputs(self) -> Mapping[Any, object]:
        """What drives the run."""

    @property
    def backend(self) -> Backend:
        """What runs it."""

    @property
    def source(self) -> Path | None:
        """The edited copy that runs, if there is one."""

    @property
    def threads(self) -> int:
        """How many threads."""

    @property
    def record_to(self) -> str | Path | None:
        """Where records go, if a place is named."""

    @property
    def first(self) -> int:
        """The step from which it goes."""

    @property
    def last(self) -> int:
        """The step to which it goes."""

    @property
    def text(self) -> str:
        """The program with its constants."""
