"""What is printed for third ends of synapses: their values, copied to where synapses read them."""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.backend import Lines, Program
from brainkernel_jax.layout.tables import END_READINGS


def read_lines(program: Program, names: Iterable[str]) -> Lines:
    """Print the copies that are made at one moment of a step."""
    readings = {reading.name: reading for reading in program.end_readings}
    lines = []
    for name in names:
        reading = readings[name]
        # parameters lie apart, since a pure function is given them with each call
        is_state = program.parts[reading.source].store == "values"
        source = f"{'_state' if is_state else '_constants'}['{reading.source}']"
        end = f"_tables['{END_READINGS}']['{name}']"
        value = f"_read_end(_state['{reading.to}'], {source}, {end})"
        lines.append(f"_state = dict(_state, {reading.to}={value})")
    return lines
