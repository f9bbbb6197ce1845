"""The order of events in one step: named slots, and what runs in each.

This list is the only place where the order stands: programs are printed from it, costs are
explained by it, and `net.schedule()` shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from brainkernel.model.slots import SLOTS as SLOTS
from brainkernel.model.slots import Place
from brainkernel.program.program import (
    Call,
    Moment,
    NeuronBlock,
    Program,
    SynapseBlock,
    order_in_update,
)

FUSED = ("update", "whole", "evolve")
"""Kinds of tasks that one printed function does together, where block and level are the same."""


@dataclass(frozen=True)
class Task:
    """Something that runs in a slot.

    Attributes
    ----------
    slot : str
        One of `SLOTS`.
    kind : str
        What a printer does for it: ``remember``, ``inputs``, ``couple``, ``evolve``, ``update``,
        ``whole``, ``list``, ``deliver``, ``arrive``, ``react``, ``record``, ``step`` for a step
        function that a user put before or after the slot, or ``read`` for what synapses read of a
        third end.
    owner : str
        The block of neurons or synapses; nothing for what the whole network does.
    functions : tuple of str
        The users' functions that it calls, by printed name, in order; of ``read`` the values.
    level : str
        Of ``evolve``: whose states, ``pre`` or ``synapse``.
    every : int
        It runs only at multiples of so many steps.
    targets : tuple of str
        Of ``step``: the printed names of the states that it writes.
    event : str
        Of ``deliver`` and ``react``: the kind of event; empty for spikes.
    """

    slot: str
    kind: str
    owner: str = ""
    functions: tuple[str, ...] = ()
    level: str = ""
    every: int = 1
    targets: tuple[str, ...] = ()
    event: str = ""


class Schedule(tuple[Task, ...]):
    """The tasks of one step in order; printed, a table of slots and of what runs in each."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        width = max(len(slot) for slot in SLOTS) + 2
        last = ""
        for task in self:
            slot = task.slot if task.slot != last else ""
            last = task.slot
            functions = f": {', '.join(task.functions)}" if task.functions else ""
            owner = f" {task.owner}" if task.owner else ""
            every = f", every {task.every} steps" if task.every > 1 else ""
            event = f" at {task.event}" if task.event else ""
            yield f"{slot:<{width}}{task.kind}{owner}{event}{functions}{every}"


def schedule_of(program: Program) -> tuple[Task, ...]:
    """List what one step of a program does, in order.

    The threshold and the reset of a block of neurons run in the loop that integrates it, so that
    ``update`` stands once for the three; its tasks name their slots apart.
    """
    remembering = [block for block in program.blocks if block.history]
    tasks = [Task("inputs", "remember", block.name) for block in remembering]
    tasks.append(Task("inputs", "inputs"))
    # synapses at synapses see these as they are before they are integrated
    of_synapses = [block.name for block in program.blocks if block.of_synapses]
    by_ends = {0: list[SynapseBlock](), 1: list[SynapseBlock]()}
    for synapse_block in program.synapse_blocks:
        ends = (synapse_block.pre_block, synapse_block.post_block)
        by_ends[int(not any(end in of_synapses for end in ends))].append(synapse_block)
    for synapse_block in (*by_ends[0], *by_ends[1]):
        tasks += _continuous(synapse_block)
    for block in program.blocks:
        if not block.of_synapses:
            tasks += _of_neurons(block)
    # spikes are delivered only when all are known, also those of neurons that come later
    tasks.append(Task("deliver", "list"))
    for synapse_block in program.synapse_blocks:
        tasks += _events(synapse_block)
    # monitors come last: they see what spikes have done in the same step
    tasks.append(Task("record", "record"))
    # what acts on synapses must be complete before they are integrated
    return _with_steps(tasks, list(_placed(program)), bool(of_synapses))


def _with_steps(
    tasks: list[Task],
    steps: list[tuple[Place, int, Task]],
    strict: bool = False,
) -> tuple[Task, ...]:
    """Put steps before the first or after the last task of a slot, as they were given.

    Tasks of several blocks may be mixed, each block in the order of slots, since they do not touch
    one another; a step between two slots may see them all, so that the order is then strict.
    """
    if not (steps or strict):
        return tuple(tasks)
    slots = list(SLOTS)
    # the place before a slot has twice the slot's number, that after it one more; the slot's own
    # tasks lie in between
    listed = [(2 * slots.index(task.slot) + 0.5, 0, task) for task in tasks]
    listed += [(place.number, turn, task) for place, turn, task in steps]
    # a stable sort: what compares equal stays in the order in which it was listed
    listed.sort(key=lambda entry: entry[:2])
    return tuple(task for *_, task in listed)


