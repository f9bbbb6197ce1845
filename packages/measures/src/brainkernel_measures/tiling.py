"""The spike time tiling coefficient: a correlation that rates do not confound."""

from __future__ import annotations

import numpy as np
import xarray

from brainkernel_measures.bins import TOLERANCE
from brainkernel_measures.recorded import Recorded
from brainkernel_measures.spike_trains import Floats, SpikeTrains, label, positive, spike_trains


def sttc(spikes: Recorded, window: float = 5.0) -> xarray.DataArray:
    """Give the spike time tiling coefficients of all pairs of neurons.

    How many spikes of each lie within the window of a spike of the other, beyond what chance gives
    (Cutts & Eglen 2014, J. Neurosci. 34:14288).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    window : float
        How far before and after a spike, in ms.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron), from -1 to 1; NaN for silent neurons.
    """
    trains = spike_trains(spikes)
    reach = positive(window, "window")
    tiled = _tiled_share(trains, reach).reshape(trains.runs, trains.neurons)
    values = []
    for run in range(trains.runs):
        close = _close_share(trains, run, reach)
        half = _half_coefficient(close, tiled[run])
        values.append(0.5 * (half + half.T))
    return trains.by_pair(values, label("sttc", "1", "spike time tiling coefficient"))


def _tiled_share(trains: SpikeTrains, reach: float) -> Floats:
    """The share of the recording that lies within the window of a spike, for each train."""
    is_same = np.diff(trains.train) == 0
    # windows of two spikes that overlap tile the time between them once
    gaps = np.minimum(np.diff(trains.times)[is_same], 2.0 * reach)
    tiled = trains.sum_by_train(gaps, trains.train[1:][is_same])
    fires = trains.counts > 0
    first = trains.times[trains.bounds[:-1][fires]]
    last = trains.times[trains.bounds[1:][fires] - 1]
    # what lies outside the recording does not count
    tiled[fires] += np.minimum(first - trains.start, reach)
    tiled[fires] += np.minimum(trains.stop - last, reach)
    return tiled / trains.duration


def _close_share(trains: SpikeTrains, run: int, reach: float) -> Floats:
    """The share of the spikes of each neuron that lie within the window of one of each other."""
    spikes = trains.spikes_of_run(run)
    times, neuron = trains.times[spikes], trains.train[spikes] % trains.neurons
    # a distance of exactly the window counts, in spite of rounding
    reach = reach * (1.0 + TOLERANCE)
    share = np.full((trains.neurons, trains.neurons), np.nan)
    number = np.bincount(neuron, minlength=trains.neurons)
    # for one neuron after another, the spikes of all others are looked up in its train at once
    for column, train in enumerate(trains.trains_of_run(run)):
        others = trains.times_of(train)
        if not others.size:
            continue
        until = np.searchsorted(others, times + reach, side="right")
        since = np.searchsorted(others, times - reach, side="left")
        # close where some spike lies between the two ends of the window
        close = np.bincount(neuron, weights=until > since, minlength=trains.neurons)
        np.divide(close, number, out=share[:, column], where=number > 0)
    return share


def _half_coefficient(close: Floats, tiled: Floats) -> Floats:
    """(P - T) / (1 - P T) of the spikes of each neuron and the tiles of each other.

    It is 1 where P T = 1: every spike lies within a window, and windows are everywhere.
    """
    covered = close * tiled
    full = covered == 1.0
    half = (close - tiled) / np.where(full, 1.0, 1.0 - covered)
    return np.where(full, 1.0, half)
