"""What a network holds once every value is resolved: what a program is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.model.neuron import Neuron
from brainkernel.model.synapse_group import SynapseGroup
from brainkernel.program.integrator import Integrator


@dataclass(frozen=True)
class Members:
    """What a network holds, with all values resolved.

    Attributes
    ----------
    groups : sequence of Neuron
        In the network's order.
    values : mapping
        Group name to its values.
    connectivities : sequence of Connectivity
        The projections.
    integrators : mapping
        Name to method: every method that a group asks for, and the defaults.
    narrow : frozenset of str
        The stores that are kept in 32 bits.
    synapse_groups : sequence of SynapseGroup
        The synapses of projections at which others begin or end, or which have inputs.
    slots : int
        For how many steps spikes are kept at least: a network whose delays were longer goes on so.
    rows_of_past : dict
        By block, how many steps are kept of the past; told when the network is first laid out.
    """

    groups: Sequence[Neuron]
    values: Mapping[str, Mapping[str, Resolved]]
    connectivities: Sequence[Connectivity]
    integrators: Mapping[str, Integrator]
    narrow: frozenset[str] = frozenset()
    synapse_groups: Sequence[SynapseGroup] = ()
    slots: int = 0
    rows_of_past: dict[str, int] = field(default_factory=dict)
