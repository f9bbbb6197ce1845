"""External input: what it may be, when it is on, and whom it reaches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Gate, Ramp, Source, raster

import brainkernel as bk

STEPS = 12


class TwoInputs(bk.Neuron):
    """Adds up two inputs apart."""

    x = bk.state(0.0)
    y = bk.state(0.0)
    I = bk.input(unit="pA")
    J = bk.input()

    @bk.step("x", "y")
    def keep(I, J):
        return I + 0.0, J + 0.0


def received(inputs, size=1, backend="numpy", steps=STEPS, name="x"):
    """What a group receives in each step: inputs is a function of the group."""
    group = TwoInputs(size, name="cells")
    net = bk.Network(group, dt=DT, s=bk.StateMonitor(group, name))
    net.run(steps * DT, inputs=inputs(group), backend=backend)
    return net.s[name].values


def test_what_an_input_may_be(backend):
    def inputs(g):
        return {(g, "I"): 1.0, (g[0], "I"): np.array([2.0]), (g[1:3], "I"): [4.0, 8.0], (g[2:], "J"): 16.0}

    assert received(inputs, 4, backend)[-1].tolist() == [3, 5, 9, 1]
    assert received(inputs, 4, backend, name="y")[0].tolist() == [0, 0, 16, 16]


def test_a_group_with_one_input_needs_no_name(backend):
    ramp = Ramp(3, V_th=1e9)
    net = bk.Network(ramp, dt=DT)
    net.run(8 * DT, inputs={ramp: [1.0, 2.0, 0.0], ramp[2]: 3.0}, backend=backend)
    assert ramp.V.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("ratio", [1, 3])
def test_a_timed_array_has_a_step_of_its_own(backend, ratio):
    values = np.arange(12.0) + 1
    got = received(lambda g: {(g, "I"): bk.TimedArray(values, ratio * DT)}, 2, backend)
    assert got[:, 1].tolist() == [values[step // ratio] for step in range(STEPS)]


def test_a_timed_array_for_each_neuron_counts_from_time_zero(backend):
    values = np.arange(36.0).reshape(12, 3)
    group = TwoInputs(5, name="cells")
    net = bk.Network(group, dt=DT, s=bk.StateMonitor(group, "x"))
    inputs = {(group[1:4], "I"): bk.TimedArray(values, DT)}
    net.run(5 * DT, inputs=inputs, backend=backend)
    net.run(7 * DT, inputs=inputs, backend=backend)
    np.testing.assert_array_equal(net.s.x.values, np.pad(values, ((0, 0), (1, 1))))


def test_a_function_sees_the_time_at_the_beginning_of_the_step():
    assert received(lambda g: {(g, "I"): lambda t: t})[:, 0].tolist() == [DT * step for step in range(STEPS)]
    wide = received(lambda g: {(g, "I"): lambda t: [t, -t]}, 2)
    assert wide[3].tolist() == [3 * DT, -3 * DT]


@pytest.mark.filterwarnings("ignore:.*outside this run")
@given(st.integers(0, 11), st.integers(1, 14), st.integers(0, 12))
@settings(deadline=None, max_examples=25)
def test_a_window_is_on_from_its_start_up_to_but_without_its_stop(start, length, split):
    """Also where a run begins or ends inside, before or behind it."""
    group = TwoInputs(1)
    net = bk.Network(group, dt=DT, s=bk.StateMonitor(group, "x"))
    for steps in (split, STEPS - split):
        net.run(steps * DT, inputs={(group, "I"): bk.window(1.0, start * DT, (start + length) * DT)})
    assert net.s.x.values[:, 0].tolist() == [float(start <= step < start + length) for step in range(STEPS)]


def test_a_window_around_each_kind_of_input(backend):
    table = bk.TimedArray(np.arange(12.0), DT)
    for value in (table, lambda t: t / DT, np.arange(1.0)):
        got = received(lambda g, v=value: {(g, "I"): bk.window(v, 2 * DT, 5 * DT)}, 1, backend)[:, 0]
        assert got.tolist() == [0, 0, *((2, 3, 4) if value is table or callable(value) else (0, 0, 0)), *[0] * 7]


def test_the_end_of_a_window_may_lie_behind_a_short_timed_array():
    short = bk.TimedArray([1.0, 2.0], DT)
    assert received(lambda g: {(g, "I"): bk.window(short, 0, 2 * DT)})[:, 0].tolist() == [1, 2, *[0] * 10]
    with pytest.raises(bk.errors.InputError, match=r"ends at 0.25 ms"):
        received(lambda g: {(g, "I"): short})


def test_a_quantity_is_turned_into_the_inputs_unit():
    pint = pytest.importorskip("pint")
    unit = pint.UnitRegistry()
    for value in (2 * unit.nA, bk.window(2 * unit.nA, 0, 100), lambda t: 2 * unit.nA, bk.TimedArray([2] * unit.nA, 99)):
        assert received(lambda g, v=value: {(g, "I"): v})[0, 0] == pytest.approx(2000.0, rel=1e-14)
    with pytest.raises(bk.errors.UnitError, match="cells"):
        received(lambda g: {(g, "I"): 2 * unit.mV})


def test_inputs_end_with_their_run():
    ramp = Ramp(1, V_th=1e9)
    net = bk.Network(ramp, dt=DT)
    net.run(8 * DT, inputs={ramp: 1.0})
    net.run(8 * DT)
    assert ramp.V.tolist() == [1.0]


def test_impulses_act_at_exactly_their_times(backend):
    times = np.array([3, 1, 3, 12])
    source = Source(3, times * DT, [0, 1, 2, 1])
    net = bk.Network(source, dt=DT, s=bk.SpikeMonitor(source))
    net.run(7 * DT, backend=backend)
    net.run(7 * DT, inputs={source[0]: bk.window(1.0, 9 * DT, 10 * DT)}, backend=backend)
    assert raster(net.s) == {(3, 0), (1, 1), (3, 2), (12, 1), (10, 0)}


@pytest.mark.parametrize(
    ("times", "neurons", "error", "said"),
    [
        ([0.3], [0], bk.errors.TimeGridError, "0.3 ms"),
        ([0.0], [0], bk.errors.TimeGridError, "at least"),
        ([1.0, 1.0], [0, 0], bk.errors.InputError, "fires once"),
        ([1.0], [5], bk.errors.InputError, "neuron 5"),
        ([1.0], [-1], bk.errors.InputError, "neuron -1"),
        ([1.0, 2.0], [0], bk.errors.InputError, "2 times"),
    ],
)
def test_impulses_that_cannot_be_are_refused(times, neurons, error, said):
    net = bk.Network(Source(3, times, neurons), dt=DT)
    with pytest.raises(error, match=said):
        net.run(4.0)
    assert net.step == 0


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (lambda g, other: {(g, "K"): 1.0}, "there is: I, J"),
        (lambda g, other: {g: 1.0}, "name one"),
        (lambda g, other: {0: 1.0}, "0 is no group, slice or name of a group.*cells"),
        (lambda g, other: {"sells": 1.0}, "did you mean cells"),
        (lambda g, other: {("gate", "I"): 1.0}, "there is: cells"),
        (lambda g, other: {("cells", "K"): 1.0}, "there is: I, J"),
        (lambda g, other: {"cells": {"K": 1.0}}, "there is: I, J"),
        (lambda g, other: {"cells": {"I": [1.0, bk.window("2", 0, 1)]}}, "'2'"),
        (lambda g, other: {(g, "I"): "3"}, "'3' is no number"),
        (lambda g, other: {(g, "I"): True}, "True is no number"),
        (lambda g, other: {(g, "I"): [True, False, True]}, "no number"),
        (lambda g, other: {(g, "I"): np.ma.masked_array([1.0, 2, 3], [0, 1, 0])}, "masked"),
        (lambda g, other: {(g, "I"): lambda x: 1.0}, r"cells: its function names x; it may name t \(.*t_run \(.*start"),
        (lambda g, other: {(g, "I"): lambda t, rng: 1.0}, "names rng; it may name t"),
        (lambda g, other: {(g, "I"): lambda *t: 1.0}, r"names \*t"),
        (lambda g, other: {(g, "I"): lambda t, /: 1.0}, "names t; it may"),
        (lambda g, other: {(g, "I"): [1.0, lambda s: 1.0]}, "names s"),
        (lambda g, other: {(g, "I"): lambda t: "3"}, "'3' is no number"),
        (lambda g, other: {(g, "I"): lambda t: None}, "None is no number"),
        (lambda g, other: {other: 1.0}, "not in the network"),
        (lambda g, other: {(g, "I"): [1.0, 2.0]}, r"has shape \(2,\), but there are 3"),
        (lambda g, other: {(g, "I"): np.nan}, "not finite"),
        (lambda g, other: {(g, "I"): lambda t: np.inf}, "not finite"),
        (lambda g, other: {(g, "I"): "many"}, "'many'"),
        (lambda g, other: {(g, "I"): None}, "None is no number"),
        (lambda g, other: {(g, "I"): lambda t: [1.0, 2.0]}, "gives"),
        (lambda g, other: {(g, "I"): bk.TimedArray(np.zeros((99, 2)), DT)}, r"\(99, 2\)"),
        (lambda g, other: {(g, "I"): bk.TimedArray(np.zeros(99), 0.3 * DT)}, "whole number of steps"),
        (lambda g, other: {(g, "I"): bk.window(1.0, 0.3 * DT, DT)}, "whole number of steps"),
    ],
)
def test_an_input_that_does_not_fit_is_refused_before_anything_runs(inputs, said):
    group, other = TwoInputs(3, name="cells"), Gate(1, name="gate")
    net = bk.Network(group, dt=DT)
    with pytest.raises((bk.errors.InputError, bk.errors.TimeGridError), match=said) as caught:
        net.run(STEPS * DT, inputs=inputs(group, other))
    assert "cells" in str(caught.value) or "gate" in str(caught.value)
    assert net.step == 0


def test_a_window_must_go_forward():
    with pytest.raises(bk.errors.InputError, match="after start"):
        bk.window(1.0, 5.0, 5.0)
