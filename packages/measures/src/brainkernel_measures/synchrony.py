"""Synchrony of a whole group in one number."""

from __future__ import annotations

import numpy as np
import xarray
from numpy.typing import NDArray

from brainkernel_measures.bins import binned, bins_of
from brainkernel_measures.recorded import Recorded, Signal
from brainkernel_measures.signals import signal_of
from brainkernel_measures.spike_trains import label, spike_trains


def kappa(spikes: Recorded, bin_width: float = 1.0) -> xarray.DataArray:
    """Give the coherence κ of a group: the mean over pairs of the share of coincident spikes.

    For a pair, the bins in which both fire by the geometric mean of the bins in which each does
    (Wang & Buzsáki 1996, J. Neurosci. 16:6402). 1 for full synchrony; for independent neurons the
    chance of a spike in a bin, so it goes to 0 with the width of the bins.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    bin_width : float
        In ms; the paper takes a tenth of the period.

    Returns
    -------
    xarray.DataArray
        One number, in a batch (batch). Pairs with a silent neuron do not count; NaN where there
        is no other.
    """
    trains = spike_trains(spikes)
    bins = bins_of(trains, bin_width)
    fired = binned(trains, bins, trains.train, trains.size) > 0
    by_run = fired.reshape(trains.runs, trains.neurons, bins.count)
    values = [_mean_coincidence(run) for run in by_run]
    return trains.by_run(values, label("kappa", "1", "coherence of the group"))


def chi_squared(states: Signal, variable: str | None = None) -> xarray.DataArray:
    """Give the synchrony χ² of a group: the variance of its mean by the mean variance.

    Variances are over time, usually of V; χ, its square root, lies between 0 and 1. It is 1 for
    full synchrony, and of the order of 1/N for N independent neurons (Golomb & Rinzel 1993, Phys.
    Rev. E 48:4810; Golomb 2007, Scholarpedia 2(1):1347).

    Parameters
    ----------
    states : xarray.Dataset or xarray.DataArray
        What a `StateMonitor` recorded of a group.
    variable : str, optional
        Which variable of a dataset.

    Returns
    -------
    xarray.DataArray
        One number, in a batch (batch); NaN where nothing varies. Lazy where the states are.
    """
    signal = signal_of(states, variable)
    # xarray throughout, so that Dask can do it piece by piece
    of_mean = signal.mean("neuron").var("time")
    mean_of = signal.var("time").mean("neuron")
    attributes = {"units": "1", "long_name": f"synchrony of {signal.name}"}
    ratio = of_mean / mean_of.where(mean_of > 0)
    return ratio.rename("chi_squared").assign_attrs(attributes)


def functional_connectivity(states: Signal, variable: str | None = None) -> xarray.DataArray:
    """Give the correlation coefficients over time of a variable of all pairs of neurons.

    Parameters
    ----------
    states : xarray.Dataset or xarray.DataArray
        What a `StateMonitor` recorded of a group, or rates of neurons.
    variable : str, optional
        Which variable of a dataset.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron), from -1 to 1; NaN for what does not vary. Lazy where the states
        are.
    """
    signal = signal_of(states, variable).astype(float)
    deviations = signal - signal.mean("time")
    # scaled to length one, products over time are coefficients
    norm = (deviations**2).sum("time") ** 0.5
    scaled = deviations / norm.where(norm > 0)
    others = scaled.drop_vars(_along(scaled, "neuron")).rename(neuron="other_neuron")
    if "neuron" in scaled.coords:
        others = others.assign_coords(other_neuron=scaled["neuron"].values)
    product: xarray.DataArray = xarray.dot(scaled, others, dim="time")
    # a dimension of runs stays in front
    product = product.transpose(..., "neuron", "other_neuron")
    attributes = {"units": "1", "long_name": f"correlation of {signal.name}"}
    return product.rename("functional_connectivity").assign_attrs(attributes)


def _mean_coincidence(fired: NDArray[np.bool_]) -> float:
    """The mean of κ over the pairs of neurons that fire, from (neuron, bin)."""
    active = fired[fired.any(axis=1)].astype(float)
    # a pair needs two
    if active.shape[0] < 2:
        return np.nan
    bins = active.sum(axis=1)
    unit = active / np.sqrt(bins)[:, None]
    # the sum over all pairs is that of one vector with itself, the pairs of equals left out
    total = unit.sum(axis=0)
    pairs = active.shape[0] * (active.shape[0] - 1)
    # no coincidence at all leaves rounding, perhaps below zero
    return float(max(total @ total - active.shape[0], 0.0) / pairs)


def _along(signal: xarray.DataArray, dimension: str) -> list[str]:
    return [str(name) for name, values in signal.coords.items() if dimension in values.dims]
