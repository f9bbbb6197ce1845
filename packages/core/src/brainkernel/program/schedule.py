"""The order of events in one step: named slots, and what runs in each.

This list is the only place where the order stands: programs are printed from it, costs are
explained by it, and `net.schedule()` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from brainkernel.program.program import Call, Loop, NeuronBlock, Program, SynapseBlock

SLOTS = {
    "inputs": "external input is added up; synapses add what they contribute continuously",
    "integrate": "states go from step to step + 1",
    "threshold": "which neurons fire",
    "reset": "neurons that fire are reset, and whole groups are seen at once",
    "deliver": (
        "spikes whose delay is over act on their targets, and targets' own spikes on synapses"
    ),
    "record": "monitors take their samples",
}
"""The slots of a step in order, each with what happens in it."""


@dataclass(frozen=True)
class Task:
    """Something that runs in a slot.

    Attributes
    ----------
    slot : str
        One of `SLOTS`.
    kind : str
        What a printer does for it: ``inputs``, ``couple``, ``evolve``, ``update``, ``whole``,
        ``list``, ``deliver``, ``arrive``, ``react`` or ``record``.
    owner : str
        The block of neurons or synapses; nothing for what the whole network does.
    functions : tuple of str
        The users' functions that it calls, by printed name, in order.
    level : str
        Of ``evolve``: whose states, ``pre`` or ``synapse``.
    """

    slot: str
    kind: str
    owner: str = ""
    functions: tuple[str, ...] = ()
    level: str = ""


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
            yield f"{slot:<{width}}{task.kind}{owner}{functions}"


def schedule_of(program: Program) -> tuple[Task, ...]:
    """List what one step of a program does, in order.

    The threshold and the reset of a block of neurons run in the loop that integrates it, so that
    ``update`` stands once for the three; its tasks name their slots apart.
    """
    tasks = [Task("inputs", "inputs")]
    for edge in program.edges:
        tasks += _continuous(edge)
    for block in program.blocks:
        tasks += _of_neurons(block)
    tasks.append(Task("deliver", "list"))
    for edge in program.edges:
        tasks += _events(edge)
    tasks.append(Task("record", "record"))
    return tuple(tasks)


def _continuous(edge: SynapseBlock) -> list[Task]:
    tasks = []
    if edge.couplings:
        tasks.append(Task("inputs", "couple", edge.name, _names(edge.couplings)))
    for loop in edge.loops:
        tasks.append(Task("integrate", "evolve", edge.name, _of_loop(loop), loop.level))
    return tasks


def _of_loop(loop: Loop) -> tuple[str, ...]:
    rates = tuple(term.function for term in loop.equations.rates)
    return (*rates, *_names(loop.steps), *_names(loop.whole_steps))


def _of_neurons(block: NeuronBlock) -> list[Task]:
    equations = block.equations
    terms = (*equations.currents, *equations.rates, *equations.diffusions)
    integrated = tuple(term.function for term in terms)
    threshold = (block.threshold.function,) if block.threshold else ()
    tasks = [
        Task("integrate", "update", block.name, (*integrated, *_names(block.steps))),
        Task("threshold", "update", block.name, threshold),
        Task("reset", "update", block.name, _names(block.resets)),
    ]
    if block.whole_steps:
        tasks.append(Task("reset", "whole", block.name, _names(block.whole_steps)))
    return tasks


def _events(edge: SynapseBlock) -> list[Task]:
    tasks = [Task("deliver", "deliver", edge.name, _names(edge.arrival.calls))]
    if edge.ring:
        tasks.append(Task("deliver", "arrive", edge.name))
    if edge.departure.calls:
        tasks.append(Task("deliver", "react", edge.name, _names(edge.departure.calls)))
    return tasks


def _names(calls: tuple[Call, ...]) -> tuple[str, ...]:
    return tuple(call.function for call in calls)
