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
    program: Program,
    connectivities: Mapping[str, Sequence[Connectivity]],
    kernels: Kernels,
) -> Tables:
    """Fill the tables of all edges."""
    stores: dict[str, NDArray[Any]] = {}
    for name in STORED:
        stores[name] = np.zeros(program.size(name), STORES[name])
    rows = [np.zeros(0, np.int64)]
    orders: dict[str, Order] = {}
    for synapse_block in program.synapse_blocks:
        projections = connectivities[synapse_block.name]
        delays: list[int] = []
        for table in synapse_block.heads:
            delays += table.delays
            filling = _Filling(program, stores, synapse_block, table, projections, kernels)
            # all projections of one table are stored, or it holds a single one
            first = projections[table.projections[0]]
            rows.append(first.table_rows(partial(filling.fill, orders)))
        part(program, stores, synapse_block.table_name("delays"))[:] = delays
    tables = Tables(np.concatenate(rows), stores, orders, kernels)
    for synapse_block in program.synapse_blocks:
        projections = connectivities[synapse_block.name]
        if synapse_block.departs:
            _fill_columns(program, tables, synapse_block, projections)
        _fill_numbers(program, tables, synapse_block, projections)
    return tables


def give_up(
    program: Program,
    tables: Tables,
    connectivities: Mapping[str, Sequence[Connectivity]],
) -> None:
    """Keep the delays of large projections in the tables alone."""
    for synapse_block in program.synapse_blocks:
        left = None
        if synapse_block.steps:
            left = part(program, tables.stores, synapse_block.table_name("steps"))
        of_block = connectivities[synapse_block.name]
        for entry, connectivity in zip(synapse_block.projections, of_block, strict=True):
            if connectivity.stored_size:
                table = synapse_block.heads[entry.head]
                by_turn = np.array(table.delays, np.int64)
                order = tables.orders[entry.name]
                connectivity.give_up_delays(order, left, by_turn)


