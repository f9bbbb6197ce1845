"""What the plasticity rules share: a weight for each synapse that spikes change within bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import brainkernel as bk
from brainkernel.model.declarations import Declaration


class PlasticWeight(bk.Synapse, abstract=True):
    """A weight for each synapse, from w_min to w_max; subclass it to write a plasticity rule.

    A rule changes weights and transmits nothing. Mixed into a synapse that transmits, as in ``class
    PlasticAMPA(PairSTDP, AMPA)``, in either order, it makes that synapse's weight plastic: the
    weight becomes a state, with its unit and first value, and the bounds take its unit. A spike is
    transmitted with the weight that it finds, and then changes it.

    Raises
    ------
    ValueShapeError
        Before anything runs, where a first weight lies out of its bounds, or w_max is not above
        zero and w_min.
    """

    w_min = bk.parameter(0.0, unit="dimensionless", below="w_max")
    w_max = bk.parameter(1.0, unit="dimensionless", above=0.0)
    weight = bk.state(0.5, unit="dimensionless", per="synapse", at_least="w_min", at_most="w_max")

    def __init_subclass__(cls, abstract: bool = False, **options: Any) -> None:
        weights = [vars(base).get("weight") for base in cls.__mro__]
        learnt, transmitted = _first(weights, "state"), _first(weights, "parameter")
        if transmitted is not None and learnt is PlasticWeight.weight:
            cls.weight = replace(transmitted, kind="state", per="synapse", bounds=learnt.bounds)
            cls.w_min = replace(cls.w_min, unit=transmitted.unit)
            cls.w_max = replace(cls.w_max, unit=transmitted.unit)
        super().__init_subclass__(abstract=abstract, **options)


def _first(weights: list[Any], kind: str) -> Declaration | None:
    """The first declaration of a kind."""
    for weight in weights:
        if isinstance(weight, Declaration) and weight.kind == kind:
            return weight
    return None
