"""What follows from a model class alone, found once when the class is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from brainkernel.errors import ModelError
from brainkernel.model.declarations import Declaration
from brainkernel.model.derived_quantities import Quantities, base_names, own_quantities
from brainkernel.model.event_kinds import events_of
from brainkernel.model.lazy_states import lazy_derivatives
from brainkernel.model.levels import level_of
from brainkernel.model.slots import AFTER_RESET, BEFORE_INTEGRATE
from brainkernel.model.step_function import StepFunction, Text

INTEGRATED = ("derivative", "diffusion", "step")
LOOPS = ("synapse", "pre")
WITHIN_STEP = ("input", "draw", "timed", "past")
"""Kinds of data that are made anew in each step, and kept nowhere."""


@dataclass(frozen=True, eq=False)
class Role:
    """Where a function runs.

    Attributes
    ----------
    function : StepFunction
        The function.
    kind : str
        ``node`` (in the loop over neurons), ``event`` (at a spike), ``edge`` (in a loop over
        synapses or sources) or ``whole`` (once, with whole arrays).
    level : str
        For each of what it is computed: ``neuron``, ``synapse``, ``pre`` or ``post``. An event of
        level ``pre`` or ``post`` runs once a spike, one of level ``synapse`` for each synapse.
    """

    function: StepFunction
    kind: str
    level: str


@dataclass(frozen=True, eq=False)
class SpikeFunctions:
    """What runs at a spike: once before its synapses, for each of them, and once after."""

    before: tuple[StepFunction, ...]
    each: tuple[StepFunction, ...]
    after: tuple[StepFunction, ...]

    @property
    def once(self) -> tuple[StepFunction, ...]:
        """What runs once a spike."""
        return self.before + self.after


@dataclass(frozen=True, eq=False)
class EventFunctions:
    """What runs at events of another kind than the spike: their name, and whose they are.

    Attributes
    ----------
    event : str
        The kind.
    end : str
        ``pre`` or ``post``: the end of the synapse whose neurons have them.
    functions : SpikeFunctions
        What runs.
    """

    event: str
    end: str
    functions: SpikeFunctions


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a model class says, as lowering needs it.

    Attributes
    ----------
    roles : tuple of Role
        One for each function, in the order in which they are written.
    levels : mapping
        Of a synapse: the level of every name that is declared, read or written.
    fused : tuple of StepFunction
        Of a synapse: what runs inside its target's loop, since it names nothing of single synapses
        or sources.
    arrival, departure : SpikeFunctions
        What runs at a spike of a source, and at one of a target.
    couplings : tuple of StepFunction
        What is added to inputs of targets, for each synapse in each step.
    loops : mapping
        By level, ``synapse`` and ``pre``: what is integrated or updated there in each step.
    target_states : tuple of str
        Names of the states that live with the target.
    keeps_with_target : bool
        Whether it keeps anything with its target, or adds to it inside the derivative.
    fused_draws, edge_draws : tuple of str
        Names of the random numbers that fused functions read, and those that all others read.
    handed_on : tuple of StepFunction
        The functions by which a spike acts on what lives with the target.
    unsummable : tuple of StepFunction
        Those of them whose effect cannot be summed up before it acts.
    plain : bool
        Whether it only hands spikes on, and keeps nothing of its own for sources or synapses.
    sums_up : bool
        Whether what a spike brings can be summed up before it arrives.
    at_events : tuple of EventFunctions
        What runs at events of other kinds, in the order in which they are written.
    lazy : mapping
        The derivatives of lazy states, by state.
    """

    roles: tuple[Role, ...]
    levels: Mapping[str, str]
    fused: tuple[StepFunction, ...] = ()
    arrival: SpikeFunctions = SpikeFunctions((), (), ())
    departure: SpikeFunctions = SpikeFunctions((), (), ())
    couplings: tuple[StepFunction, ...] = ()
    loops: Mapping[str, tuple[StepFunction, ...]] = field(default_factory=dict)
    target_states: tuple[str, ...] = ()
    keeps_with_target: bool = False
    fused_draws: tuple[str, ...] = ()
    edge_draws: tuple[str, ...] = ()
    handed_on: tuple[StepFunction, ...] = ()
    unsummable: tuple[StepFunction, ...] = ()
    plain: bool = False
    sums_up: bool = False
    at_events: tuple[EventFunctions, ...] = ()
    lazy: Mapping[str, StepFunction] = field(default_factory=dict)

    @property
    def arrivals(self) -> tuple[SpikeFunctions, ...]:
        """What runs at events of the source, spikes first."""
        return (self.arrival, *(e.functions for e in self.at_events if e.end == "pre"))

    @property
    def departures(self) -> tuple[SpikeFunctions, ...]:
        """What runs at events of the target, spikes first."""
        return (self.departure, *(e.functions for e in self.at_events if e.end == "post"))

    def is_fused(self, function: StepFunction) -> bool:
        """Whether a synapse's function runs inside its target's loop."""
        return function in self.fused


