"""The leaky integrate-and-fire neuron with an adaptive threshold."""

from __future__ import annotations

import brainkernel as bk


class ALIF(bk.Neuron):
    r"""Leaky integrate-and-fire neuron with an adaptive threshold (Bellec et al. 2018, 2020).

    .. math::

        \tau \frac{dV}{dt} &= -V + I \\
        \tau_a \frac{da}{dt} &= -a

    It fires where V reaches :math:`V_{th} + \beta a`; then V is lowered by V_th, and a grows by 1.
    Its slow threshold is the memory of recurrent networks that are trained. The equations are
    linear and integrated exactly.

    Parameters
    ----------
    tau : ms, default 20
        Membrane time constant.
    tau_a : ms, default 200
        Time constant of the threshold.
    V_th : dimensionless, default 1
        Threshold without spikes, and what a spike takes from V.
    beta : dimensionless, default 0.17
        How much a spike raises the threshold.
    t_ref : ms, default 0
        Refractory period, in which it does not fire.

    Notes
    -----
    States: V, first 0; a, first 0, the trace of its spikes. Input: I, in units of the threshold.

    References
    ----------
    Bellec G, Salaj D, Subramoney A, Legenstein R, Maass W (2018) Long short-term memory and
    learning-to-learn in networks of spiking neurons. NeurIPS 31:787-797.

    Bellec G, Scherr F, Subramoney A, et al. (2020) A solution to the learning dilemma for recurrent
    networks of spiking neurons. Nat Commun 11:3625.
    """

    tau = bk.parameter(20.0, unit="ms", above=0.0)
    tau_a = bk.parameter(200.0, unit="ms", above=0.0)
    V_th = bk.parameter(1.0, above=0.0)
    beta = bk.parameter(0.17, at_least=0.0)
    t_ref = bk.parameter(0.0, unit="ms", at_least=0.0)
    V = bk.state(0.0, doc="membrane potential")
    a = bk.state(0.0, doc="trace of spikes")
    I = bk.input(doc="input")
    refractory = bk.refractory("t_ref")

    @bk.derivative
    def dV(V, I, tau):
        return (I - V) / tau

    @bk.derivative
    def da(a, tau_a):
        return -a / tau_a

    @bk.threshold
    def fires(V, a, V_th, beta):
        return V - V_th - beta * a

    @bk.reset("V", "a")
    def after_spike(V, a, V_th):
        return V - V_th, a + 1.0
