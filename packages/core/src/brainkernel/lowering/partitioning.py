"""Sharing a program out among threads, each with about the same to do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.row_parts import RowParts
from brainkernel.program.partition import HEAD, Ints, Partition
from brainkernel.program.program import LINE, NeuronBlock, Program, SynapseBlock, SynapseTable

RATE = 4e-4  # spikes of a source in one step, roughly, as long as nothing has run
EVENT_COST = 1.0  # of an event, in updates of a neuron
# what the busiest thread may have to do, against the mean, before neurons are shared out anew
UNEVEN = 1.1


def share_out(
    program: Program,
    rows: Ints,
    targets: dict[str, NDArray[np.uint16]],
    threads: int,
    connectivities: Mapping[str, Connectivity],
    rates: NDArray[np.float64] | None = None,
    roots: Mapping[str, Ints] | None = None,
) -> Partition:
    """Share a program out.

    Parameters
    ----------
    program : Program
        What to share.
    rows : array
        The rows of all tables for one thread.
    targets : dict of str to array
        The stores of targets.
    threads : int
        Among how many.
    connectivities : mapping
        The projections by name.
    rates : array, optional
        Spikes of a neuron in a step, for each group, if they are known.
    roots : mapping, optional
        By block whose elements trees join, where a tree begins: none is cut.
    """
    cuts = {block.name: _cuts(program, block, threads, rates) for block in program.blocks}
    for name, of_block in (roots or {}).items():
        cuts[name] = between_trees(cuts[name], of_block)
    spans, groups = _neurons_of_threads(program, cuts, threads)
    lines: list[list[int]] = []
    shares: list[list[int]] = []
    synapse_blocks: list[tuple[int, int]] = []
    new_rows = [np.zeros(0, np.int64)]
    bases = [np.zeros(0, np.uint32)]
    old = new = base = 0
    for synapse_block in program.synapse_blocks:
        synapse_blocks.append((len(lines), len(lines) + len(synapse_block.heads)))
        array_slice = program.parts[synapse_block.table_name("targets")]
        store = targets[array_slice.store]
        stored_targets = store[array_slice.first : array_slice.last]
        delay = column = 0
        for table in synapse_block.heads:
            count = table.rows * synapse_block.chunks(table) + 1
            parts = RowParts(synapse_block, table, cuts[synapse_block.post_block])
            entry = synapse_block.projections[table.projections[0]]
            connectivity = connectivities[entry.name]
            cut = connectivity.cut_rows(rows[old : old + count], parts, stored_targets)
            addresses = {
                "row": new,
                "parts": parts.size,
                "first_base": base,
                "delay": delay,
                "column": column,
                "own_pre": entry.pre_first,
            }
            lines.append(_line(program, synapse_block, table, addresses))
            shares.append(parts.shares(threads))
            new_rows.append(cut)
            bases.append(parts.bases)
            old += count
            new += cut.size
            base += parts.size
            delay += len(table.delays)
            column += table.post.size + 1
    return Partition(
        groups,
        spans,
        np.array(lines, np.int64).reshape(-1, len(HEAD)),
        np.array(synapse_blocks, np.int64).reshape(-1, 2),
        np.array(shares, np.int64).reshape(-1, threads + 1),
        np.concatenate(new_rows),
        np.concatenate(bases),
    )


def _neurons_of_threads(
    program: Program,
    cuts: Mapping[str, list[int]],
    threads: int,
) -> tuple[Ints, Ints]:
    """The neurons of each thread, of each block and of each group: first, and one past the last."""
    spans = np.zeros((threads, len(program.blocks), 2), np.int64)
    groups = np.zeros((threads, len(program.groups), 2), np.int64)
    for number, block in enumerate(program.blocks):
        block_cuts = cuts[block.name]
        spans[:, number, 0] = block_cuts[:-1]
        spans[:, number, 1] = block_cuts[1:]
        for group in block.groups:
            groups[:, group.number] = np.clip(spans[:, number], group.first, group.last)
    for block, event in program.events:
        # a thread lists the events of its own neurons
        for group, listed in zip(block.groups, event.groups, strict=True):
            groups[:, listed.number] = groups[:, group.number] + (listed.first - group.first)
    return spans, groups


def _line(
    program: Program,
    synapse_block: SynapseBlock,
    table: SynapseTable,
    addresses: dict[str, int],
) -> list[int]:
    pre = program.block(synapse_block.pre_block)
    post = program.block(synapse_block.post_block)
    values = {
        "source_group": table.pre.first_group,
        "source_group_end": table.pre.last_group,
        "source": table.pre.first,
        "target_group": table.post.first_group,
        "target_group_end": table.post.last_group,
        "target": table.post.first,
        "source_first": table.pre.first - pre.first,
        "source_last": table.pre.last - pre.first,
        "target_first": table.post.first - post.first,
        "target_last": table.post.last - post.first,
        "pre_number": table.pre.first_group - pre.groups[0].number,
        "post_number": table.post.first_group - post.groups[0].number,
        **addresses,
        "delay_end": addresses["delay"] + len(table.delays),
        "dendritic": table.dendritic,
    }
    return [values[name] for name in HEAD]


def is_uneven(program: Program, partition: Partition, rates: NDArray[np.float64]) -> bool:
    """Whether some thread has much more to do than others, at known rates of all groups."""
    load = np.zeros(partition.threads)
    for number, block in enumerate(program.blocks):
        ends, cost = _cost(program, block, rates)
        cuts = partition.spans[:, number] - block.first
        cost_at_cuts = np.interp(cuts, ends, cost)
        load += np.diff(cost_at_cuts, axis=1)[:, 0]
    return bool(load.max() > UNEVEN * load.mean())


def _cuts(
    program: Program,
    block: NeuronBlock,
    threads: int,
    rates: NDArray[np.float64] | None,
) -> list[int]:
    """The neurons at which a block is cut, so that each thread has about the same to do."""
    if threads == 1:
        return [block.first, block.last]
    size = block.last - block.first
    ends, cost = _cost(program, block, rates)
    shares = np.linspace(0.0, cost[-1], threads + 1)
    cuts = np.interp(shares, cost, ends)
    # whole cache lines, so that two threads write to none together, where the block is large
    line = LINE if size >= 4 * LINE * threads else 1
    rounded = np.rint(cuts[1:-1] / line) * line
    inner = np.clip(rounded, 0, size).astype(int) + block.first
    return [block.first, *inner.tolist(), block.last]


def between_trees(cuts: list[int], roots: Ints) -> list[int]:
    """Move cuts to the nearest place between two trees, or to an end."""
    # a block begins at cuts[0], and its last tree ends with it
    ends = np.append(roots + cuts[0], cuts[-1])
    behind = np.clip(np.searchsorted(ends, cuts), 1, ends.size - 1)
    nearer_before = np.asarray(cuts) - ends[behind - 1] < ends[behind] - np.asarray(cuts)
    moved = np.where(nearer_before, ends[behind - 1], ends[behind])
    return [cuts[0], *moved[1:-1].tolist(), cuts[-1]]


def _cost(
    program: Program,
    block: NeuronBlock,
    rates: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the groups of a block end, and what a step up to there costs."""
    events = {group.number: 0.0 for group in block.groups}
    for synapse_block in program.synapse_blocks:
        for entry in synapse_block.projections:
            if entry.post.number in events:
                rate = RATE if rates is None else rates[entry.pre.number]
                events[entry.post.number] += entry.size * rate
    costs = [0.0]
    ends = [0.0]
    for group in block.groups:
        costs.append(group.size + events[group.number] * EVENT_COST)
        ends.append(group.last - block.first)
    return np.array(ends, dtype=np.float64), np.cumsum(costs)
