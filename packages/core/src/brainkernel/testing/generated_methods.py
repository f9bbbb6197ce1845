"""Methods with steps and memory, and spikes within steps, for some of the generated neurons."""

from __future__ import annotations

import random

METHODS = ("bogacki_shampine", "dormand_prince", "ab2", "ab3")
WITHIN = ('before="threshold"', 'after="threshold"', 'before="reset"', 'after="integrate"')
"""Places of steps that spikes within a step leave no room for."""


def further_methods(dice: random.Random) -> list[str | None] | None:
    """Give a neuron without noise another method now and then; None: it keeps its own."""
    return [dice.choice(METHODS)] if dice.random() < 0.2 else None


def has_spikes_within(dice: random.Random, text: str) -> bool:
    """Tell whether a neuron without noise locates its spikes within the step: some that can."""
    can = ".threshold" in text and not any(place in text for place in WITHIN)
    return can and dice.random() < 0.4
