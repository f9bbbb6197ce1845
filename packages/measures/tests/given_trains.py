"""Datasets of spikes, of the form that a SpikeMonitor gives, from given trains."""

from __future__ import annotations

import numpy as np
import xarray

from brainkernel_measures import spike_dataset


def spikes_of(trains, stop, start=0.0):
    """A dataset of one run: a list of times for each neuron, silent ones among them."""
    neuron = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    time = np.concatenate([np.asarray(train, float) for train in trains])
    return spike_dataset(time, neuron, len(trains), stop, start)


def batch_of(runs, stop):
    """A dataset of a batch: for each run a list of trains."""
    datasets = [spikes_of(trains, stop) for trains in runs]
    number = np.repeat(np.arange(len(runs)), [data.sizes["spike"] for data in datasets])
    joined = xarray.concat(datasets, "spike", data_vars="minimal")
    seeds = ("batch", np.arange(len(runs)) + 100)
    return joined.assign(run=("spike", number)).assign_coords(
        batch=np.arange(len(runs)), seed=seeds
    )


def poisson_trains(neurons, rate, stop, seed=0):
    """Independent Poisson trains; times are nowhere near the edges of bins."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate * stop * 1e-3, neurons)
    return [np.sort(rng.uniform(0.0, stop, count)) for count in counts]
