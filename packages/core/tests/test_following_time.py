"""What follows time: parameters, means of random numbers, Poisson drives; on NumPy alone."""

from __future__ import annotations

import time

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import (
    BatchError,
    InputError,
    IntegratorError,
    ModelError,
    NetworkError,
    UnitError,
    ValueShapeError,
)


class Leaky(bk.Neuron):
    """A membrane with bounds, a refractory period and a threshold that is crossed."""

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    E = bk.parameter(-70.0, unit="mV")
    V_th = bk.parameter(-50.0, unit="mV")
    V_reset = bk.parameter(-70.0, unit="mV", below="V_th")
    t_ref = bk.parameter(2.0, unit="ms")
    V = bk.state("E", unit="mV")
    I = bk.input(unit="mV/ms")
    period = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, E, tau, I):
        return (E - V) / tau + I

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def reset(V_reset):
        return V_reset


class Sums(bk.Neuron):
    """A conductance that decays."""

    tau = bk.parameter(5.0, unit="ms")
    ge = bk.state(0.0, unit="nS")
    I = bk.input(unit="pA")
    seen = bk.state(0.0, unit="pA")

    @bk.derivative
    def dge(ge, tau):
        return -ge / tau

    @bk.step("seen")
    def see(I):
        return I


class Counts(bk.Neuron):
    """Counts whose mean is an input, which synapses may add to."""

    m = bk.input()
    total = bk.state(0.0)
    k = bk.poisson("m")

    @bk.step("total")
    def add(total, k):
        return total + k

    @bk.threshold
    def fires(k):
        return k - 1e9


class Traced(bk.Synapse):
    """Adds within the derivative of its target."""

    g = bk.state(0.0, per="post")

    @bk.on_pre("g")
    def receive(g):
        return g + 1.0

    @bk.adds_to("m")
    def current(g):
        return g


KEPT = []  # networks, which no group keeps alive


def ran(group, duration=5.0, **options):
    KEPT.append(bk.Network(group))
    KEPT[-1].run(duration, **options)
    return group


# -- parameters ------------------------------------------------------------------------------------


def test_a_parameter_has_the_value_at_the_beginning_of_the_step():
    """With tau far below dt, V is where E was at t."""
    values = np.linspace(-70.0, -60.0, 30)
    group = Leaky(2, E=bk.TimedArray(values, dt=0.1), tau=1e-4, name="g")
    net = bk.Network(group, trace=bk.StateMonitor(group, ["V", "E"]))
    net.run(3.0)
    np.testing.assert_array_equal(net.trace.E.values[:, 0], values)
    np.testing.assert_allclose(net.trace.V.values[:, 1], values, rtol=1e-12)


def test_a_constant_that_is_given_as_a_function_is_that_constant():
    """To the last bit, by a method that computes nothing of constants before the run."""
    timed = {"E": lambda t: -70.0, "V_th": lambda t_run: -50.0}
    one, other = (Leaky(3, method="rk4", name="g", **values) for values in ({}, timed))
    traces = []
    for group in (one, other):
        net = bk.Network(group, trace=bk.StateMonitor(group, "V"), spikes=bk.SpikeMonitor(group))
        net.run(20.0, inputs={group: [1.0, 3.0, 4.0]})
        assert net.spikes.sizes["spike"] > 2
        traces.append(net.trace.V.values)
    np.testing.assert_array_equal(*traces)


def test_first_states_and_thresholds_that_are_exceeded_begin_with_the_value_at_time_zero():
    group = Leaky(2, E=lambda t: -40.0 + t, V_th=lambda t: -45.0)
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    np.testing.assert_array_equal(group.V, [-40.0, -40.0])
    net.run(5.0)
    assert net.spikes.sizes["spike"] == 0  # it was above at zero, which is no crossing


def test_a_parameter_is_set_anew_between_runs_and_kept_by_snapshots():
    group = Leaky(2, E=lambda t: -70.0, tau=0.1)
    net = bk.Network(group)
    stored = net.store()
    group.E = -60.0
    net.run(5.0)
    np.testing.assert_allclose(group.V, -60.0)
    group.E = bk.TimedArray([[-65.0, -55.0]], dt=1.0, after="hold")
    net.run(5.0)
    np.testing.assert_allclose(group.V, [-65.0, -55.0])
    net.restore(stored)
    net.run(5.0)
    np.testing.assert_allclose(group.V, -70.0)
    again = bk.Network(group, spikes=bk.SpikeMonitor(group))
    again.run(5.0)
    np.testing.assert_allclose(group.V, -70.0)


