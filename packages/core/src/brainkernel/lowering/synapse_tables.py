"""Tables of synapses: which projections share one, and in which layout it is kept."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from brainkernel.errors import ModelError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.neuron_blocks import is_fused, level_of
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.step_function import StepFunction
from brainkernel.program.program import CHUNK, Call, NeuronBlock, Projection, Span, SynapseTable

# distinct delays: with more, a sum for each coming step is cheaper than to look at each delay in
# turn
WAITING = 8
# steps, a power of two, for which sums are kept: what is written at random then stays in a core's
# cache
COMING = 16
# tables that a source may be looked up in before numbers that differ are kept for each synapse
SEVERAL = 4


def sums_up(definition: ModelDefinition) -> bool:
    """Whether what a spike brings can be summed up before it arrives.

    ``x + something`` of the synapse alone.
    """
    functions = list(definition.of_kind("on_pre"))
    if len(functions) != 1 or len(functions[0].targets) != 1 or not is_plain(definition):
        return False
    rest = [name for name in functions[0].arguments if name != functions[0].targets[0]]
    fixed = all(_is_parameter(definition, name) for name in rest)
    return fixed and _sums_up(definition, functions[0], "synapse", "shared")


def handed_on(definition: ModelDefinition) -> list[StepFunction]:
    """The functions by which a spike acts on the target."""
    return [
        f
        for f in definition.of_kind("on_pre")
        if any(level_of(definition, t) == "post" for t in f.targets)
    ]


def ring_of(wired: Sequence[Connectivity]) -> int:
    """Over how many steps what has passed some synapses is summed up until it acts.

    A power of two, or 0.

    Raises
    ------
    ModelError
        Where a function cannot be summed up.
    """
    projection, longest = wired[0].projection, max(wires.dendritic for wires in wired)
    definition = projection.definition
    functions = handed_on(definition)
    if not (longest and functions):
        return 0
    for function in functions:
        if not _sums_up(definition, function, "synapse", "pre", "shared"):
            target = next(name for name in function.targets if level_of(definition, name) == "post")
            raise ModelError(
                f"{projection.label()} has a dendritic delay, over which what "
                f"{definition.name}.{function.name} "
                f"({function.source.where()}) brings is summed up: let it return {target} + "
                "(something) that names no "
                "value of the target, write what reads such values in a function of its own, or "
                "leave dendritic_delay "
                "out"
            )
    return 1 << longest.bit_length()


def _sums_up(definition: ModelDefinition, function: StepFunction, *levels: str) -> bool:
    """Whether a function only adds to values of the target, and what it adds follows values of some levels alone."""
    sums = [target for target in function.targets if level_of(definition, target) == "post"]
    rest = [name for name in function.arguments if name not in sums]
    fixed = bool(sums) and all(level_of(definition, name) in levels for name in rest)
    return fixed and all(adds(function, target) for target in sums)


def is_plain(definition: ModelDefinition) -> bool:
    """Whether a projection only hands spikes on, and keeps nothing of its own for sources or synapses."""
    own = any(d.kind == "state" and d.per != "post" for d in definition.declarations.values())
    own |= any(d.kind == "draw" for d in definition.declarations.values())
    loops = [
        f
        for f in definition.of_kind("on_post", "step", "adds_to", "derivative")
        if not is_fused(definition, f)
    ]
    return not own and not loops


def _is_parameter(definition: ModelDefinition, name: str) -> bool:
    return name in definition.declarations and definition.declarations[name].kind == "parameter"


def adds(function: StepFunction | Call, target: str) -> bool:
    """Whether a function returns ``x + something`` for a target x, and names it nowhere else."""
    body = ast.parse(function.source.text).body[0].body  # type: ignore[attr-defined]
    nodes = [node for statement in body for node in ast.walk(statement)]
    once = sum(isinstance(node, ast.Name) and node.id == target for node in nodes) == 1
    if (
        not once
        or not isinstance(body[-1], ast.Return)
        or sum(isinstance(node, ast.Return) for node in nodes) != 1
    ):
        return False
    value = body[-1].value
    if len(function.targets) > 1:
        value = value.elts[function.targets.index(target)] if isinstance(value, ast.Tuple) else None
    sides = (
        (value.left, value.right)
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)
        else ()
    )
    return any(isinstance(side, ast.Name) and side.id == target for side in sides)


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
        if len(several) > WAITING and sums_up(definition)
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
    """16 bits for a target where that, with a column for each 65536 of them, takes less than 32 bits.

    Where a source has several rows, 16 bits must tell the targets of a group apart too.
    """
    if any(len(heads[entry.head].delays) > 1 and entry.post.size > CHUNK for entry in entries):
        return "targets32"
    more = sum(8 * head.rows * (max(1, -(-head.post.size // CHUNK)) - 1) for head in heads)
    return "targets16" if more <= 2 * synapses else "targets32"
