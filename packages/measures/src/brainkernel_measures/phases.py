"""Spikes and the phase of a rhythm."""

from __future__ import annotations

import numpy as np
import xarray
from numpy.typing import NDArray

from brainkernel_measures.recorded import Recorded, Signal
from brainkernel_measures.signals import signal_of
from brainkernel_measures.spike_trains import (
    Floats,
    Ints,
    SpikeTrains,
    label,
    positive,
    sample_interval,
    spike_trains,
)

Complexes = NDArray[np.complex128]


def vector_strength(spikes: Recorded, period: float) -> xarray.DataArray:
    """Give how well each neuron keeps to a phase of a period.

    The length of the mean of exp(2πi t/period) over its spikes: 1 where all have one phase
    (Goldberg & Brown 1969, J. Neurophysiol. 32:613). Phases at random give about 1/sqrt(n) for n
    spikes.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    period : float
        In ms.

    Returns
    -------
    xarray.DataArray
        (neuron), from 0 to 1; NaN for silent neurons.
    """
    trains = spike_trains(spikes)
    # of the cycle first, since the exponential of a large angle is less exact
    cycle = (trains.times / positive(period, "period")) % 1.0
    mean, _ = _mean_vector(trains, np.exp(2j * np.pi * cycle), trains.train)
    return trains.by_neuron(np.abs(mean), label("vector_strength", "1", "vector strength"))


def phase_locking(
    spikes: Recorded,
    signal: Signal,
    variable: str | None = None,
    band: tuple[float, float] | None = None,
) -> xarray.Dataset:
    """Give how well each neuron keeps to a phase of a signal, as of a field potential.

    The phase of the signal is that of its analytic signal (Hilbert transform), between samples
    interpolated on the unit circle.

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    signal : xarray.DataArray or xarray.Dataset
        One signal (time) for all neurons, in a batch also (batch, time).
    variable : str, optional
        Which variable of a dataset it is.
    band : pair of float, optional
        The band of frequencies in Hz to which the signal is filtered first, forwards and
        backwards, by a Butterworth filter of order 3.

    Returns
    -------
    xarray.Dataset
        (neuron): `phase_locking`, the length of the mean vector; `mean_phase`, its angle in
        radians, 0 at a peak of the signal; `pairwise_phase_consistency`, which does not depend on
        the number of spikes (Vinck et al. 2010, NeuroImage 51:112); `spike_count`, the number of
        spikes within the signal. NaN where there are too few.

    Raises
    ------
    ValueError
        Where the signal has other dimensions.
    """
    trains = spike_trains(spikes)
    trace = signal_of(signal, variable)
    dimensions = set(trace.dims) - {"time", "batch"}
    if dimensions or ("batch" in trace.dims and not trains.batched):
        raise ValueError(
            f"{trace.name} has the dimensions {trace.dims}: give one signal for all neurons, such "
            "as its mean over them"
        )
    phasors, train = _phasors(trains, trace, band)
    mean, number = _mean_vector(trains, phasors, train)
    locking = np.abs(mean)
    # the mean over pairs of the cosine of their difference, from the sum of all vectors
    pairs = np.where(number > 1, number * (number - 1.0), np.nan)
    consistency = ((number * locking) ** 2 - number) / pairs
    values = {
        "phase_locking": (locking, "1", "length of the mean phase vector"),
        "mean_phase": (np.angle(mean), "rad", "mean phase of the signal at a spike"),
        "pairwise_phase_consistency": (consistency, "1", "pairwise phase consistency"),
        "spike_count": (number, "1", "number of spikes within the signal"),
    }
    arrays = {}
    for name, (array, unit, long_name) in values.items():
        arrays[name] = trains.by_neuron(array, label(name, unit, long_name))
    return xarray.Dataset(arrays)


def _mean_vector(trains: SpikeTrains, vectors: Complexes, train: Ints) -> tuple[Complexes, Ints]:
    """The mean vector of each train, NaN for silent ones, and of how many it is."""
    number = np.bincount(train, minlength=trains.size)
    # bincount adds real numbers
    real, imaginary = np.ascontiguousarray(vectors.real), np.ascontiguousarray(vectors.imag)
    sums = trains.sum_by_train(real, train) + 1j * trains.sum_by_train(imaginary, train)
    return np.where(number > 0, sums / np.maximum(number, 1), np.nan), number


def _phasors(
    trains: SpikeTrains, trace: xarray.DataArray, band: tuple[float, float] | None
) -> tuple[Complexes, Ints]:
    """The phase of the signal at each spike within it, as a unit vector, and the spike's train."""
    samples = trace.transpose(..., "time").values.reshape(-1, trace.sizes["time"])
    interval = sample_interval(trace)
    units = _unit_vectors(_filtered(samples, interval, band))
    # one signal may serve all runs
    units = np.broadcast_to(units, (trains.runs, units.shape[1]))
    place = (trains.times - float(trace["time"][0])) / interval
    inside = (place >= 0) & (place <= units.shape[1] - 1)
    place, run = place[inside], trains.run[inside]
    # the last sample has no right neighbour
    left = np.minimum(place.astype(np.int64), units.shape[1] - 2)
    share = place - left
    # angles themselves would jump where they wrap around
    between = (1.0 - share) * units[run, left] + share * units[run, left + 1]
    return between / np.abs(between), trains.train[inside]


def _filtered(samples: Floats, interval: float, band: tuple[float, float] | None) -> Floats:
    from scipy.signal import butter, sosfiltfilt

    if band is None:
        return samples
    sections = butter(3, band, "bandpass", fs=1000.0 / interval, output="sos")
    return np.asarray(sosfiltfilt(sections, samples, axis=1))


def _unit_vectors(samples: Floats) -> Complexes:
    from scipy.signal import hilbert

    # the analytic signal of an offset has no phase
    centred = samples - samples.mean(axis=1, keepdims=True)
    analytic = hilbert(centred, axis=1)
    return np.asarray(analytic / np.abs(analytic))
