"""Variables of single neurons over time, with their spikes drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray

from brainkernel_measures.pictures.axes import axes_for, axis_label
from brainkernel_measures.recorded import Recorded, Signal
from brainkernel_measures.requirements import check_one_run
from brainkernel_measures.signals import signal_of
from brainkernel_measures.spike_trains import Floats, spike_trains

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRST = 10  # neurons that are drawn where none are named


def plot_traces(
    states: Signal,
    variable: str | None = None,
    neurons: Sequence[int] | None = None,
    synapses: Sequence[int] | None = None,
    spikes: Recorded | None = None,
    peak: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a variable of single neurons over time, or of single synapses, as their weights.

    Parameters
    ----------
    states : xarray.Dataset or xarray.DataArray
        One run of what a `StateMonitor` recorded.
    variable : str, optional
        Which variable of a dataset.
    neurons, synapses : sequence of int, optional
        Whose traces, by their numbers. The first ten where none are given.
    spikes : xarray.Dataset, optional
        Spikes to draw in as lines from the trace up to `peak`, since models that reset have none of
        their own.
    peak : float, optional
        Half the range of the traces above their top where none is given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        A line for each neuron or synapse, named by its number.

    Raises
    ------
    ValueError
        Where it is a batch, or spikes are given for what is not of single neurons.
    """
    signal = signal_of(states, variable)
    check_one_run(signal, "plot_traces")
    lines = _chosen(signal, neurons, synapses)
    element = str(lines.dims[0])
    if spikes is not None and "neuron" not in lines.coords:
        raise ValueError(f"spikes: {signal.name} is not of single neurons, whose they could be")
    axes = axes_for(ax, "plot_traces")
    times = lines["time"].values
    traces = lines.values.astype(float)
    top = traces.max() + 0.5 * np.ptp(traces) if peak is None else peak
    for number, trace in zip(lines[element].values, traces, strict=True):
        (line,) = axes.plot(times, trace, label=str(number), linewidth=1.0)
        if spikes is not None:
            fired = _times_of(spikes, int(number))
            # samples are after the reset, so a line begins at the foot of the spike
            level = np.interp(fired, times, trace)
            axes.vlines(fired, level, top, color=line.get_color(), linewidth=1.0)
    if traces.shape[0] > 1:
        axes.legend(title=element, loc="upper right", fontsize="small")
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(axis_label(signal))
    axes.set_xlim(times[0], times[-1])
    return axes


def _chosen(
    signal: xarray.DataArray, neurons: Sequence[int] | None, synapses: Sequence[int] | None
) -> xarray.DataArray:
    """The traces to draw, (element, time)."""
    element, numbers = ("neuron", neurons) if synapses is None else ("synapse", synapses)
    if numbers is not None:
        return signal.sel({element: list(numbers)}).transpose(element, "time")
    elements = [name for name in signal.dims if name != "time"]
    if not elements:
        # one neuron that was selected, or a mean over many
        return signal.expand_dims("neuron")
    return signal.isel({elements[0]: slice(FIRST)}).transpose(..., "time")


def _times_of(spikes: Recorded, neuron: int) -> Floats:
    """When a neuron fired; never, where its spikes were not recorded."""
    trains = spike_trains(spikes)
    (train,) = np.nonzero(trains.coordinates["neuron"].values == neuron)
    return trains.times_of(train[0]) if train.size else np.zeros(0)
