"""Neurons: their values, and what takes them through integration, threshold and reset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.random import Random
from brainkernel.testing.reference import draws
from brainkernel.testing.reference.clock import Clock
from brainkernel.testing.reference.defaults import default_method
from brainkernel.testing.reference.fractional import History, is_fractional
from brainkernel.testing.reference.given import Reals, Stimulus, numbers, steps_of, stimulus_of
from brainkernel.testing.reference.groupwide import advance_together, see_all
from brainkernel.testing.reference.interpolated import StepWithin
from brainkernel.testing.reference.methods import Vector
from brainkernel.testing.reference.multistep import WEIGHTS, PastSlopes
from brainkernel.testing.reference.past import Past
from brainkernel.testing.reference.step_control import advance
from brainkernel.testing.reference.steps import (
    INTEGRATED,
    Place,
    is_due,
    number_of,
    place_of,
    time_of,
)
from brainkernel.testing.reference.trees import integrate_together, tree_of


class Group:
    """The values of one group, each as an array with one number for each neuron.

    Attributes
    ----------
    values : dict of str to array
        Parameters and states.
    inputs : dict of str to array
        What stimuli, and synapses once a step, have added up in this step.
    held_until : array
        The step up to and including which what is held stays: T + refractory period.
    above : array
        Where a crossing threshold was zero or more at the end of the last step.
    fired : array
        Who fired in this step.
    at_events : dict of str to EventKind
        The other kinds of events.
    left : array
        For how many more steps a neuron is refractory, where spikes are located within the step.
    past_slopes, histories : dict of int to PastSlopes, and to History
        What a method with memory knows of each neuron.
    lag : array
        By how many ms the last spike was before the end of its step.
    methods : dict of int to str, or to a method
        The method of each neuron, once it is known.
    """

    def __init__(self, member: Any, clock: Clock) -> None:
        self.member, self.definition, self.name, self.size = (
            member,
            member.definition,
            member.name,
            member._size,
        )
        self.clock = clock
        self.values: dict[str, Reals] = {}
        self.timed = {name: self._in_time(name) for name in self.definition.names("timed")}
        self.inputs = {name: np.zeros(self.size) for name in self.definition.names("input")}
        self.inputs |= {name: np.zeros(self.size) for name in self.timed}
        self.set_timed()
        for name in (*self.definition.names("parameter"), *self.definition.names("state")):
            self.values[name] = self._first(name)
        self.drawn: dict[str, Reals] = {
            name: np.zeros(self.size) for name in self.definition.names("draw")
        }
        self.held_until = np.full(self.size, -1)
        self.left, self.lag = np.zeros(self.size), np.zeros(self.size)
        self.fired = np.zeros(self.size, np.bool_)
        self.at_events = {name: EventKind(self, name) for name in self.definition.events}
        self.derived = {f.targets[0]: f for f in self.definition.derived}
        self.over_group = [f for f in self.definition.derived if f.over_group]
        self.means: dict[str, float] = {}
        self.incoming: list[Any] = []  # projections, which are made of groups and come after them
        self.past_slopes: dict[int, PastSlopes] = {}
        self.histories: dict[int, History] = {}
        self.methods: dict[int, Any] = {}
        self.past = Past({name: self.values[name] for name in self.definition.names("state")})
        self.settle()

    def _first(self, name: str) -> Reals:
        declaration = self.definition.declarations[name]
        value = self.member._given.get(name, declaration.default)
        if isinstance(value, str):
            return {**self.values, **self.inputs}[value].copy()
        rng = Random(self.clock.seed, f"{self.name}.{name}", self.size)
        context = {
            "rng": rng,
            "dt": self.clock.dt,
            "n": self.size,
            "positions": self.member.positions,
        }
        return numbers(value, self.size, context, declaration.unit)

    def _in_time(self, name: str) -> Stimulus:
        """What a parameter is in each step, where it follows time."""
        given = self.member._given[name]
        stimulus = stimulus_of(given, self.definition.declarations[name].unit, self.clock.dt)
        neurons = getattr(given, "neurons", slice(None))

        def values(step: int) -> Reals:
            whole = np.zeros(self.size)
            whole[neurons] = stimulus(step)
            return whole

        return values

    def set_timed(self) -> None:
        """Give parameters that follow time their values in this step."""
        for name, stimulus in self.timed.items():
            self.inputs[name][:] = stimulus(self.clock.step)

    def settle(self) -> None:
        """Note at time zero where a crossing threshold is exceeded already: that is no crossing."""
        threshold = self.definition.threshold
        self.above = np.zeros(self.size, np.bool_)
        if threshold is not None and threshold.crossing:
            self.see_all()
            for i in range(self.size):
                known = {name: values[i] for name, values in self.inputs.items()}
                self.above[i] = self.call(threshold, i, 0.0, known) >= 0.0
        for event in self.at_events.values():
            for i in range(self.size):
                known = {name: values[i] for name, values in self.inputs.items()}
                event.settle(i, 0.0, known)

    def which(self, event: str) -> NDArray[np.bool_]:
        """Tell who fired in this step, or who had an event of another kind."""
        return self.at_events[event].happened if event else self.fired

    @property
    def steps_with_neurons(self) -> list[Any]:
        """The step functions, of single neurons and of the whole group."""
        return list(self.definition.of_kind("step"))

    steps_of_synapses: tuple[Any, ...] = ()

    def is_held(self, neuron: int, state: str, at: int | None = None) -> bool:
        """Whether a state stays as it is, because its neuron is refractory: now, or at a step."""
        refractory = self.definition.refractory
        held = refractory is not None and state in refractory.holds
        if self.member._interpolates:
            return bool(held and self.left[neuron] > 0.0)
        return bool(held and (self.clock.now if at is None else at) <= self.held_until[neuron])

    def call(
        self,
        function: Any,
        neuron: int,
        t: float,
        inputs: Mapping[str, Any],
        x: Any = None,
    ) -> Any:
        """Call a step function for one neuron, with values `x` of states being integrated."""
        known = {"t": t, "dt": self.clock.dt, **inputs, **(x or {})}
        return function.source.call(
            *(self._read(name, neuron, known) for name in function.arguments)
        )

    def _read(self, name: str, neuron: int, known: Mapping[str, Any]) -> Any:
        if name in known:
            return known[name]
        if name in self.means:
            return self.means[name]
        if name in self.derived:
            return self.derive(name, neuron, known)
        return (self.drawn if name in self.drawn else self.values)[name][neuron]

    def derive(self, name: str, neuron: int, known: Mapping[str, Any]) -> Any:
        """Give a derived quantity of one neuron, from known values before the present ones."""
        function = self.derived[name]
        return function.source.call(*(self._read(n, neuron, known) for n in function.arguments))

    def advance(self) -> None:
        """Take all neurons from step to step + 1."""
        self._draw()
        self._drive(self.definition.names("input"))
        if tree_of(self.definition) is not None:
            systems = [NeuronSystem(self, neuron) for neuron in range(self.size)]
            integrate_together(self, systems)
        if self.over_group:
            advance_together(self, [NeuronSystem(self, neuron) for neuron in range(self.size)])
        else:
            self.fired[:] = [self._advance(neuron) for neuron in range(self.size)]
        self._drive(self.definition.names("state"))
        for function in self.definition.of_kind("step"):
            if function.whole and function.place is None and is_due(function, self.clock):
                self._whole(function)

    def _drive(self, names: Iterable[str]) -> None:
        """Add the spikes of Poisson drives: to inputs in the step, to states at its end."""
        for function in self.definition.of_kind("drive"):
            (name,) = function.targets
            for neuron in range(self.size if name in names else 0):
                known = {n: values[neuron] for n, values in self.inputs.items()}
                value = self.call(function, neuron, self.clock.end, known)
                if name in self.inputs:
                    self.inputs[name][neuron] = value
                elif not self.is_held(neuron, name):
                    self.values[name][neuron] = value

    def do(self, function: Any) -> None:
        """Do a step in a place outside the loop over neurons."""
        if function.whole:
            self._whole(function)
            return
        for neuron in range(self.size):
            self._assign(function, neuron, {})

    def _draw(self) -> None:
        seed, step = self.clock.seed, self.clock.step
        for name in self.drawn:
            declaration, stream = self.definition.declarations[name], f"{self.name}.{name}"
            known = {**self.values, **self.inputs}
            means = known[declaration.mean].copy() if declaration.mean else np.zeros(self.size)
            if declaration.source == "event":
                self.drawn[name] = draws.events(seed, stream, step, means * self.clock.dt * 1e-3)
                continue
            drawn = [
                draws.draw(declaration, seed, stream, i, step, means[i]) for i in range(self.size)
            ]
            self.drawn[name] = np.array(drawn)

    def _advance(self, neuron: int) -> bool:
        system = NeuronSystem(self, neuron)
        if self.member._interpolates:
            method = system.method(self.member.method or self.definition.method)
            fires = StepWithin(self, system, method).take()
            self._steps(None, neuron, system.inputs(system.values(), self.clock.end))
            return fires
        if tree_of(self.definition) is None:
            system.integrate(self.member.method or getattr(self.definition, "method", None))
        inputs = system.inputs(system.values(), self.clock.end)
        self._steps(None, neuron, inputs)
        self._steps(INTEGRATED, neuron, inputs)
        return self._fire(neuron, inputs)

    def _steps(self, place: Place | None, neuron: int, inputs: Mapping[str, Any]) -> None:
        """Do the steps in a place: those of classes first, then those given to the network.

        Those without a place stand where those after the integration do, before them.
        """
        owners: list[tuple[Any, Any]] = [
            (None, f) for f in self.definition.of_kind("step") if not f.whole
        ]
        for projection in self.incoming:
            owners += [(projection, f) for f in projection.steps_with_neurons]
        steps = [(owner, f) for owner, f in owners if place_of(f) == place]
        for owner, function in sorted(steps, key=lambda step: step[1].turn):
            if not is_due(function, self.clock):
                continue
            if owner is None:
                self._assign(function, neuron, inputs)
            else:
                owner.step_target(function, neuron)

    def _assign(
        self,
        function: Any,
        neuron: int,
        inputs: Mapping[str, Any],
        reset: bool = False,
    ) -> None:
        at = number_of(function, self.clock)
        results = self.call(function, neuron, time_of(function, self.clock), inputs)
        for state, value in zip(function.targets, _several(results, function), strict=True):
            if reset or not self.is_held(neuron, state, at):
                self.values[state][neuron] = value

    def _fire(self, neuron: int, inputs: Mapping[str, Any]) -> bool:
        threshold = self.definition.threshold
        self._steps(("before", "threshold"), neuron, inputs)
        fires = threshold is not None and self._is_over(threshold, neuron, inputs)
        for event in self.at_events.values():
            event.look(neuron, inputs)
        self._steps(("after", "threshold"), neuron, inputs)
        self._steps(("before", "reset"), neuron, inputs)
        if fires:
            for function in self.definition.of_kind("reset"):
                self._assign(function, neuron, inputs, reset=True)
            self.hold(neuron)
        for event in self.at_events.values():
            event.reset(neuron, inputs)
        self.settle_above(neuron, inputs)
        return fires

    def hold(self, neuron: int) -> None:
        """Begin the refractory period of a neuron that fired."""
        refractory = self.definition.refractory
        if refractory is not None:
            period = int(steps_of(self.values[refractory.source][neuron], self.clock.dt))
            self.held_until[neuron] = self.clock.now + period if period else -1

    def settle_above(self, neuron: int, inputs: Mapping[str, Any]) -> None:
        """Note over which thresholds a neuron is when all resets are done."""
        threshold = self.definition.threshold
        if threshold is not None:
            self.above[neuron] = self.call(threshold, neuron, self.clock.end, inputs) >= 0.0
        for event in self.at_events.values():
            event.settle(neuron, self.clock.end, inputs)

    def _is_over(self, threshold: Any, neuron: int, inputs: Mapping[str, Any]) -> bool:
        """Whether a neuron fires: it is over its threshold, and not refractory."""
        level = self.call(threshold, neuron, self.clock.end, inputs)
        fires = bool(level >= 0.0) and self.clock.now > self.held_until[neuron]
        return fires and not (threshold.crossing and self.above[neuron])

    def _whole(self, function: Any) -> None:
        """Call a function that sees the whole group: every name is an array, but for the time."""
        known = {"t": time_of(function, self.clock), "dt": self.clock.dt}
        at = number_of(function, self.clock)
        self.see_all(known["t"])
        arguments = [self._array(name, known) for name in function.arguments]
        results = _several(function.source.call(*arguments), function)
        for state, result in zip(function.targets, results, strict=True):
            new = np.broadcast_to(result, (self.size,))
            held = np.array([self.is_held(neuron, state, at) for neuron in range(self.size)])
            self.values[state][:] = np.where(held, self.values[state], new)

    def see_all(self, t: float | None = None) -> None:
        """See the means and sums over the group between steps, where inputs are unknown."""
        time = self.clock.t if t is None else t
        see_all(self, [{"t": time, "dt": self.clock.dt}] * self.size)

    def _array(self, name: str, known: Mapping[str, Any]) -> Any:
        """Give the values of a name as a function of the whole group sees them."""
        declaration = self.definition.declarations.get(name)
        if declaration is not None and declaration.per == "group":
            return self._read(name, 0, known)
        if name in self.derived:
            return np.array([self.derive(name, neuron, known) for neuron in range(self.size)])
        return known[name] if name in known else self.values[name].copy()


class EventKind:
    """Another kind of event than the spike: who has it in this step, and what it resets.

    Attributes
    ----------
    happened : array
        Who has it in this step.
    above : array
        Where its level was zero or more at the end of the last step.
    """

    def __init__(self, group: Group, name: str) -> None:
        self.group = group
        (self.threshold,) = group.definition.at_event(name, "threshold")
        self.resets = group.definition.at_event(name, "reset")
        self.happened = np.zeros(group.size, np.bool_)
        self.above = np.zeros(group.size, np.bool_)

    def look(self, neuron: int, inputs: Mapping[str, Any]) -> None:
        """Find whether a neuron has it, before any reset; a refractory period does not matter."""
        over = self._is_over(neuron, self.group.clock.end, inputs)
        self.happened[neuron] = over and not (self.threshold.crossing and self.above[neuron])

    def reset(self, neuron: int, inputs: Mapping[str, Any]) -> None:
        """Reset a neuron that has it; what is held, also since this very time, stays."""
        if self.happened[neuron]:
            for function in self.resets:
                self.group._assign(function, neuron, inputs)

    def settle(self, neuron: int, t: float, inputs: Mapping[str, Any]) -> None:
        """Note where its level is zero or more when all resets are done."""
        self.above[neuron] = self._is_over(neuron, t, inputs)

    def _is_over(self, neuron: int, t: float, inputs: Mapping[str, Any]) -> bool:
        return bool(self.group.call(self.threshold, neuron, t, inputs) >= 0.0)


def _several(results: Any, function: Any) -> tuple[Any, ...]:
    """Give a function's results as a tuple, with one element for each name that it writes."""
    return results if len(function.targets) > 1 else (results,)


