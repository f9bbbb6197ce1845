"""What one spike does to one synapse, or to one neuron: the body of a printed ``act``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from brainkernel.codegen.dialect import Lines, indent
from brainkernel.codegen.neuron_update import wide
from brainkernel.codegen.spike_delivery import drawn
from brainkernel.model.analysis import adds
from brainkernel.program.program import SYNAPSE_NUMBER, Binding, Call, Program, SynapseBlock

ENDS = {"pre_group": "_pre", "post_group": "_post"}
ALONE = {
    "shared": "[head.number]",
    "pre_group": "[head.pre_number]",
    "post_group": "[head.post_number]",
}
KEY = "key"  # the two words of a random stream
ELEMENTS = {"pre": "source", "post": "target - head.target_first"}
"""By which number a draw of one of the ends is drawn."""


def variable(field: Binding) -> str:
    """The name of a field's values in printed functions.

    One for each array, also where both ends name it.
    """
    return field.part + ENDS.get(field.level, "")


def passed(program: Program, field: Binding) -> str:
    """What ``take_step`` passes for it."""
    if program.parts[field.part].store == "values":
        return field.part
    if field.level == KEY:
        return f"each['{field.part}'][head.number]"
    if field.name == SYNAPSE_NUMBER:
        return f"tables['{field.part.removesuffix(f'_{SYNAPSE_NUMBER}')}']['{SYNAPSE_NUMBER}']"
    return f"constants['{field.part}']{ALONE.get(field.level, '')}"


def index(field: Binding) -> str:
    """Where the value in question lies in its array."""
    pre = f"source + head.{'source_first' if field.block else 'own'}"
    return {"synapse": "synapse", "pre": pre, "post": "target"}[field.level]


def reading(field: Binding) -> str:
    """How that value is read."""
    if field.level in ALONE or field.level == KEY:
        return variable(field)
    return wide(f"{variable(field)}[{index(field)}]", field.narrow)


def drawn_for(edge: SynapseBlock, call: Call, readings: Mapping[str, str]) -> dict[str, str]:
    """How the random numbers are drawn that a function names."""
    elements = {**ELEMENTS, "synapse": readings.get(SYNAPSE_NUMBER, "")}
    return {
        draw.name: drawn(draw, readings, elements[draw.per], str) for draw in edge.drawn_by(call)
    }


def listed(names: Iterable[str]) -> str:
    """Print a tuple."""
    return "".join(f"{name}, " for name in names).strip()


class Acts:
    """What some calls of an edge write and read, and how that is printed.

    Parameters
    ----------
    program, edge : Program, SynapseBlock
        Where they belong.
    calls : sequence of Call
        In their order.
    """

    def __init__(self, program: Program, edge: SynapseBlock, calls: Sequence[Call]) -> None:
        self.program, self.edge, self.calls = program, edge, calls
        self.fields = {field.name: field for field in edge.fields}
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
        self.times = {"time": "(step + 1) * dt"} if "t" in named else {}
        self.times |= {"dt": "dt"} if "dt" in named else {}
        self.times |= {"now": "step + 1"} if any(self._sums(call) for call in calls) else {}
        self.draws = any(edge.drawn_by(call) for call in calls)
        self.times |= {"step": "step"} if self.draws else {}
        self.steps = f"{edge.name}_steps" if self.times.get("now") and edge.steps else ""
        self.ordered = self._is_ordered(set(read))

    @property
    def _left(self) -> str:
        return f"{self.edge.post_block}_refractory_left"

    def _sums(self, call: Call) -> list[str]:
        """What a call writes that is summed up on its way."""
        return (
            [t for t in call.targets if t in self.edge.summed]
            if call in self.edge.arrival.each
            else []
        )

    def _array(self, call: Call, target: str) -> str:
        if target in self._sums(call):
            return f"{self.edge.name}_arriving_{target}"
        return variable(self.fields[target])

    def _adds(self, call: Call, target: str) -> bool:
        return self.fields[target].level == "post" and adds(call, target)

    def _reads(self, call: Call) -> list[str]:
        own = {target for target in call.targets if self._adds(call, target)}
        named = [name for name in call.arguments if name in self.fields and name not in own]
        return [*named, *(name for draw in self.edge.drawn_by(call) for name in draw.fields)]

    def _holds(self, call: Call, target: str) -> bool:
        return target in self.edge.held and target not in self._sums(call)

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
        at_once = not self.ordered and not self.times.get("now") and not self.draws
        return at_once and all(field.level == "post" for field in fields)

    # -- text ---------------------------------------------------------------------------------------------------------

    def arguments(self) -> list[str]:
        """What the printed function around ``act`` takes besides step, dt and head."""
        return [*self.written, *self.read, *([self.steps] if self.steps else [])]

    def passed(self) -> list[str]:
        """What ``take_step`` passes for them."""
        known = {variable(field): passed(self.program, field) for field in self.edge.fields}
        known[self.steps] = f"tables['{self.edge.name}']['steps']"
        return [known.get(name, name) for name in self.arguments()]

    def values(self) -> str:
        """What ``act`` only reads, as it is handed over."""
        return listed([*self.read, *self.times.values(), *([self.steps] if self.steps else [])])

    def function(self, name: str, calls: Sequence[Call]) -> Lines:
        """Print one function of some of the calls."""
        values = listed([*self.read, *self.times, *([self.steps] if self.steps else [])])
        body = [f"{listed(self.written)} = arrays", *([f"{values} = values"] if values else [])]
        body += [line for call in calls for line in self._act(call)]
        head = f"def {name}(synapse, source, target, spike, arrays, values):"
        return [head, *indent([*body, f"return {listed(self.written)}"], 1)]

    def brings(self) -> Lines:
        """Print what one synapse brings to its target, from numbers that are its own."""
        names = listed([*self.read, *self.times])
        results: Lines = []
        body = [f"{names} = values"] if names else []
        for call in self.calls:
            found = {field.name: _own(field) for field in self.edge.fields}
            found |= {**dict.fromkeys(call.targets, "0.0"), "t": "time"}
            brought = [f"brought_{len(results) + number}" for number in range(len(call.targets))]
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
        return ["def brings(values):", *indent([*body, f"return {listed(results)}"], 1)]

    def sums(self) -> list[str]:
        """The arrays that it is added to, one for each result of ``brings``."""
        return [self._array(call, target) for call in self.calls for target in call.targets]

    def whose(self) -> str:
        """For each value that ``brings`` reads which of its numbers belongs to a synapse.

        By whom it is counted.
        """
        read = [field for field in self.edge.fields if variable(field) in self.read]
        kinds = {variable(field): _whose(field) for field in read}
        kinds[self._left] = "('target', 0)"
        return listed([*(kinds[name] for name in self.read), *("None" for _ in self.times)])

    def _act(self, call: Call) -> Lines:
        own = [target for target in call.targets if self._adds(call, target)]
        names = {field.name: reading(field) for field in self.edge.fields}
        names |= drawn_for(self.edge, call, names)
        names |= {**dict.fromkeys(own, "0.0"), "t": "time"}
        value = f"{call.function}({', '.join(names.get(name, name) for name in call.arguments)})"
        news = [f"new_{target}" for target in call.targets]
        stores = [
            self._store(call, target, new) for target, new in zip(call.targets, news, strict=True)
        ]
        return [f"{', '.join(news)} = {value}", *stores]

    def _store(self, call: Call, target: str, value: str) -> str:
        field, array = self.fields[target], self._array(call, target)
        place = index(field)
        if target in self._sums(call):
            late = f"{self.steps}[synapse]" if self.steps else "head.dendritic"
            place = f"(now + {late}) % {self.edge.ring}, {place}"
        free, old = f"{self._left}[target] > 0.0", reading(field)
        added = self._adds(call, target)
        if self._holds(call, target):
            value = f"np.where({free}, {'0.0' if added else old}, {value})"
        value = f"spike * {value}" if added else f"choose(spike, {value}, {old})"
        value = f"np.asarray({value}, {array}.dtype)" if field.narrow else value
        return f"{array} = {array}.at[{place}].{'add' if added else 'set'}({value})"


def _own(field: Binding) -> str:
    """How ``brings`` reads a value."""
    return wide(variable(field), field.narrow and field.level not in ALONE)


def _whose(field: Binding) -> str:
    if field.level in ALONE:
        return "None"
    place, _, offset = index(field).partition(" + ")
    return f"({place!r}, {offset or 0})"
