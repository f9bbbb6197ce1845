"""One step of all neurons and synapses.

Which function is called with what, and where threads meet.
"""

from __future__ import annotations

from brainkernel.codegen.dialect import Dialect, Lines, column, indent
from brainkernel.codegen.neuron_update import drawn_apart, signature
from brainkernel.codegen.spike_delivery import (
    Shared,
    argument,
    arrival_signature,
    couple_signature,
    evolve_signature,
    flush_signature,
    is_serial,
    is_serial_departure,
    react_signature,
    reads_sources,
    stages,
)
from brainkernel.program.program import Binding, Call, Loop, NeuronBlock, Program, SynapseBlock

COLLECT = (
    *(
        "step",
        "step - first",
        "thread",
        "gate",
        "pieces",
        "fired",
        "spikes",
        "ranges",
        "cursor",
        "tracked",
    ),
    *("event_steps", "event_neurons", "event_count", "counts"),
)
INPUTS = "step - first, inputs, own_inputs, drive_rows, drive_values, drive_places, drive_index"
ALL = {
    **{"first_thread": "0", "last_thread": "pieces.shape[0]"},
    **{"first_part": "0", "last_part": "shares[line, pieces.shape[0]]"},
    **{"first_source": "0", "last_source": f"{column('source_last')} - {column('source_first')}"},
}
"""What is printed where one thread does all."""
OWN = {
    **{"first_thread": "thread", "last_thread": "thread + 1"},
    **{"first_part": "shares[line, thread]", "last_part": "shares[line, thread + 1]"},
    "first_source": f"pieces[thread, {column('source_group')}, 0] - {column('source')}",
    "last_source": f"pieces[thread, {column('source_group')}, 1] - {column('source')}",
}
"""What is printed where each thread does its own."""
OF_ALL = {**OWN, "first_thread": "0", "last_thread": "pieces.shape[0]"}
"""The spikes of all threads, and the synapses onto a thread's own neurons."""


def print_step(program: Program, dialect: Dialect, shared: Shared) -> Lines:
    """Print what is done in a step."""
    step = _Step(program, dialect, shared)
    blocks = enumerate(program.blocks)
    edges = list(enumerate(program.edges))
    return [
        "if driven:",
        f"    apply_inputs({INPUTS})",
        "    apply_impulses(step, inputs, impulse_steps, impulse_places, impulse_values)",
        *(line for number, edge in edges for line in step.continuous(number, edge)),
        *(line for number, block in blocks for line in step.update(number, block)),
        f"collect({', '.join(COLLECT)})",
        *dialect.meet(),
        *(line for number, edge in edges for line in step.arrivals(number, edge)),
        "record(step, values, fired, monitors, monitor_index, samples, sample_count)",
        *(dialect.meet() if any(reads_sources(edge) for edge in program.edges) else []),
        "if gate[16] == step + 1:",
        "    return step + 1",
    ]


def print_prepared(program: Program, dialect: Dialect) -> Lines:
    """Print what is computed once, before the steps.

    By what Poisson counts of one mean are told.
    """
    return [
        f"{block.name}_{draw.name}_levels = poisson_levels({block.name}_{draw.mean}, "
        f"{block.name}_{draw.name}_most)"
        for block in program.blocks
        for draw in drawn_apart(block, dialect)
        if draw.distribution == "poisson" and draw.mean in block.scalars
    ]


