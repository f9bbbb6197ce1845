"""What an edge does.

Deliver spikes, react to the targets' spikes, couple continuously, and evolve its own states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from brainkernel.codegen.dense_coupling import dense_lines
from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.intervals import time_of, when_due
from brainkernel.codegen.lazy_states import present_readings, print_present, print_written
from brainkernel.codegen.named_arrays import SYNAPTIC, kind_of
from brainkernel.codegen.neuron_update import wide
from brainkernel.codegen.past_values import readings_behind, row_seen
from brainkernel.codegen.placed_steps import names_of_steps, summary
from brainkernel.program.integrator import noises_of
from brainkernel.program.program import (
    SYNAPSE_NUMBER,
    SYNAPSE_PLACE,
    Binding,
    Call,
    Draw,
    Event,
    Loop,
    Program,
    SynapseBlock,
)

INDEX = {"synapse": "_synapse", "pre": "_source", "post": "_target"}
"""The number of the element whose value is read, in a loop over events or synapses."""


def stages(event: Event, serial: bool) -> dict[str, Event]:
    """What happens when spikes arrive, in turns between which threads meet.

    By the sources, and by their synapses.

    What runs once a spike belongs to the thread of the neuron that fired; what runs for each
    synapse to the thread of its target. Where one reads what the other writes in a way that only
    the order tells apart, all is one turn.
    """
    if serial or not (event.before or event.after):
        return {"deliver": event} if event.calls else {}
    turns = {
        "begin": Event(event.before, (), ()),
        "deliver": Event((), event.each, ()),
        "finish": Event((), (), event.after),
    }
    return {name: turn for name, turn in turns.items() if turn.calls}


class Shared:
    """Printed functions by what they do: edges whose functions would read the same share one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.lines: Lines = []
        self.names: dict[tuple[str, str], str] = {}
        self._taken = set(taken)
        self._by_text: dict[tuple[str, ...], str] = {}

    def add(self, synapse_block: SynapseBlock, task: str, lines: Lines) -> None:
        """Print a function for a task of an edge, unless another name stands for the same text."""
        text = tuple(lines)
        if text not in self._by_text:
            verb, _, level = task.partition(" ")
            wish = "_".join(filter(None, (verb, synapse_block.definition.name, level)))
            taken = self._taken.union(self._by_text.values())
            name = wish if wish not in taken else f"{wish}_{synapse_block.name}"
            self._by_text[text] = name
            self.lines += [line.replace(PLACEHOLDER, name) for line in lines]
        self.names[synapse_block.name, task] = self._by_text[text]


PLACEHOLDER = "<name>"


def print_edges(program: Program, dialect: Dialect) -> Shared:
    """Print all functions of all synapse blocks."""
    names = names_of_steps(program)
    taken = []
    for neurons in program.blocks:
        taken += [names[neurons.name, call.key] for call in neurons.placed]
    shared = Shared(taken)
    for block in program.synapse_blocks:
        for kind, arrival in happenings(block, "pre").items():
            for verb, event in stages(arrival, is_serial(program, block, arrival)).items():
                task = f"{verb} {kind}".strip()
                shared.add(block, task, _print_arrival(block, verb, kind, event, dialect))
        if block.ring:
            shared.add(block, "arrive", _print_flush(block, dialect))
        for kind, departure in happenings(block, "post").items():
            if departure.calls:
                task = f"react {kind}".strip()
                shared.add(block, task, _print_react(block, kind, departure, dialect))
        if block.couplings:
            shared.add(block, "couple", _print_couple(block, dialect))
        for loop in block.loops:
            shared.add(block, loop.task, _print_evolve(block, loop, dialect))
    return shared


def happenings(synapse_block: SynapseBlock, end: str) -> dict[str, Event]:
    """What happens at events of the neurons at one end, by kind; that of the spike is empty."""
    spike = synapse_block.arrival if end == "pre" else synapse_block.departure
    others = {e.event: e.functions for e in synapse_block.at_events if e.end == end}
    return {"": spike, **others}


