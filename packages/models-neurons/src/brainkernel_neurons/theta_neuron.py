"""The theta neuron."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class ThetaNeuron(bk.Neuron):
    r"""Phase of a quadratic integrate-and-fire neuron on a circle (Ermentrout & Kopell 1986).

    .. math:: \tau \frac{d\theta}{dt} = 1 - \cos\theta + (1 + \cos\theta) I

    It fires where theta reaches pi; then theta is set back by 2 pi, so that nothing is cut off.

    Parameters
    ----------
    tau : ms, default 10
        Time constant.

    Notes
    -----
    State: theta, first -pi/2. Input: I, without dimension. For I above 0 it fires with period
    :math:`\pi \tau / \sqrt I`; below, theta rests at :math:`-\arccos((1 + I) / (1 - I))`. With V =
    tan(theta / 2) it is the neuron :math:`\tau dV/dt = V^2 + I` that runs from minus to plus
    infinity.

    References
    ----------
    Ermentrout GB, Kopell N (1986) Parabolic bursting in an excitable system coupled with a slow
    oscillation. SIAM J Appl Math 46:233-253.
    """

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    theta = bk.state(-np.pi / 2.0, doc="phase")
    I = bk.input(doc="input")

    @bk.derivative
    def dtheta(theta, I, tau):
        return (1.0 - np.cos(theta) + (1.0 + np.cos(theta)) * I) / tau

    @bk.threshold
    def fires(theta):
        return theta - np.pi

    @bk.reset("theta")
    def after_spike(theta):
        return theta - 2.0 * np.pi
