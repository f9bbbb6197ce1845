"""The program: a network flattened into plain, frozen data; all that a backend sees."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import needed
from brainkernel.model.event_kinds import was_above
from brainkernel.model.function_text import apart
from brainkernel.model.groupwide import group_states
from brainkernel.model.slots import AFTER_INTEGRATE, BEFORE_THRESHOLD, Place
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, OverGroup, Term
from brainkernel.program.integrator import Integrator
from brainkernel.random import POISSON_MEAN_LIMIT

STORES: dict[str, type] = {
    "values": np.float64,  # states
    "constants": np.float64,  # parameters and what follows from them
    "synaptic": np.float64,  # parameters of single synapses
    "keys": np.uint32,  # of the random streams
    "table": np.int64,  # connectivity: distinct delays, columns
    # connectivity: the neuron that a synapse acts on, counted from a multiple of 65536
    "targets16": np.uint16,
    # the same, counted from the first, where rows are too short for that to pay
    "targets32": np.uint32,
    "sources": np.uint32,  # connectivity, read backwards
    # connectivity: the user's number of a synapse, and where each number lies
    "synapse_numbers": np.uint32,
    "steps8": np.uint8,  # what is left of the delay of each synapse when its turn has come
    "inputs": np.float64,  # what is added up anew in each step
    "drawn": np.uint32,  # random counts of the step that is being taken
    "arriving": np.float64,  # what is on its way to a target, by the step in which it arrives
    "past": np.float64,  # states of neurons in the last steps
}
"""The flat arrays in which everything lies, by name, with the type of their numbers."""
LINE = 64  # bytes in a line of the cache, which two threads should not both write to
APART = ("values", "inputs", "drawn", "arriving", "past")
"""Stores that threads write to: their parts begin with a line of the cache."""
WALK = ("key_0", "key_1", "rate", "size", "first_source", "first_target", "autapse")
"""What tells how to draw rows again: row and cell count from the first source and target, a
source's autapse from the last of them."""
VALUE = ("key_0", "key_1", "width", "shift")
"""What tells how to draw a value of each synapse again."""
CHUNK = 1 << 16  # targets that 16 bits tell apart
SYNAPSE_NUMBER = "synapse_number"
"""The field of the number that the user counts a synapse by, from which its random numbers are
drawn."""
SYNAPSE_PLACE = "synapse_place"
"""The field of the place of each synapse in its table, by the user's number: the order of whole
arrays."""


NARROW = {"state": ("values", "arriving", "past"), "weights": ("synaptic",)}
"""What may be kept in 32 bits, and the stores that hold it."""


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array of zeros that begins with a line of the cache."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.zeros(size + LINE, np.uint8)
    first = -room.ctypes.data % LINE
    return room[first : first + size].view(dtype).reshape(shape)


@dataclass(frozen=True)
class ArraySlice:
    """A named stretch of one of the flat arrays."""

    name: str
    store: str
    first: int
    last: int


@dataclass(frozen=True)
class Group:
    """One neuron group in the order of the program: its number, and its neurons' global numbers."""

    name: str
    number: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many neurons it has."""
        return self.last - self.first


@dataclass(frozen=True)
class Draw:
    """A random number for each element and step.

    Attributes
    ----------
    name, distribution, mean : str
        Its printed name, and what it follows.
    key : str
        The name of the two words that it is drawn with.
    most : str
        The printed name of the largest count that a Poisson number can be.
    wrong : str
        The printed name of the first mean of which nothing could be drawn; zero: of all.
    per : str
        For a draw of synapses, whose number it is: of a ``synapse``, a ``pre`` or a ``post``
        neuron.
    """

    name: str
    distribution: str
    mean: str
    key: str
    most: str
    wrong: str
    per: str = ""

    @property
    def largest(self) -> float:
        """The largest mean, or probability in a step, of which it can be drawn."""
        return POISSON_MEAN_LIMIT if self.distribution == "poisson" else 1.0

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of an edge that it is drawn from."""
        mean = (self.mean,) if self.mean else ()
        most = (self.most,) if self.distribution == "poisson" else ()
        number = (SYNAPSE_NUMBER,) if self.per == "synapse" else ()
        return (self.key, *mean, *most, *number)