def _print_arrival(
    synapse_block: SynapseBlock,
    verb: str,
    kind: str,
    event: Event,
    dialect: Dialect,
) -> Lines:
    name = synapse_block.definition.name
    if synapse_block.steps:
        (state,) = synapse_block.summed
        call = synapse_block.arrival.each[0]
        action = _act(synapse_block, call, dialect)
        body = [f"_arriving = _sums.{state}", *dialect.pushes(action)]
        summary = f"Add up what spikes will bring over {name}."
    else:
        before, at_each, after, conflict = _event(synapse_block, event, dialect)
        regenerate = synapse_block.drawn if event.each else None
        body = dialect.arrivals(before, at_each, after, conflict, regenerate)
        summary = summary_of_event(ARRIVALS[verb], name, kind)
    return _function(ON_SPIKES, summary, [*_coming(synapse_block, event), *body], dialect)


def _coming(synapse_block: SynapseBlock, event: Event) -> Lines:
    """Print where the sums lie of what arrives a dendritic delay after this step."""
    arriving: set[str] = set()
    for call in event.calls:
        arriving.update(synapse_block.sums(call))
    if synapse_block.steps or not arriving:
        return []
    rows = f"_sums.{synapse_block.summed[0]}.shape[0]"
    targets = "_table.target_first : _table.target_last"
    lines = [f"_coming = (_step + 1 + _table.dendritic) & ({rows} - 1)"]
    for state in synapse_block.summed:
        if state in arriving:
            lines.append(f"_arriving_{state} = _sums.{state}[_coming, {targets}]")
    return lines


ON_SPIKES = ("_step", "dt", "_spikes", "_table", "_values")
"""The arguments of what happens at spikes."""


ARRIVALS = {
    "begin": "Do what {} does once for a spike that arrives, before its synapses act.",
    "deliver": "Act on the spikes that arrive over {}.",
    "finish": "Do what {} does once for a spike that arrives, after its synapses have acted.",
}


def summary_of_event(summary: str, model: str, kind: str) -> str:
    """Say what a function does at spikes, or at events of another kind."""
    if kind:
        summary = summary.replace("spikes", f"events {kind}")
        summary = summary.replace("a spike", f"an event {kind}")
    return summary.format(model)


def _print_flush(synapse_block: SynapseBlock, dialect: Dialect) -> Lines:
    summed = synapse_block.summed
    begin, further = dialect.elements("_i", "_last - _first")
    rows = f"_sums.{summed[0]}.shape[0]"
    body = [f"_row = (_step + 1) & ({rows} - 1)"]
    body += [f"_arriving_{name} = _sums.{name}[_row, _first:_last]" for name in summed]
    body += begin
    for name in summed:
        narrow = _is_narrow(synapse_block, name)
        state = f"_post.{name}[_i]"
        arriving = f"_arriving_{name}[_i]"
        present = wide(state, narrow)
        value = f"{present} + {wide(arriving, narrow)}"
        if name in synapse_block.held:
            is_held = "_values.firing.refractory_left[_i] > 0.0"
            value = f"np.where({is_held}, {present}, {value})"
        body += [f"{further}{state} = {value}", f"{further}{arriving} = 0.0"]
    summary = f"Let {synapse_block.definition.name} act on its targets."
    arguments = ("_step", "_first", "_last", "_values")
    return _function(arguments, summary, body, dialect, "update")


def _is_narrow(synapse_block: SynapseBlock, name: str) -> bool:
    """Tell whether a state is kept in 32 bits."""
    return next(binding.narrow for binding in synapse_block.fields if binding.name == name)


def _print_react(synapse_block: SynapseBlock, kind: str, event: Event, dialect: Dialect) -> Lines:
    body = dialect.departures(*_event(synapse_block, event, dialect))
    name = synapse_block.definition.name
    summary = summary_of_event("Act on the targets' own spikes in {}.", name, kind)
    return _function(ON_SPIKES, summary, body, dialect)


