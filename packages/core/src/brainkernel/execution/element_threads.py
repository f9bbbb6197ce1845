"""Which thread owns an element of a block: it alone writes it during a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.program.address import Address
from brainkernel.program.partition import HEAD, Partition
from brainkernel.program.program import Program, SynapseBlock

Ints = NDArray[np.int64]


def threads_of(program: Program, partition: Partition, address: Address) -> Ints:
    """Return the thread of each element of an address.

    Parameters
    ----------
    program : Program
        The network.
    partition : Partition
        How it is shared out.
    address : Address
        A state, an input, or fired flags.
    """
    elements = address.elements()
    if partition.threads == 1:
        return np.zeros(elements.size, np.int64)
    for number, synapse_block in enumerate(program.synapse_blocks):
        levels = {field.name: field.level for field in own_fields(synapse_block)}
        # what synapses have as neurons, an input, belongs to threads as neurons do
        if synapse_block.name == address.block and address.name in levels:
            level = levels[address.name]
            if level == "pre":
                return _of_sources(program, partition, synapse_block, elements)
            return _of_synapses(partition, number, synapse_block, elements)
    return _of_neurons(program, partition, address.block, elements)


def _of_neurons(program: Program, partition: Partition, name: str, neurons: Ints) -> Ints:
    """Threads of neurons that are counted within their block: each has a run of these."""
    block = program.block(name)
    # whatever lies past the ends of all threads but the last is the last one's
    ends = partition.spans[:-1, program.blocks.index(block), 1] - block.first
    return np.searchsorted(ends, neurons, side="right")


def _of_sources(
    program: Program,
    partition: Partition,
    synapse_block: SynapseBlock,
    values: Ints,
) -> Ints:
    """Threads of values of single sources, which lie with one projection after the other."""
    entries = sorted(synapse_block.projections, key=lambda entry: entry.pre_first)
    entry = np.searchsorted([entry.pre_first for entry in entries], values, side="right") - 1
    block = program.block(synapse_block.pre_block)
    # projections may share sources, and each has values of its own for them
    shift = np.array([entry.pre.first - block.first - entry.pre_first for entry in entries])
    return _of_neurons(program, partition, block.name, values + shift[entry])


def _of_synapses(
    partition: Partition,
    number: int,
    synapse_block: SynapseBlock,
    synapses: Ints,
) -> Ints:
    """Threads of synapses: a row is cut into parts, and each thread has a run of parts."""
    threads = np.zeros(synapses.size, np.int64)
    for line, head in zip(
        range(*partition.synapse_blocks[number]), synapse_block.heads, strict=True
    ):
        inside = (synapses >= head.first) & (synapses < head.last)
        begin, parts = partition.heads[line, [HEAD.index("row"), HEAD.index("parts")]]
        rows = partition.rows[begin : begin + head.rows * parts + 1]
        # all rows have as many parts, so that the number of a part repeats row by row
        part = (np.searchsorted(rows, synapses[inside], side="right") - 1) % parts
        threads[inside] = np.searchsorted(partition.shares[line, 1:-1], part, side="right")
    return threads
