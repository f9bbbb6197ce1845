"""What synapses may do: events with several targets, once a spike, by own spikes; their states."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Current, Gate, Leaky, Ramp

import brainkernel as bk


class Two(bk.Neuron):
    """Two states that synapses write."""

    x = bk.state(0.0)
    y = bk.state(1.0)


class Several(bk.Synapse):
    """One event writes source, synapse and both states of the target, from old values."""

    w = bk.state(0.0, per="synapse")
    u = bk.state(1.0, per="pre")

    @bk.on_pre("x_post", "y_post", "w", "u")
    def receive(x_post, y_post, w, u):
        return y_post, x_post + 1.0, w + x_post, u * 2.0


def test_an_event_may_write_several_targets_at_once(backend):
    """Neuron 0 reaches 0 and 1, neuron 1 reaches 1 twice; events of a target act in order."""
    gate, two = Gate(2), Two(2)
    syn = Several(gate, two, connect=bk.connect.from_ij([0, 0, 1, 1], [0, 1, 1, 1]))
    net = bk.Network(gate, two, syn, dt=DT)
    net.run(DT, inputs={gate: 1.0}, backend=backend)
    x, y, w = [0.0, 0.0], [1.0, 1.0], []
    for target in (0, 1, 1, 1):
        w.append(x[target])
        x[target], y[target] = y[target], x[target] + 1.0
    assert (two.x.tolist(), two.y.tolist(), syn.w.tolist(), syn.u.tolist()) == (x, y, w, [4.0, 4.0])


class Pairs(bk.Synapse):
    """Counts with traces who fired before whom."""

    w = bk.state(0.0, per="synapse")
    pre_trace = bk.state(0.0, per="pre")
    post_trace = bk.state(0.0, per="post")

    @bk.on_pre("pre_trace")
    def seen_pre(pre_trace):
        return pre_trace + 1.0

    @bk.on_pre("w")
    def depress(w, post_trace):
        return w - 100.0 * post_trace

    @bk.on_post("w", "post_trace")
    def potentiate(w, pre_trace, post_trace):
        return w + pre_trace, post_trace


@pytest.mark.parametrize("delay", [0, 3])
def test_on_post_sees_what_arrived_until_then(backend, delay):
    """Arrivals are handled before the targets' own spikes of the same step."""
    pre, post = Gate(2, name="pre"), Gate(3, name="post")
    rule = bk.connect.from_ij([1, 0, 1], [0, 0, 2])
    syn = Pairs(pre, post, connect=rule, delay=delay * DT)
    net = bk.Network(pre, post, syn, dt=DT, w=bk.StateMonitor(syn, "w"))
    fires = np.array([[1, 0], [1, 1], [0, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]], float)
    answers = np.array(
        [[0, 0, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0], [1, 0, 1], [0, 0, 0], [1, 0, 0], [1, 0, 1]],
        float,
    )
    net.run(
        8 * DT,
        inputs={pre: bk.TimedArray(fires, DT), post: bk.TimedArray(answers, DT)},
        backend=backend,
    )
    arrived = np.cumsum(np.pad(fires, ((delay, 0), (0, 0)))[:8], axis=0)
    expected = np.cumsum(answers[:, [0, 0, 2]] * arrived[:, [1, 0, 1]], axis=0)
    np.testing.assert_array_equal(net.w.w.values, expected)


class Gap(bk.Synapse):
    """A gap junction: it couples at every step, without spikes."""

    weight = bk.parameter(0.25, per="synapse")

    @bk.adds_to("I")
    def flow(V_pre, V_post, weight):
        return weight * (V_pre - V_post)


def test_a_continuous_coupling_sums_over_synapses(backend):
    one, two = (
        Ramp(3, V=[1.0, 2.0, 4.0], V_th=99.0, method="euler"),
        Ramp(2, V=[8.0, 16.0], V_th=99.0, method="euler"),
    )
    weights = np.array([[1.0, 2.0], [0.0, 4.0], [4.0, 0.0]])
    pre, post = np.nonzero(weights)
    there = Gap(one, two, connect=bk.connect.from_ij(pre, post), weight=weights[pre, post])
    back = Gap(two, one, connect=bk.connect.from_ij(post, pre), weight=weights[pre, post])
    net = bk.Network(
        one, two, there, back, dt=DT, v=bk.StateMonitor(one, "V"), w=bk.StateMonitor(two, "V")
    )
    net.run(4 * DT, backend=backend)
    V, W = one._given["V"] * np.ones(3), two._given["V"] * np.ones(2)
    for step in range(4):
        change = weights * (np.array(V)[:, None] - np.array(W)[None, :])
        V, W = V - DT * change.sum(axis=1), W + DT * change.sum(axis=0)
        np.testing.assert_allclose(net.v.V.values[step], V, rtol=1e-14)
        np.testing.assert_allclose(net.w.V.values[step], W, rtol=1e-14)


