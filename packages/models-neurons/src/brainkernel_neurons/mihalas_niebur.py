"""Mihalas and Niebur's generalized integrate-and-fire neuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class MihalasNiebur(bk.Neuron):
    r"""Generalized linear integrate-and-fire neuron with many firing patterns (2009).

    .. math::

        C \frac{dV}{dt} &= -g (V - E_L) + I_1 + I_2 + I \\
        \frac{d\Theta}{dt} &= a (V - E_L) - b (\Theta - \Theta_\infty) \\
        \frac{dI_j}{dt} &= -k_j I_j

    It fires where V reaches the threshold Theta; then V is set to V_reset, Theta to Theta_reset if
    it is lower, and :math:`I_j` to :math:`R_j I_j + A_j`. The equations are linear and integrated
    exactly.

    Parameters
    ----------
    C : pF, default 100
        Membrane capacitance.
    g : nS, default 5
        Leak conductance.
    E_L : mV, default -70
        Resting potential.
    a : 1/ms, default 0
        How the threshold follows V.
    b : 1/ms, default 0.01
        Rate at which the threshold recovers.
    Theta_inf : mV, default -50
        Threshold at rest.
    Theta_reset : mV, default -60
        Least threshold after a spike.
    V_reset : mV, default -70
        Potential after a spike.
    k_1 : 1/ms, default 0.2
        Rate of decay of the first current that spikes cause.
    k_2 : 1/ms, default 0.02
        Rate of decay of the second one.
    R_1 : dimensionless, default 0
        What a spike leaves of the first current.
    R_2 : dimensionless, default 1
        What a spike leaves of the second current.
    A_1 : pA, default 0
        What a spike adds to the first current.
    A_2 : pA, default 0
        What a spike adds to the second current.

    Notes
    -----
    States: V (mV), first E_L; Theta (mV), first Theta_inf; I_1 and I_2 (pA), first 0. Input: I
    (pA). The paper gives currents per capacitance: its 1.5 V/s are 150 pA here. Its patterns are
    chosen by a, A_1 and A_2: ``MihalasNiebur(1, a=0.005, A_1=1000.0, A_2=-60.0)`` bursts at I =
    200 pA.

    References
    ----------
    Mihalas S, Niebur E (2009) A generalized linear integrate-and-fire neural model produces diverse
    spiking behaviors. Neural Comput 21:704-718.
    """

    C = bk.parameter(100.0, unit="pF", above=0.0)
    g = bk.parameter(5.0, unit="nS", at_least=0.0)
    E_L = bk.parameter(-70.0, unit="mV")
    a = bk.parameter(0.0, unit="1/ms")
    b = bk.parameter(0.01, unit="1/ms", at_least=0.0)
    Theta_inf = bk.parameter(-50.0, unit="mV")
    Theta_reset = bk.parameter(-60.0, unit="mV", above="V_reset")
    V_reset = bk.parameter(-70.0, unit="mV")
    k_1 = bk.parameter(0.2, unit="1/ms", at_least=0.0)
    k_2 = bk.parameter(0.02, unit="1/ms", at_least=0.0)
    R_1 = bk.parameter(0.0)
    R_2 = bk.parameter(1.0)
    A_1 = bk.parameter(0.0, unit="pA")
    A_2 = bk.parameter(0.0, unit="pA")
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    Theta = bk.state("Theta_inf", unit="mV", doc="threshold")
    I_1 = bk.state(0.0, unit="pA", doc="first current of spikes")
    I_2 = bk.state(0.0, unit="pA", doc="second current of spikes")
    I = bk.input(unit="pA", doc="input current")

    @bk.derivative
    def dV(V, I_1, I_2, I, C, g, E_L):
        return (g * (E_L - V) + I_1 + I_2 + I) / C

    @bk.derivative
    def dTheta(V, Theta, a, b, E_L, Theta_inf):
        return a * (V - E_L) - b * (Theta - Theta_inf)

    @bk.derivative
    def dI_1(I_1, k_1):
        return -k_1 * I_1

    @bk.derivative
    def dI_2(I_2, k_2):
        return -k_2 * I_2

    @bk.threshold
    def fires(V, Theta):
        return V - Theta

    @bk.reset("V", "Theta", "I_1", "I_2")
    def after_spike(Theta, I_1, I_2, V_reset, Theta_reset, R_1, R_2, A_1, A_2):
        threshold = np.maximum(Theta, Theta_reset)
        return V_reset, threshold, R_1 * I_1 + A_1, R_2 * I_2 + A_2
