"""From names to flat arrays, for printed programs that loop: the only place that uses offsets."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.codegen.dialect import Dialect
from brainkernel.codegen.named_arrays import Structure, neuron_structures, synapse_structures
from brainkernel.codegen.network_data import (
    HEAD_TYPE,
    EndValues,
    Firing,
    Neurons,
    Synapses,
    TableArrays,
    TableValues,
)
from brainkernel.codegen.split_update import between_structure
from brainkernel.program.address import Address
from brainkernel.program.partition import HEAD, Partition
from brainkernel.program.program import (
    NeuronBlock,
    Program,
    SynapseBlock,
    SynapseEvent,
    aligned,
    input_name,
)

LEVELS = 48  # fifteen levels of a mean, and room for counts
Stores = Mapping[str, NDArray[Any]]
TABLE_PARTS = {
    "targets": "targets",
    "delays": "delays",
    "steps": "steps",
    "columns": "columns",
    "incoming": "incoming",
    "sources": "sources",
    "numbers": "synapse_number",
    "places": "synapse_place",
    "rules": "rules",
}
"""The arrays of a block of synapses that no model names, each with its array slice."""


class NetworkArrays:
    """Fills the named tuples that a printed program defines.

    Parameters
    ----------
    program : Program
        The network.
    module : module
        The imported text.
    dialect : Dialect
        How the text was written.
    """

    def __init__(self, program: Program, module: ModuleType, dialect: Dialect) -> None:
        self.program, self.module, self.dialect = program, module, dialect
        self.neurons = {b.name: neuron_structures(b, dialect) for b in program.blocks}
        self.synapses = {e.name: synapse_structures(e) for e in program.synapse_blocks}
        self.widths = {b.name: b.last - b.first for b in program.blocks}
        # all threads share what lies between the loops of an update
        self._between = {b.name: self._room_between(b, dialect) for b in program.blocks}

    def of_neurons(
        self,
        stores: Stores,
        fired: NDArray[np.uint8],
        partition: Partition,
        thread: int,
    ) -> Any:
        """Fill the arrays of all groups, with the neurons of one thread."""
        blocks = [
            self._block(block, stores, fired, partition.groups[thread])
            for block in self.program.blocks
        ]
        return self.module._neurons(*blocks)

    def of_synapses(self, stores: Stores, partition: Partition, thread: int) -> Any:
        """Fill the arrays of all projections, with the synapses of one thread."""
        if not self.program.synapse_blocks:
            return ()
        synapse_blocks = []
        at_events = []
        for number, synapse_block in enumerate(self.program.synapse_blocks):
            synapses = self._edge(number, synapse_block, stores, partition, thread)
            synapse_blocks.append(synapses)
            at_events += [_listening(synapses, event) for event in synapse_block.at_events]
        return self.module._synapses(*synapse_blocks, *at_events)

    def of_ends(self, stores: Stores) -> Any:
        """Name what synapses read of third ends."""
        readings = self.program.end_readings
        if not readings:
            return ()
        arrays = []
        for reading in readings:
            names = (reading.to, reading.places, reading.source, reading.elements)
            arrays.append(EndValues(*(self._part(name, stores) for name in names)))
        return self.module._ends(*arrays)

    def _block(
        self,
        block: NeuronBlock,
        stores: Stores,
        fired: NDArray[np.uint8],
        partition: NDArray[np.int64],
    ) -> Neurons:
        structures = self.neurons[block.name]
        groups = np.array([(group.first, group.last) for group in block.groups], np.int64)
        first_number = block.groups[0].number
        own = partition[first_number : first_number + len(block.groups)]
        keys = self._filled(structures["keys"], stores)
        if keys:
            # two words of 32 bits are the key of one random stream
            keys = type(keys)(*(words.reshape(-1, 2) for words in keys))
        neurons = self._filled(structures["neurons"], stores)
        if block.histories:
            pasts = {name: getattr(neurons, name) for name, _ in block.histories}
            rows = {name: pasts[name].reshape(-1, length) for name, length in block.histories}
            neurons = neurons._replace(**rows)
        return Neurons(
            len(block.groups),
            neurons,
            self._filled(structures["values"], stores),
            keys,
            self._levels(structures["levels"], len(block.groups)),
            self._firing(block, stores, fired),
            own - block.first,
            groups - block.first,
            own[:, 0] - groups[:, 0],
            self._rings(structures["past"], block.last - block.first, stores),
            self._rings(structures["slopes"], block.last - block.first, stores),
            self._between[block.name],
        )

    def _firing(self, block: NeuronBlock, stores: Stores, fired: NDArray[np.uint8]) -> Any:
        """Fill what tells who fires, in a tuple of the block's own where it has further events."""
        arrays = {"fired": fired[block.first : block.last]}
        for name in block.hidden:
            arrays[name] = self._hidden(block, name, stores)
        if not block.events:
            return Firing(**arrays)
        for event in block.events:
            arrays[event.fired] = fired[event.groups[0].first : event.groups[-1].last]
        structure = self.neurons[block.name]["firing"]
        made = getattr(self.module, structure.name)
        return made(*(arrays[name] for name in structure.fields))

    def _edge(
        self,
        number: int,
        synapse_block: SynapseBlock,
        stores: Stores,
        partition: Partition,
        thread: int,
    ) -> Synapses:
        structures = self.synapses[synapse_block.name]
        filled = {kind: self._filled(structure, stores) for kind, structure in structures.items()}
        filled["shared"] = self._with_words(synapse_block, filled["shared"])
        width = self.widths[synapse_block.pre_block]
        filled["past"] = self._rings(structures["past"], width, stores)
        width = self.widths[synapse_block.post_block]
        # a ring of sums has a row for each step of delay, and in it a sum for each target
        if filled["sums"]:
            sums = (array.reshape(-1, width) for array in filled["sums"])
            filled["sums"] = type(filled["sums"])(*sums)
        post = self.program.block(synapse_block.post_block)
        block_number = self.program.blocks.index(post)
        first, last = (partition.spans[thread, block_number] - post.first).tolist()
        lines = slice(*partition.synapse_blocks[number])
        left = self._hidden(post, "refractory_left", stores)
        # synapses need to know only which targets are refractory
        firing: Any = Firing((), left, ()) if post.refractory else ()
        return Synapses(
            size=len(synapse_block.heads),
            heads=_heads(
                partition,
                lines,
                thread,
                synapse_block.rule if synapse_block.drawn is not None else 0,
            ),
            arrays=self._table_arrays(synapse_block, stores, partition),
            values=TableValues(**filled, firing=firing),
            first_target=first,
            last_target=last,
        )

    def _table_arrays(
        self,
        synapse_block: SynapseBlock,
        stores: Stores,
        partition: Partition,
    ) -> TableArrays:
        arrays = {
            field: self._optional(synapse_block.table_name(name), stores)
            for field, name in TABLE_PARTS.items()
        }
        return TableArrays(rows=partition.rows, bases=partition.bases, **arrays)

    def _with_words(self, synapse_block: SynapseBlock, shared: Any) -> Any:
        """Give each table the two words of its random streams."""
        keys = {draw.key for draw in synapse_block.draws}
        if not shared or keys.isdisjoint(shared._fields):
            return shared
        words = {
            name: getattr(shared, name).reshape(-1, 2) for name in shared._fields if name in keys
        }
        return shared._replace(**words)

    def _filled(self, structure: Structure, stores: Stores) -> Any:
        if not structure.fields:
            return ()
        made = getattr(self.module, structure.name)
        return made(*(self._part(name, stores) for name in structure.fields.values()))

    def _rings(self, structure: Structure, width: int, stores: Stores) -> Any:
        """Fill a structure of arrays that have a row for each of the last steps."""
        filled = self._filled(structure, stores)
        return type(filled)(*(array.reshape(-1, width) for array in filled)) if filled else ()

    def _levels(self, structure: Structure, groups: int) -> Any:
        """Make room for the tables that tell Poisson counts; the program fills them."""
        if not structure.fields:
            return ()
        made = getattr(self.module, structure.name)
        return made(*(np.zeros((groups, LEVELS), np.uint32) for _ in structure.fields))

    def _room_between(self, block: NeuronBlock, dialect: Dialect) -> Any:
        """Make room for what lies between the loops of an update in several parts."""
        structure = between_structure(block, dialect)
        if not structure.fields:
            return ()
        made = getattr(self.module, structure.name)
        return made(*(aligned((self.widths[block.name],), np.float64) for _ in structure.fields))

    def _hidden(self, block: NeuronBlock, name: str, stores: Stores) -> Any:
        return self._optional(f"{block.name}_{name}", stores)

    def _optional(self, name: str, stores: Stores) -> Any:
        """Cut an array slice out of its store; ``()`` where the program has none."""
        return self._part(name, stores) if name in self.program.parts else ()

    def _part(self, name: str, stores: Stores) -> NDArray[Any]:
        """Cut an array slice out of its store."""
        return self.program.cut(stores[self.program.parts[name].store], name)


