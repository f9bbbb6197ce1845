"""Exponential Euler is exact for linear equations, and finds their linear part by derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from science_models import Conductance, Decay, OpenChannel, onto_itself

import brainkernel as bk

pytest.importorskip("sympy")

GAIN = 0.25


def rate_of_opening(V):
    return GAIN * np.exp((V + 40.0) / 20.0)


class Gates(bk.Neuron):
    """Gates as Hodgkin and Huxley wrote them, with helpers and guarded quotients; V is clamped."""

    V = bk.state(-50.0)
    m = bk.state(0.2)
    h = bk.state(0.6)
    n = bk.state(0.4)

    @bk.derivative
    def dm(m, V):
        x = (V + 40.0) / 10.0
        small = np.abs(x) < 1e-6
        alpha = np.where(small, 1.0 + x / 2.0, x / (1.0 - np.exp(-np.where(small, 1.0, x))))
        return alpha * (1.0 - m) - 4.0 * np.exp(-(V + 65.0) / 18.0) * m

    @bk.derivative
    def dh(h, V):
        return (
            rate_of_opening(-V) * (1.0 - h)
            - np.maximum(0.0, 1.0 / (1.0 + np.exp(-(V + 35.0) / 10.0))) * h
        )

    @bk.derivative
    def dn(n, V):
        infinity, tau = (
            1.0 / (1.0 + np.exp(-(V + 40.0) / 10.0)),
            1.0 + 5.0 / np.cosh((V + 40.0) / 20.0),
        )
        return (infinity - n) / tau


def relaxed(x, rate, slope, dt):
    """One exponential step of a linear equation."""
    return x + np.expm1(slope * dt) / slope * rate


def test_a_linear_equation_is_exact():
    """A rate of zero, and steps far longer than the time constant, are no exceptions."""
    rate = np.array([-50.0, -0.3, 0.0, 0.4, 1e-13, 1e-7])
    group = Decay(6, rate=rate, method="exponential_euler")
    net = bk.Network(group, dt=0.5)
    net.run(4.0, inputs={group: 0.7})
    gain = np.where(np.abs(rate) < 1e-9, 4.0, np.expm1(4.0 * rate) / np.where(rate == 0, 1.0, rate))
    np.testing.assert_allclose(group.x, np.exp(4.0 * rate) + 0.7 * gain, rtol=1e-12)


def test_gates_relax_exactly_at_a_clamped_voltage():
    V = np.array([-90.0, -65.0, -40.0, -39.9999999, 0.0, 45.0])
    group = Gates(6, V=V, method="exponential_euler")
    net = bk.Network(group, dt=0.5)
    net.run(3.0)
    x = np.where(np.abs(V + 40) < 1e-5, 1.0, (V + 40) / 10)
    alpha_m = np.where(np.abs(V + 40) < 1e-5, 1 + (V + 40) / 20, x / (1 - np.exp(-x)))
    opening = {
        "m": (alpha_m, 4 * np.exp(-(V + 65) / 18)),
        "h": (GAIN * np.exp((-V + 40) / 20), 1 / (1 + np.exp(-(V + 35) / 10))),
    }
    for name, (alpha, beta) in opening.items():
        infinity, first = alpha / (alpha + beta), {"m": 0.2, "h": 0.6}[name]
        expected = infinity + (first - infinity) * np.exp(-3.0 * (alpha + beta))
        np.testing.assert_allclose(getattr(group, name), expected, rtol=1e-12, err_msg=name)
    infinity, tau = 1 / (1 + np.exp(-(V + 40) / 10)), 1 + 5 / np.cosh((V + 40) / 20)
    np.testing.assert_allclose(
        group.n, infinity + (0.4 - infinity) * np.exp(-3.0 / tau), rtol=1e-12
    )


class Patch(bk.Neuron):
    """C V' = -g_L (V - E_L) + I."""

    C = bk.parameter(2.0)
    g_L = bk.parameter(0.1)
    E_L = bk.parameter(-1.0)
    V = bk.state(0.5)
    I = bk.input()

    @bk.derivative
    def dV(V, I, C, g_L, E_L):
        return (-g_L * (V - E_L) + I) / C


def test_the_chain_rule_through_the_input():
    """Two synapse models, one twice: the membrane relaxes with the sum of all conductances."""
    group = Patch(1, method="exponential_euler")
    kinetic = onto_itself(Conductance, group, g=0.7, E=2.0)
    opened = [onto_itself(OpenChannel, group, g=g, E=E) for g, E in ((0.3, -2.0), (0.9, 0.1))]
    net = bk.Network(group, kinetic, *opened, dt=0.8)
    net.run(0.8, inputs={group: 0.35})
    rate = (
        -0.1 * (0.5 + 1.0) + 0.7 * (2.0 - 0.5) + 0.3 * (-2.0 - 0.5) + 0.9 * (0.1 - 0.5) + 0.35
    ) / 2.0
    assert group.V[0] == pytest.approx(
        relaxed(0.5, rate, -(0.1 + 0.7 + 0.3 + 0.9) / 2.0, 0.8), rel=1e-13
    )
    opening = 1 / (1 + np.exp(-0.5))
    assert kinetic.g[0] == pytest.approx(opening + (0.7 - opening) * np.exp(-0.8 / 1.5), rel=1e-13)


def test_constant_conductances_are_integrated_exactly():
    group = Patch(1, method="exponential_euler")
    opened = [onto_itself(OpenChannel, group, g=g, E=E) for g, E in ((30.0, -2.0), (9.0, 0.1))]
    net = bk.Network(group, *opened, dt=0.05)
    net.run(0.2)
    total, infinity = 39.1 / 2.0, (-0.1 + 30.0 * -2.0 + 9.0 * 0.1) / 39.1
    assert group.V[0] == pytest.approx(
        infinity + (0.5 - infinity) * np.exp(-total * 0.2), rel=1e-12
    )


class Exponential(bk.Neuron):
    """A nonlinear rate, in which J is the slope at the present state."""

    V = bk.state(0.4)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return np.exp(V) - 3.0 * V * V + I * V


def test_a_nonlinear_rate_relaxes_along_its_slope():
    """The input's derivative depends on V too: J = e**V - 6 V + I + V dI/dV."""
    group = Exponential(1, method="exponential_euler")
    opened = onto_itself(OpenChannel, group, g=1.5, E=-1.0)
    net = bk.Network(group, opened, dt=0.6)
    net.run(0.6)
    V, I = 0.4, 1.5 * (-1.0 - 0.4)
    slope = np.exp(V) - 6.0 * V + I - 1.5 * V
    assert group.V[0] == pytest.approx(
        relaxed(V, np.exp(V) - 3.0 * V * V + I * V, slope, 0.6), rel=1e-13
    )
