"""Adams-Bashforth methods, which start anew where a neuron is not what it was left as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from brainkernel.testing.reference.methods import System, Vector

WEIGHTS = {"ab2": (3 / 2, -1 / 2), "ab3": (23 / 12, -16 / 12, 5 / 12)}
STARTING = {"ab2": "midpoint", "ab3": "rk3"}


class PastSlopes:
    """What is known of the steps of one neuron, since it was disturbed last."""

    def __init__(self) -> None:
        self.slopes: list[Vector] = []
        self.left: Any = None

    def step(
        self,
        name: str,
        system: System,
        x: Vector,
        outside: Any,
        times: tuple[float, float],
        start: Callable[[str], Vector],
    ) -> Vector:
        """Take a step from `x` on; `outside` is all that is constant in it."""
        t, dt = times
        if self.left != (x.tolist(), outside, system.free().tolist()):
            self.slopes = []
        self.slopes = [system.rates(x, t), *self.slopes]
        weights = WEIGHTS[name]
        if len(self.slopes) < len(weights):
            new = start(STARTING[name])
        else:
            self.slopes = self.slopes[: len(weights)]
            total = np.sum([w * k for w, k in zip(weights, self.slopes, strict=True)], axis=0)
            new = system.moved(x, x + dt * total)
        self.left = new.tolist(), outside, system.free().tolist()
        return new
