"""As Neurodata Without Borders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import xarray

from brainkernel_measures.recorded import Signal, dataset_of
from brainkernel_measures.requirements import check_one_run, is_of_spikes, library
from brainkernel_measures.signals import signal_of, unit_of
from brainkernel_measures.spike_trains import spike_trains

if TYPE_CHECKING:
    import pynwb


def to_nwb(
    data: Signal, variable: str | None = None, file: pynwb.NWBFile | None = None
) -> pynwb.NWBFile:
    """Add spikes or a signal to an `NWBFile`, to be written with `pynwb.NWBHDF5IO`.

    Spikes become units, one for each neuron, silent ones among them; a signal becomes a
    `TimeSeries` in the acquisition, by its name. Times are in seconds, as the format has them.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        One run of what a monitor recorded.
    variable : str, optional
        Which signal of a dataset that has several.
    file : pynwb.NWBFile, optional
        Where to add them. A new one, that begins now, where none is given.

    Returns
    -------
    pynwb.NWBFile
        With the column `neuron` of its units as numbers of the neurons.

    Raises
    ------
    ImportError
        Where pynwb is not installed.
    ValueError
        Where it is a batch.
    """
    library("pynwb", "to_nwb", "nwb")
    check_one_run(data, "to_nwb")
    target = _new_file() if file is None else file
    data = dataset_of(data)
    if isinstance(data, xarray.Dataset) and is_of_spikes(data):
        _add_units(target, data)
    else:
        _add_signal(target, signal_of(data, variable))
    return target


def _new_file() -> pynwb.NWBFile:
    import pynwb

    return pynwb.NWBFile("simulated with brainkernel", str(uuid4()), datetime.now(UTC))


def _add_units(file: pynwb.NWBFile, spikes: xarray.Dataset) -> None:
    trains = spike_trains(spikes)
    # a file may have units of another population already
    column = "neuron"
    if file.units is None or column not in file.units.colnames:
        file.add_unit_column(column, "number of the neuron in its group")
    recorded = np.array([[trains.start, trains.stop]]) * 1e-3
    for train, neuron in enumerate(trains.coordinates["neuron"].values.tolist()):
        times = trains.times_of(train) * 1e-3
        file.add_unit(spike_times=times, obs_intervals=recorded, neuron=neuron)


def _add_signal(file: pynwb.NWBFile, signal: xarray.DataArray) -> None:
    import pynwb

    trace = signal.transpose("time", ...)
    series = pynwb.TimeSeries(
        name=str(signal.name),
        data=trace.values,
        unit=unit_of(signal),
        timestamps=trace["time"].values * 1e-3,
        description=str(signal.attrs.get("long_name", "no description")),
    )
    file.add_acquisition(series)
