"""Projections that begin or end at synapses of others: where these lie, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ConnectError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.stored_values import now
from brainkernel.model.redrawing import row_walk_of
from brainkernel.model.synapse import Synapse
from brainkernel.model.synapse_group import SynapseGroup


def has_synapses(projection: Synapse) -> bool:
    """Whether a projection begins or ends at synapses."""
    return isinstance(projection.pre, SynapseGroup) or isinstance(projection.post, SynapseGroup)


def synapse_groups(projections: Iterable[Synapse]) -> list[SynapseGroup]:
    """List the synapses that are neurons for others, or have inputs, by their projections' names.

    Raises
    ------
    ConnectError
        Where synapses that are drawn again at each spike are asked to be there.
    """
    several = sorted(projections, key=lambda projection: str(projection.name))
    ends: list[Any] = []
    for projection in several:
        ends += [projection.pre, projection.post]
    groups = []
    for projection in several:
        group = projection._synapses if projection.definition.names("input") else None
        group = next((end for end in ends if end is projection.__dict__.get("_as_neurons")), group)
        if group is None:
            continue
        if row_walk_of(projection.connect) is not None:
            raise ConnectError(
                f"{projection._label()} cannot be procedural, since its synapses are the end of "
                "another projection: store them (procedural=False)"
            )
        groups.append(group)
    return groups


def place_synapses(group: SynapseGroup, connectivity: Connectivity) -> None:
    """Number the synapses of a projection as they will lie in its table: by source, then delay.

    Of one source and delay by target, as the projection counts them.
    """
    delays = connectivity.steps(slice(0, connectivity.size))
    order = np.lexsort((delays, connectivity.pre))
    places = np.empty(connectivity.size, np.int64)
    places[order] = np.arange(connectivity.size)
    group.__dict__["places"] = connectivity.by_user(places)


class SynapseValues(Mapping[str, Any]):
    """The parameters and first states of synapses, in the order in which they lie in their table.

    Parameters
    ----------
    group : SynapseGroup
        The synapses.
    connectivity : Connectivity
        Theirs; its values are read when they are asked for.
    """

    def __init__(self, group: SynapseGroup, connectivity: Connectivity) -> None:
        self._group, self._connectivity = group, connectivity

    def __getitem__(self, name: str) -> float | NDArray[np.float64]:
        value = now(self._connectivity.values[name])
        if np.ndim(value) == 0:
            return float(value)
        placed = np.empty(value.size)
        placed[self._group.ids] = self._connectivity.by_user(np.asarray(value, np.float64))
        return placed

    def __iter__(self) -> Iterator[str]:
        return iter(self._group.definition.names("parameter", "state"))

    def __len__(self) -> int:
        return len(self._group.definition.names("parameter", "state"))