def input_name(name: str) -> str:
    """The name of what an input's sums begin with, after that of the block.

    The underscore that it begins with keeps it apart from the names of models.
    """
    return f"_{name}_input"


def drawn_name(draw: Draw) -> str:
    """The name of numbers that a loop of its own has drawn, after that of the block."""
    return f"_{draw.name}_drawn"


@dataclass(frozen=True)
class Call:
    """A step function in its printed place: what it writes and the printed names that it reads.

    Attributes
    ----------
    function : str
        Its printed name.
    targets, arguments : tuple of str
        The printed names that it writes and reads.
    source : Text
        The user's function.
    whole : bool
        Whether it sees whole arrays.
    every : int
        It runs only at multiples of so many steps.
    interval : float
        The same in ms, as its author wrote it; zero where it runs at each step.
    place : Place or None
        Before or after which slot the user put it; None: where such functions stand.
    turn : int
        Its number among the steps that were given to the network; zero for one of a class.
    """

    function: str
    targets: tuple[str, ...]
    arguments: tuple[str, ...]
    source: Text
    whole: bool = False
    every: int = 1
    interval: float = 0.0
    place: Place | None = None
    turn: int = 0

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it apart in its block, where several projections may share a function."""
        return self.function, self.targets

    @property
    def begins(self) -> bool:
        """Whether it sees states of the beginning of the step, not of its end."""
        return self.place is not None and self.place.begins


LAST_TURN = 1 << 30
"""The turn of what fills the values that synapses read: after all steps in the same place."""


def _is_late(call: Call) -> bool:
    """Whether a step of the loop over neurons comes after the threshold."""
    return call.place is not None and call.place.number > BEFORE_THRESHOLD.number


def order_in_update(call: Call) -> tuple[int, bool, int]:
    """Tell the order of the steps in the loop over neurons: by place, then as they were given.

    Those without a place belong to the slot that those after the integration come after.
    """
    place = call.place or AFTER_INTEGRATE
    return place.number, call.place is not None, call.turn


HIDDEN = ("refractory_left", "was_above")
"""States of a block that no model declares."""


@dataclass(frozen=True)
class NeuronEvent:
    """Another kind of event of a block than the spike.

    Attributes
    ----------
    name : str
        The kind.
    threshold : Call
        Gives the level: a neuron has the event where it is zero or more.
    crossing : bool
        Whether only where the level turns so from below.
    resets : tuple of Call
        What gives states new values after it.
    groups : tuple of Group
        Under which numbers its events are listed, one entry for each group of the block: they
        follow those of all neurons.
    """

    name: str
    threshold: Call
    crossing: bool
    resets: tuple[Call, ...]
    groups: tuple[Group, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Its functions."""
        return (self.threshold, *self.resets)

    @property
    def was_above(self) -> str:
        """The state that tells where its level was above zero."""
        return was_above(self.name)

    @property
    def fired(self) -> str:
        """The flags that tell which neurons have it."""
        return f"fired_{self.name}"


