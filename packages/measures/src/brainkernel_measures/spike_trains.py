"""Spikes of a dataset as trains: one for each neuron, and in a batch for each neuron of each run.

All measures of spikes begin here. The dataset says who might have fired, so silent neurons have a
train without spikes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray
from numpy.typing import ArrayLike, NDArray

from brainkernel_measures.recorded import Recorded, dataset_of

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Dimensions = tuple[str, ...]


@dataclass(frozen=True)
class SpikeTrains:
    """Spikes, one train after another, each in the order of time.

    Attributes
    ----------
    times : array
        When each spike was, in ms.
    train : array of int
        The train of each spike: the neuron, counted on from run to run.
    neurons, runs : int
        How many neurons there are in each run, and how many runs.
    start, stop : float
        What was recorded, in ms: all spikes lie in (start, stop].
    coordinates : mapping
        Coordinates of neurons and runs.
    batched : bool
        Whether results have a dimension for the runs.
    """

    times: Floats
    train: Ints
    neurons: int
    runs: int
    start: float
    stop: float
    coordinates: Mapping[Hashable, xarray.Variable]
    batched: bool

    @property
    def size(self) -> int:
        """How many trains there are."""
        return self.neurons * self.runs

    @property
    def duration(self) -> float:
        """How long was recorded, in ms."""
        return self.stop - self.start

    @cached_property
    def counts(self) -> Ints:
        """How many spikes each train has."""
        return np.bincount(self.train, minlength=self.size)

    @cached_property
    def bounds(self) -> Ints:
        """Where each train begins among the spikes, and where the last one ends."""
        # one more than there are trains, so that a silent one is an empty stretch
        return np.concatenate([[0], np.cumsum(self.counts)])

    @property
    def run(self) -> Ints:
        """The run of each spike."""
        return self.train // self.neurons

    def times_of(self, train: int) -> Floats:
        """Give the spikes of one train."""
        return self.times[self.bounds[train] : self.bounds[train + 1]]

    def trains_of_run(self, run: int) -> range:
        """Give the numbers of the trains of one run."""
        return range(run * self.neurons, (run + 1) * self.neurons)

    def spikes_of_run(self, run: int) -> slice:
        """Select the spikes of one run."""
        first, last = self.bounds[[run * self.neurons, (run + 1) * self.neurons]]
        return slice(first, last)

    def sum_by_train(self, values: Floats, train: Ints | None = None) -> Floats:
        """Add up values of spikes, or of anything else that belongs to trains."""
        owner = self.train if train is None else train
        sums = np.bincount(owner, weights=values, minlength=self.size)
        # without a spike NumPy gives integers, whatever the weights
        return sums.astype(float)

    def labels_of_train(self, train: Ints, dimension: str) -> dict[Hashable, xarray.Variable]:
        """Give the neuron, and in a batch the run, of what belongs to trains."""
        # trains count on from run to run
        neuron, run = train % self.neurons, train // self.neurons
        number = self.coordinates["neuron"]
        labels: dict[Hashable, xarray.Variable] = {}
        labels["neuron"] = xarray.Variable(dimension, number.values[neuron], number.attrs)
        if self.batched:
            batch = self.coordinates["batch"]
            labels["run"] = xarray.Variable(dimension, batch.values[run], batch.attrs)
        return labels

    def by_neuron(
        self,
        values: ArrayLike,
        label: Mapping[str, str],
        dimensions: Dimensions = (),
        coordinates: Mapping[str, Any] | None = None,
    ) -> xarray.DataArray:
        """Label values of trains: the first axis counts trains, the others are `dimensions`."""
        array = np.asarray(values)
        shape = (self.neurons, *array.shape[1:])
        return self._labelled(array, shape, ("neuron", *dimensions), label, coordinates)

    def by_pair(
        self,
        values: ArrayLike,
        label: Mapping[str, str],
        dimensions: Dimensions = (),
        coordinates: Mapping[str, Any] | None = None,
    ) -> xarray.DataArray:
        """Label values of pairs: the axes are run, neuron, other neuron, and `dimensions`."""
        array = np.asarray(values)
        number = self.coordinates["neuron"]
        # xarray wants two dimensions to have two names, so the second has only the numbers
        other = {"other_neuron": ("other_neuron", number.values, number.attrs)}
        dimensions = ("neuron", "other_neuron", *dimensions)
        return self._labelled(
            array, array.shape[1:], dimensions, label, {**other, **(coordinates or {})}
        )

    def by_run(
        self,
        values: ArrayLike,
        label: Mapping[str, str],
        dimensions: Dimensions = (),
        coordinates: Mapping[str, Any] | None = None,
    ) -> xarray.DataArray:
        """Label values of runs: the first axis counts runs, the others are `dimensions`."""
        array = np.asarray(values)
        return self._labelled(array, array.shape[1:], dimensions, label, coordinates)

    def _labelled(
        self,
        array: NDArray[Any],
        shape: tuple[int, ...],
        dimensions: Dimensions,
        label: Mapping[str, str],
        coordinates: Mapping[str, Any] | None,
    ) -> xarray.DataArray:
        if self.batched:
            shape, dimensions = (self.runs, *shape), ("batch", *dimensions)
        attributes = {key: value for key, value in label.items() if key != "name"}
        # of neurons for what is of neurons, of runs for all: a coordinate needs its dimensions
        kept = {
            name: variable
            for name, variable in self.coordinates.items()
            if set(variable.dims) <= set(dimensions)
        }
        return xarray.DataArray(
            array.reshape(shape),
            {**kept, **(coordinates or {})},
            dimensions,
            label["name"],
            attributes,
        )


def label(name: str, units: str, long_name: str) -> dict[str, str]:
    """Say what a result is: its name, its unit and what it means."""
    return {"name": name, "units": units, "long_name": long_name}


def spike_trains(spikes: Recorded) -> SpikeTrains:
    """Sort the spikes of a dataset into trains.

    Parameters
    ----------
    spikes : xarray.Dataset or xarray.DataTree
        What a `SpikeMonitor` records, or a `StateMonitor` of the variable ``spike``. A selection of
        `cell` or `batch` leaves out the spikes of others.

    Raises
    ------
    ValueError
        Where it is no dataset of spikes, or does not say which time it covers.
    """
    spikes = dataset_of(spikes)
    # a variable of this name is whether neurons fired; the table has a dimension of it
    if "spike" in spikes.data_vars:
        spikes = listed_spikes(spikes)
    check_spikes(spikes)
    start, stop = covered_time(spikes)
    # one neuron or run that was selected is a coordinate without a dimension
    cells = np.atleast_1d(spikes["cell"].values)
    column, is_listed = _position(spikes["neuron"].values, cells)
    batch = np.zeros(1, np.int64)
    run = np.zeros(column.size, np.int64)
    if "batch" in spikes.coords:
        # spikes are not along `batch`, so a selection of runs leaves them all in the table
        batch = np.atleast_1d(spikes["batch"].values)
        run, is_of_batch = _position(spikes["run"].values, batch)
        is_listed &= is_of_batch
    times = np.asarray(spikes["time"].values, float)[is_listed]
    train = (run * cells.size + column)[is_listed]
    order = _by_train(times, train, cells.size * batch.size)
    return SpikeTrains(
        times[order],
        train[order],
        cells.size,
        batch.size,
        start,
        stop,
        _coordinates(spikes),
        "batch" in spikes.dims,
    )


def check_spikes(spikes: xarray.Dataset) -> None:
    """Refuse what is no dataset of spikes.

    Raises
    ------
    ValueError
        With the names of what is missing.
    """
    names = {"time", "neuron", "cell"}
    if "batch" in spikes.coords:
        names.add("run")
    missing = names - {str(name) for name in spikes.variables}
    if missing or "spike" not in spikes["time"].dims:
        present = ", ".join(str(name) for name in spikes.variables) or "nothing"
        raise ValueError(
            "a dataset of spikes has `time` and `neuron` along `spike`, `cell` with all neurons "
            f"that might have fired, and in a batch the `run` of each spike; this one has {present}"
            ": give what a SpikeMonitor recorded"
        )


def covered_time(dataset: xarray.Dataset) -> tuple[float, float]:
    """Read the time from which and to which a dataset goes, in ms.

    Raises
    ------
    ValueError
        Where its attributes do not say so.
    """
    try:
        return float(dataset.attrs["t_start_ms"]), float(dataset.attrs["t_stop_ms"])
    except KeyError as missing:
        # to guess from the first and last spike would make every rate too high
        raise ValueError(
            f"the dataset has no attribute {missing}: how long was recorded decides rates. Some "
            "operations of xarray drop attributes; `xarray.set_options(keep_attrs=True)` keeps "
            "them, or set `dataset.attrs['t_start_ms']` and `['t_stop_ms']`"
        ) from None


def listed_spikes(states: xarray.Dataset) -> xarray.Dataset:
    """List the spikes of a `StateMonitor` that recorded ``spike``: whether each neuron fired.

    It must have looked in every step, since a spike between two samples is not in them.

    Raises
    ------
    ValueError
        Where it looked less often.
    """
    interval = sample_interval(states["spike"])
    step = states.attrs.get("dt_ms", interval)
    if interval > 1.5 * step:
        raise ValueError(
            f"`spike` was recorded every {interval:g} ms, but a step is {step:g} ms, so spikes are "
            "missing: record them with a SpikeMonitor"
        )
    order = [name for name in ("batch", "time", "neuron") if name in states["spike"].dims]
    # nonzero goes through the axes in this order: spikes come by run, time and neuron
    fired = states["spike"].transpose(*order)
    *run, step_number, column = np.nonzero(fired.values)
    renamed = {"neuron": "cell"}
    coordinates = fired.drop_vars("time").coords.to_dataset().rename(renamed)
    spikes = coordinates.assign(
        time=("spike", states["time"].values[step_number]),
        neuron=("spike", states["neuron"].values[column]),
    )
    if run:
        spikes["run"] = ("spike", states["batch"].values[run[0]])
    spikes.attrs = dict(states.attrs)
    return spikes


def sample_interval(signal: xarray.DataArray) -> float:
    """Read the interval between samples, in ms.

    Raises
    ------
    ValueError
        Where there are fewer than two, or they are not evenly spaced.
    """
    times = signal["time"].values
    if times.size < 2:
        raise ValueError(f"{signal.name}: {times.size} samples; at least 2 are needed")
    # over all samples, so that the rounding of single times does not count
    interval = (times[-1] - times[0]) / (times.size - 1)
    # of the interval: far above rounding, far below a sample that is missing
    if np.abs(np.diff(times) - interval).max() > 1e-3 * interval:
        raise ValueError(
            f"{signal.name}: the samples are not evenly spaced in time; interpolate them first: "
            "signal.interp(time=...)"
        )
    return float(interval)


def positive(value: float, name: str) -> float:
    """Check that a number is above zero.

    Raises
    ------
    ValueError
        With the name and the value.
    """
    # NaN is not above zero either
    if not value > 0:
        raise ValueError(f"{name} = {value}: it must be above 0")
    return float(value)


def _by_train(times: Floats, train: Ints, trains: int) -> Ints:
    """The order by train, then time."""
    small = train.astype(np.min_scalar_type(trains))
    # a stable sort of 16-bit integers takes linear time; a monitor's spikes are in order already
    order = np.argsort(small, kind="stable")
    goes_back = (np.diff(times[order]) < 0) & (np.diff(train[order]) == 0)
    return np.lexsort((times, train)) if goes_back.any() else order


def _position(values: Ints, among: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Find numbers in an array without order, and whether each is there."""
    if not among.size:
        raise ValueError("the dataset has no neurons or runs left: a selection took them all away")
    if among.dtype.kind not in "iu":
        raise ValueError(
            f"`cell` and `batch` are numbers of neurons and runs, not {among.dtype} as {among[0]}: "
            "leave them as they are; other labels can be coordinates besides"
        )
    if np.all(np.diff(among) == 1):
        # a whole group, or a slice without steps: no search for a million spikes
        position = values - among[0]
        return position, (position >= 0) & (position < among.size)
    order = np.argsort(among)
    position = np.searchsorted(among, values, sorter=order)
    position = order[np.minimum(position, among.size - 1)]
    return position, among[position] == values


def _coordinates(spikes: xarray.Dataset) -> dict[Hashable, xarray.Variable]:
    """The coordinates of neurons and runs, under the names that results give them."""
    coordinates: dict[Hashable, xarray.Variable] = {}
    for name, coordinate in spikes.coords.items():
        # what somebody made a coordinate of spikes says nothing of neurons
        if "spike" in coordinate.dims:
            continue
        dimensions = ["neuron" if axis == "cell" else axis for axis in coordinate.dims]
        values = coordinate.values
        if name == "cell":
            # results have the dimension even of one neuron that was selected
            dimensions, values = ["neuron"], np.atleast_1d(values)
        label_ = "neuron" if name == "cell" else name
        coordinates[label_] = xarray.Variable(dimensions, values, coordinate.attrs)
    return coordinates
