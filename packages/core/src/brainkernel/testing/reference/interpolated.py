"""Spikes within a step, one neuron at a time: the step is cut where something happens."""

from __future__ import annotations

from typing import Any

from brainkernel.testing.reference.methods import Vector
from brainkernel.testing.reference.step_control import advance

HALVINGS = 50


class StepWithin:
    """One step of one neuron whose spikes are located within it.

    Parameters
    ----------
    group : Group
        Its group; ``left`` says for how many steps the neuron is still refractory.
    system : NeuronSystem
        Its equations.
    method : str or Integrator
        By which parts of the step are taken.
    """

    def __init__(self, group: Any, system: Any, method: Any) -> None:
        self.group, self.system, self.method = group, system, method
        self.neuron, self.clock = system.neuron, group.clock

    def take(self) -> bool:
        """Take the neuron to the end of the step, and tell whether it has fired."""
        group, neuron, dt = self.group, self.neuron, self.clock.dt
        x = self.system.values()
        left = group.left[neuron]
        free_from = min(left, 1.0) * dt
        x = self.part(x, 0.0, free_from, paused=True)
        fires = False
        if free_from < dt:
            crossing = group.definition.threshold.crossing and group.above[neuron]
            end = self.part(x, free_from, dt)
            reached = self.level(x, free_from) >= 0.0 or self.level(end, dt) >= 0.0
            fires = bool(reached and not crossing)
            if fires:
                left = self.fire(x, free_from) + 1.0  # of which this step is one
            else:
                self.put(end)
        else:
            self.put(x)
        group.left[neuron] = max(left - 1.0, 0.0)
        group.above[neuron] = self.level(self.system.values(), dt) >= 0.0
        return fires

    def fire(self, x: Vector, begin: float) -> float:
        """Find the spike after `begin`, reset, and take the rest; give the steps still to pause."""
        dt = self.clock.dt
        low, high = begin, dt
        if self.level(x, begin) >= 0.0:
            high = begin
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if self.level(self.part(x, begin, middle), middle) >= 0.0:
                high = middle
            else:
                low = middle
        self.group.lag[self.neuron] = dt - high
        self.put(self.part(x, begin, high))
        period = self.reset(high)
        paused = min(high + period, dt)
        x = self.part(self.system.values(), high, paused, paused=True)
        self.put(self.part(x, paused, dt))
        return float((high + period) / dt - 1.0)

    def reset(self, at: float) -> float:
        """Do the reset, and give the refractory period in ms."""
        group = self.group
        inputs = self.system.inputs(self.system.values(), self.clock.t + at)
        for function in group.definition.of_kind("reset"):
            results = group.call(function, self.neuron, self.clock.t + at, inputs)
            several = results if len(function.targets) > 1 else (results,)
            for state, value in zip(function.targets, several, strict=True):
                group.values[state][self.neuron] = value
        refractory = group.definition.refractory
        return 0.0 if refractory is None else float(group.values[refractory.source][self.neuron])

    def part(self, x: Vector, first: float, last: float, paused: bool = False) -> Vector:
        """Take the states from one time of the step to another one."""
        self.system.paused = paused
        none = 0.0 * x
        t = self.clock.t + first
        return advance(self.method, self.system, x, t, last - first, none, none)

    def level(self, x: Vector, at: float) -> Any:
        """Tell how far the neuron is above its threshold at values x of its states."""
        values = zip(self.system.terms, x, strict=True)
        own = {name: value for (owner, name), value in values if owner is None}
        t = self.clock.t + at
        inputs = self.system.inputs(x, t)
        return self.group.call(self.group.definition.threshold, self.neuron, t, inputs, own)

    def put(self, x: Vector) -> None:
        """Give the neuron these values of its states."""
        self.system.put(x)