def analyse(
    model: str,
    kind: str,
    declarations: Mapping[str, Declaration],
    functions: tuple[StepFunction, ...],
    derived: tuple[StepFunction, ...] = (),
) -> Analysis:
    """Find where each function of a class runs, and refuse what can run nowhere.

    Raises
    ------
    ModelError
        With the function, the names, and what to write instead.
    """
    quantities = own_quantities(derived)
    if kind == "neuron":
        for function in functions:
            _check_whole_neurons(model, declarations, function, quantities)
            _check_place(model, declarations, function, quantities)
        return Analysis(tuple(_role_in_neuron(function) for function in functions), {})
    return _Reader(model, declarations, functions, quantities).analysis()


def _role_in_neuron(function: StepFunction) -> Role:
    return Role(function, "whole" if function.whole else "node", "neuron")


def _check_whole_neurons(
    model: str,
    declarations: Mapping[str, Declaration],
    function: StepFunction,
    quantities: Quantities,
) -> None:
    unseen = {name for name, d in declarations.items() if d.kind in WITHIN_STEP}
    named = sorted(unseen.intersection(base_names(function.arguments, quantities)))
    if function.whole and named:
        raise ModelError(
            f"{model}.{function.name} ({function.source.where()}) sees whole arrays, but "
            f"{', '.join(named)} exists only inside a step: let an element function write it to a "
            "state"
        )


def own_currents(functions: Iterable[StepFunction]) -> list[StepFunction]:
    """Give what neurons add to their own inputs, in the order of the sum: by name.

    So it makes no difference in which order a class names the parts that it is made of.
    """
    currents = [function for function in functions if function.kind == "adds_to"]
    return sorted(currents, key=lambda function: function.name)


INSTEAD = f"{BEFORE_INTEGRATE} or {AFTER_RESET}"


def _check_place(
    model: str,
    declarations: Mapping[str, Declaration],
    function: StepFunction,
    quantities: Quantities,
) -> None:
    """Refuse a step of neurons in a place where what it needs does not exist."""
    place = function.place
    if place is None:
        return
    what = f"{model}.{function.name} ({function.source.where()})"
    if function.whole and place.in_update:
        raise ModelError(
            f"{what} sees whole groups {place}, but from the integration to the reset one loop "
            "takes neuron after neuron, and there is no moment at which all are between the two: "
            f"write {INSTEAD}"
        )
    inner = {name for name, d in declarations.items() if d.kind in WITHIN_STEP}
    named = sorted(inner.intersection(base_names(function.arguments, quantities)))
    if named and not place.in_update:
        raise ModelError(
            f"{what} runs {place}, but {', '.join(named)} exists only from the integration to the "
            "reset: leave the place out, or let a step that runs there write it to a state"
        )


