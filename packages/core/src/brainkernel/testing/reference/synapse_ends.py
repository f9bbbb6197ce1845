"""Synapses as neurons: the ends of projections that begin or end at synapses of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.reference.given import Reals


@dataclass(frozen=True)
class End:
    """One end of a projection: a group, and the numbers of its neurons."""

    _group: Any
    ids: NDArray[np.int64]

    @property
    def _size(self) -> int:
        return int(self.ids.size)


class SynapseNeurons:
    """The synapses of a projection, as another projection sees neurons; the arrays are the same.

    Attributes
    ----------
    inputs : dict of str to array
        What stimuli and projections add up in this step.
    """

    def __init__(self, projection: Any, group: Any) -> None:
        self.member, self.definition, self.name = group, group.definition, group.name
        self.size = projection.size
        self.values: dict[str, Reals] = {}
        for name in self.definition.names("parameter", "state"):
            self.values[name] = np.array(np.broadcast_to(projection.values[name], (self.size,)))
            if projection.values[name].size == self.size:
                self.values[name] = projection.values[name]
        self.inputs = {name: np.zeros(self.size) for name in self.definition.names("input")}
        projection.inputs = self.inputs
        self.timed: dict[str, Any] = {}
        self.derived: dict[str, Any] = {}
        self.incoming: list[Any] = []
        self.fired = np.zeros(self.size, np.bool_)

    def is_held(self, neuron: int, name: str) -> bool:
        """Tell that nothing is held."""
        return False

    def which(self, event: str) -> NDArray[np.bool_]:
        """Tell that none fires, nor has another event."""
        return self.fired


def end_of_member(end: Any, groups: Mapping[str, Any]) -> End:
    """Give the group and the neuron numbers of an end, where a synapse has the user's number."""
    group = groups[end._group.name]
    is_synapses = isinstance(group, SynapseNeurons)
    return End(end._group, np.arange(group.size) if is_synapses else np.asarray(end.ids))
