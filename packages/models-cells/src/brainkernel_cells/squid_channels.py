"""Sodium and potassium channels of the squid axon."""

from __future__ import annotations

from typing import Any

import numpy as np

import brainkernel as bk


def exp_linear(x: Any) -> Any:
    """Return x / (1 - exp(-x)), to the last digits near 0 as well, where it is 1 + x / 2."""
    near = np.abs(x) < 1e-5
    far = np.where(near, 1.0, x)
    return np.where(near, 1.0 + x / 2.0 + x * x / 12.0, -far / np.expm1(-far))


class SquidGates(bk.Neuron, abstract=True):
    """The temperature that gates follow: three times as fast for every 10 degrees."""

    celsius = bk.parameter(6.3, doc="temperature in degrees Celsius")

    @bk.derived
    def speed(celsius):
        """Speed of gates, 1 at 6.3 degrees."""
        return np.exp(0.1 * np.log(3.0) * (celsius - 6.3))


class SquidSodium(SquidGates, abstract=True):
    """Sodium channels (Hodgkin & Huxley 1952), with rest at -65 mV."""

    g_Na = bk.parameter(120.0, unit="mS/cm**2", at_least=0.0, doc="greatest sodium conductance")
    E_Na = bk.parameter(50.0, unit="mV", doc="sodium reversal potential")
    m = bk.state(0.05293, doc="activation of the sodium channel")
    h = bk.state(0.59612, doc="inactivation of the sodium channel")

    @bk.adds_to("I_m")
    def I_Na(V, m, h, g_Na, E_Na):
        return g_Na * m * m * m * h * (E_Na - V)

    @bk.derivative
    def dm(m, V, speed):
        alpha = exp_linear((V + 40.0) / 10.0)
        beta = 4.0 * np.exp(-(V + 65.0) / 18.0)
        return speed * (alpha * (1.0 - m) - beta * m)

    @bk.derivative
    def dh(h, V, speed):
        alpha = 0.07 * np.exp(-(V + 65.0) / 20.0)
        beta = 1.0 / (1.0 + np.exp(-(V + 35.0) / 10.0))
        return speed * (alpha * (1.0 - h) - beta * h)


class SquidPotassium(SquidGates, abstract=True):
    """Potassium channels (Hodgkin & Huxley 1952), with rest at -65 mV."""

    g_K = bk.parameter(36.0, unit="mS/cm**2", at_least=0.0, doc="greatest potassium conductance")
    E_K = bk.parameter(-77.0, unit="mV", doc="potassium reversal potential")
    n = bk.state(0.31768, doc="activation of the potassium channel")

    @bk.adds_to("I_m")
    def I_K(V, n, g_K, E_K):
        return g_K * n * n * n * n * (E_K - V)

    @bk.derivative
    def dn(n, V, speed):
        alpha = 0.1 * exp_linear((V + 55.0) / 10.0)
        beta = 0.125 * np.exp(-(V + 65.0) / 80.0)
        return speed * (alpha * (1.0 - n) - beta * n)
