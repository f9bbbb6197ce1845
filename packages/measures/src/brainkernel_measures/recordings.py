"""Datasets of spikes that no monitor recorded: from experiments, or from other simulators."""

from __future__ import annotations

import numpy as np
import xarray
from numpy.typing import ArrayLike


def spike_dataset(
    time: ArrayLike,
    neuron: ArrayLike,
    neurons: int | ArrayLike,
    stop: float,
    start: float = 0.0,
) -> xarray.Dataset:
    """Make a dataset of spikes of the form that a `SpikeMonitor` gives.

    Parameters
    ----------
    time : array
        When each spike was, in ms, in any order.
    neuron : array of int
        Whose each spike was.
    neurons : int or array of int
        How many neurons there are, counted from 0, or their numbers: silent ones, too.
    stop, start : float
        What was recorded, in ms.

    Returns
    -------
    xarray.Dataset
        What all measures of spikes take.

    Raises
    ------
    ValueError
        Where times and neurons are not as many, a time lies outside the recording, or a neuron is
        not among `neurons`.
    """
    times, numbers = np.asarray(time, float), np.asarray(neuron, np.int64)
    cells = np.arange(neurons) if isinstance(neurons, int) else np.asarray(neurons, np.int64)
    if times.ndim != 1 or times.shape != numbers.shape:
        raise ValueError(
            f"time has the shape {times.shape} and neuron {numbers.shape}: give one of each for "
            "each spike"
        )
    if times.size and not (start <= times.min() and times.max() <= stop):
        raise ValueError(
            f"time: spikes from {times.min():g} to {times.max():g} ms do not lie within {start:g} "
            f"to {stop:g} ms, which was recorded"
        )
    # measures leave out who is not listed, which would be silent here
    unknown = np.setdiff1d(numbers, cells)
    if unknown.size:
        raise ValueError(f"neuron: {unknown[0]} is not among the {cells.size} neurons")
    # as a monitor lists them: by time, then neuron
    order = np.lexsort((numbers, times))
    variables = {
        "time": ("spike", times[order], {"units": "ms", "long_name": "time of the spike"}),
        "neuron": ("spike", numbers[order], {"long_name": "number of the neuron that fired"}),
    }
    number = {"long_name": "number of the neuron"}
    attributes = {
        "t_start_ms": float(start),
        "t_stop_ms": float(stop),
        "duration_ms": float(stop) - float(start),
        "neurons": cells.size,
    }
    return xarray.Dataset(variables, {"cell": ("cell", cells, number)}, attributes)