def _event(
    synapse_block: SynapseBlock,
    event: Event,
    dialect: Dialect,
) -> tuple[Lines, Lines, Lines, str]:
    def print_all(calls: Iterable[Call]) -> Lines:
        lines: Lines = []
        for call in calls:
            lines += _act(synapse_block, call, dialect)
        return lines

    if _crosses(synapse_block, event.calls):
        conflict = "both"
    else:
        conflict = _conflict(synapse_block, event.each)
    return print_all(event.before), print_all(event.each), print_all(event.after), conflict


def _print_couple(synapse_block: SynapseBlock, dialect: Dialect) -> Lines:
    summary = f"Add what {synapse_block.definition.name} contributes continuously."
    if synapse_block.dense:
        lines = dense_lines(synapse_block, dialect)
        return _function(AT_EACH_STEP, summary, lines, dialect, "update")
    begin, further = dialect.synapses()
    past = synapse_block.past
    readings = {**_readings(synapse_block.fields), **readings_behind(past)}
    lines = [*begin]
    if past:
        lines.append(further + row_seen(past, dialect.delays_of_synapses()))
    for call in synapse_block.couplings:
        texts = {**readings, **_drawn_for(synapse_block, call, readings, dialect)}
        texts["t"] = "_step * dt"
        value = _call(call, texts)
        total = f"_inputs.{call.targets[0]}"
        lines.append(further + dialect.accumulate(total, "_target", value))
    return _function(AT_EACH_STEP, summary, lines, dialect)


def _call(call: Call, texts: Mapping[str, str]) -> str:
    """Print a call, with what stands for its arguments."""
    arguments = ", ".join(texts.get(argument, argument) for argument in call.arguments)
    return f"{call.function}({arguments})"


AT_EACH_STEP = ("_step", "dt", "_table", "_values")
"""The arguments of what synapses do at each step."""


def _print_evolve(synapse_block: SynapseBlock, loop: Loop, dialect: Dialect) -> Lines:
    states = list(loop.equations.states)
    for call in loop.steps:
        states += call.targets
    lines: Lines = []
    if states:
        lines += _loop_over_elements(synapse_block, loop, states, dialect)
    lines += _whole_steps(synapse_block, loop, dialect)
    # an "update" promises that none of its arrays overlap
    kind = "update" if loop.level == "pre" and not loop.whole_steps else "loop"
    time = time_of(loop.calls[0]) if loop.placed else "(_step + 1) * dt"
    return _function(AT_EACH_STEP, summary_of(synapse_block, loop), lines, dialect, kind, time)


def summary_of(synapse_block: SynapseBlock, loop: Loop) -> str:
    """Say what the printed function of a loop does."""
    model = synapse_block.definition.name
    if loop.placed:
        return summary(model, loop.calls[0])
    return f"Take states of {model}, one for each {loop.level}, from step to step + 1."


def _loop_over_elements(
    synapse_block: SynapseBlock,
    loop: Loop,
    states: list[str],
    dialect: Dialect,
) -> Lines:
    """Print the loop that takes states of single synapses, or of sources, one step further."""
    of_sources = loop.level == "pre"
    begin, further = dialect.sources() if of_sources else dialect.synapses()
    readings = _readings(binding for binding in loop.fields if binding.name != SYNAPSE_PLACE)
    readings |= readings_behind(loop.past)
    internal = {SYNAPSE_NUMBER}
    for draw in synapse_block.draws:
        internal.update(draw.fields)
    delay = "_table.delays[0]" if of_sources else dialect.delays_of_synapses()
    body = [row_seen(loop.past, delay)] if loop.past else []
    body += [f"{name} = {text}" for name, text in readings.items() if name not in internal]
    elements = {
        "synapse": readings.get(SYNAPSE_NUMBER, ""),
        "pre": dialect.source_numbers() if of_sources else "_source",
        "post": "_target",
    }
    for draw in draws_of(synapse_block, loop):
        number = drawn(draw, readings, elements[draw.per], dialect.whole_number)
        body.append(f"{draw.name} = {number}")
    if loop.integrator:
        body += loop.integrator.lines(loop.equations)
    body += [f"{state} = _{state}_next" for state in loop.equations.states]
    for call in loop.steps:
        assigned = [f"{', '.join(call.targets)} = {_call(call, {'t': '_time'})}"]
        body += assigned if loop.placed else when_due(call, assigned)
    addresses = _addresses(loop.fields)
    body += [f"{addresses[state]} = {state}" for state in dict.fromkeys(states)]
    # time is set only where the text names it
    names_time = re.search(r"(?<![\w.])t\b", "\n".join(body))
    lines = ["t = _step * dt"] if names_time else []
    return [*lines, *begin, *(further + line for line in body)]


