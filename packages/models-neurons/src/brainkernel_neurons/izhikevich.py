"""Izhikevich's simple model of spiking neurons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import brainkernel as bk


def _pattern(a: float, b: float, c: float, d: float) -> Mapping[str, float]:
    return MappingProxyType({"a": a, "b": b, "c": c, "d": d, "u": b * -65.0})


class Izhikevich(bk.Neuron):
    r"""Simple model of spiking neurons (Izhikevich 2003).

    .. math::

        \frac{dV}{dt} &= 0.04 V^2 + 5 V + 140 - u + I \\
        \frac{du}{dt} &= a (b V - u)

    At :math:`V \ge V_{th}` it fires; then V is set to c, and u grows by d.

    Parameters
    ----------
    a : 1/ms, default 0.02
        Rate of recovery.
    b : 1/ms, default 0.2
        Sensitivity of the recovery to V.
    c : mV, default -65
        Potential after a spike.
    d : mV/ms, default 8
        Growth of u with a spike.
    V_th : mV, default 30
        Peak of a spike, and the ceiling of V: u does not depend on how far V would have run within
        a step.

    Attributes
    ----------
    firing_patterns : mapping
        The values a, b, c, d and the first u of the seven kinds of cells in the paper's figure 2:
        ``Izhikevich(100, **Izhikevich.firing_patterns["chattering"])``.

    Notes
    -----
    States: V (mV), first -65; u (mV/ms), first -13, which is b V. Input: I (mV/ms). The defaults
    are a regular spiking cell. The paper takes Euler steps of 0.5 or 1 ms, which changes rates by
    many per cent; with the default method rk4 and dt = 0.1 ms they have converged.

    References
    ----------
    Izhikevich EM (2003) Simple model of spiking neurons. IEEE Trans Neural Netw 14:1569-1572.
    """

    firing_patterns: ClassVar[Mapping[str, Mapping[str, float]]] = MappingProxyType(
        {
            "regular_spiking": _pattern(0.02, 0.2, -65.0, 8.0),
            "intrinsically_bursting": _pattern(0.02, 0.2, -55.0, 4.0),
            "chattering": _pattern(0.02, 0.2, -50.0, 2.0),
            "fast_spiking": _pattern(0.1, 0.2, -65.0, 2.0),
            "thalamo_cortical": _pattern(0.02, 0.25, -65.0, 0.05),
            "resonator": _pattern(0.1, 0.26, -65.0, 2.0),
            "low_threshold_spiking": _pattern(0.02, 0.25, -65.0, 2.0),
        }
    )

    a = bk.parameter(0.02, unit="1/ms")
    b = bk.parameter(0.2, unit="1/ms")
    c = bk.parameter(-65.0, unit="mV", below="V_th")
    d = bk.parameter(8.0, unit="mV/ms")
    V_th = bk.parameter(30.0, unit="mV")
    V = bk.state(-65.0, unit="mV", doc="membrane potential", ceiling="V_th")
    u = bk.state(-13.0, unit="mV/ms", doc="membrane recovery")
    I = bk.input(unit="mV/ms", doc="input")

    @bk.derivative
    def dV(V, u, I):
        return 0.04 * V * V + 5.0 * V + 140.0 - u + I

    @bk.derivative
    def du(V, u, a, b):
        return a * (b * V - u)

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V", "u")
    def after_spike(c, u, d):
        return c, u + d
