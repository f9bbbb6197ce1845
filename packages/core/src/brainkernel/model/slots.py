"""The slots of one step in their order, and the places before and after them."""

from __future__ import annotations

from dataclasses import dataclass

from brainkernel.errors import ModelError

SLOTS = {
    "inputs": "external input is added up; synapses add what they contribute continuously",
    "integrate": "states go from step to step + 1",
    "threshold": "which neurons fire",
    "reset": "neurons that fire are reset, and whole groups are seen at once",
    "deliver": (
        "spikes whose delay is over act on their targets, and targets' own spikes on synapses"
    ),
    "record": "monitors take their samples",
}
"""The slots of a step in order, each with what happens in it."""


@dataclass(frozen=True)
class Place:
    """A place in a step where a step function may stand: before or after a slot.

    Attributes
    ----------
    side : str
        ``before`` or ``after``.
    slot : str
        One of `SLOTS`.
    """

    side: str
    slot: str

    def __str__(self) -> str:
        return f'{self.side}="{self.slot}"'

    @property
    def number(self) -> int:
        """Its number among all places, in their order."""
        return 2 * list(SLOTS).index(self.slot) + (self.side == "after")

    @property
    def begins(self) -> bool:
        """Whether it lies before the integration, where states are those of the step's start."""
        return self.number <= BEFORE_INTEGRATE.number

    @property
    def in_update(self) -> bool:
        """Whether it lies where one loop integrates, tests and resets each neuron."""
        return BEFORE_INTEGRATE.number < self.number < AFTER_RESET.number


BEFORE_INPUTS = Place("before", "inputs")
BEFORE_INTEGRATE = Place("before", "integrate")
AFTER_INTEGRATE = Place("after", "integrate")
BEFORE_THRESHOLD = Place("before", "threshold")
AFTER_RESET = Place("after", "reset")
BEFORE_DELIVER = Place("before", "deliver")
BEFORE_RECORD = Place("before", "record")


def place_of(before: str | None, after: str | None) -> Place | None:
    """Find the place that a decorator names; None where it names none.

    Raises
    ------
    ModelError
        Where it names two, or no slot.
    """
    if before is not None and after is not None:
        raise ModelError(
            f"step(before={before!r}, after={after!r}): a step stands in one place; give one of "
            "them"
        )
    side, slot = ("before", before) if after is None else ("after", after)
    if slot is None:
        return None
    if not isinstance(slot, str) or slot not in SLOTS:
        raise ModelError(f"step({side}={slot!r}): a step has the slots {', '.join(SLOTS)}")
    return Place(side, slot)