class _Step:
    def __init__(self, program: Program, dialect: Dialect, shared: Shared) -> None:
        self.program, self.dialect, self.shared = program, dialect, shared
        self.numbers = {block.name: number for number, block in enumerate(program.blocks)}

    def alone(self, lines: Lines) -> Lines:
        """What one thread does for all, while the others wait."""
        return [*self.dialect.meet(), "if thread == 0:", *indent(lines, 1), *self.dialect.meet()]

    # -- neurons ------------------------------------------------------------------------------------------------------

    def update(self, number: int, block: NeuronBlock) -> Lines:
        """Call the update of each group of a block, and what sees whole arrays."""
        lines = self._for_groups(
            number, "pieces[thread, number, {}]", self._update_call(number, block)
        )
        whole = [
            line for call in block.whole_steps for line in self._whole(block, call.targets, call)
        ]
        return [
            *lines,
            *(self.alone(self._for_groups(number, "groups[number, {}]", whole)) if whole else []),
        ]

    def _for_groups(self, number: int, piece: str, lines: Lines) -> Lines:
        return [
            f"for number in range(blocks[{number}, 0], blocks[{number}, 1]):",
            f"    k = number - blocks[{number}, 0]",
            f"    first_neuron = {piece.format(0)} - groups[blocks[{number}, 0], 0]",
            f"    last_neuron = {piece.format(1)} - groups[blocks[{number}, 0], 0]",
            *indent(lines, 1),
        ]

    def _update_call(self, number: int, block: NeuronBlock) -> Lines:
        arguments = []
        for name, kind in signature(block, self.dialect):
            part = f"{block.name}_{name.removesuffix('_array')}"
            arguments.append(
                {
                    "step": {"size": "last_neuron - first_neuron"}.get(name, name),
                    "begin": "pieces[thread, number, 0] - groups[number, 0]",
                    "fired": "stretch(fired, pieces[thread, number, 0], pieces[thread, number, 1])",
                    "key": f"stretch({part}, 2 * k, 2 * k + 2)",
                    "input": f"stretch({part}_input, first_neuron, last_neuron)",
                    "drawn": f"stretch({part}, first_neuron, last_neuron)",
                    "neuron": f"stretch({part}, first_neuron, last_neuron)",
                    "group": f"{part}[k]",
                }[kind]
            )
        return [*self._draws(block), f"update_{block.name}({', '.join(arguments)})"]

    def _draws(self, block: NeuronBlock) -> Lines:
        lines = []
        for draw in drawn_apart(block, self.dialect):
            name, many = f"{block.name}_{draw.name}", draw.mean in block.arrays
            mean = f"{block.name}_{draw.mean}"
            mean = f"stretch({mean}, first_neuron, last_neuron)" if many else f"{mean}[k]"
            key = f"{name}_key[2 * k], {name}_key[2 * k + 1], pieces[thread, number, 0] - groups[number, 0], step"
            drawn = f"stretch({name}_drawn, first_neuron, last_neuron)"
            if draw.distribution == "bernoulli":
                lines.append(f"draw_bernoulli({key}, {mean}, {drawn})")
            elif draw.distribution == "event":
                lines.append(
                    f"draw_events({key}, dt, {self._of_group(block, draw.mean)}, {name}_most[k], "
                    f"{drawn})"
                )
            else:
                function = "draw_poisson_each" if many else "draw_poisson"
                levels = "" if many else f"{name}_levels[k], "
                lines.append(f"{function}({key}, {mean}, int({name}_most[k]), {levels}{drawn})")
        return lines

    def _of_group(self, block: NeuronBlock, constant: str) -> str:
        """All values of a constant that belong to one group: one, or one for each neuron."""
        if constant in block.scalars:
            return f"stretch({block.name}_{constant}, k, k + 1)"
        begin = "groups[number - k, 0]"
        return f"stretch({block.name}_{constant}, groups[number, 0] - {begin}, groups[number, 1] - {begin})"

    def _whole(self, block: NeuronBlock, targets: tuple[str, ...], call: Call) -> Lines:
        names = {
            n: f"stretch({block.name}_{n}, first_neuron, last_neuron)"
            for n in (*block.states, *block.arrays)
        }
        numpy, size = self.dialect.whole_numpy(), "last_neuron - first_neuron"
        names.update({n: f"{numpy}.full({size}, {block.name}_{n}[k])" for n in block.scalars})
        names["t"] = "(step + 1) * dt"
        results = ", ".join(f"whole_{target}" for target in targets)
        lines = [
            f"{results} = {call.function}({', '.join(names.get(a, a) for a in call.arguments)})"
        ]
        for target in targets:
            held = block.refractory and target in block.held
            kept = f"{names['refractory_left']} > 0.0" if held else ""
            value = (
                f"{numpy}.where({kept}, {names[target]}, whole_{target})"
                if held
                else f"whole_{target}"
            )
            lines.append(f"{names[target]}[:] = {value}")
        return lines

    # -- synapses -----------------------------------------------------------------------------------------------------

    def continuous(self, number: int, edge: SynapseBlock) -> Lines:
        """Call what synapses do at each step.

        Where it reads sources, nobody may be ahead or behind.
        """
        lines: Lines = []
        if edge.couplings:
            names = self.shared.names[edge.name, "couple"], couple_signature(edge)
            called = self._for_heads(number, *names, edge.fields, OWN)
            lines += [*self.dialect.meet(), *called, *self.dialect.meet()]
        for loop in edge.loops:
            lines += self._evolve(number, edge, loop)
        return lines

    def _evolve(self, number: int, edge: SynapseBlock, loop: Loop) -> Lines:
        names = self.shared.names[edge.name, f"evolve {loop.level}"], evolve_signature(loop)
        if loop.whole_steps:
            return self.alone(self._for_heads(number, *names, loop.fields, ALL))
        called = self._for_heads(number, *names, loop.fields, OWN)
        crosses = loop.level == "synapse" and any(field.level == "pre" for field in loop.fields)
        return [*self.dialect.meet(), *called, *self.dialect.meet()] if crosses else called

    def arrivals(self, number: int, edge: SynapseBlock) -> Lines:
        """Call what spikes do when they arrive, and what the targets' own spikes do."""
        alone = is_serial(self.program, edge)
        turns = stages(edge, alone)
        called = {task: self._arrival(number, edge, task, alone) for task in turns}
        lines: Lines = []
        for task, calls in called.items():
            last = task == list(called)[-1]
            lines += [
                *calls,
                *([] if alone or (last and task == "deliver") else self.dialect.meet()),
            ]
        lines = self.alone(lines) if alone and lines else lines
        return [*lines, *self._flush(edge), *self._departure(number, edge)]

    def _arrival(self, number: int, edge: SynapseBlock, task: str, alone: bool) -> Lines:
        names = (
            self.shared.names[edge.name, task],
            arrival_signature(edge, task, stages(edge, alone)[task]),
        )
        who = ALL if alone else OF_ALL if task == "deliver" else OWN
        return self._for_heads(number, *names, edge.fields, who)

    def _flush(self, edge: SynapseBlock) -> Lines:
        if not edge.ring:
            return []
        block = self.numbers[edge.post_block]
        first, last = (
            f"spans[thread, {block}, {end}] - groups[blocks[{block}, 0], 0]" for end in (0, 1)
        )
        table = {
            "size": "last_neuron - first_neuron",
            "refractory_left_array": f"stretch({edge.post_block}_refractory_left, first_neuron, last_neuron)",
        }
        for state in edge.summed:
            part = next(field.part for field in edge.fields if field.name == state)
            table[f"arriving_{state}"] = (
                f"stretch({_sums(edge, state, 'step + 1')}, first_neuron, last_neuron)"
            )
            table[f"{state}_array"] = f"stretch({part}, first_neuron, last_neuron)"
        arguments = ", ".join(table[name] for name in flush_signature(edge))
        function = self.shared.names[edge.name, "arrive"]
        return [f"first_neuron = {first}", f"last_neuron = {last}", f"{function}({arguments})"]

    def _departure(self, number: int, edge: SynapseBlock) -> Lines:
        if not edge.departure.calls:
            return []
        names = self.shared.names[edge.name, "react"], react_signature(edge)
        alone = is_serial_departure(self.program, edge)
        called = self._for_heads(number, *names, edge.fields, ALL if alone else OWN)
        return self.alone(called) if alone else called

    def _for_heads(
        self,
        number: int,
        function: str,
        names: list[str],
        fields: tuple[Binding, ...],
        who: dict[str, str],
    ) -> Lines:
        edge = self.program.edges[number]
        by_argument = {argument(field): field for field in fields}
        table = {
            **{name: name for name in ("step", "dt", "head", "spikes", "ranges")},
            **who,
            **_tables(edge),
            **_rules(number, edge),
        }
        arguments = []
        for name in names:
            if name in by_argument:
                arguments.append(_field(by_argument[name], number))
            elif name.endswith("_input"):
                first, last = column("target_first"), column("target_last")
                arguments.append(f"stretch({edge.post_block}_{name}, {first}, {last})")
            else:
                arguments.append(table[name])
        return [
            f"for line in range(edges[{number}, 0], edges[{number}, 1]):",
            "    head = heads[line]",
            f"    {function}({', '.join(arguments)})",
        ]


