"""Connectivity as JAX is handed it.

For each table rows, targets, and what else its functions need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.backend import (
    HEAD,
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Partition,
    Program,
    SynapseBlock,
    SynapseTable,
)
from brainkernel.errors import BackendError
from brainkernel_jax.layout.array_layout import TableLayout

Arrays = dict[str, Any]
MOST = 2**31 - 1


def tables_of(
    program: Program,
    partition: Partition,
    stores: Mapping[str, NDArray[Any]],
    gradients: bool = False,
) -> dict[str, Arrays]:
    """Lay out the synapses of all edges.

    Parameters
    ----------
    program : Program
        The network.
    partition : Partition
        It, undivided.
    stores : mapping
        The flat arrays of connectivity.
    gradients : bool
        Whether all synapses will be gone through at once too.

    Raises
    ------
    BackendError
        Where an edge has more synapses than 32 bits count, or stores none.
    """
    return {
        synapse_block.name: _edge(
            program,
            partition,
            stores,
            synapse_block,
            int(partition.synapse_blocks[number, 0]),
            gradients,
        )
        for number, synapse_block in enumerate(program.synapse_blocks)
    }


def some(array: NDArray[Any]) -> NDArray[Any]:
    """An array of at least one element.

    What is never read must still have a place to be read from.
    """
    return array if array.size else np.zeros(1, array.dtype)


def _edge(
    program: Program,
    partition: Partition,
    stores: Mapping[str, NDArray[Any]],
    synapse_block: SynapseBlock,
    first: int,
    gradients: bool,
) -> Arrays:
    if synapse_block.drawn is not None:
        raise BackendError(
            f"{synapse_block.definition.name}: the JAX backend stores synapses; leave "
            'procedural=True out of its connection rule, or run with backend="numba"'
        )
    if synapse_block.synapses > MOST:
        raise BackendError(
            f"{synapse_block.definition.name} has {synapse_block.synapses} synapses: the JAX "
            f"backend counts up to {MOST}"
        )

    def part(name: str) -> NDArray[Any]:
        full = synapse_block.table_name(name)
        return program.cut(stores[program.parts[full].store], full)

    heads = [
        _Head(partition, synapse_block, head, first + number, part("targets"))
        for number, head in enumerate(synapse_block.heads)
    ]
    targets = some(np.concatenate([head.targets for head in heads]))
    arrays: Arrays = {"targets": targets, "rows": [], "columns": []}
    whole = bool(synapse_block.couplings or synapse_block.loops or synapse_block.departure.calls)
    if whole:
        arrays["sources"] = some(np.concatenate([head.sources() for head in heads]))
    for name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
        if f"{synapse_block.name}_{name}" in program.parts:
            arrays[name] = some(part(name))
    if synapse_block.steps:
        arrays["steps"] = some(part("steps").astype(np.int32))
    for head in heads:
        arrays["rows"].append(_table(targets, head.rows, gradients))
        if synapse_block.departure.calls:
            columns = part("columns")[head.line["column"] :][: head.size + 1].astype(np.int32)
            own = {"order": some(part("incoming").astype(np.int32)), "sources": arrays["sources"]}
            arrays["columns"].append({**_table(targets, columns, gradients), **own})
    return arrays


def _table(targets: NDArray[np.int32], rows: NDArray[np.int32], gradients: bool) -> Arrays:
    table: Arrays = {"rows": rows, "targets": targets}
    if gradients:
        row_of = np.zeros(targets.size, np.int32)
        row_of[rows[0] : rows[-1]] = np.repeat(np.arange(rows.size - 1), np.diff(rows))
        table["row_of"] = row_of
    return table


def is_complete(table: TableLayout, arrays: Arrays) -> bool:
    """Whether every source reaches every target once, by the same delay, in order."""
    first, last = table.synapses
    sources, targets = (end[1] - end[0] for end in (table.sources, table.targets))
    if len(table.delays) > 1 or last - first != sources * targets:
        return False
    every = np.tile(np.arange(table.target_first, table.target_first + targets), sources)
    return bool(np.array_equal(arrays["targets"][first:last], every))


class _Head:
    """One table: its rows, and its targets counted within their block."""

    def __init__(
        self,
        partition: Partition,
        synapse_block: SynapseBlock,
        head: SynapseTable,
        number: int,
        targets: NDArray[Any],
    ) -> None:
        self.line = line = dict(zip(HEAD, partition.heads[number].tolist(), strict=True))
        self.head, self.size = head, head.post.size
        parts = line["parts"]
        rows = partition.rows[line["row"] : line["row"] + head.rows * parts + 1]
        bases = partition.bases[line["first_base"] : line["first_base"] + parts].astype(np.int64)
        base = np.repeat(np.tile(bases, head.rows), np.diff(rows)) if bases.any() else 0
        own = targets[head.first : head.last].astype(np.int64)
        self.targets = (own + base + line["target_first"]).astype(np.int32)
        self.rows = rows[::parts].astype(np.int32)

    def sources(self) -> NDArray[np.int32]:
        """The source of each synapse, counted from the first of the table."""
        delays = len(self.head.delays)
        return np.repeat(np.arange(self.head.rows, dtype=np.int32) // delays, np.diff(self.rows))
