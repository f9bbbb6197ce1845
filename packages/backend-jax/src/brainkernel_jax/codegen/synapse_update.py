"""What is printed for synapses.

Functions that give back what spikes, and the passing of time, change.
"""

from __future__ import annotations

from collections.abc import Mapping

from brainkernel.backend import (
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Binding,
    Call,
    Draw,
    Event,
    Lines,
    Loop,
    Program,
    SynapseBlock,
    drawn,
    draws_of,
    indent,
    input_name,
    is_serial,
    is_serial_departure,
    names_of_steps,
    one_for_all,
    summary_of,
    time_of,
    wide,
)
from brainkernel_jax.codegen.dialect import called_when_due
from brainkernel_jax.codegen.event_function import (
    ELEMENTS,
    EventFunction,
    drawn_for,
    index,
    listed,
    passed,
    state_of,
    variable,
    with_new,
)
from brainkernel_jax.codegen.printed import Printed, changed_when_due

SUMMARIES = {
    "deliver": "Act on the spikes that arrive over {}.",
    "react": "Act on the targets' own spikes in {}.",
    "begin": "Do what {} does once for a spike that arrives, before its synapses act.",
    "finish": "Do what {} does once for a spike that arrives, after its synapses have acted.",
    "prepare": "Do what {} does once for a target's own spike, before its synapses.",
    "complete": "Do what {} does once for a target's own spike, after its synapses.",
}


def at_each_step(program: Program, synapse_block: SynapseBlock) -> dict[str, Printed]:
    """What synapses do without spikes, by ``couple`` and the tasks of their loops."""
    found = {"couple": _couple(program, synapse_block)} if synapse_block.couplings else {}
    names = names_of_steps(program)
    for loop in synapse_block.loops:
        name = f"evolve_{synapse_block.name}_{loop.level}"
        if loop.placed:
            name = names[synapse_block.name, loop.calls[0].function]
        found[loop.task] = _evolve(program, synapse_block, loop, name)
    return found


def after_neurons(program: Program, synapse_block: SynapseBlock) -> list[Printed]:
    """What spikes do."""
    arrival, departure = synapse_block.arrival, synapse_block.departure
    if is_serial(program, synapse_block):
        found = (
            [_spike_by_spike(program, synapse_block, "deliver", arrival)] if arrival.calls else []
        )
    else:
        found = _turns(
            program,
            synapse_block,
            {"begin": arrival.before, "deliver": arrival.each, "finish": arrival.after},
        )
    found += [_arrive(synapse_block)] if synapse_block.ring else []
    if is_serial_departure(program, synapse_block):
        return [*found, _spike_by_spike(program, synapse_block, "react", departure)]
    turns = {"prepare": departure.before, "react": departure.each, "complete": departure.after}
    return [*found, *_turns(program, synapse_block, turns)]


def _turns(
    program: Program, synapse_block: SynapseBlock, turns: dict[str, tuple[Call, ...]]
) -> list[Printed]:
    return [_events(program, synapse_block, verb, calls) for verb, calls in turns.items() if calls]


def _events(
    program: Program, synapse_block: SynapseBlock, verb: str, calls: tuple[Call, ...]
) -> Printed:
    """One kind of event: for each synapse of a spike, or once for the neuron that fired."""
    acts = EventFunction(program, synapse_block, calls)
    arrays = f"({listed(acts.written)}), ({acts.values()})"
    if verb == "deliver" and acts.only_adds and len(set(acts.sums())) == len(acts.sums()):
        given = f"({listed(acts.sums())}), ({acts.values()}), ({acts.whose()})"
        done = f"_add_up(_brings, _table, _spikes, _rows, {given}, _layout.way)"
        return _function(synapse_block, verb, acts, [*acts.brings(), ""], done)
    if verb in ("deliver", "react"):
        done = f"_events(_act, _table, _spikes, _rows, {arrays}, _layout.way, {acts.ordered})"
    else:
        first = "_table.target_first" if verb in ("prepare", "complete") else "0"
        done = f"_once(_act, {first}, _spikes, {arrays})"
    return _function(synapse_block, verb, acts, [*acts.function("_act", calls), ""], done)


def _spike_by_spike(
    program: Program, synapse_block: SynapseBlock, verb: str, event: Event
) -> Printed:
    """Print what is done spike by spike, since one reads what the one before wrote."""
    acts = EventFunction(program, synapse_block, event.calls)
    turns = {"_before": event.before, "_act": event.each, "_after": event.after}
    lines = [line for name, calls in turns.items() for line in (*acts.function(name, calls), "")]
    arrays = f"({listed(acts.written)}), ({acts.values()})"
    first = "_table.target_first" if verb == "react" else "0"
    done = f"_spike_by_spike(_before, _act, _after, {first}, _spikes, _rows, {arrays})"
    return _function(synapse_block, verb, acts, lines, done)


