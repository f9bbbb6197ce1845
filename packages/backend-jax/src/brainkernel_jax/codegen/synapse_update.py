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
    happenings,
    indent,
    input_name,
    is_serial,
    is_serial_departure,
    names_of_steps,
    one_for_all,
    summary_of,
    summary_of_event,
    time_of,
    wide,
)
from brainkernel_jax.codegen.dense_coupling import dense_lines, is_matrix
from brainkernel_jax.codegen.dialect import called_when_due
from brainkernel_jax.codegen.event_function import (
    ELEMENTS,
    EventFunction,
    drawn_for,
    index,
    listed,
    passed,
    printed_call,
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
    functions = {}
    if synapse_block.couplings:
        functions["couple"] = _couple(program, synapse_block)
    names = names_of_steps(program)
    for loop in synapse_block.loops:
        name = f"evolve_{synapse_block.name}_{loop.level}"
        if loop.placed:
            name = names[synapse_block.name, loop.calls[0].key]
        functions[loop.task] = _evolve(program, synapse_block, loop, name)
    return functions


def after_neurons(program: Program, synapse_block: SynapseBlock) -> list[Printed]:
    """What spikes do."""
    functions: list[Printed] = []
    for kind, event in happenings(synapse_block, "pre").items():
        functions += _at_arrivals(program, synapse_block, kind, event)
    # sums that arrive now may have been added to by the spikes of this very step
    if synapse_block.ring:
        functions.append(_arrive(synapse_block))
    for kind, event in happenings(synapse_block, "post").items():
        functions += _at_departures(program, synapse_block, kind, event)
    return functions


def _at_arrivals(
    program: Program, synapse_block: SynapseBlock, kind: str, event: Event
) -> list[Printed]:
    """What happens at spikes of sources, or at their events of another kind."""
    if not is_serial(program, synapse_block, event):
        turns = {"begin": event.before, "deliver": event.each, "finish": event.after}
        return _turns(program, synapse_block, kind, turns)
    if not event.calls:
        return []
    return [_spike_by_spike(program, synapse_block, "deliver", kind, event)]


def _at_departures(
    program: Program, synapse_block: SynapseBlock, kind: str, event: Event
) -> list[Printed]:
    """What happens at the targets' own spikes, or at their events of another kind."""
    if is_serial_departure(program, synapse_block, event):
        return [_spike_by_spike(program, synapse_block, "react", kind, event)]
    turns = {"prepare": event.before, "react": event.each, "complete": event.after}
    return _turns(program, synapse_block, kind, turns)


def _turns(
    program: Program,
    synapse_block: SynapseBlock,
    kind: str,
    turns: dict[str, tuple[Call, ...]],
) -> list[Printed]:
    functions = []
    for verb, calls in turns.items():
        if calls:
            functions.append(_events(program, synapse_block, verb, kind, calls))
    return functions


def _events(
    program: Program, synapse_block: SynapseBlock, verb: str, kind: str, calls: tuple[Call, ...]
) -> Printed:
    """One kind of event: for each synapse of a spike, or once for the neuron that fired."""
    event = EventFunction(program, synapse_block, calls)
    targets = event.targets()
    # of two sums into one array the second would replace the first
    distinct = len(set(targets)) == len(targets)
    if verb == "deliver" and event.only_adds and distinct:
        operands = f"({listed(targets)}), ({event.values()}), ({event.end_indices()})"
        result = f"_add_up(_brings, _table, _spikes, _rows, {operands}, _layout.way)"
        return _function(synapse_block, verb, kind, event, [*event.brings(), ""], result)
    arrays = f"({listed(event.written)}), ({event.values()})"
    if verb in ("deliver", "react"):
        options = f"_layout.way, {event.ordered}"
        result = f"_events(_act, _table, _spikes, _rows, {arrays}, {options})"
    else:
        first = "_table.target_first" if verb in ("prepare", "complete") else "0"
        result = f"_once(_act, {first}, _spikes, {arrays})"
    lines = [*event.function("_act", calls), ""]
    return _function(synapse_block, verb, kind, event, lines, result)


def _spike_by_spike(
    program: Program, synapse_block: SynapseBlock, verb: str, kind: str, event: Event
) -> Printed:
    """Print what is done spike by spike, since one reads what the one before wrote."""
    function = EventFunction(program, synapse_block, event.calls)
    turns = {"_before": event.before, "_act": event.each, "_after": event.after}
    lines: Lines = []
    for name, calls in turns.items():
        lines += [*function.function(name, calls), ""]
    arrays = f"({listed(function.written)}), ({function.values()})"
    first = "_table.target_first" if verb == "react" else "0"
    result = f"_spike_by_spike(_before, _act, _after, {first}, _spikes, _rows, {arrays})"
    return _function(synapse_block, verb, kind, function, lines, result)


def _function(
    synapse_block: SynapseBlock,
    verb: str,
    kind: str,
    event: EventFunction,
    inner: Lines,
    result: str,
) -> Printed:
    """Print the function of one kind of event, around those that act on single synapses."""
    leaving = verb in ("react", "prepare", "complete")
    arguments = "_step, dt, _table, _state, _constants, _spikes, _synapses, _layout"
    name = "_".join(filter(None, (verb, synapse_block.name, kind)))
    summary = summary_of_event(SUMMARIES[verb], synapse_block.definition.name, kind)
    body = [f'"""{summary}"""', *event.prologue()]
    # what acts once for a neuron needs none of its synapses
    if "rows" in result:
        rows = "columns" if leaving else "rows"
        body.append(f"_rows = _synapses['{rows}'][_table.number]")
    body += ["", *inner]
    body.append(f"{listed(event.written)} = {result}")
    body.append(f"return {with_new('_state', event.written)}")
    spikes = "_leaving" if leaving else "_arriving"
    calls = [
        f"_spikes = {spikes}(_state, _fired, _step, _table)",
        f"_synapses = _tables['{synapse_block.name}']",
        f"_state = {name}({arguments})",
    ]
    function = ["", "", f"def {name}({arguments}):", *indent(body, 1)]
    if not kind:
        return Printed(function, _for_tables(synapse_block, calls))
    end = "post" if leaving else "pre"
    heard = (e.table for e in synapse_block.at_events if (e.end, e.event) == (end, kind))
    tables = f"_layout.event_tables['{next(heard)}']"
    return Printed(function, [f"for _table in {tables}:", *indent(calls, 1)])


def _for_tables(synapse_block: SynapseBlock, calls: Lines) -> Lines:
    return [f"for _table in _layout.tables['{synapse_block.name}']:", *indent(calls, 1)]


def _arrive(synapse_block: SynapseBlock) -> Printed:
    """What has been summed up for this step acts on its targets."""
    fields = [field for field in synapse_block.fields if field.name in synapse_block.summed]
    left = f"{synapse_block.post_block}_refractory_left"
    names = []
    lines = [f"_now = (_step + 1) % {synapse_block.ring}"]
    held = False
    for field in fields:
        sums = synapse_block.arriving(field.name)
        names += [sums, field.part]
        old = wide(field.part, field.narrow)
        arrived = wide(f"{sums}[_now]", field.narrow)
        value = f"{old} + {arrived}"
        if field.name in synapse_block.held:
            held = True
            value = f"np.where({left} > 0.0, {old}, {value})"
        lines.append(f"{field.part} = _like({value}, {field.part})")
        # the row is filled again once the ring has come round
        lines.append(f"{sums} = {sums}.at[_now].set(0.0)")
    summary = f'"""Let {synapse_block.definition.name} act on its targets."""'
    arrays = [*names, left] if held else names
    body = [summary]
    body += [f"{name} = {state_of(name)}" for name in arrays]
    body += [*lines, f"return {with_new('_state', names)}"]
    function = ["", "", f"def arrive_{synapse_block.name}(_step, _state):", *indent(body, 1)]
    return Printed(function, [f"_state = arrive_{synapse_block.name}(_step, _state)"])


# -- what needs no spike


def _couple(program: Program, synapse_block: SynapseBlock) -> Printed:
    """What synapses add to inputs at each step."""
    names_read: set[str] = set()
    for call in synapse_block.couplings:
        names_read.update(call.arguments)
        for draw in synapse_block.drawn_by(call):
            names_read.update(draw.fields)
    fields = [field for field in synapse_block.fields if field.name in names_read]
    vectors = {field.name: _vector(field) for field in fields}
    vectors |= _seen(synapse_block.past)
    inputs: dict[str, None] = {}  # in the order in which they are first added to
    lines = _row_seen(synapse_block.past)
    for call in synapse_block.couplings:
        target = f"{synapse_block.post_block}_{input_name(call.targets[0])}"
        inputs[target] = None
        draws = drawn_for(synapse_block, call, vectors)
        value = printed_call(call, {**vectors, **draws, "t": "_step * dt"})
        lines.append(f"{target} = _add_in_order({target}, _target, {value})")
    if is_matrix(synapse_block):
        lines = dense_lines(synapse_block, fields)
    summary = f"Add what {synapse_block.definition.name} contributes continuously."
    arrays = {name: f"_inputs['{name}']" for name in inputs}
    for field in fields:
        # the number of a synapse comes with the table
        if field.name != SYNAPSE_NUMBER:
            arrays[variable(field)] = passed(program, field)
    arrays |= _rings(synapse_block.past)
    name = f"couple_{synapse_block.name}"
    return _per_synapse(synapse_block, name, "_inputs", summary, arrays, lines, list(inputs))


def _evolve(program: Program, synapse_block: SynapseBlock, loop: Loop, name: str) -> Printed:
    """States of sources or synapses, from one grid point to the next, or a step of theirs."""
    fields = {field.name: field for field in loop.fields}
    time = time_of(loop.calls[0]) if loop.placed else "(_step + 1) * dt"
    lines = ["t = _step * dt", f"_time = {time}"]
    behind = _seen(loop.past, loop.level)
    lines += _row_seen(loop.past, loop.level)
    for field in fields.values():
        lines.append(f"{field.name} = {behind.get(field.name, _vector(field, loop.level))}")
    lines += [f"{draw.name} = {_drawn(draw, loop)}" for draw in draws_of(synapse_block, loop)]
    if loop.integrator:
        lines += loop.integrator.lines(loop.equations)
    # all equations have been evaluated by now: no one sees another's new state
    lines += [f"{state} = _{state}_next" for state in loop.equations.states]
    for call in loop.steps:
        lines += _step_lines(loop, call)
    lines += _whole_steps(synapse_block, loop)
    targets = list(loop.equations.states)
    for call in (*loop.steps, *loop.whole_steps):
        targets += call.targets
    written = [fields[target] for target in dict.fromkeys(targets)]
    lines += [f"{f.part} = _put({f.part}, {_ends(f)}, {f.name})" for f in written]
    arrays = {}
    for field in loop.fields:
        # the numbers of synapses come with the table
        if field.name not in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
            arrays[variable(field)] = passed(program, field)
    arrays |= _rings(loop.past)
    parts = [field.part for field in written]
    step = loop.calls[0] if loop.placed else None
    summary = summary_of(synapse_block, loop)
    return _per_synapse(synapse_block, name, "_state", summary, arrays, lines, parts, step)


def _step_lines(loop: Loop, call: Call) -> Lines:
    """Print the call of a step function of single synapses or sources."""
    arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
    results = ", ".join(call.targets)
    if loop.placed:
        return [f"{results} = {call.function}({arguments})"]
    return called_when_due(call, results, results, arguments)


def _drawn(draw: Draw, loop: Loop) -> str:
    """How a random number is drawn in a loop over synapses or sources."""
    names = {name: name for name in draw.fields}
    elements = {**ELEMENTS, "pre": "_source", "synapse": SYNAPSE_NUMBER}
    if loop.level == "pre":
        elements["pre"] = "np.arange(_table.source_last - _table.source_first)"
    return drawn(draw, names, elements[draw.per], str)


def _whole_steps(synapse_block: SynapseBlock, loop: Loop) -> Lines:
    """Print what sees the arrays of a projection.

    Of its synapses as the user counts them, or of its sources.
    """
    lines = []
    size, order = "_table.source_last - _table.source_first", "[:]"
    if loop.level == "synapse" and loop.whole_steps:
        # a table has synapses by their source, functions see them as the user counts them
        size, order = "_whole.size", "[_whole]"
        lines.append(f"_whole = {SYNAPSE_PLACE} - _table.synapses[0]")
    names = {"t": "_time"}
    for field in loop.fields:
        if field.level in ("synapse", "pre", "post"):
            names[field.name] = f"{field.name}{order}"
        elif one_for_all(synapse_block, field):
            names[field.name] = field.name
        else:
            names[field.name] = f"np.full({size}, {field.name})"
    for call in loop.whole_steps:
        values = [f"_whole_{target}" for target in call.targets]
        results = ", ".join(values)
        arguments = ", ".join(names.get(name, name) for name in call.arguments)
        if loop.placed:
            lines.append(f"{results} = {call.function}({arguments})")
        else:
            old = ", ".join(names[target] for target in call.targets)
            lines += called_when_due(call, results, old, arguments)
        for target, value in zip(call.targets, values, strict=True):
            lines.append(f"{target} = {target}.at{order}.set({value})")
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
    parameters = ["_step, dt, _table, _state"]
    reads_inputs = any(source.startswith("_inputs[") for source in arrays.values())
    if changed == "_inputs" or reads_inputs:
        parameters.append("_inputs")
    arguments = ", ".join([*parameters, "_constants", "_synapses"])
    body = [f'"""{summary}"""']
    body += [f"{array} = {source}" for array, source in arrays.items()]
    if any("_source" in line or "_target" in line for line in lines):
        body.append("_source, _target = _ends_of(_synapses, _table)")
    body += [*lines, f"return {with_new(changed, back)}"]
    function = ["", "", f"def {name}({arguments}):", *indent(body, 1)]
    calls = [f"_synapses = _tables['{synapse_block.name}']"]
    if step is None:
        calls.append(f"{changed} = {name}({arguments})")
    else:
        calls += changed_when_due(step, back, name, arguments)
    return Printed(function, _for_tables(synapse_block, calls))


def _vector(field: Binding, level: str = "synapse") -> str:
    """The values of all synapses, or all sources, of a table."""
    if field.name in (SYNAPSE_NUMBER, SYNAPSE_PLACE):
        return f"_synapses['{field.name}'][slice(*_table.synapses)]"
    if field.level == "synapse" or (field.level == "pre" and level == "pre"):
        return wide(f"_stretch({variable(field)}, {_ends(field)})", field.narrow)
    if field.level in ("pre", "post"):
        return wide(f"{variable(field)}[{index(field)}]", field.narrow)
    return variable(field)


def _seen(past: tuple[Binding, ...], level: str = "synapse") -> dict[str, str]:
    """The values of the sources of a table as they were a delay ago, by name."""
    values = {}
    for field in past:
        sources = index(field)
        if level == "pre":
            sources = "_table.source_first : _table.source_last"
        value = f"{field.past}[_seen, {sources}]"
        values[field.name] = wide(value, field.narrow)
    return values


def _rings(past: tuple[Binding, ...]) -> dict[str, str]:
    """Where the values of the last steps lie, by the name of their array."""
    rings = {}
    for field in past:
        rings[field.past] = state_of(field.past)
    return rings


def _row_seen(past: tuple[Binding, ...], level: str = "synapse") -> Lines:
    """Print in which rows of the ring buffers these stand."""
    if not past:
        return []
    delays = "_table.delays[0]" if level == "pre" else "_delays_of(_synapses, _table)"
    rows = f"{past[0].past}.shape[0]"
    return [f"_seen = _row_of(_step - {delays}, {rows})"]


def _ends(field: Binding) -> str:
    if field.level == "synapse":
        return "*_table.synapses"
    return "_table.source_first, _table.source_last" if field.block else "*_table.own_sources"