def test_a_group_that_has_no_network_yet_may_begin_to_follow_time():
    group = Leaky(2)
    group.E = lambda t: -66.0
    np.testing.assert_allclose(ran(group).V, -66.0)


def test_a_synapse_reads_a_parameter_that_follows_time_where_it_lives_with_the_target():
    class Driven(bk.Synapse):
        g = bk.state(1.0, per="post")

        @bk.on_pre("g")
        def receive(g):
            return g

        @bk.adds_to("I", unit="mV/ms")
        def current(g, E_post, V_post):
            return g * (E_post + 10.0 - V_post)

    target = Leaky(1, E=lambda t: -70.0, tau=1e6)
    source = Leaky(1, name="source")
    net = bk.Network(source, target, Driven(source, target, connect=bk.connect.all_to_all()))
    net.run(30.0)
    np.testing.assert_allclose(target.V, -60.0, atol=1e-2)

    class Reads(bk.Synapse):
        w = bk.parameter(1.0, per="synapse")

        @bk.adds_to("I", unit="mV/ms")
        def current(w, E_post):
            return w * E_post

    with pytest.raises(ModelError, match="names E_post, but E of Leaky follows time here"):
        Reads(source, target, connect=bk.connect.all_to_all())


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Leaky(2, t_ref=lambda t: 2.0), ModelError, "t_ref cannot follow time"),
        (
            lambda: Leaky(2, tau=bk.TimedArray([1.0, -2.0], dt=1.0)),
            ValueShapeError,
            "Leaky.tau = -2 ms .* must be above 0 ms",
        ),
        (lambda: Leaky(2, V=bk.TimedArray([1.0], dt=1.0)), ValueShapeError, "cannot follow time"),
        (
            lambda: ran(Leaky(2, tau=lambda t: 2.0 - t)),
            ValueShapeError,
            "tau of .* at 2 ms it is 0",
        ),
        (
            lambda: ran(Leaky(2, V_th=lambda t: -69.0 - t)),
            ValueShapeError,
            "V_th of Leaky must be above V_reset at all times, but at 1 ms it is -70",
        ),
        (
            lambda: ran(Leaky(2, V_reset=lambda t: np.array([-60.0, -60.0 + 4.0 * t]))),
            ValueShapeError,
            "V_reset of Leaky must be below V_th at all times, but at 2.5 ms it is -50",
        ),
        (
            lambda: ran(Leaky(2, E=bk.TimedArray([1.0, 2.0], dt=1.0))),
            InputError,
            "the parameter E of Leaky ends at 2 ms, before 5 ms",
        ),
        (
            lambda: ran(Leaky(2, E=bk.TimedArray(np.ones((9, 3)), dt=1.0))),
            ValueShapeError,
            r"Leaky.E has shape \(3,\)",
        ),
        (lambda: ran(Leaky(2, E=lambda t, x: -70.0)), ValueShapeError, "names x"),
        (lambda: ran(Leaky(2, tau=lambda t: 9.0, method="exact")), IntegratorError, "constant"),
        (
            lambda: ran(Leaky(2, E=lambda t: -70.0), inputs={"Leaky": {"E": 1.0}}),
            InputError,
            "there is: I",
        ),
        (
            lambda: setattr(ran(Leaky(2)), "tau", lambda t: 5.0),
            NetworkError,
            "tau is a number in this network",
        ),
        (
            lambda: setattr(Leaky(2, E=lambda t: -70.0)[:1], "E", -70.0),
            NetworkError,
            "follows time",
        ),
    ],
)
def test_what_cannot_follow_time_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_neither_a_batch_nor_an_operation_changes_what_follows_time():
    group = Leaky(2, E=lambda t: -70.0)
    net = bk.Network(group)
    with pytest.raises(BatchError, match="follows time, which a batch cannot sweep"):
        net.run(1.0, batch={(group, "E"): [1.0, 2.0]})

    @net.operation(every=1.0)
    def change(net):
        group.E = -60.0

    with pytest.raises(NetworkError, match="set it between runs"):
        net.run(5.0)


def test_datasets_tell_what_followed_time():
    group = Leaky(2, E=bk.TimedArray([-70.0, -60.0], dt=1.0, after="hold"))
    net = bk.Network(group, trace=bk.StateMonitor(group, "V"))
    net.run(3.0)
    assert '"parameter": "E"' in net.trace.attrs["runs"]


def test_programs_without_anything_that_follows_time_have_no_word_of_it():
    source = Sums(2)
    net = bk.Network(source)
    for word in ("not_drawn", "first_wrong_mean", "count_by_inversion", "arrives", "of_t"):
        assert word not in net.source()


