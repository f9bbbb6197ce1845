"""How many values a name has in a model: one for each synapse, source, target, or for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainkernel.model.declarations import Declaration


def end_of(name: str) -> tuple[str, str]:
    """Split ``V_post`` into (``V``, ``post``); a name without an end gives an empty end."""
    for end in ("pre", "post"):
        if name.endswith(f"_{end}") and len(name) > len(end) + 1:
            return name[: -len(end) - 1], end
    return name, ""


def level_of(declarations: Mapping[str, Declaration], name: str) -> str:
    """Give the level of a name in a synapse: ``shared``, ``synapse``, ``pre`` or ``post``."""
    if name not in declarations:
        return end_of(name)[1] or "shared"
    declaration = declarations[name]
    of_synapses = declaration.kind in ("draw", "input")
    return declaration.per or ("synapse" if of_synapses else "shared")
