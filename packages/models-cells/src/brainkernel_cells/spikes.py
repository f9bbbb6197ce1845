"""Spikes of compartments."""

from __future__ import annotations

import brainkernel as bk


class Spikes(bk.Neuron, abstract=True):
    """A compartment fires where V turns from below to above V_th; nothing is reset."""

    V_th = bk.parameter(0.0, unit="mV", doc="where a spike is counted")

    @bk.threshold(crossing=True)
    def fires(V, V_th):
        return V - V_th
