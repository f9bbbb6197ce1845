"""The leaky integrate-and-fire neuron with escape noise."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class EscapeLIF(bk.Neuron):
    r"""Leaky integrate-and-fire neuron that fires by chance, the more likely the higher V.

    .. math::

        \frac{dV}{dt} &= \frac{E_L - V}{\tau} + \frac{I}{C} \\
        \rho(V) &= \rho_0\, e^{(V - V_{th}) / \Delta}

    In each step it fires with probability :math:`1 - e^{-\rho\, dt}`, with V at the end of the
    step; then V is set to V_reset and stays there for t_ref.

    Parameters
    ----------
    tau : ms, default 10
        Membrane time constant.
    C : pF, default 250
        Membrane capacitance.
    E_L : mV, default -70
        Resting potential.
    V_th : mV, default -55
        Where the rate is rho_0.
    Delta : mV, default 2
        Width of the threshold; with 0.1 it is nearly sharp.
    rho_0 : 1/ms, default 0.1
        Rate at V_th.
    V_reset : mV, default -70
        Potential after a spike.
    t_ref : ms, default 2
        Refractory period.

    Notes
    -----
    State: V (mV), first E_L. Input: I (pA).

    References
    ----------
    Gerstner W, Kistler WM, Naud R, Paninski L (2014) Neuronal dynamics, section 9.1. Cambridge
    University Press.
    """

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    C = bk.parameter(250.0, unit="pF", above=0.0)
    E_L = bk.parameter(-70.0, unit="mV")
    V_th = bk.parameter(-55.0, unit="mV")
    Delta = bk.parameter(2.0, unit="mV", above=0.0)
    rho_0 = bk.parameter(0.1, unit="1/ms", at_least=0.0)
    V_reset = bk.parameter(-70.0, unit="mV")
    t_ref = bk.parameter(2.0, unit="ms", at_least=0.0)
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    I = bk.input(unit="pA", doc="input current")
    chance = bk.uniform()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, tau, E_L, C):
        return (E_L - V) / tau + I / C

    @bk.threshold
    def fires(V, chance, V_th, Delta, rho_0, dt):
        rate = rho_0 * np.exp((V - V_th) / Delta)
        return -np.expm1(-rate * dt) - chance

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset
