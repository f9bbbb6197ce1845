"""Hindmarsh and Rose's bursting neuron."""

from __future__ import annotations

import brainkernel as bk


class HindmarshRose(bk.Neuron):
    r"""Bursting neuron of three polynomial equations (Hindmarsh & Rose 1984).

    .. math::

        \frac{dV}{dt} &= y - a V^3 + b V^2 - z + I \\
        \frac{dy}{dt} &= c - d V^2 - y \\
        \frac{dz}{dt} &= r (s (V - V_R) - z)

    All is without dimension but the time, of which a unit is 1 ms. It fires where V turns from
    below to above V_th. Nothing is reset.

    Parameters
    ----------
    a : dimensionless, default 1
        Coefficient of the cubic term.
    b : dimensionless, default 3
        Coefficient of the quadratic term: how excitable it is.
    c : dimensionless, default 1
        Constant drive of the recovery.
    d : dimensionless, default 5
        How recovery follows V.
    r : dimensionless, default 0.006
        How slow the adaptation is.
    s : dimensionless, default 4
        How much V drives the adaptation.
    V_R : dimensionless, default -1.6
        V of the cell at rest, from where the adaptation counts.
    V_th : dimensionless, default 1
        Where a spike is counted.

    Notes
    -----
    States: V, first -1.6, with y and z, first near rest: -11.8 and 0. Input: I. With I between 1.3
    and 3 it bursts, with more it fires tonically.

    References
    ----------
    Hindmarsh JL, Rose RM (1984) A model of neuronal bursting using three coupled first order
    differential equations. Proc R Soc Lond B 221:87-102.
    """

    a = bk.parameter(1.0)
    b = bk.parameter(3.0)
    c = bk.parameter(1.0)
    d = bk.parameter(5.0)
    r = bk.parameter(0.006, above=0.0)
    s = bk.parameter(4.0)
    V_R = bk.parameter(-1.6)
    V_th = bk.parameter(1.0)
    V = bk.state(-1.6, doc="membrane potential")
    y = bk.state(-11.8, doc="recovery")
    z = bk.state(0.0, doc="adaptation")
    I = bk.input(doc="input")

    @bk.derivative
    def dV(V, y, z, I, a, b):
        return y - a * V * V * V + b * V * V - z + I

    @bk.derivative
    def dy(V, y, c, d):
        return c - d * V * V - y

    @bk.derivative
    def dz(V, z, r, s, V_R):
        return r * (s * (V - V_R) - z)

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
