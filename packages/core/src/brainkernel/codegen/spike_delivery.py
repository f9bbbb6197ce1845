"""What an edge does.

Deliver spikes, react to the targets' spikes, couple continuously, and evolve its own states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.intervals import time_of, when_due
from brainkernel.codegen.named_arrays import SYNAPTIC, kind_of
from brainkernel.codegen.neuron_update import wide
from brainkernel.codegen.placed_steps import names_of_steps, summary
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


def stages(edge: SynapseBlock, serial: bool) -> dict[str, Event]:
    """What happens when spikes arrive, in turns between which threads meet.

    By the sources, and by their synapses.

    What runs once a spike belongs to the thread of the neuron that fired; what runs for each
    synapse to the thread of its target. Where one reads what the other writes in a way that only
    the order tells apart, all is one turn.
    """
    event = edge.arrival
    if serial or not (event.before or event.after):
        return {"deliver": event} if event.calls else {}
    turns = {
        "begin": Event(event.before, (), ()),
        "deliver": Event((), event.each, ()),
        "finish": Event((), (), event.after),
    }
    return {name: turn for name, turn in turns.items() if turn.calls}


def _summed(edge: SynapseBlock, call: Call) -> list[str]:
    """What a call writes that is summed up on its way."""
    return (
        [target for target in call.targets if target in edge.summed]
        if call in edge.arrival.each
        else []
    )


class Shared:
    """Printed functions by what they do: edges whose functions would read the same share one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.lines: Lines = []
        self.names: dict[tuple[str, str], str] = {}
        self._taken = set(taken)
        self._by_text: dict[tuple[str, ...], str] = {}

    def add(self, edge: SynapseBlock, task: str, lines: Lines) -> None:
        """Print a function for a task of an edge, unless another name stands for the same text."""
        text = tuple(lines)
        if text not in self._by_text:
            verb, _, level = task.partition(" ")
            wish = "_".join(filter(None, (verb, edge.definition.name, level)))
            taken = self._taken.union(self._by_text.values())
            name = wish if wish not in taken else f"{wish}_{edge.name}"
            self._by_text[text] = name
            self.lines += [line.replace(PLACEHOLDER, name) for line in lines]
        self.names[edge.name, task] = self._by_text[text]


PLACEHOLDER = "<name>"


def print_edges(program: Program, dialect: Dialect) -> Shared:
    """Print all functions of all edges."""
    names = names_of_steps(program)
    shared = Shared(names[b.name, call.key] for b in program.blocks for call in b.placed)
    for edge in program.edges:
        for task, event in stages(edge, is_serial(program, edge)).items():
            shared.add(edge, task, _print_arrival(edge, task, event, dialect))
        if edge.ring:
            shared.add(edge, "arrive", _print_flush(edge, dialect))
        if edge.departure.calls:
            shared.add(edge, "react", _print_react(edge, dialect))
        if edge.couplings:
            shared.add(edge, "couple", _print_couple(edge, dialect))
        for loop in edge.loops:
            shared.add(edge, loop.task, _print_evolve(edge, loop, dialect))
    return shared


def _print_arrival(edge: SynapseBlock, task: str, event: Event, dialect: Dialect) -> Lines:
    if edge.steps:
        (state,) = edge.summed
        act = _act(edge, edge.arrival.each[0], dialect)
        body = [f"_arriving = _sums.{state}", *dialect.pushes(act)]
        summary = f"Add up what spikes will bring over {edge.definition.name}."
    else:
        regenerate = edge.drawn if event.each else None
        body, summary = (
            dialect.arrivals(*_event(edge, event, dialect), regenerate),
            ARRIVALS[task].format(edge.definition.name),
        )
    return _function(ON_SPIKES, summary, [*_coming(edge, event), *body], dialect)


def _coming(edge: SynapseBlock, event: Event) -> Lines:
    """Print where the sums lie of what arrives a dendritic delay after this step."""
    summed = {state for call in event.calls for state in _summed(edge, call)}
    if edge.steps or not summed:
        return []
    sums = f"_sums.{edge.summed[0]}.shape[0]"
    targets = "_table.target_first : _table.target_last"
    return [
        f"_coming = (_step + 1 + _table.dendritic) & ({sums} - 1)",
        *(
            f"_arriving_{state} = _sums.{state}[_coming, {targets}]"
            for state in edge.summed
            if state in summed
        ),
    ]


ON_SPIKES = ("_step", "dt", "_spikes", "_table", "_values")
"""The arguments of what happens at spikes."""


ARRIVALS = {
    "begin": "Do what {} does once for a spike that arrives, before its synapses act.",
    "deliver": "Act on the spikes that arrive over {}.",
    "finish": "Do what {} does once for a spike that arrives, after its synapses have acted.",
}


