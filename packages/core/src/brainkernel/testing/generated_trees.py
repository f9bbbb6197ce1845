"""Trees in generated models: neurons that conductances join along V."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

JOINED = """\
    up = bk.parameter(0.0)
    g_joint = bk.parameter(0.25)
    C = bk.parameter(1.0)
    joints = bk.tree("V", conductance="g_joint", capacitance="C", to_parent="up")
"""
METHODS: list[str | None] = ["tr_bdf2", None]


def may_be_joined(text: str) -> bool:
    """Whether nothing in a generated neuron model speaks against a tree along V."""
    return "diffusion" not in text and 'holds="V"' not in text and 'holds=("V"' not in text


def join(dice: random.Random, text: str) -> str | None:
    """Give the text of a model with a tree, now and then, or None."""
    if dice.random() < 0.75 or not may_be_joined(text):
        return None
    # k is the first parameter of every generated model
    head, declarations = text.split("    k = ", 1)
    return f"{head}{JOINED}    k = {declarations}"


def draw_parents(draw: Callable[[Any], Any], size: int) -> list[float]:
    """Draw how many neurons before it the parent of each stands: trees, one after another."""
    steps, root = [0.0], 0
    for number in range(1, size):
        step = draw(st.integers(0, number - root))
        if step == 0:
            root = number
        steps.append(float(step))
    return steps
