"""A kind of monitor is a plugin: nothing of the kernel names the kinds that there are."""

import ast
from pathlib import Path

import numpy as np
import pytest
import toy_monitors
from toy_models import Leaky

import brainkernel as bk
from brainkernel import _plugin
from brainkernel.plugins.host import PluginHost
from brainkernel.recording.monitor import Monitor, Reading

KINDS = {"StateMonitor", "SpikeMonitor", "RateMonitor"}


@pytest.fixture
def kinds():
    host = PluginHost([toy_monitors])
    return {name: host.load("monitor", name) for name in ("MeanMonitor", "IntervalMonitor")}


def network(kinds):
    cells = Leaky(5, name="cells")
    return bk.Network(
        cells,
        dt=0.5,
        mean=kinds["MeanMonitor"](cells[1:4], "V", every=1.0),
        intervals=kinds["IntervalMonitor"](cells[:3]),
        V=bk.StateMonitor(cells, "V", every=1.0),
        spikes=bk.SpikeMonitor(cells),
    )


def drive(net, duration, backend="numpy"):
    return net.run(duration, inputs={"cells": np.linspace(0.8, 2.0, 5)}, backend=backend)


def check(net):
    """Compare with what the kernel's own monitors saw."""
    np.testing.assert_array_equal(net.mean["mean"], net.V["V"][:, 1:4].mean("neuron"))
    np.testing.assert_array_equal(net.mean["time"], net.V["time"])
    of_neuron = [net.spikes["time"].values[net.spikes["neuron"] == n] for n in range(3)]
    assert sum(times.size for times in of_neuron) > 10
    for neuron, times in enumerate(of_neuron):
        found = net.intervals["interval"].values[net.intervals["neuron"] == neuron]
        np.testing.assert_allclose(found, np.diff(times), rtol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_new_kinds_record_on_every_backend(kinds, backend):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    net = network(kinds)
    result = drive(net, 100.0, backend)
    check(net)
    assert set(result) == {"mean", "intervals", "V", "spikes"}


def test_what_is_carried_survives_runs_in_pieces_and_snapshots(kinds):
    net = network(kinds)
    drive(net, 33.0)
    net.store()
    drive(net, 40.0)
    net.restore()
    drive(net, 67.0)
    check(net)
    net.reset()
    drive(net, 100.0)
    check(net)


def test_a_new_kind_is_added_to_a_network_that_stands(kinds):
    net = network(kinds)
    drive(net, 33.0)
    net.add(later=kinds["IntervalMonitor"](net["cells"]))
    drive(net, 67.0)
    check(net)
    assert net.later["time"].values.min() > 33.0


def test_the_memory_of_its_records_is_part_of_the_estimate(kinds):
    net = network(kinds)
    memory = net.memory(100.0)
    assert memory.by_owner["mean"] == 2 * 100 * 16
    assert "intervals" in {entry.owner for entry in memory.unknown}


def test_a_new_kind_is_recorded_by_a_pure_function(kinds):
    jax = pytest.importorskip("brainkernel_jax")
    cells = Leaky(5, name="cells")
    mean = kinds["MeanMonitor"](cells, "V", every=1.0)
    net = bk.Network(cells, dt=0.5, mean=mean, V=bk.StateMonitor(cells, "V", every=1.0))
    function = jax.function(net, 20.0, dtype="float32")
    _, records = function(None, {"cells": {"I": np.linspace(0.8, 2.0, 5)}})
    np.testing.assert_allclose(records["mean"]["mean"], records["V"]["V"].mean(axis=1), rtol=1e-5)


def test_a_kind_that_says_nothing_of_pure_functions_is_refused_there(kinds):
    jax = pytest.importorskip("brainkernel_jax")
    cells = Leaky(5, name="cells")
    net = bk.Network(cells, dt=0.5, intervals=kinds["IntervalMonitor"](cells))
    with pytest.raises(bk.errors.BackendError, match="cannot record with a IntervalMonitor"):
        jax.function(net, 20.0, dtype="float32")


def test_the_kernels_own_kinds_come_by_the_same_hook():
    host = PluginHost([_plugin])
    assert set(host.monitors()) >= KINDS
    for name in KINDS:
        assert host.load("monitor", name) is getattr(bk, name)


@pytest.mark.parametrize("package", ["core/src/brainkernel", "backend-jax/src/brainkernel_jax"])
def test_no_code_asks_of_which_kind_a_monitor_is(package):
    """Outside the conformance kit, whose networks record."""
    folder = Path(__file__).parents[2] / package
    for path in folder.rglob("*.py"):
        if "testing" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "isinstance":
                named = {name.id for name in ast.walk(call) if isinstance(name, ast.Name)}
                assert not named & KINDS, f"{path}:{call.lineno}"


def test_a_kind_has_to_say_what_becomes_of_the_records():
    cells = Leaky(2, name="cells")
    net = bk.Network(cells, nothing=Monitor(cells, None))
    with pytest.raises(NotImplementedError):
        net.run(1.0)
    with pytest.raises(NotImplementedError):
        Reading().table()