def _print_flush(edge: SynapseBlock, dialect: Dialect) -> Lines:
    begin, further = dialect.elements("_i", "_last - _first")
    sums = f"_sums.{edge.summed[0]}.shape[0]"
    body = [f"_row = (_step + 1) & ({sums} - 1)"]
    body += [f"_arriving_{name} = _sums.{name}[_row, _first:_last]" for name in edge.summed]
    body += begin
    for name in edge.summed:
        state, arriving = f"_post.{name}[_i]", f"_arriving_{name}[_i]"
        narrow = next(field.narrow for field in edge.fields if field.name == name)
        value = f"{wide(state, narrow)} + {wide(arriving, narrow)}"
        if name in edge.held:
            kept = "_values.firing.refractory_left[_i] > 0.0"
            value = f"np.where({kept}, {wide(state, narrow)}, {value})"
        body += [f"{further}{state} = {value}", f"{further}{arriving} = 0.0"]
    summary = f"Let {edge.definition.name} act on its targets."
    arguments = ("_step", "_first", "_last", "_values")
    return _function(arguments, summary, body, dialect, "update")


def _print_react(edge: SynapseBlock, dialect: Dialect) -> Lines:
    body = dialect.departures(*_event(edge, edge.departure, dialect))
    summary = f"Act on the targets' own spikes in {edge.definition.name}."
    return _function(ON_SPIKES, summary, body, dialect)


def _event(edge: SynapseBlock, event: Event, dialect: Dialect) -> tuple[Lines, Lines, Lines, str]:
    before, each, after = (
        [line for call in calls for line in _act(edge, call, dialect)]
        for calls in (event.before, event.each, event.after)
    )
    return (
        before,
        each,
        after,
        "both" if _crosses(edge, event.calls) else _conflict(edge, event.each),
    )


def _print_couple(edge: SynapseBlock, dialect: Dialect) -> Lines:
    begin, further = dialect.synapses()
    places = _readings(edge.fields)
    each = []
    for call in edge.couplings:
        names = {**places, **_drawn_for(edge, call, places, dialect)}
        arguments = ("_step * dt" if a == "t" else names.get(a, a) for a in call.arguments)
        value = f"{call.function}({', '.join(arguments)})"
        place = f"_inputs.{call.targets[0]}"
        each.append(further + dialect.accumulate(place, "_target", value))
    summary = f"Add what {edge.definition.name} contributes continuously."
    return _function(AT_EACH_STEP, summary, [*begin, *each], dialect)


AT_EACH_STEP = ("_step", "dt", "_table", "_values")
"""The arguments of what synapses do at each step."""


def _print_evolve(edge: SynapseBlock, loop: Loop, dialect: Dialect) -> Lines:
    begin, further = dialect.sources() if loop.level == "pre" else dialect.synapses()
    states = [*loop.equations.states, *(target for call in loop.steps for target in call.targets)]
    readings = _readings(field for field in loop.fields if field.name != SYNAPSE_PLACE)
    internal = {SYNAPSE_NUMBER, *(name for draw in edge.draws for name in draw.fields)}
    body = [f"{name} = {place}" for name, place in readings.items() if name not in internal]
    sources = dialect.source_numbers() if loop.level == "pre" else "_source"
    for draw in draws_of(edge, loop):
        own = readings.get(SYNAPSE_NUMBER, "")
        element = {"synapse": own, "pre": sources, "post": "_target"}[draw.per]
        body.append(f"{draw.name} = {drawn(draw, readings, element, dialect.whole_number)}")
    body += loop.integrator.lines(loop.equations) if loop.integrator else []
    body += [f"{state} = _{state}_next" for state in loop.equations.states]
    for call in loop.steps:
        arguments = ", ".join("_time" if name == "t" else name for name in call.arguments)
        assigned = [f"{', '.join(call.targets)} = {call.function}({arguments})"]
        body += assigned if loop.placed else when_due(call, assigned)
    places = _places(loop.fields)
    body += [f"{places[state]} = {state}" for state in dict.fromkeys(states)]
    lines = []
    if states:
        text = "\n".join(body)
        lines = ["t = _step * dt"] if re.search(r"(?<![\w.])t\b", text) else []
        lines += [*begin, *(further + line for line in body)]
    lines += _whole_steps(edge, loop, dialect)
    # an "update" promises that none of its arrays overlap
    kind = "update" if loop.level == "pre" and not loop.whole_steps else "loop"
    time = time_of(loop.calls[0]) if loop.placed else "(_step + 1) * dt"
    return _function(AT_EACH_STEP, summary_of(edge, loop), lines, dialect, kind, time)


def summary_of(edge: SynapseBlock, loop: Loop) -> str:
    """Say what the printed function of a loop does."""
    model = edge.definition.name
    if loop.placed:
        return summary(model, loop.calls[0])
    return f"Take states of {model}, one for each {loop.level}, from step to step + 1."


