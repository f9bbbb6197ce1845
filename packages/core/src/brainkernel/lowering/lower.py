"""From groups and projections to a Program.

Which blocks and edges there are, and where their data lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.members import Members
from brainkernel.lowering.neuron_blocks import BlockKey, IncomingState, block_of, block_parts
from brainkernel.lowering.slice_functions import IN_SLICE
from brainkernel.lowering.synapse_blocks import EdgeKey, edge_of, edge_parts
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import Neuron
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Integrator
from brainkernel.program.program import (
    ArraySlice,
    Group,
    NeuronBlock,
    Program,
    Projection,
    SynapseBlock,
)


@dataclass(frozen=True)
class Roster:
    """Which member stands behind each group and edge of a program, to fill its arrays from."""

    values: Mapping[str, Mapping[str, Resolved]]
    channels: Mapping[str, Sequence[IncomingState]]
    edges: Mapping[str, Sequence[Connectivity]]

    def _find(self, group: Group, printed: str) -> Resolved | None:
        if printed in self.values[group.name]:
            return self.values[group.name][printed]
        for channel in self.channels[group.name]:
            for name, label in channel.names().items():
                if label == printed:
                    return (
                        channel.wired.in_slice()
                        if name == IN_SLICE
                        else channel.wired.values.get(name)
                    )
        return None

    def has(self, group: Group, printed: str) -> bool:
        """Whether a printed name is a parameter or state that a member gives."""
        return self._find(group, printed) is not None

    def value(self, group: Group, printed: str) -> Resolved:
        """What the member behind a group or channel gives for a printed name."""
        found = self._find(group, printed)
        assert found is not None, f"{group.name} has no {printed}"
        return found

    def stream(self, group: Group, draw: str) -> str:
        """The name of the random stream of a draw.

        That of a synapse follows its projection's name.
        """
        for channel in self.channels[group.name]:
            for name, label in channel.names().items():
                if draw in (label, f"xi_{label}"):
                    prefix = draw.removesuffix(label)
                    return f"{channel.wired.projection.name}.{prefix}{name}"
        return f"{group.name}.{draw}"


class Names:
    """Gives each object a printed name of its own, kept for the same object."""

    def __init__(self) -> None:
        self._names: dict[object, str] = {}

    def of(self, thing: object, wish: str) -> str:
        """The name of a thing: the wish, or the wish with a number."""
        if thing not in self._names:
            taken = set(self._names.values())
            free = (f"{wish}_{k}" for k in range(2, len(taken) + 3))
            self._names[thing] = (
                wish if wish not in taken else next(name for name in free if name not in taken)
            )
        return self._names[thing]


def flatten(members: Members, dt: float, seed: int) -> tuple[Program, Roster]:
    """Turn a network's members into a Program."""
    program, roster = lay_out(members, dt, seed)
    return replace(program, functions=_functions(program.blocks, program.edges)), roster


def lay_out(members: Members, dt: float, seed: int) -> tuple[Program, Roster]:
    """Group a network's members, and lay out their data; the functions to print are still missing.

    Groups with the same model, method and incoming synapse models form one block; projections of
    one model between two blocks form one edge. So the printed text grows with the number of models,
    not of groups or projections.

    Of a projection this reads counts and the form of its values, and no synapse: it also tells how
    much memory a network is expected to take.
    """
    models = Names()
    channels = {group.name: _channels(group, members.wired, models) for group in members.groups}
    keys: dict[BlockKey, list[Neuron]] = {}
    for group in members.groups:
        key = BlockKey(
            group.definition, group.method, tuple(channel.key for channel in channels[group.name])
        )
        keys.setdefault(key, []).append(group)
    blocks, placed = _blocks(keys, channels, members, models, dt)
    edges = _edges(members.wired, placed, blocks, channels, members, models, dt)
    parts: dict[str, ArraySlice] = {}
    for block in blocks:
        block_parts(block, parts)
    for edge, _ in edges:
        edge_parts(edge, parts)
    program = Program(
        dt=dt,
        seed=seed,
        blocks=tuple(blocks),
        edges=tuple(edge for edge, _ in edges),
        parts=parts,
        slots=2 + max((edge.keeps(head) for edge, _ in edges for head in edge.heads), default=0),
        functions={},
        narrow=members.narrow,
    )
    named = {str(name): found for name, found in channels.items()}
    return program, Roster(members.values, named, {edge.name: wired for edge, wired in edges})


