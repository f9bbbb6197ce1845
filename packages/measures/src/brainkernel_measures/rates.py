"""Firing rates: mean, in bins, smoothed by a kernel, around triggers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import xarray
from numpy.typing import ArrayLike

from brainkernel_measures.bins import Bins, binned, bins_of
from brainkernel_measures.recorded import Recorded
from brainkernel_measures.spike_trains import (
    Floats,
    Ints,
    SpikeTrains,
    label,
    positive,
    spike_trains,
)

Per = Literal["group", "neuron"]
Kernel = Literal["alpha", "exponential", "gaussian", "rectangular"]

RATE_OF_GROUP = label("rate", "Hz", "mean firing rate of a neuron")
RATE_OF_NEURON = label("rate", "Hz", "firing rate")


def spike_count(spikes: Recorded, bin_width: float | None = None) -> xarray.DataArray:
    """Count the spikes of each neuron.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float, optional
        In ms: count in bins, (t - bin_width, t] at time t. All spikes where none is given.

    Returns
    -------
    xarray.DataArray
        (neuron), or (neuron, time) with bins; 0 for silent neurons.
    """
    trains = spike_trains(spikes)
    meaning = label("spike_count", "1", "number of spikes")
    if bin_width is None:
        return trains.by_neuron(trains.counts, meaning)
    bins = bins_of(trains, bin_width)
    counts = binned(trains, bins, trains.train, trains.size)
    return trains.by_neuron(counts, meaning, ("time",), bins.coordinate())


def mean_rate(spikes: Recorded) -> xarray.DataArray:
    """Give the mean firing rate of each neuron: spikes by time recorded.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (neuron), in Hz; 0 for silent neurons. ``.mean("neuron")`` is that of the group.
    """
    trains = spike_trains(spikes)
    rates = 1000.0 * trains.counts / positive(trains.duration, "the duration")
    return trains.by_neuron(rates, label("mean_rate", "Hz", "mean firing rate"))


def binned_rate(spikes: Recorded, bin_width: float = 1.0, per: Per = "group") -> xarray.DataArray:
    """Give the firing rate in bins, as a `RateMonitor` does.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float
        In ms. The value at t is the rate in (t - bin_width, t].
    per : {"group", "neuron"}
        The mean over all neurons, silent ones among them, or the rate of each.

    Returns
    -------
    xarray.DataArray
        (time), or (neuron, time), in Hz.
    """
    trains = spike_trains(spikes)
    bins = bins_of(trains, bin_width)
    return _rates(trains, _counts(trains, bins, per) * 1000.0 / bins.width, bins, per)


def instantaneous_rate(
    spikes: Recorded,
    kernel: Kernel = "gaussian",
    width: float = 10.0,
    every: float = 1.0,
    per: Per = "group",
) -> xarray.DataArray:
    """Estimate the firing rate as the sum of a kernel at each spike.

    The kernel has area 1. Within one interval of a spike's time the estimate does not tell when
    the spike was. Near the beginning and the end, what lies outside is missing.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    kernel : {"gaussian", "rectangular", "exponential", "alpha"}
        The last two are causal: they begin at the spike.
    width : float
        In ms: the standard deviation of the Gaussian kernel, the whole width of the rectangular
        one, the time constant of the others.
    every : float
        The interval of the estimate, in ms.
    per : {"group", "neuron"}
        The mean over all neurons, silent ones among them, or the rate of each.

    Returns
    -------
    xarray.DataArray
        (time), or (neuron, time), in Hz.

    Raises
    ------
    ValueError
        Where there is no such kernel.
    """
    from scipy.signal import oaconvolve

    if kernel not in KERNELS:
        raise ValueError(f"kernel = {kernel!r}: there are {', '.join(sorted(KERNELS))}")
    trains = spike_trains(spikes)
    bins = bins_of(trains, every)
    shape, extent = KERNELS[kernel]
    # a kernel longer than the recording is cut to it: nothing beyond is seen
    samples = int(np.ceil(extent * positive(width, "width") / every))
    reach = min(samples, bins.count)
    lags = np.arange(-reach, reach + 1) * every
    # kernels are in 1/ms
    values = 1000.0 * shape(lags, width)
    convolved = oaconvolve(_counts(trains, bins, per), values[None, :], axes=1)
    # lag zero is in the middle of the kernel
    rates = convolved[:, reach : reach + bins.count]
    # a sum of what is not negative; the Fourier transform leaves rounding below zero
    return _rates(trains, np.maximum(rates, 0.0), bins, per)


def psth(
    spikes: Recorded,
    triggers: ArrayLike,
    before: float = 50.0,
    after: float = 200.0,
    bin_width: float = 5.0,
    per: Per = "group",
) -> xarray.DataArray:
    """Give the peri-stimulus time histogram: the mean rate around triggers.

    Where trials are the runs of a batch, ``.mean("batch")`` averages over them.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    triggers : float or array
        When the stimuli were, in ms.
    before, after : float
        How far the histogram goes back and on, in ms.
    bin_width : float
        In ms. The value at a lag is the rate in (lag - bin_width, lag].
    per : {"group", "neuron"}
        The mean over all neurons, silent ones among them, or the rate of each.

    Returns
    -------
    xarray.DataArray
        (lag), or (neuron, lag), in Hz.

    Raises
    ------
    ValueError
        Where there is no trigger, or a histogram would go beyond what was recorded.
    """
    trains = spike_trains(spikes)
    onsets = np.atleast_1d(np.asarray(triggers, float))
    bins = Bins(-before, after, bin_width)
    is_outside = (onsets - before < trains.start) | (onsets + bins.ends[-1] > trains.stop)
    if not onsets.size or is_outside.any():
        outside = f"that of {onsets[is_outside][0]:g} ms" if onsets.size else "there is none"
        raise ValueError(
            f"triggers: from {before:g} ms before each to {after:g} ms after it must lie within "
            f"{trains.start:g} to {trains.stop:g} ms; {outside} does not"
        )
    owner, owners = _owners(trains, per)
    counts = np.zeros((owners, bins.count))
    # triggers are few and spikes are many
    for onset in onsets:
        number = bins.number(trains.times - onset)
        inside = (number >= 0) & (number < bins.count)
        # windows of triggers may overlap, so a spike can count twice
        np.add.at(counts, (owner[inside], number[inside]), 1.0)
    share = 1.0 if per == "neuron" else 1.0 / trains.neurons
    rates = counts * share * 1000.0 / (bins.width * onsets.size)
    attributes = {"units": "ms", "long_name": "end of the bin, from the trigger"}
    lags = {"lag": ("lag", bins.ends, attributes)}
    if per == "neuron":
        return trains.by_neuron(rates, RATE_OF_NEURON, ("lag",), lags)
    return trains.by_run(rates, RATE_OF_GROUP, ("lag",), lags)


def gaussian(lags: Floats, width: float) -> Floats:
    """Give the normal density, in 1/ms."""
    height = 1.0 / (width * np.sqrt(2.0 * np.pi))
    return np.asarray(height * np.exp(-0.5 * (lags / width) ** 2))


def rectangular(lags: Floats, width: float) -> Floats:
    """Give a constant around zero, in 1/ms."""
    return np.where(np.abs(lags) <= 0.5 * width, 1.0 / width, 0.0)


def exponential(lags: Floats, width: float) -> Floats:
    """Give a decay that begins at zero, in 1/ms."""
    # lags before the spike would overflow
    decay = np.exp(-np.maximum(lags, 0.0) / width) / width
    return np.where(lags >= 0.0, decay, 0.0)


def alpha(lags: Floats, width: float) -> Floats:
    """Give a rise and decay that begin at zero, in 1/ms."""
    return np.maximum(lags, 0.0) / width * exponential(lags, width)


# each kernel, and how many widths on less than 1e-14 of its area is left
KERNELS: dict[str, tuple[Callable[[Floats, float], Floats], float]] = {
    "alpha": (alpha, 37.0),
    "exponential": (exponential, 33.0),
    "gaussian": (gaussian, 8.0),
    "rectangular": (rectangular, 0.5),
}


def _owners(trains: SpikeTrains, per: Per) -> tuple[Ints, int]:
    """To whom spikes are counted: a neuron, or the group in one run."""
    if per not in ("group", "neuron"):
        raise ValueError(f"per = {per!r}: it is 'group' or 'neuron'")
    return (trains.train, trains.size) if per == "neuron" else (trains.run, trains.runs)


def _counts(trains: SpikeTrains, bins: Bins, per: Per) -> Floats:
    """Spikes in bins, of each neuron or of the mean neuron."""
    owner, owners = _owners(trains, per)
    # silent neurons share in the mean
    share = 1.0 if per == "neuron" else 1.0 / trains.neurons
    return binned(trains, bins, owner, owners) * share


def _rates(trains: SpikeTrains, rates: Floats, bins: Bins, per: Per) -> xarray.DataArray:
    if per == "neuron":
        return trains.by_neuron(rates, RATE_OF_NEURON, ("time",), bins.coordinate())
    return trains.by_run(rates, RATE_OF_GROUP, ("time",), bins.coordinate())
