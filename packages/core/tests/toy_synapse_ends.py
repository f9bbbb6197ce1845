"""Projections that begin or end at the synapses of others, for tests."""

from __future__ import annotations

import numpy as np
from toy_models import DT
from toy_third_ends import Cell

import brainkernel as bk


class Modulated(bk.Synapse):
    """A conductance that is handed on with what others have left at the synapse."""

    weight = bk.parameter(0.25, per="synapse")
    scale = bk.parameter(0.5)
    g = bk.state(0.0, per="synapse")
    d = bk.state(0.0, per="synapse")
    M = bk.input(doc="what acts on the synapse at every step")

    @bk.on_pre("g")
    def receive(g, weight, d):
        return g + weight * (1.0 + d)

    @bk.derivative
    def dg(g, M, scale):
        return scale * M - g / 4.0

    @bk.derivative
    def dd(d):
        return -d / 16.0

    @bk.adds_to("I")
    def current(g):
        return 0.25 * g


class Kick(bk.Synapse):
    """Hands spikes on, and nothing else."""

    weight = bk.parameter(0.125, per="synapse")

    @bk.on_pre("V_post")
    def kick(V_post, weight):
        return V_post + weight


class Dopamine(bk.Synapse):
    """Each spike leaves something at the synapses that it reaches, and counts how often."""

    amount = bk.parameter(0.5, per="synapse")
    count = bk.state(0.0, per="synapse")

    @bk.on_pre("d_post", "count")
    def give(d_post, amount, weight_post, count):
        return d_post + amount * weight_post, count + 1.0


class Following(bk.Synapse):
    """A coupling onto synapses, with a state of its own that follows both ends."""

    z = bk.state(0.0, per="synapse")

    @bk.derivative
    def dz(z, g_post, V_pre):
        return (g_post * V_pre - z) / 2.0

    @bk.adds_to("M")
    def drive(z, V_pre, scale_post):
        return 0.125 * z + scale_post * V_pre


class Glial(bk.Synapse):
    """What synapses add to a neuron."""

    b = bk.parameter(0.0625, per="synapse")

    @bk.adds_to("I")
    def uptake(g_pre, b):
        return b * g_pre


def network(seed=1):
    """Make cells with synapses of several delays and from slices, and what acts on these."""
    cells = Cell(7, V=np.linspace(0.0, 0.75, 7), name="cells")
    others = Cell(3, V=[0.25, 0.5, 0.75], name="others")

    def delays(rng):
        return DT * np.rint(rng.uniform(1.0, 5.0))

    inner = Modulated(
        cells[[5, 0, 2, 3]],
        cells,
        connect=bk.connect.fixed_prob(0.6),
        weight=lambda rng: rng.uniform(0.125, 0.5),
        delay=delays,
        name="inner",
    )
    listed = Modulated(
        cells,
        others,
        connect=bk.connect.from_ij([3, 0, 2, 0], [0, 1, 2, 0]),
        weight=[0.5, 0.25, 0.125, 1.0],
        scale=0.25,
        name="listed",
    )
    near = bk.connect.where(lambda pre, weight_post: (pre > 0) & (weight_post > 0.25))
    rewards = Dopamine(others, inner, connect=near, delay=2 * DT, name="rewards")
    onto_listed = Dopamine(
        cells,
        listed,
        connect=bk.connect.from_ij([1, 0, 5], [3, 0, 2]),
        amount=lambda weight_post: weight_post,
        name="onto_listed",
    )
    following = Following(others, inner, connect=bk.connect.fixed_prob(0.5), name="following")
    glial = Glial(inner, others, connect=bk.connect.fixed_prob(0.4), name="glial")
    members = cells, others, inner, listed, rewards, onto_listed, following, glial
    return bk.Network(
        *members,
        dt=DT,
        seed=seed,
        of_inner=bk.StateMonitor(inner, ["g", "d"]),
        of_cells=bk.StateMonitor(cells, "V"),
        of_others=bk.StateMonitor(others, "V"),
        spikes=bk.SpikeMonitor(cells),
    )


def inputs(net):
    """Drive the cells, and some of the synapses."""
    cells, others = net.groups
    return {cells: 1.5, others: 1.25, (net["listed"], "M"): [1.0, 0.0, 0.5, 0.0]}
