"""One function for each block: a fused loop that takes its neurons from step to step + 1."""

from __future__ import annotations

import re
from collections.abc import Iterable

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.interpolated_spikes import InterpolatedSpikes
from brainkernel.codegen.intervals import due
from brainkernel.codegen.named_arrays import drawn_apart, loop_constants, neuron_structures
from brainkernel.codegen.neuron_events import (
    print_event_flags,
    print_event_levels,
    print_event_resets,
    print_levels_after,
)
from brainkernel.codegen.tree_update import around_solver
from brainkernel.model.derived_quantities import needed
from brainkernel.program.integrator import Integrator
from brainkernel.program.past import slopes_array
from brainkernel.program.program import Call, Draw, NeuronBlock


def _numbered(draws: list[Draw]) -> bool:
    """Whether some are drawn by each neuron's own number.

    Events are drawn for many neurons at once.
    """
    return any(draw.distribution != "event" for draw in draws)


def print_update(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print ``update_<block>``: integrate, threshold, reset."""
    reading, moving = read(block, dialect), [*move(block, dialect), *keep(block, dialect)]
    if block.equations.tree and dialect.loops:
        loops = around_solver(reading, moving, dialect)
    else:
        begin, further = dialect.elements("_i", "_group.size")
        loops = [*begin, *(f"{further}{line}" for line in (*reading, *moving))]
    named = [*unpacked(block, dialect), *rings(block)]
    lines = [*named, "_time = (_step + 1) * dt", *loops]
    time = ["t = _step * dt"] if _names("\n".join(lines), "t") else []
    parts = interpolated_spikes(block).functions(dialect) if block.lag else []
    return [
        *parts,
        "",
        "",
        *dialect.decorators("update"),
        f"def update_{block.name}(_step, dt, _group):",
        f'    """Take one group of {block.definition.name} from step '
        f'to step + 1{method_label(block)}."""',
        *indent([*time, *used_lines(lines)], 1),
    ]