def part(program: Program, stores: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """A part of the stores."""
    array_slice = program.parts[name]
    return stores[array_slice.store][array_slice.first : array_slice.last]


class _Filling:
    """One table while it is filled."""

    def __init__(
        self,
        program: Program,
        stores: Mapping[str, NDArray[Any]],
        synapse_block: SynapseBlock,
        table: SynapseTable,
        connectivities: Sequence[Connectivity],
        kernels: Kernels,
    ) -> None:
        self.synapse_block = synapse_block
        self.table = table
        self.kernels = kernels
        # where synapses are drawn again, nothing is filled in
        self.connectivities = cast("Sequence[StoredConnectivity]", connectivities)
        self.targets = part(program, stores, synapse_block.table_name("targets"))
        self.steps: NDArray[Any] | None = None
        if synapse_block.steps:
            self.steps = part(program, stores, synapse_block.table_name("steps"))
        self.turns = len(table.delays)
        self.chunks = synapse_block.chunks(table)

    def fill(self, orders: dict[str, Order]) -> Ints:
        """Fill it, note where each projection lies, and give back its rows."""
        shape = (self.turns, self.chunks)
        counts = np.zeros((self.table.pre.size, *shape), np.int64)
        sizes: dict[int, Ints] = {}
        for number in self.table.projections:
            entry = self.synapse_block.projections[number]
            connectivity = self.connectivities[number]
            connectivity.turns = self._turn_of_delay(connectivity)
            projection_counts = np.zeros((entry.pre.size, *shape), np.int64)
            self._count(projection_counts, connectivity, self._target_shift(entry))
            counts[self._sources(entry)] += projection_counts
            sizes[number] = projection_counts.sum(axis=2)
        ends = np.cumsum(counts.ravel())
        rows: Ints = np.concatenate([[0], ends]) + self.table.first
        row_firsts = rows[: -1 : self.chunks]
        free = row_firsts.reshape(-1, self.turns).copy()
        wrap = CHUNK if self.synapse_block.targets == "targets16" else CHUNK**2
        for number in self.table.projections:
            entry = self.synapse_block.projections[number]
            sources = self._sources(entry)
            starts = free[sources].copy()
            shift = self._target_shift(entry) % wrap
            order = Order(starts, sizes[number], self.targets, shift)
            orders[entry.name] = order
            # synapses of the next projection follow in the same rows
            free[sources] += sizes[number]
            self._place(entry, self.connectivities[number], order)
        return rows

    def _sources(self, entry: Projection) -> slice:
        first = self.table.pre.first
        return slice(entry.pre.first - first, entry.pre.last - first)

    def _target_shift(self, entry: Projection) -> int:
        return entry.post.first - self.table.post.first

    def _turn_of_delay(self, connectivity: StoredConnectivity) -> NDArray[Any]:
        """For each distinct delay the row, among those of one source, that its synapses lie in."""
        if self.turns == 1:
            return np.zeros(0, np.uint8)
        delays = np.array(connectivity.delays, np.int64)
        if self.steps is not None:
            turns = delays // connectivity.ring
        else:
            turns = np.searchsorted(self.table.delays, delays)
        if not connectivity.which.size:
            connectivity.which = np.zeros(connectivity.size, np.uint8)
        return turns.astype(np.min_scalar_type(self.turns - 1))

    def _count(self, counts: Ints, connectivity: StoredConnectivity, shift: int) -> None:
        """Count the synapses of each row, for each chunk of targets."""
        group_size = connectivity.projection.post._group._size
        first_chunk = shift // CHUNK
        last_chunk = (shift + group_size - 1) // CHUNK
        sizes = np.diff(connectivity.rows)
        # a group within one chunk needs no look at its targets
        single_chunk = self.chunks == 1 or first_chunk == last_chunk
        if self.turns == 1 and single_chunk:
            counts[:, 0, min(first_chunk, self.chunks - 1)] += sizes
            return
        post = connectivity.post
        for synapses, rows in runs(sizes):
            row = np.arange(rows.stop - rows.start)
            key = np.repeat(row * self.turns, sizes[rows])
            if self.turns > 1:
                key += connectivity.turns[connectivity.which[synapses]]
            if self.chunks > 1:
                key *= self.chunks
                targets = post[synapses].astype(np.int64) + shift
                key += targets // CHUNK
            row_counts = np.bincount(key, minlength=counts[rows].size)
            counts[rows] += row_counts.reshape(counts[rows].shape)

    def _place(self, entry: Projection, connectivity: StoredConnectivity, order: Order) -> None:
        post = connectivity.post
        shift = np.uint32(self._target_shift(entry))
        dtype = self.targets.dtype

        def targets(synapses: slice) -> NDArray[Any]:
            in_table = post[synapses].astype(np.uint32) + shift
            return in_table.astype(dtype)  # its lower 16 bits, where there are chunks

        connectivity.deal(self.kernels, order, targets, self.targets)
        if self.steps is not None:
            connectivity.deal(self.kernels, order, connectivity.late_steps, self.steps)
        # 16 bits of a larger group would not tell its targets apart: they are kept beside the table
        if entry.post.size <= CHUNK or self.synapse_block.targets == "targets32":
            connectivity.targets = Placed(self.targets, order, order.shift)


def _fill_numbers(
    program: Program,
    tables: Tables,
    synapse_block: SynapseBlock,
    connectivities: Sequence[Connectivity],
) -> None:
    """Note how the user counts the synapses of a table, where some function asks for it."""
    numbers = _part_if_any(program, tables, f"{synapse_block.name}_{SYNAPSE_NUMBER}")
    places = _part_if_any(program, tables, f"{synapse_block.name}_{SYNAPSE_PLACE}")
    if numbers is None and places is None:
        return
    for entry, connectivity in zip(synapse_block.projections, connectivities, strict=True):
        table = synapse_block.heads[entry.head]
        positions = tables.orders[entry.name].places()
        user_numbers = connectivity.number
        if user_numbers is None:
            user_numbers = np.arange(connectivity.size)
        if numbers is not None:
            numbers[positions] = connectivity.numbers[user_numbers]
        if places is not None:
            table_places = places[table.first : table.last]
            table_places[user_numbers] = positions


def _part_if_any(program: Program, tables: Tables, name: str) -> NDArray[Any] | None:
    return part(program, tables.stores, name) if name in program.parts else None


def _fill_columns(
    program: Program,
    tables: Tables,
    synapse_block: SynapseBlock,
    connectivities: Sequence[Connectivity],
) -> None:
    """For each target its synapses, by source: what a target's own spike goes through."""
    columns = part(program, tables.stores, synapse_block.table_name("columns"))
    incoming = part(program, tables.stores, synapse_block.table_name("incoming"))
    sources = part(program, tables.stores, synapse_block.table_name("sources"))
    column = 0
    for table in synapse_block.heads:
        number = table.projections[0]
        connectivity = connectivities[number]
        order = tables.orders[synapse_block.projections[number].name]
        post = connectivity.post
        last = column + table.post.size + 1
        columns[column] = table.first
        counts = np.bincount(post, minlength=table.post.size)
        columns[column + 1 : last] = table.first + np.cumsum(counts)
        # synapses of one source lie by delay in the table, but count by target in the projection
        positions = order.places()
        by_target = np.argsort(post, kind="stable")
        incoming[table.first : table.last] = positions[by_target]
        sources[positions] = connectivity.pre
        column = last
