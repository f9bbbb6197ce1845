"""The mean firing rate in bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.model.neuron import End
from brainkernel.program.job import Records
from brainkernel.recording.datasets import dataset, labels, target_attributes
from brainkernel.recording.monitor import Columns, Elements, Look, Looks, Monitor, Probes, Reading
from brainkernel.recording.reading_times import grid_points, interval_ends
from brainkernel.recording.selection import check_fires

MEAN_RATE = "mean firing rate of a neuron"


class RateMonitor(Monitor):
    """Record the mean firing rate of a group or slice in bins.

    Parameters
    ----------
    target : Neuron or Slice
        Whose rate.
    every : float, optional
        The width of a bin in ms; one step where none is given. A value at t is the rate in (t -
        every, t].
    event : str, optional
        Another kind of event of the model, in place of the spike.
    """

    averaged = True

    def __init__(self, target: End, every: float | None = None, *, event: str = "") -> None:
        check_fires("RateMonitor", target, event)
        super().__init__(target, every)
        self.event = event

    def reading(self, probes: Probes) -> Reading:
        """Count the spikes of each step."""
        return Rates(self, probes)

    def row_bytes(self, elements: Elements) -> int:
        """A time and a rate."""
        return 16

    def looks(self, looks: Looks) -> Mapping[str, Look]:
        """The share of the neurons that fired, in Hz."""
        fired, factor = looks.fired(self.target, event=self.event), 1000.0 / looks.dt
        return {"rate": lambda arrays, flags: factor * fired(arrays, flags).mean()}


class Rates(Reading):
    """The mean rate in bins that end at the multiples of the interval."""

    def __init__(self, monitor: RateMonitor, probes: Probes) -> None:
        self.monitor, self.probes = monitor, probes
        self.spikes = probes.spike_counts(monitor.target, monitor.event)

    def table(self) -> Any:
        """Mean rates, without a bin yet."""
        event = self.monitor.event
        meaning = f"mean rate of events {event} of a neuron" if event else MEAN_RATE
        rate = ("time", np.zeros(0), labels("Hz", meaning))
        time = ("time", np.zeros(0), labels("ms", "end of the bin"))
        width = self.probes.every * self.probes.dt
        attributes = {**target_attributes(self.monitor.target), "bin_width_ms": width}
        return dataset({"rate": rate}, {"time": time}, attributes)

    def columns(self, first: int, records: Records) -> Columns:
        """The bins that end in a stretch; the rest is carried on to the next."""
        every, dt = self.probes.every, self.probes.dt
        carried = self.carry or 0
        ends = grid_points(first, first + records.steps, every)
        fired = self.spikes.counts(first, records)
        total = np.concatenate([[0], np.cumsum(fired, dtype=np.int64)])
        until = total[ends - first]
        counts = np.diff(until, prepend=-carried)
        # no bin ends in this stretch: all its spikes belong to the next one
        self.carry = carried + int(total[-1])
        if ends.size:
            self.carry = int(total[-1] - until[-1])
        seconds = self.monitor.target._size * every * dt * 1e-3
        return {"time": step_times(ends, dt), "rate": counts / seconds}

    def rows(self, first: int, last: int) -> int:
        """One for each bin that ends."""
        return interval_ends(first, last, self.probes.every)

    def complete(self, columns: Columns, since: int) -> Columns:
        """Leave out the bin in the middle of which the monitor was added."""
        first_end = np.array([since + self.probes.every - 1])
        (begin,) = step_times(first_end, self.probes.dt)
        complete = columns["time"] > begin
        return {name: values[complete] for name, values in columns.items()}
