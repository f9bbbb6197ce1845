"""Fractional derivatives from all that a state has been, kept in plain lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from brainkernel.testing.reference.methods import System, Vector


def is_fractional(method: Any) -> bool:
    """Whether a method has an order of its derivative."""
    return hasattr(method, "alpha")


class History:
    """What the states of one neuron were at the beginning of each step so far."""

    def __init__(self) -> None:
        self.states: list[Vector] = []

    def step(self, method: Any, system: System, x: Vector, t: float, dt: float) -> Vector:
        """Take a step by the method that is asked for."""
        self.states.append(x.copy())
        alpha, length = method.alpha, method.num_memory
        slope = dt**alpha * system.rates(x, t)
        if method.name.startswith("caputo_l1"):
            changes = [b - a for a, b in zip(self.states, self.states[1:], strict=False)]
            new = x + math.gamma(2.0 - alpha) * slope
            for k, change in enumerate(changes[::-1][:length], start=1):
                new = new - ((k + 1) ** (1.0 - alpha) - k ** (1.0 - alpha)) * change
            return system.moved(x, new)
        first, weight = self.states[0], 1.0
        total = np.zeros_like(x)
        for k, past in enumerate(self.states[::-1][:length], start=1):
            weight *= 1.0 - (1.0 + alpha) / k
            total = total + weight * (past - first)
        return system.moved(x, first + slope - total)
