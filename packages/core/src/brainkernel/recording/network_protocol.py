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
    def function(self) -> Callable[..., object]: ...

    @property
    def every(self) -> int: ...


class RecordedNetwork(Protocol):
    """A network whose monitors are read."""

    @property
    def groups(self) -> tuple[Neuron, ...]: ...

    @property
    def projections(self) -> tuple[Synapse, ...]: ...

    @property
    def monitors(self) -> Mapping[str, Monitor]: ...

    @property
    def operations(self) -> Sequence[RecordedOperation]: ...

    @property
    def dt(self) -> float: ...

    @property
    def seed(self) -> int: ...

    @property
    def step(self) -> int: ...

    @property
    def build(self) -> Build: ...

    @property
    def state(self) -> State: ...

    def wires(self, member: Synapse, what: str) -> Any:
        """Sources (``pre``) or targets (``post``) of a projection's synapses."""

    def _check_whole(self, what: str) -> None:
        """Refuse to go on without a member that a newer network took."""


class RecordedRun(Protocol):
    """A run whose records are kept."""

    log: RunLog | None

    @property
    def inputs(self) -> Mapping[Any, object]: ...

    @property
    def backend(self) -> Backend: ...

    @property
    def source(self) -> Path | None: ...

    @property
    def threads(self) -> int: ...

    @property
    def record_to(self) -> str | Path | None: ...

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...

    @property
    def text(self) -> str: ...
