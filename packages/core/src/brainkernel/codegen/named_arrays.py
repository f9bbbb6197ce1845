"""Named arrays: which values a printed function reads together, and the names it reads them by.

The text defines a named tuple for each `Structure`; whoever runs the text fills it with arrays. So
a name of a model is a field there, and never meets a name of the printed machinery, which begins
with an underscore.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from brainkernel.codegen.dialect import Dialect, Lines
from brainkernel.program.past import past_name, slopes_name
from brainkernel.program.program import (
    HIDDEN,
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Binding,
    Draw,
    NeuronBlock,
    SynapseBlock,
    drawn_name,
    input_name,
)

SYNAPTIC = (
    *("shared", "per_synapse", "pre", "per_source", "post"),
    *("pre_group", "post_group", "inputs", "sums", "past"),
)
"""The structures of a projection: one value for each table, synapse, neuron at the sources, source,
neuron at the targets, group at either end; inputs of the targets; sums on their way to them; and
values of the sources in the last steps."""


@dataclass(frozen=True)
class Structure:
    """The fields of one named tuple, each with the array slice of the program that it names.

    Attributes
    ----------
    name : str
        The named tuple in the printed text.
    fields : dict of str to str
        Field to array slice, in order.
    """

    name: str
    fields: dict[str, str]

    def definition(self) -> Lines:
        """Print its definition; nothing where it is empty."""
        if not self.fields:
            return []
        return [f"{self.name} = _named({self.name!r}, {' '.join(self.fields)!r})"]


def neuron_structures(block: NeuronBlock, dialect: Dialect) -> dict[str, Structure]:
    """Name what the functions of a block read.

    One value for each neuron, one for each group, and the keys of its random numbers.
    """
    used = used_constants(block)
    arrays = {}
    # synapses are read by projections alone
    named = () if block.of_synapses else (*block.states, *block.arrays)
    for name in named:
        # a constant that nothing reads would only lengthen the text
        if name not in block.hidden and (name in block.states or name in used):
            arrays[name] = f"{block.name}_{name}"
    for name, _ in block.histories:
        arrays[name] = f"{block.name}_{name}"
    for name in () if block.of_synapses else block.inputs:
        arrays[name] = f"{block.name}_{input_name(name)}"
    for draw in drawn_apart(block, dialect):
        arrays[draw.name] = f"{block.name}_{drawn_name(draw)}"
    values = {name: f"{block.name}_{name}" for name in block.scalars if name in used}
    keys = {draw.name: f"{block.name}_{draw.key}" for draw in block.draws}
    levels = {draw.name: "" for draw in told_by_levels(block, dialect)}
    past = {name: f"{block.name}_{past_name(name)}" for name in block.history}
    slopes = {name: f"{block.name}_{slopes_name(name)}" for name in block.slopes}
    return {
        "neurons": Structure(f"_{block.name}_neurons", arrays),
        "values": Structure(f"_{block.name}_values", values),
        "keys": Structure(f"_{block.name}_keys", keys),
        "levels": Structure(f"_{block.name}_levels", levels),
        "past": Structure(f"_{block.name}_past", past),
        "slopes": Structure(f"_{block.name}_slopes", slopes),
        "firing": _firing(block),
    }


def _firing(block: NeuronBlock) -> Structure:
    """Name what tells who fires, where there are events besides the spike.

    Without them it is `Firing`, the same tuple for all models.
    """
    if not block.events:
        return Structure("", {})
    fields = {"fired": "", **{name: f"{block.name}_{name}" for name in HIDDEN}}
    for event in block.events:
        fields[event.fired] = ""
        if event.crossing:
            fields[event.was_above] = f"{block.name}_{event.was_above}"
    return Structure(f"_{block.name}_firing", fields)


def synapse_structures(synapse_block: SynapseBlock) -> dict[str, Structure]:
    """Name what the functions of a block of synapses read, by whose values they are."""
    block_name = synapse_block.name
    fields: dict[str, dict[str, str]] = {kind: {} for kind in SYNAPTIC}
    for binding in bindings(synapse_block):
        if binding.name not in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
            fields[kind_of(binding)][binding.name] = binding.part
    for call in synapse_block.couplings:
        target = call.targets[0]
        fields["inputs"][target] = f"{synapse_block.post_block}_{input_name(target)}"
    for binding in synapse_block.read_past:
        fields["past"][binding.name] = binding.past
    for state in synapse_block.summed:
        fields["sums"][state] = synapse_block.arriving(state)
    return {kind: Structure(f"_{block_name}_{kind}", named) for kind, named in fields.items()}


def bindings(synapse_block: SynapseBlock) -> tuple[Binding, ...]:
    """List all bindings of a block of synapses, those of its loops included, each name once."""
    named = {binding.name: binding for binding in synapse_block.fields}
    for loop in synapse_block.loops:
        named |= {binding.name: binding for binding in loop.fields}
    return tuple(named.values())


def kind_of(binding: Binding) -> str:
    """Tell in which structure a binding is a field."""
    if binding.level == "pre":
        return "pre" if binding.block else "per_source"
    if binding.level == "synapse":
        return "per_synapse"
    return "shared" if binding.level == "key" else binding.level


def drawn_apart(block: NeuronBlock, dialect: Dialect) -> list[Draw]:
    """List the draws that a loop of their own makes before the update.

    They are counts, for which a few bits mostly suffice.
    """
    if not dialect.loops:
        return []
    return [draw for draw in block.draws if block.counts(draw)]


def told_by_levels(block: NeuronBlock, dialect: Dialect) -> list[Draw]:
    """List the Poisson counts of one mean for a group, which are told by tables of its levels."""
    counts = [draw for draw in drawn_apart(block, dialect) if draw.distribution == "poisson"]
    return [draw for draw in counts if draw.mean in block.scalars]


def used_constants(block: NeuronBlock) -> list[str]:
    """List the constants that a block reads: in its own loop, or as whole arrays."""
    read = _read_by_loop(block)
    for call in (*block.whole_steps, *block.placed):
        read.update(call.arguments)
    return [name for name in (*block.scalars, *block.arrays) if name in read]


def loop_constants(block: NeuronBlock, names: Iterable[str]) -> list[str]:
    """List those of some constants that the block's own loop reads."""
    read = _read_by_loop(block)
    return [name for name in names if name in read]


def _read_by_loop(block: NeuronBlock) -> set[str]:
    equations = block.equations
    read = {"refractory_steps", *(past.steps for past in equations.pasts)}
    for _, ceiling in equations.ceilings:
        read.add(ceiling)
    for term in (*equations.terms, *block.read_derived):
        read.update(term.arguments)
    for call in (*block.steps, *block.resets, *block.drives, *block.event_calls):
        read.update(call.arguments)
    if block.threshold:
        read.update(block.threshold.arguments)
    for draw in block.draws:
        read |= {draw.mean, draw.most}
    if equations.tree:
        read.update(equations.tree.arguments)
    if block.integrator:
        read.update(block.integrator.constants(equations))
    return read
