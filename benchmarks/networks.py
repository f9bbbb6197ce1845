"""The networks of Brette et al. (2007), benchmarks 1 to 3, built from the packaged models.

Each has 80 % excitatory and 20 % inhibitory neurons, and 80 synapses onto each neuron on average (2
% of 4000). The rates to expect at 4000 neurons, without input, after the first 200 ms: COBA 18.6
Hz, CUBA 5.5 Hz, COBAHH 30 to 52 Hz.

Brette R, Rudolph M, Carnevale T, et al. (2007) Simulation of networks of spiking neurons: a review
of tools and strategies. J Comput Neurosci 23:349-398.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel_neurons import LIF, TraubMiles
from brainkernel_synapses import AMPA, Exponential, GABAa

First = Callable[[bk.Random], Any]

SYNAPSES = 80  # onto each neuron, on average
EXCITATORY = 0.8
MEMBRANE = {"tau": 20.0, "C": 200.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0}


def coba(n: int = 4000, *, dt: float = 0.1, seed: int = 0) -> bk.Network:
    """Conductance-based synapses onto integrate-and-fire neurons (benchmark 1).

    Parameters
    ----------
    n : int
        How many neurons.
    dt : float
        The step in ms.
    seed : int
        Of the random source.

    Returns
    -------
    Network
        Members ``neurons``, ``exc`` and ``inh``; monitors ``spikes`` and ``rate``.
    """
    neurons = LIF(
        n, name="neurons", method="exponential_euler", E_L=-60.0, V=near_balance, **MEMBRANE
    )
    first = {"exc": positive_normal(20.0, 7.0), "inh": positive_normal(80.0, 40.0)}
    return network(neurons, conductances(neurons, first), dt, seed)


def cuba(n: int = 4000, *, dt: float = 0.1, seed: int = 0) -> bk.Network:
    """Current-based synapses onto integrate-and-fire neurons (benchmark 2), used as `coba`.

    The weights of the paper, 1.62 and -9 mV, become currents through the leak conductance of 10 nS.
    """
    neurons = LIF(
        n, name="neurons", method="exact", E_L=-49.0, V=between_reset_and_threshold, **MEMBRANE
    )
    exc, inh = halves(neurons)
    synapses = [
        Exponential(exc, neurons, connect=sparse(n), name="exc", tau=5.0, weight=16.2),
        Exponential(inh, neurons, connect=sparse(n), name="inh", tau=10.0, weight=-90.0),
    ]
    return network(neurons, synapses, dt, seed)


def cobahh(n: int = 4000, *, dt: float = 0.1, seed: int = 0) -> bk.Network:
    """Conductance-based synapses onto Hodgkin-Huxley neurons (benchmark 3), used as `coba`."""
    neurons = TraubMiles(
        n, name="neurons", method="exponential_euler", V=between_reset_and_threshold
    )
    first = {"exc": positive_normal(40.0, 15.0), "inh": positive_normal(200.0, 120.0)}
    return network(neurons, conductances(neurons, first), dt, seed)


def conductances(neurons: bk.Neuron, first: Mapping[str, First]) -> list[bk.Synapse]:
    """Excitatory and inhibitory conductances that start the activity of a network else silent."""
    exc, inh = halves(neurons)
    rule = sparse(neurons.size)
    return [
        AMPA(exc, neurons, connect=rule, name="exc", weight=6.0, g=first["exc"]),
        GABAa(inh, neurons, connect=rule, name="inh", weight=67.0, g=first["inh"]),
    ]


def network(neurons: bk.Neuron, synapses: list[bk.Synapse], dt: float, seed: int) -> bk.Network:
    """Join the members, with monitors of all spikes and of the mean rate in each ms."""
    return bk.Network(
        neurons,
        synapses,
        dt=dt,
        seed=seed,
        spikes=bk.SpikeMonitor(neurons),
        rate=bk.RateMonitor(neurons, every=1.0),
    )


def halves(neurons: bk.Neuron) -> tuple[bk.Slice, bk.Slice]:
    """The excitatory neurons, and the inhibitory ones."""
    last = round(EXCITATORY * neurons.size)
    return neurons[:last], neurons[last:]


def sparse(n: int) -> bk.connect.Rule:
    """Connect such that each neuron receives 80 synapses on average."""
    return bk.connect.fixed_prob(min(1.0, SYNAPSES / n))


def positive_normal(mean: float, std: float) -> First:
    """First conductances: normal, zero where that is negative."""
    return lambda rng: np.maximum(rng.normal(mean, std), 0.0)


def near_balance(rng: bk.Random) -> Any:
    """First potentials as in the middle of activity, so that no first volley silences it."""
    return rng.normal(-65.0, 5.0)


def between_reset_and_threshold(rng: bk.Random) -> Any:
    """First potentials, from -60 to -50 mV."""
    return rng.uniform(-60.0, -50.0)
