"""Where everything lies: whole numbers that are known when a program is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.backend import (
    HEAD,
    Address,
    ImpulseDrive,
    Job,
    NeuronBlock,
    Partition,
    Probe,
    Program,
    SynapseEvent,
    SynapseTable,
)

Span = tuple[int, int]


@dataclass(frozen=True)
class BlockLayout:
    """All groups of one model.

    Attributes
    ----------
    size : int
        How many neurons they have.
    groups : tuple of pairs
        First and last neuron of each group, counted within the block.
    scalars, arrays, keys : tuple of str
        The arrays of the program with one constant for each group, one for each neuron, and two
        words of a random stream for each group.
    trees : pair of int
        How many trees join its neurons, and how many neurons the longest has.
    """

    size: int
    groups: tuple[Span, ...]
    scalars: tuple[str, ...]
    arrays: tuple[str, ...]
    keys: tuple[str, ...]
    trees: tuple[int, int] = (0, 0)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many neurons each group has."""
        return tuple(last - first for first, last in self.groups)


@dataclass(frozen=True)
class TableLayout:
    """One table of synapses: its ends, its synapses, its delays.

    Attributes
    ----------
    number : int
        Among the tables of its projections.
    sources, targets : pair of int
        Its ends, as numbers among all neurons.
    source_first, source_last, target_first : int
        The same, counted within their blocks.
    own, own_sources : int, pair of int
        Where the values lie that it keeps for each source.
    synapses : pair of int
        Its synapses among those of its block.
    pre_number, post_number : int
        The groups' numbers within their blocks.
    delays : tuple of int
        The distinct delays, in steps.
    dendritic : int
        The steps between its synapses and their targets.
    complete : bool
        Whether every source is known to reach every target once, by the same delay.
    """

    number: int
    sources: Span
    targets: Span
    source_first: int
    source_last: int
    target_first: int
    own: int
    own_sources: Span
    synapses: Span
    pre_number: int
    post_number: int
    delays: tuple[int, ...]
    dendritic: int
    complete: bool = False


@dataclass(frozen=True)
class ProbeLayout:
    """What a monitor samples: elements of a state, or of the spikes where `name` is None."""

    name: str | None
    span: Span | None
    index: NDArray[np.int64] | None
    every: int

    @property
    def size(self) -> int:
        """How many elements it samples."""
        if self.span is not None:
            return self.span[1] - self.span[0]
        return 0 if self.index is None else self.index.size


@dataclass(frozen=True)
class ArrayLayout:
    """Where everything lies in the arrays of a program, as the printed text reads it.

    Attributes
    ----------
    blocks : dict of BlockLayout
        By name, in the order of their neurons.
    groups : tuple of pairs
        First and last neuron of each group, among all.
    tables : dict of tuple of TableLayout
        By the name of a block of synapses.
    inputs, inputs_of : int, dict
        How long the inputs of all models are in the one array that a step fills, and where those
        of each lie.
    drives : tuple
        The inputs that each drive acts on, where they follow one another, or None.
    probes : tuple of ProbeLayout
        What monitors sample.
    listed : bool
        Whether it is noted which neurons fire.
    way : str
        ``one by one`` or ``in blocks``: how spikes are delivered.
    event_sizes : tuple of int
        How many neurons have each of the kinds of events besides the spike.
    event_tables : dict of tuple of TableLayout
        The tables that hear these events, by the name of what happens at them.
    surrogate : function, optional
        Turns how far a neuron is above its threshold into a spike that has a derivative.
    through_reset : bool
        Whether the derivative of a spike goes through the reset that it brings.
    """

    blocks: dict[str, BlockLayout]
    groups: tuple[Span, ...]
    tables: dict[str, tuple[TableLayout, ...]]
    inputs: int
    inputs_of: dict[str, Span]
    drives: tuple[Span | None, ...] = ()
    probes: tuple[ProbeLayout, ...] = ()
    listed: bool = False
    way: str = "one by one"
    event_sizes: tuple[int, ...] = ()
    event_tables: dict[str, tuple[TableLayout, ...]] = field(default_factory=dict)
    surrogate: Callable[[Any], Any] | None = field(default=None, compare=False)
    through_reset: bool = True


def layout_of(program: Program, partition: Partition) -> ArrayLayout:
    """Find out where everything lies.

    Parameters
    ----------
    program : Program
        The network.
    partition : Partition
        It, undivided.
    """
    inputs = [part for part in program.parts.values() if part.store == "inputs"]
    tables = {}
    for number, synapse_block in enumerate(program.synapse_blocks):
        first = int(partition.synapse_blocks[number, 0])
        tables[synapse_block.name] = tuple(
            _table_layout(partition, first, number, table)
            for number, table in enumerate(synapse_block.heads)
        )
    return ArrayLayout(
        blocks={block.name: _block_layout(block) for block in program.blocks},
        groups=tuple((group.first, group.last) for group in program.groups),
        tables=tables,
        inputs=program.size("inputs"),
        inputs_of={part.name: (part.first, part.last) for part in inputs},
        event_sizes=tuple(block.last - block.first for block, _ in program.events),
        event_tables=_event_tables(program, tables),
    )


