"""Current that jumps at each spike and decays exponentially."""

from __future__ import annotations

import brainkernel as bk


class Exponential(bk.Synapse):
    r"""Synaptic current that jumps by the weight at each spike and decays exponentially.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \qquad g \leftarrow g + \text{weight}, \qquad I = g

    Parameters
    ----------
    tau : ms, default 5
        Time constant of the decay.
    weight : pA for each synapse, default 1
        The jump; negative where it inhibits.

    Notes
    -----
    State: g (pA), one for each target and first 0, since the currents of its synapses add up to one
    that decays likewise. The target needs an input I. Onto a linear neuron both are integrated
    exactly, as one system.

    References
    ----------
    Rotter S, Diesmann M (1999) Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biol Cybern 81:381-402.
    """

    tau = bk.parameter(5.0, unit="ms", above=0.0)
    weight = bk.parameter(1.0, unit="pA", per="synapse")
    g = bk.state(0.0, unit="pA", per="post", doc="synaptic current")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g, tau):
        return -g / tau

    @bk.adds_to("I")
    def current(g):
        return g
