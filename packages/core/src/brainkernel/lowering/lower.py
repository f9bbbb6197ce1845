"""From groups and projections to a Program.

Which blocks and edges there are, and where their data lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.end_readings import lay_out_readings
from brainkernel.lowering.groupwide import check_numbers, kept_for_synapses
from brainkernel.lowering.histories import names_behind, with_history
from brainkernel.lowering.members import Members
from brainkernel.lowering.neuron_blocks import (
    BlockKey,
    IncomingState,
    block_of,
    block_parts,
    with_event_numbers,
)
from brainkernel.lowering.slice_functions import IN_SLICE
from brainkernel.lowering.synapse_blocks import EdgeKey, edge_of, edge_parts, read_by_couplings
from brainkernel.lowering.synapse_ends import has_synapses
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import following_group
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Neuron
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, sources_of
from brainkernel.program.integrator import Integrator
from brainkernel.program.program import (
    ArraySlice,
    Call,
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
    synapse_blocks: Mapping[str, Sequence[Connectivity]]

    def _find(self, group: Group, printed: str) -> Resolved | None:
        if printed in self.values[group.name]:
            return self.values[group.name][printed]
        for channel in self.channels[group.name]:
            for name, label in channel.names().items():
                if label != printed:
                    continue
                if name == IN_SLICE:
                    return channel.connectivity.in_slice()
                return channel.connectivity.values.get(name)
        return None

    def has(self, group: Group, printed: str) -> bool:
        """Whether a printed name is a parameter or state that a member gives."""
        return self._find(group, printed) is not None

    def value(self, group: Group, printed: str) -> Resolved:
        """What the member behind a group or channel gives for a printed name."""
        value = self._find(group, printed)
        assert value is not None, f"{group.name} has no {printed}"
        return value

    def stream(self, group: Group, draw: str) -> str:
        """The name of the random stream of a draw.

        That of a synapse follows its projection's name.
        """
        for channel in self.channels[group.name]:
            for name, label in channel.names().items():
                if draw in (label, f"xi_{label}", f"xi_integral_{label}"):
                    prefix = draw.removesuffix(label)
                    return f"{channel.connectivity.projection.name}.{prefix}{name}"
        return f"{group.name}.{draw}"


class Names:
    """Gives each object a printed name of its own, kept for the same object."""

    def __init__(self) -> None:
        self._names: dict[object, str] = {}

    def of(self, bearer: object, wish: str) -> str:
        """The name of an object: the wish, or the wish with a number."""
        if bearer not in self._names:
            assigned = set(self._names.values())
            name = wish
            number = 1
            while name in assigned:
                number += 1
                name = f"{wish}_{number}"
            self._names[bearer] = name
        return self._names[bearer]


def flatten(members: Members, dt: float, seed: int) -> tuple[Program, Roster]:
    """Turn a network's members into a Program."""
    program, roster = lay_out(members, dt, seed)
    functions = _functions(program.blocks, program.synapse_blocks)
    return replace(program, functions=functions), roster


def lay_out(members: Members, dt: float, seed: int) -> tuple[Program, Roster]:
    """Group a network's members, and lay out their data; the functions to print are still missing.

    Groups with the same model, method and incoming synapse models form one block; projections of
    one model between two blocks form one edge. So the printed text grows with the number of models,
    not of groups or projections.

    Of a projection this reads counts and the form of its values, and no synapse: it also tells how
    much memory a network is expected to take.
    """
    models = Names()
    channels = {
        group.name: _channels(group, members.connectivities, models)
        for group in (*members.groups, *members.synapse_groups)
    }
    blocks, placed = _blocks(_grouped(members.groups, channels), channels, members, models, dt)
    # after the blocks: a projection says in which blocks its ends lie
    names = Names()
    between, others = _by_ends(members.connectivities)
    ends = (placed, blocks, channels)
    synapse_blocks = _edges(between, *ends, members, models, names, dt)
    of_synapses = _blocks_of_synapses(synapse_blocks, placed, blocks, channels, members, models, dt)
    # what begins or ends at synapses, whose blocks stand now
    synapse_blocks += _edges(others, *ends, members, models, names, dt)
    parts: dict[str, ArraySlice] = {}
    longest = 0
    for block in blocks:
        if block not in of_synapses:
            block_parts(block, parts)
    for synapse_block, _ in synapse_blocks:
        edge_parts(synapse_block, parts)
        steps = [synapse_block.keeps(table) for table in synapse_block.heads]
        longest = max(longest, *steps)
    for block in of_synapses:
        block_parts(block, parts)
    of_groups = {str(name): states for name, states in channels.items()}
    readings = lay_out_readings(synapse_blocks, placed, of_groups, parts)
    program = Program(
        dt=dt,
        seed=seed,
        blocks=tuple(blocks),
        synapse_blocks=tuple(synapse_block for synapse_block, _ in synapse_blocks),
        parts=parts,
        slots=max(2 + longest, members.slots),
        functions={},
        narrow=members.narrow,
        end_readings=readings,
    )
    roster = Roster(
        members.values,
        of_groups,
        {synapse_block.name: connectivities for synapse_block, connectivities in synapse_blocks},
    )
    return program, roster


