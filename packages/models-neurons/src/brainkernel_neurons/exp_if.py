"""The exponential integrate-and-fire neuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class ExpIF(bk.Neuron):
    r"""Exponential integrate-and-fire neuron (Fourcaud-Trocmé et al. 2003).

    .. math:: C \frac{dV}{dt} = g_L (E_L - V) + g_L \Delta_T e^{(V - V_T) / \Delta_T} + I

    It fires where V reaches V_th in its run to infinity; then V is set to V_reset and stays there
    for t_ref. The rheobase is :math:`I_{rh} = g_L (V_T - E_L - \Delta_T)`.

    Parameters
    ----------
    C : pF, default 200
        Membrane capacitance.
    g_L : nS, default 20
        Leak conductance.
    E_L : mV, default -65
        Leak reversal potential.
    V_T : mV, default -59.9
        Where the slope of the I-V curve is zero.
    Delta_T : mV, default 3.48
        Spike slope factor.
    V_th : mV, default -30
        Where a spike is counted, and the ceiling of V.
    V_reset : mV, default -68
        Potential after a spike.
    t_ref : ms, default 1.7
        Refractory period.

    Notes
    -----
    State: V (mV), first -65. Input: I (pA). The defaults are those of the paper's fit to a
    conductance-based neuron, for a membrane of 20000 um**2.

    References
    ----------
    Fourcaud-Trocmé N, Hansel D, van Vreeswijk C, Brunel N (2003) How spike generation mechanisms
    determine the neuronal response to fluctuating inputs. J Neurosci 23:11628-11640.
    """

    C = bk.parameter(200.0, unit="pF", above=0.0)
    g_L = bk.parameter(20.0, unit="nS", at_least=0.0)
    E_L = bk.parameter(-65.0, unit="mV")
    V_T = bk.parameter(-59.9, unit="mV")
    Delta_T = bk.parameter(3.48, unit="mV", above=0.0)
    V_th = bk.parameter(-30.0, unit="mV")
    V_reset = bk.parameter(-68.0, unit="mV", below="V_th")
    t_ref = bk.parameter(1.7, unit="ms", at_least=0.0)
    V = bk.state(-65.0, unit="mV", doc="membrane potential", ceiling="V_th")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, C, g_L, E_L, V_T, Delta_T):
        spike_current = g_L * Delta_T * np.exp((V - V_T) / Delta_T)
        return (g_L * (E_L - V) + spike_current + I) / C

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset
