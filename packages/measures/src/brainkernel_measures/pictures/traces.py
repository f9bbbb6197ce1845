"""Variables of single neurons over time, with their spikes drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray

from brainkernel_measures.pictures.axes import axes_for, axis_label
from brainkernel_measures.requirements import check_one_run
from brainkernel_measures.signals import Signal, signal_of
from brainkernel_measures.spike_trains import Floats, spike_trains

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIRST = 10  # neurons that are drawn where none are named


def plot_traces(
    states: Signal,
    variable: str | None = None,
    neurons: Sequence[int] | None = None,
    spikes: xarray.Dataset | None = None,
    peak: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a variable of single neurons over time.

    Parameters
    ----------
    states : xarray.Dataset or xarray.DataArray
        One run of what a `StateMonitor` recorded.
    variable : str, optional
        Which variable of a dataset.
    neurons : sequence of int, optional
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
        A line for each neuron, named by its number.
    """
    signal = signal_of(states, variable)
    check_one_run(signal, "plot_traces")
    if "neuron" not in signal.dims:
        signal = signal.expand_dims("neuron", -1)
    elif neurons is not None:
        signal = signal.sel(neuron=list(neurons))
    else:
        signal = signal.isel(neuron=slice(FIRST))
    axes = axes_for(ax, "plot_traces")
    times = signal["time"].values
    traces = signal.transpose("neuron", "time").values.astype(float)
    numbers = signal["neuron"].values if "neuron" in signal.coords else [str(signal.name)]
    top = traces.max() + 0.5 * np.ptp(traces) if peak is None else peak
    for number, trace in zip(numbers, traces, strict=True):
        (line,) = axes.plot(times, trace, label=str(number), linewidth=1.0)
        if spikes is not None:
            fired = _times_of(spikes, int(number))
            # samples are after the reset, so a line begins at the foot of the spike
            level = np.interp(fired, times, trace)
            axes.vlines(fired, level, top, color=line.get_color(), linewidth=1.0)
    if traces.shape[0] > 1:
        axes.legend(title="neuron", loc="upper right", fontsize="small")
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(axis_label(signal))
    axes.set_xlim(times[0], times[-1])
    return axes


def _times_of(spikes: xarray.Dataset, neuron: int) -> Floats:
    """When a neuron fired; never, where its spikes were not recorded."""
    trains = spike_trains(spikes)
    (train,) = np.nonzero(trains.coordinates["neuron"].values == neuron)
    return trains.times_of(train[0]) if train.size else np.zeros(0)
