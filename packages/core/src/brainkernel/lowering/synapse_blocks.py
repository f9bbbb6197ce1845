"""An edge.

The projections of one synapse model between two blocks, which share printed functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from brainkernel.errors import IntegratorError, ModelError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.dense import is_dense
from brainkernel.lowering.histories import behind, without_past
from brainkernel.lowering.lazy_functions import lazy_states_of
from brainkernel.lowering.members import Members
from brainkernel.lowering.method_choice import default_among_synapses
from brainkernel.lowering.neuron_blocks import add_part, choose, derived_term, draw_of, scheduled
from brainkernel.lowering.synapse_tables import heads_of, ring_of, targets_store
from brainkernel.model.analysis import EventFunctions, SpikeFunctions
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import (
    Quantities,
    composed,
    own_quantities,
    quantities_at,
    quantities_of,
)
from brainkernel.model.levels import end_of
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse_group import as_neurons
from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Integrator, memory_of, noises_of
from brainkernel.program.program import (
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    ArraySlice,
    Binding,
    Call,
    Draw,
    Event,
    LazyState,
    Loop,
    NeuronBlock,
    Projection,
    SynapseBlock,
    SynapseEvent,
    SynapseTable,
    input_name,
)


@dataclass(frozen=True)
class EdgeKey:
    """Projections with equal keys share an edge."""

    definition: ModelDefinition
    method: Any
    pre_block: str
    post_block: str
    label: str
    late: bool
    delayed: bool
    drawn: tuple[tuple[str, str], ...] | None = None
    incoming: tuple[tuple[ModelDefinition, str, bool], ...] | None = None


def edge_of(
    key: EdgeKey,
    name: str,
    model: str,
    entries: tuple[Projection, ...],
    connectivities: Sequence[Connectivity],
    blocks: Sequence[NeuronBlock],
    members: Members,
    dt: float,
) -> SynapseBlock:
    """Make the edge of some projections with equal keys."""
    definition = key.definition
    pre = next(block for block in blocks if block.name == key.pre_block)
    post = next(block for block in blocks if block.name == key.post_block)
    analysis = definition.analysis
    quantities = quantities_of(definition, pre.definition, post.definition)
    acts_once = any(arrival.once for arrival in analysis.arrivals)
    events = [f for f in definition.functions if f.kind == "on_pre"]
    events += [f for f in definition.functions if f.kind == "on_post"]
    couplings = couplings_of(definition)
    used = [*(composed(function, quantities) for function in events), *couplings]
    derived = _derived_terms(model, definition, pre, post)
    draws = (*edge_draws(definition), *_noises(key, model, members, derived))
    ring = connectivities[0].ring
    plain = (
        analysis.plain
        and key.drawn is None
        and key.incoming is None
        and not key.late
        and not acts_once
        and not draws
        and not _names_parameter(definition, used, pre, post)
    )
    heads, placed = heads_of(connectivities, entries, (pre, post), plain, ring)
    lazy = lazy_states_of(definition, model, members.integrators)
    place = _Place(key, name, pre, post, connectivities, heads, members.narrow, draws, lazy)
    ring = ring or ring_of(connectivities)
    _check_lazy(definition, lazy, ring, members.narrow)
    past = place.past(couplings)
    further = () if key.incoming is None else read_of_synapses(definition)
    plain_sums = bool(couplings) and not (draws or past)
    is_matrix = plain_sums and all(map(is_dense, connectivities))
    # synapses before sources, whose states they see as they are at the beginning of the step
    loops = (
        *_loops(key, model, "synapse", place, members, dt, derived),
        *_loops(key, model, "pre", place, members, dt, derived),
    )
    held = [f"{state}_post" for state in post.held]
    method = key.method or definition.method
    check_method_is_used(entries[0].name, method, any(loop.integrator for loop in loops))
    return SynapseBlock(
        name=name,
        definition=definition,
        projections=placed,
        heads=heads,
        ring=ring,
        targets="targets32"
        if key.drawn is not None
        else targets_store(
            heads, placed, sum(connectivity.size for connectivity in connectivities)
        ),
        steps="steps8" if connectivities[0].ring else "",
        pre_block=key.pre_block,
        post_block=key.post_block,
        arrival=_event(model, analysis.arrival, quantities),
        departure=_event(model, analysis.departure, quantities),
        couplings=tuple(_call(model, f) for f in couplings),
        loops=loops,
        fields=(
            *without_past(place.fields(used, further), past, events),
            *place.lazy_fields(used),
        ),
        past=past,
        held=tuple(name for name in held if name not in definition.declarations),
        drawn=key.drawn,
        draws=draws,
        at_events=_at_events(name, model, analysis.at_events, (pre, post), quantities),
        lazy=lazy,
        dense=is_matrix,
    )


def _check_lazy(
    definition: ModelDefinition,
    lazy: Sequence[LazyState],
    ring: int,
    narrow: frozenset[str],
) -> None:
    """Refuse lazy states where their last step or what is on its way to them has no place."""
    if lazy and "values" in narrow:
        raise ModelError(
            f"{definition.name}.{lazy[0].name} is lazy, and the step in which it was written last "
            "does not fit into 32 bits: keep states in 64 bits, "
            'dtype={"state": "float64", "weights": "float32"}'
        )
    late: set[str] = set()
    for function in definition.analysis.handed_on if ring else ():
        late.update(function.targets)
    for state in lazy:
        if state.name in late:
            raise ModelError(
                f"{definition.name}.{state.name} is lazy, and what spikes bring to it takes a "
                "dendritic delay, at the end of which nothing integrates it: leave lazy=True out"
            )


def _at_events(
    name: str,
    model: str,
    at_events: Sequence[EventFunctions],
    ends: tuple[NeuronBlock, NeuronBlock],
    quantities: Quantities,
) -> tuple[SynapseEvent, ...]:
    """Print what happens at other events than spikes, and where these are listed."""
    printed = []
    for of_event in at_events:
        block = ends[0] if of_event.end == "pre" else ends[1]
        listed = block.event(of_event.event).groups[0]
        spikes = block.groups[0]
        printed.append(
            SynapseEvent(
                of_event.event,
                of_event.end,
                _event(model, of_event.functions, quantities),
                f"{name}_at_{of_event.event}_{of_event.end}",
                neurons=listed.first - spikes.first,
                groups=listed.number - spikes.number,
            )
        )
    return tuple(printed)


def couplings_of(definition: ModelDefinition) -> tuple[StepFunction, ...]:
    """What is added for each synapse in each step.

    The derived quantities of the synapse are part of it; those of its ends are read from arrays,
    which have one value for each neuron.
    """
    own = own_quantities(definition.derived)
    return tuple(composed(function, own) for function in definition.analysis.couplings)


def read_by_couplings(definition: ModelDefinition) -> set[str]:
    """All names that these functions read of other models."""
    named: set[str] = set()
    for function in couplings_of(definition):
        named.update(function.arguments)
    return named - definition.declarations.keys()


def read_of_synapses(definition: ModelDefinition) -> tuple[str, ...]:
    """What other projections may read and write of single synapses."""
    return as_neurons(definition).names("state", "parameter")


def _derived_terms(
    model: str,
    definition: ModelDefinition,
    pre: NeuronBlock,
    post: NeuronBlock,
) -> tuple[Term, ...]:
    """The derived quantities that rates of single synapses or sources may name, in order."""
    terms, declared = [], definition.declarations
    for end, block in (("pre", pre), ("post", post)):
        of_block = {term.target: term.function for term in block.equations.derived}
        for name, quantity in quantities_at(end, block.definition, declared).items():
            function = of_block[name.removesuffix(f"_{end}")]
            terms.append(Term(name, function, quantity.arguments, quantity.source))
    terms += [derived_term(model, definition, function, {}) for function in definition.derived]
    return tuple(terms)


def edge_draws(definition: ModelDefinition) -> tuple[Draw, ...]:
    """The random numbers that functions of single synapses, sources or spikes name."""
    analysis = definition.analysis
    drawn = [definition.declarations[name] for name in analysis.edge_draws]
    taken = definition.declarations
    draws = []
    for d in drawn:
        draws.append(draw_of(d.name, d.source, d.mean, taken, analysis.levels[d.name]))
    return tuple(draws)


def _names_parameter(
    definition: ModelDefinition,
    functions: Sequence[StepFunction],
    pre: NeuronBlock,
    post: NeuronBlock,
) -> bool:
    """Whether an event reads a parameter of the neurons, of which a group may have one.

    Each needs its own table.
    """
    for function in functions:
        for name in (*function.arguments, *function.targets):
            stem, end = end_of(name)
            block = pre if end == "pre" else post
            is_own = name in definition.declarations
            if end and not is_own and stem in block.definition.names("parameter"):
                return True
    return False


def edge_parts(synapse_block: SynapseBlock, parts: dict[str, ArraySlice]) -> None:
    """Lay out the tables and everything that an edge keeps itself."""
    synapses = synapse_block.synapses
    sizes = {"shared": len(synapse_block.heads), "synapse": synapses}
    sizes["pre"] = sum(projection.pre.size for projection in synapse_block.projections)
    declarations = synapse_block.definition.declarations
    sizes["key"] = 2 * len(synapse_block.heads)
    since = {lazy.since for lazy in synapse_block.lazy}
    for field in own_fields(synapse_block):
        is_state = field.name in declarations and declarations[field.name].kind == "state"
        is_state = is_state or field.name in since
        if field.part not in parts:
            add_part(parts, field.part, _store(field, is_state), sizes[field.level])
    for field in synapse_block.fields:
        # a state that lies with the targets has the step of its last event there
        if field.name in since and field.part not in parts:
            state = parts[field.part.removesuffix(field.name) + _state_of(synapse_block, field)]
            add_part(parts, field.part, "values", state.last - state.first)
    add_part(
        parts,
        synapse_block.table_name("delays"),
        "table",
        sum(len(head.delays) for head in synapse_block.heads),
    )
    add_part(parts, synapse_block.table_name("targets"), synapse_block.targets, synapses)
    if synapse_block.drawn is not None:
        add_part(
            parts,
            synapse_block.table_name("rules"),
            "constants",
            len(synapse_block.heads) * synapse_block.rule,
        )
    if synapse_block.steps:
        add_part(parts, synapse_block.table_name("steps"), synapse_block.steps, synapses)
    for field in synapse_block.fields:
        if field.name in synapse_block.summed:
            state = parts[field.part]
            add_part(
                parts,
                synapse_block.arriving(field.name),
                "arriving",
                synapse_block.ring * (state.last - state.first),
            )
    if synapse_block.departs:
        add_part(
            parts,
            synapse_block.table_name("columns"),
            "table",
            sum(head.post.size + 1 for head in synapse_block.heads),
        )
        add_part(parts, synapse_block.table_name("incoming"), "table", synapses)
        add_part(parts, synapse_block.table_name("sources"), "sources", synapses)


def _state_of(synapse_block: SynapseBlock, since: Binding) -> str:
    """The lazy state whose last step a field holds."""
    return next(lazy.name for lazy in synapse_block.lazy if lazy.since == since.name)


def _store(field: Binding, is_state: bool) -> str:
    if field.name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
        return "synapse_numbers"
    if field.level == "key":
        return "keys"
    return "values" if is_state else "synaptic" if field.level == "synapse" else "constants"


def check_method_is_used(projection: str, method: str | None, integrates: bool) -> None:
    """Refuse a method for a projection that integrates nothing on its own."""
    if method is not None and not integrates:
        raise IntegratorError(
            f"{projection} has method={method!r}, but what it keeps is integrated with its target: "
            "give the method to the target group"
        )


def own_fields(synapse_block: SynapseBlock) -> list[Binding]:
    """The fields whose values lie with the edge and not with one of its blocks."""
    fields = list(synapse_block.fields)
    for loop in synapse_block.loops:
        fields += loop.fields
    return list({field.part: field for field in fields if not field.block}.values())


def _event(model: str, functions: SpikeFunctions, quantities: Quantities) -> Event:
    """Print what runs at a spike."""

    def calls(moment: Sequence[StepFunction]) -> tuple[Call, ...]:
        return tuple(_call(model, composed(function, quantities)) for function in moment)

    return Event(calls(functions.before), calls(functions.each), calls(functions.after))


def _call(model: str, function: StepFunction) -> Call:
    return Call(f"{model}_{function.name}", function.targets, function.arguments, function.source)


def _loops(
    key: EdgeKey,
    model: str,
    level: str,
    place: _Place,
    members: Members,
    dt: float,
    derived: tuple[Term, ...],
) -> Iterator[Loop]:
    """Make the loop that takes states of a level forward, and one for each step put elsewhere."""
    functions = key.definition.analysis.loops[level]
    placed = [function for function in functions if function.place is not None]
    others = [function for function in functions if function.place is None]
    if others:
        yield _loop(key, model, level, others, place, members, dt, derived)
    nothing = Equations(key.definition.name, ())
    for function in map(place.composed, placed):
        calls = (scheduled(_call(model, function), function, dt),)
        steps, whole = ((), calls) if function.whole else (calls, ())
        yield Loop(level, nothing, None, steps, whole, place.fields([function]), placed=True)


def _loop(
    key: EdgeKey,
    model: str,
    level: str,
    functions: Sequence[StepFunction],
    place: _Place,
    members: Members,
    dt: float,
    derived: tuple[Term, ...],
) -> Loop:
    equations, integrator = _system(key, model, level, functions, members, derived)
    standing = [place.composed(function) for function in functions]
    steps = [scheduled(_call(model, f), f, dt) for f in standing if f.kind == "step"]
    return Loop(
        level,
        equations,
        integrator,
        tuple(call for call in steps if not call.whole),
        tuple(call for call in steps if call.whole),
        place.fields(standing, noises_of(equations, integrator)),
        past=place.past([function for function in standing if not function.whole]),
    )


def _system(
    key: EdgeKey,
    model: str,
    level: str,
    functions: Sequence[StepFunction],
    members: Members,
    derived: tuple[Term, ...],
) -> tuple[Equations, Integrator | None]:
    """The equations of single synapses or sources, and the method that integrates them."""
    definition = key.definition

    def terms(kind: str) -> tuple[Term, ...]:
        of_kind = [f for f in functions if f.kind == kind]
        return tuple(
            Term(f.targets[0], f"{model}_{f.name}", f.arguments, f.source) for f in of_kind
        )

    rates = terms("derivative")
    # a stage has names of what the ends derive, which the synapse does not declare
    named = frozenset((*definition.declarations, *(term.target for term in derived)))
    equations = Equations(
        definition.name, rates, diffusions=terms("diffusion"), derived=derived, named=named
    )
    chosen = (
        key.method
        or definition.method
        or default_among_synapses(equations, definition.names("parameter"))
    )
    integrator = choose(chosen, definition, equations, (), members.integrators) if rates else None
    if integrator is not None and (
        integrator.constants(equations) or memory_of(integrator, equations)
    ):
        integrator = without_constants(integrator, definition, level)
    return equations, integrator


def _noises(
    key: EdgeKey,
    model: str,
    members: Members,
    derived: tuple[Term, ...],
) -> tuple[Draw, ...]:
    """The normal numbers that move states of single synapses and sources."""
    definition = key.definition
    draws = []
    for level, functions in definition.analysis.loops.items():
        if any(function.kind == "diffusion" for function in functions):
            moved = [function for function in functions if function.place is None]
            system = _system(key, model, level, moved, members, derived)
            for name in noises_of(*system):
                draws.append(draw_of(name, "normal", "", definition.declarations, level))
    return tuple(draws)


def without_constants(
    integrator: Integrator,
    definition: ModelDefinition,
    level: str,
) -> Integrator:
    """A method for single synapses or sources, where what is known before the run has no place."""
    free: Integrator | None = getattr(integrator, "without_constants", None)
    if free is None:
        raise IntegratorError(
            f"{definition.name}: method {integrator.name!r} is for per='post' states; "
            f"for per={level!r} use 'exponential_midpoint' or 'rk4'"
        )
    return free


class _Place:
    """Finds where the data lie that an edge's functions name."""

    def __init__(
        self,
        key: EdgeKey,
        name: str,
        pre: NeuronBlock,
        post: NeuronBlock,
        connectivities: Sequence[Connectivity],
        heads: Sequence[SynapseTable],
        narrow: frozenset[str],
        draws: tuple[Draw, ...],
        lazy: Sequence[LazyState] = (),
    ) -> None:
        self.key, self.name, self.pre, self.post, self.connectivities, self.heads = (
            key,
            name,
            pre,
            post,
            connectivities,
            heads,
        )
        self.narrow, self.draws = narrow, {draw.name: draw for draw in draws}
        self.lazy = lazy
        self.quantities = quantities_of(key.definition, pre.definition, post.definition)

    def composed(self, function: StepFunction) -> StepFunction:
        """Give the function that reads what derived quantities follow from, in place of them."""
        return composed(function, self.quantities)

    def fields(
        self,
        functions: Sequence[StepFunction],
        further: Sequence[str] = (),
    ) -> tuple[Binding, ...]:
        """The fields of all names that some functions read or write, and of further ones."""
        named: list[str] = [*further]
        for function in functions:
            named += [*function.arguments, *self._written(function)]
        if any(function.whole and self._of_synapses(function) for function in functions):
            named.append(SYNAPSE_PLACE)
        names: dict[str, None] = {}
        for name in named:
            names.update(dict.fromkeys(self._drawn_from(name)))
        found = (self._field(name) for name in names if name not in ("t", "dt"))
        return tuple(replace(field, narrow=self._is_narrow(field)) for field in found)

    def past(self, functions: Sequence[StepFunction]) -> tuple[Binding, ...]:
        """The fields of all that some functions read as it was a delay ago."""
        if not self.key.delayed:
            return ()
        return behind(self.fields(functions), self.pre, self.key.definition)

    def lazy_fields(self, functions: Sequence[StepFunction]) -> Iterator[Binding]:
        """The further fields of lazy states: parameters of their rates, and when each was written.

        Those that the functions name themselves are left out.
        """
        named: set[str] = set()
        for function in functions:
            named.update((*function.arguments, *function.targets))
        for lazy in self.lazy:
            state = self._field(lazy.name)
            if lazy.name not in named:
                yield state
            part = state.part.removesuffix(lazy.name) + lazy.since
            yield replace(state, name=lazy.since, part=part)
            for name in lazy.arguments[1:]:
                if name not in named:
                    field = self._field(name)
                    yield replace(field, narrow=self._is_narrow(field))
            named.update(lazy.arguments)

    def _of_synapses(self, function: StepFunction) -> bool:
        return self.key.definition.analysis.levels[function.targets[0]] == "synapse"

    def _drawn_from(self, name: str) -> tuple[str, ...]:
        """The fields that stand for a name.

        Those that a random number is drawn from, or the one of the name.
        """
        return self.draws[name].fields if name in self.draws else (name,)

    def _is_narrow(self, field: Binding) -> bool:
        if field.name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
            return False
        own = self.key.definition.declarations.get(field.name)
        block = {self.pre.name: self.pre, self.post.name: self.post}.get(field.block)
        if own is None and block is not None:
            stem = end_of(field.name)[0]
            if block.of_synapses and stem in block.arrays:
                return "synaptic" in self.narrow
            return block.narrow and block.definition.arrived.get(stem, stem) in block.states
        if own is not None and own.kind == "state":
            return "values" in self.narrow
        if own is not None and own.kind == "input":
            return False
        return field.level == "synapse" and "synaptic" in self.narrow

    def _written(self, function: StepFunction) -> tuple[str, ...]:
        return () if function.kind == "adds_to" else function.targets

    def _field(self, name: str) -> Binding:
        definition = self.key.definition
        if name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
            return Binding(name, "synapse", f"{self.name}_{name}")
        if name in (draw.key for draw in self.draws.values()):
            return Binding(name, "key", f"{self.name}_{name}")
        if name in (draw.most for draw in self.draws.values()):
            return Binding(name, "shared", f"{self.name}_{name}")
        if name not in definition.declarations:
            stem, end = end_of(name)
            block = self.post if end == "post" else self.pre
            stem = block.definition.arrived.get(stem, stem)
            level = f"{end}_group" if stem in block.scalars else end
            return Binding(name, level, f"{block.name}_{stem}", block.name)
        declaration = definition.declarations[name]
        if declaration.per == "post":
            printed = f"{self.key.label}_{name}"
            level = "post_group" if printed in self.post.scalars else "post"
            return Binding(name, level, f"{self.post.name}_{printed}", self.post.name)
        if declaration.kind == "input":
            return Binding(name, "synapse", f"{self.name}_{input_name(name)}", self.name)
        level = declaration.per or "shared"
        if declaration.kind == "parameter":
            level = parameter_level(definition, name, self.connectivities, self.heads)
        return Binding(name, level, f"{self.name}_{name}")


def parameter_level(
    definition: ModelDefinition,
    name: str,
    connectivities: Sequence[Connectivity],
    heads: Sequence[SynapseTable],
) -> str:
    """How many values of a parameter lie with an edge: by its ``per``, or fewer that are equal.

    ``shared`` where one number does for all synapses of a table, or for all sources.
    """
    level = definition.declarations[name].per or "shared"
    if level in ("synapse", "shared"):
        shared = all(_one_number(head, name, connectivities) for head in heads)
        return "shared" if shared else "synapse"
    numbers = all(isinstance(connectivity.values[name], float) for connectivity in connectivities)
    return "shared" if numbers else level


def _one_number(head: SynapseTable, name: str, connectivities: Sequence[Connectivity]) -> bool:
    values = [connectivities[number].values[name] for number in head.projections]
    return all(isinstance(value, float) and value == values[0] for value in values)