def unpacked(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Give the structures of a group names of their own, and its constants the user's names."""
    structures = neuron_structures(block, dialect)
    parts = [name for name in ("neurons", "keys") if structures[name].fields] + ["firing"]
    names = ", ".join(f"_{name}" for name in parts)
    lines = [f"{names} = {', '.join(f'_group.{name}' for name in parts)}"]
    values = list(structures["values"].fields)
    if values:
        lines.append(f"{', '.join(values)}{',' if len(values) == 1 else ''} = _group.values")
    return lines


def rings(block: NeuronBlock) -> Lines:
    """Give the values and slopes of the last steps names of their own."""
    states = dict.fromkeys(past.state for past in block.equations.pasts)
    lines = [f"_past_{state} = _group.past.{state}" for state in states]
    lines += [f"{slopes_array(state)} = _group.slopes.{state}" for state in block.slopes]
    if block.slopes:
        lines.append(f"_row = _row_of(_step, {slopes_array(block.slopes[0])}.shape[0])")
    return lines


def _names(text: str, name: str) -> bool:
    """Whether a name stands in a text."""
    return re.search(rf"(?<![\w.]){name}\b", text) is not None


def used_lines(lines: Lines) -> Lines:
    """Leave out lines that give a name to what no other line reads."""
    text = "\n".join(lines)
    return [line for line in lines if not _idle(line, text)]


def _idle(line: str, text: str) -> bool:
    """Whether a line gives a name to what no other line reads."""
    name = line.partition(" = ")[0]
    if not name.isidentifier():
        return False
    return len(re.findall(rf"(?<![\w.]){name}\b", text)) == 1


def method_label(block: NeuronBlock) -> str:
    """Say by which method an update integrates."""
    return f", by {block.integrator.name}" if block.integrator else ""


def compute(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print what an update computes.

    From the arrays, at the places `_i`, to the states' new values and `_fires`.
    """
    return [*read(block, dialect), *move(block, dialect)]


def read(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print what an update takes from arrays, and the random numbers that it draws."""
    unread = (*block.hidden, *block.kept, *block.memory)
    remembered = [name for name in block.memory if name != block.lag]
    memory = {name: dialect.neuron(name) for name in remembered}
    # copies, since a method may hand the value of one name on to another one
    copied = "1.0 * " if remembered else ""
    places = {name: dialect.neuron(name) for name in block.states if name not in unread}
    hidden = [name for name in block.states if name in block.hidden]
    others = [*loop_constants(block, block.arrays), *block.inputs]
    return [
        *(
            f"{name} = {copied}{wide(place, block.narrow)}"
            for name, place in (*places.items(), *memory.items())
        ),
        *(f"{name} = {dialect.history(name, length)}" for name, length in block.histories),
        *(f"_{name} = {wide(dialect.firing(name), block.narrow)}" for name in hidden),
        *(f"{name} = {dialect.neuron(name)}" for name in others),
        *_draws(block, dialect),
        *_wrong_means(block),
        *_input_drives(block),
    ]


def move(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print how an update takes what it has read to the states' new values and `_fires`."""
    derived = DerivedLines(block)
    if block.lag:
        return _compute_within(block, dialect, derived)
    return [
        *_held(block),
        *_present_pasts(block, dialect),
        *_move(block, block.integrator),
        *_later_pasts(block),
        *_total_inputs(block, derived),
        *_steps(block, block.steps_before_threshold, dialect, derived),
        *_threshold(block, dialect, derived),
        *print_event_levels(block, dialect, derived),
        *_steps(block, block.steps_before_reset, dialect, derived),
        *_reset(block, dialect, derived),
        *_state_drives(block),
    ]


def _compute_within(block: NeuronBlock, dialect: Dialect, derived: DerivedLines) -> Lines:
    """Print the step of a block whose spikes are located within it."""
    spikes = interpolated_spikes(block)
    return [
        *spikes.begin(),
        *_move(block, block.integrator),
        *spikes.finish(),
        *_total_inputs(block, derived, block.steps),
        *_steps(block, block.steps, dialect, derived),
        *_state_drives(block),
    ]


def interpolated_spikes(block: NeuronBlock) -> InterpolatedSpikes:
    """Print what a block whose spikes are located within the step needs."""
    assert block.threshold is not None
    derived = DerivedLines(block)
    level = _total_inputs(block, derived, [block.threshold])
    level += derived.before(block.threshold.arguments)
    derived = DerivedLines(block)
    reset = _total_inputs(block, derived, block.resets)
    for call in block.resets:
        arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
        reset += derived.before(call.arguments)
        reset.append(f"{', '.join(call.targets)} = {call.function}({arguments})")
        derived.changed(call.targets)
    return InterpolatedSpikes(block, _move(block, block.within), level, reset)


class DerivedLines:
    """Prints derived quantities where the calls after the integration name them.

    Each once, and again where something that it follows from has changed since.
    """

    def __init__(self, block: NeuronBlock) -> None:
        self._derived = block.equations.derived
        self._present: set[str] = set()

    def before(self, arguments: Iterable[str]) -> Lines:
        """Print what a call of these arguments needs and what is not printed yet."""
        lines = []
        for term in needed(tuple(arguments), self._derived):
            if term.target not in self._present:
                lines.append(f"{term.target} = {term.call({'t': '_time'})}")
                self._present.add(term.target)
        return lines

    def changed(self, names: Iterable[str]) -> None:
        """Note that values have changed, and so what follows from them."""
        reached = set(names)
        for term in self._derived:
            if not reached.isdisjoint(term.arguments):
                reached.add(term.target)
        self._present -= reached


def keep(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print how an update writes the new values to the arrays."""
    fires = "_fires" if block.threshold else "False"
    states = [name for name in written(block) if name not in block.hidden]
    hidden = [name for name in written(block) if name in block.hidden]
    return [
        *(f"{dialect.neuron(name)} = {name}" for name in states),
        *(f"{dialect.firing(name)} = _{name}" for name in hidden),
        f"{dialect.firing('fired')} = {fires}",
        *print_event_flags(block, dialect),
    ]


def wide(place: str, narrow: bool) -> str:
    """What is read from a place: what is kept in 32 bits is computed with in 64."""
    return f"np.float64({place})" if narrow else place


def written(block: NeuronBlock) -> list[str]:
    """The states that an update changes."""
    targets = {*block.equations.states, *block.hidden, *block.wrong_means, *block.memory}
    for call in (*block.steps, *block.resets, *block.event_calls, *block.state_drives):
        targets.update(call.targets)
    return [name for name in block.states if name in targets]


def _draws(block: NeuronBlock, dialect: Dialect) -> Lines:
    apart = drawn_apart(block, dialect)
    inline = [draw for draw in block.draws if draw not in apart]
    lines = (
        [f"_element = {dialect.element_number()}", "_now = np.uint32(_step)"]
        if _numbered(inline)
        else []
    )
    return lines + [
        f"{d.name} = 1.0 * {dialect.neuron(d.name)}"
        if d in apart
        else f"{d.name} = {_draw(d, block, dialect)}"
        for d in block.draws
    ]


def _wrong_means(block: NeuronBlock) -> Lines:
    """Keep the first mean of which nothing can be drawn, for an error after the step."""
    lines = []
    for wrong, draw in block.wrong_means.items():
        mean = f"{draw.mean} * dt * 1e-3" if draw.distribution == "event" else draw.mean
        lines.append(f"{wrong} = _first_wrong_mean({wrong}, {mean}, {draw.largest!r})")
    return lines


def _draw(draw: Draw, block: NeuronBlock, dialect: Dialect) -> str:
    words = dialect.key(draw.name)
    key = f"{words}[0], {words}[1]"
    if draw.distribution == "event":
        chance = f"{draw.mean} * dt * 1e-3"
        return f"_draw_events({key}, _step, {chance}, {dialect.sizes(block.name)})"
    key = f"{key}, _element, _now"
    if draw.distribution in ("uniform", "normal"):
        return f"_random_{draw.distribution}({key})"
    if draw.distribution == "bernoulli":
        return f"_random_bernoulli({draw.mean}, _random_uniform({key}))"
    if block.varies(draw):
        return f"_count_by_inversion({draw.mean}, _random_shared_uniform({key}))"
    most = dialect.whole_number(draw.most)
    return f"_random_poisson({draw.mean}, _random_shared_uniform({key}), {most})"


def _held(block: NeuronBlock) -> Lines:
    """Print which neurons are held by their refractory period."""
    return ["_held = _refractory_left > 1.0"] if block.refractory else []


def _move(block: NeuronBlock, integrator: Integrator | None) -> Lines:
    """Print how a method takes the states over `dt` ms from `t` on."""
    if integrator is None:
        return []
    equations = block.equations
    lines = [f"{state} = {equations.limited(state, state)}" for state, _ in equations.ceilings]
    lines += integrator.lines(equations)
    return lines + [
        f"{state} = {equations.kept(state, f'_{state}_next')}" for state in equations.states
    ]


def _present_pasts(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print the past of states as it is when the step begins, and keep the slopes of states then.

    So they are known at its later stages, which may look back by no more than a step.
    """
    equations = block.equations
    lines = [f"{past.name} = {past.on_grid()}" for past in equations.pasts]
    for rate in equations.rates:
        state = rate.target
        if state in block.slopes:
            lines += equations.only(rate).stage(0, {})
            slope = equations.rate_name(state, 0)
            slope = f"np.where(_held, 0.0, {slope})" if state in block.held else slope
            lines.append(dialect.keep_slope(state, slope))
    return lines


def _later_pasts(block: NeuronBlock) -> Lines:
    """Print the past of states as it is at the end of the step, for functions that name it."""
    named: set[str] = set()
    for call in block.in_update:
        named.update(call.arguments)
    for term in needed(named, block.equations.derived):
        named.update(term.arguments)
    for term in block.equations.currents:
        named.update(term.arguments if term.target in named else ())
    pasts = block.equations.pasts
    return [f"{p.name} = {p.on_grid('_step + 1')}" for p in pasts if p.name in named]


def _steps(
    block: NeuronBlock,
    calls: tuple[Call, ...],
    dialect: Dialect,
    derived: DerivedLines,
) -> Lines:
    lines: Lines = []
    for call in calls:
        lines += [*derived.before(call.arguments), *_assign(call, block, dialect)]
        derived.changed(call.targets)
    return lines


def _assign(call: Call, block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print a call that gives its targets new values at once; what is held keeps its own."""
    arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
    held = [target for target in call.targets if target in block.held]
    names = ", ".join(f"_new_{target}" if target in held else target for target in call.targets)
    keep = [f"{target} = np.where(_held, {target}, _new_{target})" for target in held]
    if call.every > 1:
        return dialect.call_when_due(call, due(call), names, arguments, keep)
    return [f"{names} = {call.function}({arguments})", *keep]


def _total_inputs(
    block: NeuronBlock,
    derived: DerivedLines,
    calls: Iterable[Call] | None = None,
) -> Lines:
    """What is added to an input, for functions outside the derivative that name it."""
    named: set[str] = set()
    for call in block.in_update if calls is None else calls:
        named.update(call.arguments)
    for quantity in needed(named, block.equations.derived):
        named.update(quantity.arguments)
    lines: Lines = []
    for term in block.equations.currents:
        if term.target in named:
            lines += derived.before(term.arguments)
            lines.append(f"{term.target} = {term.target} + {term.call({'t': '_time'})}")
    return lines


def _input_drives(block: NeuronBlock) -> Lines:
    """Print what random numbers of spikes add to inputs."""
    calls = block.input_drives
    return [f"{c.targets[0]} = {c.function}({', '.join(c.arguments)})" for c in calls]


def _state_drives(block: NeuronBlock) -> Lines:
    """Print what random numbers of spikes add to states at the end of the step.

    As at the arrival of other spikes, a state that a refractory period holds keeps its value.
    """
    lines: Lines = []
    for call in block.state_drives:
        target, called = call.targets[0], f"{call.function}({', '.join(call.arguments)})"
        if target in block.held:
            lines.append(f"_new_{target} = {called}")
            called = f"np.where(_refractory_left > 0.0, {target}, _new_{target})"
        lines.append(f"{target} = {called}")
    return lines


def _threshold(block: NeuronBlock, dialect: Dialect, derived: DerivedLines) -> Lines:
    if block.threshold is None:
        return []
    lines = derived.before(block.threshold.arguments)
    lines += [f"_level = {_level(block.threshold)}", f"_fires = {dialect.fires('_level')}"]
    if block.crossing:
        lines.append(f"_fires = {dialect.fires_if('(_was_above == 0.0)')}")
    if block.refractory:
        lines.append(f"_fires = {dialect.fires_if('np.logical_not(_held)')}")
    return lines


def _level(threshold: Call) -> str:
    arguments = ", ".join("_time" if name == "t" else name for name in threshold.arguments)
    return f"{threshold.function}({arguments})"


def _reset(block: NeuronBlock, dialect: Dialect, derived: DerivedLines) -> Lines:
    lines: Lines = []
    for call in block.resets:
        lines += derived.before(call.arguments)
        arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
        lines.append(
            f"{', '.join(f'_reset_{t}' for t in call.targets)} = {call.function}({arguments})"
        )
        lines += [
            f"{target} = {dialect.where_fires(f'_reset_{target}', target)}"
            for target in call.targets
        ]
        derived.changed(call.targets)
    if block.events:
        lines += [*_refractory(block, dialect), *print_event_resets(block, dialect, derived)]
        return [*lines, *_crossing(block, derived), *print_levels_after(block, derived)]
    return [*lines, *_crossing(block, derived), *_refractory(block, dialect)]


def _crossing(block: NeuronBlock, derived: DerivedLines) -> Lines:
    """Print where the level is above zero when all resets are done."""
    if not block.crossing or block.threshold is None:
        return []
    changes = bool(block.resets or block.steps_before_reset)
    changes = changes or any(event.resets for event in block.events)
    lines = derived.before(block.threshold.arguments) if changes else []
    level = _level(block.threshold) if changes else "_level"
    return [*lines, f"_was_above = np.where({level} >= 0.0, 1.0, 0.0)"]


def _refractory(block: NeuronBlock, dialect: Dialect) -> Lines:
    """Print for how long neurons are refractory from now on."""
    if not block.refractory:
        return []
    left = "np.maximum(_refractory_left - 1.0, 0.0)"
    return [f"_refractory_left = {dialect.where_fires('refractory_steps', left)}"]
