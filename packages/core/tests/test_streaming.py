"""Records that go to a Zarr store during a run are those of memory: numbers, names, units."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import xarray
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_interruptions import Doubling, Interrupting
from toy_models import DT, Counter, Current, Gate, Noisy

import brainkernel as bk
from brainkernel.recording import zarr_store

pytest.importorskip("zarr")

NAMES = ("v", "g", "s", "p", "r", "q")


def network():
    """A network with every kind of monitor, of wholes and of parts."""
    cells = Noisy((3, 4), positions=np.arange(24.0).reshape(12, 2), t_ref=DT, name="cells")
    gate = Gate(2, name="gate")
    syn = Current(gate, cells, connect=bk.connect.all_to_all(), name="syn")
    monitors = {
        "v": bk.StateMonitor(cells[1], ["V", "spike"], every=3 * DT),
        "g": bk.StateMonitor(syn, "g"),
        "s": bk.SpikeMonitor(cells),
        "p": bk.SpikeMonitor(gate),
        "r": bk.RateMonitor(cells, every=7 * DT),
        "q": bk.RateMonitor(cells[1:, :2], every=5 * DT),
    }
    return bk.Network(gate, cells, syn, dt=DT, seed=3, **monitors)


def run(net, steps, **options):
    cells, gate = net.groups[1], net.groups[0]
    return net.run(steps * DT, inputs={cells: 1.5, gate: bk.window(1.0, 2.0, 9.0)}, **options)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of few rows, so that short runs fill several and end within one."""
    monkeypatch.setattr(zarr_store, "CHUNK", 256)
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: 11)


def same(tree, other):
    for name in NAMES:
        xarray.testing.assert_identical(
            tree[name].to_dataset().load(), other[name].to_dataset().load()
        )
    assert tree.attrs == other.attrs


def same_records(dataset, other):
    """Two datasets agree in all but the list of the runs that they are of."""
    xarray.testing.assert_identical(dataset.assign_attrs(runs=""), other.assign_attrs(runs=""))


def test_both_ways_give_the_same(small_blocks, tmp_path):
    kept, streamed = network(), network()
    same(run(streamed, 100, record_to=tmp_path / "out.zarr"), run(kept, 100))
    for name in NAMES:
        xarray.testing.assert_identical(getattr(streamed, name).load(), getattr(kept, name))
        assert kept.v.sizes["time"] > 0 < kept.s.sizes["spike"]


def test_the_store_is_a_dataset_for_everybody(small_blocks, tmp_path, recwarn):
    net = network()
    run(net, 100, record_to=tmp_path / "out.zarr")
    with xarray.open_datatree(
        tmp_path / "out.zarr", engine="zarr", decode_timedelta=False
    ) as found:
        assert {**found.attrs, "object": "cells"} == net.v.attrs
        assert found.attrs["seed"] == 3
        for name in NAMES:
            xarray.testing.assert_identical(
                found[name].to_dataset().load(), getattr(net, name).load()
            )
    assert not [w for w in recwarn if "consolidated" in str(w.message)]


def test_what_is_written_is_read_when_it_is_asked_for(tmp_path):
    net = network()
    tree = run(net, 100, record_to=tmp_path / "out.zarr")
    for dataset in (net.v, tree["v"].to_dataset()):
        assert not isinstance(dataset.V.variable._data, np.ndarray)


@given(partition=st.lists(st.integers(0, 40), min_size=1, max_size=5), begin=st.integers(0, 4))
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_runs_append(partition, begin, small_blocks, tmp_path_factory):
    """Whenever the store is named: what memory held until then moves there."""
    place = tmp_path_factory.mktemp("runs") / "out.zarr"
    whole, parts = network(), network()
    run(whole, sum(partition))
    for number, steps in enumerate(partition):
        tree = run(parts, steps, **({"record_to": place} if number == begin else {}))
    for name in NAMES:
        same_records(getattr(parts, name).load(), getattr(whole, name))
    assert tree["g"].sizes["time"] == partition[-1]
    assert place.exists() == (begin < len(partition))


@pytest.mark.parametrize("streaming", [True, False])
def test_nothing_that_was_written_is_kept(streaming, monkeypatch, tmp_path):
    """20000 steps of 12 neurons take all their records in memory, or a few blocks with a store."""
    import tracemalloc

    monkeypatch.setattr(zarr_store, "CHUNK", 1 << 14)
    cells = Noisy(50, V_th=1e9)
    net = bk.Network(cells, dt=DT, v=bk.StateMonitor(cells, "V"))
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: 100)
    options = {"record_to": tmp_path / "out.zarr"} if streaming else {}
    net.run(1000 * DT, **options)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tree = net.run(10_000 * DT)
    gc.collect()  # Zarr leaves circles, which nothing keeps
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert (kept < 500_000) == streaming
    assert tree["v"].V.shape == (10_000, 50)


def test_ctrl_c_leaves_a_store_that_opens(small_blocks, monkeypatch, tmp_path):
    net, whole = network(), network()
    run(whole, 100)
    executable = Interrupting(net.compiled(net._programs.backend("numpy"), None))
    with monkeypatch.context() as patch:
        patch.setattr(net, "compiled", lambda backend, source: executable)
        with pytest.raises(KeyboardInterrupt):
            run(net, 100, record_to=tmp_path / "out.zarr")
    assert net.step == 22
    found = xarray.open_zarr(tmp_path / "out.zarr", group="g", decode_timedelta=False)
    np.testing.assert_array_equal(found.g.values, whole.g.g.values[:22])
    run(net, 78)
    for name in NAMES:
        same_records(getattr(net, name).load(), getattr(whole, name))


