"""One step of all neurons and synapses.

Which function is called with what, in the order of the schedule, and where threads meet.
"""

from __future__ import annotations

from collections.abc import Callable

from brainkernel.codegen.dialect import Dialect, Lines, indent
from brainkernel.codegen.intervals import when_due
from brainkernel.codegen.named_arrays import drawn_apart, told_by_levels
from brainkernel.codegen.placed_steps import names_of_steps
from brainkernel.codegen.spike_delivery import (
    Shared,
    happenings,
    is_serial,
    is_serial_departure,
    reads_sources,
    stages,
)
from brainkernel.codegen.split_update import SplitUpdate, is_split
from brainkernel.program.program import Draw, NeuronBlock, Program, SynapseBlock
from brainkernel.program.schedule import FUSED, Task, schedule_of

ALL = "whole_table_of"
"""The table that one thread sees which does all."""
OWN = "own_table_of"
"""The table with a thread's own spikes, sources and targets."""
TO_OWN = "table_of"
"""The table with the spikes of all threads, and the synapses onto a thread's own neurons."""


def print_step(program: Program, dialect: Dialect, shared: Shared) -> Lines:
    """Print what is done in a step."""
    step = _Step(program, dialect, shared)
    lines: Lines = []
    for task in schedule_of(program):
        lines += step.of_task(task)
    return [*lines, "if _no_room(_network.threads, _step):", "    return _step + 1"]


def print_prepared(program: Program, dialect: Dialect) -> Lines:
    """Print what is computed once, before the steps: the tables that tell Poisson counts."""
    lines = []
    for block in program.blocks:
        for draw in told_by_levels(block, dialect):
            values = f"_network.neurons.{block.name}.values"
            levels = f"_network.neurons.{block.name}.levels.{draw.name}"
            lines.append(f"_fill_levels({levels}, {values}.{draw.mean}, {values}.{draw.most})")
    return lines