def _whole_steps(synapse_block: SynapseBlock, loop: Loop, dialect: Dialect) -> Lines:
    """Print what sees the arrays of a projection.

    Of its synapses as the user counts them, or of its sources.
    """
    if not loop.whole_steps:
        return []
    begin = []
    count = "_table.sources"
    if loop.level == "synapse":
        count = "_whole.size"
        begin.append("_first, _last = _ends_of_rows(_table)")
        begin.append("_whole = _table.places[_first:_last]")
        if any(binding.level in ("pre", "post") for binding in loop.fields):
            begin.append("_source, _target = _whole_ends(_table)")
            order = "_whole - _first"
            begin.append(f"_source, _target = _source[{order}], _target[{order}]")
    arrays = {}
    for binding in loop.fields:
        arrays[binding.name] = whole_field(synapse_block, loop, binding, count, dialect)
    lines = []
    for call in loop.whole_steps:
        line = _whole(call, arrays)
        lines += [line] if loop.placed else when_due(call, [line])
    return [*begin, *lines]


def whole_field(
    synapse_block: SynapseBlock,
    loop: Loop,
    binding: Binding,
    count: str,
    dialect: Dialect,
) -> str:
    """What a function of whole arrays is given for a name.

    One value for each element, or one for all of them.
    """
    if binding.level in INDEX:
        index = ":"
        if loop.level == "synapse":
            of_synapses = {"synapse": "_whole", "pre": "_source", "post": "_target"}
            index = of_synapses[binding.level]
        return f"{array_of(binding)}[{index}]"
    value = _address(binding)
    if one_for_all(synapse_block, binding):
        return value
    return f"{dialect.whole_numpy()}.full({count}, {value})"


def one_for_all(synapse_block: SynapseBlock, binding: Binding) -> bool:
    """Whether a name stands for one number of the projection, not for one of each element."""
    declaration = synapse_block.definition.declarations.get(binding.name)
    return declaration is not None and declaration.per is None


def _whole(call: Call, arrays: Mapping[str, str]) -> str:
    targets = ", ".join(arrays[target] for target in call.targets)
    return f"{targets} = {_call(call, {**arrays, 't': time_of(call)})}"


def _drawn_for(
    synapse_block: SynapseBlock,
    call: Call,
    readings: Mapping[str, str],
    dialect: Dialect,
) -> dict[str, str]:
    """How the random numbers are drawn that a function names, in a loop over events or synapses."""
    numbers = {}
    for draw in synapse_block.drawn_by(call):
        element = INDEX[draw.per]
        if draw.per == "synapse":
            element = readings[SYNAPSE_NUMBER]
        numbers[draw.name] = drawn(draw, readings, element, dialect.whole_number)
    return numbers


