"""A block.

The neuron groups that share one printed function, with the synaptic state that lives with them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from brainkernel.base.clock import whole_steps
from brainkernel.errors import IntegratorError, ModelError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.groupwide import check_over_group, over_group_term
from brainkernel.lowering.histories import check_past, pasts_of, slopes_read
from brainkernel.lowering.interpolated_spikes import check_interpolated
from brainkernel.lowering.members import Members
from brainkernel.lowering.method_choice import check_method_of_tree, default_method
from brainkernel.lowering.slice_functions import IN_SLICE, within_slice
from brainkernel.lowering.trees import tree_of_groups
from brainkernel.model.analysis import own_currents
from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import (
    Quantities,
    Quantity,
    composed,
    following_group,
    own_quantities,
    quantities_at,
)
from brainkernel.model.function_text import apart
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Neuron
from brainkernel.model.slots import BEFORE_INPUTS
from brainkernel.model.step_function import StepFunction
from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Integrator, memory_of
from brainkernel.program.past import past_name, slopes_name
from brainkernel.program.program import (
    APART,
    LAST_TURN,
    LINE,
    ArraySlice,
    Call,
    Draw,
    Group,
    NeuronBlock,
    NeuronEvent,
    drawn_name,
    input_name,
    order_in_update,
)


@dataclass(frozen=True)
class IncomingState:
    """The state and parameters that one incoming projection keeps with its target.

    Printed under its label.
    """

    definition: ModelDefinition
    label: str
    model: str
    connectivity: Connectivity = field(compare=False)

    @property
    def key(self) -> tuple[ModelDefinition, str, bool]:
        """What two groups must share to be of one block."""
        return self.definition, self.label, self.on_slice

    @property
    def on_slice(self) -> bool:
        """Whether it reaches a part of its target's group alone."""
        post = self.connectivity.projection.post
        return post._size < post._group._size

    def names(self) -> dict[str, str]:
        """Printed names, in the target's loop, of what the synapse's functions name."""
        return {name: f"{self.label}_{name}" for name in (*self.definition.declarations, IN_SLICE)}

    def functions(self) -> list[StepFunction]:
        """What runs inside the target's loop, for the neurons that the projection reaches."""
        fused = self.definition.analysis.fused
        return [within_slice(function) for function in fused] if self.on_slice else list(fused)

    def derived(self) -> list[StepFunction]:
        """The derived quantities of single targets that these functions may name."""
        levels = self.definition.analysis.levels
        return [f for f in self.definition.derived if levels[f.targets[0]] in ("post", "shared")]

    def quantities(self, target: ModelDefinition) -> dict[str, Quantity]:
        """All derived quantities that these functions may name, those of the target included."""
        of_target = quantities_at("post", target, self.definition.declarations)
        return {**of_target, **own_quantities(self.derived())}

    def draws(self) -> list[Declaration]:
        """The random numbers of single targets that these functions name."""
        analysis, declarations = self.definition.analysis, self.definition.declarations
        return [declarations[name] for name in analysis.fused_draws]


@dataclass(frozen=True)
class BlockKey:
    """Groups with equal keys share a block."""

    definition: ModelDefinition
    method: Any
    channels: tuple[tuple[ModelDefinition, str, bool], ...]
    interpolates: bool = False


