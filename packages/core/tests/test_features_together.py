"""What parts of a model ask of one another: what goes together runs, what does not is refused."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import ConnectError, DelayError, IntegratorError, ModelError
from brainkernel.testing.beside import SideBySide

DT = 0.125
ALL = bk.connect.all_to_all()


class Plain(bk.Neuron):
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, I):
        return I - x / 4.0

    @bk.threshold
    def fires(x):
        return x - 1.0

    @bk.reset("x")
    def after():
        return 0.0


class Remembering(Plain):
    lag = bk.parameter(0.5, unit="ms")
    x_then = bk.past("x", delay="lag")

    @bk.derivative
    def dx(x, x_then, I):
        return I - 0.25 * x - 0.125 * x_then


class Gathered(Plain):
    m = bk.mean("x")

    @bk.derivative
    def dx(x, m, I):
        return I + m - x / 4.0


class Eventful(Plain):
    @bk.threshold(event="half", crossing=True)
    def is_half(x):
        return x - 0.5


class Joined(bk.Neuron):
    up = bk.parameter(0.0)
    g = bk.parameter(0.25)
    C = bk.parameter(1.0)
    joints = bk.tree("x", conductance="g", capacitance="C", to_parent="up")
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, I):
        return I - x / 4.0


class JoinedToMean(Joined):
    m = bk.mean("x")

    @bk.derivative
    def dx(x, m, I):
        return I + m - x / 4.0


class Push(bk.Synapse):
    weight = bk.parameter(0.25, per="synapse")

    @bk.on_pre("x_post")
    def push(x_post, weight):
        return x_post + weight


class Traced(bk.Synapse):
    w = bk.state(0.5, per="synapse")
    trace = bk.state(0.0, per="pre")

    @bk.on_pre("x_post")
    def push(x_post, w):
        return x_post + w

    @bk.on_pre("trace")
    def mark(trace):
        return trace + 1.0

    @bk.derivative
    def dtrace(trace):
        return -trace / 8.0


class Watching(Push):
    """Pushes the more, the higher a third neuron is."""

    watched = bk.end()

    @bk.on_pre("x_post")
    def push(x_post, weight, x_watched):
        return x_post + weight * x_watched


class Moves(bk.Synapse):
    @bk.on_pre("w_post")
    def move(w_post):
        return w_post + 0.125


def made(group, **options):
    net = bk.Network(group, dt=DT, **options)
    net.run(DT)
    return net


@pytest.mark.parametrize("model", [Remembering, Gathered, Eventful])
def test_spikes_within_a_step_know_nothing_at_the_ends_of_steps(model):
    with pytest.raises(ModelError, match="at the ends of steps alone"):
        made(model(2, spikes="interpolated"))


@pytest.mark.parametrize("method", ["ab2", "dormand_prince"])
@pytest.mark.parametrize(("model", "said"), [(Remembering, "the past of"), (Gathered, "a mean")])
def test_methods_that_go_their_own_way_know_neither_past_nor_mean(model, said, method):
    with pytest.raises(IntegratorError, match=said):
        made(model(2, method=method))


def test_a_tree_and_a_mean_are_refused():
    with pytest.raises(IntegratorError, match="methods for trees"):
        made(JoinedToMean(3, up=[0, 1, 1]))


def test_events_and_a_past_go_together_with_a_mean(backend):
    class Both(Remembering):
        m = bk.mean("x_double")

        @bk.derived
        def x_double(x):
            return 2.0 * x

        @bk.derivative
        def dx(x, x_then, m, I):
            return I - 0.25 * x - 0.125 * x_then + 0.0625 * m

        @bk.threshold(event="half", crossing=True)
        def is_half(x):
            return x - 0.5

    cells = Both(4, x=np.arange(4) / 8, method="rk4", name="cells")
    spikes, half = bk.SpikeMonitor(cells), bk.SpikeMonitor(cells, event="half")
    net = bk.Network(cells, dt=DT, spikes=spikes, half=half, x=bk.StateMonitor(cells, ["x", "m"]))
    both = SideBySide(net, backend, 1e-11)
    both.run(6.0, {cells: 1.0})
    both.check()
    assert net.half.time.size > 4


def test_added_synapses_read_a_third_end_as_it_is_now():
    cells, other = Plain(3, x=[1.5, 0.0, 0.0], name="cells"), Plain(1, x=0.5, name="other")
    push = Watching(cells, cells, connect=bk.connect.from_ij([0], [1]), watched=other, name="push")
    net = bk.Network(cells, other, push, dt=DT, x=bk.StateMonitor(cells, "x"))
    both = SideBySide(net, "numpy", 1e-12)
    both.run(1.0, {cells: 0.5})
    both.add(push, [0, 1], [2, 2], 0.0, weight=0.5)
    both.run(2.0, {cells: 0.5})
    both.check()


def test_synapses_that_are_counted_elsewhere_stay():
    cells = Plain(3, name="cells")
    learning = Traced(cells, cells, connect=ALL, name="learning")
    moves = Moves(cells, learning, connect=bk.connect.from_ij([0], [4]), name="moves")
    net = bk.Network(cells, learning, moves, dt=DT)
    net.run(DT)
    with pytest.raises(ConnectError, match="counted elsewhere too"):
        learning.remove([0])


def test_a_trace_of_sources_stays_with_one_delay():
    cells = Plain(3, name="cells")
    learning = Traced(cells, cells, connect=ALL, delay=0.25, name="learning")
    net = bk.Network(cells, learning, dt=DT)
    net.run(DT)
    with pytest.raises(DelayError, match="need one delay for all"):
        learning.add([0], [1], delay=0.5)
    learning.add([0], [1], delay=0.25)
    assert net["learning"].targets.size == 10
