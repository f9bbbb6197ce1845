"""What attributes say of a run: all that is needed to get its numbers again."""

from __future__ import annotations

import gc
import hashlib
import json
import weakref

import numpy as np
import pytest
import xarray
from toy_models import DT, Current, Gate, Leaky, Ramp, Source

import brainkernel as bk
from brainkernel.base.description import described

LONG = np.linspace(0.0, 1.0, 20)


def network(**values):
    gate, cells = Gate(20, name="gate"), Leaky(20, name="cells", method="rk4", **values)
    syn = Current(
        gate, cells[4:10:2], connect=bk.connect.fixed_prob(0.5), weight=0.5, delay=DT, name="syn"
    )
    return bk.Network(
        gate, cells, syn, dt=DT, v=bk.StateMonitor(cells, "V"), s=bk.SpikeMonitor(cells)
    )


def digest(values):
    return hashlib.sha256(np.asarray(values, dtype="<f8").tobytes()).hexdigest()


def objects(attributes, kind="groups"):
    return json.loads(attributes[kind])


def runs(attributes):
    return json.loads(attributes["runs"])


def test_runs_with_other_inputs_and_durations_have_other_attributes():
    trees = []
    for duration, value in ((4.0, 1.0), (8.0, 1.0), (4.0, 2.0)):
        net = network()
        trees.append(net.run(duration, inputs={net.groups[1]: value}))
    first, longer, stronger = (tree["v"].attrs for tree in trees)
    assert (first["t_start_ms"], first["t_stop_ms"], first["duration_ms"]) == (0.0, 4.0, 4.0)
    assert (longer["t_stop_ms"], stronger["t_stop_ms"]) == (8.0, 4.0)
    assert runs(first)[0]["inputs"] == [{"target": "cells", "input": "I", "value": 1.0}]
    assert runs(stronger)[0]["inputs"][0]["value"] == 2.0
    net = network()
    assert net.run(4.0, inputs={net.groups[1]: 1.0})["v"].attrs == first


def test_inputs_are_described_each_in_its_way():
    net = network()
    gate, cells = net.groups
    scale = 3.0

    def ramp(t):
        return scale * t

    tree = net.run(
        2.0,
        inputs={
            cells: ramp,
            (gate, "I"): LONG,
            gate[:3]: bk.window(1.0, 0.5, 1.0),
            gate[[5, 1, 2]]: bk.TimedArray([1.0, 2.0, 3.0], 1.0),
        },
    )
    first, second, third, fourth = runs(tree.attrs)[0]["inputs"]
    assert first["value"]["text"].startswith("def ramp(t):")
    assert first["value"]["sha256"] == hashlib.sha256(first["value"]["text"].encode()).hexdigest()
    assert first["value"]["captured"] == {"scale": 3.0}
    assert second == {
        "target": "gate",
        "input": "I",
        "value": {"shape": [20], "sha256": digest(LONG)},
    }
    assert third["target"] == {"group": "gate", "first": 0, "last": 2, "step": 1}
    window = third["value"]
    assert (window["kind"], window["value"], window["start"], window["stop"]) == (
        "brainkernel.model.stimuli.Window",
        1.0,
        0.5,
        1.0,
    )
    assert fourth["target"] == {"group": "gate", "neurons": [5, 1, 2]}
    assert fourth["value"]["values"] == [1.0, 2.0, 3.0]


