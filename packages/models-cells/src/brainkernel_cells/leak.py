"""The leak of a membrane."""

from __future__ import annotations

import brainkernel as bk


class Leak(bk.Neuron, abstract=True):
    """A constant conductance per area of membrane."""

    g_L = bk.parameter(0.1, unit="mS/cm**2", at_least=0.0, doc="leak conductance")
    E_L = bk.parameter(-65.0, unit="mV", doc="leak reversal potential")

    @bk.adds_to("I_m")
    def I_L(V, g_L, E_L):
        return g_L * (E_L - V)