def _whole_steps(edge: SynapseBlock, loop: Loop, dialect: Dialect) -> Lines:
    """Print what sees the arrays of a projection.

    Of its synapses as the user counts them, or of its sources.
    """
    if not loop.whole_steps:
        return []
    begin = []
    if loop.level == "synapse":
        begin.append("_first, _last = _ends_of_rows(_table)")
        begin.append("_whole = _table.places[_first:_last]")
        if any(field.level in ("pre", "post") for field in loop.fields):
            begin.append("_source, _target = _whole_ends(_table)")
            order = "_whole - _first"
            begin.append(f"_source, _target = _source[{order}], _target[{order}]")
    many = "_whole.size" if loop.level == "synapse" else "_table.sources"
    names = {f.name: whole_field(edge, loop, f, many, dialect) for f in loop.fields}
    lines = []
    for call in loop.whole_steps:
        line = _whole(call, names)
        lines += [line] if loop.placed else when_due(call, [line])
    return [*begin, *lines]


def whole_field(edge: SynapseBlock, loop: Loop, field: Binding, many: str, dialect: Dialect) -> str:
    """What a function of whole arrays is given for a name.

    One value for each element, or one for all of them.
    """
    if field.level in INDEX:
        of_synapses = {"synapse": "_whole", "pre": "_source", "post": "_target"}
        index = of_synapses[field.level] if loop.level == "synapse" else ":"
        return f"{array_of(field)}[{index}]"
    value = _places([field])[field.name]
    if one_for_all(edge, field):
        return value
    return f"{dialect.whole_numpy()}.full({many}, {value})"


def one_for_all(edge: SynapseBlock, field: Binding) -> bool:
    """Whether a name stands for one number of the projection, not for one of each element."""
    declaration = edge.definition.declarations.get(field.name)
    return declaration is not None and declaration.per is None


def _whole(call: Call, names: dict[str, str]) -> str:
    arguments = ", ".join(time_of(call) if a == "t" else names.get(a, a) for a in call.arguments)
    return f"{', '.join(names[target] for target in call.targets)} = {call.function}({arguments})"


def _drawn_for(
    edge: SynapseBlock, call: Call, readings: Mapping[str, str], dialect: Dialect
) -> dict[str, str]:
    """How the random numbers are drawn that a function names, in a loop over events or synapses."""
    found = {}
    for draw in edge.drawn_by(call):
        element = readings[SYNAPSE_NUMBER] if draw.per == "synapse" else INDEX[draw.per]
        found[draw.name] = drawn(draw, readings, element, dialect.whole_number)
    return found


def drawn(
    draw: Draw, readings: Mapping[str, str], element: str, whole: Callable[[str], str]
) -> str:
    """How a random number of a synapse, or of a neuron at one of its ends, is drawn.

    Parameters
    ----------
    draw : Draw
        Which one.
    readings : mapping
        How each of its fields is read.
    element : str
        The number of the synapse or neuron.
    whole : function
        How a constant is printed that counts something.
    """
    key = readings[draw.key]
    counter = f"{key}[0], {key}[1], np.uint32({element}), np.uint32(_step)"
    if draw.distribution in ("uniform", "normal"):
        return f"_random_{draw.distribution}({counter})"
    mean = readings[draw.mean]
    if draw.distribution == "bernoulli":
        return f"_random_bernoulli({mean}, _random_uniform({counter}))"
    most = whole(readings[draw.most])
    return f"_random_poisson({mean}, _random_shared_uniform({counter}), {most})"


def draws_of(edge: SynapseBlock, loop: Loop) -> list[Draw]:
    """The random numbers that the functions of a loop name."""
    terms = [*loop.equations.rates, *loop.equations.diffusions]
    listed = [term.arguments for term in terms] + [call.arguments for call in loop.steps]
    named = {name for arguments in listed for name in arguments}
    return [draw for draw in edge.draws if draw.name in named]


def _function(
    arguments: Iterable[str],
    summary: str,
    body: Lines,
    dialect: Dialect,
    kind: str = "loop",
    time: str = "(_step + 1) * dt",
) -> Lines:
    text = "\n".join(body)
    used = [name for name in SYNAPTIC if re.search(rf"\b_{name}\b", text)]
    names = ", ".join(f"_{name}" for name in used)
    begin = [f"{names} = {', '.join(f'_values.{name}' for name in used)}"] if used else []
    begin += [f"_time = {time}"] if re.search(r"\b_time\b", text) else []
    head = f"def {PLACEHOLDER}({', '.join(arguments)}):"
    lines = [f'"""{summary}"""', *begin, *body]
    return ["", "", *dialect.decorators(kind), head, *indent(lines, 1)]


