"""The quadratic integrate-and-fire neuron."""

from __future__ import annotations

import brainkernel as bk


class QIF(bk.Neuron):
    r"""Quadratic integrate-and-fire neuron (Ermentrout & Kopell 1986; Latham et al. 2000).

    .. math:: C \frac{dV}{dt} = k (V - V_r) (V - V_t) + I

    It fires where V reaches V_peak in its run to infinity; then V is set to V_reset. It is the
    normal form of all membranes whose rest ends in a saddle-node bifurcation.

    Parameters
    ----------
    C : pF, default 100
        Membrane capacitance.
    k : nS/mV, default 0.7
        Curvature; near rest the conductance is k (V_t - V_r).
    V_r : mV, default -60
        Resting potential.
    V_t : mV, default -40
        Potential from which V runs away.
    V_peak : mV, default 35
        Where a spike is counted, and the ceiling of V.
    V_reset : mV, default -60
        Potential after a spike.
    t_ref : ms, default 0
        Refractory period, in which V stays at V_reset.

    Notes
    -----
    State: V (mV), first V_r. Input: I (pA). It fires at rest where I exceeds
    :math:`k (V_t - V_r)^2 / 4`: 70 pA by default.

    References
    ----------
    Ermentrout GB, Kopell N (1986) Parabolic bursting in an excitable system coupled with a slow
    oscillation. SIAM J Appl Math 46:233-253.

    Latham PE, Richmond BJ, Nelson PG, Nirenberg S (2000) Intrinsic dynamics in neuronal networks.
    I. Theory. J Neurophysiol 83:808-827.
    """

    C = bk.parameter(100.0, unit="pF", above=0.0)
    k = bk.parameter(0.7, unit="nS/mV", above=0.0)
    V_r = bk.parameter(-60.0, unit="mV")
    V_t = bk.parameter(-40.0, unit="mV", at_least="V_r")
    V_peak = bk.parameter(35.0, unit="mV", above="V_t")
    V_reset = bk.parameter(-60.0, unit="mV", below="V_peak")
    t_ref = bk.parameter(0.0, unit="ms", at_least=0.0)
    V = bk.state("V_r", unit="mV", doc="membrane potential", ceiling="V_peak")
    I = bk.input(unit="pA", doc="input current")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, C, k, V_r, V_t):
        return (k * (V - V_r) * (V - V_t) + I) / C

    @bk.threshold
    def fires(V, V_peak):
        return V - V_peak

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset
