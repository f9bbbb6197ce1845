"""Neuronal avalanches: stretches of activity between moments of silence."""

from __future__ import annotations

import numpy as np
import xarray

from brainkernel_measures.bins import binned, bins_of
from brainkernel_measures.recorded import Recorded
from brainkernel_measures.spike_trains import SpikeTrains, spike_trains


def avalanche_sizes(spikes: Recorded, bin_width: float | None = None) -> xarray.Dataset:
    """List the avalanches of a group: successive bins with spikes, between bins without.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float, optional
        In ms. Where none is given, the mean interval between successive spikes of the group (Beggs
        & Plenz 2003, J. Neurosci. 23:11167), in a batch over all runs.

    Returns
    -------
    xarray.Dataset
        (avalanche): `size`, the number of spikes; `duration` and `time`, when it begins, in ms;
        in a batch `run`. The attribute `bin_width_ms` is the width that was taken.

    Raises
    ------
    ValueError
        Where there are too few spikes to tell a width.
    """
    trains = spike_trains(spikes)
    width = _mean_interval(trains) if bin_width is None else bin_width
    bins = bins_of(trains, width)
    counts = binned(trains, bins, trains.run, trains.runs)
    # a silent bin between runs, so that no avalanche goes on from one to the next
    counts = np.pad(counts, ((0, 0), (1, 0)))
    active = (counts > 0).ravel()
    # one begins where activity follows silence
    begins = np.flatnonzero(active[1:] & ~active[:-1]) + 1
    is_begin = np.zeros(active.size, bool)
    is_begin[begins] = True
    number = (np.cumsum(is_begin) - 1)[active]
    size = np.bincount(number, weights=counts.ravel()[active], minlength=begins.size)
    duration = np.bincount(number, minlength=begins.size) * bins.width
    run, first = np.divmod(begins, bins.count + 1)
    # the silent bin in front is not one of the recording
    start = bins.start + (first - 1) * bins.width
    variables = {
        "size": ("avalanche", size.astype(np.int64), _attributes("1", "number of spikes")),
        "duration": ("avalanche", duration, _attributes("ms", "duration of the avalanche")),
        "time": ("avalanche", start, _attributes("ms", "beginning of the avalanche")),
    }
    avalanches = xarray.Dataset(variables, attrs={"bin_width_ms": bins.width})
    if trains.batched:
        label = trains.labels_of_train(run * trains.neurons, "avalanche")["run"]
        avalanches["run"] = label
    return avalanches


def _mean_interval(trains: SpikeTrains) -> float:
    """The mean interval between successive spikes of a group."""
    order = np.lexsort((trains.times, trains.run))
    times, run = trains.times[order], trains.run[order]
    # runs do not follow one another in time
    intervals = np.diff(times)[np.diff(run) == 0]
    if not intervals.size or not intervals.mean() > 0:
        raise ValueError("bin_width: there are too few spikes to tell one from them; give it in ms")
    return float(intervals.mean())


def _attributes(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}
