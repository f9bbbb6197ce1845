"""Projections are connected: the second stage of building a network.

Whether the synapses of a projection are stored or drawn again is asked here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.delays import give_delays
from brainkernel.lowering.redrawn_checks import check_redrawable
from brainkernel.lowering.redrawn_connectivity import walk_again
from brainkernel.lowering.resolve import give_values
from brainkernel.lowering.stored_connectivity import draw_and_store
from brainkernel.lowering.synapse_ends import (
    SynapseValues,
    has_synapses,
    place_synapses,
    synapse_groups,
)
from brainkernel.lowering.synapse_tables import rings
from brainkernel.model.redrawing import row_walk_of
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels

GroupValues = Mapping[str, Mapping[str, Resolved]]


def connect_projections(
    projections: Iterable[Synapse],
    seed: int,
    dt: float,
    values: GroupValues,
    kernels: Kernels | None = None,
) -> dict[str, Connectivity]:
    """Draw synapses, delays and values of all projections, by name.

    Rules and functions may name the `values` of groups: their parameters and first states.

    Raises
    ------
    ConnectError, DelayError, ValueShapeError
        With the projection's name.
    """
    for projection in projections:
        if row_walk_of(projection.connect) is not None:
            check_redrawable(projection)  # before anything is drawn
    # by name, so that sums do not depend on the order in which a network lists its members
    ordered = sorted(projections, key=lambda projection: str(projection.name))
    connectivities: dict[str, Connectivity] = {}
    between = [projection for projection in ordered if not has_synapses(projection)]
    others = [projection for projection in ordered if has_synapses(projection)]
    ends = {group.projection.name: group for group in synapse_groups(ordered)}
    all_values = dict(values)
    for several in (between, others):
        connected = {str(p.name): connect(p, seed, dt, all_values, kernels) for p in several}
        arrange(connected.values(), ends)
        for name, connectivity in connected.items():
            give_values(connectivity, seed, dt, all_values, kernels)
            if name in ends:
                place_synapses(ends[name], connectivity)
                all_values[ends[name].name] = SynapseValues(ends[name], connectivity)
        connectivities.update(connected)
    return {str(projection.name): connectivities[str(projection.name)] for projection in ordered}


def connect(
    projection: Synapse,
    seed: int,
    dt: float,
    values: GroupValues,
    kernels: Kernels | None = None,
) -> Connectivity:
    """Draw the synapses and the delays of a projection.

    Raises
    ------
    ConnectError, DelayError, ValueShapeError
        With the projection's name.
    """
    walk = row_walk_of(projection.connect)
    connectivity: Connectivity
    if walk is None:
        connectivity = draw_and_store(projection, seed, values, kernels)
    else:
        connectivity = walk_again(projection, walk, seed, kernels)
    give_delays(connectivity, seed, dt, values, kernels)
    return connectivity


def arrange(connectivities: Iterable[Connectivity], ends: Collection[object] = ()) -> None:
    """Put synapses into their final order, which follows how long spikes are on their way.

    At the synapses of projections that are named by `ends` others begin or end.
    """
    several = list(connectivities)
    summed = rings(c for c in several if c.projection.name not in ends)
    for connectivity in several:
        waits = connectivity.dendritic > 0 or connectivity.projection.name in ends
        ring = 0 if waits else summed.get(connectivity.projection.definition, 0)
        connectivity.arrange(ring)