def _function(
    synapse_block: SynapseBlock, verb: str, acts: EventFunction, inner: Lines, done: str
) -> Printed:
    """Print the function of one kind of event, around those that act on single synapses."""
    leaving = verb in ("react", "prepare", "complete")
    arguments = "_step, dt, _table, _state, _constants, _spikes, _synapses, _layout"
    name = f"{verb}_{synapse_block.name}"
    body = [
        f'"""{SUMMARIES[verb].format(synapse_block.definition.name)}"""',
        *acts.prologue(),
        *(
            [f"_rows = _synapses['{'columns' if leaving else 'rows'}'][_table.number]"]
            * ("rows" in done)
        ),
        "",
        *inner,
        f"{listed(acts.written)} = {done}",
        f"return {with_new('_state', acts.written)}",
    ]
    spikes = f"{'_leaving' if leaving else '_arriving'}(_state, _fired, _step, _table)"
    calls = [
        f"_spikes = {spikes}",
        f"_synapses = _tables['{synapse_block.name}']",
        f"_state = {name}({arguments})",
    ]
    return Printed(
        ["", "", f"def {name}({arguments}):", *indent(body, 1)], _for_tables(synapse_block, calls)
    )


def _for_tables(synapse_block: SynapseBlock, calls: Lines) -> Lines:
    return [f"for _table in _layout.tables['{synapse_block.name}']:", *indent(calls, 1)]


def _arrive(synapse_block: SynapseBlock) -> Printed:
    """What has been summed up for this step acts on its targets."""
    states = {f.name: f for f in synapse_block.fields if f.name in synapse_block.summed}
    held = (
        [f"{synapse_block.post_block}_refractory_left"]
        if set(states) & set(synapse_block.held)
        else []
    )
    names = [
        name
        for field in states.values()
        for name in (synapse_block.arriving(field.name), field.part)
    ]
    body = [f"_now = (_step + 1) % {synapse_block.ring}"]
    for field in states.values():
        sums = synapse_block.arriving(field.name)
        old = wide(field.part, field.narrow)
        value = f"{old} + {wide(f'{sums}[_now]', field.narrow)}"
        if field.name in synapse_block.held:
            value = f"np.where({held[0]} > 0.0, {old}, {value})"
        body.append(f"{field.part} = _like({value}, {field.part})")
        body.append(f"{sums} = {sums}.at[_now].set(0.0)")
    summary = f'"""Let {synapse_block.definition.name} act on its targets."""'
    arrays = [f"{name} = {state_of(name)}" for name in [*names, *held]]
    body = [summary, *arrays, *body, f"return {with_new('_state', names)}"]
    function = ["", "", f"def arrive_{synapse_block.name}(_step, _state):", *indent(body, 1)]
    return Printed(function, [f"_state = arrive_{synapse_block.name}(_step, _state)"])


# -- what needs no spike


def _couple(program: Program, synapse_block: SynapseBlock) -> Printed:
    """What synapses add to inputs at each step."""
    named = {name for call in synapse_block.couplings for name in call.arguments}
    named |= {
        name
        for call in synapse_block.couplings
        for draw in synapse_block.drawn_by(call)
        for name in draw.fields
    }
    fields = [field for field in synapse_block.fields if field.name in named]
    inputs = list(
        dict.fromkeys(
            f"{synapse_block.post_block}_{input_name(call.targets[0])}"
            for call in synapse_block.couplings
        )
    )
    lines = []
    for call in synapse_block.couplings:
        into, names = (
            f"{synapse_block.post_block}_{input_name(call.targets[0])}",
            {f.name: _vector(f) for f in fields},
        )
        names |= {**drawn_for(synapse_block, call, names), "t": "_step * dt"}
        value = f"{call.function}({', '.join(names.get(name, name) for name in call.arguments)})"
        lines.append(f"{into} = _add_in_order({into}, _target, {value})")
    summary = f"Add what {synapse_block.definition.name} contributes continuously."
    arrays = {name: f"_inputs['{name}']" for name in inputs}
    # the number of a synapse comes with the table
    arrays |= {variable(f): passed(program, f) for f in fields if f.name != SYNAPSE_NUMBER}
    return _per_synapse(
        synapse_block, f"couple_{synapse_block.name}", "_inputs", summary, arrays, lines, inputs
    )


