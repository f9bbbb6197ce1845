"""Spike-timing-dependent plasticity of pairs of spikes."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_synapses.plasticity import PlasticWeight


class PairSTDP(PlasticWeight):
    r"""Additive spike-timing-dependent plasticity; every pair of spikes counts (all-to-all).

    Two traces decay between spikes,

    .. math:: \frac{dr_1}{dt} = -\frac{r_1}{\tau_+}, \qquad \frac{do_1}{dt} = -\frac{o_1}{\tau_-}

    a presynaptic spike that arrives depresses, a postsynaptic spike potentiates,

    .. math::

        \text{pre: } & w \leftarrow w - A_- w_{max}\, o_1, \quad r_1 \leftarrow r_1 + 1 \\
        \text{post: } & w \leftarrow w + A_+ w_{max}\, r_1, \quad o_1 \leftarrow o_1 + 1

    and w stays between w_min and w_max. Both spikes count when they reach the synapse. Between the
    bounds each pair with :math:`\Delta t = (t_{post} + d_{dendritic}) - (t_{pre} + d_{axonal})`
    adds :math:`A_+ w_{max} e^{-\Delta t / \tau_+}` where :math:`\Delta t \ge 0`, and :math:`-A_-
    w_{max} e^{\Delta t / \tau_-}` where :math:`\Delta t < 0`.

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
    States: weight, one for each synapse and first 0.5; r1, one for each source, and o1, one for
    each target, first 0.

    The rule by itself transmits nothing: its weights learn, and the target does not notice. Mix it
    into a synapse that transmits, and name the rule first::

        class PlasticAMPA(PairSTDP, AMPA):
            "AMPA synapses with spike-timing-dependent plasticity."

    The weight is then a state in the unit of that synapse (nS for `AMPA`), and so are w_min and
    w_max. A spike is transmitted with the weight that it finds, and then changes it.

    `delay` is axonal and `dendritic_delay` dendritic: a presynaptic spike at T counts at T + delay,
    a postsynaptic one at T + dendritic_delay, and what is transmitted acts on the target at T +
    delay + dendritic_delay, with the weight of T + delay. Of two spikes that reach the synapse in
    the same step the presynaptic one counts as the earlier, and potentiates. Sources and targets
    keep one trace for all their synapses, so a projection has one delay of each kind. The traces
    decay exactly, whatever the method of the two groups.

    References
    ----------
    Song S, Miller KD, Abbott LF (2000) Competitive Hebbian learning through spike-timing-dependent
    synaptic plasticity. Nat Neurosci 3:919-926.

    Morrison A, Diesmann M, Gerstner W (2008) Phenomenological models of synaptic plasticity based
    on spike timing. Biol Cybern 98:459-478.
    """

    A_plus = bk.parameter(0.005, unit="dimensionless")
    A_minus = bk.parameter(0.00525, unit="dimensionless")
    tau_plus = bk.parameter(20.0, unit="ms", above=0.0)
    tau_minus = bk.parameter(20.0, unit="ms", above=0.0)
    r1 = bk.state(0.0, per="pre", doc="trace of presynaptic spikes")
    o1 = bk.state(0.0, per="post", doc="trace of postsynaptic spikes")

    @bk.step("r1")
    def decay_r1(r1, tau_plus, dt):
        return r1 * np.exp(-dt / tau_plus)

    @bk.step("o1")
    def decay_o1(o1, tau_minus, dt):
        return o1 * np.exp(-dt / tau_minus)

    @bk.on_pre("weight")
    def depress(weight, o1, A_minus, w_min, w_max):
        return np.clip(weight - A_minus * w_max * o1, w_min, w_max)

    @bk.on_pre("r1")
    def trace_r1(r1):
        return r1 + 1.0

    @bk.on_post("weight")
    def potentiate(weight, r1, A_plus, w_min, w_max):
        return np.clip(weight + A_plus * w_max * r1, w_min, w_max)

    @bk.on_post("o1")
    def trace_o1(o1):
        return o1 + 1.0
