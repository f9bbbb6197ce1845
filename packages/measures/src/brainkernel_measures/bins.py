"""Bins of time: as those of a `RateMonitor`, a bin holds the spikes in (t - width, t]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from brainkernel_measures.spike_trains import Floats, Ints, SpikeTrains, positive

# of a bin: above the rounding of the time of a step, below any bin that somebody means
TOLERANCE = 1e-6


class Bins:
    """Bins of one width, as many as fit; what is left at the end belongs to none.

    Parameters
    ----------
    start, stop : float
        What they cover, in ms.
    width : float
        In ms.

    Raises
    ------
    ValueError
        Where none fits.
    """

    def __init__(self, start: float, stop: float, width: float) -> None:
        self.start, self.width = start, positive(width, "bin_width")
        self.count = int((stop - start) / self.width + TOLERANCE)
        if self.count < 1:
            raise ValueError(
                f"bin_width = {width:g} ms does not fit into the {stop - start:g} ms that were "
                "recorded"
            )

    @property
    def ends(self) -> Floats:
        """When each bin ends, in ms."""
        return self.start + self.width * np.arange(1, self.count + 1)

    def number(self, times: Floats) -> Ints:
        """Give the bin of each time; -1 or less before the first, `count` or more after the last.

        Times on an edge belong to the bin that ends there, in spite of rounding.
        """
        position = (times - self.start) / self.width
        number: Ints = np.ceil(position - TOLERANCE).astype(np.int64) - 1
        return number

    def coordinate(self, long_name: str = "end of the bin") -> dict[str, Any]:
        """Give the coordinate of the bins."""
        return {"time": ("time", self.ends, {"units": "ms", "long_name": long_name})}


def bins_of(trains: SpikeTrains, width: float) -> Bins:
    """Give the bins of a recording."""
    return Bins(trains.start, trains.stop, width)


def binned(trains: SpikeTrains, bins: Bins, owner: Ints, owners: int) -> Ints:
    """Count the spikes of each owner in each bin.

    Parameters
    ----------
    trains : SpikeTrains
        Whose spikes.
    bins : Bins
        The bins.
    owner : array of int
        To whom each spike belongs: its train, or its run.
    owners : int
        How many there are.
    """
    number = bins.number(trains.times)
    # the rest after the last bin, and what was on the edge before the first
    inside = (number >= 0) & (number < bins.count)
    # owners and bins as one number, so that one pass counts all
    place = owner[inside] * bins.count + number[inside]
    counts = np.bincount(place, minlength=owners * bins.count)
    return counts.reshape(owners, bins.count)


def counts_of_runs(trains: SpikeTrains, width: float) -> tuple[Bins, Iterator[Floats]]:
    """Give, for each run, the counts (neuron, bin), as floating-point numbers for products."""
    bins = bins_of(trains, width)
    counts = binned(trains, bins, trains.train, trains.size)
    # one run after another is converted, since products of floating-point numbers are fast
    by_run = counts.reshape(trains.runs, trains.neurons, bins.count)
    return bins, (run.astype(float) for run in by_run)
