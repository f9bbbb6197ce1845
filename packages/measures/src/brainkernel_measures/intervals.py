"""Interspike intervals and how regular they are."""

from __future__ import annotations

import numpy as np
import xarray

from brainkernel_measures.recorded import Recorded
from brainkernel_measures.spike_trains import (
    Floats,
    Ints,
    SpikeTrains,
    label,
    positive,
    spike_trains,
)


def isi(spikes: Recorded) -> xarray.DataArray:
    """List the interspike intervals.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (interval), in ms, by neuron, then time. The coordinates are `neuron`, `time`, when the
        interval ended, and in a batch `run`.
    """
    trains = spike_trains(spikes)
    intervals, train = _intervals(trains)
    is_same = np.diff(trains.train) == 0
    # an interval is known when it ends
    ends = trains.times[1:][is_same]
    coordinates = trains.labels_of_train(train, "interval")
    attributes = {"units": "ms", "long_name": "end of the interval"}
    coordinates["time"] = xarray.Variable("interval", ends, attributes)
    attributes = {"units": "ms", "long_name": "interspike interval"}
    return xarray.DataArray(intervals, coordinates, ("interval",), "isi", attributes)


def cv(spikes: Recorded) -> xarray.DataArray:
    """Give the coefficient of variation of the interspike intervals.

    Standard deviation by mean: 1 for a Poisson process, 0 for a clock.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (neuron); NaN where there are fewer than two intervals.
    """
    trains = spike_trains(spikes)
    intervals, train = _intervals(trains)
    number = np.bincount(train, minlength=trains.size)
    mean = _ratio(trains.sum_by_train(intervals, train), number)
    # in two passes: a difference of large sums would lose what a regular neuron has
    deviations = intervals - mean[train]
    variance = _ratio(trains.sum_by_train(deviations**2, train), number)
    # one interval has no variation, though its deviation from itself is 0
    values = np.where(number > 1, _ratio(np.sqrt(variance), mean), np.nan)
    return trains.by_neuron(values, label("cv", "1", "coefficient of variation of the intervals"))


def cv2(spikes: Recorded) -> xarray.DataArray:
    """Give the CV2 of the interspike intervals: their variation from one to the next.

    The mean of 2 abs(I' - I) / (I' + I), which a rate that drifts hardly changes; 1 for a Poisson
    process (Holt et al. 1996, J. Neurophysiol. 75:1806).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (neuron); NaN where there are fewer than two intervals.
    """
    trains = spike_trains(spikes)
    first, second, train = _successive(trains)
    values = 2.0 * np.abs(second - first) / (second + first)
    return trains.by_neuron(
        _mean(trains, values, train), label("cv2", "1", "variation of successive intervals (CV2)")
    )


def lv(spikes: Recorded) -> xarray.DataArray:
    """Give the local variation of the interspike intervals.

    The mean of 3 (I' - I)² / (I' + I)²: 1 for a Poisson process (Shinomoto et al. 2003, Neural
    Comput. 15:2823).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (neuron); NaN where there are fewer than two intervals.
    """
    trains = spike_trains(spikes)
    first, second, train = _successive(trains)
    values = 3.0 * ((second - first) / (second + first)) ** 2
    return trains.by_neuron(
        _mean(trains, values, train), label("lv", "1", "local variation of the intervals (LV)")
    )


def lvr(spikes: Recorded, refractoriness: float = 5.0) -> xarray.DataArray:
    """Give the local variation of the interspike intervals, revised for a refractory period.

    The mean of 3 (1 - 4 I I' / (I + I')²) (1 + 4 R / (I + I')) (Shinomoto et al. 2009, PLoS
    Comput. Biol. 5:e1000433).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    refractoriness : float
        The constant R, in ms.

    Returns
    -------
    xarray.DataArray
        (neuron); NaN where there are fewer than two intervals.

    Raises
    ------
    ValueError
        Where `refractoriness` is negative.
    """
    if not refractoriness >= 0:
        raise ValueError(f"refractoriness = {refractoriness}: it must be at least 0")
    trains = spike_trains(spikes)
    first, second, train = _successive(trains)
    both = first + second
    # the first factor is that of the local variation, written with the product
    variation = 1.0 - 4.0 * first * second / both**2
    values = 3.0 * variation * (1.0 + 4.0 * refractoriness / both)
    return trains.by_neuron(
        _mean(trains, values, train), label("lvr", "1", "revised local variation (LvR)")
    )


def burst_index(spikes: Recorded, shorter_than: float = 6.0) -> xarray.DataArray:
    """Give the share of interspike intervals that are short, as those within a burst.

    Six milliseconds are what Harris et al. (2001, Neuron 32:141) take for pyramidal cells.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    shorter_than : float
        In ms.

    Returns
    -------
    xarray.DataArray
        (neuron), from 0 to 1; NaN where there is no interval.
    """
    trains = spike_trains(spikes)
    intervals, train = _intervals(trains)
    is_short = intervals < positive(shorter_than, "shorter_than")
    values = _mean(trains, is_short.astype(float), train)
    return trains.by_neuron(values, label("burst_index", "1", "share of short intervals"))


def _intervals(trains: SpikeTrains) -> tuple[Floats, Ints]:
    """All intervals, and the train of each."""
    # the last spike of a train and the first of the next make no interval
    is_same = np.diff(trains.train) == 0
    return np.diff(trains.times)[is_same], trains.train[1:][is_same]


def _successive(trains: SpikeTrains) -> tuple[Floats, Floats, Ints]:
    """All pairs of successive intervals, and the train of each."""
    intervals, train = _intervals(trains)
    is_same = np.diff(train) == 0
    return intervals[:-1][is_same], intervals[1:][is_same], train[1:][is_same]


def _mean(trains: SpikeTrains, values: Floats, train: Ints) -> Floats:
    """The mean of the values of each train, NaN where it has none."""
    number = np.bincount(train, minlength=trains.size)
    return _ratio(trains.sum_by_train(values, train), number)


def _ratio(numerator: Floats, denominator: Floats | Ints) -> Floats:
    """A quotient, NaN where there is nothing to divide by."""
    # NumPy divides everywhere before `where` chooses
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)
