"""How many bytes monitors will record, known before a network is made ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from brainkernel.base.clock import whole_steps
from brainkernel.errors import DurationError
from brainkernel.lowering.compiled_network import Build
from brainkernel.memory.array_sizes import Entry
from brainkernel.memory.expected_network import expected_synapses
from brainkernel.memory.record_limits import COPIES
from brainkernel.model.neuron import End
from brainkernel.model.synapse import Synapse
from brainkernel.recording.monitor import Monitor
from brainkernel.recording.selection import counted_per


def expected_records(
    monitors: Mapping[str, Monitor], duration: object, dt: float, step: int, build: Build | None
) -> Iterator[Entry]:
    """What each monitor records in a run of `duration` ms from a step on.

    Parameters
    ----------
    build : Build or None
        The network made ready; None where it is not, and the number of synapses is expected.

    Raises
    ------
    DurationError
        Where the duration is no whole number of steps.
    """
    steps = int(whole_steps(duration, dt, "the duration", DurationError))
    for name, monitor in monitors.items():
        row, every = monitor.row_bytes(ExpectedElements(build)), 1
        if monitor.every is not None:
            label = f"the interval of monitor {name}"
            every = int(whole_steps(monitor.every, dt, label, least=1))
        rows = (step + steps) // every - step // every
        yield Entry("records", name, None if row is None else COPIES * rows * row)


class ExpectedElements:
    """Counts the elements of variables, drawing nothing."""

    def __init__(self, build: Build | None) -> None:
        self._build = build

    def __call__(self, target: End | Synapse, variable: str, selected: Any = None) -> float | None:
        """How many elements of a variable are selected; None where nobody knows before."""
        member = target if isinstance(target, Synapse) else target._group
        level = counted_per(member, variable)
        if level is None:
            return 1.0
        size = self._size(target, level)
        if isinstance(selected, np.ndarray):
            masked = selected.dtype == np.bool_
            return float(np.count_nonzero(selected) if masked else selected.size)
        if isinstance(selected, slice) and size is not None:
            return float(len(range(*selected.indices(int(size)))))
        return size

    def _size(self, target: End | Synapse, level: str) -> float | None:
        if not isinstance(target, Synapse):
            return float(target._size)
        ends = {"pre": target.pre._size, "post": target.post._size}
        if level in ends:
            return float(ends[level])
        if self._build is None:
            return expected_synapses(target)
        return float(self._build.connectivities[str(target.name)].size)
