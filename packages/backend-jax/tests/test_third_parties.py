"""Gradients through third ends, and through projections that end at synapses of others."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk

jax = pytest.importorskip("jax")

import brainkernel_jax as bj  # noqa: E402 - needs JAX


class Glia(bk.Neuron):
    gain = bk.parameter(0.5)
    H = bk.state(1.0)

    @bk.derived
    def F(H, gain):
        return gain * H * H

    @bk.derivative
    def dH(H):
        return -H / 5.0


class Cell(bk.Neuron):
    V = bk.state(0.5)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return (I - V) / 4.0


class Coupling(bk.Synapse):
    s = bk.state(0.0, per="synapse")
    M = bk.input()
    glia = bk.end(per="post")

    @bk.derivative
    def ds(s, M, F_glia):
        return F_glia + M - s / 2.0

    @bk.adds_to("I")
    def current(s, V_pre):
        return 0.25 * s * V_pre


class Onto(bk.Synapse):
    k = bk.parameter(0.125)

    @bk.adds_to("M")
    def drive(k, V_pre, s_post):
        return k * V_pre * (1.0 - s_post)


@pytest.mark.parametrize(("member", "name"), [("glia", "gain"), ("onto", "k")])
def test_slopes_are_those_of_differences(member, name):
    cells, glia = Cell(3, name="cells"), Glia(3, H=[0.5, 1.0, 1.5], name="glia")
    coupling = Coupling(
        cells, cells, connect=bk.connect.all_to_all(), glia=glia, method="euler", name="coupling"
    )
    onto = Onto(cells, coupling, connect=bk.connect.fixed_prob(0.5), name="onto")
    net = bk.Network(cells, glia, coupling, onto, dt=0.25)
    with jax.enable_x64(True):
        function = bj.function(net, 5.0)

        def loss(value):
            state, _ = function({member: {name: value}}, {"cells": {"I": 0.5}})
            return state["cells"]["V"].sum() + state["coupling"]["s"].sum()

        value = function.parameters[member][name]
        slope = jax.grad(loss)(value)
        difference = (loss(value + 1e-5) - loss(value - 1e-5)) / 2e-5
        assert abs(float(slope)) > 0.01
        np.testing.assert_allclose(slope, difference, rtol=1e-6)
        assert "H_glia" not in function.state["coupling"]
