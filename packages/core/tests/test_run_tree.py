"""The tree that a run returns: filled when it is looked at, and a DataTree like any other."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import xarray
from toy_models import DT, Ramp

import brainkernel as bk
from brainkernel.recording import recorder as recording


def network(**monitors):
    ramp = Ramp(2, V_th=4.0, name="ramp")
    return ramp, bk.Network(
        ramp, dt=DT, v=bk.StateMonitor(ramp, "V"), s=bk.SpikeMonitor(ramp), **monitors
    )


def test_nothing_is_made_before_somebody_looks(monkeypatch):
    ramp, net = network()
    net.run(DT)
    made = []
    monkeypatch.setattr(
        "brainkernel.recording.memory_store.filled", lambda *given: made.append(given)
    )
    tree = net.run(3 * DT, inputs={ramp: 1.0})
    assert isinstance(tree, xarray.DataTree)
    assert not made
    monkeypatch.undo()
    assert tree["v"].V.values.tolist() == [[DT] * 2, [2 * DT] * 2, [3 * DT] * 2]


def test_it_holds_its_run_whatever_happens_before_it_is_looked_at():
    ramp, net = network()
    trees = [net.run(steps * DT, inputs={ramp: 4.0}) for steps in (3, 1, 5)]
    ramp.V_th = 8.0
    net.reset()
    trees.append(net.run(2 * DT, inputs={ramp: 16.0}))
    rows = [(np.arange(a, b) + 1) * DT for a, b in ((0, 3), (3, 4), (4, 9), (0, 2))]
    for tree, times in zip(trees, rows, strict=True):
        assert tree["v"].time.values.tolist() == times.tolist()
    assert trees[2]["v"].V.values[:, 0].tolist() == [2.5, 3.0, 3.5, 0.0, 0.5]
    assert trees[2]["s"].time.values.tolist() == [8 * DT, 8 * DT]
    assert trees[3]["v"].V.values[:, 0].tolist() == [2.0, 4.0]
    assert trees[0].attrs["program"] == trees[2].attrs["program"] != trees[3].attrs["program"]


def look_at(what):
    return pytest.param(what, id=what.__code__.co_names[-1] if what.__code__.co_names else "len")


@pytest.mark.parametrize(
    "what",
    [
        look_at(lambda tree: repr(tree)),
        look_at(lambda tree: tree._repr_html_()),
        look_at(lambda tree: list(tree)),
        look_at(lambda tree: "v" in tree),
        look_at(lambda tree: len(tree)),
        look_at(lambda tree: bool(tree)),
        look_at(lambda tree: tree.attrs),
        look_at(lambda tree: tree.name),
        look_at(lambda tree: tree.groups),
        look_at(lambda tree: tree.v.V.values.tolist()),
        look_at(lambda tree: tree["/s"].to_dataset()),
        look_at(lambda tree: tree.to_dict()),
        look_at(lambda tree: copy.copy(tree)),
        look_at(lambda tree: copy.deepcopy(tree)),
        look_at(lambda tree: pickle.loads(pickle.dumps(tree))),
        look_at(lambda tree: tree.map_over_datasets(lambda data: data)),
        look_at(lambda tree: tree.assign({"v": tree["v"]})),
        look_at(lambda tree: xarray.DataTree(children={"inner": tree})),
        look_at(lambda tree: sorted(dir(tree))),
        look_at(lambda tree: hasattr(tree, "nothing")),
    ],
)
def test_whatever_is_asked_first_is_answered_as_by_an_ordinary_tree(what):
    ramp, net = network()
    lazy = net.run(3 * DT, inputs={ramp: 2.0})
    eager = xarray.DataTree.from_dict(copy.deepcopy(lazy).to_dict(), name="run")
    ramp, net = network()
    lazy = net.run(3 * DT, inputs={ramp: 2.0})
    got, wanted = what(lazy), what(eager)
    if isinstance(wanted, (xarray.DataTree, xarray.Dataset)):
        assert got.identical(wanted)
    elif isinstance(wanted, dict):
        assert got.keys() == wanted.keys()
    elif isinstance(wanted, list) and "children" in wanted:
        assert set(wanted) <= set(got)
    elif not (
        isinstance(wanted, str) and wanted.startswith("<div")
    ):  # has random identifiers in it
        assert got == wanted
    assert lazy.identical(eager)


def test_a_store_on_disk_gives_the_run_as_well(tmp_path):
    pytest.importorskip("zarr")
    ramp, net = network()
    first = net.run(3 * DT, inputs={ramp: 1.0}, record_to=tmp_path / "out.zarr")
    second = net.run(2 * DT, inputs={ramp: 1.0})
    assert first["v"].V.values[:, 0].tolist() == [DT, 2 * DT, 3 * DT]
    assert second["v"].V.values[:, 0].tolist() == [4 * DT, 5 * DT]


def test_free_memory_is_looked_up_when_records_add_up_not_in_each_run(monkeypatch):
    looks = []
    monkeypatch.setattr(
        "brainkernel.memory.record_limits.available_memory", lambda: looks.append(1) or 10**12
    )
    monkeypatch.setattr("brainkernel.memory.record_limits.GRANT", 20_000.0)
    _, net = network()
    for _ in range(100):
        net.run(32 * DT)  # 2 * 32 * 24 bytes: 13 runs fit into 20,000
    assert len(looks) == 100 // 14 + 1


def test_a_run_asks_for_each_row_width_once(monkeypatch):
    asked = []
    monkeypatch.setattr(recording, "row_bytes", lambda table: asked.append(1) or 8)
    _, net = network()
    for _ in range(5):
        net.run(DT)
    assert len(asked) == len(net.monitors)