@dataclass(frozen=True)
class NeuronBlock:
    """All groups of one model with the same equations: they share one printed function.

    Attributes
    ----------
    name : str
        Begins the names of its parts.
    definition : ModelDefinition
        The model.
    groups : tuple of Group
        Contiguous in neurons and numbers.
    equations : Equations
        The derivatives and diffusions, those of ``per="post"`` states of synapses included.
    integrator : Integrator or None
        The method; None where there are no equations.
    states, scalars, arrays : tuple of str
        Printed names of states, of constants with one value for each group, and of constants with
        one for each neuron.
    inputs : tuple of str
        Printed names of inputs.
    draws : tuple of Draw
        Random numbers that its functions name.
    steps, whole_steps, resets : tuple of Call
        Further step functions: those that run in the loop that integrates, in the order of their
        places, those that see whole groups after it, and those that reset.
    placed : tuple of Call
        Step functions that run before or after other slots: those that the user put there, and
        those that fill what is kept of derived quantities.
    threshold : Call or None
        Gives the level: a neuron fires where it is zero or more.
    crossing : bool
        Whether it fires only where the level turns so from below.
    refractory : bool
        Whether there is a refractory period.
    held : tuple of str
        States that a refractory period holds.
    narrow : bool
        Whether states are kept in 32 bits; what is computed with them has 64.
    kept : tuple of str
        Derived quantities that synapses read at each step: kept for each neuron among the states,
        so that they are computed once for it and not for each of its synapses.
    drives : tuple of Call
        What adds random numbers of spikes to inputs and states.
    history : tuple of str
        States, and derived quantities that are kept, whose values of the last steps are read.
    rows : int
        How many steps these are, a power of two: a ring buffer has a row for each.
    slopes : tuple of str
        States whose derivatives at these steps are read too, between two of them.
    events : tuple of NeuronEvent
        Its kinds of events besides the spike.
    memory : tuple of str
        States that the program keeps for itself from step to step, which begin at zero: what a
        method remembers, and `lag`.
    histories : tuple of pairs of str and int
        What a method remembers of past steps: printed names, and for how many.
    lag : str
        The state that tells by how many ms the last spike of a neuron came before the end of its
        step; empty where spikes are on the grid.
    within : Integrator or None
        The method that takes parts of a step, where spikes are located within it.
    of_synapses : bool
        Whether it is a block of synapses in the part of neurons, for projections that begin or end
        there: its states and parameters are those of the block of synapses of its name.
    """

    name: str
    definition: ModelDefinition
    groups: tuple[Group, ...]
    equations: Equations
    integrator: Integrator | None
    states: tuple[str, ...]
    scalars: tuple[str, ...]
    arrays: tuple[str, ...]
    inputs: tuple[str, ...]
    draws: tuple[Draw, ...]
    steps: tuple[Call, ...]
    whole_steps: tuple[Call, ...]
    resets: tuple[Call, ...]
    threshold: Call | None
    crossing: bool
    refractory: bool
    held: tuple[str, ...]
    narrow: bool = False
    placed: tuple[Call, ...] = ()
    kept: tuple[str, ...] = ()
    drives: tuple[Call, ...] = ()
    history: tuple[str, ...] = ()
    rows: int = 0
    slopes: tuple[str, ...] = ()
    events: tuple[NeuronEvent, ...] = ()
    memory: tuple[str, ...] = ()
    histories: tuple[tuple[str, int], ...] = ()
    lag: str = ""
    within: Integrator | None = None
    of_synapses: bool = False

    @property
    def in_update(self) -> tuple[Call, ...]:
        """The functions of its loop that are called after the integration."""
        threshold = (self.threshold,) if self.threshold else ()
        return (*self.steps, *self.resets, *threshold, *self.event_calls)

    @property
    def event_calls(self) -> tuple[Call, ...]:
        """The thresholds and resets of its other kinds of events."""
        calls: list[Call] = []
        for event in self.events:
            calls += event.calls
        return tuple(calls)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The states that no model declares."""
        return (*HIDDEN, *(event.was_above for event in self.events if event.crossing))

    def event(self, name: str) -> NeuronEvent:
        """Look up a kind of event by name."""
        return next(event for event in self.events if event.name == name)

    @property
    def of_group(self) -> tuple[str, ...]:
        """The states of which a group has one: the same for all of its neurons."""
        return group_states(self.definition.declarations)

    @property
    def over_group(self) -> tuple[OverGroup, ...]:
        """The means and sums over the group that its loop follows."""
        return tuple(term for term in self.read_derived if isinstance(term, OverGroup))

    @property
    def read_derived(self) -> tuple[Term, ...]:
        """The derived quantities that are named in its loop, in the order of computation."""
        named: set[str] = set()
        for term in self.equations.terms:
            named.update(term.arguments)
        for call in self.in_update:
            named.update(call.arguments)
        if self.equations.tree:
            named.update(self.equations.tree.arguments)
        return needed(named, self.equations.derived)

    @property
    def input_drives(self) -> tuple[Call, ...]:
        """The drives that add to inputs, before the integration."""
        return tuple(call for call in self.drives if call.targets[0] in self.inputs)

    @property
    def state_drives(self) -> tuple[Call, ...]:
        """The drives that add to states, after the reset."""
        return tuple(call for call in self.drives if call.targets[0] in self.states)

    @property
    def steps_before_threshold(self) -> tuple[Call, ...]:
        """The steps of its loop that run before the threshold is looked at."""
        return tuple(c for c in self.steps if not _is_late(c))

    @property
    def steps_before_reset(self) -> tuple[Call, ...]:
        """The steps of its loop that run between threshold and reset."""
        return tuple(c for c in self.steps if _is_late(c))

    def varies(self, draw: Draw) -> bool:
        """Whether the mean of a draw is an input or a state, which no limit is known of before."""
        return bool(draw.mean) and draw.mean in (*self.inputs, *self.states)

    @property
    def wrong_means(self) -> dict[str, Draw]:
        """The draws whose means may leave what can be drawn, by the state that tells of it."""
        return {draw.wrong: draw for draw in self.draws if self.varies(draw)}

    def counts(self, draw: Draw) -> bool:
        """Whether a draw is a whole number that a loop of its own may draw."""
        one = draw.distribution == "bernoulli" and draw.mean in self.scalars
        return one or draw.distribution in ("poisson", "event")

    @property
    def first(self) -> int:
        """The global number of its first neuron."""
        return self.groups[0].first

    @property
    def last(self) -> int:
        """One past the global number of its last neuron."""
        return self.groups[-1].last


@dataclass(frozen=True)
class Span:
    """Neurons and groups that follow one another: global numbers, the last one past the end."""

    first: int
    last: int
    first_group: int
    last_group: int

    @property
    def size(self) -> int:
        """How many neurons it has."""
        return self.last - self.first


@dataclass(frozen=True)
class Projection:
    """One projection in its edge block.

    Names, ends, how many synapses, and the table that holds them.
    """

    name: str
    pre: Group
    post: Group
    size: int
    head: int
    pre_first: int


@dataclass(frozen=True)
class SynapseTable:
    """A table of synapses: a row for each source, and for each distinct delay of a source.

    Each row by target.

    Attributes
    ----------
    projections : tuple of int
        Whose synapses it holds, as numbers within the edge; within a row by target group.
    pre, post : Span
        The neurons that its sources and targets are counted from.
    first, last : int
        Its stretch of the synapses of the edge.
    delays : tuple of int
        The distinct delays in steps, or (0,) where each synapse has its own.
    dendritic : int
        The steps between its synapses and their targets.
    """

    projections: tuple[int, ...]
    pre: Span
    post: Span
    first: int
    last: int
    delays: tuple[int, ...]
    dendritic: int = 0

    @property
    def longest(self) -> int:
        """For how many steps its spikes wait, at most."""
        return max(*self.delays, self.dendritic)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.pre.size * len(self.delays)


@dataclass(frozen=True)
class Binding:
    """A printed name of an edge function: where its values lie.

    ``level`` is ``shared`` (one for each table), ``synapse``, ``pre``, ``post``, ``pre_group`` or
    ``post_group`` (one for a group of either end) or ``key`` (the two words of a random stream);
    ``part`` the ArraySlice that holds it; ``block`` the neuron block whose numbering it follows, if
    any; ``narrow`` tells whether it is kept in 32 bits. ``past`` is the ArraySlice of the values of
    the last steps, for one that is read as it was a delay ago.
    """

    name: str
    level: str
    part: str
    block: str = ""
    narrow: bool = False
    past: str = ""


@dataclass(frozen=True)
class Loop:
    """Equations of ``per="pre"`` or ``per="synapse"`` states, or a step: a loop of its own.

    Attributes
    ----------
    level : str
        ``pre`` or ``synapse``.
    equations : Equations
        The derivatives.
    integrator : Integrator or None
        The method; None where there are no derivatives.
    steps, whole_steps : tuple of Call
        Further step functions; those that see whole arrays are run by one thread.
    fields : tuple of Binding
        Where the values lie that they name.
    placed : bool
        Whether it is a single step function that the user put before or after a slot.
    past : tuple of Binding
        Those of them that functions of single elements read as they were a delay ago.
    """

    level: str
    equations: Equations
    integrator: Integrator | None
    steps: tuple[Call, ...]
    whole_steps: tuple[Call, ...]
    fields: tuple[Binding, ...]
    placed: bool = False
    past: tuple[Binding, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Its step functions."""
        return (*self.steps, *self.whole_steps)

    @property
    def task(self) -> str:
        """What tells it apart from the other loops of its block."""
        return f"step {self.calls[0].source.name}" if self.placed else f"evolve {self.level}"

    @property
    def begins(self) -> bool:
        """Whether its functions see states of the beginning of the step, not of its end."""
        return self.placed and self.calls[0].begins


