"""Generated derived quantities: functions that name them in place of what they follow from."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

FUNCTION = re.compile(r"\n    @bk\.(.+)\n    def (\w+)\((.*)\):\n        return (.*)")

OF_NEURONS = """

    @bk.derived
    def pulled(lifted, I):
        return I + lifted

    @bk.derived
    def lifted(twice, x):
        return twice - x

    @bk.derived
    def twice(x):
        return 2.0 * x
"""
OF_SYNAPSES = """

    @bk.derived
    def same_c(double_c, c):
        return double_c - c

    @bk.derived
    def double_c(c):
        return 2.0 * c
"""


def derive_in_neuron(text: str) -> str:
    """Give a class of neurons that names derived quantities; they add no digits to a number."""
    return renamed(text, {"I": "pulled", "x": "lifted"}) + OF_NEURONS.rstrip()


def derive_in_synapse(text: str) -> str:
    """Give a class of synapses that names those of both ends, and its own."""
    derived = {"z_pre": "lifted_pre", "z_post": "lifted_post", "c": "same_c"}
    return renamed(text, derived) + OF_SYNAPSES.rstrip()


def renamed(text: str, derived: Mapping[str, str]) -> str:
    """Let functions read values under other names, but those that are written or integrated."""

    def replaced(match: re.Match[str]) -> str:
        decorator, name, arguments, result = match.groups()
        for plain, quantity in derived.items():
            if f'"{plain}"' not in decorator and name != f"d{plain}":
                arguments = re.sub(rf"\b{plain}\b", quantity, arguments)
                result = re.sub(rf"\b{plain}\b", quantity, result)
        return f"\n    @bk.{decorator}\n    def {name}({arguments}):\n        return {result}"

    return FUNCTION.sub(replaced, text)


def is_derived(seed: int) -> bool:
    """Whether the models of a number have derived quantities: every other one does."""
    return random.Random(f"{seed} derived").random() < 0.5