def _channels(group: Neuron, wired: Iterable[Connectivity], models: Names) -> list[IncomingState]:
    """Incoming projections that keep state with this group, numbered among those of their model."""
    counts: dict[ModelDefinition, int] = {}
    found = []
    for wires in wired:
        projection = wires.projection
        if projection.post.group is not group or not (
            projection.definition.analysis.keeps_with_target
        ):
            continue
        counts[projection.definition] = number = counts.get(projection.definition, 0) + 1
        model = models.of(projection.definition, projection.definition.printed_name)
        label = (
            model
            if number == 1
            else models.of((projection.definition, number), f"{model}_{number}")
        )
        found.append(IncomingState(projection.definition, label, model, wires))
    return found


def _blocks(
    keys: Mapping[BlockKey, list[Neuron]],
    channels: Mapping[str | None, list[IncomingState]],
    members: Members,
    models: Names,
    dt: float,
) -> tuple[list[NeuronBlock], dict[str | None, tuple[NeuronBlock, Group]]]:
    blocks: list[NeuronBlock] = []
    placed: dict[str | None, tuple[NeuronBlock, Group]] = {}
    names = Names()
    number = first = 0
    for key, groups in keys.items():
        entries = []
        for group in groups:
            entries.append(Group(str(group.name), number, first, first + group.size))
            number, first = number + 1, first + group.size
        model = models.of(key.definition, key.definition.printed_name)
        block = block_of(
            key,
            names.of(key, model),
            model,
            tuple(entries),
            groups,
            [channels[g.name] for g in groups],
            members,
            dt,
        )
        blocks.append(block)
        placed.update({entry.name: (block, entry) for entry in entries})
    return blocks, placed


def _edges(
    wired: Iterable[Connectivity],
    placed: Mapping[str | None, tuple[NeuronBlock, Group]],
    blocks: Sequence[NeuronBlock],
    channels: Mapping[str | None, list[IncomingState]],
    members: Members,
    models: Names,
    dt: float,
) -> list[tuple[SynapseBlock, list[Connectivity]]]:
    keys: dict[EdgeKey, list[Connectivity]] = {}
    for wires in wired:
        projection = wires.projection
        pre_block, post_block = (
            placed[end.group.name][0].name for end in (projection.pre, projection.post)
        )
        label = next(
            (c.label for c in channels[projection.post.group.name] if c.wired is wires), ""
        )
        late = wires.dendritic > 0
        key = EdgeKey(
            projection.definition,
            projection.method,
            pre_block,
            post_block,
            label,
            late,
            wires.drawn,
        )
        keys.setdefault(key, []).append(wires)
    names = Names()
    edges = []
    for key, several in keys.items():
        pre_neurons = 0
        entries = []
        for wires in several:
            pre = placed[wires.projection.pre.group.name][1]
            post = placed[wires.projection.post.group.name][1]
            entries.append(
                Projection(str(wires.projection.name), pre, post, wires.size, 0, pre_neurons)
            )
            pre_neurons += pre.size
        model = models.of(key.definition, key.definition.printed_name)
        edges.append(
            (
                edge_of(
                    key, names.of(key, model), model, tuple(entries), several, blocks, members, dt
                ),
                several,
            )
        )
    return edges


def _functions(blocks: Iterable[NeuronBlock], edges: Iterable[SynapseBlock]) -> dict[str, Text]:
    found: dict[str, Text] = {}
    systems: list[tuple[Equations, Integrator | None]] = [
        (block.equations, block.integrator) for block in blocks
    ]
    systems += [(loop.equations, loop.integrator) for edge in edges for loop in edge.loops]
    for equations, integrator in systems:
        for term in (*equations.rates, *equations.currents, *equations.diffusions):
            found[term.function] = term.source
        if integrator is not None and equations.rates:
            found.update(integrator.functions(equations))
    calls = [
        c
        for b in blocks
        for c in (
            *(*b.steps, *b.whole_steps, *b.placed, *b.resets),
            *((b.threshold,) if b.threshold else ()),
        )
    ]
    calls += [c for e in edges for c in (*e.arrival.calls, *e.departure.calls, *e.couplings)]
    calls += [c for e in edges for loop in e.loops for c in (*loop.steps, *loop.whole_steps)]
    found.update({call.function: call.source for call in calls})
    return found
