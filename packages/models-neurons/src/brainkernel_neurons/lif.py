"""The leaky integrate-and-fire neuron, with noise where it is given."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class LIF(bk.Neuron):
    r"""Leaky integrate-and-fire neuron (Lapicque 1907).

    .. math:: \frac{dV}{dt} = \frac{E_L - V}{\tau} + \frac{I}{C}

    With white noise it is a stochastic equation (Uhlenbeck & Ornstein 1930):

    .. math:: dV = \left(\frac{E_L - V}{\tau} + \frac{I}{C}\right) dt
              + \text{noise} \sqrt{\frac{2}{\tau}}\, dW

    At :math:`V \ge V_{th}` it fires, V is set to V_reset and stays there for t_ref. The leak
    conductance is C / tau: 25 nS by default. Without noise the equation is linear
    and integrated exactly.

    Parameters
    ----------
    tau : ms, default 10
        Membrane time constant.
    C : pF, default 250
        Membrane capacitance.
    E_L : mV, default -70
        Resting potential.
    V_th : mV, default -55
        Threshold.
    V_reset : mV, default -70
        Potential after a spike.
    t_ref : ms, default 2
        Refractory period.
    noise : mV, optional
        Standard deviation that V would have, without a threshold, in the long run. A group that is
        made without it draws no random numbers.

    Notes
    -----
    State: V (mV), first E_L. Input: I (pA). The defaults are those of NEST's ``iaf_psc`` neurons.

    References
    ----------
    Lapicque L (1907) Recherches quantitatives sur l'excitation électrique des nerfs traitée comme
    une polarisation. J Physiol Pathol Gen 9:620-635.

    Rotter S, Diesmann M (1999) Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biol Cybern 81:381-402.

    Uhlenbeck GE, Ornstein LS (1930) On the theory of the Brownian motion. Phys Rev 36:823-841.
    """

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    C = bk.parameter(250.0, unit="pF", above=0.0)
    E_L = bk.parameter(-70.0, unit="mV")
    V_th = bk.parameter(-55.0, unit="mV")
    V_reset = bk.parameter(-70.0, unit="mV", below="V_th")
    t_ref = bk.parameter(2.0, unit="ms", at_least=0.0)
    noise = bk.parameter(unit="mV", at_least=0.0, optional=True)
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, tau, E_L, C):
        return (E_L - V) / tau + I / C

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset

    @bk.diffusion
    def noise_V(noise, tau):
        return noise * np.sqrt(2.0 / tau)
