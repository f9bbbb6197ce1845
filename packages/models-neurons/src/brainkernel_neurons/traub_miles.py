"""Traub and Miles' hippocampal neuron, as a point neuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons._rates import exp_linear


class TraubMiles(bk.Neuron):
    r"""Hippocampal pyramidal cell (Traub & Miles 1991) as a point neuron, as in Brette et al.

    (2007), benchmark 3.

    .. math::

        C \frac{dV}{dt} &= g_{Na} m^3 h (E_{Na} - V) + g_K n^4 (E_K - V) + g_L (E_L - V) + I \\
        \frac{dx}{dt} &= \alpha_x(V - V_T) (1 - x) - \beta_x(V - V_T) x \quad \text{for } x = m, h,
        n

    It fires where V turns from below to above V_th, but not within t_ref after a spike. Nothing is
    reset or held.

    Parameters
    ----------
    C : pF, default 200
        Membrane capacitance: 1 uF/cm**2 on 20000 um**2.
    g_L : nS, default 10
        Leak conductance.
    E_L : mV, default -60
        Leak reversal potential.
    g_Na : nS, default 20000
        Greatest sodium conductance.
    E_Na : mV, default 50
        Sodium reversal potential.
    g_K : nS, default 6000
        Greatest potassium conductance.
    E_K : mV, default -90
        Potassium reversal potential.
    V_T : mV, default -63
        Shifts the gates along the axis of V, and so the threshold.
    V_th : mV, default -20
        Where a spike is counted.
    t_ref : ms, default 3
        Time after a spike in which no other is counted.

    Notes
    -----
    States: V (mV), first -60, and the gates m, h, n, first at rest there. Input: I (pA).

    A spike is stiff. The default method, exponential_midpoint, is stable at any dt, and at 0.1 ms
    1.5 per cent off in the rate; rk4 is more exact, and needs a dt of 0.05 ms or less.

    References
    ----------
    Traub RD, Miles R (1991) Neuronal networks of the hippocampus. Cambridge University Press.

    Brette R, Rudolph M, Carnevale T, et al. (2007) Simulation of networks of spiking neurons: a
    review of tools and strategies. J Comput Neurosci 23:349-398.
    """

    C = bk.parameter(200.0, unit="pF", above=0.0)
    g_L = bk.parameter(10.0, unit="nS", at_least=0.0)
    E_L = bk.parameter(-60.0, unit="mV")
    g_Na = bk.parameter(20000.0, unit="nS", at_least=0.0)
    E_Na = bk.parameter(50.0, unit="mV")
    g_K = bk.parameter(6000.0, unit="nS", at_least=0.0)
    E_K = bk.parameter(-90.0, unit="mV")
    V_T = bk.parameter(-63.0, unit="mV")
    V_th = bk.parameter(-20.0, unit="mV")
    t_ref = bk.parameter(3.0, unit="ms", at_least=0.0)
    V = bk.state(-60.0, unit="mV", doc="membrane potential")
    m = bk.state(0.02686, doc="activation of the sodium channel")
    h = bk.state(0.99131, doc="inactivation of the sodium channel")
    n = bk.state(0.06043, doc="activation of the potassium channel")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref")

    @bk.derivative
    def dV(V, m, h, n, I, C, g_Na, E_Na, g_K, E_K, g_L, E_L):
        I_Na = g_Na * m * m * m * h * (E_Na - V)
        I_K = g_K * n * n * n * n * (E_K - V)
        I_L = g_L * (E_L - V)
        return (I_Na + I_K + I_L + I) / C

    @bk.derivative
    def dm(m, V, V_T):
        alpha = 1.28 * exp_linear((V - V_T - 13.0) / 4.0)
        beta = 1.4 * exp_linear((V_T + 40.0 - V) / 5.0)
        return alpha * (1.0 - m) - beta * m

    @bk.derivative
    def dh(h, V, V_T):
        alpha = 0.128 * np.exp((V_T + 17.0 - V) / 18.0)
        beta = 4.0 / (1.0 + np.exp((V_T + 40.0 - V) / 5.0))
        return alpha * (1.0 - h) - beta * h

    @bk.derivative
    def dn(n, V, V_T):
        alpha = 0.16 * exp_linear((V - V_T - 15.0) / 5.0)
        beta = 0.5 * np.exp((V_T + 10.0 - V) / 40.0)
        return alpha * (1.0 - n) - beta * n

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