def block_of(
    key: BlockKey,
    name: str,
    model: str,
    entries: tuple[Group, ...],
    groups: Sequence[Neuron],
    channels: Sequence[Sequence[IncomingState]],
    members: Members,
    dt: float,
    kept: tuple[str, ...] = (),
) -> NeuronBlock:
    """Make the block of some groups with equal keys.

    Parameters
    ----------
    kept : tuple of str
        The derived quantities that synapses read at each step.
    """
    definition, shape = key.definition, channels[0]
    quantities = own_quantities(definition.derived)
    own = {n: n for n in (*definition.declarations, "t", "dt")}
    named = _named(definition, shape)
    tree = tree_of_groups(definition, groups, members)
    equations = replace(_equations(definition, model, own, shape), named=named, tree=tree)
    equations = equations.narrowed("values" in members.narrow)
    several = _parameters(definition, groups, channels, members)
    states = [*definition.names("state"), *_channel_states(shape)]
    integrator = choose(key.method, definition, equations, several, members.integrators)
    scalars = [n for n, arrays in several.items() if not arrays]
    arrays = [n for n, is_array in several.items() if is_array]
    if integrator is not None:
        in_arrays = bool(arrays)
        (arrays if in_arrays else scalars).extend(integrator.constants(equations))
    refractory = definition.refractory
    if refractory is not None:
        (arrays if several[refractory.source] else scalars).append("refractory_steps")
        states.append("refractory_left")
    for past in equations.pasts:
        (arrays if several[past.delay] else scalars).append(past.steps)
    threshold = definition.threshold
    if threshold is not None and threshold.crossing:
        states.append("was_above")
    events = tuple(_event(model, definition, event, own, dt) for event in definition.events)
    states += [event.was_above for event in events if event.crossing]
    lag = apart("spike_lag", named) if key.interpolates else ""
    draws = _draws(definition, equations, integrator, shape)
    varying = [d for d in draws if d.mean in (*states, *definition.names("input", "timed"))]
    limited = [d for d in draws if d not in varying]
    scalars += [d.most for d in limited if d.distribution in ("poisson", "event")]
    _check_varying(name, varying, equations)
    states += [draw.wrong for draw in varying]
    printed = [
        *states,
        *scalars,
        *arrays,
        *definition.names("input", "timed"),
        *(d.name for d in draws),
    ]
    printed += [term.target for term in equations.derived]
    # numbers of each neuron are states as any others; a past is an array of its own
    remembered = memory_of(integrator, equations)
    histories = tuple((n, length) for n, length in remembered.items() if length > 1)
    memory = (*(n for n, length in remembered.items() if length == 1), *([lag] if lag else []))
    printed += definition.names("past")
    printed += [n for n, _ in histories]
    states += [*kept, *memory]
    twice = {n for n in printed if printed.count(n) > 1}
    if twice:
        raise ModelError(
            f"{name}: the printed name {', '.join(sorted(twice))} would mean two things; rename "
            "one of them"
        )
    steps = []
    for function in definition.of_kind("step"):
        steps.append(_call(model, _self_contained(function, quantities), own, dt))
    for channel in shape:
        names = _channel_names(channel)
        of_channel = channel.quantities(definition)
        for quantity in of_channel.values():
            for argument in quantity.arguments:
                names.setdefault(argument, end_of(argument)[0])
        for function in channel.functions():
            if function.kind == "step":
                standing = _self_contained(function, of_channel)
                steps.append(_call(channel.model, standing, names, dt))
    in_update = [call for call in steps if not call.whole and _is_in_update(call)]
    within = None
    if key.interpolates:
        within = check_interpolated(definition, equations, integrator, in_update)
    of_group = following_group(definition.derived)
    fills = []
    for function in definition.derived:
        derived_name = function.targets[0]
        if derived_name in kept:
            fills.append(_fill(model, function, quantities, whole=derived_name in of_group))
    return NeuronBlock(
        name=name,
        definition=definition,
        groups=entries,
        equations=equations,
        integrator=integrator,
        states=tuple(states),
        scalars=tuple(scalars),
        arrays=tuple(arrays),
        inputs=definition.names("input", "timed"),
        draws=draws,
        steps=tuple(sorted(in_update, key=order_in_update)),
        whole_steps=tuple(call for call in steps if call.whole and call.place is None),
        resets=tuple(_call(model, f, own, dt) for f in definition.of_kind("reset")),
        threshold=None if threshold is None else _call(model, threshold, own, dt),
        crossing=threshold is not None and threshold.crossing,
        refractory=refractory is not None,
        held=refractory.holds if refractory else (),
        narrow="values" in members.narrow,
        placed=tuple(call for call in [*steps, *fills] if call.place and not call.place.in_update),
        kept=kept,
        drives=tuple(_call(model, f, own, dt) for f in definition.of_kind("drive")),
        slopes=slopes_read(equations, integrator),
        events=events,
        memory=memory,
        histories=histories,
        lag=lag,
        within=within,
    )


def _event(
    model: str,
    definition: ModelDefinition,
    event: str,
    names: dict[str, str],
    dt: float,
) -> NeuronEvent:
    """Print another kind of event than the spike; how it is listed is numbered later."""
    (threshold,) = definition.at_event(event, "threshold")
    resets = definition.at_event(event, "reset")
    return NeuronEvent(
        event,
        _call(model, threshold, names, dt),
        threshold.crossing,
        tuple(_call(model, function, names, dt) for function in resets),
    )


