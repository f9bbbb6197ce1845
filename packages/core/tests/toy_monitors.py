"""Kinds of monitors as a plugin brings them, offered by the hook of this module."""

from __future__ import annotations

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.plugin import MonitorSpec, hookimpl
from brainkernel.recording.monitor import Monitor, Reading


@hookimpl
def brainkernel_monitors():
    return (
        MonitorSpec("MeanMonitor", "toy_monitors:MeanMonitor", description="A mean over neurons."),
        MonitorSpec("IntervalMonitor", "toy_monitors:IntervalMonitor", description="Intervals."),
    )


class MeanMonitor(Monitor):
    """Record the mean of a variable over the neurons of a group or slice."""

    def __init__(self, target, variable, every=None):
        super().__init__(target, every)
        self.variable = variable

    def reading(self, probes):
        return Means(self, probes)

    def row_bytes(self, elements):
        return 16  # a time and a mean

    def looks(self, looks):
        values = looks.values(self.target, self.variable)
        return {"mean": lambda arrays, fired: values(arrays, fired).mean()}


class Means(Reading):
    """The mean at the multiples of the interval."""

    def __init__(self, monitor, probes):
        self.probes = probes
        self.values = probes.values(monitor.target, monitor.variable)

    def table(self):
        import xarray

        time = ("time", np.zeros(0), {"units": "ms"})
        return xarray.Dataset({"mean": ("time", np.zeros(0))}, {"time": time})

    def columns(self, first, records):
        every, last = self.probes.every, first + records.steps
        steps = np.arange(first // every + 1, last // every + 1) * every
        values = self.values.values(steps, first, records)
        return {"time": step_times(steps, self.probes.dt), "mean": values.mean(axis=1)}

    def rows(self, first, last):
        return last // self.probes.every - first // self.probes.every


class IntervalMonitor(Monitor):
    """Record the time between two spikes of a neuron, at the second of them."""

    def __init__(self, target):
        super().__init__(target, None)

    def reading(self, probes):
        return Intervals(self, probes)


class Intervals(Reading):
    """The interval that each spike ends; the last spike of each neuron is carried on."""

    def __init__(self, monitor, probes):
        self.monitor, self.probes = monitor, probes
        self.spikes = probes.spikes(monitor.target)

    def table(self):
        import xarray

        time = ("spike", np.zeros(0), {"units": "ms"})
        interval = ("spike", np.zeros(0), {"units": "ms"})
        neuron = ("spike", np.zeros(0, np.int64))
        return xarray.Dataset({"time": time, "interval": interval, "neuron": neuron})

    def columns(self, first, records):
        last = {} if self.carry is None else dict(self.carry)
        rows = []
        for step, neuron in zip(*self.spikes.events(records), strict=True):
            if neuron in last:
                rows.append((step, step - last[neuron], neuron))
            last[neuron] = step
        self.carry = last
        steps, intervals, neurons = np.array(rows, np.int64).reshape(-1, 3).T
        dt = self.probes.dt
        return {
            "time": step_times(steps, dt),
            "interval": step_times(intervals, dt),
            "neuron": neurons,
        }
