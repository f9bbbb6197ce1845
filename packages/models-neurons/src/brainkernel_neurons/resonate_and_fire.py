"""The resonate-and-fire neuron."""

from __future__ import annotations

import brainkernel as bk


class ResonateAndFire(bk.Neuron):
    r"""Neuron of damped oscillations below the threshold (Izhikevich 2001).

    .. math::

        \frac{dx}{dt} &= b x - \omega y + I \\
        \frac{dy}{dt} &= \omega x + b y

    It fires where y turns from below to above y_th; then x is set to 0 and y to y_th. Pulses make
    it fire where the times between them fit its period of 2 pi / omega. The equations are linear
    and integrated exactly.

    Parameters
    ----------
    b : 1/ms, default -0.1
        Damping: below zero, so that oscillations die out.
    omega : 1/ms, default 1
        Angular frequency.
    y_th : dimensionless, default 1
        Threshold.

    Notes
    -----
    States: x, first 0, the current-like variable, and y, first 0, the potential-like one. Input: I
    (1/ms). The defaults are those of the paper's figures, with 10 ms as the unit of its time.

    References
    ----------
    Izhikevich EM (2001) Resonate-and-fire neurons. Neural Netw 14:883-894.
    """

    b = bk.parameter(-0.1, unit="1/ms", below=0.0)
    omega = bk.parameter(1.0, unit="1/ms", above=0.0)
    y_th = bk.parameter(1.0)
    x = bk.state(0.0, doc="current-like variable")
    y = bk.state(0.0, doc="potential-like variable")
    I = bk.input(unit="1/ms", doc="input")

    @bk.derivative
    def dx(x, y, I, b, omega):
        return b * x - omega * y + I

    @bk.derivative
    def dy(x, y, b, omega):
        return omega * x + b * y

    @bk.threshold(crossing=True)
    def fires(y, y_th):
        return y - y_th

    @bk.reset("x", "y")
    def after_spike(y_th):
        return 0.0, y_th