def array_of(field: Binding) -> str:
    """The array that holds a field's values."""
    if field.name == SYNAPSE_NUMBER:
        return "_table.numbers"
    if field.name == SYNAPSE_PLACE:
        return "_table.places"
    return f"_{kind_of(field)}.{field.name}"


def _places(fields: Iterable[Binding]) -> dict[str, str]:
    """How each name is written inside a loop over events or synapses."""
    return {
        field.name: f"{array_of(field)}[{INDEX[field.level]}]"
        if field.level in INDEX
        else array_of(field)
        for field in fields
    }


def _readings(fields: Iterable[Binding]) -> dict[str, str]:
    """How the value of each name is read there."""
    places = _places(fields := list(fields))
    return {
        field.name: wide(places[field.name], field.narrow and field.level in INDEX)
        for field in fields
    }


def _act(edge: SynapseBlock, call: Call, dialect: Dialect) -> Lines:
    places, readings, summed = _places(edge.fields), _readings(edge.fields), _summed(edge, call)
    for name, _ in edge.drawn or ():
        readings[name] = readings[name].replace(places[name], f"_drawn_{name}[_synapse]")
    readings.update(_drawn_for(edge, call, readings, dialect))
    held = set(edge.held) - set(summed)  # which is held where it arrives
    for state in summed:  # the sum so far stands in place of the state that it will be added to
        narrow = next(field.narrow for field in edge.fields if field.name == state)
        places[state] = (
            "_arriving[_coming, _target]" if edge.steps else f"_arriving_{state}[_target]"
        )
        readings[state] = wide(places[state], narrow)
    arguments = ", ".join(
        "_time" if name == "t" else readings.get(name, name) for name in call.arguments
    )
    value = f"{call.function}({arguments})"
    if len(call.targets) == 1:
        return [_store(held, places, readings, call.targets[0], value)]
    news = [f"_new_{target}" for target in call.targets]
    stores = [
        _store(held, places, readings, target, new)
        for target, new in zip(call.targets, news, strict=True)
    ]
    return [f"{', '.join(news)} = {value}", *stores]


def _store(
    held: set[str], places: dict[str, str], readings: dict[str, str], target: str, value: str
) -> str:
    if target in held:
        value = (
            f"np.where(_values.firing.refractory_left[_target] > 0.0, {readings[target]}, {value})"
        )
    return f"{places[target]} = {value}"


def _conflict(edge: SynapseBlock, calls: tuple[Call, ...]) -> str:
    """Which events may not be handled at once because they write the same place."""
    levels = {field.name: field.level for field in edge.fields}
    targets = {target for call in calls for target in call.targets}
    written = {levels[target] for target in targets}
    if "pre" in written and "post" in written:
        return "both"
    return "target" if "post" in written else "source" if "pre" in written else "none"


def _crosses(edge: SynapseBlock, calls: tuple[Call, ...]) -> bool:
    """Whether a block connected to itself has a value written at one end and read at the other."""
    read = {name for call in calls for name in call.arguments}
    targets = {target for call in calls for target in call.targets}
    others = {f"{t[:-5]}_pre" for t in targets if t.endswith("_post")}
    others |= {f"{t[:-4]}_post" for t in targets if t.endswith("_pre")}
    return edge.pre_block == edge.post_block and bool(others & read)


def is_serial(program: Program, edge: SynapseBlock) -> bool:
    """Whether one thread must do all that happens at arrivals, spike by spike.

    What one reads another one writes.
    """
    fields = {field.name: field for field in edge.fields}
    event = edge.arrival
    read = {
        fields[a].part
        for call in event.calls
        for a in call.arguments
        if a in fields and fields[a].level == "pre"
    }
    once = {
        fields[t].part
        for call in (*event.before, *event.after)
        for t in call.targets
        if fields[t].block
    }
    each = {t for call in event.each for t in call.targets if fields[t].level == "pre"}
    return bool(each or once or read & _written(program))


def is_serial_departure(program: Program, edge: SynapseBlock) -> bool:
    """The same for the reactions to the targets' own spikes."""
    fields = {field.name: field for field in edge.fields}
    calls = edge.departure.calls
    read = {
        fields[a].part
        for call in calls
        for a in call.arguments
        if a in fields and fields[a].level == "pre"
    }
    written = {t for call in calls for t in call.targets if fields[t].level == "pre"}
    return bool(written or read & _written(program))


def _written(program: Program) -> set[str]:
    """Parts of neurons that events write."""
    return {
        field.part
        for edge in program.edges
        for call in (*edge.arrival.calls, *edge.departure.calls)
        for field in edge.fields
        if field.name in call.targets and field.block
    }


def reads_sources(edge: SynapseBlock) -> bool:
    """Whether events read values of sources, which belong to other threads."""
    calls = (*edge.arrival.each, *edge.departure.each)
    return any(f.level == "pre" and f.name in call.arguments for f in edge.fields for call in calls)
