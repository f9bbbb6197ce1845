"""The adaptive exponential integrate-and-fire neuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class AdEx(bk.Neuron):
    r"""Adaptive exponential integrate-and-fire neuron (Brette & Gerstner 2005).

    .. math::

        C \frac{dV}{dt} &= g_L (E_L - V) + g_L \Delta_T e^{(V - V_T) / \Delta_T} - w + I \\
        \tau_w \frac{dw}{dt} &= a (V - E_L) - w

    It fires where V reaches V_peak in its run to infinity; then V is set to V_reset, and w grows by
    b.

    Parameters
    ----------
    C : pF, default 281
        Membrane capacitance.
    g_L : nS, default 30
        Leak conductance.
    E_L : mV, default -70.6
        Leak reversal potential.
    V_T : mV, default -50.4
        Threshold of the exponential: where its slope equals that of the leak.
    Delta_T : mV, default 2
        Spike slope factor.
    tau_w : ms, default 144
        Time constant of the adaptation.
    a : nS, default 4
        Adaptation below the threshold.
    b : pA, default 80.5
        Growth of w with a spike.
    V_peak : mV, default 20
        Where a spike is counted, and the ceiling of V: w does not depend on how far V would have
        run within a step.
    V_reset : mV, default -70.6
        Potential after a spike.
    t_ref : ms, default 0
        Refractory period, in which V stays at V_reset.

    Notes
    -----
    States: V (mV), first E_L; w (pA), first 0. Input: I (pA). The defaults are those of the paper's
    fit to a detailed model of a regular spiking pyramidal cell.

    References
    ----------
    Brette R, Gerstner W (2005) Adaptive exponential integrate-and-fire model as an effective
    description of neuronal activity. J Neurophysiol 94:3637-3642.

    Naud R, Marcille N, Clopath C, Gerstner W (2008) Firing patterns in the adaptive exponential
    integrate-and-fire model. Biol Cybern 99:335-347.
    """

    C = bk.parameter(281.0, unit="pF", above=0.0)
    g_L = bk.parameter(30.0, unit="nS", at_least=0.0)
    E_L = bk.parameter(-70.6, unit="mV")
    V_T = bk.parameter(-50.4, unit="mV")
    Delta_T = bk.parameter(2.0, unit="mV", above=0.0)
    tau_w = bk.parameter(144.0, unit="ms", above=0.0)
    a = bk.parameter(4.0, unit="nS")
    b = bk.parameter(80.5, unit="pA")
    V_peak = bk.parameter(20.0, unit="mV")
    V_reset = bk.parameter(-70.6, unit="mV", below="V_peak")
    t_ref = bk.parameter(0.0, unit="ms", at_least=0.0)
    V = bk.state("E_L", unit="mV", doc="membrane potential", ceiling="V_peak")
    w = bk.state(0.0, unit="pA", doc="adaptation current")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, w, I, C, g_L, E_L, V_T, Delta_T):
        spike_current = g_L * Delta_T * np.exp((V - V_T) / Delta_T)
        return (g_L * (E_L - V) + spike_current - w + I) / C

    @bk.derivative
    def dw(w, V, a, E_L, tau_w):
        return (a * (V - E_L) - w) / tau_w

    @bk.threshold
    def fires(V, V_peak):
        return V - V_peak

    @bk.reset("V", "w")
    def after_spike(V_reset, w, b):
        return V_reset, w + b
