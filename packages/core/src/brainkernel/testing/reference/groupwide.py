"""Groups whose equations follow means or sums over all neurons: one system of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.reference.defaults import default_method, relaxes
from brainkernel.testing.reference.methods import Vector, integrate
from brainkernel.testing.reference.steps import INTEGRATED, Place, is_due, place_of

Known = Sequence[Mapping[str, Any]]
"""What is known of each neuron: inputs, values of states at a stage, time."""


def see_all(group: Any, known: Known) -> None:
    """Let functions of a group see means and sums of the values that are known of its neurons.

    Those that follow inputs only where inputs are known.
    """
    group.means = {}
    for function in group.over_group:
        (of,) = function.arguments
        if not _inputs_of(group, of) <= set(known[0]):
            continue
        summands = []
        for neuron in range(group.size):
            # a slope is that of one neuron where all others stand still: its part in a mean too
            summands.append(np.real(group._read(of, neuron, known[neuron])))
        total = float(np.sum(summands))
        name = function.targets[0]
        group.means[name] = total / group.size if function.over_group == "mean" else total


def _inputs_of(group: Any, name: str) -> set[str]:
    """The inputs that a name is or follows from, but for those behind other means."""
    if name in group.inputs:
        return {name}
    inputs: set[str] = set()
    function = group.derived.get(name)
    if function is not None and not function.over_group:
        for argument in function.arguments:
            inputs |= _inputs_of(group, argument)
    return inputs


class GroupSystem:
    """The equations of all neurons of a group, one after another."""

    def __init__(self, group: Any, systems: Sequence[Any]) -> None:
        self.group, self.systems, self.fixed = group, systems, False
        # a projection onto a slice keeps states with some of the neurons
        self.ends = np.cumsum([len(system.terms) for system in systems])[:-1]
        self.noisy = np.concatenate([system.noisy for system in systems])

    def _of_each(self, x: Vector) -> list[Vector]:
        return np.split(x, self.ends)

    def _see(self, x: Vector, t: float) -> None:
        if self.fixed:
            return
        time = {"t": t, "dt": self.group.clock.dt}
        known: list[dict[str, Any]] = []
        for system, own in zip(self.systems, self._of_each(x), strict=True):
            known.append({**time, **system._known(own)[0]})
        see_all(self.group, known)
        with_inputs = []
        for system, own, values in zip(self.systems, self._of_each(x), known, strict=True):
            with_inputs.append({**values, **system.inputs(own, t)})
        see_all(self.group, with_inputs)

    def given(self, x: Vector, t: float) -> GroupSystem:
        """Give the same equations with means and sums as they are at values x of the states."""
        self._see(x, t)
        fixed = copy(self)
        fixed.fixed = True
        return fixed

    def values(self) -> Vector:
        """Give the present values of the states."""
        return np.concatenate([system.values() for system in self.systems])

    def rates(self, x: Vector, t: float) -> Vector:
        """Give the time derivatives at values x of the states."""
        self._see(x, t)
        parts = zip(self.systems, self._of_each(x), strict=True)
        return np.concatenate([system.rates(own, t) for system, own in parts])

    def amplitudes(self, x: Vector, t: float) -> Vector:
        """Give the noise amplitudes at values x of the states."""
        self._see(x, t)
        parts = zip(self.systems, self._of_each(x), strict=True)
        return np.concatenate([system.amplitudes(own, t) for system, own in parts])

    def free(self) -> NDArray[np.bool_]:
        """Tell which states are not held."""
        return np.concatenate([system.free() for system in self.systems])

    def moved(self, x: Vector, to: Vector) -> Vector:
        """Give the values after a move: held ones stay, and none exceeds its ceiling."""
        parts = zip(self.systems, self._of_each(x), self._of_each(to), strict=True)
        return np.concatenate([system.moved(begin, end) for system, begin, end in parts])


def advance_together(group: Any, systems: Sequence[Any]) -> None:
    """Take all neurons from step to step + 1, each function for all of them before the next."""
    if any(system.terms for system in systems):
        _integrate(group, GroupSystem(group, systems))
    end = {"t": group.clock.end, "dt": group.clock.dt}
    see_all(group, [end] * group.size)
    inputs = [system.inputs(system.values(), group.clock.end) for system in systems]
    for place in (None, INTEGRATED, ("before", "threshold")):
        _steps(group, place, inputs, end)
    threshold = group.definition.threshold
    see_all(group, [{**end, **known} for known in inputs])
    fires = [
        threshold is not None and group._is_over(threshold, neuron, inputs[neuron])
        for neuron in range(group.size)
    ]
    for event in group.at_events.values():
        for neuron in range(group.size):
            event.look(neuron, inputs[neuron])
    _steps(group, ("after", "threshold"), inputs, end)
    _steps(group, ("before", "reset"), inputs, end)
    group.fired[:] = fires
    _reset(group, np.flatnonzero(fires).tolist(), inputs, end)
    see_all(group, [{**end, **known} for known in inputs])
    for neuron in range(group.size):
        group.settle_above(neuron, inputs[neuron])


def _reset(group: Any, fired: list[int], inputs: Known, end: Mapping[str, Any]) -> None:
    """Reset those that fired, then those that had other events, each function for all of them."""
    for function in group.definition.of_kind("reset"):
        see_all(group, [{**end, **known} for known in inputs])
        for neuron in fired:
            group._assign(function, neuron, inputs[neuron], reset=True)
    for neuron in fired:
        group.hold(neuron)
    for event in group.at_events.values():
        for function in event.resets:
            see_all(group, [{**end, **known} for known in inputs])
            for neuron in np.flatnonzero(event.happened).tolist():
                group._assign(function, neuron, inputs[neuron])


def _integrate(group: Any, system: GroupSystem) -> None:
    # with all projections that keep something with their targets, of which a slice may be one
    first = max(system.systems, key=lambda one: len(one.terms))
    method = group.member.method or group.definition.method
    system._see(system.values(), group.clock.t)
    for one in system.systems:
        one.note_slopes()
    if method is None:
        method = default_method(first, first.values())
        if method == "exact":  # which knows nothing of other neurons
            method = "exponential_midpoint" if relaxes(first, first.values()) else "rk4"
    noise = np.concatenate([one._noise("xi") for one in system.systems])
    integral = np.concatenate([one._noise("xi_integral") for one in system.systems])
    clock = group.clock
    new = integrate(method, system, system.values(), clock.t, clock.dt, noise, integral)
    for one, values in zip(system.systems, system._of_each(new), strict=True):
        for key, value in zip(one.terms, values, strict=True):
            array, place = one._place(key)
            array[place] = value


def _steps(group: Any, place: Place | None, inputs: Known, end: Mapping[str, Any]) -> None:
    owners: list[tuple[Any, Any]] = []
    for function in group.definition.of_kind("step"):
        if not function.whole:
            owners.append((None, function))
    for projection in group.incoming:
        owners += [(projection, function) for function in projection.steps_with_neurons]
    steps = [(owner, f) for owner, f in owners if place_of(f) == place and is_due(f, group.clock)]
    for owner, function in sorted(steps, key=lambda step: step[1].turn):
        see_all(group, [{**end, **known} for known in inputs])
        for neuron in range(group.size):
            if owner is None:
                group._assign(function, neuron, inputs[neuron])
            elif owner.reaches(neuron):
                owner.step_target(function, neuron)
