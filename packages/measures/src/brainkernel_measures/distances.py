"""Distances between spike trains."""

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


def van_rossum_distance(spikes: Recorded, tau: float = 20.0) -> xarray.DataArray:
    """Give the van Rossum distances of all pairs of neurons.

    Each train is convolved with an exponential kernel that begins at the spike; the distance is
    sqrt(2/tau ∫ (f - g)² dt), so that one spike is at distance 1 from none, and two spikes that
    are Δ apart at distance sqrt(2 (1 - exp(-Δ/tau))) from each other (van Rossum 2001, Neural
    Comput. 13:751; Houghton & Kreuz 2012, Network 23:48).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.
    tau : float
        The time constant of the kernel, in ms.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron).
    """
    trains = spike_trains(spikes)
    # time in units of the kernel
    scaled = trains.times / positive(tau, "tau")
    memory = _kernel_before(trains, scaled)
    values = []
    for run in range(trains.runs):
        half = _half_overlaps(trains, run, scaled, memory)
        overlap = half + half.T
        # |f - g|² = |f|² + |g|² - 2 f·g, and the product of two kernels is another one
        norm = np.diag(overlap)
        squared = norm[:, None] + norm[None, :] - 2.0 * overlap
        # equal trains differ by rounding
        values.append(np.sqrt(np.maximum(squared, 0.0)))
    return trains.by_pair(values, label("van_rossum_distance", "1", "van Rossum distance"))


def _kernel_before(trains: SpikeTrains, scaled: Floats) -> Floats:
    """At each spike, the sum of the kernels of the earlier spikes of its train."""
    memory = np.zeros(scaled.size)
    longest = int(trains.counts.max(initial=0))
    # all trains at once, from one spike of each to the next
    for number in range(1, longest):
        spike = trains.bounds[:-1][trains.counts > number] + number
        # the last spike adds 1 to what was there, and both decay until the next
        decay = np.exp(scaled[spike - 1] - scaled[spike])
        memory[spike] = (memory[spike - 1] + 1.0) * decay
    return memory


def _half_overlaps(trains: SpikeTrains, run: int, scaled: Floats, memory: Floats) -> Floats:
    """The sums of exp(-|t - t'|/tau) over the spikes t of a neuron and t' < t of each other.

    Spikes at the same time count a half, so that with the transpose all pairs count once.
    """
    spikes = trains.spikes_of_run(run)
    times, neuron = scaled[spikes], trains.train[spikes] % trains.neurons
    overlap = np.zeros((trains.neurons, trains.neurons))
    for column, train in enumerate(trains.trains_of_run(run)):
        others = slice(trains.bounds[train], trains.bounds[train + 1])
        if others.start == others.stop:
            continue
        # the latest spike before each time carries the memory of all that came before it
        before = np.searchsorted(scaled[others], times, side="left")
        until = np.searchsorted(scaled[others], times, side="right")
        latest = others.start + np.maximum(before, 1) - 1
        kernels = (memory[latest] + 1.0) * np.exp(np.minimum(scaled[latest] - times, 0.0))
        sums = np.where(before > 0, kernels, 0.0) + 0.5 * (until - before)
        overlap[:, column] = np.bincount(neuron, weights=sums, minlength=trains.neurons)
    return overlap


def spike_distance(spikes: Recorded) -> xarray.DataArray:
    """Give the SPIKE-distances of all pairs of neurons: how far apart their spikes are, over time.

    The mean over time of a profile that compares the distances of the spikes around each moment
    with the intervals there; 0 for equal trains. It has no time scale to choose (Kreuz et al.
    2013, J. Neurophysiol. 109:1457, with the ends of the recording as in Satuvuori et al. 2017,
    J. Neurosci. Methods 287:25).

    Parameters
    ----------
    spikes : xarray.Dataset
        What a `SpikeMonitor` recorded.

    Returns
    -------
    xarray.DataArray
        (neuron, other_neuron), from 0 to 1. A silent neuron counts as one that fires at the
        beginning and at the end of the recording.
    """
    trains = spike_trains(spikes)
    positive(trains.duration, "the duration")
    values = np.zeros((trains.runs, trains.neurons, trains.neurons))
    # each train is prepared once, each pair is looked at once
    for run in range(trains.runs):
        padded = [_Padded(trains, train) for train in trains.trains_of_run(run)]
        for first, second in zip(*np.triu_indices(trains.neurons, 1), strict=True):
            distance = _mean_profile(padded[first], padded[second], trains.start, trains.stop)
            values[run, first, second] = values[run, second, first] = distance
    return trains.by_pair(values, label("spike_distance", "1", "SPIKE-distance"))


class _Padded:
    """A train with an auxiliary spike at each end, and the interval around each moment."""

    def __init__(self, trains: SpikeTrains, train: int) -> None:
        start, stop = trains.start, trains.stop
        # two spikes at one time are one, as an interval of length zero has no distances
        times = np.unique(trains.times_of(train))
        if not times.size:
            times = np.array([start, stop])
        self.times = times
        intervals = np.diff(times)
        # beyond its ends a train goes on as it began or ended, unless the gap is longer
        before, after = times[0] - start, stop - times[-1]
        if intervals.size:
            before, after = max(before, intervals[0]), max(after, intervals[-1])
        ends = times[0] - before, times[-1] + after
        self.edges = np.concatenate([[min(start, ends[0])], times, [max(stop, ends[1])]])
        self.intervals = np.concatenate([[before], intervals, [after]])

    def nearest(self, times: Floats) -> Floats:
        """Give the distance of each time to the nearest spike, auxiliary ones among them."""
        position = np.clip(np.searchsorted(self.edges, times), 1, self.edges.size - 1)
        before = np.abs(times - self.edges[position - 1])
        after = np.abs(self.edges[position] - times)
        nearest: Floats = np.minimum(before, after)
        return nearest

    def distances(self, other: _Padded, number: Ints, times: Floats) -> Floats:
        """Interpolate, within intervals of these numbers, the distances of their two spikes."""
        # auxiliary spikes are as far from the other train as the spikes next to them
        nearest = other.nearest(self.times)
        distance = np.concatenate([nearest[:1], nearest, nearest[-1:]])
        begin, end = self.edges[number], self.edges[number + 1]
        length = np.where(end > begin, end - begin, 1.0)
        share = (times - begin) / length
        change = distance[number + 1] - distance[number]
        interpolated: Floats = distance[number] + change * share
        return interpolated


def _mean_profile(first: _Padded, second: _Padded, start: float, stop: float) -> float:
    """The mean of the profile, which is linear between any two spikes."""
    # the profile jumps at spikes, so each stretch between two has its own two ends
    moments = np.unique(np.concatenate([[start, stop], first.times, second.times]))
    begin, end = moments[:-1], moments[1:]
    numbers = []
    for train in (first, second):
        numbers.append(np.searchsorted(train.times, begin, side="right"))
    first_interval, second_interval = first.intervals[numbers[0]], second.intervals[numbers[1]]
    weight = 0.5 * (first_interval + second_interval) ** 2
    profile = []
    for times in (begin, end):
        from_first = first.distances(second, numbers[0], times)
        from_second = second.distances(first, numbers[1], times)
        profile.append((from_first * second_interval + from_second * first_interval) / weight)
    area = np.sum(0.5 * (profile[0] + profile[1]) * (end - begin))
    return float(area / (stop - start))
