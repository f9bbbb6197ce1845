"""The two ends of the synapses that are tested: cells, and sources that fire once."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk


class Cell(bk.Neuron):
    """An integrate-and-fire neuron; passive where nothing reaches its threshold."""

    C = bk.parameter(200.0, unit="pF")
    g_L = bk.parameter(10.0, unit="nS")
    E_L = bk.parameter(-60.0, unit="mV")
    V_th = bk.parameter(1e9, unit="mV")
    V_reset = bk.parameter(-65.0, unit="mV")
    t_ref = bk.parameter(5.0, unit="ms")
    V = bk.state(-60.0, unit="mV")
    I = bk.input(unit="pA")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, C, g_L, E_L):
        return (g_L * (E_L - V) + I) / C

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset


class Source(bk.Neuron):
    """Fires once."""

    at = bk.parameter(1.0, unit="ms")

    @bk.threshold
    def fires(t, at, dt):
        return 0.5 * dt - np.abs(t - at)


@pytest.fixture
def cell():
    return Cell


@pytest.fixture
def source():
    return Source
