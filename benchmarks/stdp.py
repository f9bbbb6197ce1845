"""Poisson inputs onto neurons through synapses that compete by spike timing.

Song S, Miller KD, Abbott LF (2000) Competitive Hebbian learning through spike-timing-dependent
synaptic plasticity. Nat Neurosci 3:919-926.
"""

from __future__ import annotations

import brainkernel as bk
from brainkernel_neurons import LIF, PoissonGroup
from brainkernel_synapses import AMPA, PairSTDP

SOURCES, RATE = 1000, 15.0
LEAK = 20.0  # nS: a weight of 0.01 leak conductances is the greatest


class PlasticAMPA(PairSTDP, AMPA):
    """AMPA synapses with spike-timing-dependent plasticity."""


def stdp(n: int = 1, *, dt: float = 0.1, seed: int = 0) -> bk.Network:
    """Build 1000 sources onto n neurons, all to all, with weights anywhere within bounds."""
    sources = PoissonGroup(SOURCES, rates=RATE, name="sources")
    neurons = LIF(
        n,
        name="neurons",
        method="exponential_euler",
        C=200.0,
        E_L=-74.0,
        V_th=-54.0,
        V_reset=-60.0,
        t_ref=0,
    )
    greatest = 0.01 * LEAK
    synapses = PlasticAMPA(
        sources,
        neurons,
        connect=bk.connect.all_to_all(),
        name="synapses",
        weight=lambda rng: rng.uniform(0.0, greatest),
        w_max=greatest,
        A_plus=0.01,
        A_minus=0.0105,
    )
    return bk.Network(sources, neurons, synapses, dt=dt, seed=seed, spikes=bk.SpikeMonitor(neurons))