def with_event_numbers(blocks: Sequence[NeuronBlock]) -> list[NeuronBlock]:
    """Number the events of all blocks as if they were spikes of further groups, after all others.

    So they are listed, delivered and recorded as spikes are.
    """
    number, first = blocks[-1].groups[-1].number + 1, blocks[-1].last
    numbered = []
    for block in blocks:
        events = []
        for event in block.events:
            groups = []
            for group in block.groups:
                last = first + group.size
                groups.append(Group(f"{group.name}.{event.name}", number, first, last))
                number, first = number + 1, last
            events.append(replace(event, groups=tuple(groups)))
        numbered.append(replace(block, events=tuple(events)) if events else block)
    return numbered


def _self_contained(function: StepFunction, quantities: Quantities) -> StepFunction:
    """Let a step outside the loop over neurons compute what is derived by itself."""
    inside = not function.whole and (function.place is None or function.place.in_update)
    return function if inside else composed(function, quantities)


def _fill(model: str, quantity: StepFunction, quantities: Quantities, whole: bool = False) -> Call:
    """Compute a derived quantity of all neurons for the synapses that read it in this step.

    What follows a mean over the group is computed of the whole group at once.
    """
    function = composed(quantity, quantities)
    return Call(
        f"{model}_{function.name}",
        quantity.targets,
        function.arguments,
        function.source,
        whole=whole,
        place=BEFORE_INPUTS,
        turn=LAST_TURN,
    )


def _check_varying(name: str, draws: Sequence[Draw], equations: Equations) -> None:
    """Refuse a mean that is known within the step alone, when its number has been drawn."""
    added = {current.target: current for current in equations.currents}
    for draw in draws:
        if draw.mean in added:
            raise ModelError(
                f"{name}: {draw.name} is drawn at the beginning of a step, of {draw.mean}, to "
                f"which {added[draw.mean].function} adds within the step: let a step function "
                f"write {draw.mean} to a state, and draw {draw.name} of that"
            )


def _is_in_update(call: Call) -> bool:
    """Whether a step of single neurons runs in the loop that integrates them."""
    return call.place is None or call.place.in_update


def block_parts(block: NeuronBlock, parts: dict[str, ArraySlice]) -> None:
    """Lay out everything that a block keeps."""
    neurons, groups = block.last - block.first, len(block.groups)
    if block.of_synapses:
        synapse_parts(block, parts)
        return
    for state in block.states:
        add_part(parts, f"{block.name}_{state}", "values", neurons)
    for history, length in block.histories:
        add_part(parts, f"{block.name}_{history}", "values", neurons * length)
    for scalar in block.scalars:
        add_part(parts, f"{block.name}_{scalar}", "constants", groups)
    for array in block.arrays:
        add_part(parts, f"{block.name}_{array}", "constants", neurons)
    for draw in block.draws:
        add_part(parts, f"{block.name}_{draw.key}", "keys", 2 * groups)
    for name in block.inputs:
        add_part(parts, f"{block.name}_{input_name(name)}", "inputs", neurons)
    for draw in block.draws:
        if block.counts(draw):
            add_part(parts, f"{block.name}_{drawn_name(draw)}", "drawn", neurons)
    for name in block.history:
        add_part(parts, f"{block.name}_{past_name(name)}", "past", block.rows * neurons)
    for name in block.slopes:
        add_part(parts, f"{block.name}_{slopes_name(name)}", "past", block.rows * neurons)


def synapse_parts(block: NeuronBlock, parts: dict[str, ArraySlice]) -> None:
    """Lay out what a block of synapses has besides what it has as such."""
    for state in block.states:
        # what a projection onto it keeps there is none of its own
        if f"{block.name}_{state}" not in parts:
            add_part(parts, f"{block.name}_{state}", "values", block.last - block.first)
    kept = {*block.definition.names("parameter")}
    for name in (*block.scalars, *block.arrays):
        if name not in kept:
            size = len(block.groups) if name in block.scalars else block.last - block.first
            add_part(parts, f"{block.name}_{name}", "constants", size)
    for name in block.inputs:
        part_name = f"{block.name}_{input_name(name)}"
        add_part(parts, part_name, "inputs", block.last - block.first)