def _event_tables(
    program: Program, tables: Mapping[str, tuple[TableLayout, ...]]
) -> dict[str, tuple[TableLayout, ...]]:
    """Lay out the same tables for the events of their ends that are no spikes."""
    listening = {}
    for synapse_block in program.synapse_blocks:
        for event in synapse_block.at_events:
            of_block = tables[synapse_block.name]
            listening[event.table] = tuple(_listening(table, event) for table in of_block)
    return listening


def _listening(table: TableLayout, event: SynapseEvent) -> TableLayout:
    """Give a table that hears another kind of event at one of its ends."""
    if event.end == "pre":
        first, last = table.sources
        return replace(table, sources=(first + event.neurons, last + event.neurons))
    first, last = table.targets
    return replace(table, targets=(first + event.neurons, last + event.neurons))


def _block_layout(block: NeuronBlock) -> BlockLayout:
    tree = block.equations.tree
    return BlockLayout(
        size=block.last - block.first,
        groups=tuple(
            (group.first - block.first, group.last - block.first) for group in block.groups
        ),
        scalars=tuple(f"{block.name}_{name}" for name in block.scalars),
        arrays=tuple(f"{block.name}_{name}" for name in block.arrays),
        keys=tuple(f"{block.name}_{draw.key}" for draw in block.draws),
        trees=(tree.trees, tree.longest) if tree else (0, 0),
    )


def _table_layout(
    partition: Partition, first: int, number: int, table: SynapseTable
) -> TableLayout:
    line = dict(zip(HEAD, partition.heads[first + number].tolist(), strict=True))
    sources = line["source_last"] - line["source_first"]
    return TableLayout(
        number=number,
        sources=(line["source"], line["source"] + sources),
        targets=(line["target"], line["target"] + line["target_last"] - line["target_first"]),
        own_sources=(line["own_pre"], line["own_pre"] + sources),
        own=line["own_pre"],
        synapses=(table.first, table.last),
        delays=table.delays,
        **{name: line[name] for name in SAME},
    )


SAME = ("source_first", "source_last", "target_first", "pre_number", "post_number", "dendritic")


def span_of(address: Address) -> Span | None:
    """Return the first and last of elements that follow one another."""
    index = address.index
    if isinstance(index, slice) and address.size:
        return index.start, index.stop
    return None


def probe_layout(program: Program, probe: Probe) -> ProbeLayout:
    """Lay out what a monitor samples."""
    address = probe.address
    # a step gives the flags of all neurons in one array, and states in one for each block
    first = program.block(address.block).first if probe.fired else 0
    span = span_of(address)
    name = None if probe.fired else address.part
    if span is None:
        return ProbeLayout(name, None, first + address.elements(), probe.every)
    return ProbeLayout(name, (first + span[0], first + span[1]), None, probe.every)


def input_places(layout: ArrayLayout, address: Address) -> NDArray[np.int64]:
    """List where the elements of an input lie in the array of all inputs."""
    first, _ = layout.inputs_of[address.part]
    return first + address.elements()


def drive_spans(layout: ArrayLayout, job: Job) -> tuple[Span | None, ...]:
    """List the inputs that each drive of a job acts on, where they follow one another."""
    return tuple(input_span(layout, drive.address) for drive in job.drives)


def input_span(layout: ArrayLayout, address: Address) -> Span | None:
    """Return the stretch of the array of all inputs that an address is, if it is one."""
    span = span_of(address)
    if span is None:
        return None
    first, _ = layout.inputs_of[address.part]
    return first + span[0], first + span[1]


def impulse_arrays(
    layout: ArrayLayout, drives: tuple[ImpulseDrive, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Join impulses: steps, elements of the array of all inputs and values, in this order."""
    # empty arrays come first, so that there is something to join without drives too
    steps = [np.zeros(0, np.int64)]
    indices = [np.zeros(0, np.int64)]
    values = [np.zeros(0)]
    for drive in drives:
        steps.append(drive.steps)
        indices.append(input_places(layout, drive.address))
        values.append(drive.values)
    all_steps = np.concatenate(steps)
    all_indices = np.concatenate(indices)
    order = np.lexsort((all_indices, all_steps))  # the last key counts first
    return all_steps[order], all_indices[order], np.concatenate(values)[order]