def test_members_are_described_with_what_was_drawn():
    net = network(tau=lambda rng: rng.uniform(5.0, 10.0), V=LONG / 2, V_th=[2.0] * 20)
    tree = net.run(1.0)
    cells = objects(tree.attrs)["cells"]
    assert cells["model"].endswith("toy_models.Leaky")
    assert (cells["shape"], cells["method"]) == ([20], "rk4")
    assert cells["parameters"]["tau"] == {"shape": [20], "sha256": digest(net.groups[1].tau)}
    assert cells["parameters"]["V_th"] == {"shape": [20], "all": 2.0}
    assert cells["parameters"]["t_ref"] == 0.0
    assert cells["first_states"] == {"V": {"shape": [20], "sha256": digest(LONG / 2)}}
    syn = objects(tree.attrs, "projections")["syn"]
    assert (syn["pre"], syn["post"]) == (
        "gate",
        {"group": "cells", "first": 4, "last": 8, "step": 2},
    )
    assert (syn["connect"]["kind"], syn["connect"]["p"]) == (
        "brainkernel.connect.probability.fixed_prob",
        0.5,
    )
    assert (syn["delay_ms"], syn["synapses"]) == (DT, net.projections[0].sources.size)
    assert syn["parameters"] == {"tau": 5.0, "weight": 0.5}


def test_values_that_change_between_runs_or_by_operations_are_seen():
    net = network()
    cells, (syn,) = net.groups[1], net.projections
    assert "first_states" not in objects(net.v.attrs)["cells"]
    cells.V = 0.5
    net.run(1.0)
    syn.weight = 2.0
    cells[:2].V = 0.25
    net.run(1.0)

    @net.operation(every=DT)
    def change(net):
        cells.tau = cells.tau + 1.0

    last = net.run(2 * DT)
    attributes = net.v.attrs
    assert objects(attributes)["cells"]["first_states"] == {"V": {"shape": [20], "all": 0.5}}
    assert objects(attributes, "projections")["syn"]["parameters"]["weight"] == 0.5
    first, second, third = runs(attributes)
    assert "changed_parameters" not in first
    assert second["changed_parameters"] == {"syn.weight": 2.0}
    assert set(second["written_states"]) == {"cells.V"}
    assert third["changed_by_operations"] == {"cells.tau": 12.0}
    assert third["operations"][0]["every_ms"] == DT
    assert objects(last.attrs, "projections")["syn"]["parameters"]["weight"] == 2.0
    assert (attributes["t_start_ms"], attributes["t_stop_ms"]) == (0.0, 2.0 + 2 * DT)


def test_what_is_laid_out_anew_has_not_changed():
    gate, cells = Gate(20, name="gate"), Leaky(20, name="cells")
    one = Current(gate, cells, connect=bk.connect.one_to_one(), weight=LONG, name="one")
    two = Current(gate, cells, connect=bk.connect.one_to_one(), weight=LONG + 1.0, name="two")
    net = bk.Network(gate, cells, one, two, dt=DT, v=bk.StateMonitor(cells, "V"))
    net.run(1.0)
    kept, table = weakref.ref(net.build.connectivities["one"].values["weight"]), net.build.synaptic
    one.weight = 2.0 * LONG
    net.run(1.0)
    gc.collect()
    assert kept() is None  # or each change would keep a copy of all weights
    assert net.build.synaptic is table
    assert objects(net.v.attrs, "projections")["two"]["parameters"]["weight"]["sha256"] == digest(
        LONG + 1.0
    )
    changed = {"one.weight": {"shape": [20], "sha256": digest(2.0 * LONG)}}
    assert [run.get("changed_parameters") for run in runs(net.v.attrs)] == [None, changed]


def test_an_array_that_changes_after_the_run_changes_no_attribute():
    net = network()
    given = LONG.copy()
    net.run(1.0, inputs={net.groups[1]: given})
    given[:] = 7.0
    assert runs(net.v.attrs)[0]["inputs"][0]["value"]["sha256"] == digest(LONG)


def test_going_back_forgets_the_runs_that_followed():
    net = network()
    net.run(1.0)
    net.store()
    net.run(2.0)
    net.restore()
    assert net.v.attrs["t_stop_ms"] == 1.0
    net.run(1.0, inputs={net.groups[1]: 3.0})
    assert [run["t_stop_ms"] for run in runs(net.v.attrs)] == [1.0, 2.0]
    net.reset()
    assert (net.v.attrs["t_start_ms"], net.v.attrs["t_stop_ms"], net.v.attrs["runs"]) == (
        0.0,
        0.0,
        "[]",
    )


