"""Which thread owns a place of the flat arrays: it alone writes it during a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.program.partition import HEAD, Partition
from brainkernel.program.program import ArraySlice, Program, SynapseBlock

Ints = NDArray[np.int64]


class Owners:
    """Finds the threads of places.

    Parameters
    ----------
    program : Program
        The network.
    pieces : Partition
        How it is shared out.
    """

    def __init__(self, program: Program, pieces: Partition) -> None:
        self.program, self.pieces = program, pieces
        self._blocks = {
            f"{block.name}_{name}": block.first
            for block in program.blocks
            for name in (*block.states, *(f"{name}_input" for name in block.inputs))
        }
        self._edges = {
            field.part: (edge, field.level) for edge in program.edges for field in own_fields(edge)
        }

    def neurons(self, numbers: Ints) -> Ints:
        """The threads of neurons by global number."""
        owner = np.zeros(numbers.size, np.int64)
        for number in range(len(self.program.blocks)):
            first = self.pieces.spans[:, number, 0]
            inside = (numbers >= first[0]) & (numbers < self.pieces.spans[-1, number, 1])
            ends = self.pieces.spans[:-1, number, 1]
            owner[inside] = np.searchsorted(ends, numbers[inside], side="right")
        return owner

    def places(self, store: str, places: Ints) -> Ints:
        """The threads of places in the store of states or of inputs."""
        owner = np.zeros(places.size, np.int64)
        if self.pieces.threads == 1:
            return owner
        for part in self.program.parts.values():
            if part.store == store:
                inside = (places >= part.first) & (places < part.last)
                if np.any(inside):
                    owner[inside] = self._of_part(part, places[inside] - part.first)
        return owner

    def _of_part(self, part: ArraySlice, places: Ints) -> Ints:
        if part.name in self._blocks:
            return self.neurons(self._blocks[part.name] + places)
        edge, level = self._edges[part.name]
        return self._of_sources(edge, places) if level == "pre" else self._of_synapses(edge, places)

    def _of_sources(self, edge: SynapseBlock, places: Ints) -> Ints:
        entries = sorted(edge.projections, key=lambda entry: entry.pre_first)
        entry = np.searchsorted([e.pre_first for e in entries], places, side="right") - 1
        first = np.array([e.pre.first - e.pre_first for e in entries])
        return self.neurons(first[entry] + places)

    def _of_synapses(self, edge: SynapseBlock, places: Ints) -> Ints:
        owner = np.zeros(places.size, np.int64)
        number = next(k for k, other in enumerate(self.program.edges) if other.name == edge.name)
        for line, head in zip(range(*self.pieces.edges[number]), edge.heads, strict=True):
            inside = (places >= head.first) & (places < head.last)
            begin, parts = (
                self.pieces.heads[line, HEAD.index("row")],
                self.pieces.heads[line, HEAD.index("parts")],
            )
            rows = self.pieces.rows[begin : begin + head.rows * parts + 1]
            part = (np.searchsorted(rows, places[inside], side="right") - 1) % parts
            owner[inside] = np.searchsorted(self.pieces.shares[line, 1:-1], part, side="right")
        return owner

    def inputs(self) -> list[Ints]:
        """For each thread the stretches of the inputs that are its own."""
        found: list[list[tuple[int, int]]] = [[] for _ in range(self.pieces.threads)]
        for number, block in enumerate(self.program.blocks):
            for name in block.inputs:
                shift = self.program.parts[f"{block.name}_{name}_input"].first - block.first
                for thread, (first, last) in enumerate(self.pieces.spans[:, number].tolist()):
                    found[thread].append((first + shift, last + shift))
        return [np.array(each, np.int64).reshape(-1, 2) for each in found]
