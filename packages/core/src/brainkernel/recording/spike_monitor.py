"""Who fires when, and values of those who fire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.errors import BackendError, MonitorError
from brainkernel.model.neuron import End
from brainkernel.program.job import Records
from brainkernel.recording.datasets import (
    Ints,
    dataset,
    described_variable,
    labels,
    neuron_coordinates,
    target_attributes,
)
from brainkernel.recording.monitor import Columns, Look, Looks, Monitor, Probes, Reading
from brainkernel.recording.selection import check_fires, variable_names
from brainkernel.recording.series import Series


class SpikeMonitor(Monitor):
    """Record who fires when, and values of those who fire.

    Parameters
    ----------
    target : Neuron or Slice
        Whose spikes. Those of a group with ``spikes="interpolated"`` have the time at which the
        threshold was reached.
    variables : str or sequence of str, optional
        States, parameters and inputs, recorded for each spike as a `StateMonitor` would show them
        at its time: after the reset, and with what arrives at that time. To find them, all neurons
        are looked at in each step.
    event : str, optional
        Another kind of event of the model, in place of the spike.

    Raises
    ------
    MonitorError
        Where the target never fires, or has no such variable or event.
    """

    def __init__(
        self,
        target: End,
        variables: str | Sequence[str] = (),
        *,
        event: str = "",
    ) -> None:
        check_fires("SpikeMonitor", target, event)
        super().__init__(target, None)
        self.event = event
        self.variables = variable_names("SpikeMonitor", self.member, variables)
        sampled = {"time", "neuron", "cell"} & set(self.variables)
        if sampled:
            raise MonitorError(
                f"SpikeMonitor: {sampled.pop()} is the name of something else in a table of spikes"
            )

    def reading(self, probes: Probes) -> Reading:
        """List the spikes, and sample the variables in each step."""
        return Spikes(self, probes)

    def looks(self, looks: Looks) -> Mapping[str, Look]:
        """Whether each neuron fired."""
        if self.variables:
            raise BackendError(
                "a pure function records spikes as one number for each neuron and step, "
                f"without values at spikes: record {', '.join(self.variables)} of "
                f"{self.target._label()} with a StateMonitor"
            )
        return {"spike": looks.fired(self.target, event=self.event)}


class Spikes(Reading):
    """Times and numbers of the neurons that fired, with their values at that time."""

    def __init__(self, monitor: SpikeMonitor, probes: Probes) -> None:
        self.monitor, self.probes = monitor, probes
        self.spikes = probes.spikes(monitor.target, monitor.event)
        self.series = {
            name: probes.values(monitor.target, name, every=1) for name in monitor.variables
        }
        self.lag = probes.spike_lag(monitor.target)

    def table(self) -> Any:
        """Spikes by time, then neuron; `cell` lists all who might have fired."""
        event = self.monitor.event
        within = "" if self.lag is None else ", within its step"
        time, neuron = f"time of the spike{within}", "number of the neuron that fired"
        if event:
            time, neuron = f"time of the event {event}", f"number of the neuron that had {event}"
        variables: dict[str, Any] = {
            "time": ("spike", np.zeros(0), labels("ms", time)),
            "neuron": ("spike", np.zeros(0, np.int64), {"long_name": neuron}),
        }
        for name in self.monitor.variables:
            attributes = described_variable(self.monitor.member, name)
            variables[name] = ("spike", np.zeros(0), attributes)
        target = self.monitor.target
        cells = neuron_coordinates(target._group, "cell", target.ids)
        attributes = target_attributes(target)
        if event:
            attributes = {**attributes, "event": event}
        return dataset(variables, cells, attributes)

    def columns(self, first: int, records: Records) -> Columns:
        """The spikes of a stretch, by time, then neuron."""
        steps, neurons = self.spikes.events(records)
        columns: Columns = {"time": step_times(steps, self.probes.dt), "neuron": neurons}
        if self.series:
            columns.update(self._values(self.series, steps, neurons, first, records))
        if self.lag is None:
            return columns
        lag = self._values({"time": self.lag}, steps, neurons, first, records)
        columns["time"] = columns["time"] - lag["time"]
        order = np.lexsort((columns["neuron"], columns["time"]))
        return {name: column[order] for name, column in columns.items()}

    def _values(
        self,
        all_series: Mapping[str, Series],
        steps: Ints,
        neurons: Ints,
        first: int,
        records: Records,
    ) -> Columns:
        """The values of those who fired, from the steps in which somebody did."""
        ids = self.monitor.target.ids
        column_of = np.zeros(self.monitor.target._group._size, np.int64)
        column_of[ids] = np.arange(ids.size)
        distinct, row = np.unique(steps, return_inverse=True)
        column = column_of[neurons]
        return {
            name: series.values(distinct, first, records)[row, column]
            for name, series in all_series.items()
        }
