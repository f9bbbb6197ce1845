"""Generated noise in synapses, and spikes that add to inputs."""

from __future__ import annotations

import random
from typing import Protocol


class Link(Protocol):
    """A generated model of synapses, as `generated` describes it."""

    levels: dict[str, str | None]
    states: list[str]
    text: str
    late: bool
    spiking: bool
    methods: list[str | None]


METHODS: list[str | None] = [
    *("euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun", "exponential_midpoint"),
    None,
]
AMPLITUDES = {"w": ("c", "0.25 + 0.0 * c"), "p": ("p", "0.125 * p")}
"""Of a state that diffuses: the arguments of the amplitude, and the result."""


def is_noisy(seed: int) -> bool:
    """Whether models of a number have noise in synapses, and events that add to inputs."""
    return seed % 4 == 1


def diffuse(dice: random.Random, model: Link) -> None:
    """Let the states of synapses and sources that move by themselves diffuse."""
    moving = [state for state in model.states if f"def d{state}(" in model.text]
    moving = [state for state in moving if state in AMPLITUDES]
    if not moving or dice.random() < 0.3:
        return
    for state in moving:
        arguments, result = AMPLITUDES[state]
        model.text += f"\n\n    @bk.diffusion\n    def noise_{state}({arguments}):"
        model.text += f"\n        return {result}\n"
    additive = "p" not in moving
    model.methods = [m for m in METHODS if additive or m != "exponential_midpoint"]


def add_to_inputs(dice: random.Random, model: Link) -> None:
    """Let spikes of either end add to an input of the other one."""
    for kind, end in (("on_pre", "post"), ("on_post", "pre")):
        if dice.random() < 0.5:
            name = f"I_{end}"
            model.text += f'\n\n    @bk.{kind}("{name}")\n    def reach_{end}({name}, weight):'
            model.text += f"\n        return {name} + 0.5 * weight\n"
            model.spiking = True
            model.late = model.late and model.levels["weight"] != "post"
