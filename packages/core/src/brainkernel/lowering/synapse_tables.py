"""Tables of synapses: which projections share one, and in which layout it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from brainkernel.lowering.connectivity import Connectivity
from brainkernel.model.definition import ModelDefinition
from brainkernel.program.program import CHUNK, Group, NeuronBlock, Projection, Span, SynapseTable

# distinct delays: with more, a sum for each coming step is cheaper than to look at each delay in
# turn
WAITING = 8
# steps, a power of two, for which sums are kept: what is written at random then stays in a core's
# cache
COMING = 16
# tables that a source may be looked up in before numbers that differ are kept for each synapse
SEVERAL = 4


def ring_of(connectivities: Sequence[Connectivity]) -> int:
    """Over how many steps what has passed some synapses is summed up until it acts.

    A power of two, or 0.
    """
    longest = max(connectivity.dendritic for connectivity in connectivities)
    definition = connectivities[0].projection.definition
    if not (longest and definition.analysis.handed_on):
        return 0
    return 1 << longest.bit_length()


def rings(connectivities: Iterable[Connectivity]) -> dict[ModelDefinition, int]:
    """Tell over how many steps, a power of two, spikes of a model are summed up on their way.

    With a dendritic delay they wait, so that each has the weight of the moment in which it passes
    the synapse.
    """
    delays: dict[ModelDefinition, set[int]] = {}
    for connectivity in connectivities:
        of_model = delays.setdefault(connectivity.projection.definition, set())
        of_model.update(connectivity.summable_delays)
    steps: dict[ModelDefinition, int] = {}
    for definition, of_model in delays.items():
        if len(of_model) > WAITING and definition.analysis.sums_up:
            longest = max(of_model)
            steps[definition] = min(1 << longest.bit_length(), COMING)
    return steps


def heads_of(
    connectivities: Sequence[Connectivity],
    entries: Sequence[Projection],
    blocks: tuple[NeuronBlock, NeuronBlock],
    plain: bool,
    ring: int,
) -> tuple[tuple[SynapseTable, ...], tuple[Projection, ...]]:
    """Lay out the tables of an edge, and note for each projection which one holds it."""
    several = len(connectivities) > 1
    if plain:
        shared = _shared(connectivities, entries)
    else:
        shared = [[number] for number in range(len(connectivities))]
    over_blocks = plain and (several or ring > 0)
    tables: list[SynapseTable] = []
    placed: dict[int, Projection] = {}
    first = 0
    for number, members in enumerate(shared):
        if over_blocks:
            pre, post = (_whole(block) for block in blocks)
        else:
            entry = entries[members[0]]
            pre, post = _group_span(entry.pre), _group_span(entry.post)
        stored = [connectivities[member] for member in members]
        last = first + sum(connectivity.stored_size for connectivity in stored)
        # by target group, so that the targets of a row rise
        ordered = tuple(sorted(members, key=lambda member: entries[member].post.number))
        delays = _delays(stored)
        dendritic = stored[0].dendritic
        tables.append(SynapseTable(ordered, pre, post, first, last, delays, dendritic))
        for member in members:
            placed[member] = replace(entries[member], head=number)
        first = last
    return tuple(tables), tuple(placed[number] for number in range(len(entries)))


def _delays(connectivities: Sequence[Connectivity]) -> tuple[int, ...]:
    """The delays in steps at which the rows of a table have their turn."""
    distinct: set[int] = set()
    for connectivity in connectivities:
        distinct.update(connectivity.delays)
    ring = connectivities[0].ring
    if ring:
        return tuple(range(0, max(distinct, default=0) + 1, ring))
    return tuple(sorted(distinct)) or (0,)


def _group_span(group: Group) -> Span:
    return Span(group.first, group.last, group.number, group.number + 1)


def _whole(block: NeuronBlock) -> Span:
    return Span(block.first, block.last, block.groups[0].number, block.groups[-1].number + 1)


def _shared(
    connectivities: Sequence[Connectivity], entries: Sequence[Projection]
) -> list[list[int]]:
    """Sets of projections for one table each.

    Between any two groups one, and no more sets than pay.
    """
    by_values = _sets(entries, [connectivity.alike for connectivity in connectivities])
    if len(by_values) <= SEVERAL:
        return by_values
    return _sets(entries, [None] * len(entries))


def _sets(entries: Sequence[Projection], keys: Sequence[object]) -> list[list[int]]:
    sets: dict[tuple[object, int], list[int]] = {}
    turns: dict[tuple[object, int, int], int] = {}
    for number, (entry, key) in enumerate(zip(entries, keys, strict=True)):
        ends = (key, entry.pre.number, entry.post.number)
        turn = turns.get(ends, -1) + 1
        turns[ends] = turn
        members = sets.setdefault((key, turn), [])
        members.append(number)
    return list(sets.values())


def targets_store(
    tables: Sequence[SynapseTable], entries: Sequence[Projection], synapses: int
) -> str:
    """16 bits for a target where that takes less memory than 32 bits.

    They need a column for each 65536 targets. Where a source has several rows, 16 bits must tell
    the targets of a group apart too.
    """
    for entry in entries:
        turns = len(tables[entry.head].delays)
        if turns > 1 and entry.post.size > CHUNK:
            return "targets32"
    extra_bytes = 0
    for table in tables:
        chunks = max(1, -(-table.post.size // CHUNK))
        extra_bytes += 8 * table.rows * (chunks - 1)
    return "targets16" if extra_bytes <= 2 * synapses else "targets32"