def drawn(
    draw: Draw,
    readings: Mapping[str, str],
    element: str,
    print_count: Callable[[str], str],
) -> str:
    """Print how a random number of a synapse, or of a neuron at one of its ends, is drawn.

    Parameters
    ----------
    draw : Draw
        The random number.
    readings : mapping
        How each of its fields is read.
    element : str
        The number of the synapse or neuron.
    print_count : function
        How a constant is printed that counts something.
    """
    key = readings[draw.key]
    counter = f"{key}[0], {key}[1], np.uint32({element}), np.uint32(_step)"
    if draw.distribution in ("uniform", "normal"):
        return f"_random_{draw.distribution}({counter})"
    mean = readings[draw.mean]
    if draw.distribution == "bernoulli":
        return f"_random_bernoulli({mean}, _random_uniform({counter}))"
    most = print_count(readings[draw.most])
    return f"_random_poisson({mean}, _random_shared_uniform({counter}), {most})"


def draws_of(synapse_block: SynapseBlock, loop: Loop) -> list[Draw]:
    """The random numbers that the functions of a loop name, and those of noise."""
    named = set(noises_of(loop.equations, loop.integrator))
    for term in (*loop.equations.terms, *loop.equations.read_derived):
        named.update(term.arguments)
    for call in loop.steps:
        named.update(call.arguments)
    return [draw for draw in synapse_block.draws if draw.name in named]


def _function(
    arguments: Iterable[str],
    summary: str,
    body: Lines,
    dialect: Dialect,
    kind: str = "loop",
    time: str = "(_step + 1) * dt",
) -> Lines:
    text = "\n".join(body)
    records = [name for name in SYNAPTIC if re.search(rf"\b_{name}\b", text)]
    begin = []
    if records:
        names = ", ".join(f"_{name}" for name in records)
        values = ", ".join(f"_values.{name}" for name in records)
        begin.append(f"{names} = {values}")
    if re.search(r"\b_time\b", text):
        begin.append(f"_time = {time}")
    signature = f"def {PLACEHOLDER}({', '.join(arguments)}):"
    lines = [f'"""{summary}"""', *begin, *body]
    return ["", "", *dialect.decorators(kind), signature, *indent(lines, 1)]


def array_of(binding: Binding) -> str:
    """The array that holds a field's values."""
    if binding.name == SYNAPSE_NUMBER:
        return "_table.numbers"
    if binding.name == SYNAPSE_PLACE:
        return "_table.places"
    return f"_{kind_of(binding)}.{binding.name}"


def _addresses(bindings: Iterable[Binding]) -> dict[str, str]:
    """How each name is written inside a loop over events or synapses."""
    return {binding.name: _address(binding) for binding in bindings}


def _address(binding: Binding) -> str:
    if binding.level in INDEX:
        return f"{array_of(binding)}[{INDEX[binding.level]}]"
    return array_of(binding)


def _readings(bindings: Iterable[Binding]) -> dict[str, str]:
    """How the value of each name is read there."""
    readings = {}
    for binding in bindings:
        narrow = binding.narrow and binding.level in (*INDEX, "shared")
        readings[binding.name] = wide(_address(binding), narrow)
    return readings


def _act(synapse_block: SynapseBlock, call: Call, dialect: Dialect) -> Lines:
    addresses = _addresses(synapse_block.fields)
    readings = _readings(synapse_block.fields)
    summed = synapse_block.sums(call)
    for name, _ in synapse_block.drawn or ():
        readings[name] = readings[name].replace(addresses[name], f"_drawn_{name}[_synapse]")
    readings.update(_drawn_for(synapse_block, call, readings, dialect))
    # the sum so far stands in place of the state that it will be added to
    for state in summed:
        if synapse_block.steps:
            addresses[state] = "_arriving[_coming, _target]"
        else:
            addresses[state] = f"_arriving_{state}[_target]"
        readings[state] = wide(addresses[state], _is_narrow(synapse_block, state))
    readings["t"] = "_time"
    present = print_present(synapse_block, call, readings)
    readings.update(present_readings(synapse_block, call))
    value = _call(call, readings)
    since = print_written(synapse_block, call, addresses)
    held = set(synapse_block.held) - set(summed)  # what is summed is held where it arrives
    if len(call.targets) == 1 and call.targets[0] not in held:
        return [*present, f"{addresses[call.targets[0]]} = {value}", *since]
    values = [f"_new_{target}" for target in call.targets]
    lines = [*present, f"{', '.join(values)} = {value}"]
    if held & set(call.targets):
        lines.append("_held = _values.firing.refractory_left[_target] > 0.0")
    for target, new in zip(call.targets, values, strict=True):
        stored = f"np.where(_held, {readings[target]}, {new})" if target in held else new
        lines.append(f"{addresses[target]} = {stored}")
    return [*lines, *since]


