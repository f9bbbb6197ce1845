"""What a dataset says about its numbers, and that files give it back."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from toy_models import Current, Gate, Leaky, Ramp

import brainkernel as bk

POSITIONS = np.arange(12.0).reshape(6, 2) / 4


def network(positions=POSITIONS):
    cells = Ramp((2, 3), positions=positions, name="cells", t_ref=1.0)
    gate = Gate(2, name="gate")
    syn = Current(gate, cells, connect=bk.connect.all_to_all(), name="syn")
    monitors = {
        "v": bk.StateMonitor(cells[1], ["V", "spike"], every=0.3),
        "g": bk.StateMonitor(syn, "g"),
        "s": bk.SpikeMonitor(cells),
        "r": bk.RateMonitor(cells, every=2.0),
    }
    net = bk.Network(gate, cells, syn, seed=7, **monitors)
    tree = net.run(12.0, inputs={gate: bk.window(1.0, 1.0, 2.0), cells: 0.5}, backend="numpy")
    return net, tree


@pytest.fixture(scope="module")
def tree():
    return network()[1]


def test_times_are_milliseconds_as_one_would_write_them(tree):
    assert tree["v"].time.values[:4].tolist() == [0.3, 0.6, 0.9, 1.2]
    assert tree["v"].sel(time=0.9).V.shape == (3,)
    assert tree["v"].time.attrs["units"] == "ms"


def test_neurons_have_numbers_indices_and_positions(tree):
    v = tree["v"]
    assert v.V.dims == ("time", "neuron")
    assert v.V.shape == (40, 3)
    assert v.neuron.values.tolist() == [3, 4, 5]
    assert v.index_0.values.tolist() == [1, 1, 1]
    assert v.index_1.values.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(np.c_[v.x.values, v.y.values], POSITIONS[3:])


def test_units_are_readable_by_pint(tree):
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry()
    wanted = {
        ("v", "V"): "mV",
        ("g", "g"): "mV/ms",
        ("r", "rate"): "Hz",
        ("s", "time"): "ms",
        ("g", "time"): "ms",
    }
    for (node, name), unit in wanted.items():
        assert registry.Unit(tree[node][name].attrs["units"]) == registry.Unit(unit)


def test_long_names_come_from_the_declaration(tree):
    assert tree["v"].V.attrs["long_name"] == "membrane potential"
    assert tree["g"].g.attrs["long_name"] == "g of syn"
    assert all(
        "long_name" in v.attrs for node in tree.subtree for v in node.dataset.data_vars.values()
    )


def test_provenance_is_in_every_node(tree):
    for node in tree.subtree:
        attributes = node.attrs
        assert (attributes["backend"], attributes["seed"], attributes["dt_ms"]) == ("numpy", 7, 0.1)
        assert "brainkernel" in attributes["versions"]
        assert len(attributes["program"]) == 64
        assert "edited_program" not in attributes
    assert "Ramp: exact" in tree.attrs["integrators"]
    assert [tree[name].attrs["object"] for name in "vgsr"] == ["cells", "syn", "cells", "cells"]
    assert tree["r"].attrs["bin_width_ms"] == 2.0


def test_the_digest_tells_programs_apart_and_nothing_else(tree):
    _, again = network()
    assert again.attrs["program"] == tree.attrs["program"]
    _, other = network(positions=None)
    assert other.attrs["program"] == tree.attrs["program"]
    alone = bk.Network(Gate(1)).run(1.0, backend="numpy")
    assert alone.attrs["program"] != tree.attrs["program"]


def test_spikes_are_a_table(tree):
    spikes = tree["s"]
    assert set(spikes.data_vars) == {"time", "neuron"}
    assert spikes.time.dims == spikes.neuron.dims == ("spike",)
    assert np.all(np.diff(spikes.time.values) >= 0)
    assert spikes.sizes["spike"] > 0


def nameless(tree):
    """The tree as a file keeps it: all but the name of its root."""
    copy = tree.copy()
    copy.name = None
    return copy


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf"])
def test_netcdf_gives_the_tree_back(tree, engine, tmp_path):
    pytest.importorskip({"netcdf4": "netCDF4", "h5netcdf": "h5py"}[engine])
    pytest.importorskip("h5netcdf" if engine == "h5netcdf" else "netCDF4")
    tree.to_netcdf(tmp_path / "run.nc", engine=engine)
    with xarray.open_datatree(tmp_path / "run.nc", engine=engine) as found:
        xarray.testing.assert_identical(found.load(), nameless(tree))


def test_zarr_gives_the_tree_back(tree, tmp_path):
    pytest.importorskip("zarr")
    tree.to_zarr(tmp_path / "run.zarr", consolidated=False)
    with xarray.open_datatree(tmp_path / "run.zarr", engine="zarr", consolidated=False) as found:
        xarray.testing.assert_identical(found.load(), nameless(tree))


@pytest.mark.parametrize("name", ["v", "g", "s", "r"])
def test_files_give_each_dataset_back(name, tmp_path):
    net, _ = network()
    dataset = getattr(net, name)
    dataset.to_netcdf(tmp_path / "one.nc")
    xarray.testing.assert_identical(xarray.load_dataset(tmp_path / "one.nc"), dataset)
    pytest.importorskip("zarr")
    dataset.to_zarr(tmp_path / "one.zarr", consolidated=False)
    xarray.testing.assert_identical(
        xarray.open_zarr(tmp_path / "one.zarr", consolidated=False).load(), dataset
    )


def test_an_empty_record_is_a_dataset_too(tmp_path):
    cells = Ramp(3)
    net = bk.Network(
        cells,
        v=bk.StateMonitor(cells, ["V", "spike"]),
        s=bk.SpikeMonitor(cells),
        r=bk.RateMonitor(cells),
    )
    before = (net.v, net.s, net.r)
    tree = net.run(0.0)
    assert before[0].V.shape == tree["v"].V.shape == (0, 3)
    assert before[1].sizes == {"spike": 0, "cell": 3}
    tree.to_netcdf(tmp_path / "empty.nc")
    with xarray.open_datatree(tmp_path / "empty.nc") as found:
        xarray.testing.assert_identical(found.load(), nameless(tree))


def test_a_dataset_is_a_copy():
    net, _ = network()
    net.v.V.values[:] = 99.0
    assert np.all(net.v.V.values < 99.0)


def test_versions_name_the_libraries_that_computed(backend):
    versions = bk.Network(Leaky(1)).run(1.0, backend=backend).attrs["versions"].split(", ")
    names = {entry.split()[0] for entry in versions}
    assert {"brainkernel", "numpy"} <= names
    assert ("numba" in names) == (backend == "numba")
