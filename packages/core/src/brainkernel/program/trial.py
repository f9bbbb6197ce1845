"""What a backend is given that explains its program: runs on copies of a network's state."""

from __future__ import annotations

from typing import Any, Protocol

from brainkernel.program.program import Call, NeuronBlock, Program, SynapseBlock

Amount = tuple[str, int]
"""A unit, and how many of it there were."""


class Workload(Protocol):
    """How often each loop of a program went round."""

    @property
    def every_step(self) -> Amount:
        """The steps."""

    @property
    def all_neurons(self) -> Amount:
        """All neurons at all steps."""

    def neurons(self, block: NeuronBlock, call: Call | None = None) -> Amount:
        """The neurons of a block at all steps, or at those at which a step function runs."""

    def task(self, synapse_block: SynapseBlock, task: str) -> Amount:
        """What one task of a projection's did."""


class Trial(Protocol):
    """Runs programs on copies of a network's state; the network keeps its own."""

    @property
    def program(self) -> Program:
        """The network as plain data."""

    @property
    def dt(self) -> float:
        """The step in ms."""

    @property
    def steps(self) -> int:
        """How many steps the whole run has."""

    @property
    def threads(self) -> int:
        """How many threads run."""

    def run(self, executable: Any, steps: int | None = None) -> float:
        """Take the first steps, or all, and give back how many seconds that took."""

    def work(self, executable: Any) -> Workload:
        """Take all steps, and count what they had to do."""