def _placed(program: Program) -> Iterator[tuple[Place, int, Task]]:
    """List the steps before or after a slot: those of neurons first, in the order of writing."""
    # third ends first: what comes in the same turn reads them
    readings: dict[Moment, list[str]] = {}
    for reading in program.end_readings:
        for moment in reading.moments:
            readings.setdefault(moment, []).append(reading.name)
    for (place, turn), names in readings.items():
        yield place, turn, Task(place.slot, "read", functions=tuple(names))
    calls: list[tuple[str, str, Call]] = []
    for block in program.blocks:
        calls += [(block.name, "", call) for call in block.placed]
    for synapse_block in program.synapse_blocks:
        loops = [loop for loop in synapse_block.loops if loop.placed]
        calls += [(synapse_block.name, loop.level, loop.calls[0]) for loop in loops]
    for owner, level, call in calls:
        assert call.place is not None
        slot, functions = call.place.slot, (call.function,)
        task = Task(slot, "step", owner, functions, level, call.every, call.targets)
        yield call.place, call.turn, task


def _continuous(synapse_block: SynapseBlock) -> list[Task]:
    tasks = []
    if synapse_block.couplings:
        tasks.append(Task("inputs", "couple", synapse_block.name, _names(synapse_block.couplings)))
    for loop in synapse_block.loops:
        if not loop.placed:
            equations = loop.equations
            terms = (*equations.read_derived, *equations.rates, *equations.diffusions)
            rates = tuple(dict.fromkeys(term.function for term in terms))
            evolve = Task("integrate", "evolve", synapse_block.name, rates, loop.level)
            tasks += [task for task in _with_calls(evolve, loop.calls) if task.functions]
    return tasks


def _of_neurons(block: NeuronBlock) -> list[Task]:
    equations = block.equations
    terms = (
        *equations.read_derived,
        *equations.currents,
        *equations.rates,
        *equations.diffusions,
    )
    integrated = (*_names(block.input_drives), *(term.function for term in terms))
    threshold = _names([block.threshold] if block.threshold else [])
    threshold += _names(event.threshold for event in block.events)
    of_events: list[Call] = []
    for event in block.events:
        of_events += event.resets
    reset = _names((*block.resets, *of_events, *block.state_drives))
    slots = {"integrate": integrated, "threshold": threshold, "reset": reset}
    tasks: list[Task] = []
    for slot, functions in slots.items():
        update = Task(slot, "update", block.name, functions)
        before, after = (_in_update(block, Place(side, slot)) for side in ("before", "after"))
        tasks += _with_calls(update, after, before)
    whole = Task("reset", "whole", block.name)
    tasks += [task for task in _with_calls(whole, block.whole_steps) if task.functions]
    return tasks


def _in_update(block: NeuronBlock, place: Place) -> tuple[Call, ...]:
    """List the steps of the loop over neurons that stand in a place."""
    return tuple(c for c in block.steps if order_in_update(c)[0] == place.number)


def _with_calls(
    task: Task,
    after: tuple[Call, ...],
    before: tuple[Call, ...] = (),
) -> Iterator[Task]:
    """Add the step functions that run in one loop with a task.

    Those that run only now and then are tasks of their own.
    """
    first = _names(call for call in before if call.every == 1)
    last = _names(call for call in after if call.every == 1)
    yield replace(task, functions=(*first, *task.functions, *last))
    for call in (*before, *after):
        if call.every > 1:
            yield replace(task, functions=(call.function,), every=call.every)


def _events(synapse_block: SynapseBlock) -> list[Task]:
    tasks = [Task("deliver", "deliver", synapse_block.name, _names(synapse_block.arrival.calls))]
    tasks += _at_other_events(synapse_block, "deliver", "pre")
    if synapse_block.ring:
        tasks.append(Task("deliver", "arrive", synapse_block.name))
    if synapse_block.departure.calls:
        tasks.append(
            Task("deliver", "react", synapse_block.name, _names(synapse_block.departure.calls))
        )
    return [*tasks, *_at_other_events(synapse_block, "react", "post")]


def _at_other_events(synapse_block: SynapseBlock, kind: str, end: str) -> list[Task]:
    """List what happens at events of the neurons at one end that are no spikes."""
    tasks = []
    for event in synapse_block.at_events:
        if event.end == end:
            functions = _names(event.functions.calls)
            task = Task("deliver", kind, synapse_block.name, functions, event=event.event)
            tasks.append(task)
    return tasks


def _names(calls: Iterable[Call]) -> tuple[str, ...]:
    return tuple(call.function for call in calls)
