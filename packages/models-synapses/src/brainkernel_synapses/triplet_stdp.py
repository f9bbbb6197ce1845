"""Spike-timing-dependent plasticity of pairs and triplets of spikes."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_synapses.plasticity import PlasticWeight


class TripletSTDP(PlasticWeight):
    r"""Spike-timing-dependent plasticity of pairs and triplets of spikes, all-to-all.

    It is the full model. Four traces decay between spikes, :math:`r_1` and :math:`r_2` of the
    presynaptic ones with :math:`\tau_+` and :math:`\tau_x`, :math:`o_1` and :math:`o_2` of the
    postsynaptic ones with :math:`\tau_-` and :math:`\tau_y`. A presynaptic spike that arrives
    depresses, a postsynaptic spike potentiates; the slow trace of its own side is read before the
    spike itself adds to it:

    .. math::

        \text{pre: } & w \leftarrow w - w_{max}\, o_1 (A_2^- + A_3^- r_2), \quad
        r_1 \leftarrow r_1 + 1, \quad r_2 \leftarrow r_2 + 1 \\
        \text{post: } & w \leftarrow w + w_{max}\, r_1 (A_2^+ + A_3^+ o_2), \quad
        o_1 \leftarrow o_1 + 1, \quad o_2 \leftarrow o_2 + 1

    and w stays between w_min and w_max.

    Parameters
    ----------
    A2_plus : dimensionless, default 5e-10
        Potentiation by a pair, as a part of w_max.
    A3_plus : dimensionless, default 0.0062
        Potentiation by a triplet post-pre-post, as a part of w_max.
    A2_minus : dimensionless, default 0.007
        Depression by a pair, as a part of w_max.
    A3_minus : dimensionless, default 0.00023
        Depression by a triplet pre-post-pre, as a part of w_max.
    tau_plus : ms, default 16.8
        Time constant of r1.
    tau_x : ms, default 101
        Time constant of r2.
    tau_minus : ms, default 33.7
        Time constant of o1.
    tau_y : ms, default 125
        Time constant of o2.
    w_min : dimensionless, default 0
        Lower bound, in the unit of the weight.
    w_max : dimensionless, default 1
        Upper bound, in the unit of the weight; above zero.

    Notes
    -----
    States: weight, one for each synapse and first 0.5; r1 and r2, one for each source, and o1 and
    o2, one for each target, first 0. The defaults are the paper's fit of the full model to visual
    cortex, all-to-all. Delays, and how to mix the rule into a synapse that transmits: as in
    `PairSTDP`.

    References
    ----------
    Pfister J-P, Gerstner W (2006) Triplets of spikes in a model of spike timing-dependent
    plasticity. J Neurosci 26:9673-9682.
    """

    A2_plus = bk.parameter(5e-10, unit="dimensionless")
    A3_plus = bk.parameter(6.2e-3, unit="dimensionless")
    A2_minus = bk.parameter(7e-3, unit="dimensionless")
    A3_minus = bk.parameter(2.3e-4, unit="dimensionless")
    tau_plus = bk.parameter(16.8, unit="ms", above=0.0)
    tau_x = bk.parameter(101.0, unit="ms", above=0.0)
    tau_minus = bk.parameter(33.7, unit="ms", above=0.0)
    tau_y = bk.parameter(125.0, unit="ms", above=0.0)
    r1 = bk.state(0.0, per="pre", doc="fast trace of presynaptic spikes")
    r2 = bk.state(0.0, per="pre", doc="slow trace of presynaptic spikes")
    o1 = bk.state(0.0, per="post", doc="fast trace of postsynaptic spikes")
    o2 = bk.state(0.0, per="post", doc="slow trace of postsynaptic spikes")

    @bk.step("r1", "r2")
    def decay_r(r1, r2, tau_plus, tau_x, dt):
        return r1 * np.exp(-dt / tau_plus), r2 * np.exp(-dt / tau_x)

    @bk.step("o1", "o2")
    def decay_o(o1, o2, tau_minus, tau_y, dt):
        return o1 * np.exp(-dt / tau_minus), o2 * np.exp(-dt / tau_y)

    @bk.on_pre("weight")
    def depress(weight, o1, r2, A2_minus, A3_minus, w_min, w_max):
        return np.clip(weight - w_max * o1 * (A2_minus + A3_minus * r2), w_min, w_max)

    @bk.on_pre("r1", "r2")
    def trace_r(r1, r2):
        return r1 + 1.0, r2 + 1.0

    @bk.on_post("weight")
    def potentiate(weight, r1, o2, A2_plus, A3_plus, w_min, w_max):
        return np.clip(weight + w_max * r1 * (A2_plus + A3_plus * o2), w_min, w_max)

    @bk.on_post("o1", "o2")
    def trace_o(o1, o2):
        return o1 + 1.0, o2 + 1.0
