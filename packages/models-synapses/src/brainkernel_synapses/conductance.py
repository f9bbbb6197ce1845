"""Conductance that jumps at each spike and decays exponentially."""

from __future__ import annotations

import brainkernel as bk


class ExponentialConductance(bk.Synapse):
    r"""Synaptic conductance that jumps by the weight at each spike and decays exponentially.

    .. math:: \frac{dg}{dt} = -\frac{g}{\tau}, \qquad g \leftarrow g + \text{weight}, \qquad
              I = g (E - V_{post})

    Parameters
    ----------
    E : mV, required
        Reversal potential.
    tau : ms, required
        Time constant of the decay.
    weight : nS for each synapse, default 1
        The jump.

    Notes
    -----
    State: g (nS), one for each target and first 0, since the conductances of its synapses add up to
    one that decays likewise. The target needs a state V in mV and an input I in pA. For a target
    whose input is a current per area (uA/cm**2), as that of `HodgkinHuxley`, declare weight and g
    in a subclass with ``unit="mS/cm**2"``.

    References
    ----------
    Brette R, Rudolph M, Carnevale T, et al. (2007) Simulation of networks of spiking neurons: a
    review of tools and strategies. J Comput Neurosci 23:349-398.
    """

    E = bk.parameter(unit="mV")
    tau = bk.parameter(unit="ms", above=0.0)
    weight = bk.parameter(1.0, unit="nS", per="synapse")
    g = bk.state(0.0, unit="nS", per="post", doc="synaptic conductance")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g, tau):
        return -g / tau

    @bk.adds_to("I")
    def current(g, E, V_post):
        return g * (E - V_post)
