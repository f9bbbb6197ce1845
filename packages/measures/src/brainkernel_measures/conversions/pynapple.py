"""As objects of pynapple, which counts time in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray

from brainkernel_measures.recorded import Signal, dataset_of
from brainkernel_measures.requirements import check_one_run, is_of_spikes, library
from brainkernel_measures.signals import signal_of
from brainkernel_measures.spike_trains import spike_trains

if TYPE_CHECKING:
    import pynapple


def to_pynapple(
    data: Signal, variable: str | None = None
) -> pynapple.TsGroup | pynapple.TsdFrame | pynapple.Tsd:
    """Turn spikes into a `TsGroup` of pynapple, and a signal into a `Tsd` or `TsdFrame`.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        One run of what a monitor recorded.
    variable : str, optional
        Which signal of a dataset that has several.

    Returns
    -------
    pynapple.TsGroup, pynapple.Tsd or pynapple.TsdFrame
        A `Ts` for each neuron, silent ones among them, by its number, with positions as metadata
        and what was recorded as time support; or the signal.

    Raises
    ------
    ImportError
        Where pynapple is not installed.
    ValueError
        Where it is a batch.
    """
    library("pynapple", "to_pynapple", "pynapple")
    check_one_run(data, "to_pynapple")
    data = dataset_of(data)
    if isinstance(data, xarray.Dataset) and is_of_spikes(data):
        return _trains(data)
    return _signal(signal_of(data, variable))


def _trains(spikes: xarray.Dataset) -> pynapple.TsGroup:
    import pynapple

    trains = spike_trains(spikes)
    support = pynapple.IntervalSet(trains.start, trains.stop, time_units="ms")
    neurons = trains.coordinates["neuron"].values.tolist()
    times = {}
    for train, neuron in enumerate(neurons):
        times[neuron] = pynapple.Ts(trains.times_of(train), "ms", support)
    group = pynapple.TsGroup(times, time_support=support)
    for axis in ("x", "y", "z"):
        if axis in trains.coordinates:
            positions = trains.coordinates[axis].values
            # pynapple keeps its trains in the order of their numbers
            group.set_info(**{axis: positions[np.argsort(neurons)]})
    return group


def _signal(signal: xarray.DataArray) -> pynapple.Tsd | pynapple.TsdFrame:
    import pynapple

    trace = signal.transpose("time", ...)
    times = trace["time"].values
    if trace.ndim == 1:
        return pynapple.Tsd(times, trace.values, "ms")
    columns = trace[trace.dims[1]].values
    return pynapple.TsdFrame(times, trace.values, "ms", columns=columns)