class _Reader:
    """Reads the functions of one synapse class."""

    def __init__(
        self,
        model: str,
        declarations: Mapping[str, Declaration],
        functions: tuple[StepFunction, ...],
        quantities: Quantities,
    ) -> None:
        self.model, self.declarations, self.functions = model, declarations, functions
        self.quantities = quantities
        names = list(declarations)
        for function in functions:
            names += [*function.arguments, *function.targets]
        self.levels = {name: level_of(declarations, name) for name in names}
        self.fused = tuple(function for function in functions if self._is_fused(function))

    def analysis(self) -> Analysis:
        """Put together what follows from the class, and check it."""
        loops = {level: self._loop(level) for level in LOOPS}
        self._check_places()
        self._check_inputs()
        for function in self.fused:
            _check_place(self.model, self.declarations, function, self.quantities)
        couplings = tuple(f for f in self._of_kind("adds_to") if f not in self.fused)
        handed_on = tuple(f for f in self._of_kind("on_pre") if self._writes_target(f))
        unsummable = tuple(
            f for f in handed_on if not self._only_adds(f, {"synapse", "pre", "shared"})
        )
        plain = self._is_plain()
        elsewhere = [function for function in self.functions if function not in self.fused]
        target_states = tuple(n for n, d in self._per_post() if d.kind == "state")
        target_states += self._shared_states()
        return Analysis(
            roles=tuple(self._role(function) for function in self.functions),
            levels=self.levels,
            fused=self.fused,
            arrival=self._at_spike("on_pre", "pre"),
            departure=self._at_spike("on_post", "post"),
            at_events=tuple(self._at_events()),
            lazy=lazy_derivatives(self.functions),
            couplings=couplings,
            loops=loops,
            target_states=target_states,
            keeps_with_target=bool(self._per_post() or self.fused),
            fused_draws=self._draws(self.fused),
            edge_draws=self._draws(elsewhere),
            handed_on=handed_on,
            unsummable=unsummable,
            plain=plain,
            sums_up=plain and self._sums_up(),
        )

    def _of_kind(self, *kinds: str) -> list[StepFunction]:
        return [function for function in self.functions if function.kind in kinds]

    def _per_post(self) -> list[tuple[str, Declaration]]:
        kept = [(name, d) for name, d in self.declarations.items() if d.kind != "derived"]
        return [(name, d) for name, d in kept if d.per == "post"]

    def _shared_states(self) -> tuple[str, ...]:
        """What is read of one neuron of a third end, where the target's loop reads it."""
        read: set[str] = set()
        for function in self.fused:
            read.update(base_names(function.arguments, self.quantities))
        states = [(n, d) for n, d in self.declarations.items() if d.kind == "state"]
        return tuple(n for n, d in states if d.per is None and n in read)

    def _check_inputs(self) -> None:
        """Refuse to read an input of synapses where it is not complete, or no longer there."""
        inputs = {name for name, d in self.declarations.items() if d.kind == "input"}
        for function in self.functions:
            named = inputs.intersection(base_names(function.arguments, self.quantities))
            within = function.kind in ("derivative", "step") and not function.whole
            if named and not (within and function.place is None):
                raise ModelError(
                    f"{self.model}.{function.name} ({function.source.where()}) names "
                    f"{', '.join(sorted(named))}, an input of synapses: it is a sum that only "
                    "derivatives and steps of single synapses see, which have no place of their "
                    "own: let one of these write it to a state"
                )

    def _role(self, function: StepFunction) -> Role:
        if function in self.fused:
            return Role(function, "node", "post")
        if function.lazy:
            return Role(function, "event", self.levels[function.targets[0]])
        if function.kind in ("on_pre", "on_post"):
            end = function.kind.removeprefix("on_")
            once = self._is_once(function, end)
            return Role(function, "event", end if once else "synapse")
        if function.kind == "adds_to":
            return Role(function, "edge", "synapse")
        level = self.levels[function.targets[0]]
        return Role(function, "whole" if function.whole else "edge", level)

    def _is_fused(self, function: StepFunction) -> bool:
        if function.kind not in (*INTEGRATED, "adds_to") or function.whole or function.lazy:
            return False
        written = () if function.kind == "adds_to" else function.targets
        levels = {self.levels[name] for name in (*function.arguments, *written)}
        return levels <= {"post", "shared"}

    def _is_once(self, function: StepFunction, end: str) -> bool:
        """Whether an event function speaks of the neuron that fires alone."""
        names = (*function.arguments, *function.targets)
        return all(self.levels[name] in (end, "shared") for name in names)

    def _at_events(self) -> Iterator[EventFunctions]:
        """List what runs at other events than spikes, those of sources first."""
        for end in ("pre", "post"):
            kind = f"on_{end}"
            for event in events_of(self._of_kind(kind)):
                yield EventFunctions(event, end, self._at_spike(kind, end, event))

    def _at_spike(self, kind: str, end: str, event: str = "") -> SpikeFunctions:
        """Put what runs once a spike before or after the rest, in the order of writing."""
        functions = [function for function in self._of_kind(kind) if function.event == event]
        once = [function for function in functions if self._is_once(function, end)]
        first = next((k for k, f in enumerate(functions) if f not in once), len(functions))
        rest = functions[first:]
        return SpikeFunctions(
            before=tuple(functions[:first]),
            each=tuple(function for function in rest if function not in once),
            after=tuple(function for function in rest if function in once),
        )

    def _draws(self, functions: Iterable[StepFunction]) -> tuple[str, ...]:
        arguments: set[str] = set()
        for function in functions:
            arguments.update(base_names(function.arguments, self.quantities))
        draws = (name for name, d in self.declarations.items() if d.kind == "draw")
        return tuple(name for name in draws if name in arguments)

    # -- loops over synapses and sources -----------------------------------------------------------

    def _loop(self, level: str) -> tuple[StepFunction, ...]:
        functions = tuple(
            function
            for function in self._of_kind(*INTEGRATED)
            if self.levels[function.targets[0]] == level and function not in self.fused
            if not function.lazy
        )
        for function in functions:
            self._check_level(function, level)
            self._check_whole(function)
            self._check_ends(function)
        return functions

    def _check_level(self, function: StepFunction, level: str) -> None:
        allowed = {"pre": ("pre", "shared"), "synapse": ("pre", "post", "shared", "synapse")}
        what = f"{self.model}.{function.name} ({function.source.where()})"
        for name in function.targets:
            if self.levels[name] != level:
                raise ModelError(
                    f"{what} writes {name} for each {level}, but there is one per "
                    f"{self.levels[name]}: write each level in a function of its own"
                )
        for name in (*function.arguments, *function.targets):
            if self.levels[name] not in allowed[level]:
                raise ModelError(
                    f"{what} is computed for each {level}, where {name} (per "
                    f"{self.levels[name]}) has no single value"
                )

    def _check_whole(self, function: StepFunction) -> None:
        read = base_names(function.arguments, self.quantities)
        drawn = any(self._is_kind(name, "draw") for name in read)
        if function.whole and drawn:
            raise ModelError(
                f"{self.model}.{function.name} ({function.source.where()}) sees whole arrays, but "
                "random numbers are drawn for single elements: let an element function write them "
                "to a state"
            )

    def _check_ends(self, function: StepFunction) -> None:
        """Refuse a step that would see the neurons in the middle of the loop that updates them."""
        if function.place is None or not function.place.in_update:
            return
        own = {name for name, declaration in self.declarations.items() if declaration.per != "post"}
        read = base_names(function.arguments, self.quantities)
        seen = [name for name in read if name not in {*own, "t", "dt"}]
        if seen:
            raise ModelError(
                f"{self.model}.{function.name} ({function.source.where()}) runs {function.place} "
                f"and names {', '.join(seen)}, but from the integration to the reset one loop "
                f"takes neuron after neuron, and no synapse sees them between the two: write "
                f"{INSTEAD}"
            )

    def _check_places(self) -> None:
        """Refuse a state of the target that follows single synapses or sources."""
        for function in self._of_kind(*INTEGRATED):
            if self.levels[function.targets[0]] != "post" or function in self.fused:
                continue
            if function.lazy:
                continue
            foreign = [n for n in function.arguments if self.levels[n] not in ("post", "shared")]
            why = "it sees whole arrays"
            if foreign:
                why = f"it names {', '.join(foreign)}, of which a target has many"
            raise ModelError(
                f"{self.model}.{function.name} ({function.source.where()}) cannot be computed for "
                f"each target: {why}; keep the state per='synapse', or sum it up with adds_to"
            )

    # -- what a spike brings -----------------------------------------------------------------------

    def _is_kind(self, name: str, kind: str) -> bool:
        return name in self.declarations and self.declarations[name].kind == kind

    def _writes_target(self, function: StepFunction) -> bool:
        return any(self.levels[target] == "post" for target in function.targets)

    def _is_plain(self) -> bool:
        for declaration in self.declarations.values():
            own_state = declaration.kind == "state" and declaration.per != "post"
            if own_state or declaration.kind in ("draw", "input"):
                return False
        acting = self._of_kind("on_post", "step", "adds_to", "derivative")
        if events_of(self.functions):
            return False
        return all(function in self.fused for function in acting)

    def _sums_up(self) -> bool:
        """Whether each spike brings ``x + something`` of parameters of the synapse alone."""
        functions = self._of_kind("on_pre")
        if len(functions) != 1 or len(functions[0].targets) != 1:
            return False
        (function,) = functions
        rest = [name for name in function.arguments if name != function.targets[0]]
        fixed = all(self._is_kind(name, "parameter") for name in rest)
        return fixed and self._only_adds(function, {"synapse", "shared"})

    def _only_adds(self, function: StepFunction, levels: set[str]) -> bool:
        """Whether a function only adds to values of the target, by values of some levels alone."""
        sums = [target for target in function.targets if self.levels[target] == "post"]
        rest = {self.levels[name] for name in function.arguments if name not in sums}
        return bool(sums) and rest <= levels and all(adds(function, target) for target in sums)


class Writing(Protocol):
    """What writes the results of a function's text to some names, in order."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The names."""

    @property
    def source(self) -> Text:
        """The text."""


def adds(function: Writing, target: str) -> bool:
    """Whether a function returns ``x + something`` for a target x, and names it nowhere else."""
    sums = function.source.sums
    position = function.targets.index(target)
    return len(sums) == len(function.targets) and target in sums[position]
