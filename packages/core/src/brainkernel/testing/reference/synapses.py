"""Synapses: their values, what they do at each step, and what spikes do that arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.random import Random
from brainkernel.testing.reference import draws
from brainkernel.testing.reference.clock import Clock
from brainkernel.testing.reference.defaults import default_method, relaxes
from brainkernel.testing.reference.given import Reals, numbers, pairs_of, steps_of
from brainkernel.testing.reference.methods import Vector
from brainkernel.testing.reference.neurons import Group
from brainkernel.testing.reference.step_control import advance
from brainkernel.testing.reference.steps import is_due, time_of
from brainkernel.testing.reference.synapse_ends import end_of_member
from brainkernel.testing.reference.third_ends import ThirdEnd

Place = dict[str, int]
"""Where a function acts: the numbers of a ``synapse``, and of the ``pre`` and ``post`` neuron in
their groups."""


def end_of(name: str) -> tuple[str, str]:
    """Split ``V_post`` into (``V``, ``post``)."""
    for end in ("pre", "post"):
        if name.endswith(f"_{end}"):
            return name.removesuffix(f"_{end}"), end
    return name, ""


class Projection:
    """The synapses of one projection, in the order in which the user numbers them.

    Attributes
    ----------
    values : dict of str to array
        Parameters and states: one number, or one for each synapse, or each neuron of the source's
        or target's end.
    sources, targets, delays : arrays
        Of each synapse, in neuron numbers of the whole groups, and in steps.
    numbers : array
        The number of each synapse that never changes; `numbered` were given so far.
    fired : list of (step, source, event)
        All spikes and other events of the sources, for synapses that are added later.
    passing : list of (step, source, synapse, event)
        Spikes of sources on their way to a synapse, or to all of a source's (synapse -1), and their
        other events, by kind; that of a spike is empty.
    reaching : list of (step, target, event)
        Spikes and other events of targets on their way to their synapses.
    arriving : list of (step, state, target, amount)
        What has passed a synapse and is on its way along the dendrite.
    at_target : list
        Functions that name the target and what lives with it alone: they are part of its equations
        and steps.
    """

    def __init__(self, member: Any, groups: Mapping[str, Group], clock: Clock) -> None:
        self.member, self.definition, self.name, self.clock = (
            member,
            member.definition,
            member.name,
            clock,
        )
        self.pre, self.post = groups[member.pre._group.name], groups[member.post._group.name]
        pre, post = end_of_member(member.pre, groups), end_of_member(member.post, groups)
        self.inputs: dict[str, Reals] = {}
        self.sources, self.targets, carried = pairs_of(
            member, pre, post, clock.seed, {name: group.values for name, group in groups.items()}
        )
        self.numbered = self.sources.size
        self.numbers = np.arange(self.numbered)
        ends = {"pre": pre.ids, "post": post.ids}
        self._places: dict[str, dict[int, int]] = {}
        for end, ids in ends.items():
            self._places[end] = {int(neuron): k for k, neuron in enumerate(ids)}
        self.third_ends: dict[str, ThirdEnd] = {}
        of_class = type(member).definition.declarations
        self._declared = {name for name, d in of_class.items() if d.kind != "end_value"}
        for end, given in member._third_ends.items():
            context = {**self._context(end, self.size), **self._of_synapses()}
            group = groups[given.neurons._group.name]
            self.third_ends[end] = ThirdEnd(given, group, self.size, context)
        self.values: dict[str, Reals] = {}
        for name in (*self.definition.names("parameter"), *self.definition.names("state")):
            default = carried if name == "weight" and carried is not None else None
            self.values[name] = self._first(name, default)
        self.delays = self._delays()
        self.fired: list[tuple[int, int, str]] = []
        self.connect()
        self.dendritic = int(
            steps_of(0.0 if member.dendritic_delay is None else member.dendritic_delay, clock.dt)
        )
        longest = [self.dendritic, *self.delays.tolist()]
        if not callable(member.delay):  # a function gives one for each synapse, and none for none
            longest.append(self._one_delay())
        self.longest: int = max(longest)
        self.passing: list[tuple[int, int, int, str]] = []
        self.reaching: list[tuple[int, int, str]] = []
        self.arriving: list[tuple[int, str, int, float]] = []
        self.at_target = [f for f in self.definition.functions if self._lives_with_target(f)]
        self.arrivals, self.departures = (self._at_events(kind) for kind in ("on_pre", "on_post"))
        self.couplings = [f for f in self.definition.of_kind("adds_to") if f not in self.at_target]
        if self.at_target:
            self.post.incoming.append(self)

    def _at_events(self, kind: str) -> dict[str, list[Any]]:
        """Give the functions of a kind by the event at which they act, the spike first."""
        by_event: dict[str, list[Any]] = {}
        functions = [f for f in self.definition.functions if f.kind == kind]
        for function in sorted(functions, key=lambda f: bool(f.event)):
            by_event.setdefault(function.event, []).append(function)
        return by_event

    @property
    def size(self) -> int:
        """How many synapses there are."""
        return int(self.sources.size)

    def connect(self) -> None:
        """List the synapses of each source and target."""
        self.outgoing = _sorted_by(self.sources, self.pre.size, (self.targets,))
        self.incoming = _sorted_by(self.targets, self.post.size, (self.sources, self.delays))

    def forget(self, until: int) -> None:
        """Forget events that no synapse waits for: a new one cannot pass them."""
        self.fired = [event for event in self.fired if event[0] > until]

    # -- values ------------------------------------------------------------------------------------

    def _size_of(self, per: str | None) -> int:
        if per is None:
            return 1
        return self.size if per == "synapse" else len(self._places[per])

    def _first(self, name: str, carried: Reals | None) -> Reals:
        declaration = self.definition.declarations[name]
        per, size = declaration.per, self._size_of(declaration.per)
        value = self.member._given.get(name, declaration.default if carried is None else carried)
        context = self._context(name, size)
        if per == "synapse":
            context |= self._of_synapses()
        elif per is not None:
            context |= self._of_end(per, np.array(list(self._places[per])))
        return numbers(value, size, context, declaration.unit)

    def _context(self, name: str, size: int) -> dict[str, Any]:
        rng = Random(self.clock.seed, f"{self.name}.{name}", size)
        return {"rng": rng, "dt": self.clock.dt, "n": size}

    def _of_synapses(self) -> dict[str, Any]:
        """What a function of synapses may name: both neurons of each, and their distance."""
        named = {**self._of_end("pre", self.sources), **self._of_end("post", self.targets)}
        source, target = self.pre.member.positions, self.post.member.positions
        if source is not None and target is not None:
            named["distance"] = np.linalg.norm(target[self.targets] - source[self.sources], axis=1)
        return named

    def _of_end(self, end: str, neurons: NDArray[np.int64]) -> dict[str, Any]:
        """What some neurons are: their places in the end, coordinates, and first values."""
        group = self.pre if end == "pre" else self.post
        named: dict[str, Any] = {}
        if group.member.positions is not None:
            for name, column in zip("xyz", group.member.positions.T, strict=False):
                named[f"{name}_{end}"] = column[neurons]
        values = dict(group.values)
        for name, function in group.derived.items():
            if not function.over_group and {*values, "t"}.issuperset(function.arguments):
                read = [0.0 if n == "t" else values[n] for n in function.arguments]
                values[name] = function.source.call(*read)
        for name, value in values.items():
            named[f"{name}_{end}"] = value[neurons]
        named[end] = np.array([self._places[end][int(neuron)] for neuron in neurons], np.int64)
        return named

    def _delays(self) -> NDArray[np.int64]:
        value = 0.0 if self.member.delay is None else self.member.delay
        rng = Random(self.clock.seed, f"{self.name}.delay", self.size)
        known = {
            "rng": rng,
            "dt": self.clock.dt,
            "n": self.size,
            **self._of_synapses(),
        }
        return steps_of(numbers(value, self.size, known, "ms"), self.clock.dt)

    def reaches(self, target: int) -> bool:
        """Whether a neuron belongs to the projection's end, which may be a slice."""
        return target in self._places["post"]

    def place(self, end: str, neuron: int) -> int:
        """Find where the values of a neuron stand among those of an end."""
        return self._places[end][neuron]

    def _index(self, per: str | None, place: Place) -> int:
        if per is None:
            return 0
        return place["synapse"] if per == "synapse" else self.place(per, place[per])

    def read(
        self,
        name: str,
        place: Place,
        t: float,
        known: Mapping[str, Any] | None = None,
    ) -> Any:
        """Give the value of a name of a function that acts at a place."""
        if known and name in known:
            return known[name]
        if name in ("t", "dt"):
            return t if name == "t" else self.clock.dt
        for end, third in self.third_ends.items():
            function = third.group.derived.get(third.stem(name, self._declared))
            if function is not None:
                names = (n if n in ("t", "dt") else f"{n}_{end}" for n in function.arguments)
                return function.source.call(*(self.read(n, place, t, known) for n in names))
        declaration = self.definition.declarations.get(name)
        if declaration is None:
            stem, end = end_of(name)
            return self._value_at_end(stem, end, place, t, known or {})
        if declaration.kind == "derived":
            derived = next(f for f in self.definition.derived if f.targets[0] == name)
            return self.call(derived, place, t, known)[0]
        if declaration.kind == "input":
            return self.inputs[name][place["synapse"]]
        if declaration.kind == "draw":
            return self._draw(name, place)
        return self.values[name][self._index(declaration.per, place)]

    def look(self) -> None:
        """See the third ends as they are now."""
        for third in self.third_ends.values():
            third.look(self.values, self._declared)

    def _value_at_end(
        self,
        name: str,
        end: str,
        place: Place,
        t: float,
        known: Mapping[str, Any],
    ) -> Any:
        """Give a value of the neuron at one end, or what is derived from some of them."""
        group = self.pre if end == "pre" else self.post
        name = group.definition.arrived.get(name, name)
        if name in group.timed:
            return group.inputs[name][place[end]]
        if name not in group.derived:
            return group.values[name][place[end]]
        suffix = f"_{end}"
        of_end = {n.removesuffix(suffix): v for n, v in known.items() if n.endswith(suffix)}
        return group._read(name, place[end], {"t": t, "dt": self.clock.dt, **of_end})

    def _draw(self, name: str, place: Place) -> Any:
        declaration = self.definition.declarations[name]
        element = place[declaration.per or "synapse"]
        if declaration.per in ("synapse", None):
            element = int(self.numbers[element])
        mean = self.read(declaration.mean, place, 0.0) if declaration.mean else 0.0
        return draws.draw(
            declaration, self.clock.seed, f"{self.name}.{name}", element, self.clock.step, mean
        )

    def write(self, name: str, place: Place, value: Any) -> None:
        """Write to a name of a function that acts at a place; refractory neurons hold theirs."""
        declaration = self.definition.declarations.get(name)
        if declaration is not None:
            self.values[name][self._index(declaration.per, place)] = value
            return
        stem, end = end_of(name)
        group = self.pre if end == "pre" else self.post
        stem = group.definition.arrived.get(stem, stem)
        if not group.is_held(place[end], stem):
            group.values[stem][place[end]] = value

    def call(
        self,
        function: Any,
        place: Place,
        t: float,
        known: Mapping[str, Any] | None = None,
    ) -> tuple[Any, ...]:
        """Call a function at a place, and give its results, one for each name that it writes."""
        results = function.source.call(
            *(self.read(name, place, t, known) for name in function.arguments)
        )
        return results if len(function.targets) > 1 else (results,)

    def surroundings(self, place: Place) -> Iterator[tuple[Reals, int, bool]]:
        """Locate the values that a function may read, and tell which of them are parameters."""
        for name, array in self.values.items():
            per = self.definition.declarations[name].per
            if per is None or per in place:
                yield array, self._index(per, place), name in self.definition.names("parameter")

    # -- levels: how many times a function acts ----------------------------------------------------

    def level_of(self, name: str) -> str | None:
        """Tell what a name has one value for: ``synapse``, ``pre``, ``post``, or all (None)."""
        declaration = self.definition.declarations.get(name)
        if declaration is None:
            return end_of(name)[1] or None
        of_synapses = declaration.kind in ("draw", "input")
        return declaration.per or ("synapse" if of_synapses else None)

    def _levels(self, function: Any) -> set[str | None]:
        written = () if function.kind == "adds_to" else function.targets
        return {self.level_of(name) for name in (*function.arguments, *written)}

    def _lives_with_target(self, function: Any) -> bool:
        kinds = ("derivative", "diffusion", "adds_to", "step")
        return (
            function.kind in kinds
            and not function.whole
            and not function.lazy
            and self._levels(function) <= {"post", None}
        )

    def is_once(self, function: Any, end: str) -> bool:
        """Whether an event function names the firing neuron alone, and so acts once a spike."""
        return self._levels(function) <= {end, None}

    # -- with the target ---------------------------------------------------------------------------

    def call_at_target(
        self,
        function: Any,
        target: int,
        t: float,
        of_neuron: Mapping[str, Any],
        own: Mapping[str, Any],
    ) -> Any:
        """Call a function that lives with a target, at values of states being integrated."""
        of_target = {f"{name}_post": value for name, value in of_neuron.items()}
        for name in self.definition.declarations:
            of_target.pop(name, None)  # here it is the synapse's own
        known = {**of_target, **own}
        return self.call(function, {"post": target}, t, known)[0]

    @property
    def steps_with_neurons(self) -> list[Any]:
        """The steps of what is kept with each target."""
        return [function for function in self.at_target if function.kind == "step"]

    @property
    def steps_of_synapses(self) -> list[Any]:
        """The steps of single synapses or sources, and of all of them."""
        steps = self.definition.of_kind("step")
        return [function for function in steps if function not in self.at_target]

    def step_target(self, function: Any, target: int) -> None:
        """Do a step of what is kept with a target."""
        if self.reaches(target):
            self._assign(function, {"post": target})

    def do(self, function: Any) -> None:
        """Do a step in a place of its own."""
        self.look()
        if function.whole:
            self._whole(function)
            return
        level = "post" if function in self.at_target else self.level_of(function.targets[0])
        places: Iterable[Place] = (
            [self._at(synapse) for synapse in range(self.size)]
            if level == "synapse"
            else [{str(level): neuron} for neuron in self._places[str(level)]]
        )
        for place in places:
            self._assign(function, place)

    def _assign(self, function: Any, place: Place, known: Mapping[str, Any] | None = None) -> None:
        results = self.call(function, place, time_of(function, self.clock), known)
        for name, value in zip(function.targets, results, strict=True):
            self.write(name, place, value)

    # -- at each step ------------------------------------------------------------------------------

    def couple(self) -> None:
        """Add the currents of single synapses or sources to the inputs, by source, then target."""
        for synapse in chain.from_iterable(self.outgoing[: self.pre.size]):
            place = self._at(synapse)
            for function in self.couplings:
                added = self.call(function, place, self.clock.t, self.behind(place))[0]
                self.post.inputs[function.targets[0]][place["post"]] += added

    def behind(self, place: Place) -> dict[str, Any]:
        """Give the states of the source of a synapse as they were a delay ago.

        Nothing where the delay is that of spikes: the source is then seen as it is.
        """
        if self.arrivals:
            return {}
        delay = int(self.delays[place["synapse"]]) if "synapse" in place else self._one_delay()
        if delay == 0:
            return {}
        states = self.pre.past.at(self.clock.step - delay, place["pre"])
        named = {f"{name}_pre": value for name, value in states.items()}
        return {n: value for n, value in named.items() if n not in self.definition.declarations}

    def _at(self, synapse: int) -> Place:
        return {
            "synapse": synapse,
            "pre": int(self.sources[synapse]),
            "post": int(self.targets[synapse]),
        }

    def evolve(self) -> None:
        """Take states of synapses, then of sources, to the end of the step, both ends held."""
        elements: dict[str, Iterable[Place]] = {
            "synapse": [self._at(synapse) for synapse in range(self.size)],
            "pre": [{"pre": neuron} for neuron in self._places["pre"]],
        }
        for level, places in elements.items():
            functions = [
                f
                for f in self.definition.of_kind("derivative", "diffusion", "step")
                if f not in self.at_target
            ]
            own = [f for f in functions if self.level_of(f.targets[0]) == level and not f.lazy]
            steps = [f for f in own if f.kind == "step" and f.place is None]
            steps = [f for f in steps if is_due(f, self.clock)]
            for place in places:
                SynapseSystem(self, place, own).integrate()
                for function in steps:
                    if not function.whole:
                        self._assign(function, place, self.behind(place))
            for function in steps:
                if function.whole:
                    self._whole(function)

        self._evolve_lazy(elements)

    def _evolve_lazy(self, elements: Mapping[str, Iterable[Place]]) -> None:
        """Take each lazy state on by the exact method: at any time it is what its equation says."""
        places = {**elements, "post": [{"post": neuron} for neuron in self._places["post"]]}
        for function in self.definition.of_kind("derivative"):
            if function.lazy:
                for place in places[str(self.level_of(function.targets[0]))]:
                    SynapseSystem(self, place, [function]).integrate("exact")

    def _whole(self, function: Any) -> None:
        """Call a function with values of all synapses (or sources); a shared one is a number."""
        of_sources = self.level_of(function.targets[0]) == "pre"
        elements = self._places["pre"] if of_sources else range(self.size)
        places = [{"pre": element} if of_sources else self._at(element) for element in elements]
        arguments, t = [], time_of(function, self.clock)
        for name in function.arguments:
            if self.level_of(name) is None:
                arguments.append(self.read(name, {}, t))
            else:
                arguments.append(np.array([self.read(name, place, t) for place in places]))
        results = function.source.call(*arguments)
        several = results if len(function.targets) > 1 else (results,)
        for name, result in zip(function.targets, several, strict=True):
            self.values[name][:] = result

    # -- spikes ------------------------------------------------------------------------------------

    def send(self) -> None:
        """Put the spikes of this step on their way."""
        now = self.clock.now
        for event in dict.fromkeys(("", *self.arrivals)):
            for source in map(int, np.flatnonzero(self.pre.which(event))):
                self.fired.append((now, source, event))
        for event, functions in self.arrivals.items():
            once = any(self.is_once(function, "pre") for function in functions)
            for source in map(int, np.flatnonzero(self.pre.which(event))):
                if source not in self._places["pre"]:
                    continue
                if once:
                    self.passing.append((now + self._one_delay(), source, -1, event))
                    continue
                for synapse in self.outgoing[source]:
                    arrival = now + int(self.delays[synapse])
                    self.passing.append((arrival, source, synapse, event))
        for event in self.departures:
            for target in map(int, np.flatnonzero(self.post.which(event))):
                if self.reaches(target):
                    self.reaching.append((now + self.dendritic, target, event))

    def _one_delay(self) -> int:
        """Give the delay of all synapses, which what happens once a spike needs."""
        delay = 0.0 if self.member.delay is None else self.member.delay
        return (
            int(self.delays[0])
            if self.size
            else int(steps_of(numbers(delay, 1, {}, "ms"), self.clock.dt)[0])
        )

    def deliver(self) -> None:
        """Let the spikes act that are due, those of sources first: by delay, source, target."""
        now = self.clock.now
        due = [spike for spike in self.passing if spike[0] == now]
        self.passing = [spike for spike in self.passing if spike[0] > now]
        for event, functions in self.arrivals.items():
            arrived = [(source, synapse) for _, source, synapse, kind in due if kind == event]
            self._arrive_at_synapses(functions, arrived)
        self._arrive(now)
        leaving = [spike for spike in self.reaching if spike[0] == now]
        self.reaching = [spike for spike in self.reaching if spike[0] > now]
        for event, functions in self.departures.items():
            for target in sorted(target for _, target, kind in leaving if kind == event):
                self._act(functions, "post", target, self.incoming[target])

    def _arrive_at_synapses(self, functions: list[Any], due: list[tuple[int, int]]) -> None:
        """Let the spikes of sources act, by delay, then source; a target's synapses in order."""
        waited = {
            (0 if synapse < 0 else int(self.delays[synapse]), source) for source, synapse in due
        }
        for delay, source in sorted(waited):
            arrived = {synapse for s, synapse in due if s == source}
            own = [k for k in self.outgoing[source] if k in arrived and self.delays[k] == delay]
            self._act(functions, "pre", source, self.outgoing[source] if -1 in arrived else own)

    def _act(self, functions: list[Any], end: str, neuron: int, synapses: Iterable[int]) -> None:
        """Act once before the synapses of a spike, then for each of them, then once after them."""
        once = [function for function in functions if self.is_once(function, end)]
        each = [function for function in functions if function not in once]
        first = functions.index(each[0]) if each else len(functions)
        for function in functions[:first]:
            self._event(function, {end: neuron})
        for synapse in synapses:
            for function in each:
                self._event(function, self._at(synapse))
        for function in functions[first:]:
            if function in once:
                self._event(function, {end: neuron})

    def _event(self, function: Any, place: Place) -> None:
        late = [name for name in function.targets if self.level_of(name) == "post"]
        if not (self.dendritic and late and function.kind == "on_pre"):
            self._assign(function, place)
            return
        results = self.call(
            function, place, self.clock.end, dict.fromkeys(late, 0.0)
        )  # it returns x + something
        for name, value in zip(function.targets, results, strict=True):
            if name in late:
                self.arriving.append((self.clock.now + self.dendritic, name, place["post"], value))
            else:
                self.write(name, place, value)

    def _arrive(self, now: int) -> None:
        for step, name, target, amount in self.arriving:
            if step == now:
                place = {"post": target}
                self.write(name, place, self.read(name, place, self.clock.end) + amount)
        self.arriving = [amount for amount in self.arriving if amount[0] > now]


