"""Electrical synapse."""

from __future__ import annotations

import brainkernel as bk


class GapJunction(bk.Synapse):
    r"""Electrical synapse: a current along the difference of two membrane potentials.

    .. math:: I_{post} = \sum \text{weight} \, (V_{pre} - V_{post})

    Parameters
    ----------
    weight : nS for each synapse, default 1
        Conductance of the junction.

    Notes
    -----
    Both ends need a state V, and the target an input I. Each synapse drives its target alone: a
    junction that conducts both ways is two synapses, as a symmetric matrix makes them,
    ``connect=bk.connect.from_matrix(g)``.

    The current is summed over synapses once a step, from the potentials at its beginning: dt times
    the sum of weights onto a cell must not exceed its capacitance. Two passive cells with leak g_L
    are coupled by weight / (weight + g_L) (Bennett 1966).

    References
    ----------
    Bennett MVL (1966) Physiology of electrotonic junctions. Ann N Y Acad Sci 137:509-539.
    """

    weight = bk.parameter(1.0, unit="nS", per="synapse")

    @bk.adds_to("I")
    def current(weight, V_pre, V_post):
        return weight * (V_pre - V_post)
