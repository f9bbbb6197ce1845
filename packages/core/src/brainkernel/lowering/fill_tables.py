"""The tables of synapses.

For each source a row of targets, laid out once for all projections that share a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.stored_connectivity import StoredConnectivity
from brainkernel.lowering.stored_values import Order, Placed, runs
from brainkernel.program.program import (
    CHUNK,
    STORES,
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Program,
    Projection,
    SynapseBlock,
    SynapseTable,
)
from brainkernel.random import Kernels

Ints = NDArray[np.int64]


@dataclass
class Tables:
    """Where all synapses lie.

    Attributes
    ----------
    rows : array
        For all tables, one after another: the first synapse of each row (and of each chunk of
        targets in it), counted among the synapses of the edge, and at last one past the end.
    stores : dict of str to array
        The flat arrays of connectivity.
    orders : dict of str to Order
        For each projection where its synapses are.
    kernels : Kernels
        What moves values to their places.
    """

    rows: Ints
    stores: dict[str, NDArray[Any]]
    orders: dict[str, Order]
    kernels: Kernels


STORED = ("table", "targets16", "targets32", "sources", "synapse_numbers", "steps8")


def tables_of(
    program: Program, wired: Mapping[str, Sequence[Connectivity]], kernels: Kernels
) -> Tables:
    """Fill the tables of all edges."""
    stores: dict[str, NDArray[Any]] = {
        name: np.zeros(program.size(name), STORES[name]) for name in STORED
    }
    rows, orders = [np.zeros(0, np.int64)], dict[str, Order]()
    for edge in program.edges:
        delays = [delay for head in edge.heads for delay in head.delays]
        part(program, stores, f"{edge.name}_delays")[:] = delays
        for head in edge.heads:
            several = wired[edge.name]
            filling = _Filling(program, stores, edge, head, several, kernels)
            first = several[head.projections[0]]  # all of one table are stored, or it is one alone
            rows.append(first.table_rows(partial(filling.fill, orders)))
    tables = Tables(np.concatenate(rows), stores, orders, kernels)
    for edge in program.edges:
        if edge.departure.calls:
            _fill_columns(program, tables, edge, wired[edge.name])
        _fill_numbers(program, tables, edge, wired[edge.name])
    return tables


def give_up(program: Program, tables: Tables, wired: Mapping[str, Sequence[Connectivity]]) -> None:
    """Keep the delays of large projections in the tables alone."""
    for edge in program.edges:
        left = part(program, tables.stores, f"{edge.name}_steps") if edge.steps else None
        for entry, wires in zip(edge.projections, wired[edge.name], strict=True):
            if wires.stored_size:
                by_turn = np.array(edge.heads[entry.head].delays, np.int64)
                wires.give_up_delays(tables.orders[entry.name], left, by_turn)


def part(program: Program, stores: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """A part of the stores."""
    found = program.parts[name]
    return stores[found.store][found.first : found.last]


class _Filling:
    """One table while it is filled."""

    def __init__(
        self,
        program: Program,
        stores: Mapping[str, NDArray[Any]],
        edge: SynapseBlock,
        head: SynapseTable,
        wired: Sequence[Connectivity],
        kernels: Kernels,
    ) -> None:
        self.edge, self.head, self.kernels = edge, head, kernels
        self.wired = cast("Sequence[StoredConnectivity]", wired)  # the others are never filled in
        self.targets = part(program, stores, f"{edge.name}_targets")
        self.steps = part(program, stores, f"{edge.name}_steps") if edge.steps else None
        self.turns, self.chunks = len(head.delays), edge.chunks(head)

    def fill(self, orders: dict[str, Order]) -> Ints:
        """Fill it, note where each projection lies, and give back its rows."""
        counts = np.zeros((self.head.pre.size, self.turns, self.chunks), np.int64)
        own: dict[int, Ints] = {}
        for number in self.head.projections:
            entry, wires = self.edge.projections[number], self.wired[number]
            wires.turns = self._turn_of_delay(wires)
            mine = np.zeros((entry.pre.size, self.turns, self.chunks), np.int64)
            self._count(mine, wires, entry.post.first - self.head.post.first)
            counts[self._sources(entry)] += mine
            own[number] = mine.sum(axis=2)
        rows: Ints = np.concatenate([[0], np.cumsum(counts.ravel())]) + self.head.first
        free = rows[: -1 : self.chunks].reshape(-1, self.turns).copy()
        for number in self.head.projections:
            entry = self.edge.projections[number]
            sources = self._sources(entry)
            shift = (entry.post.first - self.head.post.first) % CHUNK ** (
                1 if self.edge.targets == "targets16" else 2
            )
            orders[entry.name] = order = Order(
                free[sources].copy(), own[number], self.targets, shift
            )
            free[sources] += own[number]
            self._place(entry, self.wired[number], order)
        return rows

    def _sources(self, entry: Projection) -> slice:
        return slice(entry.pre.first - self.head.pre.first, entry.pre.last - self.head.pre.first)

    def _turn_of_delay(self, wires: StoredConnectivity) -> NDArray[Any]:
        """For each distinct delay the row, among those of one source, that its synapses lie in."""
        if self.turns == 1:
            return np.zeros(0, np.uint8)
        delays = np.array(wires.delays, np.int64)
        turn = (
            delays // wires.ring
            if self.steps is not None
            else np.searchsorted(self.head.delays, delays)
        )
        turns = turn.astype(np.min_scalar_type(self.turns - 1))
        if not wires.which.size:
            wires.which = np.zeros(wires.size, np.uint8)
        return turns

    def _count(self, counts: Ints, wires: StoredConnectivity, shift: int) -> None:
        """Count the synapses of each row, for each chunk of targets."""
        low, high = shift // CHUNK, (shift + wires.projection.post.group.size - 1) // CHUNK
        if self.turns == 1 and (self.chunks == 1 or low == high):
            counts[:, 0, min(low, self.chunks - 1)] += np.diff(wires.rows)
            return
        post, sizes = wires.post, np.diff(wires.rows)
        for some, rows in runs(sizes):
            key = np.repeat(np.arange(rows.stop - rows.start) * self.turns, sizes[rows])
            if self.turns > 1:
                key += wires.turns[wires.which[some]]
            if self.chunks > 1:
                key *= self.chunks
                key += (post[some].astype(np.int64) + shift) // CHUNK
            found = np.bincount(key, minlength=counts[rows].size)
            counts[rows] += found.reshape(counts[rows].shape)

    def _place(self, entry: Projection, wires: StoredConnectivity, order: Order) -> None:
        post, shift = wires.post, np.uint32(entry.post.first - self.head.post.first)
        kind = self.targets.dtype

        def targets(some: slice) -> NDArray[Any]:
            return (post[some].astype(np.uint32) + shift).astype(
                kind
            )  # 16 bits of it, where there are chunks

        wires.deal(self.kernels, order, targets, self.targets)
        if self.steps is not None:
            wires.deal(self.kernels, order, wires.late_steps, self.steps)
        if entry.post.size <= CHUNK or self.edge.targets == "targets32":
            wires.targets = Placed(self.targets, order, order.shift)


def _fill_numbers(
    program: Program, tables: Tables, edge: SynapseBlock, wired: Sequence[Connectivity]
) -> None:
    """Note how the user counts the synapses of a table, where some function asks for it."""
    numbers, places = (
        part(program, tables.stores, f"{edge.name}_{name}")
        if f"{edge.name}_{name}" in program.parts
        else None
        for name in (SYNAPSE_NUMBER, SYNAPSE_PLACE)
    )
    if numbers is None and places is None:
        return
    for entry, wires in zip(edge.projections, wired, strict=True):
        head = edge.heads[entry.head]
        place = tables.orders[entry.name].places()
        number = np.arange(wires.size) if wires.number is None else wires.number
        if numbers is not None:
            numbers[place] = number
        if places is not None:
            places[head.first : head.last][number] = place


def _fill_columns(
    program: Program, tables: Tables, edge: SynapseBlock, wired: Sequence[Connectivity]
) -> None:
    """For each target its synapses, by source: what a target's own spike goes through."""
    names = ("columns", "incoming", "sources")
    columns, incoming, sources = (part(program, tables.stores, f"{edge.name}_{n}") for n in names)
    column = 0
    for head in edge.heads:
        number = head.projections[0]
        wires, order = wired[number], tables.orders[edge.projections[number].name]
        last, post = column + head.post.size + 1, wires.post
        columns[column] = head.first
        counts = np.bincount(post, minlength=head.post.size)
        columns[column + 1 : last] = head.first + np.cumsum(counts)
        # synapses of one source lie by delay in the table, but count by target in the projection
        place = order.places()
        by_target = np.argsort(post, kind="stable")
        incoming[head.first : head.last] = place[by_target]
        sources[place] = wires.pre
        column = last
