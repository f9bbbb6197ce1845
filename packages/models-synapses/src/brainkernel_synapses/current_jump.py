"""Each spike moves the target's synaptic current."""

from __future__ import annotations

import brainkernel as bk


class CurrentJump(bk.Synapse):
    r"""Spikes that arrive move the synaptic current which the target neuron keeps by the weight.

    .. math:: I_{syn, post} \leftarrow I_{syn, post} + \text{weight}

    Parameters
    ----------
    weight : pA for each synapse, default 1
        The jump; negative where it inhibits.

    Notes
    -----
    The target needs a state I_syn, as `LIFExpCurrent` has; how it decays is the target's affair.
    All projections onto a group then write one state, where those of `Exponential` have one each.
    The current moves while V is held.

    References
    ----------
    Rotter S, Diesmann M (1999) Exact digital simulation of time-invariant linear systems with
    applications to neuronal modeling. Biol Cybern 81:381-402.
    """

    weight = bk.parameter(1.0, unit="pA", per="synapse")

    @bk.on_pre("I_syn_post")
    def receive(I_syn_post, weight):
        return I_syn_post + weight
