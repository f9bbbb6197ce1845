"""The FitzHugh-Nagumo oscillator."""

from __future__ import annotations

import brainkernel as bk


class FitzHughNagumo(bk.Neuron):
    r"""Excitable membrane in two variables (FitzHugh 1961; Nagumo, Arimoto & Yoshizawa 1962).

    .. math::

        \frac{dV}{dt} &= V - \frac{V^3}{3} - w + I \\
        \frac{dw}{dt} &= \frac{V + a - b w}{\tau}

    It fires where V turns from below to above V_th. Nothing is reset.

    Parameters
    ----------
    a : dimensionless, default 0.7
        Shifts the recovery.
    b : dimensionless, default 0.8
        Decay of the recovery.
    tau : dimensionless, default 12.5
        How much slower the recovery is than V.
    V_th : dimensionless, default 1
        Where a spike is counted.

    Notes
    -----
    States: V, first -1.1994, and w, first -0.6243: at rest. Input: I. All are dimensionless; one
    unit of the model's time is one ms of the network.

    References
    ----------
    FitzHugh R (1961) Impulses and physiological states in theoretical models of nerve membrane.
    Biophys J 1:445-466.

    Nagumo J, Arimoto S, Yoshizawa S (1962) An active pulse transmission line simulating nerve axon.
    Proc IRE 50:2061-2070.
    """

    a = bk.parameter(0.7)
    b = bk.parameter(0.8)
    tau = bk.parameter(12.5, above=0.0)
    V_th = bk.parameter(1.0)
    V = bk.state(-1.1994, doc="membrane potential")
    w = bk.state(-0.6243, doc="recovery")
    I = bk.input(doc="input")

    @bk.derivative
    def dV(V, w, I):
        return V - V * V * V / 3.0 - w + I

    @bk.derivative
    def dw(V, w, a, b, tau):
        return (V + a - b * w) / tau

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
