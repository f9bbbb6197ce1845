"""How counts of spikes vary, alone and together."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray

from brainkernel_measures.bins import Bins, bins_of, counts_of_runs
from brainkernel_measures.rates import spike_count
from brainkernel_measures.recorded import Recorded
from brainkernel_measures.spike_trains import Floats, SpikeTrains, label, spike_trains

Normalization = Literal["count", "rate", "coefficient"]
UNITS = {"coefficient": "1", "count": "1", "rate": "Hz"}


def fano_factor(
    spikes: Recorded,
    window: float | None = None,
    over: Literal["time", "batch"] = "time",
) -> xarray.DataArray:
    """Give the Fano factor of the spike counts of each neuron: variance by mean.

    1 for a Poisson process.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    window : float, optional
        In which spikes are counted, in ms: 100 ms over time, all that was recorded over trials.
    over : {"time", "batch"}
        Whether counts vary over windows one after another, or over the runs of a batch as trials.

    Returns
    -------
    xarray.DataArray
        (neuron), and with windows over trials (neuron, time); NaN for silent neurons.

    Raises
    ------
    ValueError
        Where there are no trials, or `over` is something else.
    """
    if over not in ("time", "batch"):
        raise ValueError(f"over = {over!r}: it is 'time' or 'batch'")
    if over == "batch" and "batch" not in spikes.dims:
        raise ValueError("over = 'batch': this dataset is no batch; a batch has a run for a trial")
    if over == "time" and window is None:
        window = 100.0
    counts = spike_count(spikes, window)
    # silent neurons have no mean to divide by
    mean = counts.mean(over)
    factor = counts.var(over) / mean.where(mean > 0)
    attributes = {"units": "1", "long_name": "variance of spike counts by their mean"}
    return factor.rename("fano_factor").assign_attrs(attributes)


def count_covariance(spikes: Recorded, bin_width: float = 5.0) -> xarray.DataArray:
    """Give the covariances of the spike counts of all pairs of neurons.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float
        In which spikes are counted, in ms.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron).
    """
    trains = spike_trains(spikes)
    bins, counts = counts_of_runs(trains, bin_width)
    # the estimate without bias, as of numpy.cov
    values = [_products(run) / (bins.count - 1) for run in counts]
    return trains.by_pair(values, label("count_covariance", "1", "covariance of spike counts"))


def count_correlation(spikes: Recorded, bin_width: float = 5.0) -> xarray.DataArray:
    """Give the correlation coefficients of the spike counts of all pairs of neurons.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float
        In which spikes are counted, in ms.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron), from -1 to 1; NaN where a count never changes, as of silent neurons.
    """
    trains = spike_trains(spikes)
    _, counts = counts_of_runs(trains, bin_width)
    values = [_coefficients(_products(run)) for run in counts]
    meaning = label("count_correlation", "1", "correlation coefficient of spike counts")
    return trains.by_pair(values, meaning)


def cross_correlogram(
    spikes: Recorded,
    bin_width: float = 1.0,
    max_lag: float = 50.0,
    normalize: Normalization = "count",
) -> xarray.DataArray:
    """Give the cross-correlograms of all pairs of neurons; on the diagonal, autocorrelograms.

    For each lag, how often `other_neuron` fires that much later than `neuron`: the sum over bins of
    the products of their counts. Take two populations or a few neurons with
    ``spikes.sel(cell=[...])``, as the result has a row of lags for each pair.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float
        In ms.
    max_lag : float
        The largest lag, in ms.
    normalize : {"count", "rate", "coefficient"}
        Pairs of spikes; the rate of the other neuron, in Hz, given a spike of the first; or the
        correlation coefficient of the counts at that lag.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron, lag).

    Raises
    ------
    ValueError
        Where there is no such normalization.
    """
    if normalize not in UNITS:
        raise ValueError(f"normalize = {normalize!r}: there are {', '.join(sorted(UNITS))}")
    trains = spike_trains(spikes)
    bins = bins_of(trains, bin_width)
    reach = round(max_lag / bins.width)
    counts = _pair_counts(trains, bins, reach)
    values = _normalized(trains, bins, counts, normalize)
    attributes = {"units": "ms", "long_name": "how much later the other neuron fires"}
    lags = np.arange(-reach, reach + 1) * bins.width
    return trains.by_pair(
        values,
        label("cross_correlogram", UNITS[normalize], f"cross-correlogram ({normalize})"),
        ("lag",),
        {"lag": ("lag", lags, attributes)},
    )


def _products(counts: Floats) -> Floats:
    """Sums over bins of the products of the deviations of counts (neuron, bin)."""
    deviations = counts - counts.mean(axis=1, keepdims=True)
    return np.asarray(deviations @ deviations.T)


def _coefficients(products: Floats) -> Floats:
    """Correlation coefficients, NaN where something does not vary."""
    deviation = np.sqrt(np.diag(products))
    scale = np.outer(deviation, deviation)
    coefficients = np.full_like(products, np.nan)
    np.divide(products, scale, out=coefficients, where=scale > 0)
    return coefficients


def _pair_counts(trains: SpikeTrains, bins: Bins, reach: int) -> Floats:
    """Pairs of spikes by run, neuron, other neuron and lag."""
    lags = 2 * reach + 1
    neurons = trains.neurons
    number = bins.number(trains.times)
    inside = (number >= 0) & (number < bins.count)
    number, train, run = number[inside], trains.train[inside], trains.run[inside]
    # by run and time, whoever fires: those who are close in time are neighbours
    order = np.lexsort((number, run))
    number, train, run = number[order], train[order], run[order]
    neuron = train % neurons
    counts = np.zeros(trains.size * neurons * lags)
    # each spike with itself, then with its first, second, ... successor among all neurons, for as
    # long as any pair is close enough
    shift = 0
    while shift < number.size:
        first, second = slice(number.size - shift), slice(shift, None)
        lag = number[second] - number[first]
        near = (lag <= reach) & (run[second] == run[first])
        if not near.any():
            break
        earlier = train[first][near] * neurons + neuron[second][near]
        place = earlier * lags + reach + lag[near]
        counts += np.bincount(place, minlength=counts.size)
        # the same pair seen from the other neuron; a spike has only one with itself
        if shift:
            later = train[second][near] * neurons + neuron[first][near]
            place = later * lags + reach - lag[near]
            counts += np.bincount(place, minlength=counts.size)
        shift += 1
    return counts.reshape(trains.runs, neurons, neurons, lags)


def _normalized(
    trains: SpikeTrains, bins: Bins, counts: Floats, normalize: Normalization
) -> Floats:
    # they were added up as floating-point numbers, exact to 2**53
    if normalize == "count":
        return counts.astype(np.int64)
    lag_zero = counts.shape[-1] // 2
    squares = np.diagonal(counts[..., lag_zero], axis1=1, axis2=2)
    # only the spikes that were counted
    inside = bins.number(trains.times) < bins.count
    total = trains.sum_by_train(inside.astype(float)).reshape(trains.runs, trains.neurons)
    with np.errstate(divide="ignore", invalid="ignore"):
        if normalize == "rate":
            return counts / (total[:, :, None, None] * bins.width * 1e-3)
        # sums of squares and products of deviations, from those of counts
        variance = squares - total**2 / bins.count
        expected = total[:, :, None] * total[:, None, :] / bins.count
        scale = np.sqrt(variance[:, :, None] * variance[:, None, :])
        coefficients: Floats = (counts - expected[..., None]) / scale[..., None]
    return coefficients