def _sums(edge: SynapseBlock, state: str, step: str) -> str:
    """What acts on the targets of a block at the end of some step."""
    sums = f"{edge.name}_arriving_{state}"
    return f"{sums}[({step}) & ({sums}.shape[0] - 1)]"


def _tables(edge: SynapseBlock) -> dict[str, str]:
    delays = f"{column('delay')}, {column('delay_end')}"
    post = f"{column('target_first')}, {column('target_last')}"
    later = f"step + 1 + {column('dendritic')}"
    return {
        **{
            f"arriving_{state}": f"stretch({_sums(edge, state, later)}, {post})"
            for state in edge.summed
        },
        "rows": f"stretch(rows, {column('row')}, rows.size)",
        "bases": f"stretch(bases, {column('base')}, {column('base')} + {column('parts')})",
        "targets": f"{edge.name}_targets",
        "delays": f"stretch({edge.name}_delays, {delays})",
        "count": f"{column('delay_end')} - {column('delay')}",
        "delay_steps": f"{edge.name}_steps",
        "arriving": f"{edge.name}_arriving_{''.join(edge.summed[:1])}",
        "columns": f"stretch({edge.name}_columns, {column('column')}, {edge.name}_columns.size)",
        "incoming": f"{edge.name}_incoming",
        "sources": f"{edge.name}_sources",
        "refractory_left_array": f"stretch({edge.post_block}_refractory_left, {post})",
    }


