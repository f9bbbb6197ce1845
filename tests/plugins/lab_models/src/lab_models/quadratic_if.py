"""The quadratic integrate-and-fire neuron."""

import brainkernel as bk


class QuadraticIF(bk.Neuron):
    r"""Quadratic integrate-and-fire neuron.

    The normal form of a neuron that can fire at any low rate.

    .. math:: \tau \frac{dV}{dt} = \frac{(V - V_r)(V - V_t)}{V_t - V_r} + R I

    Parameters
    ----------
    tau : ms, default 10
        Membrane time constant.
    R : Mohm, default 100
        Membrane resistance.
    V_r, V_t : mV, default -65 and -50
        Resting potential, and the potential above which a neuron without input runs away.
    V_th, V_reset : mV, default 20 and -80
        Where a spike is counted, and where V goes then.

    References
    ----------
    Latham PE, Richmond BJ, Nelson PG, Nirenberg S (2000) Intrinsic dynamics in neuronal networks.
    I. Theory. J Neurophysiol 83:808-827.
    """

    tau = bk.parameter(10.0, unit="ms")
    R = bk.parameter(100.0, unit="Mohm")
    V_r = bk.parameter(-65.0, unit="mV")
    V_t = bk.parameter(-50.0, unit="mV")
    V_th = bk.parameter(20.0, unit="mV")
    V_reset = bk.parameter(-80.0, unit="mV")
    V = bk.state("V_r", unit="mV", doc="membrane potential")
    I = bk.input(unit="nA", doc="current into the neuron")

    @bk.derivative
    def dV(V, I, tau, R, V_r, V_t):
        return ((V - V_r) * (V - V_t) / (V_t - V_r) + R * I) / tau

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset
