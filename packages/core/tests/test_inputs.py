"""External input: what it may be, when it is on, and whom it reaches."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Gate, Ramp, Source, raster

import brainkernel as bk
from brainkernel.execution.inputs import stimuli

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
        return {
            (g, "I"): 1.0,
            (g[0], "I"): np.array([2.0]),
            (g[1:3], "I"): [4.0, 8.0],
            (g[2:], "J"): 16.0,
        }

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
    assert received(lambda g: {(g, "I"): lambda t: t})[:, 0].tolist() == [
        DT * step for step in range(STEPS)
    ]
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
        net.run(
            steps * DT, inputs={(group, "I"): bk.window(1.0, start * DT, (start + length) * DT)}
        )
    assert net.s.x.values[:, 0].tolist() == [
        float(start <= step < start + length) for step in range(STEPS)
    ]


def test_a_window_around_each_kind_of_input(backend):
    table = bk.TimedArray(np.arange(12.0), DT)
    for value in (table, lambda t: t / DT, np.arange(1.0)):
        got = received(lambda g, v=value: {(g, "I"): bk.window(v, 2 * DT, 5 * DT)}, 1, backend)[
            :, 0
        ]
        assert got.tolist() == [
            0,
            0,
            *((2, 3, 4) if value is table or callable(value) else (0, 0, 0)),
            *[0] * 7,
        ]


def test_the_end_of_a_window_may_lie_behind_a_short_timed_array():
    short = bk.TimedArray([1.0, 2.0], DT)
    assert received(lambda g: {(g, "I"): bk.window(short, 0, 2 * DT)})[:, 0].tolist() == [
        1,
        2,
        *[0] * 10,
    ]
    with pytest.raises(bk.errors.InputError, match=r"ends at 0.25 ms"):
        received(lambda g: {(g, "I"): short})


def test_a_quantity_is_turned_into_the_inputs_unit():
    pint = pytest.importorskip("pint")
    unit = pint.UnitRegistry()
    for value in (
        2 * unit.nA,
        bk.window(2 * unit.nA, 0, 100),
        lambda t: 2 * unit.nA,
        bk.TimedArray([2] * unit.nA, 99),
    ):
        assert received(lambda g, v=value: {(g, "I"): v})[0, 0] == pytest.approx(2000.0, rel=1e-14)
    with pytest.raises(bk.errors.UnitError, match="cells"):
        received(lambda g: {(g, "I"): 2 * unit.mV})


def test_inputs_end_with_their_run():
    ramp = Ramp(1, V_th=1e9)
    net = bk.Network(ramp, dt=DT)
    net.run(8 * DT, inputs={ramp: 1.0})
    net.run(8 * DT)
    assert ramp.V.tolist() == [1.0]


def in_runs(lengths, inputs, backend="numpy", size=1):
    """What each neuron receives in runs of so many steps, given the same inputs each time."""
    group = TwoInputs(size, name="cells")
    net = bk.Network(group, dt=DT, s=bk.StateMonitor(group, "x"))
    for length in lengths:
        net.run(length * DT, inputs=inputs(group), backend=backend)
    return net.s.x.values


def test_each_stimulus_says_which_clock_it_reads(backend):
    """Over three runs of four steps, network time goes on and time since the run begins anew."""
    table = np.arange(12.0)
    received_by = {
        "network": in_runs(
            [4, 4, 4],
            lambda g: {g: {"I": [bk.TimedArray(table, DT), lambda t: 100 * t / DT]}},
            backend,
        ),
        "run": in_runs(
            [4, 4, 4],
            lambda g: {
                g: {
                    "I": [bk.TimedArray(table[:4], DT, since="run"), lambda t_run: 100 * t_run / DT]
                }
            },
            backend,
        ),
    }
    assert received_by["network"][:, 0].tolist() == [101 * step for step in range(12)]
    assert received_by["run"][:, 0].tolist() == [101 * (step % 4) for step in range(12)]


def test_a_window_since_the_run_acts_in_each(backend):
    window = bk.window(5.0, DT, 3 * DT, since="run")
    assert (
        in_runs([4, 4, 4], lambda g: {(g, "I"): window}, backend)[:, 0].tolist() == [0, 5, 5, 0] * 3
    )


def test_a_window_and_what_is_in_it_keep_their_own_clocks():
    table = bk.TimedArray(np.arange(12.0), DT)
    assert in_runs([6, 6], lambda g: {(g, "I"): bk.window(table, 2 * DT, 4 * DT, since="run")})[
        :, 0
    ].tolist() == [
        *(0, 0, 2, 3, 0, 0),
        *(0, 0, 8, 9, 0, 0),
    ]


def test_a_function_may_name_both_times_and_constants_of_its_own():
    got = in_runs(
        [2, 2],
        lambda g: {(g, "I"): lambda t, t_run=9.0, scale=8.0: scale * (10 * t + t_run) / DT / 8},
    )
    assert got[:, 0].tolist() == [0, 11, 20, 31]
    assert in_runs([2], lambda g: {(g, "I"): lambda: 3.0})[:, 0].tolist() == [3, 3]


def test_the_time_since_a_run_goes_on_over_its_stretches(monkeypatch):
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: 3)
    given = [lambda t_run: t_run / DT, bk.TimedArray([100.0], 4 * DT, since="run", after="zero")]
    got = in_runs([8, 7], lambda g: {(g, "I"): given})
    assert got[:, 0].tolist() == [step + 100 * (step < 4) for run in (8, 7) for step in range(run)]


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("zero", [1, 2, 3, 0, 0, 0, 0]),
        ("hold", [1, 2, 3, 3, 3, 3, 3]),
        ("repeat", [1, 2, 3, 1, 2, 3, 1]),
    ],
)
def test_what_follows_the_last_row_of_a_timed_array(after, then, backend, monkeypatch):
    table = bk.TimedArray([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]], 2 * DT, after=after)
    monkeypatch.setattr(
        "brainkernel.simulation.run.Run._most", lambda run, driving: 5
    )  # a stretch may begin at any row
    got = in_runs([7, 7], lambda g: {(g, "I"): table}, backend, 2)
    assert got[:, 0].tolist() == np.repeat(then, 2).tolist()
    assert got[:, 1].tolist() == (-np.repeat(then, 2)).tolist()


def test_a_timed_array_that_ended_says_what_to_do():
    with pytest.raises(
        bk.errors.InputError,
        match=r"ends at 0.25 ms.*longer.*after='zero'.*window that ends with it",
    ):
        in_runs([3], lambda g: {(g, "I"): bk.TimedArray([1.0, 2.0], DT)})
    with pytest.raises(
        bk.errors.InputError, match=r"ends at 0.25 ms"
    ):  # where the window is longer, before the run
        in_runs([9], lambda g: {(g, "I"): bk.window(bk.TimedArray([1.0, 2.0], DT), 0, 4 * DT)})


def test_what_reaches_the_same_neurons_adds_up(backend):
    def inputs(g):
        windows = [bk.window(1.0, 0, 2 * DT), bk.window([32.0, 64.0, 128.0], DT, 3 * DT), 4096.0]
        return {
            (g, "I"): windows,
            ("cells", "I"): 2.0,
            (g[:2], "I"): [4.0, 8.0],
            "cells": {"I": 256.0, "J": 512.0},
        }

    total = 4096 + 2 + 256 + np.array([4.0, 8.0, 0.0])
    later = np.array([32.0, 64.0, 128.0])
    assert in_runs([4], inputs, backend, 3).tolist() == [
        (total + 1).tolist(),
        (total + 1 + later).tolist(),
        (total + later).tolist(),
        total.tolist(),
    ]


def test_a_window_may_hold_a_list():
    given = bk.window([bk.window(1.0, 0, 2 * DT), lambda t: 10.0], DT, 3 * DT)
    assert in_runs([4], lambda g: {(g, "I"): given})[:, 0].tolist() == [0, 11, 10, 0]


def test_a_group_with_one_input_is_driven_by_its_name(backend):
    ramp = Ramp(2, V_th=1e9, name="ramp")
    net = bk.Network(ramp, dt=DT)
    net.run(
        8 * DT,
        inputs={"ramp": [1.0, 2.0], ramp[1]: [bk.window(1.0, 0, 4 * DT)] * 2},
        backend=backend,
    )
    assert ramp.V.tolist() == [1.0, 3.0]


def test_a_stimulus_outside_its_run_is_warned_about():
    ramp = Ramp(1, V_th=1e9, name="ramp")
    net = bk.Network(ramp, dt=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.run(10.0, inputs={ramp: bk.window(1.0, 2.0, 5.0)})
        net.run(0.0, inputs={ramp: bk.window(1.0, 2.0, 5.0)})
        net.run(10.0, inputs={ramp: bk.window(1.0, 2.0, 5.0, since="run")})
    said = (
        "the input I of ramp is given from 2 to 5 ms of the network's time, "
        "outside this run, which goes from 20 to 30"
    )
    with pytest.warns(UserWarning, match=said + ".*since='run'") as caught:
        net.run(10.0, inputs={ramp: bk.window(1.0, 2.0, 5.0)})
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=r"from 42 to 45 ms.*outside this run") as caught:
        net.run(10.0, inputs={ramp: bk.window(1.0, 12.0, 15.0, since="run")})
    assert "since=" not in str(caught[0].message)


def test_stimuli_keep_copies_of_the_users_arrays():
    values, inside = np.ones(12), np.ones(2)
    table, window = bk.TimedArray(values, DT), bk.window(inside, 0, 12 * DT)
    values[:], inside[:] = 7.0, 7.0
    assert in_runs([4], lambda g: {(g, "I"): [table, window]}, size=2).tolist() == [[2.0, 2.0]] * 4
    with pytest.raises(ValueError, match="read-only"):
        table.values[0] = 3.0


def test_a_long_timed_array_costs_what_a_stretch_needs(monkeypatch):
    """It is checked once, when made; a run hands over the rows of its stretch and no others."""
    table = bk.TimedArray(np.arange(3e5).reshape(100_000, 3), DT)
    monkeypatch.setattr("brainkernel.model.stimuli.finite_numbers", None)
    group = TwoInputs(3, name="cells")
    (stimulus,) = stimuli(
        {(group, "I"): table}, [group], bk.Network(group, dt=DT).program(), DT, 0, 90_000
    )
    drive = stimulus.drive(50_000, 10)
    assert drive.values.tolist() == list(range(150_000, 150_030))
    assert np.shares_memory(drive.values, table.values)
    assert drive.rows.tolist() == list(range(0, 30, 3))


def test_what_a_function_of_the_user_raises_comes_with_its_input():
    said = (
        r"^the input I of cells, at t = 0 ms: the function <lambda> "
        r"\(.*test_inputs.py:\d+\) raised ZeroDivisionError"
    )
    with pytest.raises(bk.errors.UserFunctionError, match=said) as caught:
        in_runs([4], lambda g: {(g, "I"): lambda t: 1 / t})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("error", [KeyboardInterrupt, bk.errors.ModelError])
def test_an_interruption_and_an_error_of_this_project_speak_for_themselves(error):
    def stop(t):
        raise error("enough")

    with pytest.raises(error, match=r"^enough$"):
        in_runs([4], lambda g: {(g, "I"): stop})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: bk.window(1.0, 0, 5, since="start"), "'start': say one of 'network', 'run'"),
        (lambda: bk.window(1.0, 0, np.nan), "stop of a window is not finite"),
        (
            lambda: bk.window(1.0, [0, 1], 5),
            r"the start of a window has shape \(2,\): give one number",
        ),
        (lambda: bk.window(1.0, True, 5), "True has truth values, no numbers"),
        (lambda: bk.TimedArray([1.0], 1.0, since=None), "None: say one of 'network', 'run'"),
        (lambda: bk.TimedArray([1.0], 1.0, after=0.0), "0.0: say one of 'error', 'zero'"),
        (lambda: bk.TimedArray([1.0], 0.0), "positive"),
        (lambda: bk.TimedArray([1.0], "1"), "'1' is text, no number"),
        (lambda: bk.TimedArray([], 1.0), "at least one row"),
        (lambda: bk.TimedArray(3.0, 1.0), "give .time,. or"),
        (
            lambda: bk.TimedArray([[1.0, 2.0], [3.0, np.nan]], 1.0),
            r"not finite, it has NaN in it \(element \[1, 1\]\)",
        ),
        (lambda: bk.TimedArray(["1"], 1.0), "is text, no number"),
        (lambda: bk.TimedArray([[1.0], [1.0, 2.0]], 1.0), "is no array of one shape"),
        (lambda: bk.Impulses([1.0], [0], since="now"), "'now'"),
    ],
)
def test_a_stimulus_that_makes_no_sense_is_refused_when_it_is_made(make, said):
    with pytest.raises(bk.errors.InputError, match=said):
        make()


values = st.integers(-8, 8).map(float)
clocks = st.sampled_from(["network", "run"])
tables = st.builds(
    bk.TimedArray,
    st.lists(values, min_size=1, max_size=5),
    st.sampled_from([DT, 2 * DT, 3 * DT]),
    clocks,
    st.sampled_from(["zero", "hold", "repeat"]),
)


def windows(inside):
    """Windows around what a strategy makes."""
    return st.builds(
        lambda value, start, length, since: bk.window(
            value, start * DT, (start + length) * DT, since=since
        ),
        inside
        | st.lists(inside, min_size=1, max_size=2).filter(
            lambda several: isinstance(several[0], bk.TimedArray)
        ),
        st.integers(0, 12),
        st.integers(1, 9),
        clocks,
    )


def at(value, step, start):
    """One stimulus at one step of a run that began at another, worked out by itself."""
    if isinstance(value, list):
        return sum(at(item, step, start) for item in value)
    if isinstance(value, float):
        return value
    own = step - (start if value.since == "run" else 0)
    if isinstance(value, bk.TimedArray):
        row, rows = int(own * DT // value.dt), len(value.values)
        if row >= rows and value.after == "zero":
            return 0.0
        return value.values[row % rows if value.after == "repeat" else min(row, rows - 1)]
    return at(value.value, step, start) if value.start <= own * DT < value.stop else 0.0


@pytest.mark.filterwarnings("ignore:.*outside this run")
@given(
    st.lists(windows(tables | values | windows(values)), min_size=1, max_size=4),
    st.lists(st.integers(0, 9), min_size=1, max_size=4),
)
@settings(deadline=None, max_examples=60)
def test_any_stimuli_in_any_runs_add_up_to_what_each_gives(given, lengths):
    got = in_runs(lengths, lambda g: {("cells", "I"): given})[:, 0]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    runs = zip(starts, lengths, strict=True)
    assert got.tolist() == [
        at(given, step, start) for start, length in runs for step in range(start, start + length)
    ]


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
        (
            lambda g, other: {(g, "I"): "3"},
            "'3' is text, no number: give .* a TimedArray, a window or a function of t$",
        ),
        (lambda g, other: {(g, "I"): True}, "True has truth values, no numbers"),
        (lambda g, other: {(g, "I"): [True, False, True]}, "no number"),
        (lambda g, other: {(g, "I"): np.ma.masked_array([1.0, 2, 3], [0, 1, 0])}, "masked"),
        (
            lambda g, other: {(g, "I"): lambda x: 1.0},
            r"cells = .* names x: .* is t \(.*t_run \(.*start",
        ),
        (lambda g, other: {(g, "I"): lambda t, rng: 1.0}, "names rng: what it may name is t"),
        (lambda g, other: {(g, "I"): lambda *t: 1.0}, r"takes \*t, which cannot be given by name"),
        (lambda g, other: {(g, "I"): lambda t, *more: 1.0}, r"takes \*more, which"),
        (lambda g, other: {(g, "I"): lambda **t: 1.0}, r"takes \*\*t, which"),
        (lambda g, other: {(g, "I"): lambda t, /: 1.0}, "takes t, which cannot be given by name"),
        (lambda g, other: {(g, "I"): [1.0, lambda s: 1.0]}, "names s"),
        (lambda g, other: {(g, "I"): lambda t: "3"}, "'3' is text, no number"),
        (
            lambda g, other: {(g, "I"): lambda t: t > 3},
            r"the result of .* = False has truth values.*1\.0 \* \(a > b\)",
        ),
        (lambda g, other: {(g, "I"): lambda t: None}, "None is no plain number"),
        (lambda g, other: {other: 1.0}, "not in the network"),
        (lambda g, other: {(g, "I"): [1.0, 2.0]}, r"has shape \(2,\), but there are 3"),
        (lambda g, other: {(g, "I"): np.nan}, "not finite"),
        (lambda g, other: {(g, "I"): lambda t: np.inf}, "not finite"),
        (lambda g, other: {(g, "I"): "many"}, "'many'"),
        (lambda g, other: {(g, "I"): None}, "None is no plain number"),
        (lambda g, other: {(g, "I"): lambda t: [1.0, 2.0]}, "gives"),
        (lambda g, other: {(g, "I"): bk.TimedArray(np.zeros((99, 2)), DT)}, r"\(99, 2\)"),
        (
            lambda g, other: {(g, "I"): bk.TimedArray(np.zeros(99), 0.3 * DT)},
            "whole number of steps",
        ),
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