# -- long arrays -----------------------------------------------------------------------------------


class Watched(np.ndarray):
    """An array that notes how many of its numbers are read at a time."""

    read = 0

    def __getitem__(self, key):
        part = super().__getitem__(key)
        Watched.read += np.size(part)
        return part


def test_a_long_array_is_read_row_by_row_and_never_as_a_whole():
    """A run of many stretches reads of the array what its steps need, and copies nothing else."""
    steps, size = 4000, 10
    timed = bk.TimedArray(np.zeros((steps, size)), dt=0.1)
    group = Sums(size)
    net = bk.Network(group)
    net.run(0.1, inputs={group: timed})
    object.__setattr__(timed, "values", timed.values.view(Watched))
    Watched.read = 0
    for _ in range(100):
        net.run(1.0, inputs={group: timed})
    read = Watched.read / (100 * 10 * size)  # a row is looked at for its width too
    assert read < 3.0


@pytest.mark.parametrize("kind", ["array", "function"])
def test_what_follows_time_costs_what_it_adds(kind):
    """Four times the steps take about four times the time, not sixteen times."""
    seconds = []
    for steps in (2000, 8000):
        values = np.zeros((steps, 20))
        drive = bk.TimedArray(values, dt=0.1) if kind == "array" else lambda t: 0.0
        group = Sums(20)
        net = bk.Network(group)
        net.run(10.0, inputs={group: 0.0})
        net.reset()
        began = time.process_time()
        net.run(steps * 0.1, inputs={group: drive})
        seconds.append(time.process_time() - began)
    assert seconds[1] < 10.0 * seconds[0]


# -- means -----------------------------------------------------------------------------------------


def test_counts_of_a_changing_mean_have_its_mean_and_variance():
    """Poisson at each time: mean and variance of the counts of a step are the mean."""
    group = Counts(20000, name="g")
    net = bk.Network(group, trace=bk.StateMonitor(group, "total"))
    means = np.array([0.0, 0.3, 4.0, 60.0, 480.0, 1.0])
    net.run(0.6, inputs={group: bk.TimedArray(means, dt=0.1)})
    counts = np.diff(net.trace.total.values, axis=0, prepend=0.0)
    for mean, drawn in zip(means, counts, strict=True):
        error = np.sqrt(mean / drawn.size)
        assert abs(drawn.mean() - mean) <= 5.0 * error
        spread = np.sqrt((mean + 2.0 * mean**2) / drawn.size)
        assert abs(drawn.var() - mean) <= 5.0 * spread


def test_a_mean_that_is_summed_within_the_derivative_is_refused():
    group = Counts(3)
    net = bk.Network(group, Traced(group, group, connect=bk.connect.all_to_all()))
    with pytest.raises(ModelError, match="k is drawn at the beginning of a step, of m, to which"):
        net.run(1.0)


def test_a_mean_names_a_parameter_an_input_or_a_state():
    with pytest.raises(ModelError, match="no parameter 'x', nor an input or state of this name"):
        type("Wrong", (bk.Neuron,), {"k": bk.poisson("x")})


# -- Poisson drives --------------------------------------------------------------------------------


def test_a_drive_draws_what_the_model_itself_would():
    class Written(Sums):
        m = bk.parameter(1.2)
        background = bk.poisson("m")

        @bk.step("ge")
        def arrive(ge, background):
            return ge + 0.4 * background

    written, driven = Written(30, name="cells"), Sums(30, name="cells")
    drive = bk.PoissonDrive(driven, "ge", n=800, rate=15.0, weight=0.4, name="background")
    one = bk.Network(written, trace=bk.StateMonitor(written, "ge"))
    other = bk.Network(driven, drive, trace=bk.StateMonitor(driven, "ge"))
    for net in (one, other):
        net.run(50.0)
    np.testing.assert_array_equal(one.trace.ge.values, other.trace.ge.values)


def test_shot_noise_has_the_moments_of_campbells_theorem():
    """With a = exp(-dt / tau): mean w m / (1 - a), variance w**2 m / (1 - a**2)."""
    cells = Sums(4000, name="cells")
    drive = bk.PoissonDrive(cells, "ge", n=800, rate=15.0, weight=0.4)
    net = bk.Network(cells, drive, trace=bk.StateMonitor(cells, "ge", every=25.0))
    net.run(100.0)
    values, decay, mean = net.trace.ge.values[1:].ravel(), np.exp(-0.1 / 5.0), 1.2
    assert values.mean() == pytest.approx(0.4 * mean / (1.0 - decay), rel=0.005)
    assert values.var() == pytest.approx(0.16 * mean / (1.0 - decay**2), rel=0.04)


