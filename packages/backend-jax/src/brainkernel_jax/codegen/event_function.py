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
    present_readings,
    print_present,
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
        return f"_state['{field.part}']{ALONE.get(field.level, '')}"
    if program.parts[field.part].store == "inputs":
        return f"_inputs['{field.part}']"
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
    arguments = [container]
    arguments += [f"{name}={name}" for name in names]
    return f"dict({', '.join(arguments)})"


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
    draws = {}
    for draw in synapse_block.drawn_by(call):
        draws[draw.name] = drawn(draw, readings, elements[draw.per], str)
    return draws


def printed_call(call: Call, readings: Mapping[str, str]) -> str:
    """Print the call of a function; a name without a reading stands for itself."""
    arguments = ", ".join(readings.get(name, name) for name in call.arguments)
    return f"{call.function}({arguments})"


def listed(names: Iterable[str]) -> str:
    """Print a tuple."""
    return "".join(f"{name}, " for name in names).strip()


class EventFunction:
    """What some calls of a block of synapses write and read, and how that is printed.

    Parameters
    ----------
    program, synapse_block : Program, SynapseBlock
        Where they belong.
    calls : sequence of Call
        In their order.
    """

    def __init__(
        self, program: Program, synapse_block: SynapseBlock, calls: Sequence[Call]
    ) -> None:
        self.program, self.synapse_block, self.calls = program, synapse_block, calls
        self.fields = {field.name: field for field in synapse_block.fields}
        self.changes: list[tuple[Call, str]] = []
        arguments: set[str] = set()
        arrays_read: list[str] = []
        self.used: list[Binding] = []
        for call in calls:
            self.changes += [(call, target) for target in call.targets]
            # the step in which a lazy state was written last is written with it
            self.changes += [(call, lazy.since) for lazy in synapse_block.lazily_written(call)]
            arguments.update(call.arguments)
            used = [self.fields[name] for name in self._reads(call)]
            arrays_read += [variable(field) for field in used]
            self.used += used
        self.written = list(dict.fromkeys(self.targets()))
        self.ordered = self._is_ordered(set(arrays_read))
        # whether a target may change at all is read even where no function names it
        if any(self._holds(call, target) for call, target in self.changes):
            arrays_read.append(self._left)
        self.read = [name for name in dict.fromkeys(arrays_read) if name not in self.written]
        self.draws = any(synapse_block.drawn_by(call) for call in calls)
        self.delayed = any(synapse_block.sums(call) for call in calls)
        self.times: dict[str, str] = {}
        if "t" in arguments:
            self.times["_time"] = "(_step + 1) * dt"
        if "dt" in arguments:
            self.times["dt"] = "dt"
        if self.delayed:
            self.times["_now"] = "_step + 1"
        lazy = any(synapse_block.lazily_read(call) for call in calls)
        lazy = lazy or any(synapse_block.lazily_written(call) for call in calls)
        if self.draws or lazy:
            self.times["_step"] = "_step"
        if lazy:
            self.times["dt"] = "dt"
        # without an array of its own, every synapse has the dendritic delay of its table
        self.steps: list[str] = []
        if self.delayed and synapse_block.steps:
            self.steps = [synapse_block.table_name("steps")]

    @property
    def _left(self) -> str:
        return f"{self.synapse_block.post_block}_refractory_left"

    def _array(self, call: Call, target: str) -> str:
        if target in self.synapse_block.sums(call):
            return self.synapse_block.arriving(target)
        return variable(self.fields[target])

    def _adds(self, call: Call, target: str) -> bool:
        # what is added to a lazy state is added to its present value
        if target not in call.targets or self.synapse_block.lazily_written(call):
            return False
        return self.fields[target].level == "post" and adds(call, target)

    def _reads(self, call: Call) -> list[str]:
        added = {target for target in call.targets if self._adds(call, target)}
        names = [name for name in call.arguments if name in self.fields and name not in added]
        for draw in self.synapse_block.drawn_by(call):
            names += draw.fields
        for lazy in self.synapse_block.lazily_read(call):
            names += [lazy.since, *lazy.arguments[1:]]
        return names

    def _holds(self, call: Call, target: str) -> bool:
        if target in self.synapse_block.sums(call):
            return False
        return target in self.synapse_block.held

    def _is_ordered(self, read: set[str]) -> bool:
        """Whether events must be gone through one after another.

        What one reads another one writes.
        """
        shared = []
        for call, target in self.changes:
            # no other synapse's event sees what belongs to one synapse alone
            if self.fields[target].level != "synapse":
                shared.append((call, target))
        written = {self._array(call, target) for call, target in shared}
        if written & read:
            return True
        # sums may be taken in any order, values that are set may not
        return not all(self._adds(call, target) for call, target in shared)

    @property
    def only_adds(self) -> bool:
        """Whether nothing happens but that something is added to states of the target, at once."""
        if self.ordered or self.delayed or self.draws or self._reads_at_both_ends():
            return False
        return all(self.fields[target].level == "post" for _, target in self.changes)

    def _reads_at_both_ends(self) -> bool:
        """Whether an array is read at both ends, so that no one number of it is a synapse's."""
        places = {(variable(field), _end_index(field)) for field in self.used}
        return len(places) > len({name for name, _ in places})

    # -- text

    def arguments(self) -> list[str]:
        """The arrays that the printed function around ``act`` reads and writes."""
        return [*self.written, *self.read, *self.steps]

    def prologue(self) -> Lines:
        """Print where these arrays lie."""
        sources = {}
        for field in self.synapse_block.fields:
            sources[variable(field)] = passed(self.program, field)
        for name in self.steps:
            sources[name] = "_synapses['steps']"
        lines = []
        for name in self.arguments():
            source = sources.get(name, state_of(name))
            lines.append(f"{name} = {source}")
        return lines

    def values(self) -> str:
        """What ``act`` only reads, as it is handed over."""
        return listed([*self.read, *self.times.values(), *self.steps])

    def function(self, name: str, calls: Sequence[Call]) -> Lines:
        """Print one function of some of the calls."""
        written = listed(self.written)
        values = listed([*self.read, *self.times, *self.steps])
        body = [f"{written} = _arrays"]
        # Python has no assignment to an empty list of names
        if values:
            body.append(f"{values} = _values")
        for call in calls:
            body += self._act(call)
        body.append(f"return {written}")
        signature = f"def {name}(_synapse, _source, _target, _spike, _arrays, _values):"
        return [signature, *indent(body, 1)]

    def brings(self) -> Lines:
        """Print what one synapse brings to its target, from numbers that are its own."""
        names = listed([*self.read, *self.times])
        body = [f"{names} = _values"] if names else []
        values = {field.name: _synapse_value(field) for field in self.synapse_block.fields}
        results: Lines = []
        for call in self.calls:
            # a function gives just what it adds where its targets are zero
            zeros = dict.fromkeys(call.targets, "0.0")
            first = len(results)
            brought = [f"_brought_{first + number}" for number in range(len(call.targets))]
            value = printed_call(call, {**values, **zeros, "t": "_time"})
            body.append(f"{', '.join(brought)} = {value}")
            for name, target in zip(brought, call.targets, strict=True):
                if self._holds(call, target):
                    name = f"np.where({self._left} > 0.0, 0.0, {name})"
                results.append(name)
        body.append(f"return {listed(results)}")
        return ["def _brings(_values):", *indent(body, 1)]

    def targets(self) -> list[str]:
        """The arrays that are changed, one for each target of each call."""
        return [self._array(call, target) for call, target in self.changes]

    def end_indices(self) -> str:
        """Print, for each value that ``brings`` reads, by which end it is counted, and from where.

        None stands for a value that all synapses share.
        """
        # of what it reads alone: another function may read the same array at the other end
        ends = {variable(field): _end_index(field) for field in self.used}
        ends[self._left] = "('target', 0)"
        of_arrays = [ends[name] for name in self.read]
        of_times = ["None"] * len(self.times)
        return listed([*of_arrays, *of_times])

    def _act(self, call: Call) -> Lines:
        readings = {field.name: reading(field) for field in self.synapse_block.fields}
        readings |= drawn_for(self.synapse_block, call, readings)
        for target in call.targets:
            # a function gives just what it adds where its target is zero
            if self._adds(call, target):
                readings[target] = "0.0"
        readings["t"] = "_time"
        lines = print_present(self.synapse_block, call, readings)
        readings.update(present_readings(self.synapse_block, call))
        results = [f"_new_{target}" for target in call.targets]
        lines.append(f"{', '.join(results)} = {printed_call(call, readings)}")
        for target, result in zip(call.targets, results, strict=True):
            lines.append(self._store(call, target, result))
        for lazy in self.synapse_block.lazily_written(call):
            lines.append(self._store(call, lazy.since, "_step + 1.0"))
        return lines

    def _store(self, call: Call, target: str, value: str) -> str:
        field, array = self.fields[target], self._array(call, target)
        element = index(field)
        if target in self.synapse_block.sums(call):
            delay = f"{self.steps[0]}[_synapse]" if self.steps else "_table.dendritic"
            element = f"(_now + {delay}) % {self.synapse_block.ring}, {element}"
        old = reading(field)
        added = self._adds(call, target)
        if self._holds(call, target):
            unchanged = "0.0" if added else old
            value = f"np.where({self._left}[_target] > 0.0, {unchanged}, {value})"
        value = f"_spike * {value}" if added else f"_choose(_spike, {value}, {old})"
        if field.narrow:
            value = f"np.asarray({value}, {array}.dtype)"
        method = "add" if added else "set"
        return f"{array} = {array}.at[{element}].{method}({value})"


def _synapse_value(field: Binding) -> str:
    """How ``brings`` reads a value."""
    return wide(variable(field), field.narrow and field.level not in ALONE)


def _end_index(field: Binding) -> str:
    """Print the end of a synapse that counts a value, and the number of its first element."""
    if field.level in ALONE:
        return "None"
    end, _, first = index(field).partition(" + ")
    return f"({end.removeprefix('_')!r}, {first or 0})"
