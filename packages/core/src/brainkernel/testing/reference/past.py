"""What the states of a group were at earlier steps."""

from __future__ import annotations

from typing import Any

from brainkernel.testing.reference.given import Reals


class Past:
    """The states of a group at the beginning of each step, from time zero on.

    Attributes
    ----------
    slopes : dict of (step, neuron) to dict
        The time derivatives of its states there, as far as they are known.
    """

    def __init__(self, values: dict[str, Reals]) -> None:
        self.values = values
        self.rows: list[dict[str, Reals]] = []
        self.slopes: dict[tuple[int, int], dict[str, Any]] = {}

    def remember(self) -> None:
        """Keep the states as they are when a step begins."""
        self.rows.append({name: array.copy() for name, array in self.values.items()})

    def at(self, step: int, neuron: int) -> dict[str, Any]:
        """Give the states of one neuron at a step; before time zero they are as at time zero."""
        row = self.rows[max(step, 0)]
        return {name: array[neuron] for name, array in row.items()}

    def within(self, name: str, neuron: int, step: int, part: float, dt: float, form: str) -> Any:
        """Give a state of a neuron at a part of the way from a step to the next.

        By the polynomial of lowest degree through what is known at both ends: values, and slopes
        where the state is smooth. A state that no equation moves stays.
        """
        begin, end = self.at(step, neuron)[name], self.at(step + 1, neuron)[name]
        if part == 0.0 or form == "held" or step < 0:
            return begin
        if part == 1.0 or form == "straight":
            return (1.0 - part) * begin + part * end
        slope = dt * self.slopes[step, neuron][name]
        parabola = begin + slope * part + (end - begin - slope) * part**2
        known = self.slopes.get((step + 1, neuron))
        if known is None:
            return parabola
        # what is zero at both ends, and flat at the first, makes up for the slope at the last
        missing = dt * known[name] - (2.0 * (end - begin) - slope)
        return parabola + missing * part**2 * (part - 1.0)
