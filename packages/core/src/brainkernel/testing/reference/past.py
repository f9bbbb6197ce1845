"""What the states of a group were at earlier steps."""

from __future__ import annotations

from typing import Any

from brainkernel.testing.reference.given import Reals


class Past:
    """The states of a group at the beginning of each step, from time zero on."""

    def __init__(self, values: dict[str, Reals]) -> None:
        self.values = values
        self.rows: list[dict[str, Reals]] = []

    def remember(self) -> None:
        """Keep the states as they are when a step begins."""
        self.rows.append({name: array.copy() for name, array in self.values.items()})

    def at(self, step: int, neuron: int) -> dict[str, Any]:
        """Give the states of one neuron at a step; before time zero they are as at time zero."""
        row = self.rows[max(step, 0)]
        return {name: array[neuron] for name, array in row.items()}
