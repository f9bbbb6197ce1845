"""The tree of conductances that joins the elements of a group, by printed names."""

from __future__ import annotations

from dataclasses import dataclass

SOLVER = "_solve_tree"
"""The printed name of what solves for the state of all elements of a group together."""


@dataclass(frozen=True)
class Tree:
    """Which state is coupled along a tree, and where its conductances stand.

    Attributes
    ----------
    state : str
        The state, as ``V``.
    to_parent : str
        The parameter that tells how many elements before it the parent of an element stands;
        zero where it has none.
    conductance, capacitance : str
        The parameters or derived quantities that are the conductance between an element and its
        parent, and the capacitance of an element.
    trees, longest : int
        How many trees the groups of a block have in all, and how many elements the longest has.
    """

    state: str
    to_parent: str
    conductance: str
    capacitance: str
    trees: int = 0
    longest: int = 0

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the coupling is computed from."""
        return self.to_parent, self.conductance, self.capacitance
