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
    wired: Mapping[str, Connectivity],
    rates: NDArray[np.float64] | None = None,
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
    wired : mapping
        The projections by name.
    rates : array, optional
        Spikes of a neuron in a step, for each group, if they are known.
    """
    cuts = [_cuts(program, block, threads, rates) for block in program.blocks]
    spans = np.array([[cut[k : k + 2] for cut in cuts] for k in range(threads)], np.int64).reshape(
        threads, -1, 2
    )
    groups = np.zeros((threads, len(program.groups), 2), np.int64)
    for number, block in enumerate(program.blocks):
        for group in block.groups:
            groups[:, group.number] = np.clip(spans[:, number], group.first, group.last)
    heads, shares = list[list[int]](), list[list[int]]()
    new_rows, bases = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
    old = new = base = delay = column = 0
    edges = []
    for edge in program.edges:
        edges.append((len(heads), len(heads) + len(edge.heads)))
        part = program.parts[f"{edge.name}_targets"]
        block_cuts = cuts[[block.name for block in program.blocks].index(edge.post_block)]
        delay = column = 0
        for head in edge.heads:
            count = head.rows * edge.chunks(head) + 1
            parts = RowParts(edge, head, block_cuts)
            entry = edge.projections[head.projections[0]]
            stored_targets = targets[part.store][part.first : part.last]
            cut = wired[entry.name].cut_rows(rows[old : old + count], parts, stored_targets)
            places = {
                "row": new,
                "parts": parts.size,
                "first_base": base,
                "delay": delay,
                "column": column,
                "own_pre": entry.pre_first,
            }
            heads.append(_line(program, edge, head, places))
            shares.append(parts.shares(threads))
            new_rows.append(cut)
            bases.append(parts.bases)
            old, new, base = old + count, new + cut.size, base + parts.size
            delay, column = delay + len(head.delays), column + head.post.size + 1
    return Partition(
        groups,
        spans,
        np.array(heads, np.int64).reshape(-1, len(HEAD)),
        np.array(edges, np.int64).reshape(-1, 2),
        np.array(shares, np.int64).reshape(-1, threads + 1),
        np.concatenate(new_rows),
        np.concatenate(bases),
    )


def _line(
    program: Program, edge: SynapseBlock, head: SynapseTable, places: dict[str, int]
) -> list[int]:
    pre, post = program.block(edge.pre_block), program.block(edge.post_block)
    values = {
        **{
            "source_group": head.pre.first_group,
            "source_group_end": head.pre.last_group,
            "source": head.pre.first,
        },
        **{
            "target_group": head.post.first_group,
            "target_group_end": head.post.last_group,
            "target": head.post.first,
        },
        **{"source_first": head.pre.first - pre.first, "source_last": head.pre.last - pre.first},
        **{
            "target_first": head.post.first - post.first,
            "target_last": head.post.last - post.first,
        },
        "pre_number": head.pre.first_group - pre.groups[0].number,
        "post_number": head.post.first_group - post.groups[0].number,
        **places,
        "delay_end": places["delay"] + len(head.delays),
        "dendritic": head.dendritic,
    }
    return [values[name] for name in HEAD]


def is_uneven(program: Program, pieces: Partition, rates: NDArray[np.float64]) -> bool:
    """Whether some thread has much more to do than others, at known rates of all groups."""
    load = np.zeros(pieces.threads)
    for number, block in enumerate(program.blocks):
        ends, cost = _cost(program, block, rates)
        load += np.diff(np.interp(pieces.spans[:, number] - block.first, ends, cost), axis=1)[:, 0]
    return bool(load.max() > UNEVEN * load.mean())


def _cuts(
    program: Program, block: NeuronBlock, threads: int, rates: NDArray[np.float64] | None
) -> list[int]:
    """The neurons at which a block is cut, so that each thread has about the same to do."""
    if threads == 1:
        return [block.first, block.last]
    ends, cost = _cost(program, block, rates)
    cuts = np.interp(np.linspace(0.0, cost[-1], threads + 1), cost, ends)
    line = LINE if block.last - block.first >= 4 * LINE * threads else 1
    inner = np.clip(np.rint(cuts[1:-1] / line) * line, 0, block.last - block.first).astype(int)
    return [block.first, *(block.first + int(cut) for cut in inner), block.last]


def _cost(
    program: Program, block: NeuronBlock, rates: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the groups of a block end, and what a step up to there costs."""
    events = {group.number: 0.0 for group in block.groups}
    for edge in program.edges:
        for entry in edge.projections:
            if entry.post.number in events:
                events[entry.post.number] += entry.size * (
                    RATE if rates is None else rates[entry.pre.number]
                )
    cost = np.array([group.size + events[group.number] * EVENT_COST for group in block.groups])
    ends = np.array([0, *(group.last - block.first for group in block.groups)], dtype=np.float64)
    return ends, np.concatenate([[0.0], np.cumsum(cost)])
