"""Connor and Stevens' walking leg axon, with a transient potassium current."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons._rates import exp_linear


class ConnorStevens(bk.Neuron):
    r"""Axon with a transient potassium current, which fires slowly too (Connor et al. 1977).

    .. math::

        C \frac{dV}{dt} = g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + g_A a^3 b (E_A - V)
                          + g_L (E_L - V) + I

    It fires where V turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 1
        Membrane capacitance.
    g_Na : mS/cm**2, default 120
        Greatest sodium conductance.
    E_Na : mV, default 55
        Sodium reversal potential.
    g_K : mS/cm**2, default 20
        Greatest conductance of the delayed rectifier.
    E_K : mV, default -72
        Its reversal potential.
    g_A : mS/cm**2, default 47.7
        Greatest conductance of the transient potassium current.
    E_A : mV, default -75
        Its reversal potential.
    g_L : mS/cm**2, default 0.3
        Leak conductance.
    E_L : mV, default -17
        Leak reversal potential.
    V_th : mV, default 0
        Where a spike is counted.

    Notes
    -----
    States: V (mV), first -67.978, and the gates m, h, n, a, b, first at rest there. Input: I
    (uA/cm**2). The equations are those of Dayan and Abbott (2001), section 6.2.

    A spike is stiff. The default method, exponential_midpoint, is stable at any dt; rk4 is more
    exact, and needs a dt of 0.05 ms or less.

    References
    ----------
    Connor JA, Walter D, McKown R (1977) Neural repetitive firing: modifications of the
    Hodgkin-Huxley axon suggested by experimental results from crustacean axons. Biophys J
    18:81-102.

    Dayan P, Abbott LF (2001) Theoretical neuroscience. MIT Press.
    """

    C = bk.parameter(1.0, unit="uF/cm**2", above=0.0)
    g_Na = bk.parameter(120.0, unit="mS/cm**2", at_least=0.0)
    E_Na = bk.parameter(55.0, unit="mV")
    g_K = bk.parameter(20.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-72.0, unit="mV")
    g_A = bk.parameter(47.7, unit="mS/cm**2", at_least=0.0)
    E_A = bk.parameter(-75.0, unit="mV")
    g_L = bk.parameter(0.3, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(-17.0, unit="mV")
    V_th = bk.parameter(0.0, unit="mV")
    V = bk.state(-67.978, unit="mV", doc="membrane potential")
    m = bk.state(0.01007, doc="activation of the sodium channel")
    h = bk.state(0.96591, doc="inactivation of the sodium channel")
    n = bk.state(0.15586, doc="activation of the delayed rectifier")
    a = bk.state(0.54042, doc="activation of the transient potassium channel")
    b = bk.state(0.28867, doc="inactivation of the transient potassium channel")
    I = bk.input(unit="uA/cm**2", doc="input current")

    @bk.derivative
    def dV(V, m, h, n, a, b, I, C, g_Na, E_Na, g_K, E_K, g_A, E_A, g_L, E_L):
        I_Na = g_Na * m * m * m * h * (E_Na - V)
        I_K = g_K * n * n * n * n * (E_K - V)
        I_A = g_A * a * a * a * b * (E_A - V)
        I_L = g_L * (E_L - V)
        return (I_Na + I_K + I_A + I_L + I) / C

    @bk.derivative
    def dm(m, V):
        alpha = 3.8 * exp_linear((V + 29.7) / 10.0)
        beta = 15.2 * np.exp(-0.0556 * (V + 54.7))
        return alpha * (1.0 - m) - beta * m

    @bk.derivative
    def dh(h, V):
        alpha = 0.266 * np.exp(-0.05 * (V + 48.0))
        beta = 3.8 / (1.0 + np.exp(-0.1 * (V + 18.0)))
        return alpha * (1.0 - h) - beta * h

    @bk.derivative
    def dn(n, V):
        alpha = 0.2 * exp_linear((V + 45.7) / 10.0)
        beta = 0.25 * np.exp(-0.0125 * (V + 55.7))
        return alpha * (1.0 - n) - beta * n

    @bk.derivative
    def da(a, V):
        cube = 0.0761 * np.exp(0.0314 * (V + 94.22)) / (1.0 + np.exp(0.0346 * (V + 1.17)))
        tau = 0.3632 + 1.158 / (1.0 + np.exp(0.0497 * (V + 55.96)))
        return (cube ** (1.0 / 3.0) - a) / tau

    @bk.derivative
    def db(b, V):
        root = 1.0 / (1.0 + np.exp(0.0688 * (V + 53.3)))
        tau = 1.24 + 2.678 / (1.0 + np.exp(0.0624 * (V + 16.027)))
        return (root * root * root * root - b) / tau

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
