"""Synapses with third ends, for tests: one of each kind, and all functions that may read them."""

from __future__ import annotations

import numpy as np
from toy_models import DT

import brainkernel as bk


class Glia(bk.Neuron):
    """A slow variable that follows its input, and what is derived from it."""

    tau = bk.parameter(8.0)
    gain = bk.parameter(0.5)
    H = bk.state(0.5)
    I = bk.input()

    @bk.derived
    def F(H, gain):
        return gain * H * H

    @bk.derived
    def G(F, H):
        return F + 0.25 * H

    @bk.derivative
    def dH(H, I, tau):
        return (I - H) / tau


class Cell(bk.Neuron):
    """A leaky neuron that fires."""

    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I):
        return (I - V) / 4.0

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart(V):
        return V - 1.0


def rule_of(per):
    """Give a class of synapses whose functions of all kinds read a third end."""

    class Rule(bk.Synapse):
        weight = bk.parameter(0.25, per="synapse")
        w = bk.state(0.5, per="synapse")
        s = bk.state(0.25, per="synapse")
        factor = bk.end(per=per)

        @bk.on_pre("w")
        def arrive(w, weight, H_factor, G_factor):
            return 0.5 * w + weight * H_factor + G_factor

        @bk.on_post("s")
        def depart(s, H_factor):
            return 0.75 * s + 0.125 * H_factor

        @bk.derived
        def product(w, H_factor):
            return w * H_factor

        @bk.adds_to("I")
        def current(product, gain_factor):
            return product * gain_factor

        @bk.derivative
        def ds(s, G_factor):
            return (G_factor - s) / 4.0

        @bk.step("w", every=2.0, after="deliver")
        def scale(w, H_factor):
            return w * (1.0 - 0.125 * H_factor)

    return Rule


class OfTarget(bk.Synapse, abstract=True):
    """What is kept with the target."""

    g = bk.state(0.0, per="post")

    @bk.adds_to("I")
    def with_target(g, F_factor):
        return g * F_factor

    @bk.derivative
    def dg(g, G_factor):
        return (G_factor - g) / 2.0

    @bk.step("g", before="deliver")
    def lower(g, H_factor):
        return g - 0.0625 * H_factor


class OfSource(bk.Synapse, abstract=True):
    """What is kept with the source."""

    p = bk.state(0.0, per="pre")

    @bk.derivative
    def dp(p, H_factor):
        return (H_factor - p) / 2.0

    @bk.on_pre("p")
    def trace(p, F_factor):
        return p + F_factor


class OfOne(rule_of(None), OfTarget, OfSource):
    """Reads one neuron."""


class OfTargets(rule_of("post"), OfTarget):
    """Reads a neuron for each target."""


class OfSources(rule_of("pre"), OfSource):
    """Reads a neuron for each source."""


ENDS = (None, "post", "pre", "synapse")
RULES = {None: OfOne, "post": OfTargets, "pre": OfSources, "synapse": rule_of("synapse")}


def given(per, glia):
    """Give what a projection from 5 neurons onto 4 is given for a third end."""
    index = {"synapse": lambda pre, post: (2 * pre + post) % 6}
    slices = {None: glia[2:3], "post": glia[[5, 0, 1, 4]], "pre": glia[1:], "synapse": glia}
    return (slices[per], index[per]) if per in index else slices[per]


def network(per, *, slices=True, delay=3 * DT, seed=1):
    """Make a network of glia that is driven by cells, and reads them through nothing."""
    glia = Glia(6, H=np.linspace(0.25, 1.5, 6), name="glia")
    cells = Cell(9, V=np.linspace(0.0, 0.75, 9), name="cells")
    pre, post = (cells[:5], cells[5:]) if slices else (cells, cells)
    rule = RULES[per]
    connect = bk.connect.fixed_prob(0.7)
    third = given(per, glia)
    synapses = rule(pre, post, connect=connect, factor=third, delay=delay, name="synapses")
    return bk.Network(
        glia,
        cells,
        synapses,
        dt=DT,
        seed=seed,
        of_synapses=bk.StateMonitor(synapses, ["w", "s"]),
        of_cells=bk.StateMonitor(cells, "V"),
        of_glia=bk.StateMonitor(glia, "H"),
        spikes=bk.SpikeMonitor(cells),
    )


def inputs(net):
    """Drive cells and glia."""
    glia, cells = net.groups
    return {cells: 1.5, glia: lambda t: 1.0 + 0.5 * np.sin(0.5 * t)}
