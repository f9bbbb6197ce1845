"""Kinds of events besides the spike: each has a threshold of its own, and may have resets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brainkernel.errors import ModelError
from brainkernel.model.model_protocol import DescribedModel
from brainkernel.model.step_function import StepFunction


def events_of(functions: Iterable[StepFunction]) -> tuple[str, ...]:
    """List the kinds of events that functions speak of, besides the spike, in their order."""
    return tuple(dict.fromkeys(f.event for f in functions if f.event))


def was_above(event: str) -> str:
    """Name the state by which a program remembers where the level of an event was above zero."""
    return f"was_above_{event}"


def check_events(definition: DescribedModel) -> None:
    """Refuse kinds of events of a neuron that have no threshold, or two.

    Raises
    ------
    ModelError
        With the function and what to write.
    """
    if definition.kind != "neuron":
        return
    thresholds = [f for f in definition.functions if f.kind == "threshold"]
    with_threshold = [f.event for f in thresholds if f.event]
    for event in definition.events:
        label = f"{definition.name}: event {event!r}"
        if with_threshold.count(event) > 1:
            raise ModelError(f"{label} has two thresholds: keep one")
        if event not in with_threshold:
            raise ModelError(
                f"{label} has a reset but no threshold, so it would never happen: write "
                f'@bk.threshold(event="{event}")'
            )
        if was_above(event) in definition.declarations:
            raise ModelError(
                f"{label}: the printed program keeps data of its own as {was_above(event)}; rename "
                "the event, or what is declared by this name"
            )


def check_source_has(label: str, owner: str, events: Sequence[str], event: str) -> None:
    """Refuse a function at an event that neurons do not have.

    Raises
    ------
    ModelError
        With the events that there are.
    """
    if event in events:
        return
    there_are = f"it has {', '.join(map(repr, events))}" if events else "it has none but the spike"
    raise ModelError(
        f"{label} waits for events {event!r} of {owner}, which has no such events; {there_are}: "
        f'declare @bk.threshold(event="{event}") in its model'
    )
