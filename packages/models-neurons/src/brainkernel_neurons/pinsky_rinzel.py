"""Pinsky and Rinzel's pyramidal cell of two compartments."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons._rates import exp_linear


class PinskyRinzel(bk.Neuron):
    r"""CA3 pyramidal cell: a soma that fires and a dendrite that bursts (Pinsky & Rinzel 1994).

    .. math::

        C \frac{dV_s}{dt} &= -I_L(V_s) - I_{Na} - I_{KDR} + \frac{g_c (V_d - V_s) + I}{p} \\
        C \frac{dV_d}{dt} &= -I_L(V_d) - I_{Ca} - I_{KAHP} - I_{KC} +
                             \frac{g_c (V_s - V_d) + I_d}{1 - p} \\
        \frac{dCa}{dt} &= -0.13\, I_{Ca} - 0.075\, Ca

    It fires where V_s turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    C : uF/cm**2, default 3
        Membrane capacitance.
    g_c : mS/cm**2, default 2.1
        Coupling conductance of soma and dendrite.
    p : dimensionless, default 0.5
        Share of the soma in the membrane.
    g_L : mS/cm**2, default 0.1
        Leak conductance.
    E_L : mV, default 0
        Leak reversal potential.
    g_Na : mS/cm**2, default 30
        Greatest sodium conductance, of the soma.
    E_Na : mV, default 120
        Sodium reversal potential.
    g_KDR : mS/cm**2, default 15
        Greatest conductance of the delayed rectifier, of the soma.
    E_K : mV, default -15
        Potassium reversal potential.
    g_Ca : mS/cm**2, default 10
        Greatest calcium conductance, of the dendrite.
    E_Ca : mV, default 140
        Calcium reversal potential.
    g_KAHP : mS/cm**2, default 0.8
        Greatest conductance of the slow potassium current that calcium opens.
    g_KC : mS/cm**2, default 15
        Greatest conductance of the fast potassium current of calcium and potential.
    V_th : mV, default 60
        Where a spike is counted.

    Notes
    -----
    States: V_s (mV), first -0.0935, and V_d (mV), first -0.2028, the potentials of soma and
    dendrite, counted as in the paper from -60 mV; the gates h, n, s, c, q; and Ca, calcium without
    unit; all are first at rest. Inputs: I and I_d (uA/cm**2), into soma and dendrite, for the whole
    membrane.

    V stands in the activation of a channel, so that rk4 is the default method. It needs a dt of
    0.05 ms or less, and less where currents drive V far below rest.

    References
    ----------
    Pinsky PF, Rinzel J (1994) Intrinsic and network rhythmogenesis in a reduced Traub model for CA3
    neurons. J Comput Neurosci 1:39-60.
    """

    C = bk.parameter(3.0, unit="uF/cm**2", above=0.0)
    g_c = bk.parameter(2.1, unit="mS/cm**2", at_least=0.0)
    p = bk.parameter(0.5, above=0.0, below=1.0)
    g_L = bk.parameter(0.1, unit="mS/cm**2", at_least=0.0)
    E_L = bk.parameter(0.0, unit="mV")
    g_Na = bk.parameter(30.0, unit="mS/cm**2", at_least=0.0)
    E_Na = bk.parameter(120.0, unit="mV")
    g_KDR = bk.parameter(15.0, unit="mS/cm**2", at_least=0.0)
    E_K = bk.parameter(-15.0, unit="mV")
    g_Ca = bk.parameter(10.0, unit="mS/cm**2", at_least=0.0)
    E_Ca = bk.parameter(140.0, unit="mV")
    g_KAHP = bk.parameter(0.8, unit="mS/cm**2", at_least=0.0)
    g_KC = bk.parameter(15.0, unit="mS/cm**2", at_least=0.0)
    V_th = bk.parameter(60.0, unit="mV")
    V_s = bk.state(-0.0935, unit="mV", doc="membrane potential of the soma")
    V_d = bk.state(-0.2028, unit="mV", doc="membrane potential of the dendrite")
    h = bk.state(0.99603, doc="inactivation of the sodium channel")
    n = bk.state(0.001217, doc="activation of the delayed rectifier")
    s = bk.state(0.013862, doc="activation of the calcium channel")
    c = bk.state(0.010422, doc="activation of the fast calcium-dependent potassium channel")
    q = bk.state(0.062887, doc="activation of the slow calcium-dependent potassium channel")
    Ca = bk.state(0.466964, doc="calcium")
    I = bk.input(unit="uA/cm**2", doc="input current into the soma")
    I_d = bk.input(unit="uA/cm**2", doc="input current into the dendrite")

    @bk.derived(unit="uA/cm**2")
    def I_Ca(V_d, s, g_Ca, E_Ca):
        """Calcium current."""
        return g_Ca * s * s * (V_d - E_Ca)

    @bk.derivative
    def dV_s(V_s, V_d, h, n, I, C, g_c, p, g_L, E_L, g_Na, E_Na, g_KDR, E_K):
        alpha = 1.28 * exp_linear((V_s - 13.1) / 4.0)
        beta = 1.4 * exp_linear((40.1 - V_s) / 5.0)
        m = alpha / (alpha + beta)
        I_Na = g_Na * m * m * h * (E_Na - V_s)
        I_KDR = g_KDR * n * (E_K - V_s)
        I_L = g_L * (E_L - V_s)
        from_dendrite = g_c * (V_d - V_s)
        return (I_Na + I_KDR + I_L + (from_dendrite + I) / p) / C

    @bk.derivative
    def dV_d(V_s, V_d, I_Ca, c, q, Ca, I_d, C, g_c, p, g_L, E_L, g_KAHP, g_KC, E_K):
        I_KAHP = g_KAHP * q * (E_K - V_d)
        I_KC = g_KC * c * np.minimum(Ca / 250.0, 1.0) * (E_K - V_d)
        I_L = g_L * (E_L - V_d)
        from_soma = g_c * (V_s - V_d)
        return (I_KAHP + I_KC + I_L - I_Ca + (from_soma + I_d) / (1.0 - p)) / C

    @bk.derivative
    def dh(h, V_s):
        alpha = 0.128 * np.exp((17.0 - V_s) / 18.0)
        beta = 4.0 / (1.0 + np.exp((40.0 - V_s) / 5.0))
        return alpha * (1.0 - h) - beta * h

    @bk.derivative
    def dn(n, V_s):
        alpha = 0.08 * exp_linear((V_s - 35.1) / 5.0)
        beta = 0.25 * np.exp(0.5 - 0.025 * V_s)
        return alpha * (1.0 - n) - beta * n

    @bk.derivative
    def ds(s, V_d):
        alpha = 1.6 / (1.0 + np.exp(-0.072 * (V_d - 65.0)))
        beta = 0.1 * exp_linear((51.1 - V_d) / 5.0)
        return alpha * (1.0 - s) - beta * s

    @bk.derivative
    def dc(c, V_d):
        closing = 2.0 * np.exp((6.5 - V_d) / 27.0)
        opening = np.exp((V_d - 10.0) / 11.0 - (V_d - 6.5) / 27.0) / 18.975
        alpha = np.where(V_d <= 50.0, opening, closing)
        beta = np.where(V_d <= 50.0, closing - opening, 0.0)
        return alpha * (1.0 - c) - beta * c

    @bk.derivative
    def dq(q, Ca):
        alpha = np.minimum(0.00002 * Ca, 0.01)
        return alpha * (1.0 - q) - 0.001 * q

    @bk.derivative
    def dCa(Ca, I_Ca):
        return -0.13 * I_Ca - 0.075 * Ca

    @bk.threshold(crossing=True)
    def fires(V_s, V_th):
        return V_s - V_th