class _Step:
    def __init__(self, program: Program, dialect: Dialect, shared: Shared) -> None:
        self.program, self.dialect, self.shared = program, dialect, shared
        self.blocks = {block.name: block for block in program.blocks}
        self.synapse_blocks = {
            synapse_block.name: synapse_block for synapse_block in program.synapse_blocks
        }
        self.step_names = names_of_steps(program)
        self.printed: set[tuple[str, str, str]] = set()

    def of_task(self, task: Task) -> Lines:
        """Print one task of the schedule; several that one function does are printed once."""
        if task.kind in FUSED:
            function = (task.kind, task.owner, task.level)
            if function in self.printed:
                return []
            self.printed.add(function)
        printers: dict[str, Callable[[Task], Lines]] = {
            "inputs": self._inputs,
            "remember": self._remember,
            "couple": self._couple,
            "evolve": self._evolve,
            "update": self._update,
            "whole": self._whole,
            "step": self._placed,
            "read": self._read,
            "list": self._list,
            "deliver": self._deliver,
            "arrive": self._arrive,
            "react": self._react,
            "record": self._record,
        }
        return printers[task.kind](task)

    def _alone(self, lines: Lines) -> Lines:
        """What one thread does for all, while the others wait."""
        barrier = self.dialect.barrier()
        return [*barrier, "if _network.threads.number == 0:", *indent(lines, 1), *barrier]

    # -- the network --------------------------------------------------------------------------

    def _inputs(self, task: Task) -> Lines:
        return ["_apply_inputs(_network.inputs, _step, _step - _first)"]

    def _list(self, task: Task) -> Lines:
        data = "_network.spikes, _network.records, _network.threads"
        return [f"_list_spikes({data}, _step, _step - _first)", *self.dialect.barrier()]

    def _record(self, task: Task) -> Lines:
        lines = ["_record(_network.records, _network.spikes.fired, _step)"]
        # a thread that is ahead would change sources which the next step's synapses still read
        if any(reads_sources(synapse_block) for synapse_block in self.program.synapse_blocks):
            lines += self.dialect.barrier()
        return lines

    def _remember(self, task: Task) -> Lines:
        """Call what keeps the states of a block before they change."""
        called = f"remember_{task.owner}(_step, _group)"
        return self._for_groups(self.blocks[task.owner], "own", [called])

    # -- neurons ------------------------------------------------------------------------------

    def _update(self, task: Task) -> Lines:
        """Call the update of each group of a block."""
        block = self.blocks[task.owner]
        draws, update = self._draws(block), f"update_{block.name}(_step, dt, _group)"
        if not any(d.distribution == "event" and block.varies(d) for d in block.draws):
            first = self._for_groups(block, "own", [*draws, update])
            return [*first, *self._further_parts(block)]
        # sixteen neurons are drawn together, which may be of two threads: none may be ahead
        drawn = self._for_groups(block, "own", draws) if draws else []
        barrier = self.dialect.barrier()
        updated = self._for_groups(block, "own", [update])
        return [*barrier, *drawn, *barrier, *updated, *self._further_parts(block)]

    def _further_parts(self, block: NeuronBlock) -> Lines:
        """Call the further loops of an update that follows means over its groups."""
        split = is_split(block, self.dialect)
        return SplitUpdate(block, self.dialect).calls() if split else []

    def _for_groups(self, block: NeuronBlock, bounds: str, lines: Lines) -> Lines:
        neurons = f"_network.neurons.{block.name}"
        return [
            f"for _k in range({neurons}.size):",
            f"    _group = _group_of({neurons}, _k, {neurons}.{bounds})",
            *indent(lines, 1),
        ]

    def _draws(self, block: NeuronBlock) -> Lines:
        lines = []
        for draw in drawn_apart(block, self.dialect):
            words = f"_group.keys.{draw.name}"
            key = f"{words}[0], {words}[1], _group.first_element, _step"
            drawn, most = f"_group.neurons.{draw.name}", f"_group.values.{draw.most}"
            many = draw.mean in block.arrays
            mean = f"_group.{'neurons' if many else 'values'}.{draw.mean}"
            if block.varies(draw):
                lines.append(self._varying(block, draw, key))
            elif draw.distribution == "bernoulli":
                lines.append(f"_draw_bernoulli({key}, {mean}, {drawn})")
            elif draw.distribution == "event":
                rates = self._of_group(block, draw.mean)
                lines.append(f"_draw_events({key}, dt, {rates}, {most}, {drawn})")
            elif many:
                lines.append(f"_draw_poisson_each({key}, {mean}, int({most}), {drawn})")
            else:
                levels = f"_network.neurons.{block.name}.levels.{draw.name}[_k]"
                lines.append(f"_draw_poisson({key}, {mean}, int({most}), {levels}, {drawn})")
        return lines

    def _varying(self, block: NeuronBlock, draw: Draw, key: str) -> str:
        """Print the loop of a draw whose mean is an input or a state."""
        drawn = f"_group.neurons.{draw.name}"
        if draw.distribution == "event":
            rates = self._of_group(block, draw.mean)
            return f"_draw_varying_events({key}, dt, {rates}, {drawn})"
        return f"_draw_varying_poisson({key}, _group.neurons.{draw.mean}, {drawn})"

    def _of_group(self, block: NeuronBlock, constant: str) -> str:
        """All values of a name that belong to one group: one, or one for each neuron."""
        neurons = f"_network.neurons.{block.name}"
        if constant in block.scalars:
            return f"{neurons}.values.{constant}[_k : _k + 1]"
        whole = f"{neurons}.whole[_k, 0] : {neurons}.whole[_k, 1]"
        return f"{neurons}.neurons.{constant}[{whole}]"

    def _whole(self, task: Task) -> Lines:
        block = self.blocks[task.owner]
        call = f"whole_{block.name}(_step, dt, _group)"
        return self._alone(self._for_groups(block, "whole", [call]))

    # -- third ends ---------------------------------------------------------------------------

    def _read(self, task: Task) -> Lines:
        """Copy what synapses read of a third end, when no thread writes it."""
        return self._alone([f"_read_end(_network.ends.{name})" for name in task.functions])

    # -- steps before or after a slot ----------------------------------------------------------

    def _placed(self, task: Task) -> Lines:
        """Call a step that a user put before or after a slot, with no thread ahead or behind."""
        key = task.functions[0], task.targets
        if task.owner in self.blocks:
            block = self.blocks[task.owner]
            call = next(call for call in block.placed if call.key == key)
            called = f"{self.step_names[block.name, key]}(_step, dt, _group)"
            lines = self._for_groups(block, "whole" if call.whole else "own", [called])
        else:
            synapse_block = self.synapse_blocks[task.owner]
            loops = [loop for loop in synapse_block.loops if loop.placed]
            loop = next(loop for loop in loops if loop.calls[0].key == key)
            call = loop.calls[0]
            lines = self._at_each_step(synapse_block.name, loop.task, ALL if call.whole else OWN)
        barrier = self.dialect.barrier()
        together = self._alone(lines) if call.whole else [*barrier, *lines, *barrier]
        return when_due(call, together)

    # -- synapses -----------------------------------------------------------------------------

    def _couple(self, task: Task) -> Lines:
        """Where synapses read sources, nobody may be ahead or behind."""
        barrier = self.dialect.barrier()
        return [*barrier, *self._at_each_step(task.owner, "couple", OWN), *barrier]

    def _evolve(self, task: Task) -> Lines:
        synapse_block = self.synapse_blocks[task.owner]
        function = f"evolve {task.level}"
        loop = next(loop for loop in synapse_block.loops if loop.task == function)
        if loop.whole_steps:
            return self._alone(self._at_each_step(task.owner, function, ALL))
        called = self._at_each_step(task.owner, function, OWN)
        barrier = self.dialect.barrier()
        # the sources of a thread's synapses may be neurons of another thread
        crosses = loop.level == "synapse" and any(field.level == "pre" for field in loop.fields)
        crosses = crosses or any(self._is_of_synapses(field.block) for field in loop.fields)
        return [*barrier, *called, *barrier] if crosses else called

    def _is_of_synapses(self, block: str) -> bool:
        """Whether values are those of synapses, which several threads take forward."""
        return block in self.blocks and self.blocks[block].of_synapses

    def _deliver(self, task: Task) -> Lines:
        """Call what spikes do when they arrive."""
        synapse_block = self.synapse_blocks[task.owner]
        event = happenings(synapse_block, "pre")[task.event]
        serial = is_serial(self.program, synapse_block, event)
        turns = list(stages(event, serial))
        # synapses that other spikes read and write belong to the threads of their own targets
        alone = serial or self.blocks[synapse_block.post_block].of_synapses
        lines: Lines = []
        for turn in turns:
            table = ALL if alone else TO_OWN if turn == "deliver" else OWN
            lines += self._on_spikes(synapse_block, turn, table, "pre", task.event)
            # after the last delivery a thread goes on with neurons that it alone writes, unless
            # other events follow, which may write what sources keep
            last = turn == turns[-1] and turn == "deliver" and not synapse_block.at_events
            if not (alone or last):
                lines += self.dialect.barrier()
        return self._alone(lines) if alone and lines else lines

    def _arrive(self, task: Task) -> Lines:
        """Let the sums of this step act on the targets."""
        synapses = f"_network.synapses.{task.owner}"
        function = self.shared.names[task.owner, "arrive"]
        ends = f"{synapses}.first_target, {synapses}.last_target"
        return [f"{function}(_step, {ends}, _targets_of({synapses}))"]

    def _react(self, task: Task) -> Lines:
        """Call what the targets' own spikes do."""
        synapse_block = self.synapse_blocks[task.owner]
        event = happenings(synapse_block, "post")[task.event]
        alone = is_serial_departure(self.program, synapse_block, event)
        table = ALL if alone else OWN
        called = self._on_spikes(synapse_block, "react", table, "post", task.event)
        return self._alone(called) if alone else called

    def _on_spikes(
        self,
        synapse_block: SynapseBlock,
        verb: str,
        table: str,
        end: str,
        kind: str,
    ) -> Lines:
        tables = synapse_block.name
        for event in synapse_block.at_events:
            if (event.end, event.event) == (end, kind):
                tables = event.table
        function = f"{verb} {kind}".strip()
        called = self.shared.names[synapse_block.name, function]
        return self._for_tables(tables, called, table, "dt, _network.spikes, ")

    def _at_each_step(self, owner: str, function: str, table: str) -> Lines:
        return self._for_tables(owner, self.shared.names[owner, function], table, "dt, ")

    def _for_tables(self, owner: str, called: str, table: str, arguments: str) -> Lines:
        synapses = f"_network.synapses.{owner}"
        return [
            f"for _k in range({synapses}.size):",
            f"    _table = _{table}({synapses}, _k, _network.threads)",
            f"    _values = _values_of({synapses}, _k)",
            f"    {called}(_step, {arguments}_table, _values)",
        ]
