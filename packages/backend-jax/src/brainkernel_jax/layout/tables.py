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
END_READINGS = "_ends"
"""By what name there are, among the tables, the elements that are read of third ends."""


def tables_of(
    program: Program,
    partition: Partition,
    stores: Mapping[str, NDArray[Any]],
    gradients: bool = False,
) -> dict[str, Arrays]:
    """Lay out all blocks of synapses.

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
        Where a block has more synapses than 32 bits count, or stores none.
    """
    arrays = {}
    for number, synapse_block in enumerate(program.synapse_blocks):
        first = int(partition.synapse_blocks[number, 0])
        arrays[synapse_block.name] = _block_arrays(
            program, partition, stores, synapse_block, first, gradients
        )
    if program.end_readings:
        arrays[END_READINGS] = _end_arrays(program, stores)
    return arrays


def _end_arrays(program: Program, stores: Mapping[str, NDArray[Any]]) -> Arrays:
    """Of what is read of third ends: the places that it is copied to, and the elements."""
    table = stores["table"]
    ends: Arrays = {}
    for reading in program.end_readings:
        ends[reading.name] = tuple(
            program.cut(table, name) for name in (reading.places, reading.elements)
        )
    return ends


def at_least_one(array: NDArray[Any]) -> NDArray[Any]:
    """An array of at least one element.

    What is never read must still have a place to be read from.
    """
    return array if array.size else np.zeros(1, array.dtype)


def _block_arrays(
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

    def stored(name: str) -> NDArray[Any]:
        part = program.parts[synapse_block.table_name(name)]
        return program.cut(stores[part.store], part.name)

    local_targets = stored("targets")
    tables = [
        _Table(partition, table, first + number, local_targets)
        for number, table in enumerate(synapse_block.heads)
    ]
    departs = synapse_block.departs
    targets = at_least_one(np.concatenate([table.targets for table in tables]))
    arrays: Arrays = {"targets": targets, "rows": [], "columns": []}
    # spikes that arrive bring their sources with them; only what goes without looks them up
    if synapse_block.couplings or synapse_block.loops or departs:
        arrays["sources"] = at_least_one(np.concatenate([table.sources() for table in tables]))
    if synapse_block.read_past:
        arrays["delays"] = at_least_one(np.concatenate([table.delays() for table in tables]))
    for name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
        if f"{synapse_block.name}_{name}" in program.parts:
            arrays[name] = at_least_one(stored(name))
    if synapse_block.steps:
        arrays["steps"] = at_least_one(stored("steps").astype(np.int32))
    for table in tables:
        arrays["rows"].append(_row_arrays(targets, table.rows, gradients))
        if departs:
            first_column = table.line["column"]
            columns = stored("columns")[first_column : first_column + table.size + 1]
            of_columns = _row_arrays(targets, columns.astype(np.int32), gradients)
            of_columns["order"] = at_least_one(stored("incoming").astype(np.int32))
            of_columns["sources"] = arrays["sources"]
            arrays["columns"].append(of_columns)
    return arrays


def _row_arrays(targets: NDArray[np.int32], rows: NDArray[np.int32], gradients: bool) -> Arrays:
    arrays: Arrays = {"rows": rows, "targets": targets}
    if gradients:
        first, last = rows[0], rows[-1]
        row_of = np.zeros(targets.size, np.int32)
        row_of[first:last] = np.repeat(np.arange(rows.size - 1), np.diff(rows))
        arrays["row_of"] = row_of
    return arrays


def is_complete(table: TableLayout, arrays: Arrays) -> bool:
    """Whether every source reaches every target once, by the same delay, in order."""
    first, last = table.synapses
    sources = table.sources[1] - table.sources[0]
    targets = table.targets[1] - table.targets[0]
    if len(table.delays) > 1 or last - first != sources * targets:
        return False
    of_one_source = np.arange(table.target_first, table.target_first + targets)
    every = np.tile(of_one_source, sources)
    return bool(np.array_equal(arrays["targets"][first:last], every))


class _Table:
    """One table: its rows, and its targets counted within their block."""

    def __init__(
        self,
        partition: Partition,
        table: SynapseTable,
        number: int,
        local_targets: NDArray[Any],
    ) -> None:
        self.line = line = dict(zip(HEAD, partition.heads[number].tolist(), strict=True))
        self.table, self.size = table, table.post.size
        parts = line["parts"]
        first_row, first_base = line["row"], line["first_base"]
        rows = partition.rows[first_row : first_row + table.rows * parts + 1]
        bases = partition.bases[first_base : first_base + parts].astype(np.int64)
        # targets are stored in few bits, counted from the first of their part of a row
        base: Any = 0
        if bases.any():
            base = np.repeat(np.tile(bases, table.rows), np.diff(rows))
        targets = local_targets[table.first : table.last].astype(np.int64)
        self.targets = (targets + base + line["target_first"]).astype(np.int32)
        self.rows = rows[::parts].astype(np.int32)

    def sources(self) -> NDArray[np.int32]:
        """The source of each synapse, counted from the first of the table."""
        # a source has a row for each delay
        delays = len(self.table.delays)
        source_of_row = np.arange(self.table.rows, dtype=np.int32) // delays
        return np.repeat(source_of_row, np.diff(self.rows))

    def delays(self) -> NDArray[np.int32]:
        """The delay of each synapse in steps."""
        of_one_source = np.array(self.table.delays, np.int32)
        sources = self.table.pre.size
        delay_of_row = np.tile(of_one_source, sources)
        sizes = np.diff(self.rows)
        return np.repeat(delay_of_row, sizes)
