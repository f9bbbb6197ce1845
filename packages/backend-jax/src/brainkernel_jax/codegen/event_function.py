"""What one spike does to one synapse, or to one neuron: the body of a printed function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from brainkernel.backend import (
    SYNAPSE_NUMBER,
    Binding,
    Call,
    Lines,
    Program,
    SynapseBlock,
    adds,
    drawn,
    indent,
    wide,
)

ENDS = {"pre_group": "_pre_", "post_group": "_post_"}
ALONE = {
    "shared": "[_table.number]",
    "pre_group": "[_table.pre_number]",
    "post_group": "[_table.post_number]",
}
KEY = "key"  # the two words of a random stream
ELEMENTS = {"pre": "_source", "post": "_target - _table.target_first"}
"""By which number a draw of one of the ends is drawn."""


def variable(field: Binding) -> str:
    """The name of a field's values in printed functions.

    One for each array, also where both ends name it.
    """
    return ENDS.get(field.level, "") + field.part


def passed(program: Program, field: Binding) -> str:
    """Print where its values lie: in `state`, `constants` or `synapses`."""
    if program.parts[field.part].store == "values":
        return f"_state['{field.part}']"
    if field.level == KEY:
        return f"_constants['{field.part}'].reshape(-1, 2)[_table.number]"
    if field.name == SYNAPSE_NUMBER:
        return f"_synapses['{SYNAPSE_NUMBER}']"
    return f"_constants['{field.part}']{ALONE.get(field.level, '')}"


def state_of(name: str) -> str:
    """Print where a state, or a sum that is on its way, lies."""
    return f"_state['{name}']"


def with_new(container: str, names: Iterable[str]) -> str:
    """Print a dictionary with new values of these names, which are those of variables too."""
    return f"dict({', '.join([container, *(f'{name}={name}' for name in names)])})"


def index(field: Binding) -> str:
    """Where the value in question lies in its array."""
    pre = f"_source + _table.{'source_first' if field.block else 'own'}"
    return {"synapse": "_synapse", "pre": pre, "post": "_target"}[field.level]


def reading(field: Binding) -> str:
    """How that value is read."""
    if field.level in ALONE or field.level == KEY:
        return variable(field)
    return wide(f"{variable(field)}[{index(field)}]", field.narrow)


def drawn_for(
    synapse_block: SynapseBlock, call: Call, readings: Mapping[str, str]
) -> dict[str, str]:
    """How the random numbers are drawn that a function names."""
    elements = {**ELEMENTS, "synapse": readings.get(SYNAPSE_NUMBER, "")}
    return {
        draw.name: drawn(draw, readings, elements[draw.per], str)
        for draw in synapse_block.drawn_by(call)
    }


def listed(names: Iterable[str]) -> str:
    """Print a tuple."""
    return "".join(f"{name}, " for name in names).strip()


class EventFunction:
    """What some calls of an edge write and read, and how that is printed.

    Parameters
    ----------
    program, edge : Program, SynapseBlock
        Where they belong.
    calls : sequence of Call
        In their order.
    """

    def __init__(
        self, program: Program, synapse_block: SynapseBlock, calls: Sequence[Call]
    ) -> None:
        self.program, self.synapse_block, self.calls = program, synapse_block, calls
        self.fields = {field.name: field for field in synapse_block.fields}
        self.written = list(
            dict.fromkeys(self._array(call, target) for call in calls for target in call.targets)
        )
        used = [self.fields[name] for call in calls for name in self._reads(call)]
        read = dict.fromkeys(variable(field) for field in used)
        held = (
            [self._left]
            if any(self._holds(call, target) for call in calls for target in call.targets)
            else []
        )
        self.read = [name for name in dict.fromkeys([*read, *held]) if name not in self.written]
        named = {name for call in calls for name in call.arguments}
        self.times = {"_time": "(_step + 1) * dt"} if "t" in named else {}
        self.times |= {"dt": "dt"} if "dt" in named else {}
        self.times |= {"_now": "_step + 1"} if any(self._sums(call) for call in calls) else {}
        self.draws = any(synapse_block.drawn_by(call) for call in calls)
        self.times |= {"_step": "_step"} if self.draws else {}
        self.steps = (
            synapse_block.table_name("steps")
            if self.times.get("_now") and synapse_block.steps
            else ""
        )
        self.ordered = self._is_ordered(set(read))

    @property
    def _left(self) -> str:
        return f"{self.synapse_block.post_block}_refractory_left"

    def _sums(self, call: Call) -> list[str]:
        """What a call writes that is summed up on its way."""
        return (
            [t for t in call.targets if t in self.synapse_block.summed]
            if call in self.synapse_block.arrival.each
            else []
        )

    def _array(self, call: Call, target: str) -> str:
        if target in self._sums(call):
            return self.synapse_block.arriving(target)
        return variable(self.fields[target])

    def _adds(self, call: Call, target: str) -> bool:
        return self.fields[target].level == "post" and adds(call, target)

    def _reads(self, call: Call) -> list[str]:
        own = {target for target in call.targets if self._adds(call, target)}
        named = [name for name in call.arguments if name in self.fields and name not in own]
        return [
            *named,
            *(name for draw in self.synapse_block.drawn_by(call) for name in draw.fields),
        ]

    def _holds(self, call: Call, target: str) -> bool:
        return target in self.synapse_block.held and target not in self._sums(call)

    def _is_ordered(self, read: set[str]) -> bool:
        """Whether events must be gone through one after another.

        What one reads another one writes.
        """
        shared = [
            (call, t)
            for call in self.calls
            for t in call.targets
            if self.fields[t].level != "synapse"
        ]
        written = {self._array(call, target) for call, target in shared}
        return bool(written & read) or not all(self._adds(call, target) for call, target in shared)

    @property
    def only_adds(self) -> bool:
        """Whether nothing happens but that something is added to states of the target, at once."""
        fields = [self.fields[target] for call in self.calls for target in call.targets]
        at_once = not self.ordered and not self.times.get("_now") and not self.draws
        return at_once and all(field.level == "post" for field in fields)

    # -- text

    def arguments(self) -> list[str]:
        """The arrays that the printed function around ``act`` reads and writes."""
        return [*self.written, *self.read, *([self.steps] if self.steps else [])]

    def prologue(self) -> Lines:
        """Print where these arrays lie."""
        places = {
            variable(field): passed(self.program, field) for field in self.synapse_block.fields
        }
        places[self.steps] = "_synapses['steps']"
        return [f"{name} = {places.get(name, state_of(name))}" for name in self.arguments()]

    def values(self) -> str:
        """What ``act`` only reads, as it is handed over."""
        return listed([*self.read, *self.times.values(), *([self.steps] if self.steps else [])])

    def function(self, name: str, calls: Sequence[Call]) -> Lines:
        """Print one function of some of the calls."""
        values = listed([*self.read, *self.times, *([self.steps] if self.steps else [])])
        body = [f"{listed(self.written)} = _arrays", *([f"{values} = _values"] if values else [])]
        body += [line for call in calls for line in self._act(call)]
        head = f"def {name}(_synapse, _source, _target, _spike, _arrays, _values):"
        return [head, *indent([*body, f"return {listed(self.written)}"], 1)]

    def brings(self) -> Lines:
        """Print what one synapse brings to its target, from numbers that are its own."""
        names = listed([*self.read, *self.times])
        results: Lines = []
        body = [f"{names} = _values"] if names else []
        for call in self.calls:
            found = {field.name: _own(field) for field in self.synapse_block.fields}
            found |= {**dict.fromkeys(call.targets, "0.0"), "t": "_time"}
            brought = [f"_brought_{len(results) + number}" for number in range(len(call.targets))]
            value = (
                f"{call.function}({', '.join(found.get(name, name) for name in call.arguments)})"
            )
            body.append(f"{', '.join(brought)} = {value}")
            for name, target in zip(brought, call.targets, strict=True):
                value = (
                    f"np.where({self._left} > 0.0, 0.0, {name})"
                    if self._holds(call, target)
                    else name
                )
                results.append(value)
        return ["def _brings(_values):", *indent([*body, f"return {listed(results)}"], 1)]

    def sums(self) -> list[str]:
        """The arrays that it is added to, one for each result of ``brings``."""
        return [self._array(call, target) for call in self.calls for target in call.targets]

    def whose(self) -> str:
        """For each value that ``brings`` reads which of its numbers belongs to a synapse.

        By whom it is counted.
        """
        read = [field for field in self.synapse_block.fields if variable(field) in self.read]
        kinds = {variable(field): _whose(field) for field in read}
        kinds[self._left] = "('target', 0)"
        return listed([*(kinds[name] for name in self.read), *("None" for _ in self.times)])

    def _act(self, call: Call) -> Lines:
        own = [target for target in call.targets if self._adds(call, target)]
        names = {field.name: reading(field) for field in self.synapse_block.fields}
        names |= drawn_for(self.synapse_block, call, names)
        names |= {**dict.fromkeys(own, "0.0"), "t": "_time"}
        value = f"{call.function}({', '.join(names.get(name, name) for name in call.arguments)})"
        news = [f"_new_{target}" for target in call.targets]
        stores = [
            self._store(call, target, new) for target, new in zip(call.targets, news, strict=True)
        ]
        return [f"{', '.join(news)} = {value}", *stores]

    def _store(self, call: Call, target: str, value: str) -> str:
        field, array = self.fields[target], self._array(call, target)
        place = index(field)
        if target in self._sums(call):
            late = f"{self.steps}[_synapse]" if self.steps else "_table.dendritic"
            place = f"(_now + {late}) % {self.synapse_block.ring}, {place}"
        free, old = f"{self._left}[_target] > 0.0", reading(field)
        added = self._adds(call, target)
        if self._holds(call, target):
            value = f"np.where({free}, {'0.0' if added else old}, {value})"
        value = f"_spike * {value}" if added else f"_choose(_spike, {value}, {old})"
        value = f"np.asarray({value}, {array}.dtype)" if field.narrow else value
        return f"{array} = {array}.at[{place}].{'add' if added else 'set'}({value})"


def _own(field: Binding) -> str:
    """How ``brings`` reads a value."""
    return wide(variable(field), field.narrow and field.level not in ALONE)


def _whose(field: Binding) -> str:
    if field.level in ALONE:
        return "None"
    place, _, offset = index(field).partition(" + ")
    return f"({place.removeprefix('_')!r}, {offset or 0})"