class Own(bk.Synapse):
    """States with a derivative for each synapse and for each source."""

    rate = bk.parameter(1.0, unit="1/ms", per="synapse")
    c = bk.state(1.0, per="synapse")
    p = bk.state(1.0, per="pre")
    q = bk.state(0.0, per="synapse")

    @bk.derivative
    def dc(c, rate, V_post):
        return -rate * c + V_post

    @bk.derivative
    def dp(p, V_pre):
        return -p + V_pre

    @bk.step("q")
    def copy(q, c, V_pre):
        return c + V_pre

    @bk.on_pre("V_post")
    def receive(V_post, c):
        return V_post + c


def test_states_of_synapses_and_sources_have_derivatives(backend):
    pre = Ramp(2, V=[0.5, 0.25], V_th=99.0, name="pre")
    post = Ramp(3, V=[1.0, 2.0, 3.0], V_th=99.0, name="post")
    syn = Own(
        pre,
        post,
        connect=bk.connect.from_ij([1, 0, 1], [2, 0, 1]),
        rate=[0.5, 1.0, 2.0],
        method="euler",
    )
    net = bk.Network(pre, post, syn, dt=DT)
    net.run(6 * DT, backend=backend)
    c, p = np.ones(3), np.ones(2)
    for _ in range(6):
        c = c + DT * (-np.array([0.5, 1.0, 2.0]) * c + np.array([3.0, 1.0, 2.0]))
        p = p + DT * (-p + np.array([0.5, 0.25]))
    np.testing.assert_allclose(syn.c, c, rtol=1e-14)
    np.testing.assert_allclose(syn.p, p, rtol=1e-14)
    np.testing.assert_allclose(syn.q, c + np.array([0.25, 0.5, 0.25]), rtol=1e-14)


def test_values_for_each_source_and_target():
    class Scaled(bk.Synapse):
        a = bk.parameter(1.0, per="pre")
        b = bk.parameter(1.0, per="post")
        c = bk.parameter(1.0)

        @bk.on_pre("x_post")
        def receive(x_post, a, b, c):
            return x_post + a * b * c

    gate, target = Gate(4), Counter(5)
    syn = Scaled(
        gate[1:3],
        target[[4, 0]],
        connect=bk.connect.all_to_all(),
        a=[1.0, 8.0],
        b=[2.0, 16.0],
        c=0.5,
    )
    net = bk.Network(gate, target, syn, dt=DT)
    net.run(DT, inputs={gate: 1.0})
    assert target.x.tolist() == [72.0, 0, 0, 0, 9.0]
    syn.c = 1.0
    syn.b = [0.0, 2.0]
    assert syn.b.tolist() == [0.0, 2.0]
    net.run(DT, inputs={gate: 1.0})
    assert target.x.tolist() == [90.0, 0, 0, 0, 9.0]
    with pytest.raises(bk.errors.ValueShapeError, match=r"Scaled\.c has shape"):
        syn.c = [1.0, 2.0]


def test_a_current_kept_with_the_target_is_part_of_its_derivative():
    """The exact method of the joint system V' = g - V / tau, g' = -g / tau_g, in closed form."""
    gate, cell = Gate(1), Leaky(1, tau=10.0, V_th=99.0)
    syn = Current(gate, cell, connect=bk.connect.one_to_one(), tau=5.0, weight=2.0)
    net = bk.Network(gate, cell, syn, dt=0.1, v=bk.StateMonitor(cell, "V"))
    net.run(0.1, inputs={gate: 1.0})
    net.run(20.0)
    t = net.v.time.values - 0.1
    expected = 2.0 * (np.exp(-t / 10) - np.exp(-t / 5)) / (1 / 5 - 1 / 10)
    np.testing.assert_allclose(net.v.V.values[:, 0], expected, rtol=1e-12, atol=1e-14)