def test_a_write_that_fails_leaves_the_network_where_the_records_end(
    small_blocks, monkeypatch, tmp_path
):
    net, whole = network(), network()
    run(whole, 100)
    run(net, 30, record_to=tmp_path / "out.zarr")
    append = zarr_store._Table.append

    def full(table, columns):
        append(table, columns)
        if table._name == "s" and net.step == 52:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(zarr_store._Table, "append", full)
        with pytest.raises(OSError, match="No space"):
            run(net, 70)
    assert net.step == 41
    assert net.g.sizes["time"] == 41
    run(net, 59)
    for name in NAMES:
        same_records(getattr(net, name).load(), getattr(whole, name))


def test_an_explosion_leaves_all_good_steps_in_the_store(tmp_path):
    """4**k is above 1e30, beyond every physical range, from k = 50 on."""
    cells = Doubling(2, factor=[1.0, 4.0], name="cells")
    net = bk.Network(cells, dt=DT, x=bk.StateMonitor(cells, "x"))
    with pytest.raises(bk.errors.NonFiniteError):
        net.run(1000 * DT, record_to=tmp_path / "out.zarr")
    found = xarray.open_zarr(tmp_path / "out.zarr", group="x", decode_timedelta=False)
    assert found.sizes["time"] == net.step == 49
    assert found.x.values[-1].tolist() == [1.0, 4.0**49]


def test_a_store_of_somebody_else_is_refused(tmp_path):
    net, other = network(), network()
    run(net, 10, record_to=tmp_path / "out.zarr")
    with pytest.raises(bk.errors.MonitorError, match="exists already"):
        run(other, 10, record_to=tmp_path / "out.zarr")
    assert other.step == 0
    with pytest.raises(bk.errors.MonitorError, match="since its last reset"):
        run(net, 10, record_to=tmp_path / "second.zarr")
    assert net.step == 10
    assert not (tmp_path / "second.zarr").exists()
    with pytest.raises(bk.errors.UnknownNameError, match=r"memory, zarr"):
        run(other, 10, record_to=tmp_path / "out.nwb")
    (tmp_path / "full.zarr").mkdir()
    (tmp_path / "full.zarr" / "mine.txt").write_text("precious")
    with pytest.raises(bk.errors.MonitorError, match="exists already"):
        run(other, 10, record_to=tmp_path / "full.zarr")


def test_reset_leaves_the_store_and_begins_in_memory(tmp_path):
    net = network()
    run(net, 40, record_to=tmp_path / "out.zarr")
    first = {name: getattr(net, name).load() for name in NAMES}
    net.reset()
    assert net.v.sizes["time"] == 0
    with pytest.raises(bk.errors.MonitorError, match="exists already"):
        run(net, 40, record_to=tmp_path / "out.zarr")
    run(net, 40, record_to=tmp_path / "again.zarr")
    for name in NAMES:
        xarray.testing.assert_identical(getattr(net, name).load(), first[name])
        opened = xarray.open_zarr(tmp_path / "out.zarr", group=name, decode_timedelta=False)
        xarray.testing.assert_identical(opened.load(), first[name])


def test_restore_cuts_the_store_back(small_blocks, tmp_path):
    net, whole = network(), network()
    run(whole, 100)
    run(net, 33, record_to=tmp_path / "out.zarr")
    early = net.store()
    run(net, 20)
    late = net.store()
    run(net, 9)
    net.restore(late)
    assert net.g.sizes["time"] == 53
    net.restore(early)
    run(net, 67)
    for name in NAMES:
        same_records(getattr(net, name).load(), getattr(whole, name))
    with pytest.raises(bk.errors.MonitorError, match="earlier snapshot"):
        net.restore(late)  # its rows were cut off when the earlier one was restored
    assert net.step == 100
    net.reset()
    with pytest.raises(bk.errors.MonitorError, match=r"net\.reset"):
        net.restore(early)


def test_trials_from_one_snapshot_have_a_store_each(tmp_path):
    net, whole = network(), network()
    run(whole, 50)
    run(net, 30)
    begin = net.store()
    for trial in range(2):
        net.restore(begin)
        run(net, 20, record_to=tmp_path / f"trial{trial}.zarr")
        last = net.store()
    net.restore(begin)
    with pytest.raises(bk.errors.MonitorError, match="was closed"):
        net.restore(last)  # its store is complete, and a run from there would write to it
    for trial in range(2):
        for name in NAMES:
            found = xarray.open_zarr(
                tmp_path / f"trial{trial}.zarr", group=name, decode_timedelta=False
            )
            same_records(found.load(), getattr(whole, name))


def test_files_are_few(tmp_path):
    cells = Counter(100)
    net = bk.Network(cells, dt=DT, x=bk.StateMonitor(cells, "x"))
    net.run(20_000 * DT, record_to=tmp_path / "out.zarr")
    sizes = [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()]
    assert len(sizes) < 20  # 16 MB of numbers
