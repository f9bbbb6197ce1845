"""How many bytes lie where.

The rules by which a network's arrays are laid out, and what they come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.errors import BrainKernelError
from brainkernel.lowering.redrawn import is_procedural
from brainkernel.lowering.stored_values import AT_ONCE
from brainkernel.lowering.synapse_blocks import edge_draws, own_fields
from brainkernel.lowering.synapse_tables import COMING, WAITING
from brainkernel.model.connection_rule import Ends
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.program import CHUNK
from brainkernel.random import Random

if TYPE_CHECKING:
    from brainkernel.lowering.compiled_network import Build

STATES = 3  # copies: the first state, the present one, and the last good one during a run
NUMBER = 8  # bytes of a state, parameter or row
PROCEDURAL = 4  # numbers for each source of a projection that stores no synapses
SAMPLE = 1000  # drawn delays, to see how many differ


@dataclass(frozen=True)
class Entry:
    """One part of what an owner takes, in bytes; None where that is not known."""

    part: str
    owner: str
    size: int | None


@dataclass(frozen=True)
class Delays:
    """How many delays of a projection differ, the longest one in steps, and how many more to the target."""

    distinct: int = 1
    longest: int = 0
    dendritic: int = 0


@dataclass(frozen=True)
class Widths:
    """Bytes of a state, and of a parameter of a single synapse."""

    state: int = NUMBER
    weight: int = NUMBER

    @classmethod
    def of(cls, narrow: frozenset[str]) -> Widths:
        """For the stores that are kept in 32 bits."""
        return cls(*(4 if store in narrow else NUMBER for store in ("values", "synaptic")))


def bytes_by_part(
    groups: Sequence[Neuron], projections: Sequence[Synapse], dt: float, seed: int, widths: Widths
) -> Iterator[Entry]:
    """What a network is expected to take, before anything of it is drawn."""
    for group in groups:
        yield from _group(group, widths)
    delays = {projection: delays_of(projection, dt, seed) for projection in projections}
    rings = _rings(delays)
    for projection in projections:
        own = delays[projection]
        ring = 0 if own.dendritic else rings.get(projection.definition, 0)
        yield from _projection(projection, own, ring, widths)
    yield from _in_flight(groups, delays, rings, widths)


def expected_synapses(projection: Synapse) -> float | None:
    """How many synapses a rule is expected to make; None where it does not tell."""
    expected = getattr(projection.connect, "expected", None)
    if expected is None:
        return None
    pre, post = projection.pre, projection.post
    same = pre.group is post.group
    try:
        return float(
            expected(
                Ends(pre.size, post.size, pre.ids if same else None, post.ids if same else None)
            )
        )
    except BrainKernelError:  # a rule that cannot be carried out says so when it is
        return None


def delays_of(projection: Synapse, dt: float, seed: int) -> Delays:
    """How many delays differ: of a function, among some that it draws."""
    delay: Any = 0.0 if projection.delay is None else projection.delay
    after = 0.0 if projection.dendritic_delay is None else projection.dendritic_delay
    size = SAMPLE if is_function(delay) else int(np.size(delay))
    rng = Random(seed, f"{projection.label()}.delay", size)
    ends = {
        "pre": np.resize(projection.pre.ids, size),
        "post": np.resize(projection.post.ids, size),
    }
    try:
        known = {"rng": rng, "dt": dt, "n": size, **ends}
        times = call_by_name(delay, "the delay", known) if is_function(delay) else delay
        steps = whole_steps(times, dt, "the delay")
        dendritic = int(whole_steps(after, dt, "the dendritic delay"))
    except (
        Exception
    ):  # it is the user's function: what is wrong with it, building says with its place
        return Delays()
    distinct, longest = int(np.unique(steps).size), int(np.max(steps, initial=0))
    return Delays(distinct, longest, dendritic)


def _rings(delays: dict[Synapse, Delays]) -> dict[ModelDefinition, int]:
    """For how many steps what is on its way is summed up, where it is."""
    found: dict[ModelDefinition, int] = {}
    for definition in {projection.definition for projection in delays}:
        mine = [d for p, d in delays.items() if p.definition is definition and not d.dendritic]
        if max((d.distinct for d in mine), default=0) > WAITING and definition.analysis.sums_up:
            found[definition] = min(1 << max(d.longest for d in mine).bit_length(), COMING)
    return found


def _group(group: Neuron, widths: Widths) -> Iterator[Entry]:
    definition, size, owner = group.definition, group.size, group.label()
    hidden = (definition.threshold is not None and definition.threshold.crossing) + bool(
        definition.refractory
    )
    states = len(definition.names("state")) + hidden
    yield Entry(
        "states", owner, STATES * size * (widths.state * states + 1)
    )  # and whether it fired
    arrays = [name for name in definition.names("parameter") if _is_array(group, name)]
    numbers = len(definition.names("parameter"))
    yield Entry("parameters", owner, NUMBER * (2 * size * len(arrays) + numbers))


def _projection(projection: Synapse, delays: Delays, ring: int, widths: Widths) -> Iterator[Entry]:
    """The layout of synapses.

    All that costs bytes for each of them, or for each source, stands here.
    """
    owner, synapses = projection.label(), expected_synapses(projection)
    if synapses is None:
        yield from (Entry(part, owner, None) for part in ("targets", "weights", "delays", "rows"))
        return
    definition, sources, targets = (
        projection.definition,
        projection.pre.group.size,
        projection.post.group.size,
    )
    if is_procedural(projection):
        yield Entry("rows", owner, NUMBER * sources * PROCEDURAL)
        yield from _states(projection, widths)
        return
    waiting = delays.longest // ring + 1 if ring else delays.distinct
    table, chunks = _target_bytes(synapses, sources * waiting, targets)
    if waiting > 1 and targets > CHUNK:
        table, chunks = 4, 1
    backwards = 12 if list(definition.of_kind("on_post")) else 0
    backwards += 4 * _numbered(definition)
    yield Entry("targets", owner, int(synapses * (table + backwards)))
    yield Entry("weights", owner, int(synapses * _value_bytes(projection, widths)))
    which = synapses < AT_ONCE and (delays.distinct > 1 or waiting > 1)
    yield Entry("delays", owner, int(synapses * (bool(ring) + which)))
    yield Entry("rows", owner, NUMBER * sources * (waiting * (chunks + 2) + 1))
    yield from _states(projection, widths)


def _numbered(definition: ModelDefinition) -> int:
    """How many tables of the user's numbers there are.

    For random numbers, and for functions of whole arrays.
    """
    drawn = any(draw.per == "synapse" for draw in edge_draws(definition))
    return drawn + any(function.whole for function in definition.functions)


def _states(projection: Synapse, widths: Widths) -> Iterator[Entry]:
    definition, owner = projection.definition, projection.label()
    for per, size in (("post", projection.post.group.size), ("pre", projection.pre.group.size)):
        states = [
            name for name in definition.names("state") if definition.declarations[name].per == per
        ]
        yield Entry("states", owner, STATES * widths.state * len(states) * size)
    if definition.analysis.keeps_with_target and projection.post.size < projection.post.group.size:
        yield Entry("parameters", owner, NUMBER * projection.post.group.size)


def _target_bytes(synapses: float, rows: int, targets: int) -> tuple[int, int]:
    """Bytes of a target, and columns among the rows.

    16 bits, where that with its columns is less than 32 bits.
    """
    chunks = max(1, -(-targets // CHUNK))
    return (2, chunks) if NUMBER * rows * (chunks - 1) <= 2 * synapses else (4, 1)


def _value_bytes(projection: Synapse, widths: Widths) -> int:
    """What values of its own take for each synapse: parameters given as one number nothing."""
    definition, total = projection.definition, 0
    for name in definition.names("parameter", "state"):
        declaration = definition.declarations[name]
        if declaration.per == "synapse" and declaration.kind == "state":
            total += STATES * widths.state + (NUMBER if _is_array(projection, name) else 0)
        elif declaration.per == "synapse":
            total += widths.weight if _is_array(projection, name) else 0
    return total


def _in_flight(
    groups: Sequence[Neuron],
    delays: dict[Synapse, Delays],
    rings: dict[ModelDefinition, int],
    widths: Widths,
) -> Iterator[Entry]:
    """Spikes that wait for their delay, and sums that wait for their step."""
    pushed = {p: d for p, d in delays.items() if p.definition in rings and not d.dendritic}
    summed = {(p.definition, p.post.group, _value_bytes(p, widths) > 0) for p in pushed}
    for definition, group, _ in summed:
        yield Entry(
            "spikes in flight",
            group.label(),
            STATES * widths.state * rings[definition] * group.size,
        )
    for projection, d in delays.items():
        sums = {
            target
            for function in projection.definition.analysis.handed_on
            for target in function.targets
        }
        if d.dendritic and sums:
            size = widths.state * projection.post.group.size * len(sums) << d.dendritic.bit_length()
            yield Entry("spikes in flight", projection.label(), STATES * size)
    waits = [
        d.longest + rings[p.definition] if p in pushed else max(d.longest, d.dendritic)
        for p, d in delays.items()
    ]
    slots = 2 + max(waits, default=0)
    room = 1 << max(6, int(2 * sum(group.size for group in groups) - 1).bit_length())
    yield Entry("spikes in flight", "all groups", STATES * (4 * room + 16 * slots * len(groups)))


def _is_array(member: Member, name: str) -> bool:
    """Whether a value is given as more than one number; a rule may bring weights along."""
    value: Any = member.given_or_default(name)
    if isinstance(member, Synapse) and name == "weight" and name not in member.given:
        return name in member.optional()
    if isinstance(value, str):
        return _is_array(member, value)
    return value is not None and (
        callable(value) or np.ndim(getattr(value, "magnitude", value)) > 0
    )


# -- what there is ----------------------------------------------------------------------------------------------------


def bytes_of_build(build: Build) -> Iterator[Entry]:
    """What the arrays of a network take that has been made ready."""
    program, first = build.program, build.first
    own = {field.part: edge.name for edge in program.edges for field in own_fields(edge)}
    for part in program.parts.values():
        size, edge = (
            (4 if part.store in program.narrow else NUMBER) * (part.last - part.first),
            own.get(part.name),
        )
        if part.store == "values":
            yield Entry("weights" if edge else "states", edge or part.name, STATES * size)
        elif part.store in ("constants", "synaptic"):
            yield Entry("weights" if edge else "parameters", edge or part.name, size)
    yield Entry("parameters", "random streams", build.keys.nbytes)
    yield Entry("states", "who fired", STATES * first.fired.nbytes)
    flying = (first.arriving, first.spikes, first.ranges, first.cursor)
    yield Entry("spikes in flight", "all groups", STATES * sum(array.nbytes for array in flying))
    for group in build.members.groups:
        yield Entry("parameters", group.label(), _array_bytes(build.values_of(group)))
    yield from _tables(build)


def _tables(build: Build) -> Iterator[Entry]:
    for name, wires in build.wired.items():
        kept = [
            array.nbytes for array in (wires.targets, wires.number) if isinstance(array, np.ndarray)
        ]
        yield Entry("targets", name, sum(kept))
        if isinstance(wires.which, np.ndarray):
            yield Entry("delays", name, wires.which.nbytes)
        order = build.tables.orders.get(name)
        kept = [] if order is None else [order.starts.nbytes, order.counts.nbytes]
        yield Entry("rows", name, wires.rows.nbytes + sum(kept))
        yield Entry("weights", name, _array_bytes(wires.values))
    stores = build.tables.stores
    for part in build.program.parts.values():
        if part.store in stores:
            size = stores[part.store].itemsize * (part.last - part.first)
            yield Entry(_kind(part.store, part.name), part.name, size)
    yield Entry(
        "rows",
        "all tables",
        build.tables.rows.nbytes + sum(p.rows.nbytes for p in build._pieces.values()),
    )


def _kind(store: str, name: str) -> str:
    if store.startswith("steps"):
        return "delays"
    return "rows" if store == "table" and not name.endswith("_incoming") else "targets"


def _array_bytes(values: dict[str, Any]) -> int:
    return sum(
        value.nbytes
        for value in {id(v): v for v in values.values()}.values()
        if isinstance(value, np.ndarray)
    )
