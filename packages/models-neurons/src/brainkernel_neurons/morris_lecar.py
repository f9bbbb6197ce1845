"""Morris and Lecar's barnacle muscle fibre."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class MorrisLecar(bk.Neuron):
    r"""Barnacle muscle fibre (Morris & Lecar 1981), reduced to two equations.

    .. math::

        C \frac{dV}{dt} &= g_{Ca} m_\infty(V) (E_{Ca} - V) + g_K w (E_K - V) + g_L (E_L - V) + I \\
        \frac{dw}{dt} &= \phi \cosh\left(\frac{V - V_3}{2 V_4}\right) (w_\infty(V) - w)

    with :math:`m_\infty = (1 + \tanh((V - V_1) / V_2)) / 2` and
    :math:`w_\infty = (1 + \tanh((V - V_3) / V_4)) / 2`. It fires where V turns from below to above
    V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 20
        Membrane capacitance.
    g_Ca : mS/cm**2, default 4.4
        Greatest calcium conductance.
    E_Ca : mV, default 120
        Calcium reversal potential.
    g_K : mS/cm**2, default 8
        Greatest potassium conductance.
    E_K : mV, default -84
        Potassium reversal potential.
    g_L : mS/cm**2, default 2
        Leak conductance.
    E_L : mV, default -60
        Leak reversal potential.
    V_1 : mV, default -1.2
        Where half of the calcium channels are open.
    V_2 : mV, default 18
        Width of their activation.
    V_3 : mV, default 2
        Where half of the potassium channels are open.
    V_4 : mV, default 30
        Width of their activation.
    phi : 1/ms, default 0.04
        Rate of the potassium channels at V_3.
    V_th : mV, default 0
        Where a spike is counted.

    Notes
    -----
    States: V (mV), first -60.855, and w, first at rest there. Input: I (uA/cm**2). The defaults are
    Rinzel and Ermentrout's (1998): rest loses its stability at a Hopf bifurcation, so that firing
    begins at a finite rate (class 2). With ``g_Ca=4, V_3=12, V_4=17.4, phi=1/15`` it begins from
    zero (class 1).

    References
    ----------
    Morris C, Lecar H (1981) Voltage oscillations in the barnacle giant muscle fiber. Biophys J
    35:193-213.

    Rinzel J, Ermentrout GB (1998) Analysis of neural excitability and oscillations. In: Methods in
    Neuronal Modeling, 2nd edition, MIT Press.
    """

    C = bk.parameter(20.0, unit="uF/cm**2", above=0.0)
    g_Ca = bk.parameter(4.4, unit="mS/cm**2", at_least=0.0)
    E_Ca = bk.parameter(120.0, unit="mV")
    g_K = bk.parameter(8.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-84.0, unit="mV")
    g_L = bk.parameter(2.0, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(-60.0, unit="mV")
    V_1 = bk.parameter(-1.2, unit="mV")
    V_2 = bk.parameter(18.0, unit="mV", above=0.0)
    V_3 = bk.parameter(2.0, unit="mV")
    V_4 = bk.parameter(30.0, unit="mV", above=0.0)
    phi = bk.parameter(0.04, unit="1/ms", above=0.0)
    V_th = bk.parameter(0.0, unit="mV")
    V = bk.state(-60.855, unit="mV", doc="membrane potential")
    w = bk.state(0.014915, doc="activation of the potassium channel")
    I = bk.input(unit="uA/cm**2", doc="input current")

    @bk.derivative
    def dV(V, w, I, C, g_Ca, E_Ca, g_K, E_K, g_L, E_L, V_1, V_2):
        m = 0.5 * (1.0 + np.tanh((V - V_1) / V_2))
        I_Ca = g_Ca * m * (E_Ca - V)
        I_K = g_K * w * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I_Ca + I_K + I_L + I) / C

    @bk.derivative
    def dw(w, V, V_3, V_4, phi):
        w_inf = 0.5 * (1.0 + np.tanh((V - V_3) / V_4))
        rate = phi * np.cosh((V - V_3) / (2.0 * V_4))
        return rate * (w_inf - w)

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
