"""Lazy states at events: what a call reads in place of them, and what it notes that it writes."""

from __future__ import annotations

from collections.abc import Mapping

from brainkernel.codegen.dialect import Lines
from brainkernel.program.program import Call, SynapseBlock


def present_name(state: str) -> str:
    """Name the present value of a lazy state, in a loop over events."""
    return f"_present_{state}"


def print_present(synapse_block: SynapseBlock, call: Call, readings: Mapping[str, str]) -> Lines:
    """Print the present values of the lazy states that a call reads."""
    lines = []
    for lazy in synapse_block.lazily_read(call):
        elapsed = f"(_step + 1 - {readings[lazy.since]}) * dt"
        arguments = ", ".join(readings[name] for name in lazy.arguments)
        lines.append(f"{present_name(lazy.name)} = {lazy.function}({elapsed}, {arguments})")
    return lines


def present_readings(synapse_block: SynapseBlock, call: Call) -> dict[str, str]:
    """How a call reads these values, by state."""
    return {lazy.name: present_name(lazy.name) for lazy in synapse_block.lazily_read(call)}


def print_written(synapse_block: SynapseBlock, call: Call, addresses: Mapping[str, str]) -> Lines:
    """Print that a call has written lazy states in this step."""
    written = synapse_block.lazily_written(call)
    return [f"{addresses[lazy.since]} = _step + 1" for lazy in written]
