"""The leaky integrate-and-fire neuron, with and without noise."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class LIF(bk.Neuron):
    r"""Leaky integrate-and-fire neuron (Lapicque 1907).

    .. math:: \frac{dV}{dt} = \frac{E_L - V}{\tau} + \frac{I}{C}

    At :math:`V \ge V_{th}` it fires, V is set to V_reset and stays there for t_ref. The leak
    conductance is C / tau: 25 nS by default. The equation is linear, so it is integrated exactly.

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
        Where it is given, the group is a `NoisyLIF`, which is integrated as a stochastic equation.

    Notes
    -----
    State: V (mV), first E_L. Input: I (pA). The defaults are those of NEST's ``iaf_psc`` neurons.

    References
    ----------
    Lapicque L (1907) Recherches quantitatives sur l'excitation électrique des nerfs traitée comme une polarisation.
    J Physiol Pathol Gen 9:620-635.

    Rotter S, Diesmann M (1999) Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biol Cybern 81:381-402.
    """

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    C = bk.parameter(250.0, unit="pF", above=0.0)
    E_L = bk.parameter(-70.0, unit="mV")
    V_th = bk.parameter(-55.0, unit="mV")
    V_reset = bk.parameter(-70.0, unit="mV", below="V_th")
    t_ref = bk.parameter(2.0, unit="ms", at_least=0.0)
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    def __new__(cls, *arguments: object, **values: object) -> LIF:
        """Make a `NoisyLIF` where noise is given."""
        return super().__new__(NoisyLIF if cls is LIF and "noise" in values else cls)

    @bk.derivative
    def dV(V, I, tau, E_L, C):
        return (E_L - V) / tau + I / C

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset


class NoisyLIF(LIF):
    r"""Leaky integrate-and-fire neuron with white noise: what ``LIF(..., noise=...)`` makes.

    .. math:: dV = \left(\frac{E_L - V}{\tau} + \frac{I}{C}\right) dt + \text{noise} \sqrt{\frac{2}{\tau}}\, dW

    Parameters
    ----------
    noise : mV, required
        Standard deviation that V would have, without a threshold, in the long run (Uhlenbeck &
        Ornstein 1930).
    tau, C, E_L, V_th, V_reset, t_ref
        As in `LIF`.

    References
    ----------
    Uhlenbeck GE, Ornstein LS (1930) On the theory of the Brownian motion. Phys Rev 36:823-841.
    """

    noise = bk.parameter(unit="mV", at_least=0.0)

    @bk.diffusion
    def noise_V(noise, tau):
        return noise * np.sqrt(2.0 / tau)
