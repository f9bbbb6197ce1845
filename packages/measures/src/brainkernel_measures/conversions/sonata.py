"""As a report of spikes in the SONATA format."""

from __future__ import annotations

from os import PathLike

import numpy as np

from brainkernel_measures.recorded import Recorded, dataset_of
from brainkernel_measures.requirements import check_one_run, library
from brainkernel_measures.spike_trains import check_spikes, spike_trains

MAGIC = 0x0A7A  # by which readers know the format
SORTING = {"none": 0, "by_id": 1, "by_time": 2}


def to_sonata(
    spikes: Recorded,
    path: str | PathLike[str],
    population: str = "default",
    nodes: str | PathLike[str] | None = None,
) -> None:
    """Write spikes as a SONATA file, in the order of time.

    Parameters
    ----------
    spikes : xarray.Dataset
        One run of what a `SpikeMonitor` recorded.
    path : str
        The file of spikes to write; what it held is lost.
    population : str
        The name of the population.
    nodes : str, optional
        A file of nodes to write, too: it lists all neurons, silent ones among them, which a file of
        spikes cannot.

    Raises
    ------
    ImportError
        Where h5py is not installed.
    ValueError
        Where it is a batch.
    """
    h5py = library("h5py", "to_sonata", "sonata")
    spikes = dataset_of(spikes)
    check_spikes(spikes)
    check_one_run(spikes, "to_sonata")
    trains = spike_trains(spikes)
    neurons = trains.coordinates["neuron"].values.astype(np.uint64)
    # trains lie one after another; the file is by time
    order = np.lexsort((trains.train, trains.times))
    with h5py.File(path, "w") as file:
        _mark(file)
        group = file.create_group(f"spikes/{population}")
        kind = h5py.enum_dtype(SORTING, "u1")
        group.attrs.create("sorting", SORTING["by_time"], dtype=kind)
        timestamps = group.create_dataset("timestamps", data=trains.times[order])
        timestamps.attrs["units"] = "ms"
        group.create_dataset("node_ids", data=neurons[trains.train[order]])
    if nodes is None:
        return
    with h5py.File(nodes, "w") as file:
        _mark(file)
        # the format wants types and groups of nodes, of which there is one here
        group = file.create_group(f"nodes/{population}")
        group.create_dataset("node_id", data=neurons)
        group.create_dataset("node_type_id", data=np.zeros(neurons.size, np.int64))
        group.create_dataset("node_group_id", data=np.zeros(neurons.size, np.uint32))
        group.create_dataset("node_group_index", data=np.arange(neurons.size, dtype=np.uint64))
        positions = group.create_group("0")
        for axis in ("x", "y", "z"):
            if axis in trains.coordinates:
                positions.create_dataset(axis, data=trains.coordinates[axis].values)


def _mark(file: object) -> None:
    """Write what all files of the format begin with."""
    attributes = file.attrs  # type: ignore[attr-defined]
    attributes["magic"] = np.uint32(MAGIC)
    attributes["version"] = np.array([0, 1], np.uint32)
