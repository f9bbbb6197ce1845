"""`net.explain()` tells a program's loops, their share of the time, and how much they did."""

from __future__ import annotations

import json

import llvmlite.binding
import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import BackendError, DurationError
from brainkernel_neurons import LIF, LIFExpCurrent, PoissonGroup, SpikeGenerator
from brainkernel_synapses import AMPA, CurrentJump, GABAa, PairSTDP

FEATURES = llvmlite.binding.get_host_cpu_features()
SYNAPSES = 40  # onto each neuron
WIDEST = 4 if FEATURES.get("avx2") else 2


def uneven(rng):
    return rng.uniform(-60.0, -50.0)


def coba(size=500):
    """Neurons near their threshold with conductances of both kinds."""
    neurons = LIF(
        size, name="neurons", method="exponential_euler", tau=20.0, C=200.0, E_L=-45.0, V=uneven
    )
    few = bk.connect.fixed_in_degree(SYNAPSES)
    exc = AMPA(neurons[: 4 * size // 5], neurons, name="exc", connect=few, weight=0.6, delay=1.0)
    inh = GABAa(neurons[4 * size // 5 :], neurons, name="inh", connect=few, weight=2.0, delay=1.0)
    return bk.Network(neurons, exc, inh, spikes=bk.SpikeMonitor(neurons))


def by_function(explanation):
    return {task.function: task for task in explanation}


@pytest.fixture(scope="module")
def explained():
    net = coba()
    net.run(20.0, backend="numba")
    return net, net.explain(50.0)


def test_the_update_is_vectorised_and_the_delivery_says_why_it_is_not(explained):
    tasks = by_function(explained[1])
    assert tasks["update_LIF"].vectorised
    assert tasks["update_LIF"].loop.width >= WIDEST
    for name in ("deliver_AMPA", "deliver_GABAa"):
        assert tasks[name].vectorised is False
        assert "an index is read from an array" in tasks[name].loop.reason
    assert tasks["list_spikes"].vectorised is None  # its loop is no part of the text


def test_shares_sum_to_the_whole(explained):
    shares = [task.share for task in explained[1]]
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert all(share > 0 for share in shares)
    assert sum(task.seconds for task in explained[1]) == pytest.approx(explained[1].seconds)


def test_the_lines_are_those_of_the_program_that_ran(explained):
    net, explanation = explained
    assert explanation.path == str(net.program_path)
    text = net.program_path.read_text()
    lines = text.splitlines()
    loops = [loop for task in explanation for loop in task.loops]
    printed = [loop for loop in loops if f"def {loop.function}(" in text]
    assert printed
    assert all(lines[loop.line - 1].strip() == loop.text_of_line for loop in printed)


def test_neuron_steps_and_events_are_counted_exactly(explained):
    net, explanation = explained
    tasks = by_function(explanation)
    assert (tasks["update_LIF"].unit, tasks["update_LIF"].count) == ("neuron-step", 500 * 500)
    before, data = net.store(), net.run(50.0, backend="numba")["spikes"]
    net.restore(before)
    past = net.spikes  # the first 20 ms, whose last spikes are on their way
    steps = np.rint(np.concatenate([past.time.values, data.time.values]) * 10).astype(int)
    neurons = np.concatenate([past.neuron.values, data.neuron.values])
    heard = neurons[(steps + 10 > 200) & (steps + 10 <= 700)]
    for name, projection in (
        ("deliver_AMPA", net.projections[0]),
        ("deliver_GABAa", net.projections[1]),
    ):
        synapses = np.bincount(projection.sources, minlength=500)
        assert tasks[name].unit == "event"
        assert tasks[name].count == synapses[heard].sum() > 0


def test_bytes_are_those_of_the_arrays_in_the_loop(explained):
    tasks = by_function(explained[1])
    # V, two conductances and the refractory counter read and written; I read; whether it fired
    # written
    assert tasks["update_LIF"].bytes == 2 * 4 * 8 + 8 + 1
    # the target's number read, its conductance read and written
    assert tasks["deliver_AMPA"].bytes == 2 + 2 * 8


def test_the_network_is_as_it_was():
    net, other = coba(), coba()
    for each in (net, other):
        each.run(20.0, backend="numba")
    state, path, executables = net.state.copy(), net.program_path, dict(net._programs.executables)
    net.explain(30.0, inputs={net.groups[0]: 100.0}, threads=2)
    assert (net.t, net.step, net.program_path, net._programs.executables) == (
        20.0,
        200,
        path,
        executables,
    )
    for name in ("values", "arriving", "fired", "spikes", "ranges", "cursor"):
        np.testing.assert_array_equal(getattr(net.state, name), getattr(state, name))
    assert net.spikes.identical(other.spikes)
    after, wanted = net.run(20.0, backend="numba"), other.run(20.0, backend="numba")
    np.testing.assert_array_equal(after["spikes"].time, wanted["spikes"].time)
    np.testing.assert_array_equal(after["spikes"].neuron, wanted["spikes"].neuron)


def eight(x):
    return (
        np.exp(-x) + np.exp(-2.0 * x) + np.exp(-3.0 * x) + np.exp(-4.0 * x)
        + np.exp(-5.0 * x) + np.exp(-6.0 * x) + np.exp(-7.0 * x) + np.exp(-8.0 * x)
    )  # fmt: skip


class Slow(bk.Neuron):
    """Forty exponentials in each step."""

    V = bk.state(0.0, unit="mV")

    @bk.derivative
    def dV(V):
        return eight(V) + eight(V + 1.0) + eight(V + 2.0) + eight(V + 3.0) + eight(V + 4.0) - V

    @bk.threshold
    def fires(V):
        return V - 1e9


def test_a_slow_model_has_the_larger_share():
    net = bk.Network(Slow(1000, name="slow", method="euler"), LIF(1000, name="fast", tau=20.0))
    tasks = by_function(net.explain(50.0, backend="numba"))
    assert tasks["update_Slow"].count == tasks["update_LIF"].count
    assert tasks["update_Slow"].share > 2 * tasks["update_LIF"].share
    assert tasks["update_Slow"].nanoseconds > 2 * tasks["update_LIF"].nanoseconds
    assert (net.t, net.program_path) == (0.0, None)


def test_sums_on_their_way_and_reactions_are_counted():
    """Each spike at a source goes to five targets, each spike at a target back to three sources."""
    sources = SpikeGenerator(3, [0.5, 0.5, 1.5, 2.0], [0, 1, 2, 0], name="sources")
    targets = SpikeGenerator(5, [1.0, 1.6, 1.8], [0, 4, 2], name="targets")
    cells = LIFExpCurrent(5, name="cells")
    both = {"connect": bk.connect.all_to_all()}
    learns = PairSTDP(sources, targets, name="learns", delay=0.5, **both)
    delays = 0.1 * np.arange(1, 16)  # so many that they are summed up as soon as a spike is fired
    jumps = CurrentJump(sources, cells, name="jumps", weight=1.0, delay=delays, **both)
    net = bk.Network(sources, targets, cells, learns, jumps)
    for begin, pushed, arrived, back in ((0.0, 4, 3, 3), (0.8, 2, 3, 3)):
        net.run(begin, backend="numba")
        tasks = by_function(net.explain(2.0 - begin, backend="numba"))
        assert (tasks["deliver_CurrentJump"].unit, tasks["deliver_CurrentJump"].count) == (
            "event",
            5 * pushed,
        )
        assert tasks["deliver_PairSTDP"].count == 5 * arrived
        assert (tasks["react_PairSTDP"].unit, tasks["react_PairSTDP"].count) == ("event", 3 * back)
        steps = round(10 * (2.0 - begin))
        assert (tasks["arrive_CurrentJump"].unit, tasks["arrive_CurrentJump"].count) == (
            "neuron-step",
            5 * steps,
        )


def test_what_is_done_by_a_function_of_its_own_is_reported():
    sources = PoissonGroup(500, rates=20.0, name="sources")
    cells = LIFExpCurrent(500, name="cells", background=2.0, background_weight=1.0)
    tasks = by_function(bk.Network(sources, cells).explain(20.0, backend="numba"))
    for name, worker in (("draw_poisson", "count_block"), ("draw_events", "draw_events")):
        assert tasks[name].vectorised
        assert tasks[name].loop.function == worker
        assert tasks[name].count == 500 * 200


def test_threads_show_where_they_wait():
    explanation = coba().explain(20.0, backend="numba", threads=2)
    assert explanation.threads == 2
    assert "barrier" in by_function(explanation)
    assert sum(task.seconds for task in explanation) == pytest.approx(2 * explanation.seconds)


def test_it_prints_a_table_with_reasons_below(explained):
    lines = str(explained[1]).splitlines()
    assert lines[0].startswith("numba, 1 thread: 500 steps of 0.1 ms in ")
    (update,) = [line for line in lines if " update_LIF " in line]
    assert f"yes, {by_function(explained[1])['update_LIF'].loop.width} wide" in update
    (delivery,) = [line for line in lines if " deliver_AMPA " in line]
    number = delivery[delivery.index("no [") + 3 :].split()[0]
    (reason,) = [line for line in lines if line.startswith(number)]
    assert "an index is read from an array" in reason


def test_it_is_plain_data(explained):
    data = json.loads(json.dumps(explained[1].to_dict()))
    assert [task["function"] for task in data["tasks"]] == [task.function for task in explained[1]]
    assert data["tasks"][0]["nanoseconds"] == explained[1][0].nanoseconds
    assert data["tasks"][0]["loops"][0]["line"] == explained[1][0].loops[0].line


def test_a_backend_without_loops_says_so():
    with pytest.raises(BackendError, match="'numpy' cannot explain"):
        coba(20).explain(1.0, backend="numpy")


@pytest.mark.parametrize("duration", [0.0, -1.0, 0.05])
def test_it_needs_a_whole_step(duration):
    with pytest.raises(DurationError):
        coba(20).explain(duration, backend="numba")


class Normalised(bk.Neuron):
    """Two states that functions on the whole group write, one of them held after a spike."""

    t_ref = bk.parameter(1.0, unit="ms")
    V = bk.state(0.0)
    u = bk.state(0.0)
    I = bk.input()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I):
        return (I - V) / 5.0

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart(V):
        return 0.0 * V

    @bk.step("V", "u", on="group")
    def subtract_the_mean(V, u):
        mean = np.mean(V)
        return V - 0.01 * mean, u + mean


class Scaled(bk.Synapse):
    """Weights with a constant mean, a trace of each source, and conductances."""

    w = bk.state(0.5, per="synapse")
    x = bk.state(0.0, per="pre")
    g = bk.state(0.0, per="post")

    @bk.on_pre("g", "x")
    def receive(g, x, w):
        return g + w, x

    @bk.step("w", on="group")
    def scale(w):
        return 0.5 * w / np.mean(w)

    @bk.step("x")
    def forget(x):
        return 0.9 * x

    @bk.derivative
    def dg(g):
        return -g / 5.0

    @bk.adds_to("I")
    def current(g):
        return g


class Gap(bk.Synapse):
    """Electrical coupling."""

    w = bk.parameter(0.01, per="synapse")

    @bk.adds_to("I")
    def current(w, V_pre, V_post):
        return w * (V_pre - V_post)


def test_functions_on_whole_groups_gap_junctions_and_loops_over_synapses_have_a_row_each():
    cells = Normalised(20, name="cells")
    scaled = Scaled(
        cells, cells, name="scaled", connect=bk.connect.all_to_all(), delay=0.2, dendritic_delay=0.3
    )
    gap = Gap(cells, cells, name="gap", connect=bk.connect.one_to_one())
    net = bk.Network(cells, scaled, gap)
    tasks = by_function(net.explain(5.0, inputs={cells: 2.0}, backend="numba"))
    whole = tasks["whole_Normalised"]
    assert (whole.of, whole.unit, whole.count, whole.vectorised) == (
        "Normalised",
        "neuron-step",
        20 * 50,
        None,
    )
    assert (tasks["evolve_Scaled_synapse"].unit, tasks["evolve_Scaled_synapse"].count) == (
        "synapse-step",
        400 * 50,
    )
    assert (tasks["evolve_Scaled_pre"].unit, tasks["evolve_Scaled_pre"].count) == (
        "source-step",
        20 * 50,
    )
    assert (tasks["couple_Gap"].unit, tasks["couple_Gap"].count) == ("synapse-step", 20 * 50)
    assert {"deliver_Scaled", "arrive_Scaled"} <= set(tasks)
    assert sum(task.share for task in tasks.values()) == pytest.approx(1.0)
