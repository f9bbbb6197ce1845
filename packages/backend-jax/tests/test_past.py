"""Derivatives go through delays."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import brainkernel as bk
import brainkernel_jax as bj

pytestmark = pytest.mark.usefixtures("x64")


class Rate(bk.Neuron):
    """A rate that looks back."""

    tau = bk.parameter(1.0, unit="ms")
    r = bk.state(0.5)
    I = bk.input()
    r_tau = bk.past("r", delay="tau")

    @bk.derivative
    def dr(r, r_tau, I):
        return I - r * r_tau


class Link(bk.Synapse):
    """Adds what the source was."""

    weight = bk.parameter(0.5, per="synapse")

    @bk.adds_to("I")
    def flow(weight, r_pre):
        return weight * r_pre


def test_derivatives_through_delays_are_those_of_differences():
    group = Rate(3, r=[0.2, 0.5, 0.8], method="rk4", name="group")
    weight = np.linspace(-0.5, 0.5, 9)
    options = {"weight": weight, "delay": np.arange(9) * 0.25}
    link = Link(group, group, connect=bk.connect.all_to_all(), name="link", **options)
    net = bk.Network(group, link, dt=0.25, m=bk.StateMonitor(group, "r"))
    function = bj.function(net, 5.0)

    def loss(weight):
        return jnp.sum(function({"link": {"weight": weight}}, {})[1]["m"]["r"] ** 2)

    found = np.asarray(jax.grad(loss)(jnp.asarray(weight)))
    for synapse in (0, 4, 8):
        change = np.zeros(9)
        change[synapse] = 1e-5
        difference = (loss(weight + change) - loss(weight - change)) / 2e-5
        assert found[synapse] == pytest.approx(float(difference), rel=1e-6)


def test_the_past_is_part_of_the_state_of_a_function():
    group = Rate(3, r=[0.2, 0.5, 0.8], method="rk4", name="group")
    net = bk.Network(group, dt=0.25)
    whole, half = bj.function(net, 4.0), bj.function(net, 2.0)
    state, _ = half({}, {})
    after, _ = half({}, {}, state)
    expected, _ = whole({}, {})
    np.testing.assert_allclose(after["group"]["r"], expected["group"]["r"], rtol=1e-14)
