"""Groups whose inputs spikes add to, in the network in which they do."""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.model.arrived_inputs import receiving
from brainkernel.model.levels import end_of
from brainkernel.model.synapse import Synapse


def receive(projections: Iterable[Synapse]) -> None:
    """Give groups the models in which spikes of projections add to their inputs."""
    for projection in projections:
        declarations = projection.definition.declarations
        for function in projection.definition.of_kind("on_pre", "on_post"):
            for name in function.targets:
                stem, end = end_of(name)
                if not end or name in declarations:
                    continue
                group = (projection.pre if end == "pre" else projection.post)._group
                definition = group.definition
                if stem in definition.names("input") and stem not in definition.arrived:
                    group._use_definition(receiving(definition, stem))
