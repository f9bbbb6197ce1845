"""The contract of a kind of monitor: what it has recorded, and how that becomes a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import one_number
from brainkernel.errors import BackendError, MonitorError
from brainkernel.model.neuron import End, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.job import Records
from brainkernel.recording.series import Series

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]
Look = Callable[[Any, Any], Any]
"""A value of one step of a pure function, from its arrays and who fired."""


class SpikeEvents(Protocol):
    """The spikes of a monitor's target."""

    def events(self, records: Records) -> tuple[Ints, Ints]:
        """Grid points and neuron numbers within the group, by time, then neuron."""


class SpikeCounts(Protocol):
    """How many neurons of a monitor's target fire."""

    def counts(self, first: int, records: Records) -> NDArray[Any]:
        """For each step of the stretch that begins at step `first`."""


class Probes(Protocol):
    """What a monitor may have recorded. Whatever it asks for here is recorded from then on.

    Attributes
    ----------
    dt : float
        The step of the network in ms.
    every : int
        The monitor's interval in steps.
    """

    @property
    def dt(self) -> float:
        """The step in ms."""

    @property
    def every(self) -> int:
        """The interval in steps."""

    def values(
        self,
        target: End | Synapse,
        variable: str,
        selected: Any = None,
        every: int | None = None,
    ) -> Series:
        """A variable over time, at the monitor's interval or at another one, in steps."""

    def spikes(self, target: End, event: str = "") -> SpikeEvents:
        """The spikes of a group or slice, one by one, or its events of another kind."""

    def spike_lag(self, target: End) -> Series | None:
        """By how many ms spikes are before the end of their step; None where they are at it."""

    def spike_counts(self, target: End, event: str = "") -> SpikeCounts:
        """How many neurons of a group or slice fire, or have an event, in each step."""

    def ends(self, projection: Synapse, end: str) -> Ints:
        """The sources (``pre``) or targets (``post``) of a projection's synapses."""


class Elements(Protocol):
    """Counts what is selected, before anything is recorded."""

    def __call__(self, target: End | Synapse, variable: str, selected: Any = None) -> float | None:
        """How many elements of a variable are selected; None where nobody knows before."""


class Looks(Protocol):
    """What a pure function can look at in one step.

    Attributes
    ----------
    dt : float
        The step of the network in ms.
    """

    @property
    def dt(self) -> float:
        """The step in ms."""

    def values(self, target: End | Synapse, variable: str, selected: Any = None) -> Look:
        """A state, or ``spike``."""

    def fired(self, target: End, selected: Any = None, event: str = "") -> Look:
        """Which neurons of a group or slice fired, or had an event: 1.0 or 0.0 for each."""


class Reading:
    """Turns the records of one stretch of steps into rows of one monitor's table.

    Attributes
    ----------
    carry : object
        What was seen and is in no row yet, as the spikes of a bin that is not full. None at the
        beginning. It is kept with a snapshot, so it is replaced and never changed in place.
    """

    carry: Any = None

    def table(self) -> Any:
        """The dataset without rows: the dimension ``time`` or ``spike`` has size zero.

        It has every variable and coordinate, with units and attributes.
        """
        raise NotImplementedError

    def columns(self, first: int, records: Records) -> Columns:
        """The rows of a stretch from step `first` on: an array for each variable that grows."""
        raise NotImplementedError

    def rows(self, first: int, last: int) -> int | None:
        """How many rows there will be between two steps; None where that is not known before."""
        return None

    def complete(self, columns: Columns, since: int) -> Columns:
        """The rows that hold all they should, of a monitor that was added at step `since`."""
        return columns


class Monitor:
    """Base of the monitors: what they watch, how often, and what becomes of it.

    A kind of monitor is a class of its own; nothing else of the kernel knows which kinds there are.

    Parameters
    ----------
    target : Neuron, Slice or Synapse
        What is watched.
    every : float, optional
        The interval in ms; each step where none is given.

    Attributes
    ----------
    averaged : bool
        Whether a pure function takes the mean of the steps of an interval, and not the last
        of them.

    Raises
    ------
    MonitorError
        Where the interval is not above 0 ms.
    """

    averaged: ClassVar[bool] = False

    def __init__(self, target: Any, every: float | None) -> None:
        self.target, self.every = target, every
        if every is not None:
            interval = one_number(
                every, "ms", f"the interval of a {type(self).__name__}", error=MonitorError
            )
            if not interval > 0:
                raise MonitorError(
                    f"the interval of a {type(self).__name__} is {interval!r} ms: it is above 0 ms"
                )

    @property
    def member(self) -> Neuron | Synapse:
        """The group or projection that is watched."""
        return self.target if isinstance(self.target, Synapse) else self.target._group

    def reading(self, probes: Probes) -> Reading:
        """Have recorded what this monitor needs, and say what becomes of it."""
        raise NotImplementedError

    def row_bytes(self, elements: Elements) -> int | None:
        """How many bytes one row will take; None where the number of rows is not known before."""
        return None

    def looks(self, looks: Looks) -> Mapping[str, Look]:
        """What a pure function records in each step, by name.

        Raises
        ------
        BackendError
            Where it cannot record this.
        """
        raise BackendError(f"a pure function cannot record with a {type(self).__name__}")
