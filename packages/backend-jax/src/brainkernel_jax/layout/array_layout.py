"""Where everything lies: whole numbers that are known when a program is compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.backend import HEAD, Job, Partition, Probe, Program, SynapseTable

Span = tuple[int, int]


@dataclass(frozen=True)
class HeadPlace:
    """One table of synapses: its ends, its synapses, its delays.

    Attributes
    ----------
    number : int
        Among the tables of its edge.
    sources, targets : pair of int
        Its ends, as global numbers of neurons.
    source_first, source_last, target_first : int
        The same, counted within their blocks.
    own, own_sources : int, pair of int
        Where what it keeps for each source lies.
    synapses : pair of int
        Its stretch of the synapses of the edge.
    pre_number, post_number : int
        The groups' numbers within their blocks.
    delays : tuple of int
        The distinct delays, in steps.
    dendritic : int
        Between its synapses and their targets, in steps.
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
class WatchPlace:
    """What a monitor watches: a part of the state, or spikes where `name` is None.

    A stretch of it or some places.
    """

    name: str | None
    span: Span | None
    index: NDArray[np.int64] | None
    every: int


@dataclass(frozen=True)
class Places:
    """The layout of a program, as the printed text reads it.

    Attributes
    ----------
    blocks : tuple of pairs
        Each block's first and last neuron.
    groups : tuple of pairs
        Each group's.
    groups_of, sizes : dict
        By block, the groups' neurons counted within it, and how many each has.
    heads : dict
        By edge, its tables.
    inputs, inputs_of : int, dict
        How long the inputs are, and the stretch of each.
    drives : tuple
        The stretch that each drive acts on, or None where it has places of its own.
    watches : tuple of WatchPlace
        What monitors watch.
    listed : bool
        Whether it is noted which neurons fire.
    way : str
        ``one by one`` or ``in blocks``: how spikes are delivered.
    surrogate : function, optional
        Turns how far a neuron is above its threshold into a spike that has a derivative.
    through_reset : bool
        Whether the derivative of a spike goes through the reset that it brings.
    """

    blocks: tuple[Span, ...]
    groups: tuple[Span, ...]
    groups_of: dict[str, tuple[Span, ...]]
    sizes: dict[str, tuple[int, ...]]
    heads: dict[str, tuple[HeadPlace, ...]]
    inputs: int
    inputs_of: dict[str, Span]
    drives: tuple[Span | None, ...] = ()
    watches: tuple[WatchPlace, ...] = ()
    listed: bool = False
    way: str = "one by one"
    surrogate: Callable[[Any], Any] | None = field(default=None, compare=False)
    through_reset: bool = True


def places_of(program: Program, pieces: Partition) -> Places:
    """Find out where everything lies.

    Parameters
    ----------
    program : Program
        The network.
    pieces : Partition
        It, undivided.
    """
    inputs = [part for part in program.parts.values() if part.store == "inputs"]
    return Places(
        blocks=tuple((block.first, block.last) for block in program.blocks),
        groups=tuple((group.first, group.last) for group in program.groups),
        groups_of={
            block.name: tuple((g.first - block.first, g.last - block.first) for g in block.groups)
            for block in program.blocks
        },
        sizes={block.name: tuple(group.size for group in block.groups) for block in program.blocks},
        heads={
            edge.name: _heads(program, pieces, number) for number, edge in enumerate(program.edges)
        },
        inputs=program.size("inputs"),
        inputs_of={part.name: (part.first, part.last) for part in inputs},
    )


def _heads(program: Program, pieces: Partition, number: int) -> tuple[HeadPlace, ...]:
    edge, first = program.edges[number], int(pieces.edges[number, 0])
    return tuple(_head(pieces, first, number, head) for number, head in enumerate(edge.heads))


def _head(pieces: Partition, first: int, number: int, head: SynapseTable) -> HeadPlace:
    line = dict(zip(HEAD, pieces.heads[first + number].tolist(), strict=True))
    sources = line["source_last"] - line["source_first"]
    return HeadPlace(
        number=number,
        sources=(line["source"], line["source"] + sources),
        targets=(line["target"], line["target"] + line["target_last"] - line["target_first"]),
        own_sources=(line["own_pre"], line["own_pre"] + sources),
        own=line["own_pre"],
        synapses=(head.first, head.last),
        delays=head.delays,
        **{name: line[name] for name in SAME},
    )


SAME = ("source_first", "source_last", "target_first", "pre_number", "post_number", "dendritic")


def span_of(places: NDArray[np.int64]) -> Span | None:
    """First and last of places that follow one another."""
    if places.size == 0 or not np.array_equal(
        places, np.arange(places[0], places[0] + places.size)
    ):
        return None
    return int(places[0]), int(places[-1]) + 1


def watch_place(program: Program, watch: Probe) -> WatchPlace:
    """Where a monitor's values lie."""
    if watch.fired or not watch.places.size:
        name, own = None, watch.places
    else:
        part = program.find("values", int(watch.places[0]))
        name, own = part.name, watch.places - part.first
    span = span_of(own)
    return WatchPlace(name, span, None if span else own, watch.every)


def drive_spans(job: Job) -> tuple[Span | None, ...]:
    """The stretch of inputs that each drive of a job acts on."""
    return tuple(span_of(drive.places) for drive in job.drives)
