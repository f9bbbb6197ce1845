"""Tables of synapses: which projections share one, and in which layout it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.model.definition import ModelDefinition
from brainkernel.program.program import CHUNK, NeuronBlock, Projection, Span, SynapseTable

# distinct delays: with more, a sum for each coming step is cheaper than to look at each delay in
# turn
WAITING = 8
# steps, a power of two, for which sums are kept: what is written at random then stays in a core's
# cache
COMING = 16
# tables that a source may be looked up in before numbers that differ are kept for each synapse
SEVERAL = 4


def ring_of(wired: Sequence[Connectivity]) -> int:
    """Over how many steps what has passed some synapses is summed up until it acts.

    A power of two, or 0.
    """
    longest = max(wires.dendritic for wires in wired)
    definition = wired[0].projection.definition
    if not (longest and definition.analysis.handed_on):
        return 0
    return 1 << longest.bit_length()


def rings(wired: Iterable[Connectivity]) -> dict[ModelDefinition, int]:
    """For each synapse model whose spikes are summed up on their way.

    For how many steps, a power of two.

    With a dendritic delay they wait, so that each has the weight of the moment in which it passes
    the synapse.
    """
    delays: dict[ModelDefinition, set[int]] = {}
    for wires in wired:
        delays.setdefault(wires.projection.definition, set()).update(wires.summable_delays)
    return {
        definition: min(1 << max(several).bit_length(), COMING)
        for definition, several in delays.items()
        if len(several) > WAITING and definition.analysis.sums_up
    }


def heads_of(
    wired: Sequence[Connectivity],
    entries: Sequence[Projection],
    blocks: tuple[NeuronBlock, NeuronBlock],
    plain: bool,
    ring: int,
) -> tuple[tuple[SynapseTable, ...], tuple[Projection, ...]]:
    """Lay out the tables of an edge, and note for each projection which one holds it."""
    shared = _shared(wired, entries) if plain else [[number] for number in range(len(wired))]
    heads, first, placed = [], 0, dict[int, Projection]()
    for number, members in enumerate(shared):
        last = first + sum(wired[k].stored_size for k in members)
        found = sorted({d for k in members for d in wired[k].delays}) or [0]
        delays = (
            tuple(range(0, found[-1] + 1, wired[members[0]].ring))
            if wired[members[0]].ring
            else tuple(found)
        )
        whole = plain and (len(wired) > 1 or ring > 0)
        pre, post = (
            _whole(block) if whole else _end(entries[members[0]], end)
            for block, end in zip(blocks, ENDS, strict=True)
        )
        ordered = tuple(sorted(members, key=lambda k: entries[k].post.number))
        heads.append(
            SynapseTable(ordered, pre, post, first, last, delays, wired[members[0]].dendritic)
        )
        for k in members:
            entry = entries[k]
            placed[k] = Projection(
                entry.name, entry.pre, entry.post, entry.size, number, entry.pre_first
            )
        first = last
    return tuple(heads), tuple(placed[k] for k in range(len(entries)))


ENDS = ("pre", "post")


def _end(entry: Projection, end: str) -> Span:
    group = entry.pre if end == "pre" else entry.post
    return Span(group.first, group.last, group.number, group.number + 1)


def _whole(block: NeuronBlock) -> Span:
    return Span(block.first, block.last, block.groups[0].number, block.groups[-1].number + 1)


def _shared(wired: Sequence[Connectivity], entries: Sequence[Projection]) -> list[list[int]]:
    """Sets of projections for one table each.

    Between any two groups one, and no more sets than pay.
    """
    by_values = _sets(entries, [wires.alike for wires in wired])
    return by_values if len(by_values) <= SEVERAL else _sets(entries, [None] * len(entries))


def _sets(entries: Sequence[Projection], keys: Sequence[object]) -> list[list[int]]:
    found: dict[tuple[object, int], list[int]] = {}
    seen: dict[tuple[object, int, int], int] = {}
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        ends = (key, entry.pre.number, entry.post.number)
        seen[ends] = turn = seen.get(ends, -1) + 1
        found.setdefault((key, turn), []).append(number)
    return list(found.values())


def targets_store(
    heads: Sequence[SynapseTable], entries: Sequence[Projection], synapses: int
) -> str:
    """16 bits for a target where that takes less memory than 32 bits.

    They need a column for each 65536 targets. Where a source has several rows, 16 bits must tell
    the targets of a group apart too.
    """
    if any(len(heads[entry.head].delays) > 1 and entry.post.size > CHUNK for entry in entries):
        return "targets32"
    more = sum(8 * head.rows * (max(1, -(-head.post.size // CHUNK)) - 1) for head in heads)
    return "targets16" if more <= 2 * synapses else "targets32"
