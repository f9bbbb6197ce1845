"""A printed function, and how it is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from brainkernel.backend import Call, Lines, due


@dataclass(frozen=True)
class Printed:
    """A printed function, and the lines that call it."""

    function: Lines
    calls: Lines


def changed_when_due(call: Call, names: Iterable[str], function: str, arguments: str) -> Lines:
    """Print the call of a function that changes arrays of the state, where it is due."""
    if call.every == 1:
        return [f"_state = {function}({arguments})"]
    listed = "".join(f"{name!r}, " for name in names).strip()
    operands = f"({listed}), {function}, _state, {arguments}"
    comment = f"# every {call.interval:.15g} ms"
    return [comment, f"_state = _change_when_due({due(call)}, {operands})"]
