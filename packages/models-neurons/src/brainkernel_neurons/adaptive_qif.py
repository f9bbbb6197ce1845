"""The adaptive quadratic integrate-and-fire neuron, in physical units."""

from __future__ import annotations

import brainkernel as bk


class AdaptiveQIF(bk.Neuron):
    r"""Adaptive quadratic integrate-and-fire neuron, Izhikevich's model in physical units (2007).

    .. math::

        C \frac{dV}{dt} &= k (V - V_r) (V - V_t) - u + I \\
        \frac{du}{dt} &= a (b (V - V_r) - u)

    It fires where V reaches V_peak in its run to infinity; then V is set to c, and u grows by d.

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
        Where a spike is counted, and the ceiling of V: u does not depend on how far V would have
        run within a step.
    a : 1/ms, default 0.03
        Rate of recovery.
    b : nS, default -2
        Sensitivity of the recovery to V: below zero it amplifies, above it resonates.
    c : mV, default -50
        Potential after a spike.
    d : pA, default 100
        Growth of u with a spike.

    Notes
    -----
    States: V (mV), first V_r; u (pA), first 0. Input: I (pA). The defaults are the regular spiking
    pyramidal neuron of the book's section 8.2.1.

    References
    ----------
    Izhikevich EM (2007) Dynamical systems in neuroscience, chapter 8. MIT Press.
    """

    C = bk.parameter(100.0, unit="pF", above=0.0)
    k = bk.parameter(0.7, unit="nS/mV", above=0.0)
    V_r = bk.parameter(-60.0, unit="mV")
    V_t = bk.parameter(-40.0, unit="mV")
    V_peak = bk.parameter(35.0, unit="mV", above="V_t")
    a = bk.parameter(0.03, unit="1/ms")
    b = bk.parameter(-2.0, unit="nS")
    c = bk.parameter(-50.0, unit="mV", below="V_peak")
    d = bk.parameter(100.0, unit="pA")
    V = bk.state("V_r", unit="mV", doc="membrane potential", ceiling="V_peak")
    u = bk.state(0.0, unit="pA", doc="recovery current")
    I = bk.input(unit="pA", doc="input current")

    @bk.derivative
    def dV(V, u, I, C, k, V_r, V_t):
        return (k * (V - V_r) * (V - V_t) - u + I) / C

    @bk.derivative
    def du(V, u, a, b, V_r):
        return a * (b * (V - V_r) - u)

    @bk.threshold
    def fires(V, V_peak):
        return V - V_peak

    @bk.reset("V", "u")
    def after_spike(c, u, d):
        return c, u + d
