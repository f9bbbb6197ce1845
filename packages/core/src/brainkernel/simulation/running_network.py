"""What runs, batches and values ask of the network that they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from brainkernel.lowering.compiled_network import Build
from brainkernel.program.contracts import Backend, Executable
from brainkernel.program.state import State
from brainkernel.recording.network_protocol import RecordedNetwork
from brainkernel.recording.recorder import Recorder


class RunningNetwork(RecordedNetwork, Protocol):
    """A network that can be taken forward."""

    _recorder: Recorder
    _pace: dict[tuple[str, int], int]

    @property
    def t(self) -> float:
        """The time in ms."""

    def compiled(self, backend: Backend, source: Path | None) -> Executable:
        """The executable of the present program for a backend, compiled once."""

    def source(self, backend: str | Backend | None = None) -> str:
        """The program of a backend with this network's constants."""

    def set_state(self, state: State) -> None:
        """Go to another state of this network."""

    def put_build(self, build: Build, state: State | None = None) -> None:
        """Go on with other synapses, and in another state where one is given."""

    def kept_values(self) -> Any:
        """All values of all members, and what is given for their parameters."""

    def put_values(self, kept: Any) -> None:
        """Go back to values that were kept."""