def _grouped(
    groups: Iterable[Neuron], channels: Mapping[str | None, list[IncomingState]]
) -> dict[BlockKey, list[Neuron]]:
    """Put groups together that share a block."""
    keys: dict[BlockKey, list[Neuron]] = {}
    for group in groups:
        channel_keys = tuple(channel.key for channel in channels[group.name])
        key = BlockKey(group.definition, group.method, channel_keys, group._interpolates)
        keys.setdefault(key, []).append(group)
    return keys


def _by_ends(
    connectivities: Iterable[Connectivity],
) -> tuple[list[Connectivity], list[Connectivity]]:
    """Tell projections between neurons from those that begin or end at synapses."""
    between: list[Connectivity] = []
    others: list[Connectivity] = []
    for connectivity in connectivities:
        (others if has_synapses(connectivity.projection) else between).append(connectivity)
    return between, others


def _blocks_of_synapses(
    synapse_blocks: Iterable[tuple[SynapseBlock, Sequence[Connectivity]]],
    placed: dict[str | None, tuple[NeuronBlock, Group]],
    blocks: list[NeuronBlock],
    channels: Mapping[str | None, list[IncomingState]],
    members: Members,
    models: Names,
    dt: float,
) -> list[NeuronBlock]:
    """Make blocks of neurons of the synapses at which other projections begin or end.

    They bear the names of the blocks of synapses, so that their values are those.
    """
    groups = {group.projection.name: group for group in members.synapse_groups}
    made = []
    for synapse_block, connectivities in synapse_blocks:
        of_block = [groups.get(c.projection.name) for c in connectivities]
        ends = [group for group in of_block if group is not None]
        if not ends:
            continue
        first, number = blocks[-1].last, blocks[-1].groups[-1].number + 1
        entries = []
        for k, (group, projection) in enumerate(zip(ends, synapse_block.projections, strict=True)):
            table = synapse_block.heads[projection.head]
            span = (first + table.first, first + table.last)
            entries.append(Group(str(group.name), number + k, *span))
        (key,) = _grouped(ends, channels)
        model = models.of(key.definition, synapse_block.name)
        of_groups = [channels[group.name] for group in ends]
        block = block_of(
            key, synapse_block.name, model, tuple(entries), ends, of_groups, members, dt
        )
        block = replace(block, of_synapses=True)
        blocks.append(block)
        made.append(block)
        placed.update({entry.name: (block, entry) for entry in entries})
    return made


def _channels(
    group: Neuron,
    connectivities: Iterable[Connectivity],
    models: Names,
) -> list[IncomingState]:
    """Incoming projections that keep state with this group, numbered among those of their model."""
    counts: dict[ModelDefinition, int] = {}
    channels = []
    for connectivity in connectivities:
        projection = connectivity.projection
        definition = projection.definition
        onto_group = projection.post._group is group
        if not (onto_group and definition.analysis.keeps_with_target):
            continue
        number = counts.get(definition, 0) + 1
        counts[definition] = number
        model = models.of(definition, definition.printed_name)
        label = model
        if number > 1:
            label = models.of((definition, number), f"{model}_{number}")
        channels.append(IncomingState(definition, label, model, connectivity))
    return channels


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
            last = first + group._size
            entries.append(Group(str(group.name), number, first, last))
            number += 1
            first = last
        model = models.of(key.definition, key.definition.printed_name)
        name = names.of(key, model)
        of_groups = [channels[group.name] for group in groups]
        kept = _kept(groups, members.connectivities)
        check_numbers(groups, members.values)
        block = block_of(key, name, model, tuple(entries), groups, of_groups, members, dt, kept)
        block = with_history(block, groups, members, dt)
        blocks.append(block)
    blocks = with_event_numbers(blocks)
    for block in blocks:
        placed.update({entry.name: (block, entry) for entry in block.groups})
    return blocks, placed


