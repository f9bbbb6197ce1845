"""The tables of synapses: for each source a row of targets, laid out once for all projections that share a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.placed import Placed, positions
from brainkernel.program import CHUNK, STORES, Edge, Head, Program, Projection
from brainkernel.wiring import Wired

Ints = NDArray[np.int64]


@dataclass
class Tables:
    """Where all synapses lie.

    Attributes
    ----------
    rows : array
        For all tables, one after another: the first synapse of each row (and of each chunk of targets in it), counted
        among the synapses of the edge, and at last one past the end.
    stores : dict of str to array
        The flat arrays of connectivity.
    starts : dict of str to array
        For each projection the first synapse of each of its own rows.
    """

    rows: Ints
    stores: dict[str, NDArray[Any]]
    starts: dict[str, Ints]


STORED = ("table", "targets16", "targets32", "sources", "steps8", "steps16")


def tables_of(program: Program, wired: Mapping[str, Sequence[Wired]]) -> Tables:
    """Fill the tables of all edges."""
    stores = {name: np.zeros(program.size(name), STORES[name]) for name in STORED}
    rows, starts = [np.zeros(0, np.int64)], dict[str, Ints]()
    for edge in program.edges:
        delays = [delay for head in edge.heads for delay in head.delays]
        part(program, stores, f"{edge.name}_delays")[:] = delays
        for head in edge.heads:
            rows.append(_fill(program, stores, edge, head, wired[edge.name], starts))
        if edge.departure.calls:
            _fill_columns(program, stores, edge, wired[edge.name])
    return Tables(np.concatenate(rows), stores, starts)


def part(program: Program, stores: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """A part of the stores."""
    found = program.parts[name]
    return stores[found.store][found.first : found.last]


def own_rows(head: Head, entry: Projection, wires: Wired) -> Ints:
    """How many synapses a projection has in each row: for each source, and each delay of the table."""
    if len(head.delays) == 1:
        return np.diff(wires.rows)
    delay = np.searchsorted(head.delays, wires.delays)[wires.which]
    size = entry.pre.size * len(head.delays)
    return np.bincount(wires.pre * len(head.delays) + delay, minlength=size)


def _fill(
    program: Program,
    stores: Mapping[str, NDArray[Any]],
    edge: Edge,
    head: Head,
    wired: Sequence[Wired],
    starts: dict[str, Ints],
) -> Ints:
    """Fill one table and give back its rows."""
    delays, chunks = len(head.delays), edge.chunks(head)
    counts = np.zeros((head.rows, chunks), np.int64)
    own: dict[int, Ints] = {}
    for number in head.projections:
        entry, wires = edge.projections[number], wired[number]
        own[number] = own_rows(head, entry, wires)
        first = (entry.pre.first - head.pre.first) * delays
        _count(counts[first : first + own[number].size], own[number], wires, entry.post.first - head.post.first)
    rows = np.concatenate([[0], np.cumsum(counts.ravel())]) + head.first
    next_free = rows[:-1:chunks].copy()
    targets = part(program, stores, f"{edge.name}_targets")
    steps = part(program, stores, f"{edge.name}_steps") if edge.steps else None
    for number in head.projections:
        entry, wires = edge.projections[number], wired[number]
        first, shift = (entry.pre.first - head.pre.first) * delays, entry.post.first - head.post.first
        mine = next_free[first : first + own[number].size]
        starts[entry.name] = mine.copy()
        mine += own[number]
        post = wires.post
        for some, place in positions(starts[entry.name], own[number]):
            target = post[some].astype(np.uint32) + np.uint32(shift)
            targets[place] = target & np.uint32(CHUNK - 1) if edge.targets == "targets16" else target
            if steps is not None:
                steps[place] = wires.steps(some)
        at = starts[entry.name], own[number]
        if chunks == 1:
            wires.targets = Placed(targets, *at, shift)
        if steps is not None:
            wires.give_up_delays(Placed(steps, *at))
    return rows


def _count(counts: Ints, own: Ints, wires: Wired, shift: int) -> None:
    """Count the synapses of each row, for each chunk of targets."""
    chunks = counts.shape[1]
    low, high = shift // CHUNK, (shift + wires.projection.post.group.size - 1) // CHUNK
    if chunks == 1 or low == high:
        counts[:, min(low, chunks - 1)] += own
        return
    ends = np.cumsum(own)
    post = wires.post
    for some, _ in positions(ends - own, own):
        place = np.searchsorted(ends, np.arange(some.start, some.stop), side="right")
        chunk = (post[some].astype(np.int64) + shift) // CHUNK
        np.add.at(counts, (place, chunk), 1)


def _fill_columns(
    program: Program, stores: Mapping[str, NDArray[Any]], edge: Edge, wired: Sequence[Wired]
) -> None:
    """For each target its synapses, by source: what a target's own spike goes through."""
    columns, incoming = part(program, stores, f"{edge.name}_columns"), part(program, stores, f"{edge.name}_incoming")
    sources = part(program, stores, f"{edge.name}_sources")
    column = 0
    for head in edge.heads:
        wires = wired[head.projections[0]]
        last, post = column + head.post.size + 1, wires.post
        columns[column] = head.first
        columns[column + 1 : last] = head.first + np.cumsum(np.bincount(post, minlength=head.post.size))
        incoming[head.first : head.last] = head.first + np.argsort(post, kind="stable")
        sources[head.first : head.last] = wires.pre
        column = last
