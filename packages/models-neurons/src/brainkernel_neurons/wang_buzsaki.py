"""Wang and Buzsaki's fast-spiking interneuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons._rates import exp_linear


class WangBuzsaki(bk.Neuron):
    r"""Fast-spiking hippocampal interneuron (Wang & Buzsaki 1996).

    .. math::

        C \frac{dV}{dt} &= g_{Na} m_\infty^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + g_L (E_L - V)
        + I \\
        \frac{dx}{dt} &= \phi (\alpha_x(V) (1 - x) - \beta_x(V) x) \quad \text{for } x = h, n

    Sodium activates at once, so that a spike is followed by a short and small
    afterhyperpolarization. It fires where V turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 1
        Membrane capacitance.
    g_Na : mS/cm**2, default 35
        Greatest sodium conductance.
    E_Na : mV, default 55
        Sodium reversal potential.
    g_K : mS/cm**2, default 9
        Greatest potassium conductance.
    E_K : mV, default -90
        Potassium reversal potential.
    g_L : mS/cm**2, default 0.1
        Leak conductance.
    E_L : mV, default -65
        Leak reversal potential.
    phi : dimensionless, default 5
        How much faster the gates h and n are than those of the squid axon.
    V_th : mV, default 0
        Where a spike is counted.

    Notes
    -----
    States: V (mV), first -64.018, and the gates h, n, first at rest there. Input: I (uA/cm**2). At
    1 uA/cm**2 it fires at 59.7 Hz.

    V stands in the activation of a channel, so that rk4 is the default method. It needs a dt of
    0.05 ms or less, and less where currents drive V far below rest.

    References
    ----------
    Wang XJ, Buzsaki G (1996) Gamma oscillation by synaptic inhibition in a hippocampal
    interneuronal network model. J Neurosci 16:6402-6413.
    """

    C = bk.parameter(1.0, unit="uF/cm**2", above=0.0)
    g_Na = bk.parameter(35.0, unit="mS/cm**2", at_least=0.0)
    E_Na = bk.parameter(55.0, unit="mV")
    g_K = bk.parameter(9.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-90.0, unit="mV")
    g_L = bk.parameter(0.1, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(-65.0, unit="mV")
    phi = bk.parameter(5.0, above=0.0)
    V_th = bk.parameter(0.0, unit="mV")
    V = bk.state(-64.018, unit="mV", doc="membrane potential")
    h = bk.state(0.78079, doc="inactivation of the sodium channel")
    n = bk.state(0.08908, doc="activation of the potassium channel")
    I = bk.input(unit="uA/cm**2", doc="input current")

    @bk.derivative
    def dV(V, h, n, I, C, g_Na, E_Na, g_K, E_K, g_L, E_L):
        alpha = exp_linear((V + 35.0) / 10.0)
        beta = 4.0 * np.exp(-(V + 60.0) / 18.0)
        m = alpha / (alpha + beta)
        I_Na = g_Na * m * m * m * h * (E_Na - V)
        I_K = g_K * n * n * n * n * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I_Na + I_K + I_L + I) / C

    @bk.derivative
    def dh(h, V, phi):
        alpha = 0.07 * np.exp(-(V + 58.0) / 20.0)
        beta = 1.0 / (1.0 + np.exp(-(V + 28.0) / 10.0))
        return phi * (alpha * (1.0 - h) - beta * h)

    @bk.derivative
    def dn(n, V, phi):
        alpha = 0.1 * exp_linear((V + 34.0) / 10.0)
        beta = 0.125 * np.exp(-(V + 44.0) / 80.0)
        return phi * (alpha * (1.0 - n) - beta * n)

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