def _listening(synapses: Synapses, event: SynapseEvent) -> Synapses:
    """Give the same tables, which hear another kind of event at one of their ends."""
    heads = synapses.heads.copy()
    end = "source" if event.end == "pre" else "target"
    for name in (f"{end}_group", f"{end}_group_end"):
        heads[name] += event.groups
    heads[end] += event.neurons
    return synapses._replace(heads=heads)


def places_of(program: Program, address: Address, fired: bool = False) -> NDArray[np.int64]:
    """List where elements lie in their flat array, or in the flags of all neurons that fired."""
    start = program.block(address.block) if fired else program.parts[address.part]
    return start.first + address.elements()


def input_stretches(program: Program, partition: Partition) -> list[NDArray[np.int64]]:
    """List for each thread the stretches of the flat inputs that are its own."""
    # an empty array, so that a network without inputs has something to join
    stretches = [np.zeros((partition.threads, 0, 2), np.int64)]
    for number, block in enumerate(program.blocks):
        for name in block.inputs:
            first = program.parts[f"{block.name}_{input_name(name)}"].first
            stretches.append(partition.spans[:, number, None] + (first - block.first))
    return list(np.concatenate(stretches, axis=1))


def _heads(partition: Partition, lines: slice, thread: int, rule: int) -> Any:
    """Give the ends of the tables of a block of synapses, and the share of a thread."""
    heads, shares = partition.heads[lines], partition.shares[lines]
    records = np.zeros(len(heads), HEAD_TYPE).view(np.recarray)
    for number, name in enumerate(HEAD):
        records[name] = heads[:, number]
    # a thread handles its own sources, counted from the first of the table
    group, source = records["source_group"], records["source"]
    records["first_part"], records["last_part"] = shares[:, thread], shares[:, thread + 1]
    records["all_parts"] = shares[:, -1]
    records["first_source"] = partition.groups[thread, group, 0] - source
    records["last_source"] = partition.groups[thread, group, 1] - source
    records["rule"] = rule * np.arange(len(heads))
    records["rule_end"] = records["rule"] + rule
    return records
