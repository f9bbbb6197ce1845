"""The Hodgkin-Huxley squid axon."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons._rates import exp_linear


class HodgkinHuxley(bk.Neuron):
    r"""Squid axon membrane at 6.3 degrees Celsius (Hodgkin & Huxley 1952), with rest at -65 mV.

    .. math::

        C \frac{dV}{dt} &= g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + g_L (E_L - V) + I \\
        \frac{dx}{dt} &= \alpha_x(V) (1 - x) - \beta_x(V) x \quad \text{for } x = m, h, n

    It fires where V turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 1
        Membrane capacitance.
    g_Na : mS/cm**2, default 120
        Greatest sodium conductance.
    E_Na : mV, default 50
        Sodium reversal potential.
    g_K : mS/cm**2, default 36
        Greatest potassium conductance.
    E_K : mV, default -77
        Potassium reversal potential.
    g_L : mS/cm**2, default 0.3
        Leak conductance.
    E_L : mV, default -54.387
        Leak reversal potential.
    V_th : mV, default 0
        Where a spike is counted.

    Notes
    -----
    States: V (mV), first -65, and the gates m, h, n, first at rest. Input: I (uA/cm**2).

    All is for an area of membrane, and so must be what synapses give: those of a model in nS or pA
    are refused. Declare their data anew in a subclass, in mS/cm**2 or uA/cm**2. On a membrane of A
    um**2, 1 nS is 100/A mS/cm**2, and 1 pA is 100/A uA/cm**2.

    A spike is stiff. The default method, exponential_midpoint, is stable at any dt, and at 0.1 ms 1
    per cent off in the rate; rk4 is more exact, and needs a dt of 0.05 ms or less.

    References
    ----------
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    """

    C = bk.parameter(1.0, unit="uF/cm**2", above=0.0)
    g_Na = bk.parameter(120.0, unit="mS/cm**2", at_least=0.0)
    E_Na = bk.parameter(50.0, unit="mV")
    g_K = bk.parameter(36.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-77.0, unit="mV")
    g_L = bk.parameter(0.3, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(-54.387, unit="mV")
    V_th = bk.parameter(0.0, unit="mV")
    V = bk.state(-65.0, unit="mV", doc="membrane potential")
    m = bk.state(0.05293, doc="activation of the sodium channel")
    h = bk.state(0.59612, doc="inactivation of the sodium channel")
    n = bk.state(0.31768, doc="activation of the potassium channel")
    I = bk.input(unit="uA/cm**2", doc="input current")

    @bk.derivative
    def dV(V, m, h, n, I, C, g_Na, E_Na, g_K, E_K, g_L, E_L):
        I_Na = g_Na * m * m * m * h * (E_Na - V)
        I_K = g_K * n * n * n * n * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I_Na + I_K + I_L + I) / C

    @bk.derivative
    def dm(m, V):
        alpha = exp_linear((V + 40.0) / 10.0)
        beta = 4.0 * np.exp(-(V + 65.0) / 18.0)
        return alpha * (1.0 - m) - beta * m

    @bk.derivative
    def dh(h, V):
        alpha = 0.07 * np.exp(-(V + 65.0) / 20.0)
        beta = 1.0 / (1.0 + np.exp(-(V + 35.0) / 10.0))
        return alpha * (1.0 - h) - beta * h

    @bk.derivative
    def dn(n, V):
        alpha = 0.1 * exp_linear((V + 55.0) / 10.0)
        beta = 0.125 * np.exp(-(V + 65.0) / 80.0)
        return alpha * (1.0 - n) - beta * n

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
