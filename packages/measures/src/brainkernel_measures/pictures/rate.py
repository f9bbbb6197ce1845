"""Firing rates over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray

from brainkernel_measures.pictures.axes import axes_for, axis_label
from brainkernel_measures.rates import binned_rate
from brainkernel_measures.recorded import Signal, dataset_of
from brainkernel_measures.requirements import is_of_spikes
from brainkernel_measures.signals import signal_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_rate(
    rate: Signal, bin_width: float = 5.0, label: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a firing rate over time; in a batch, a line for each run.

    Parameters
    ----------
    rate : xarray.Dataset or xarray.DataArray
        What a `RateMonitor` recorded, a rate that was computed, or spikes, whose rate in bins is
        drawn.
    bin_width : float
        Of the rate of spikes, in ms.
    label : str, optional
        The name of the line, for ``ax.legend()``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        With the rate in Hz.
    """
    data = dataset_of(rate)
    if isinstance(data, xarray.Dataset) and is_of_spikes(data):
        values = binned_rate(data, bin_width)
    else:
        values = signal_of(data)
    axes = axes_for(ax, "plot_rate")
    lines = values.transpose("time", ...).values.reshape(values.sizes["time"], -1)
    # a bin ends at its time, and a step before it
    axes.step(values["time"].values, lines, where="pre", label=label)
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(axis_label(values, "firing rate"))
    axes.set_ylim(bottom=0.0)
    return axes