def add_part(parts: dict[str, ArraySlice], name: str, store: str, size: int) -> None:
    """Put a part at the end of its flat array."""
    if name in parts:
        raise ModelError(
            f"two things would be printed as {name}: rename a model or one of its names"
        )
    first = max((part.last for part in parts.values() if part.store == store), default=0)
    if store in APART:
        first = -(-first // LINE) * LINE
    parts[name] = ArraySlice(name, store, first, first + size)


def choose(
    method: str | Integrator | None,
    definition: ModelDefinition,
    equations: Equations,
    parameters: Iterable[str],
    integrators: Any,
) -> Integrator | None:
    """The method that was asked for, or that of the model, or the default for its equations.

    Raises
    ------
    IntegratorError
        Where the method does not fit the equations.
    """
    if not equations.rates:
        if method is not None:
            raise IntegratorError(
                f"{equations.owner} has no derivative, so method={method!r} has nothing to do: "
                "leave it out"
            )
        return None
    chosen = method or definition.method
    integrator: Integrator = integrators[chosen or default_method(equations, parameters)]
    check_past(equations, integrator)
    check_method_of_tree(equations, integrator)
    own = (
        f"; the class {definition.name} names it: name another one there"
        if chosen and not method
        else ""
    )
    noisy = bool(equations.diffusions)
    if noisy and not integrator.stochastic:
        raise IntegratorError(
            f"{equations.owner} has a diffusion, which method {integrator.name!r} cannot "
            "integrate; use "
            "exponential_midpoint, exponential_euler, euler_maruyama, milstein_ito, "
            f"milstein_stratonovich or heun{own}"
        )
    if not noisy and not integrator.deterministic:
        raise IntegratorError(
            f"{equations.owner} has no diffusion; method {integrator.name!r} is for stochastic "
            "ones, use rk4 or "
            f"exponential_midpoint{own}"
        )
    if noisy and getattr(integrator, "additive", False):
        _check_additive(equations, integrator.name, own)
    check_over_group(equations, integrator, own)
    return integrator


def _check_additive(equations: Equations, method: str, named_by: str) -> None:
    """Refuse an amplitude that follows a state, for a method that takes it as given."""
    changing = {*equations.states, *equations.driven, *(past.name for past in equations.pasts)}
    for term in equations.diffusions:
        followed = changing.intersection(equations.depends_on(term))
        if followed:
            raise IntegratorError(
                f"{equations.owner}: the diffusion {term.function} names {sorted(followed)[0]}, a "
                f"state or input; method {method!r} is for noise that follows no state, use "
                f"milstein_ito{named_by}"
            )


def _equations(
    definition: ModelDefinition,
    model: str,
    own: dict[str, str],
    channels: Sequence[IncomingState],
) -> Equations:
    rates = [_term(model, f, own) for f in definition.of_kind("derivative")]
    diffusions = [_term(model, f, own) for f in definition.of_kind("diffusion")]
    derived = [_term(model, f, own) for f in definition.derived]
    currents = [_term(model, function, own) for function in own_currents(definition.functions)]
    for channel in channels:
        names = _channel_names(channel)
        for function in channel.derived():
            derived.append(derived_term(channel.model, channel.definition, function, names))
        for function in channel.functions():
            if function.kind == "adds_to":
                currents.append(
                    replace(_term(channel.model, function, names), target=function.targets[0])
                )
            elif function.kind == "derivative":
                rates.append(_term(channel.model, function, names))
            elif function.kind == "diffusion":
                diffusions.append(_term(channel.model, function, names))
    held = definition.refractory.holds if definition.refractory else ()
    moving = dict.fromkeys(rate.target for rate in rates)
    states = [*definition.names("state"), *_channel_states(channels)]
    drawn = list(definition.names("draw"))
    for channel in channels:
        drawn += [channel.names()[draw.name] for draw in channel.draws()]
    held_states = [state for state in states if state not in moving]
    external = (*definition.names("input", "timed", "past"), *drawn, *held_states)
    ceilings = tuple(
        (state, d.ceiling)
        for state in moving
        if (d := definition.declarations.get(state)) and d.ceiling
    )
    return Equations(
        definition.name,
        tuple(rates),
        tuple(currents),
        tuple(diffusions),
        held,
        external,
        ceilings,
        tuple(derived),
        pasts=pasts_of(definition, moving, {term.target for term in diffusions}),
    )


def _channel_states(channels: Sequence[IncomingState]) -> list[str]:
    states: list[str] = []
    for channel in channels:
        names = channel.names()
        states += [names[state] for state in channel.definition.analysis.target_states]
    return states


def _channel_names(channel: IncomingState) -> dict[str, str]:
    names = dict(channel.names())
    for function in (*channel.definition.derived, *channel.definition.functions):
        for name in function.arguments:
            stem, end = end_of(name)
            if end == "post" and name not in names:
                names[name] = stem
    return {**names, "t": "t", "dt": "dt"}


def _term(model: str, function: StepFunction, names: dict[str, str]) -> Term:
    target = names.get(function.targets[0], function.targets[0])
    arguments = tuple(names[argument] for argument in function.arguments)
    if function.over_group:
        return over_group_term(function, target, arguments)
    return Term(target, f"{model}_{function.name}", arguments, function.source)


def derived_term(
    model: str,
    definition: ModelDefinition,
    function: StepFunction,
    names: Mapping[str, str],
) -> Term:
    """Print a derived quantity of a synapse; its value bears the name that its function has not."""
    arguments = tuple(names.get(argument, argument) for argument in function.arguments)
    name, prefix = function.targets[0], "derived_"
    functions = {other.name for other in definition.functions}
    while f"{prefix}{name}" in functions:
        prefix += "_"
    return Term(names.get(name, name), f"{model}_{prefix}{name}", arguments, function.source)


def _call(model: str, function: StepFunction, names: dict[str, str], dt: float) -> Call:
    targets = tuple(names.get(target, target) for target in function.targets)
    arguments = tuple(names[argument] for argument in function.arguments)
    call = Call(f"{model}_{function.name}", targets, arguments, function.source)
    return scheduled(call, function, dt)


def scheduled(call: Call, function: StepFunction, dt: float) -> Call:
    """Tell a call when and where its function runs.

    Raises
    ------
    TimeGridError
        Where its interval is no whole number of steps.
    """
    return replace(
        call,
        whole=function.whole,
        every=steps_between(function, dt),
        interval=function.every or 0.0,
        place=function.place,
        turn=function.turn,
    )


def steps_between(function: StepFunction, dt: float) -> int:
    """At multiples of how many steps a function runs.

    Raises
    ------
    TimeGridError
        Where its interval is no whole number of them.
    """
    if function.every is None:
        return 1
    what = f"the interval of {function.name} ({function.source.where()})"
    return int(whole_steps(function.every, dt, what, least=1))


def _parameters(
    definition: ModelDefinition,
    groups: Sequence[Neuron],
    channels: Sequence[Sequence[IncomingState]],
    members: Members,
) -> dict[str, bool]:
    """Printed names of parameters, and whether any group of the block has one value per neuron."""
    found = {}
    for name in definition.names("parameter"):
        found[name] = any(not isinstance(members.values[str(g.name)][name], float) for g in groups)
    for number, channel in enumerate(channels[0]):
        for name, declaration in channel.definition.declarations.items():
            if declaration.kind == "parameter" and declaration.per in (None, "post"):
                values = [several[number].connectivity.values[name] for several in channels]
                found[channel.names()[name]] = any(not isinstance(value, float) for value in values)
        if channel.on_slice:
            found[channel.names()[IN_SLICE]] = True
    return found


def _draws(
    definition: ModelDefinition,
    equations: Equations,
    integrator: Integrator | None,
    channels: Sequence[IncomingState],
) -> tuple[Draw, ...]:
    own = [definition.declarations[name] for name in definition.names("draw")]
    followed = [(d.name, d.source, d.mean) for d in own]
    for channel in channels:
        names = channel.names()
        for d in channel.draws():
            followed.append((names[d.name], d.source, names.get(d.mean, "")))
    for noise in getattr(integrator, "noises", ("xi",)):
        followed += [(f"{noise}_{term.target}", "normal", "") for term in equations.diffusions]
    draws = []
    for name, distribution, mean in followed:
        draw = draw_of(name, distribution, mean, equations.named)
        draws.append(replace(draw, key=f"_{name}_key"))
    return tuple(draws)


def draw_of(name: str, distribution: str, mean: str, taken: Container[str], per: str = "") -> Draw:
    """Print a random number, under names of its own that are none of those of the models."""
    key, most, wrong = (apart(f"{name}_{what}", taken) for what in ("key", "most", "not_drawn"))
    return Draw(name, distribution, mean, key, most, wrong, per)


def _named(definition: ModelDefinition, channels: Sequence[IncomingState]) -> frozenset[str]:
    """All printed names of the models in a block."""
    names = {*definition.declarations}
    for channel in channels:
        names.update(channel.names().values())
    return frozenset(names)
