"""Persistent sodium and potassium: the smallest membrane that fires."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class PersistentSodium(bk.Neuron):
    r"""Instantaneous persistent sodium with potassium, I_Na,p + I_K (Izhikevich 2007).

    .. math::

        C \frac{dV}{dt} &= g_{Na} m_\infty(V) (E_{Na} - V) + g_K n (E_K - V) + g_L (E_L - V) + I \\
        \frac{dn}{dt} &= \frac{n_\infty(V) - n}{\tau}

    where :math:`x_\infty = 1 / (1 + e^{(V_x - V) / k_x})`. It fires where V turns from below to
    above V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 1
        Membrane capacitance.
    g_Na : mS/cm**2, default 20
        Greatest sodium conductance.
    E_Na : mV, default 60
        Sodium reversal potential.
    g_K : mS/cm**2, default 10
        Greatest potassium conductance.
    E_K : mV, default -90
        Potassium reversal potential.
    g_L : mS/cm**2, default 8
        Leak conductance.
    E_L : mV, default -80
        Leak reversal potential.
    V_m : mV, default -20
        Where half of the sodium channels are open.
    k_m : mV, default 15
        Width of their activation.
    V_n : mV, default -25
        Where half of the potassium channels are open.
    k_n : mV, default 5
        Width of their activation.
    tau : ms, default 1
        Time constant of the potassium channels.
    V_th : mV, default -20
        Where a spike is counted.

    Notes
    -----
    States: V (mV), first -65.953, and n, first at rest there. Input: I (uA/cm**2). Rest ends in a
    saddle-node bifurcation on an invariant circle at I = 4.51 uA/cm**2. With ``V_n=-45, E_L=-78``,
    potassium of a low threshold, it ends in a Hopf bifurcation.

    References
    ----------
    Izhikevich EM (2007) Dynamical systems in neuroscience, chapter 4. MIT Press.
    """

    C = bk.parameter(1.0, unit="uF/cm**2", above=0.0)
    g_Na = bk.parameter(20.0, unit="mS/cm**2", at_least=0.0)
    E_Na = bk.parameter(60.0, unit="mV")
    g_K = bk.parameter(10.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-90.0, unit="mV")
    g_L = bk.parameter(8.0, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(-80.0, unit="mV")
    V_m = bk.parameter(-20.0, unit="mV")
    k_m = bk.parameter(15.0, unit="mV", above=0.0)
    V_n = bk.parameter(-25.0, unit="mV")
    k_n = bk.parameter(5.0, unit="mV", above=0.0)
    tau = bk.parameter(1.0, unit="ms", above=0.0)
    V_th = bk.parameter(-20.0, unit="mV")
    V = bk.state(-65.953, unit="mV", doc="membrane potential")
    n = bk.state(0.000277, doc="activation of the potassium channel")
    I = bk.input(unit="uA/cm**2", doc="input current")

    @bk.derivative
    def dV(V, n, I, C, g_Na, E_Na, g_K, E_K, g_L, E_L, V_m, k_m):
        m = 1.0 / (1.0 + np.exp((V_m - V) / k_m))
        I_Na = g_Na * m * (E_Na - V)
        I_K = g_K * n * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I_Na + I_K + I_L + I) / C

    @bk.derivative
    def dn(n, V, V_n, k_n, tau):
        return (1.0 / (1.0 + np.exp((V_n - V) / k_n)) - n) / tau

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
