"""Spikes as dots: time to the right, neurons upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray

from brainkernel_measures.pictures.axes import axes_for
from brainkernel_measures.recorded import Recorded
from brainkernel_measures.requirements import check_one_run
from brainkernel_measures.spike_trains import Ints, SpikeTrains, spike_trains

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 20_000  # spikes from which on one is drawn as a pixel: a million in a second


def plot_raster(
    spikes: Recorded | Mapping[str, Recorded],
    sort_by: str | xarray.DataArray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw when each neuron fired.

    Parameters
    ----------
    spikes : xarray.Dataset or mapping
        One run of what a `SpikeMonitor` recorded, or several by the names of their populations,
        which are drawn one above the other, each in a colour: ``{"E": net.e, "I": net.i}``.
    sort_by : str or xarray.DataArray, optional
        By what neurons are put in order, from the bottom: a coordinate, as ``"x"``, or a measure of
        each neuron, as ``mean_rate(spikes)``. By number where none is given.
    ax : matplotlib.axes.Axes, optional
        Where to draw. A new figure where none is given.

    Returns
    -------
    matplotlib.axes.Axes
        Dots become pixels where there are many, and an image within vector graphics.

    Raises
    ------
    ValueError
        Where it is a batch, or there is no such coordinate.
    """
    trains = _populations(spikes)
    axes = axes_for(ax, "plot_raster")
    many = sum(population.times.size for population in trains.values()) > MANY
    marker = "," if many else "|"
    bottom, middles = 0, []
    for population in trains.values():
        rows = bottom + _rows(population, sort_by)[population.train]
        axes.plot(population.times, rows, marker, rasterized=many)
        middles.append(bottom + 0.5 * (population.neurons - 1))
        bottom += population.neurons
        axes.axhline(bottom - 0.5, color="0.8", linewidth=0.5)
    axes.set_xlabel("time (ms)")
    # recordings of populations may differ in time
    starts = [population.start for population in trains.values()]
    stops = [population.stop for population in trains.values()]
    axes.set_xlim(min(starts), max(stops))
    axes.set_ylim(-0.5, bottom - 0.5)
    if _is_one(spikes):
        axes.set_ylabel("neuron" if sort_by is None else f"neuron, by {_name(sort_by)}")
    else:
        axes.set_yticks(middles, list(trains))
    return axes


def _populations(
    spikes: Recorded | Mapping[str, Recorded],
) -> dict[str, SpikeTrains]:
    """The trains of each population."""
    # a dataset is a mapping, too
    populations: Any = {"": spikes} if _is_one(spikes) else spikes
    trains = {}
    for name, dataset in populations.items():
        check_one_run(dataset, "plot_raster")
        trains[name] = spike_trains(dataset)
    return trains


def _is_one(spikes: object) -> bool:
    """Whether it is a dataset, and no mapping of several."""
    return isinstance(spikes, (xarray.Dataset, xarray.DataTree))


def _rows(trains: SpikeTrains, sort_by: str | xarray.DataArray | None) -> Ints:
    """The row of each train."""
    if sort_by is None:
        keys = trains.coordinates["neuron"].values
    elif isinstance(sort_by, str):
        if sort_by not in trains.coordinates:
            listed = ", ".join(str(name) for name in trains.coordinates)
            raise ValueError(f"sort_by = {sort_by!r}: neurons have the coordinates {listed}")
        keys = trains.coordinates[sort_by].values
    else:
        keys = sort_by.sel(neuron=trains.coordinates["neuron"].values).values
    rows = np.empty(trains.neurons, np.int64)
    # equal keys stay in the order of numbers
    rows[np.argsort(keys, kind="stable")] = np.arange(trains.neurons)
    return rows


def _name(sort_by: str | xarray.DataArray) -> str:
    return sort_by if isinstance(sort_by, str) else str(sort_by.name)
