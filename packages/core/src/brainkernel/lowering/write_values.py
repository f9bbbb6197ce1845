"""New values of parameters are written to where the old ones lie.

A number may take the place of a number, and an array that of an array. Where a shared number
becomes one for each neuron or synapse, or the reverse, the form of the data changes, and the
network is laid out again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.derived_constants import derive
from brainkernel.lowering.fill_arrays import check_draws, fill_block, fill_edge
from brainkernel.lowering.fill_tables import Tables
from brainkernel.lowering.lower import Roster
from brainkernel.lowering.synapse_blocks import own_fields, parameter_level
from brainkernel.program.program import Binding, NeuronBlock, Program, SynapseBlock

Constants = NDArray[np.float64]


@dataclass(frozen=True)
class NewValues:
    """Parameters of a network that have just been given new values.

    Attributes
    ----------
    program, roster, tables
        The network as it is laid out; its members hold the new values already.
    names : collection of pairs of str
        Member and parameter.
    """

    program: Program
    roster: Roster
    tables: Tables
    names: Collection[tuple[str, str]]

    @property
    def keep_form(self) -> bool:
        """Whether the new values fit to where the old ones lie."""
        blocks = all(self._fits_block(block, name) for block, name in self._printed())
        edges = all(self._fits_edge(edge, field) for edge, field in self._fields())
        redrawn = all(
            wires.drawn == edge.drawn
            for edge in self.program.edges
            for wires in self.roster.edges[edge.name]
        )
        return blocks and edges and redrawn

    def _fits_block(self, block: NeuronBlock, name: str) -> bool:
        numbers = all(isinstance(self.roster.value(group, name), float) for group in block.groups)
        return numbers != (name in block.arrays)

    def _fits_edge(self, edge: SynapseBlock, field: Binding) -> bool:
        wired = self.roster.edges[edge.name]
        return field.level == parameter_level(edge.definition, field.name, wired, edge.heads)

    def constants(self, old: Constants) -> Constants:
        """The constants with the new values, and with all that follows from these.

        Raises
        ------
        ValueShapeError
            Where a value cannot be used; nothing has changed then.
        """
        new, touched = old.copy(), set[str]()
        for block, name in self._printed():
            fill_block(self.program, new, block, self.roster, [name])
            touched.add(block.name)
        for edge, field in self._fields():
            touched.add(edge.name)
            means = {draw.most for draw in edge.draws if draw.mean == field.name}
            for bound in own_fields(edge):
                kept_here = self.program.parts[bound.part].store == "constants"
                if kept_here and (bound.name == field.name or bound.name in means):
                    fill_edge(self.program, new, edge, self.roster, self.tables, bound)
        for edge in self.program.edges:
            if edge.name in touched:
                check_draws(edge, self.roster)
        derive(self.program, new, only=touched)
        return new

    def put_into(self, synaptic: NDArray[Any]) -> None:
        """Write the new values of single synapses to their tables."""
        for edge, field in self._fields():
            found = self.program.parts[field.part]
            if found.store != "synaptic":
                continue
            table = synaptic[found.first : found.last]
            for wires in self._changed(edge, field.name):
                order = self.tables.orders[str(wires.projection.name)]
                wires.put_values(field.name, table, order, self.tables.kernels)

    def _printed(self) -> Iterator[tuple[NeuronBlock, str]]:
        """The blocks of neurons that read a new value, with its printed name."""
        for block in self.program.blocks:
            constants, printed = {*block.scalars, *block.arrays}, set[str]()
            for group in block.groups:
                printed |= {name for member, name in self.names if member == group.name}
                for channel in self.roster.channels[group.name]:
                    names, member = channel.names(), str(channel.wired.projection.name)
                    printed |= {names[name] for other, name in self.names if other == member}
            yield from ((block, name) for name in sorted(printed & constants))

    def _fields(self) -> Iterator[tuple[SynapseBlock, Binding]]:
        """The blocks of synapses that read a new value, and what it is bound to."""
        for edge in self.program.edges:
            for field in own_fields(edge):
                if any(self._changed(edge, field.name)):
                    yield edge, field

    def _changed(self, edge: SynapseBlock, name: str) -> list[Connectivity]:
        """The projections of a block of which a parameter is new."""
        wired = self.roster.edges[edge.name]
        return [wires for wires in wired if (str(wires.projection.name), name) in self.names]
