"""Spike-timing-dependent plasticity of nearest pairs of spikes."""

from __future__ import annotations

import brainkernel as bk
from brainkernel_synapses.pair_stdp import PairSTDP


class NearestSTDP(PairSTDP):
    r"""`PairSTDP` of nearest neighbours.

    Each spike counts with the last spike of the other side alone (symmetric).

    A spike sets its trace to one, where in `PairSTDP` it adds one:

    .. math:: \text{pre: } r_1 \leftarrow 1, \qquad \text{post: } o_1 \leftarrow 1

    Parameters
    ----------
    A_plus : dimensionless, default 0.005
        Potentiation by one pair at no distance, as a part of w_max.
    A_minus : dimensionless, default 0.00525
        Depression by one pair at no distance, as a part of w_max.
    tau_plus : ms, default 20
        Time constant of potentiation.
    tau_minus : ms, default 20
        Time constant of depression.
    w_min : dimensionless, default 0
        Lower bound, in the unit of the weight.
    w_max : dimensionless, default 1
        Upper bound, in the unit of the weight; above zero.

    Notes
    -----
    States, delays, and how to mix it into a synapse that transmits: as in `PairSTDP`.

    References
    ----------
    Morrison A, Diesmann M, Gerstner W (2008) Phenomenological models of synaptic plasticity based
    on spike timing. Biol Cybern 98:459-478.
    """

    @bk.on_pre("r1")
    def trace_r1():
        return 1.0

    @bk.on_post("o1")
    def trace_o1():
        return 1.0