def _sorted_by(
    neurons: NDArray[np.int64],
    size: int,
    then: tuple[NDArray[np.int64], ...],
) -> list[list[int]]:
    """List the synapses of each neuron, by some further numbers of them, then by their own."""
    order = sorted(range(neurons.size), key=lambda k: (*(int(each[k]) for each in then), k))
    found: list[list[int]] = [[] for _ in range(size)]
    for synapse in order:
        found[neurons[synapse]].append(synapse)
    return found


class SynapseSystem:
    """The equations of one source or synapse, to which both ends are constant."""

    def __init__(self, projection: Projection, place: Place, functions: list[Any]) -> None:
        self.projection, self.place, self.outside = projection, place, dict[str, Any]()
        self.terms = [f for f in functions if f.kind == "derivative"]
        self.names = [term.targets[0] for term in self.terms]
        self.noise = {f.targets[0]: f for f in functions if f.kind == "diffusion"}
        self.noisy = np.array([name in self.noise for name in self.names], np.bool_)

    def surroundings(self) -> Iterator[tuple[Reals, int, bool]]:
        """Locate what is constant to these equations, and tell which of it are parameters."""
        yield from self.projection.surroundings(self.place)
        for end, neuron in self.place.items():
            if end != "synapse":
                group = self.projection.pre if end == "pre" else self.projection.post
                for name, array in group.values.items():
                    yield array, neuron, name in group.definition.names("parameter")

    def integrate(self, method: str | None = None) -> None:
        """Take states to the end of the step.

        By the method that is named, else that of the projection; the exact method is only for those
        with targets, and for lazy ones.
        """
        if not self.terms:
            return
        projection, clock = self.projection, self.projection.clock
        x = np.array([projection.read(name, self.place, clock.t) for name in self.names])
        method = method or projection.member.method
        method = method or getattr(projection.definition, "method", None)
        noise, integral = self._drawn("xi"), self._drawn("xi_integral")
        chosen = method or self._default(x)
        new = advance(chosen, self, x, clock.t, clock.dt, noise, integral)
        for name, value in zip(self.names, new, strict=True):
            projection.write(name, self.place, value)

    def _drawn(self, kind: str) -> Vector:
        """Draw the noise of each state, by the number of the synapse or source; else zero."""
        projection, clock = self.projection, self.projection.clock
        if not self.noise:
            return np.zeros(len(self.names))
        element = self.place["pre"]
        if "synapse" in self.place:
            element = int(projection.numbers[self.place["synapse"]])
        numbers = np.zeros(len(self.names))
        for position, name in enumerate(self.names):
            if name in self.noise:
                stream = f"{projection.name}.{kind}_{name}"
                drawn = draws.standard_normal(clock.seed, stream, element, clock.step)
                numbers[position] = drawn
        return numbers

    def _default(self, x: Vector) -> str:
        default = default_method(self, x)
        if default != "exact":
            return default
        return "exponential_midpoint" if relaxes(self, x) else "rk4"

    def rates(self, x: Vector, t: float) -> Vector:
        """Give the time derivatives at values x of the states."""
        behind = self.projection.behind(self.place)
        known = {**behind, **dict(zip(self.names, x, strict=True))}
        return np.array(
            [self.projection.call(term, self.place, t, known)[0] for term in self.terms]
        )

    def amplitudes(self, x: Vector, t: float) -> Vector:
        """Give the amplitude of the noise of each state."""
        known = dict(zip(self.names, x, strict=True))
        given = np.zeros(x.size)
        for position, name in enumerate(self.names):
            if name in self.noise:
                called = self.projection.call(self.noise[name], self.place, t, known)
                given[position] = called[0]
        return given

    def given(self, x: Vector, t: float) -> SynapseSystem:
        """Give the equations as they are: both ends are constant to them."""
        return self

    def free(self) -> NDArray[np.bool_]:
        """Tell that nothing is held."""
        return np.ones(len(self.terms), np.bool_)

    def moved(self, x: Vector, to: Vector) -> Vector:
        """Give the values after a move."""
        return to
