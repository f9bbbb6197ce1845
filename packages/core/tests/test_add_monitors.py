"""Monitors can be added to a network that stands: they record from then on, and change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Gate, Kick, Noisy, Ramp, assert_same

import brainkernel as bk
from brainkernel import errors


def made(**monitors):
    gate, cells, noisy = Gate(2), Ramp(4, V=[0.0, 0.25, 0.5, 0.75]), Noisy(2)
    kick = Kick(gate, cells, connect=bk.connect.all_to_all(), weight=0.125, delay=DT)
    net = bk.Network(
        gate, cells, noisy, kick, dt=DT, seed=2, spikes=bk.SpikeMonitor(cells), **monitors
    )
    return net, gate, cells, noisy


def run(net, steps, backend):
    inputs = {net.groups[0]: lambda t: float(t % (2 * DT) == 0.0), net.groups[1]: 1.0}
    return net.run(steps * DT, inputs=inputs, backend=backend)


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_added_monitors_record_from_then_on_and_change_nothing(backend):
    if backend != "numpy":
        pytest.importorskip(f"brainkernel_{backend}")
    net, gate, cells, noisy = made()
    whole, gate_w, cells_w, noisy_w = made()
    whole.add(
        trace=bk.StateMonitor(cells_w, ["V", "spike"], every=2 * DT),
        fires=bk.SpikeMonitor(gate_w[:1]),
        rate=bk.RateMonitor(cells_w, every=4 * DT),
        noise=bk.StateMonitor(noisy_w, "V"),
    )
    run(whole, 21, backend)
    run(net, 10, backend)
    before = net.spikes
    net.add(
        trace=bk.StateMonitor(cells, ["V", "spike"], every=2 * DT),
        fires=bk.SpikeMonitor(gate[:1]),
        rate=bk.RateMonitor(cells, every=4 * DT),
        noise=bk.StateMonitor(noisy, "V"),
    )
    assert_same(net.spikes, before)
    tree = run(net, 11, backend)
    assert_same(net.spikes, whole.spikes)
    assert_same(net.trace, whole.trace.isel(time=slice(5, None)))
    assert_same(net.noise, whole.noise.isel(time=slice(10, None)))
    assert_same(net.fires, whole.fires.isel(spike=whole.fires.time.values > 10 * DT))
    # the bin from step 8 to 12 was begun before the monitor was there
    np.testing.assert_array_equal(net.rate.time, [16 * DT, 20 * DT])
    np.testing.assert_array_equal(net.rate.rate, whole.rate.rate[-2:])
    assert set(tree.children) == {"spikes", "trace", "fires", "rate", "noise"}
    net.reset()
    run(net, 21, backend)
    for name in net.monitors:
        assert_same(net[name], whole[name])


def test_a_snapshot_of_the_time_before_is_restored():
    net, _, cells, _ = made()
    run(net, 6, "numpy")
    net.store()
    net.add(trace=bk.StateMonitor(cells, "V"), rate=bk.RateMonitor(cells, every=4 * DT))
    run(net, 6, "numpy")
    first = net.trace, net.rate, net.spikes
    net.restore()
    assert net.trace.sizes["time"] == net.rate.sizes["time"] == 0
    run(net, 6, "numpy")
    for left, right in zip(first, (net.trace, net.rate, net.spikes), strict=True):
        assert_same(left, right)


def test_a_batch_of_a_network_with_added_monitors():
    net, _, cells, _ = made()
    run(net, 6, "numpy")
    net.add(trace=bk.StateMonitor(cells, "V"))
    tree = net.run(4 * DT, batch={(cells, "V_th"): [1.0, 2.0]})
    assert tree["trace"].V.shape == (2, 4, 4)
    assert net.trace.sizes["time"] == 0


def test_before_the_first_run_and_without_a_name():
    net, _, cells, _ = made()
    net.add(bk.StateMonitor(cells, "V"), [bk.RateMonitor(cells, every=DT)])
    net.add(bk.StateMonitor(cells, "spike"))
    run(net, 2, "numpy")
    assert list(net.monitors) == ["spikes", "monitor1", "monitor2", "monitor3"]
    assert net.monitor3.spike.shape == (2, 4)


def test_what_cannot_be_added(tmp_path):
    net, _, cells, _ = made()
    watch = net.monitors["spikes"]
    other = Counter(1)
    for objects, monitors, error, said in (
        ((other,), {}, errors.NetworkError, "make a new network"),
        ((cells[:1],), {}, errors.NetworkError, "monitors alone"),
        ((3,), {}, errors.NetworkError, "no monitor"),
        ((watch,), {}, errors.NetworkError, "the same object"),
        (
            (),
            {"spikes": bk.StateMonitor(cells, "V")},
            errors.NetworkError,
            "'spikes', which a network has",
        ),
        (
            (),
            {"run": bk.StateMonitor(cells, "V")},
            errors.NetworkError,
            "'run', which a network has",
        ),
        ((), {"x": bk.StateMonitor(other, "x")}, errors.NetworkError, "not in the network"),
        (
            (),
            {"x": bk.StateMonitor(cells, "V", every=DT / 2)},
            errors.TimeGridError,
            "interval of monitor x",
        ),
    ):
        with pytest.raises(error, match=said):
            net.add(*objects, **monitors)
        assert list(net.monitors) == ["spikes"]
    run(net, 2, "numpy")
    pytest.importorskip("zarr")
    net.run(DT, record_to=tmp_path / "run.zarr")
    with pytest.raises(
        errors.MonitorError, match=r"records to .*run\.zarr.* call net\.reset\(\) first"
    ):
        net.add(x=bk.StateMonitor(cells, "V"))
    assert list(net.monitors) == ["spikes"]
    net.reset()
    net.add(x=bk.StateMonitor(cells, "V"))
    net.run(DT, record_to=tmp_path / "second.zarr")
    assert net.x.sizes["time"] == 1


@pytest.mark.parametrize(
    "name", ["a/b", "", "../../x", "1st", "with", "_hidden", "a b", "groups", "add", "network é"]
)
def test_names_that_no_monitor_can_have(name):
    cells = Counter(1)
    with pytest.raises(errors.NetworkError, match=f"cannot be called {name!r}"):
        bk.Network(cells, **{name: bk.StateMonitor(cells, "x")})


def test_the_same_monitor_twice():
    cells = Counter(1)
    watch = bk.StateMonitor(cells, "x")
    with pytest.raises(errors.NetworkError, match="monitors a and b are the same object"):
        bk.Network(cells, a=watch, b=watch)
    with pytest.raises(errors.NetworkError, match="monitors monitor1 and a are the same object"):
        bk.Network(cells, watch, a=watch)