def _kept(groups: Iterable[Neuron], connectivities: Iterable[Connectivity]) -> tuple[str, ...]:
    """The derived quantities of some groups that single synapses read at each step."""
    named: set[str] = set()
    definition = next(iter(groups)).definition
    if not definition.derived:
        return ()
    of_group = following_group(definition.derived)
    for connectivity in connectivities:
        projection = connectivity.projection
        for end, side in (("pre", projection.pre), ("post", projection.post)):
            if any(side._group is group for group in groups):
                stems = map(end_of, read_by_couplings(projection.definition))
                named.update(stem for stem, of_end in stems if of_end == end)
                stems = map(end_of, kept_for_synapses(projection.definition))
                named.update(s for s, of_end in stems if of_end == end and s in of_group)
    return tuple(f.targets[0] for f in definition.derived if f.targets[0] in named)


def _edges(
    connectivities: Iterable[Connectivity],
    placed: Mapping[str | None, tuple[NeuronBlock, Group]],
    blocks: Sequence[NeuronBlock],
    channels: Mapping[str | None, list[IncomingState]],
    members: Members,
    models: Names,
    names: Names,
    dt: float,
) -> list[tuple[SynapseBlock, list[Connectivity]]]:
    synapse_groups = {group.projection.name: group for group in members.synapse_groups}
    keys: dict[EdgeKey, list[Connectivity]] = {}
    for connectivity in connectivities:
        projection = connectivity.projection
        pre_block, _ = placed[projection.pre._group.name]
        post_block, _ = placed[projection.post._group.name]
        group = synapse_groups.get(projection.name)
        key = EdgeKey(
            projection.definition,
            projection.method,
            pre_block.name,
            post_block.name,
            _label(connectivity, channels[projection.post._group.name]),
            connectivity.dendritic > 0,
            bool(names_behind(connectivity)),
            connectivity.drawn,
            None if group is None else tuple(state.key for state in channels[group.name]),
        )
        keys.setdefault(key, []).append(connectivity)
    synapse_blocks = []
    for key, of_block in keys.items():
        pre_neurons = 0
        entries = []
        for connectivity in of_block:
            projection = connectivity.projection
            _, pre = placed[projection.pre._group.name]
            _, post = placed[projection.post._group.name]
            size = connectivity.size
            entries.append(Projection(str(projection.name), pre, post, size, 0, pre_neurons))
            pre_neurons += pre.size
        model = models.of(key.definition, key.definition.printed_name)
        name = names.of(key, model)
        synapse_block = edge_of(key, name, model, tuple(entries), of_block, blocks, members, dt)
        synapse_blocks.append((synapse_block, of_block))
    return synapse_blocks


def _label(connectivity: Connectivity, channels: Iterable[IncomingState]) -> str:
    """The printed label of what a projection keeps with its target, or an empty text."""
    for channel in channels:
        if channel.connectivity is connectivity:
            return channel.label
    return ""


def _functions(
    blocks: Iterable[NeuronBlock], synapse_blocks: Iterable[SynapseBlock]
) -> dict[str, Text]:
    systems: list[tuple[Equations, Integrator | None]] = []
    calls: list[Call] = []
    for block in blocks:
        systems += [(block.equations, block.integrator), (block.equations, block.within)]
        calls += [*block.steps, *block.whole_steps, *block.placed, *block.resets]
        calls += block.drives
        if block.threshold:
            calls.append(block.threshold)
        calls += block.event_calls
    at_events: list[Call] = []
    in_loops: list[Call] = []
    for synapse_block in synapse_blocks:
        at_events += synapse_block.event_calls
        at_events += synapse_block.couplings
        for loop in synapse_block.loops:
            systems.append((loop.equations, loop.integrator))
            in_loops += [*loop.steps, *loop.whole_steps]
    functions: dict[str, Text] = {}
    for synapse_block in synapse_blocks:
        functions.update({lazy.function: lazy.source for lazy in synapse_block.lazy})
    for block in blocks:
        functions.update(sources_of(block.read_derived))
    for equations, integrator in systems:
        functions.update(sources_of((*equations.read_derived, *equations.terms)))
        if integrator is not None and equations.rates:
            functions.update(integrator.functions(equations))
    # the order of the dictionary is that of the printed functions
    functions.update({call.function: call.source for call in (*calls, *at_events, *in_loops)})
    return functions
