"""The generalized integrate-and-fire neuron with escape noise."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class GIF(bk.Neuron):
    r"""Generalized integrate-and-fire neuron with escape noise (Mensi 2012; Pozzorini 2015).

    .. math::

        C \frac{dV}{dt} &= g_L (E_L - V) - \eta_1 - \eta_2 + I \\
        \frac{d\eta_j}{dt} &= -\frac{\eta_j}{\tau_{\eta j}}, \qquad
        \frac{d\gamma_j}{dt} = -\frac{\gamma_j}{\tau_{\gamma j}} \\
        \lambda &= \lambda_0\, e^{(V - V_T - \gamma_1 - \gamma_2) / \Delta_V}

    In each step it fires with probability :math:`1 - e^{-\lambda\, dt}`; then V is set to V_reset
    and stays there for t_ref, each current eta grows by its q_eta, and each shift gamma of the
    threshold by its q_gamma.

    Parameters
    ----------
    C : pF, default 83.1
        Membrane capacitance.
    g_L : nS, default 3.7
        Leak conductance.
    E_L : mV, default -67
        Leak reversal potential.
    V_T : mV, default -39.6
        Threshold without spikes.
    Delta_V : mV, default 1.4
        Width of the threshold.
    lambda_0 : 1/ms, default 10
        Rate at the threshold.
    V_reset : mV, default -36.7
        Potential after a spike.
    t_ref : ms, default 4
        Refractory period.
    tau_eta_1 : ms, default 57.8
        Time constant of the first current that spikes cause.
    q_eta_1 : pA, default 56.7
        Its growth with a spike.
    tau_eta_2 : ms, default 218.2
        Time constant of the second current.
    q_eta_2 : pA, default -6.9
        Its growth with a spike.
    tau_gamma_1 : ms, default 53.8
        Time constant of the first shift of the threshold.
    q_gamma_1 : mV, default 11.7
        Its growth with a spike.
    tau_gamma_2 : ms, default 640
        Time constant of the second shift.
    q_gamma_2 : mV, default 1.8
        Its growth with a spike.

    Notes
    -----
    States: V (mV), first E_L; eta_1, eta_2 (pA) and gamma_1, gamma_2 (mV), first 0. Input: I (pA).
    The defaults are of the size that fits to cortical pyramidal cells give; two terms of each kind
    describe them. NEST's ``gif_psc_exp`` has lists of them: ``tau_stc``, ``q_stc`` for eta,
    ``tau_sfa``, ``q_sfa`` for gamma.

    References
    ----------
    Mensi S, Naud R, Pozzorini C, et al. (2012) Parameter extraction and classification of three
    cortical neuron types reveals two distinct adaptation mechanisms. J Neurophysiol 107:1756-1775.

    Pozzorini C, Mensi S, Hagens O, et al. (2015) Automated high-throughput characterization of
    single neurons by means of simplified spiking models. PLoS Comput Biol 11:e1004275.
    """

    C = bk.parameter(83.1, unit="pF", above=0.0)
    g_L = bk.parameter(3.7, unit="nS", at_least=0.0)
    E_L = bk.parameter(-67.0, unit="mV")
    V_T = bk.parameter(-39.6, unit="mV")
    Delta_V = bk.parameter(1.4, unit="mV", above=0.0)
    lambda_0 = bk.parameter(10.0, unit="1/ms", at_least=0.0)
    V_reset = bk.parameter(-36.7, unit="mV")
    t_ref = bk.parameter(4.0, unit="ms", at_least=0.0)
    tau_eta_1 = bk.parameter(57.8, unit="ms", above=0.0)
    q_eta_1 = bk.parameter(56.7, unit="pA")
    tau_eta_2 = bk.parameter(218.2, unit="ms", above=0.0)
    q_eta_2 = bk.parameter(-6.9, unit="pA")
    tau_gamma_1 = bk.parameter(53.8, unit="ms", above=0.0)
    q_gamma_1 = bk.parameter(11.7, unit="mV")
    tau_gamma_2 = bk.parameter(640.0, unit="ms", above=0.0)
    q_gamma_2 = bk.parameter(1.8, unit="mV")
    V = bk.state("E_L", unit="mV", doc="membrane potential")
    eta_1 = bk.state(0.0, unit="pA", doc="first current of spikes")
    eta_2 = bk.state(0.0, unit="pA", doc="second current of spikes")
    gamma_1 = bk.state(0.0, unit="mV", doc="first shift of the threshold")
    gamma_2 = bk.state(0.0, unit="mV", doc="second shift of the threshold")
    I = bk.input(unit="pA", doc="input current")
    chance = bk.uniform()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, eta_1, eta_2, I, C, g_L, E_L):
        return (g_L * (E_L - V) - eta_1 - eta_2 + I) / C

    @bk.derivative
    def deta_1(eta_1, tau_eta_1):
        return -eta_1 / tau_eta_1

    @bk.derivative
    def deta_2(eta_2, tau_eta_2):
        return -eta_2 / tau_eta_2

    @bk.derivative
    def dgamma_1(gamma_1, tau_gamma_1):
        return -gamma_1 / tau_gamma_1

    @bk.derivative
    def dgamma_2(gamma_2, tau_gamma_2):
        return -gamma_2 / tau_gamma_2

    @bk.threshold
    def fires(V, gamma_1, gamma_2, chance, V_T, Delta_V, lambda_0, dt):
        threshold = V_T + gamma_1 + gamma_2
        rate = lambda_0 * np.exp((V - threshold) / Delta_V)
        return -np.expm1(-rate * dt) - chance

    @bk.reset("V", "eta_1", "eta_2", "gamma_1", "gamma_2")
    def after_spike(
        eta_1, eta_2, gamma_1, gamma_2, V_reset, q_eta_1, q_eta_2, q_gamma_1, q_gamma_2
    ):
        return V_reset, eta_1 + q_eta_1, eta_2 + q_eta_2, gamma_1 + q_gamma_1, gamma_2 + q_gamma_2
