"""Values of a member are held to what only all of them together can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.stored_values import now
from brainkernel.model.bounds import check_bounds, named_limits
from brainkernel.model.neuron import Member
from brainkernel.model.tree import check_parents, tree_of


def check_values(
    member: Member,
    values: Mapping[str, Any],
    dt: float,
    connectivity: Connectivity | None = None,
) -> None:
    """Hold values to bounds that name others, and have a model look at them, if it wants to.

    Parameters
    ----------
    member : Neuron or Synapse
        Whose values they are.
    values : mapping
        As the network keeps them.
    dt : float
        The step in ms.
    connectivity : Connectivity, optional
        Of a projection: messages count its synapses as the user does.

    Raises
    ------
    ValueShapeError
        With the member's name, the parameter and the element.
    """
    declarations = member.definition.declarations

    def as_given(name: str) -> Any:
        value = now(values[name])
        by_synapse = declarations[name].per == "synapse"
        if connectivity is not None and by_synapse and np.ndim(value):
            return connectivity.by_user(value)
        return value

    for name, limit in named_limits(declarations):
        bounds = {limit: as_given(limit)}
        check_bounds(member._label(), name, declarations[name], as_given(name), bounds)
    joints = tree_of(declarations)
    if joints is not None:
        check_parents(member._label(), joints, values, len(member))  # type: ignore[arg-type]
    if type(member).check_values is not Member.check_values:
        member.check_values({name: now(value) for name, value in values.items()}, dt)