@dataclass(frozen=True)
class Event:
    """What happens at a spike.

    Once before its synapses, for each of them, and once after, as the model is written.
    """

    before: tuple[Call, ...]
    each: tuple[Call, ...]
    after: tuple[Call, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """All of it."""
        return (*self.before, *self.each, *self.after)


@dataclass(frozen=True)
class LazyState:
    """A state that is integrated when an event needs it.

    Attributes
    ----------
    name : str
        The state.
    since : str
        The field of the step in which it was written last.
    function : str
        The printed name of what gives its value some time later.
    arguments : tuple of str
        What that is called with after the time that has passed: the state, and parameters.
    source : Text
        Its text, made of the user's function.
    """

    name: str
    since: str
    function: str
    arguments: tuple[str, ...]
    source: Text


@dataclass(frozen=True)
class SynapseEvent:
    """What happens at another kind of event than the spike, of the neurons at one end.

    Attributes
    ----------
    event : str
        The kind.
    end : str
        ``pre`` or ``post``.
    functions : Event
        What happens.
    table : str
        The printed name of the tables that hear these events.
    neurons, groups : int
        By how much the numbers of these events are above those of the spikes.
    """

    event: str
    end: str
    functions: Event
    table: str
    neurons: int = 0
    groups: int = 0


@dataclass(frozen=True)
class SynapseBlock:
    """All projections of one synapse model between two blocks: they share printed functions.

    Attributes
    ----------
    name : str
        Begins the names of its parts.
    definition : ModelDefinition
        The model.
    projections : tuple of Projection
        In the order in which the user gave them.
    heads : tuple of SynapseTable
        The tables; one for all projections where these differ only in numbers.
    ring : int
        Over how many steps what is on its way is summed up, from the synapse on, or from the spike
        on where `steps` has the delays; 0 where spikes wait, and act when they arrive.
    targets : str
        The store of its targets.
    steps : str
        The store of the delays of single synapses, if any.
    pre_block, post_block : str
        The neurons at its two ends.
    arrival, departure : Event
        What happens at a spike of a source, and at one of a target.
    couplings : tuple of Call
        What is added to inputs of targets, for each synapse in each step.
    loops : tuple of Loop
        Equations of its own.
    fields : tuple of Binding
        Where the values lie that its functions name.
    held : tuple of str
        States of the target that a refractory period holds.
    drawn : tuple of pairs of str, or None
        Where no synapses are stored, the names of their values that are drawn, each with its
        distribution.
    draws : tuple of Draw
        The random numbers that its functions name.
    past : tuple of Binding
        What is added to inputs follows these as they were a delay ago.
    at_events : tuple of SynapseEvent
        What happens at other events than spikes.
    lazy : tuple of LazyState
        The states that are integrated only when an event needs them.
    dense : bool
        Whether what is added for each synapse in each step comes from tables in which every source
        of a stretch reaches every target of another, in order.
    """

    name: str
    definition: ModelDefinition
    projections: tuple[Projection, ...]
    heads: tuple[SynapseTable, ...]
    ring: int
    targets: str
    steps: str
    pre_block: str
    post_block: str
    arrival: Event
    departure: Event
    couplings: tuple[Call, ...]
    loops: tuple[Loop, ...]
    fields: tuple[Binding, ...]
    held: tuple[str, ...]
    drawn: tuple[tuple[str, str], ...] | None = None
    draws: tuple[Draw, ...] = ()
    dense: bool = False
    past: tuple[Binding, ...] = ()
    at_events: tuple[SynapseEvent, ...] = ()
    lazy: tuple[LazyState, ...] = ()

    @property
    def read_past(self) -> tuple[Binding, ...]:
        """All that its functions read as it was a delay ago, each name once."""
        named = {binding.name: binding for binding in self.past}
        for loop in self.loops:
            named |= {binding.name: binding for binding in loop.past}
        return tuple(named.values())

    def lazily_read(self, call: Call) -> tuple[LazyState, ...]:
        """The lazy states that a call reads."""
        return tuple(state for state in self.lazy if state.name in call.arguments)

    def lazily_written(self, call: Call) -> tuple[LazyState, ...]:
        """The lazy states that a call writes."""
        return tuple(state for state in self.lazy if state.name in call.targets)

    @property
    def arrivals(self) -> tuple[Event, ...]:
        """What happens at events of the sources, spikes first."""
        return (self.arrival, *(e.functions for e in self.at_events if e.end == "pre"))

    @property
    def departures(self) -> tuple[Event, ...]:
        """What happens at events of the targets, spikes first."""
        return (self.departure, *(e.functions for e in self.at_events if e.end == "post"))

    @property
    def event_calls(self) -> tuple[Call, ...]:
        """All that happens at events."""
        calls: list[Call] = []
        for event in (*self.arrivals, *self.departures):
            calls += event.calls
        return tuple(calls)

    @property
    def departs(self) -> bool:
        """Whether anything happens at events of the targets."""
        return any(event.calls for event in self.departures)

    def arriving(self, state: str) -> str:
        """The name of the sums of what is on its way to a state."""
        return self.table_name(f"arriving_{state}")

    def table_name(self, name: str) -> str:
        """The name of an array of the block that is none of its model's names."""
        return f"{self.name}_{apart(name, self.definition.declarations)}"

    @property
    def rule(self) -> int:
        """How many numbers tell how to draw the synapses of a table again."""
        return len(WALK) + len(VALUE) * len(self.drawn or ())

    @property
    def synapses(self) -> int:
        """How many synapses it stores."""
        return self.heads[-1].last

    @property
    def summed(self) -> tuple[str, ...]:
        """The states of the target for which what is on its way is summed up."""
        if not self.ring:
            return ()
        post = {field.name for field in self.fields if field.level == "post"}
        targets: dict[str, None] = {}
        for event in self.arrivals:
            for call in event.each:
                targets.update(dict.fromkeys(call.targets))
        return tuple(target for target in targets if target in post)

    def sums(self, call: Call) -> list[str]:
        """What a call writes that is summed up on its way to the target."""
        if not any(call in event.each for event in self.arrivals):
            return []
        return [target for target in call.targets if target in self.summed]

    def keeps(self, head: SynapseTable) -> int:
        """For how many steps spikes of a table are kept.

        Until they have passed all of its synapses.
        """
        return head.longest + (self.ring if self.steps else 0)

    def drawn_by(self, call: Call) -> list[Draw]:
        """The random numbers that a function names."""
        return [draw for draw in self.draws if draw.name in call.arguments]

    def chunks(self, head: SynapseTable) -> int:
        """How many runs of targets its numbers tell apart, each with a column in a table."""
        return max(1, -(-head.post.size // CHUNK)) if self.targets == "targets16" else 1


Moment = tuple[Place, int]
"""A place in a step, and the turn of what comes right after in it."""


@dataclass(frozen=True)
class EndReading:
    """What synapses read of a third end: values that are copied from one array to another.

    Attributes
    ----------
    name : str
        Tells it apart from the others.
    model, value : str
        The model of the synapses, and the name by which its functions know the values.
    to, source : str
        The arrays.
    moments : tuple of (Place, int)
        When it is done in a step.
    """

    name: str
    model: str
    value: str
    to: str
    source: str
    moments: tuple[Moment, ...]

    @property
    def places(self) -> str:
        """The array of where the values are copied to."""
        return f"_{self.name}_places"

    @property
    def elements(self) -> str:
        """The array of where they are copied from."""
        return f"_{self.name}_elements"


@dataclass(frozen=True)
class Program:
    """A network as plain data.

    Attributes
    ----------
    dt : float
        The step in ms.
    seed : int
        Of the random source.
    blocks, synapse_blocks : tuple
        Neurons and synapses.
    parts : dict of str to ArraySlice
        Where everything lies in the flat arrays.
    slots : int
        How many steps of spikes are kept: the longest delay, the step that is being taken, and one
        for threads that are ahead.
    functions : dict of str to Text
        Every function to print, by printed name.
    narrow : frozenset of str
        The stores that are kept in 32 bits.
    end_readings : tuple of EndReading
        What synapses read of third ends.
    """

    dt: float
    seed: int
    blocks: tuple[NeuronBlock, ...]
    synapse_blocks: tuple[SynapseBlock, ...]
    parts: dict[str, ArraySlice]
    slots: int
    functions: dict[str, Text]
    narrow: frozenset[str] = frozenset()
    end_readings: tuple[EndReading, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups by number."""
        groups: list[Group] = []
        for block in self.blocks:
            groups += block.groups
        # events of other kinds are listed as if they were spikes of further groups
        for _, event in self.events:
            groups += event.groups
        return tuple(groups)

    @property
    def events(self) -> tuple[tuple[NeuronBlock, NeuronEvent], ...]:
        """All kinds of events besides the spike, each with its block, by their numbers."""
        events: list[tuple[NeuronBlock, NeuronEvent]] = []
        for block in self.blocks:
            events += [(block, event) for event in block.events]
        return tuple(events)

    @property
    def neurons(self) -> int:
        """How many neurons are numbered in all: once, and again for other kinds of events."""
        return self.groups[-1].last

    @property
    def shape(self) -> str:
        """Tells apart programs whose data lie in another order.

        A text runs only what it was written for.
        """
        names = "\n".join(
            [
                f"dt {self.dt!r}",
                *sorted(self.narrow),
                *(f"{part.store} {part.name}" for part in self.parts.values()),
            ]
        )
        return hashlib.sha256(names.encode()).hexdigest()[:16]

    def empty(self, store: str) -> NDArray[Any]:
        """A flat array of zeros."""
        return aligned((self.size(store),), np.float32 if store in self.narrow else STORES[store])

    def size(self, store: str) -> int:
        """The length of one flat array."""
        return max((part.last for part in self.parts.values() if part.store == store), default=0)

    def cut(self, array: NDArray[Any], name: str) -> NDArray[Any]:
        """The part of a flat array that has this name; what is written to it is written there."""
        part = self.parts[name]
        return array[part.first : part.last]

    @property
    def heads(self) -> tuple[tuple[SynapseBlock, SynapseTable], ...]:
        """All tables with their blocks of synapses, in order."""
        tables: list[tuple[SynapseBlock, SynapseTable]] = []
        for synapse_block in self.synapse_blocks:
            tables += [(synapse_block, table) for table in synapse_block.heads]
        return tuple(tables)

    def block(self, name: str) -> NeuronBlock:
        """A block by name."""
        return next(block for block in self.blocks if block.name == name)

    def constant_parts(self) -> Iterator[ArraySlice]:
        """The parts that hold one constant for each group or projection."""
        scalars: set[str] = set()
        for block in self.blocks:
            scalars.update(f"{block.name}_{name}" for name in block.scalars)
        for synapse_block in self.synapse_blocks:
            fields = list(synapse_block.fields)
            for loop in synapse_block.loops:
                fields += loop.fields
            scalars.update(field.part for field in fields if field.level == "shared")
        return (
            part
            for part in self.parts.values()
            if part.store == "constants" and part.name in scalars
        )
