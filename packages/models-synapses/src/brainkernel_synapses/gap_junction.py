"""Electrical synapse."""

from __future__ import annotations

from typing import Any

import brainkernel as bk


class GapJunction(bk.Synapse):
    r"""Electrical synapse: a current along the difference of two membrane potentials.

    .. math:: I_{post} = \sum \text{weight} \, (V_{pre} - V_{post})

    Parameters
    ----------
    weight : nS for each synapse, default 1
        Conductance of the junction.

    Raises
    ------
    DelayError
        For a delay, which no junction has.

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

    def __init__(
        self,
        pre: Any,
        post: Any,
        *,
        connect: Any = None,
        delay: Any = None,
        **options: Any,
    ) -> None:
        if delay is not None:
            raise bk.errors.DelayError(
                "GapJunction: both potentials act at once, and no spike passes it, as it has no "
                "on_pre function; so it has no delay: leave delay out"
            )
        super().__init__(pre, post, connect=connect, **options)

    @bk.adds_to("I")
    def current(weight, V_pre, V_post):
        return weight * (V_pre - V_post)