def _rules(number: int, edge: SynapseBlock) -> dict[str, str]:
    """What the synapses of a table are drawn from again: the walks stand behind its rows."""
    rows = f"({column('source_last')} - {column('source_first')}) * {column('parts')} + 1"
    place = f"(line - edges[{number}, 0]) * {edge.rule}"
    return {
        "walks": f"stretch(rows, {column('row')} + {rows}, rows.size)",
        "rules": f"stretch({edge.name}_rules, {place}, {place} + {edge.rule})",
    }


def _field(field: Binding, edge: int) -> str:
    """What is passed for a field: the stretch of its part that belongs to this table."""
    sources = f"{column('source_first')}, {column('source_last')}"
    own = f"{column('own_pre')}, {column('own_pre')} + {column('source_last')} - {column('source_first')}"
    return {
        "shared": f"{field.part}[line - edges[{edge}, 0]]",
        "synapse": field.part,
        "key": f"stretch({field.part}, 2 * (line - edges[{edge}, 0]), 2 * (line - edges[{edge}, 0]) + 2)",
        "pre": f"stretch({field.part}, {sources if field.block else own})",
        "post": f"stretch({field.part}, {column('target_first')}, {column('target_last')})",
        "pre_group": f"{field.part}[{column('pre_number')}]",
        "post_group": f"{field.part}[{column('post_number')}]",
    }[field.level]