def _evolve(program: Program, synapse_block: SynapseBlock, loop: Loop, name: str) -> Printed:
    """States of sources or synapses, from one grid point to the next, or a step of theirs."""
    states = [*loop.equations.states, *(target for call in loop.steps for target in call.targets)]
    whole = [target for call in loop.whole_steps for target in call.targets]
    fields = {field.name: field for field in loop.fields}
    time = time_of(loop.calls[0]) if loop.placed else "(_step + 1) * dt"
    lines = ["t = _step * dt", f"_time = {time}"]
    lines += [f"{name} = {_vector(field, loop.level)}" for name, field in fields.items()]
    lines += [f"{draw.name} = {_drawn(draw, loop)}" for draw in draws_of(synapse_block, loop)]
    lines += loop.integrator.lines(loop.equations) if loop.integrator else []
    lines += [f"{state} = _{state}_next" for state in loop.equations.states]
    for call in loop.steps:
        arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
        results = ", ".join(call.targets)
        if loop.placed:
            lines.append(f"{results} = {call.function}({arguments})")
        else:
            lines += called_when_due(call, results, results, arguments)
    lines += _whole_steps(synapse_block, loop)
    written = [fields[name] for name in dict.fromkeys([*states, *whole])]
    lines += [f"{f.part} = _put({f.part}, {_ends(f)}, {f.name})" for f in written]
    with_table = (SYNAPSE_NUMBER, SYNAPSE_PLACE)
    handed = [field for field in loop.fields if field.name not in with_table]
    arrays = {variable(field): passed(program, field) for field in handed}
    back = [field.part for field in written]
    step = loop.calls[0] if loop.placed else None
    return _per_synapse(
        synapse_block, name, "_state", summary_of(synapse_block, loop), arrays, lines, back, step
    )


def _drawn(draw: Draw, loop: Loop) -> str:
    """How a random number is drawn in a loop over synapses or sources."""
    names = {name: name for name in draw.fields}
    sources = (
        "np.arange(_table.source_last - _table.source_first)" if loop.level == "pre" else "_source"
    )
    element = {**ELEMENTS, "pre": sources, "synapse": SYNAPSE_NUMBER}[draw.per]
    return drawn(draw, names, element, str)


def _whole_steps(synapse_block: SynapseBlock, loop: Loop) -> Lines:
    """Print what sees the arrays of a projection.

    Of its synapses as the user counts them, or of its sources.
    """
    lines = []
    many, order = "_table.source_last - _table.source_first", "[:]"
    if loop.level == "synapse" and loop.whole_steps:
        many, order = "_whole.size", "[_whole]"
        lines.append(f"_whole = {SYNAPSE_PLACE} - _table.synapses[0]")
    names = {"t": "_time"}
    for field in loop.fields:
        alone = one_for_all(synapse_block, field)
        many_of_it = f"np.full({many}, {field.name})"
        of_elements = field.level in ("synapse", "pre", "post")
        names[field.name] = (
            f"{field.name}{order}" if of_elements else field.name if alone else many_of_it
        )
    for call in loop.whole_steps:
        news = [f"_whole_{target}" for target in call.targets]
        arguments = ", ".join(names.get(name, name) for name in call.arguments)
        if loop.placed:
            lines.append(f"{', '.join(news)} = {call.function}({arguments})")
        else:
            old = ", ".join(names[target] for target in call.targets)
            lines += called_when_due(call, ", ".join(news), old, arguments)
        lines += [
            f"{t} = {t}.at{order}.set({new})" for t, new in zip(call.targets, news, strict=True)
        ]
    return lines


def _per_synapse(
    synapse_block: SynapseBlock,
    name: str,
    changed: str,
    summary: str,
    arrays: Mapping[str, str],
    lines: Lines,
    back: list[str],
    step: Call | None = None,
) -> Printed:
    """Print a function of all synapses of a table, which gives back `state` or `inputs`."""
    listed = ["_step, dt, _table, _state"]
    listed += ["_inputs"] if changed == "_inputs" else []
    arguments = ", ".join([*listed, "_constants", "_synapses"])
    uses_ends = any("_source" in line or "_target" in line for line in lines)
    body = [
        f'"""{summary}"""',
        *(f"{array} = {place}" for array, place in arrays.items()),
        *(["_source, _target = _ends_of(_synapses, _table)"] if uses_ends else []),
        *lines,
        f"return {with_new(changed, back)}",
    ]
    head = f"{name}({arguments})"
    called = [f"{changed} = {head}"]
    if step is not None:
        called = changed_when_due(step, back, name, arguments)
    calls = [f"_synapses = _tables['{synapse_block.name}']", *called]
    return Printed(["", "", f"def {head}:", *indent(body, 1)], _for_tables(synapse_block, calls))


def _vector(field: Binding, level: str = "synapse") -> str:
    """The values of all synapses, or all sources, of a table."""
    if field.name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
        return f"_synapses['{field.name}'][slice(*_table.synapses)]"
    if field.level == "synapse" or (field.level == "pre" and level == "pre"):
        return wide(f"_stretch({variable(field)}, {_ends(field)})", field.narrow)
    if field.level in ("pre", "post"):
        return wide(f"{variable(field)}[{index(field)}]", field.narrow)
    return variable(field)


def _ends(field: Binding) -> str:
    if field.level == "synapse":
        return "*_table.synapses"
    return "_table.source_first, _table.source_last" if field.block else "*_table.own_sources"
