"""run(a); run(b) is run(a + b), bit for bit; and what store, restore and reset go back to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Current, Leaky, Noisy, assert_same

import brainkernel as bk

STEPS = 60
MONITORS = ("v", "w", "g", "s", "r")


def rising(t):
    return 0.5 + t / 8


def network(dt=DT, seed=3):
    """Noise, delays longer than most pieces of a run, refractory periods, slow monitors."""
    a = Noisy(5, t_ref=3 * dt, name="a")
    b = Leaky(4, t_ref=[0.0, dt, 2 * dt, 5 * dt], name="b")
    ab = Current(
        a,
        b,
        connect=bk.connect.all_to_all(),
        weight=0.5,
        delay=lambda rng: dt * rng.integers(0, 25),
        name="ab",
    )
    ba = Current(b, a, connect=bk.connect.fixed_prob(0.5), weight=0.25, delay=7 * dt, name="ba")
    return bk.Network(
        *(a, b, ab, ba),
        dt=dt,
        seed=seed,
        v=bk.StateMonitor(a, ["V", "spike"]),
        w=bk.StateMonitor(b, "V", every=7 * dt),
        g=bk.StateMonitor(ab, "g", every=2 * dt),
        s=bk.SpikeMonitor(b),
        r=bk.RateMonitor(a, every=4 * dt),
    )


def drive(net, steps=STEPS):
    a, b = net.groups
    table = np.sin(np.arange(steps * 4).reshape(steps, 4)) + 1.0
    return {
        a: rising,
        b: bk.TimedArray(table, net.dt),
        b[1:3]: bk.window(0.5, 11 * net.dt, 40 * net.dt),
    }


def run(net, *partition, backend="numpy"):
    inputs = drive(net)
    return [net.run(steps * net.dt, inputs=inputs, backend=backend) for steps in partition]


def same(left, right):
    for name in MONITORS:
        assert_same(getattr(left, name), getattr(right, name))
    np.testing.assert_array_equal(left.state.values, right.state.values)
    assert left.step == right.step


@pytest.fixture(scope="module")
def whole(backend):
    net = network()
    run(net, STEPS, backend=backend)
    assert net.s.sizes["spike"] > 5  # or the tests below say little
    return net


@given(partition=st.lists(st.integers(0, 30), min_size=1, max_size=6))
@settings(deadline=None, max_examples=12)
def test_any_split_of_a_run_gives_the_same_bits(whole, backend, partition):
    ends = np.minimum(np.cumsum(partition), STEPS)
    net = network()
    run(net, *np.diff([0, *ends, STEPS]).tolist(), backend=backend)
    same(net, whole)


def test_a_split_in_two_anywhere(whole, backend):
    for first in range(0, STEPS + 1, 3):
        net = network()
        run(net, first, STEPS - first, backend=backend)
        same(net, whole)


@pytest.mark.parametrize("size", [1, 7])
def test_the_length_of_stretches_changes_nothing(whole, backend, size, monkeypatch):
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: size)
    net = network()
    run(net, STEPS, backend=backend)
    same(net, whole)


def test_an_operation_that_only_looks_changes_nothing(whole, backend):
    net, seen = network(), []
    net.operation(every=11 * DT)(lambda network: seen.append(network.t))
    run(net, STEPS, backend=backend)
    same(net, whole)
    assert seen == [11 * DT * k for k in range(1, 6)]


def test_the_backend_may_change_on_the_way_in_exact_arithmetic():
    pytest.importorskip("brainkernel_numba")
    from toy_models import Counter, Gate, Jump

    gate, target = Gate(3), Counter(3)
    jump = Jump(gate, target, connect=bk.connect.all_to_all(), delay=5 * DT)
    net = bk.Network(gate, target, jump, dt=DT, x=bk.StateMonitor(target, "x"))
    for backend in ("numpy", "numba", "numpy"):
        net.run(4 * DT, inputs={gate: 1.0}, backend=backend)
    assert net.x.x.values[:, 0].tolist() == [3 * max(0, step - 5) for step in range(1, 13)]
    assert net.x.attrs["backend"] == "numpy, numba"


@pytest.mark.parametrize(
    "split", [23, 28]
)  # within the bins and intervals of all monitors, and at the end of all
def test_the_trees_of_two_runs_are_the_two_parts_of_one(whole, backend, split):
    first, second = run(network(), split, STEPS - split, backend=backend)
    for name in MONITORS:
        one = getattr(whole, name)
        dimension = "spike" if name == "s" else "time"
        for variable in one.data_vars:
            parts = [tree[name][variable].values for tree in (first, second)]
            np.testing.assert_array_equal(
                np.concatenate(parts), one[variable].values, err_msg=f"{name} {variable}"
            )
        assert first[name].sizes[dimension] > 0


def test_restore_goes_back_with_spikes_in_flight_and_random_numbers(whole, backend):
    net = network()
    run(net, 20, backend=backend)
    snapshot = net.store()
    run(net, 35, backend=backend)
    net.restore()
    assert net.step == 20
    assert net.v.sizes["time"] == 20
    run(net, STEPS - 20, backend=backend)
    same(net, whole)
    net.restore(snapshot)  # a snapshot serves more than once
    run(net, STEPS - 20, backend=backend)
    same(net, whole)


def test_reset_begins_anew(whole, backend):
    net = network()
    run(net, 33, backend=backend)
    net.reset()
    assert (net.step, net.v.sizes["time"], net.s.sizes["spike"], net.r.sizes["time"]) == (
        0,
        0,
        0,
        0,
    )
    run(net, STEPS, backend=backend)
    same(net, whole)


def test_a_run_of_no_steps_changes_nothing():
    net = network()
    (tree,) = run(net, 0)
    assert net.t == 0.0
    assert tree["v"].sizes["time"] == 0
    assert tree["v"].V.dims == ("time", "neuron")


def test_another_networks_snapshot_is_refused():
    with pytest.raises(bk.errors.NetworkError, match="another network"):
        network().restore(network().store())
    with pytest.raises(bk.errors.NetworkError, match="store"):
        network().restore()


def test_another_seed_gives_other_noise():
    net, other = network(), network(seed=4)
    run(net, 20)
    run(other, 20)
    assert np.all(net.v.V.values[0] != other.v.V.values[0])


def test_noise_has_the_size_of_the_square_root_of_dt():
    """After one step of pure diffusion the variance over neurons is sigma**2 dt."""
    for dt in (0.1, 0.4):
        cells = Noisy(20_000, sigma=2.0, V_th=1e9)
        net = bk.Network(cells, dt=dt)
        net.run(dt)
        assert np.std(cells.V) == pytest.approx(2.0 * np.sqrt(dt), rel=0.02)
        net.run(3 * dt)
        assert np.std(cells.V) == pytest.approx(2.0 * np.sqrt(4 * dt), rel=0.02)
