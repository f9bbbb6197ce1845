"""Where in a step of the network, and how often, a step function runs, as the contract says."""

from __future__ import annotations

from typing import Any

from brainkernel.testing.reference.clock import Clock
from brainkernel.testing.reference.given import steps_of

Place = tuple[str, str]

INTEGRATED: Place = ("after", "integrate")
BEGINNING: tuple[Place, ...] = (("before", "inputs"), ("after", "inputs"), ("before", "integrate"))
"""The places at which states are those of the time at which a step begins."""
BETWEEN: tuple[Place, ...] = (
    INTEGRATED,
    ("before", "threshold"),
    ("after", "threshold"),
    ("before", "reset"),
)
"""The places between integration and reset, which each neuron passes on its own."""


def place_of(function: Any) -> Place | None:
    """Tell before or after which slot a function was put; None where it was not."""
    place = function.place
    return None if place is None else (place.side, place.slot)


def begins(function: Any) -> bool:
    """Whether a function sees the states of the beginning of the step."""
    return place_of(function) in BEGINNING


def time_of(function: Any, clock: Clock) -> float:
    """Give the time of the states that a function sees, in ms."""
    return clock.t if begins(function) else clock.end


def number_of(function: Any, clock: Clock) -> int:
    """Give the number of that time in steps."""
    return clock.step if begins(function) else clock.now


def is_due(function: Any, clock: Clock) -> bool:
    """Whether that time is a multiple of the function's interval, where it has one."""
    if function.every is None:
        return True
    return bool(number_of(function, clock) % int(steps_of(function.every, clock.dt)) == 0)
