"""What other libraries are given: times in their units, silent neurons among the others."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import xarray
from given_trains import batch_of, spikes_of

import brainkernel_measures as measures

TRAINS = [[100.0, 250.0], [], [40.5]]


@pytest.fixture
def spikes():
    return spikes_of(TRAINS, 1000.0, start=20.0).assign_coords(x=("cell", [5.0, 6.0, 7.0]))


@pytest.fixture
def signal():
    time = np.arange(1, 6) * 0.5
    coordinates = {"time": time, "neuron": [4, 2]}
    values = np.arange(10.0).reshape(5, 2)
    return xarray.DataArray(values, coordinates, ("time", "neuron"), "V", {"units": "mV"})


def test_a_table_of_spikes(spikes):
    table = measures.to_dataframe(spikes.assign(V=("spike", [1.0, 2.0, 3.0], {"units": "mV"})))
    assert table.time.tolist() == [40.5, 100.0, 250.0]
    assert table.V.tolist() == [1.0, 2.0, 3.0]
    assert table.attrs["units"] == {"time": "ms", "V": "mV"}
    assert table.groupby("neuron", observed=False).size().tolist() == [2, 0, 1]


def test_a_table_of_a_batch_and_of_states(signal):
    table = measures.to_dataframe(batch_of([TRAINS, [[1.0], [2.0], []]], 1000.0))
    assert table.run.tolist() == [0, 0, 0, 1, 1]
    assert measures.to_dataframe(signal.to_dataset()).V.loc[1.0, 2] == 3.0


def test_neo(spikes, signal):
    pytest.importorskip("neo")
    trains = measures.to_neo(spikes)
    assert [train.rescale("s").magnitude.tolist() for train in trains] == [
        [0.1, 0.25],
        [],
        [0.0405],
    ]
    assert (trains[1].t_start.item(), trains[1].t_stop.item()) == (20.0, 1000.0)
    assert type(trains).__name__ == "SpikeTrainList"
    analog = measures.to_neo(signal)
    assert analog.rescale("V")[1, 1].item() == pytest.approx(0.003)
    assert analog.times.rescale("ms").magnitude == pytest.approx(signal.time.values)
    assert analog.array_annotations["neuron"].tolist() == [4, 2]


def test_pynapple(spikes, signal):
    pytest.importorskip("pynapple")
    group = measures.to_pynapple(spikes)
    assert list(group.keys()) == [0, 1, 2]
    assert [group[number].t.tolist() for number in range(3)] == [[0.1, 0.25], [], [0.0405]]
    assert group.time_support.values.tolist() == [[0.02, 1.0]]
    assert list(group["x"]) == [5.0, 6.0, 7.0]
    frame = measures.to_pynapple(signal)
    assert frame.t == pytest.approx(signal.time.values * 1e-3)
    assert frame[:, 1].d.tolist() == signal[:, 1].values.tolist()
    assert measures.to_pynapple(signal[:, 0]).d.tolist() == signal[:, 0].values.tolist()


def test_nwb(spikes, signal, tmp_path):
    pynwb = pytest.importorskip("pynwb")
    file = measures.to_nwb(signal, file=measures.to_nwb(spikes))
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "w") as writer:
        writer.write(file)
    with pynwb.NWBHDF5IO(tmp_path / "run.nwb", "r") as reader:
        read = reader.read()
        units = read.units
        assert [units["spike_times"][row].tolist() for row in range(3)] == [
            [0.1, 0.25],
            [],
            [0.0405],
        ]
        assert units["neuron"][:].tolist() == [0, 1, 2]
        assert units["obs_intervals"][1].tolist() == [[0.02, 1.0]]
        series = read.acquisition["V"]
        assert series.unit == "mV"
        assert series.data[:].tolist() == signal.values.tolist()


def test_sonata(spikes, tmp_path):
    h5py = pytest.importorskip("h5py")
    measures.to_sonata(spikes, tmp_path / "spikes.h5", "E", tmp_path / "nodes.h5")
    with h5py.File(tmp_path / "spikes.h5") as file:
        assert file.attrs["magic"] == 0x0A7A
        group = file["spikes/E"]
        assert group["timestamps"][:].tolist() == [40.5, 100.0, 250.0]
        assert group["timestamps"].attrs["units"] == "ms"
        assert group["node_ids"][:].tolist() == [2, 0, 0]
        names = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert names == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == names["by_time"]
    with h5py.File(tmp_path / "nodes.h5") as file:
        assert file["nodes/E/node_id"][:].tolist() == [0, 1, 2]
        assert file["nodes/E/0/x"][:].tolist() == [5.0, 6.0, 7.0]


def test_sonata_is_read_by_its_own_library(spikes, tmp_path):
    libsonata = pytest.importorskip("libsonata")
    measures.to_sonata(spikes, tmp_path / "spikes.h5", "E")
    population = libsonata.SpikeReader(str(tmp_path / "spikes.h5"))["E"]
    assert population.get() == [(2, 40.5), (0, 100.0), (0, 250.0)]


CONVERSIONS = {
    "to_neo": "neo",
    "to_nwb": "pynwb",
    "to_pynapple": "pynapple",
    "to_sonata": "h5py",
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_a_batch_is_converted_run_by_run(name):
    pytest.importorskip(CONVERSIONS[name])
    path = ["spikes.h5"] if name == "to_sonata" else []
    runs = batch_of([TRAINS, TRAINS], 1000.0)
    with pytest.raises(ValueError, match=r"a batch of 2: give them one by one"):
        getattr(measures, name)(runs, *path)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_what_is_not_installed_is_told_with_the_line_that_installs_it(name, spikes, monkeypatch):
    monkeypatch.setitem(sys.modules, CONVERSIONS[name], None)
    path = ["spikes.h5"] if name == "to_sonata" else []
    with pytest.raises(ImportError, match=r"pip install \"./packages/measures\["):
        getattr(measures, name)(spikes, *path)
