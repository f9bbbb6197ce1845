"""When a step function runs: at each step, or at the multiples of an interval."""

from __future__ import annotations

from brainkernel.codegen.dialect import Lines, indent
from brainkernel.program.program import Call


def time_of(call: Call) -> str:
    """Print the time of the states that a step function sees."""
    return f"{_step_of(call)} * dt"


def due(call: Call) -> str:
    """Print the condition under which a step function runs."""
    return f"{_step_of(call)} % {call.every} == 0"


def when_due(call: Call, lines: Lines) -> Lines:
    """Print lines for those steps at which a step function runs."""
    if call.every == 1:
        return lines
    return [f"if {due(call)}:  # {interval(call)}", *indent(lines, 1)]


def interval(call: Call) -> str:
    """Print how often a step function runs, as its author wrote it."""
    return f"every {call.interval:.15g} ms"


def _step_of(call: Call) -> str:
    """Print the number of the time of the states that a step function sees."""
    # once neurons are integrated, their states are those of the next grid point
    return "_step" if call.begins else "(_step + 1)"
