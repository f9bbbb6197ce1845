"""Events besides the spike in pure functions: what is recorded of them, and their derivatives."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import brainkernel as bk
import brainkernel_jax as bj

pytestmark = pytest.mark.usefixtures("x64")


class Releasing(bk.Neuron):
    """Releases where it crosses half of its threshold."""

    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return I - 0.1 * V

    @bk.threshold(event="release", crossing=True)
    def releases(V):
        return V - 0.5

    @bk.reset("V", event="release")
    def down(V):
        return V - 0.25


class Counting(bk.Neuron):
    """Sums up what arrives."""

    x = bk.state(0.0)


class Hand(bk.Synapse):
    """Hands a weight on at each release."""

    w = bk.parameter(1.0)

    @bk.on_pre("x_post", event="release")
    def hand(x_post, w):
        return x_post + w


def network():
    releasing, counting = Releasing(3, name="releasing"), Counting(2, name="counting")
    rule = bk.connect.all_to_all()
    hand = Hand(releasing, counting, connect=rule, delay=0.5, name="hand")
    monitors = {
        "release": bk.SpikeMonitor(releasing, event="release"),
        "x": bk.StateMonitor(counting, "x"),
        "rate": bk.RateMonitor(releasing, event="release"),
    }
    return bk.Network(releasing, counting, hand, dt=0.25, **monitors)


DRIVE = np.array([0.1, 0.2, 0.5])


def test_a_pure_function_records_them():
    net = network()
    net.run(10.0, inputs={"releasing": DRIVE})
    _, records = bj.function(network(), 10.0)(inputs={"releasing": {"I": DRIVE}})
    steps, neurons = np.nonzero(np.asarray(records["release"]["spike"]))
    assert (0.25 * (steps + 1)).tolist() == net.release.time.values.tolist()
    assert neurons.tolist() == net.release.neuron.values.tolist()
    assert len(neurons) > 3
    np.testing.assert_allclose(records["x"]["x"], net.x.x.values)
    np.testing.assert_allclose(records["rate"]["rate"], net.rate.rate.values)


def test_their_surrogate_derivatives_go_through_synapses():
    function = bj.function(network(), 10.0, surrogate="sigmoid")

    def arrived(drive):
        state, _ = function(inputs={"releasing": {"I": drive}})
        return state["counting"]["x"].sum()

    slopes = jax.grad(arrived)(DRIVE)
    assert np.all(np.isfinite(slopes)) and np.all(np.abs(slopes) > 0.0)