def test_a_run_that_stops_half_way_says_how_far_it_came():
    net = network()

    @net.operation(every=4 * DT)
    def stop(net):
        if net.step == 8:
            raise RuntimeError("enough")

    with pytest.raises(
        bk.errors.UserFunctionError, match=r"the function stop .*raised RuntimeError: enough"
    ) as caught:
        net.run(4.0)
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert net.v.attrs["t_stop_ms"] == net.t == runs(net.v.attrs)[0]["t_stop_ms"] == 1.0


def test_a_batch_keeps_what_its_runs_share():
    net = network()
    cells = net.groups[1]
    swept = net.run(1.0, batch={(cells, "tau"): [5.0, 10.0], "seed": [1, 2]})
    for node in (swept, swept["v"], swept["s"]):
        assert "seed" not in node.attrs
        assert objects(node.attrs)["cells"]["parameters"]["tau"] is None
        assert objects(node.attrs)["cells"]["parameters"]["t_ref"] == 0.0
        assert node.attrs["t_stop_ms"] == 1.0
    assert swept["v"].attrs["object"] == "cells"


def test_precision_threads_and_positions_are_named():
    ramp = Ramp(2, positions=[[0.0], [1.0]], name="ramp")
    net = bk.Network(ramp, dtype={"state": "float32"}, v=bk.StateMonitor(ramp, "V"))
    attributes = net.run(1.0).attrs
    assert attributes["dtype"] == "state: float32, weights: float64"
    assert runs(attributes)[0]["threads"] == 1
    assert objects(attributes)["ramp"]["positions"] == [[0.0], [1.0]]
    other = Ramp(2)
    assert bk.Network(other).run(1.0).attrs["dtype"] == "float64"


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf"])
def test_long_attributes_survive_a_file(engine, tmp_path):
    pytest.importorskip({"netcdf4": "netCDF4", "h5netcdf": "h5netcdf"}[engine])
    ramp = Ramp(40, name="ramp")
    net = bk.Network(ramp, dt=DT, s=bk.SpikeMonitor(ramp))
    for number in range(25):
        net.run(DT, inputs={ramp[k]: float(number) for k in range(40)})
    assert len(net.s.attrs["runs"]) > 1 << 16
    net.s.to_netcdf(tmp_path / "runs.nc", engine=engine)
    found = xarray.load_dataset(tmp_path / "runs.nc", engine=engine)
    xarray.testing.assert_identical(found, net.s)
    assert len(runs(found.attrs)) == 25


def test_numbers_functions_and_objects_are_described():
    assert described(2) == 2
    assert described(np.float64(0.5)) == 0.5
    assert described([1.0, np.inf]) == [1.0, "inf"]
    assert described(np.arange(17))["sha256"] == digest(np.arange(17))
    assert described(bk.Impulses([1.0], [0])) == {
        "kind": "brainkernel.model.stimuli.Impulses",
        "times": [1.0],
        "neurons": [0],
        "value": 1.0,
        "since": "network",
    }
    assert described(eval("lambda t: 2 * t"))["function"] == "<lambda>"  # which has no text
    one, other = described(eval("lambda t: 2 * t")), described(eval("lambda t: 3 * t"))
    assert one["sha256"] != other["sha256"]
    assert json.dumps(described({"a": (1, None), "b": np.sin}))


def test_a_quantity_keeps_its_unit():
    pint = pytest.importorskip("pint")
    assert described(pint.UnitRegistry().Quantity(2.0, "mV")) == {"value": 2.0, "unit": "millivolt"}


def test_given_times_of_a_source_are_described():
    source, cells = Source(2, [1.0, 2.0], [0, 1], name="source"), Leaky(1, name="cells")
    net = bk.Network(source, cells, dt=DT, s=bk.SpikeMonitor(source))
    net.run(4.0)
    (given,) = runs(net.s.attrs)[0]["inputs"]
    assert (given["target"], given["input"], given["value"]["times"]) == ("source", "I", [1.0, 2.0])
