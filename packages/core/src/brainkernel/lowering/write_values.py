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
        for block, name in self._printed():
            if not self._fits_block(block, name):
                return False
        for synapse_block, binding in self._fields():
            if not self._fits_edge(synapse_block, binding):
                return False
        for synapse_block in self.program.synapse_blocks:
            for connectivity in self.roster.synapse_blocks[synapse_block.name]:
                if connectivity.drawn != synapse_block.drawn:
                    return False
        return True

    def _fits_block(self, block: NeuronBlock, name: str) -> bool:
        values = [self.roster.value(group, name) for group in block.groups]
        numbers = all(isinstance(value, float) for value in values)
        return numbers != (name in block.arrays)

    def _fits_edge(self, synapse_block: SynapseBlock, binding: Binding) -> bool:
        connectivities = self.roster.synapse_blocks[synapse_block.name]
        definition, tables = synapse_block.definition, synapse_block.heads
        level = parameter_level(definition, binding.name, connectivities, tables)
        return binding.level == level

    def constants(self, present: Constants) -> Constants:
        """The constants with the new values, and with all that follows from these.

        Raises
        ------
        ValueShapeError
            Where a value cannot be used; nothing has changed then.
        """
        # a new array: who has computed from the old one notices
        new = present.copy()
        touched: set[str] = set()
        for block, name in self._printed():
            fill_block(self.program, new, block, self.roster, [name])
            touched.add(block.name)
        for synapse_block, binding in self._fields():
            touched.add(synapse_block.name)
            # the largest Poisson count follows from its mean
            names = {draw.most for draw in synapse_block.draws if draw.mean == binding.name}
            names.add(binding.name)
            for field in own_fields(synapse_block):
                store = self.program.parts[field.part].store
                if store == "constants" and field.name in names:
                    fill_edge(self.program, new, synapse_block, self.roster, self.tables, field)
        for synapse_block in self.program.synapse_blocks:
            if synapse_block.name in touched:
                check_draws(synapse_block, self.roster)
        derive(self.program, new, only=touched)
        return new

    def put_into(self, synaptic: NDArray[Any]) -> None:
        """Write the new values of single synapses to their tables."""
        for synapse_block, binding in self._fields():
            array_slice = self.program.parts[binding.part]
            if array_slice.store != "synaptic":
                continue
            table = synaptic[array_slice.first : array_slice.last]
            for connectivity in self._changed(synapse_block, binding.name):
                order = self.tables.orders[str(connectivity.projection.name)]
                connectivity.put_values(binding.name, table, order, self.tables.kernels)

    def _printed(self) -> Iterator[tuple[NeuronBlock, str]]:
        """The blocks of neurons that read a new value, with its printed name."""
        new: dict[str, set[str]] = {}
        for member, name in self.names:
            new.setdefault(member, set()).add(name)
        for block in self.program.blocks:
            printed: set[str] = set()
            for group in block.groups:
                printed |= new.get(group.name, set())
                for channel in self.roster.channels[group.name]:
                    labels = channel.names()
                    projection = str(channel.connectivity.projection.name)
                    printed.update(labels[name] for name in new.get(projection, ()))
            constants = {*block.scalars, *block.arrays}
            for name in sorted(printed & constants):
                yield block, name

    def _fields(self) -> Iterator[tuple[SynapseBlock, Binding]]:
        """The blocks of synapses that read a new value, and what it is bound to."""
        for synapse_block in self.program.synapse_blocks:
            for binding in own_fields(synapse_block):
                if any(self._changed(synapse_block, binding.name)):
                    yield synapse_block, binding

    def _changed(self, synapse_block: SynapseBlock, name: str) -> list[Connectivity]:
        """The projections of a block of which a parameter is new."""
        changed = []
        for connectivity in self.roster.synapse_blocks[synapse_block.name]:
            projection = str(connectivity.projection.name)
            if (projection, name) in self.names:
                changed.append(connectivity)
        return changed