def test_spikes_of_a_drive_are_held_off_as_others_are():
    """What arrives at V within the refractory period, up to and including its end, is lost."""
    group = Leaky(1, V=-70.0, V_reset=-70.0, t_ref=1.0, tau=1e9)
    drive = bk.PoissonDrive(group, "V", rate=2e6, weight=1.0, name="kick")  # some 200 in a step
    net = bk.Network(group, drive, trace=bk.StateMonitor(group, "V"), spikes=bk.SpikeMonitor(group))
    net.run(4.0)
    fired = np.rint(net.spikes.time.values / 0.1).astype(int)
    assert fired[0] == 2  # kicked at 0.1 ms, found in the next step
    V = net.trace.V.values[:, 0]
    assert V[0] > 0.0
    np.testing.assert_array_equal(V[fired[0] - 1 : fired[0] + 10], -70.0)  # T to T + 1 ms
    assert V[fired[0] + 10] > 0.0


def test_inputs_that_are_driven_are_recorded_with_what_was_drawn():
    group = Sums(9, name="g")
    drives = [
        bk.PoissonDrive(group, "I", n=10, rate=300.0, weight=2.0, name="one"),
        bk.PoissonDrive(
            group[2:5], "I", n=[1, 2, 3], rate=lambda t: 900.0 + t, weight=0.5, name="other"
        ),
    ]
    net = bk.Network(group, *drives, trace=bk.StateMonitor(group, ["I", "seen"]))
    net.run(7.0, inputs={group: 0.25})
    tree = net.run(5.0, inputs={group: np.arange(9.0)}, batch={"seed": [1, 2]})
    assert net.trace.I.values.std() > 0.1
    np.testing.assert_array_equal(net.trace.I.values, net.trace.seen.values)
    np.testing.assert_array_equal(tree["trace"].I.values, tree["trace"].seen.values)


def test_a_drive_is_set_between_runs_and_stays_with_its_network():
    group = Sums(3, name="g")
    drive = bk.PoissonDrive(group[:2], "ge", n=100, rate=50.0, weight=1.0)
    net = bk.Network(group, drive)
    net.run(10.0)
    assert np.all(group.ge[:2] > 0.0)
    assert group.ge[2] == 0.0
    drive.rate = 0.0
    net.run(500.0)
    assert np.all(group.ge < 1e-9)
    drive.rate, drive.n, drive.weight = 10.0, [0, 1000], 3.0
    assert (drive.rate, drive.weight) == (10.0, 3.0)
    net.run(10.0)
    assert group.ge[0] < 1e-9 < group.ge[1]
    alone = bk.Network(group)
    alone.run(1.0)
    assert group._given.keys() == {"ge"} or not group._given
    assert "arrives" not in alone.source()
    with pytest.raises(NetworkError, match="cannot follow time now"):
        drive.rate = lambda t: 3.0


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"variable": "gi"}, ModelError, "no state or input 'gi'; there is: I, ge, seen"),
        ({"rate": -1.0}, ValueShapeError, "rate is -1: it is at least 0"),
        ({"rate": [1.0, 2.0]}, ValueShapeError, r"has shape \(2,\): give one number or 3"),
        ({"weight": "much"}, ValueShapeError, "weight"),
        ({"n": 1e6}, ValueShapeError, "is up to 1000 spikes in a step"),
        ({"name": "seen"}, ModelError, "Sums has seen already; give another name"),
        ({"name": "t"}, ModelError, "a name is a Python identifier"),
        ({"target": 3}, ModelError, "give a group or a slice"),
        ({"rate": lambda x: 1.0}, InputError, "names x: what it may name is t"),
        ({"target": Sums(3)}, NetworkError, "which is not in the network"),
    ],
)
def test_a_drive_that_does_not_fit_is_refused(options, error, words):
    group = Sums(3)
    given = {"target": group, "variable": "ge", "rate": 10.0, "weight": 1.0, **options}
    with pytest.raises(error, match=words):
        drive = bk.PoissonDrive(given.pop("target"), given.pop("variable"), **given)
        bk.Network(group, drive).run(1.0)


def test_quantities_of_a_drive_are_converted():
    pint = pytest.importorskip("pint")
    units = pint.UnitRegistry()
    group = Sums(2)
    drive = bk.PoissonDrive(group, "ge", rate=0.02 * units.kHz, weight=400.0 * units.pS)
    assert (drive.rate, drive.weight) == (pytest.approx(20.0), pytest.approx(0.4))
    with pytest.raises(UnitError):
        bk.PoissonDrive(group, "ge", rate=20.0, weight=1.0 * units.mV)
