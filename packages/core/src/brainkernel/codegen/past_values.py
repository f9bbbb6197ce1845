"""The past of a state: kept at the beginning of each step, and read a delay later."""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.neuron_update import wide
from brainkernel.program.program import Binding, NeuronBlock


def print_remember(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``remember_<block>``: keep the states that are read when a delay has passed."""
    if not block.history:
        return []
    begin, further = dialect.elements("_i", "_group.size")
    kept = [f"_past.{name}[_row, _i] = _neurons.{name}[_i]" for name in block.history]
    body = [
        f'"""{summary_of_remember(block)}"""',
        "_neurons, _past = _group.neurons, _group.past",
        f"_row = _row_of(_step, _past.{block.history[0]}.shape[0])",
        *begin,
        *(f"{further}{line}" for line in kept),
    ]
    define = f"def remember_{block.name}(_step, _group):"
    return ["", "", *dialect.decorators("update"), define, *indent(body, 1)]


def summary_of_remember(block: NeuronBlock) -> str:
    """Say what the printed function does that keeps states of a block."""
    return f"Keep what will be read of {block.definition.name} when a delay has passed."


def readings_behind(past: Iterable[Binding]) -> dict[str, str]:
    """How the values of sources are read that are as they were a delay ago."""
    readings = {}
    for binding in past:
        readings[binding.name] = wide(f"_past.{binding.name}[_seen, _source]", binding.narrow)
    return readings


def row_seen(past: Iterable[Binding], delay: str) -> str:
    """Print the row of the ring buffers in which the sources stand as they are seen now."""
    first = next(iter(past))
    return f"_seen = _row_of(_step - {delay}, _past.{first.name}.shape[0])"
