"""Which projections can be procedural.

What must be drawn again may follow nothing but its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from brainkernel.errors import ConnectError
from brainkernel.lowering.redrawn import DRAWN, is_procedural, synaptic
from brainkernel.model.synapse import Synapse


def check_procedural(projection: Synapse) -> None:
    """Refuse what cannot be drawn again.

    Raises
    ------
    ConnectError
        With what stands in the way.
    """
    if not is_procedural(projection):
        return
    definition = projection.definition
    for reason in _obstacles(projection):
        raise ConnectError(
            f"{projection.label()} ({definition.name}) cannot be procedural: {reason}, or store it "
            "(procedural=False)"
        )


def _obstacles(projection: Synapse) -> Iterator[str]:
    definition = projection.definition
    if not definition.analysis.plain:
        yield (
            "the model keeps states of its own for sources or synapses, draws random numbers, or "
            "acts otherwise than "
            "by spikes that arrive"
        )
    if _is_many(projection.delay):
        yield "its synapses have delays of their own; give one number for all"
    if projection.dendritic_delay is not None:
        yield "it has a dendritic delay; add it to delay, if nothing but the sum matters"
    for name, end in (("pre", projection.pre), ("post", projection.post)):
        if np.any(np.diff(end.ids) != 1):
            yield f"its {name} end is no whole group or contiguous slice"
    for name in synaptic(projection):
        value = projection.given_or_default(name)
        if not isinstance(value, DRAWN) and _is_many(value):
            yield (
                f"{name} = {value!r} cannot be drawn again for single synapses; give one number, "
                "bk.connect.drawn_normal(mean, std) or bk.connect.drawn_uniform(low, high)"
            )


def _is_many(value: Any) -> bool:
    """Whether a value is an array, or a function that may give one."""
    magnitude = getattr(value, "magnitude", value)
    return callable(magnitude) or np.ndim(magnitude) > 0


def check_new_value(projection: Synapse, name: str, value: object) -> None:
    """Refuse values for single synapses where none are stored.

    Raises
    ------
    ConnectError
        With what can be given.
    """
    if is_procedural(projection) and name in synaptic(projection) and not isinstance(value, float):
        raise ConnectError(
            f"{projection.label()} is procedural and stores no {name}: give one number, or store "
            "it (procedural=False)"
        )
