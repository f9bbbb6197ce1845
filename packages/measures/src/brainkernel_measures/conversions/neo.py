"""As objects of Neo, with which Elephant computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray

from brainkernel_measures.recorded import Signal, dataset_of
from brainkernel_measures.requirements import check_one_run, is_of_spikes, library
from brainkernel_measures.signals import signal_of, unit_of
from brainkernel_measures.spike_trains import sample_interval, spike_trains

if TYPE_CHECKING:
    import neo


def to_neo(data: Signal, variable: str | None = None) -> neo.AnalogSignal | neo.SpikeTrainList:
    """Turn spikes into a `SpikeTrainList` of Neo, and a signal into its `AnalogSignal`.

    The list makes single trains when they are asked for, so that it costs nearly nothing for any
    number of neurons. Neurons without spikes have a train, too.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        One run of what a monitor recorded.
    variable : str, optional
        Which signal of a dataset that has several.

    Returns
    -------
    neo.core.spiketrainlist.SpikeTrainList or neo.AnalogSignal
        A train for each neuron, in ms, whose numbers are in `all_channel_ids`; or the signal in its
        own unit, a column for each neuron, with their numbers as the array annotation `neuron`.

    Raises
    ------
    ImportError
        Where Neo is not installed.
    ValueError
        Where it is a batch.
    """
    library("neo", "to_neo", "neo")
    check_one_run(data, "to_neo")
    data = dataset_of(data)
    if isinstance(data, xarray.Dataset) and is_of_spikes(data):
        return _trains(data)
    return _signal(signal_of(data, variable))


def _trains(spikes: xarray.Dataset) -> neo.SpikeTrainList:
    from neo.core.spiketrainlist import SpikeTrainList
    from quantities import ms

    trains = spike_trains(spikes)
    neurons = trains.coordinates["neuron"].values
    # arrays as they are: single trains, which are slow to make, come when they are asked for
    return SpikeTrainList.from_spike_time_array(
        trains.times,
        neurons[trains.train],
        all_channel_ids=neurons.tolist(),
        units="ms",
        t_start=trains.start * ms,
        t_stop=trains.stop * ms,
    )


def _signal(signal: xarray.DataArray) -> neo.AnalogSignal:
    from neo import AnalogSignal
    from quantities import ms

    samples = signal.transpose("time", ...).values
    # always two axes, one channel in each column
    samples = samples.reshape(samples.shape[0], -1)
    annotations = {}
    if "neuron" in signal.dims:
        annotations["neuron"] = np.asarray(signal["neuron"].values)
    unit = unit_of(signal)
    return AnalogSignal(
        samples.astype(float),
        units="dimensionless" if unit == "1" else unit,
        t_start=float(signal["time"][0]) * ms,
        sampling_period=sample_interval(signal) * ms,
        name=str(signal.name),
        array_annotations=annotations,
    )
