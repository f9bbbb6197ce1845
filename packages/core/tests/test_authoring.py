"""How models are written: kinds of step functions, inheritance, draws, whole arrays, thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Gate, Ramp, raster

import brainkernel as bk


class Everything(bk.Neuron):
    """One of each kind of step function that a neuron may have."""

    a = bk.parameter(0.5)
    x = bk.state(0.0)
    total = bk.state(0.0)
    above = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I

    @bk.step("above")
    def look(x, a):
        return np.where(x > a, 1.0, 0.0)

    @bk.step("total", on="group")
    def add_up(x):
        return np.full_like(x, np.sum(x))

    @bk.threshold
    def fires(x):
        return x - 1.0

    @bk.reset("x")
    def back(x):
        return x - 1.0


def test_all_kinds_in_their_order(backend):
    """Integrate, step, threshold, reset; whole arrays see their group alone, after its reset."""
    one, two = Everything(3, name="one"), Everything(2, a=[0.25, 4.0], name="two")
    both = {
        name: bk.StateMonitor(group, ["x", "above", "total"])
        for name, group in (("m", one), ("n", two))
    }
    net = bk.Network(one, two, dt=DT, **both, s=bk.SpikeMonitor(one))
    net.run(3 * DT, inputs={one: [4.0, 0.0, 6.0], two: 3.0}, backend=backend)
    assert net.m.x.values.tolist() == [[0.5, 0, 0.75], [0, 0, 0.5], [0.5, 0, 0.25]]
    assert net.m.above.values.tolist() == [[0, 0, 1], [1, 0, 1], [0, 0, 1]]  # before the reset
    assert net.m.total.values.tolist() == [[1.25] * 3, [0.5] * 3, [0.75] * 3]  # after it
    assert net.n.above.values[:, 0].tolist() == [1, 1, 1]
    assert net.n.total.values.tolist() == [[0.75] * 2, [1.5] * 2, [0.25] * 2]
    assert raster(net.s) == {(2, 0), (2, 2), (3, 2)}


class Matrix(bk.Neuron):
    """A rate network in one line of linear algebra, with a parameter for each neuron."""

    x = bk.state(1.0)
    gain = bk.parameter(1.0)

    @bk.step("x", on="group")
    def spread(x, gain, t, dt):
        return gain * np.sum(x) + 0.0 * t / dt


def test_whole_arrays_may_use_linear_algebra(backend):
    cells = Matrix(3, gain=[1.0, 2.0, 0.5])
    net = bk.Network(cells, dt=DT)
    net.run(2 * DT, backend=backend)
    assert cells.x.tolist() == [10.5, 21.0, 5.25]


class Clock(bk.Neuron):
    """Sees the time: derivatives at the beginning of the step, all that follows at its end."""

    begin = bk.state(0.0)
    end = bk.state(0.0)
    seen = bk.state(-1.0)

    @bk.derivative
    def dbegin(t, dt):
        return (t - 0.0) / dt

    @bk.step("end")
    def keep(t):
        return t + 0.0

    @bk.threshold
    def fires(t):
        return t - 4.0

    @bk.reset("seen")
    def when(t):
        return t + 0.0


def test_time_is_that_of_the_slot(backend):
    cell = Clock(1, method="euler")
    net = bk.Network(cell, dt=0.5, s=bk.StateMonitor(cell, ["begin", "end", "seen"]))
    net.run(4.5, backend=backend)
    assert np.diff(net.s.begin.values[:, 0]).tolist() == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert net.s.end.values[:, 0].tolist() == net.s.time.values.tolist()
    assert net.s.seen.values[:, 0].tolist() == [*[-1.0] * 7, 4.0, 4.5]


class Crossing(bk.Neuron):
    """Fires where x turns from below zero to zero or more."""

    x = bk.state(-1.0)
    I = bk.input()

    @bk.step("x")
    def follow(I):
        return I + 0.0

    @bk.threshold(crossing=True)
    def fires(x):
        return x + 0.0


def test_a_crossing_fires_once(backend):
    cells = Crossing(2, x=[-1.0, 1.0])  # the second is above to begin with: that is no crossing
    net = bk.Network(cells, dt=DT, s=bk.SpikeMonitor(cells))
    drive = np.array([[1, 2], [0, 0], [-1, -1], [0, -2], [3, -1], [-1, 1]], float)
    net.run(3 * DT, inputs={cells: bk.TimedArray(drive, DT)}, backend=backend)
    net.run(3 * DT, inputs={cells: bk.TimedArray(drive, DT)}, backend=backend)
    assert raster(net.s) == {(1, 0), (4, 0), (6, 1)}


class Dice(bk.Neuron):
    """Random numbers by declaration."""

    rate = bk.parameter(2.5)
    p = bk.parameter(0.25)
    u = bk.uniform()
    z = bk.normal()
    k = bk.poisson("rate")
    b = bk.bernoulli("p")
    often = bk.parameter(0.25e3 / DT, unit="Hz")
    e = bk.event("often")
    seen_u = bk.state()
    seen_z = bk.state()
    seen_k = bk.state()
    seen_b = bk.state()
    seen_e = bk.state()

    @bk.step("seen_u", "seen_z", "seen_k", "seen_b", "seen_e")
    def look(u, z, k, b, e):
        return u + 0.0, z + 0.0, k + 0.0, b + 0.0, e + 0.0


def test_draws_have_their_distributions(backend):
    dice = Dice(200)
    net = bk.Network(
        dice, dt=DT, s=bk.StateMonitor(dice, ["seen_u", "seen_z", "seen_k", "seen_b", "seen_e"])
    )
    net.run(100 * DT, backend=backend)
    mean = {name: float(v.mean()) for name, v in net.s.data_vars.items()}
    variance = {name: float(v.var()) for name, v in net.s.data_vars.items()}
    means = {"seen_u": 0.5, "seen_z": 0.0, "seen_k": 2.5, "seen_b": 0.25, "seen_e": 0.25}
    assert mean == pytest.approx(means, abs=0.05)
    variances = {"seen_u": 1 / 12, "seen_z": 1.0, "seen_k": 2.5, "seen_b": 0.1875, "seen_e": 0.1875}
    assert variance == pytest.approx(variances, abs=0.1)
    assert set(np.unique(net.s.seen_b.values)) == set(np.unique(net.s.seen_e.values)) == {0.0, 1.0}
    assert len(np.unique(net.s.seen_u.values)) > 19_900  # fresh at each step, for each neuron


class Fast(Ramp):
    """A model made from another: one default, one function and one name are new."""

    V_th = bk.parameter(0.5, unit="mV")
    extra = bk.parameter(2.0)

    @bk.derivative
    def dV(I, extra):
        return I * extra


def test_inheritance_keeps_what_is_not_replaced():
    fast, plain = Fast(1), Ramp(1)
    assert list(Fast.definition.declarations) == [*Ramp.definition.declarations, "extra"]
    net = bk.Network(fast, plain, dt=DT, f=bk.SpikeMonitor(fast), p=bk.SpikeMonitor(plain))
    net.run(8 * DT, inputs={fast: 2.0, plain: 2.0})
    assert raster(net.f) == {(step, 0) for step in range(1, 9)}
    assert raster(net.p) == {(4, 0), (8, 0)}


def test_a_plain_value_does_not_replace_a_declaration():
    with pytest.raises(bk.errors.ModelError, match=r"Bad\.V_th replaces a declaration by a float"):
        type("Bad", (Ramp,), {"V_th": 3.0})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, [2.0] * 4),
        ([[1, 2], [3, 4]], [1, 2, 3, 4]),
        (lambda n: np.arange(n), [0, 1, 2, 3]),
        (lambda positions: positions[:, 0], [0, 2, 4, 6]),
        (lambda dt: 8 * dt, [1.0] * 4),
    ],
)
def test_values_may_be_given_in_many_ways(value, expected):
    cells = Ramp((2, 2), V=value, V_th=99.0, positions=np.arange(8.0).reshape(4, 2))
    net = bk.Network(cells, dt=DT)
    net.run(0.0)
    assert np.broadcast_to(cells.V, 4).tolist() == list(expected)


def test_drawn_values_depend_on_seed_and_name():
    def drawn(seed, name, size=4):
        cells = Ramp(size, V=lambda rng: rng.normal(), V_th=99.0, name=name)
        net = bk.Network(cells, seed=seed)
        net.run(0.0)
        return cells.V.tolist()

    assert drawn(1, "a") == drawn(1, "a") == drawn(1, "a", 9)[:4]
    assert len({*drawn(1, "a"), *drawn(2, "a"), *drawn(1, "b")}) == 12


def test_values_may_be_read_and_changed_between_runs():
    cells = Ramp(3, V_th=99.0)
    net = bk.Network(cells, dt=DT)
    net.run(DT, inputs={cells: 8.0})
    cells[1:].V = [5.0, 6.0]
    assert (cells.V.tolist(), cells[1].V.tolist(), cells.V_th) == ([1, 5, 6], [5], 99.0)
    cells[0].V_th = 1.5
    assert cells.V_th.tolist() == [1.5, 99, 99]
    net.run(DT, inputs={cells: 8.0})
    assert cells.V.tolist() == [0.0, 6.0, 7.0]


def model_with_a_function_called(name, tmp_path):
    path = tmp_path / "model.py"
    path.write_text(f"def {name}(I):\n    return I * 3.0\n")
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    body = {
        "__module__": __name__,
        "x": bk.state(0.0),
        "I": bk.input(),
        "move": bk.step("x")(scope[name]),
    }
    return type("Cell", (bk.Neuron,), body)


@pytest.mark.parametrize(
    "name", ["record", "run", "split", "apply_inputs", "update_Cell", "step_function"]
)
def test_a_step_function_may_be_called_as_the_printed_program_calls_its_own(name, tmp_path):
    cells = model_with_a_function_called(name, tmp_path)(2)
    net = bk.Network(cells, Gate(1), dt=DT, x=bk.StateMonitor(cells, "x"))
    net.run(2 * DT, inputs={cells: 2.0})
    assert net.x.x.values.tolist() == [[6, 6], [6, 6]]


@pytest.mark.parametrize("name", ["constants", "written_for"])
def test_a_name_that_a_printed_program_must_keep_is_refused(name, tmp_path):
    with pytest.raises(
        bk.errors.ModelError, match=rf"model.py:1\): the printed program keeps the name {name}"
    ):
        model_with_a_function_called(name, tmp_path)