class NeuronSystem:
    """The equations of one neuron and of the synapses that live with it, as one system.

    A state is known by who has it (None for the neuron, else the projection) and its name.
    """

    def __init__(self, group: Group, neuron: int) -> None:
        self.group, self.neuron, self.clock = group, neuron, group.clock
        self.incoming = [projection for projection in group.incoming if projection.reaches(neuron)]
        self.terms: dict[tuple[Any, str], Any] = {}
        self.noise: dict[tuple[Any, str], Any] = {}
        self._collect(None, group.definition.functions)
        for projection in self.incoming:
            self._collect(projection, projection.at_target)
        self.late = self._late()
        self.noisy = np.array([key in self.noise for key in self.terms], np.bool_)
        self.outside: dict[str, Any] = {name: array[neuron] for name, array in group.inputs.items()}

    def _late(self) -> set[int]:
        """Number the states whose past an equation names, at once or through derived quantities."""
        definition = self.group.definition
        functions = [*definition.functions, *definition.derived]
        equations = ("derivative", "diffusion", "adds_to", "derived")
        named: set[str] = set()
        for function in functions:
            named.update(function.arguments if function.kind in equations else ())
        pasts = named.intersection(definition.names("past"))
        read = {(None, definition.declarations[name].source) for name in pasts}
        return {number for number, key in enumerate(self.terms) if key in read}

    def _collect(self, owner: Any, functions: Iterable[Any]) -> None:
        for function in functions:
            if function.kind == "derivative":
                self.terms[owner, function.targets[0]] = function
            if function.kind == "diffusion":
                self.noise[owner, function.targets[0]] = function

    def values(self) -> Vector:
        """Give the present values of the states."""
        return np.array([self._place(key)[0][self._place(key)[1]] for key in self.terms])

    def _place(self, key: tuple[Any, str]) -> tuple[Reals, int]:
        projection, name = key
        if projection is None:
            return self.group.values[name], self.neuron
        return projection.values[name], projection.place("post", self.neuron)

    def integrate(self, method: Any) -> None:
        """Take the states to the end of the step."""
        if not self.terms:
            return
        method = self.method(method)
        self.note_slopes()
        noise, integral = self._noise("xi"), self._noise("xi_integral")
        t, dt = self.clock.t, self.clock.dt
        x = self.values()

        def step(method: Any) -> Vector:
            return advance(method, self, x, t, dt, noise, integral)

        if is_fractional(method):
            history = self.group.histories.setdefault(self.neuron, History())
            self.put(history.step(method, self, x, t, dt))
            return
        if method in WEIGHTS:
            past = self.group.past_slopes.setdefault(self.neuron, PastSlopes())
            outside = list(self._constant_in_step())
            self.put(past.step(method, self, x, outside, (t, dt), step))
            return
        self.put(step(method))

    def _constant_in_step(self) -> Iterator[Any]:
        """Give what is constant in a step and named by what gives the rates."""
        kinds = ("derivative", "adds_to", "derived")
        named: set[str] = set()
        for function in (*self.group.definition.functions, *self.group.definition.derived):
            if function.kind in kinds:
                named.update(function.arguments)
        for projection in self.incoming:
            of_ends: set[str] = set()
            for function in projection.at_target:
                if function.kind in kinds:
                    named.update(name.removesuffix("_post") for name in function.arguments)
                    of_ends.update(function.arguments)
            for name in sorted(of_ends.intersection(projection.definition.end_states)):
                yield projection.read(name, {"post": self.neuron}, self.clock.t)
        group = self.group
        states = set(group.definition.names("state"))
        states -= {name for owner, name in self.terms if owner is None}
        for name in sorted(named):
            if name in self.outside:
                yield self.outside[name]
            elif name in group.drawn:
                yield group.drawn[name][self.neuron]
            elif name in states:
                yield group.values[name][self.neuron]

    def method(self, asked: Any) -> Any:
        """Name the method: what is asked for, or else the default for the equations."""
        if self.neuron not in self.group.methods:
            self.group.methods[self.neuron] = asked or default_method(self, self.values())
        return self.group.methods[self.neuron]

    def put(self, new: Vector) -> None:
        """Give the states these values."""
        for key, value in zip(self.terms, new, strict=True):
            array, place = self._place(key)
            array[place] = value

    def surroundings(self) -> Iterator[tuple[Reals, int, bool]]:
        """Locate what is constant to these equations, and tell which of it are parameters."""
        for name, array in (*self.group.values.items(), *self.group.drawn.items()):
            yield array, self.neuron, name in self.group.definition.names("parameter")
        for projection in self.incoming:
            yield from projection.surroundings({"post": self.neuron})

    def _noise(self, kind: str) -> Vector:
        streams = [
            f"{(self.group if owner is None else owner).name}.{kind}_{name}"
            for owner, name in self.terms
        ]
        drawn = zip(streams, self.noisy, strict=True)
        seed, step = self.clock.seed, self.clock.step
        return np.array(
            [draws.standard_normal(seed, s, self.neuron, step) if n else 0.0 for s, n in drawn]
        )

    def pasts(self, t: float) -> dict[str, Any]:
        """Give what the names of the past stand for at a time within the step, or at its end."""
        clock, group = self.clock, self.group
        part = (t - clock.t) / clock.dt
        if abs(part - round(part)) < 1e-9:
            part = float(round(part))
        values = {}
        for name in group.definition.names("past"):
            declaration = group.definition.declarations[name]
            state = (None, declaration.source)
            form = "smooth" if state in self.terms else "held"
            form = "straight" if state in self.noise else form
            delay = int(steps_of(group.values[declaration.mean][self.neuron], clock.dt))
            step = clock.step - delay
            value = group.past.within(declaration.source, self.neuron, step, part, clock.dt, form)
            values[name] = value
        return values

    def note_slopes(self) -> None:
        """Note how fast the states of the neuron change when the step begins."""
        if not self.group.definition.names("past"):
            return
        slopes = {}
        for (owner, name), rate in zip(
            self.terms, self.rates(self.values(), self.clock.t), strict=True
        ):
            if owner is None:
                slopes[name] = 0.0 if self.group.is_held(self.neuron, name) else rate
        self.group.past.slopes[self.clock.step, self.neuron] = slopes

    def inputs(self, x: Vector, t: float) -> dict[str, Any]:
        """Give the inputs with all that the neuron and synapses add at values x of the states."""
        own, known = self._known(x)
        total = {**self.outside, **self.pasts(t)}
        outside = dict(total)
        for function in sorted(self.group.definition.of_kind("adds_to"), key=lambda f: f.name):
            added = self.group.call(function, self.neuron, t, outside, own)
            total[function.targets[0]] = total[function.targets[0]] + added
        for projection in self.incoming:
            for function in projection.at_target:
                if function.kind == "adds_to":
                    added = projection.call_at_target(
                        function, self.neuron, t, own, known.get(projection, {})
                    )
                    total[function.targets[0]] = total[function.targets[0]] + added
        return total

    def _known(self, x: Vector) -> tuple[dict[str, Any], dict[Any, dict[str, Any]]]:
        """Split the values of the states into the neuron's own, and those of each projection."""
        known: dict[Any, dict[str, Any]] = {}
        for (owner, name), value in zip(self.terms, x, strict=True):
            known.setdefault(owner, {})[name] = value
        return known.get(None, {}), known

    def _evaluate(self, functions: Mapping[tuple[Any, str], Any], x: Vector, t: float) -> Vector:
        (own, known), inputs = self._known(x), self.inputs(x, t)
        results = []
        for key in self.terms:
            function = functions.get(key)
            if function is None:
                results.append(0.0)
            elif key[0] is None:
                results.append(self.group.call(function, self.neuron, t, inputs, own))
            else:
                results.append(key[0].call_at_target(function, self.neuron, t, own, known[key[0]]))
        return np.array(results)

    def rates(self, x: Vector, t: float) -> Vector:
        """Give the time derivatives at values x of the states."""
        return self._evaluate(self.terms, x, t)

    def amplitudes(self, x: Vector, t: float) -> Vector:
        """Give the noise amplitudes at values x of the states."""
        return self._evaluate(self.noise, x, t)

    def given(self, x: Vector, t: float) -> NeuronSystem:
        """Give the equations as they are: no other neuron has a part in them."""
        return self

    def free(self) -> NDArray[np.bool_]:
        """Tell which states are not held."""
        held = [owner is None and self._is_held(name) for owner, name in self.terms]
        return ~np.array(held, np.bool_)

    paused: bool | None = None
    """Whether a part of a step is refractory; None: as the step says."""

    def _is_held(self, name: str) -> bool:
        if self.paused is None:
            return self.group.is_held(self.neuron, name)
        refractory = self.group.definition.refractory
        return bool(self.paused and refractory is not None and name in refractory.holds)

    def moved(self, x: Vector, to: Vector) -> Vector:
        """Give the values after a move: held ones stay, and none exceeds its ceiling."""
        return np.where(self.free(), np.minimum(to, self._ceilings()), x)

    def _ceilings(self) -> Vector:
        ceilings = []
        for owner, name in self.terms:
            source = self.group if owner is None else owner
            ceiling = getattr(source.definition.declarations[name], "ceiling", None)
            limited = owner is None and isinstance(ceiling, str) and ceiling
            ceilings.append(self.group.values[str(ceiling)][self.neuron] if limited else np.inf)
        return np.array(ceilings)
