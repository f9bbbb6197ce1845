"""Which projections can do without stored synapses.

What is drawn again may follow nothing but its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from brainkernel.errors import ConnectError
from brainkernel.lowering.redrawn_connectivity import values_of_synapses
from brainkernel.model.redrawing import is_redrawable
from brainkernel.model.synapse import Synapse


def check_redrawable(projection: Synapse) -> None:
    """Refuse a projection whose rule walks its rows again, but which needs stored synapses.

    Raises
    ------
    ConnectError
        With what stands in the way.
    """
    definition = projection.definition
    for reason in _obstacles(projection):
        raise ConnectError(
            f"{projection._label()} ({definition.name}) cannot be procedural: {reason}, or store "
            "it (procedural=False)"
        )


def _obstacles(projection: Synapse) -> Iterator[str]:
    definition = projection.definition
    if not definition.analysis.plain:
        yield (
            "the model keeps states of its own for sources or synapses, draws random numbers, or "
            "acts otherwise than by spikes that arrive"
        )
    if _is_many(projection.delay):
        yield "its synapses have delays of their own; give one number for all"
    if projection.dendritic_delay is not None:
        yield "it has a dendritic delay; add it to delay, if nothing but the sum matters"
    for name, end in (("pre", projection.pre), ("post", projection.post)):
        if np.any(np.diff(end.ids) != 1):
            yield f"its {name} end is no whole group or contiguous slice"
    for name in values_of_synapses(projection):
        value = projection._given_or_default(name)
        if not is_redrawable(value) and _is_many(value):
            yield (
                f"{name} = {value!r} cannot be drawn again for single synapses; give one number, "
                "bk.connect.drawn_normal(mean, std) or bk.connect.drawn_uniform(low, high)"
            )


def _is_many(value: Any) -> bool:
    """Whether a value is an array, or a function that may give one."""
    magnitude = getattr(value, "magnitude", value)
    return callable(magnitude) or np.ndim(magnitude) > 0