def _conflict(synapse_block: SynapseBlock, calls: tuple[Call, ...]) -> str:
    """Which events may not be handled at once because they write the same place."""
    levels = {binding.name: binding.level for binding in synapse_block.fields}
    written = {levels[target] for target in _targets(calls)}
    if "pre" in written and "post" in written:
        return "both"
    if "post" in written:
        return "target"
    return "source" if "pre" in written else "none"


def _targets(calls: Iterable[Call]) -> set[str]:
    targets: set[str] = set()
    for call in calls:
        targets.update(call.targets)
    return targets


def _arguments(calls: Iterable[Call]) -> set[str]:
    arguments: set[str] = set()
    for call in calls:
        arguments.update(call.arguments)
    return arguments


def _crosses(synapse_block: SynapseBlock, calls: tuple[Call, ...]) -> bool:
    """Whether a block connected to itself has a value written at one end and read at the other."""
    if synapse_block.pre_block != synapse_block.post_block:
        return False
    at_other_end = set()
    for target in _targets(calls) - synapse_block.definition.declarations.keys():
        if target.endswith("_post"):
            at_other_end.add(target.removesuffix("_post") + "_pre")
        elif target.endswith("_pre"):
            at_other_end.add(target.removesuffix("_pre") + "_post")
    return bool(at_other_end & _arguments(calls))


def is_serial(program: Program, synapse_block: SynapseBlock, event: Event | None = None) -> bool:
    """Whether one thread must do all that happens at arrivals, spike by spike.

    What one reads another one writes. Without an event it is asked of the spike.
    """
    event = event or synapse_block.arrival
    bindings = synapse_block.fields
    once = _targets((*event.before, *event.after))
    if any(binding.block for binding in bindings if binding.name in once):
        return True
    return _meets_at_sources(program, bindings, _arguments(event.calls), _targets(event.each))


def is_serial_departure(
    program: Program,
    synapse_block: SynapseBlock,
    event: Event | None = None,
) -> bool:
    """The same for the reactions to the targets' own spikes."""
    calls = (event or synapse_block.departure).calls
    bindings = synapse_block.fields
    return _meets_at_sources(program, bindings, _arguments(calls), _targets(calls))


def _meets_at_sources(
    program: Program,
    bindings: Iterable[Binding],
    read: set[str],
    written: set[str],
) -> bool:
    """Tell whether values of sources are written, or read where any event writes them."""
    of_sources = [binding for binding in bindings if binding.level == "pre"]
    if any(binding.name in written for binding in of_sources):
        return True
    parts = {binding.part for binding in of_sources if binding.name in read}
    return bool(parts & _written(program))


def _written(program: Program) -> set[str]:
    """Parts of neurons that events write."""
    parts = set()
    for synapse_block in program.synapse_blocks:
        targets = _targets(synapse_block.event_calls)
        for binding in synapse_block.fields:
            if binding.name in targets and binding.block:
                parts.add(binding.part)
    return parts


def reads_sources(synapse_block: SynapseBlock) -> bool:
    """Whether events read values of sources, which belong to other threads."""
    named: set[str] = set()
    for event in (*synapse_block.arrivals, *synapse_block.departures):
        named |= _arguments(event.each)
    bindings = synapse_block.fields
    return any(binding.level == "pre" and binding.name in named for binding in bindings)
