"""Fast inhibitory conductance."""

from __future__ import annotations

import brainkernel as bk
from brainkernel_synapses.conductance import ExponentialConductance


class GABAa(ExponentialConductance):
    """Fast inhibitory conductance: an `ExponentialConductance` with the values of Brette et al.

    (2007).

    Parameters
    ----------
    E : mV, default -80
        Reversal potential.
    tau : ms, default 10
        Time constant of the decay.
    weight : nS for each synapse, default 1
        How much the conductance grows with a spike.

    References
    ----------
    Brette R, Rudolph M, Carnevale T, et al. (2007) Simulation of networks of spiking neurons: a
    review of tools and strategies. J Comput Neurosci 23:349-398.
    """

    E = bk.parameter(-80.0, unit="mV")
    tau = bk.parameter(10.0, unit="ms", above=0.0)
