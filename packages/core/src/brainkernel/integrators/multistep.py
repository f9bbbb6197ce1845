"""Adams-Bashforth methods: the slopes of past steps stand for further stages.

Hairer E, Nørsett SP, Wanner G (1993) Solving Ordinary Differential Equations I, section III.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from brainkernel.integrators.runge_kutta import Row, RungeKutta, midpoint, rk3
from brainkernel.model.function_text import apart
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method


class AdamsBashforth(Method):
    """An explicit method whose slope is a sum over this and past steps: one evaluation a step.

    The past counts as long as a neuron goes on as it was left. Where one of its states or inputs
    is another one at the beginning of a step, by a reset, a spike that arrives, a stimulus or a
    value that is set, or where a refractory period begins or ends, the method starts anew: by steps
    of a Runge-Kutta method of its order until there are slopes enough. So the order holds, and a
    neuron whose input is new in each step gets a Runge-Kutta method.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    weights : tuple
        Of the slopes of this step, the last one, and so on.
    starting : RungeKutta
        The method of the first steps.
    """

    def __init__(self, name: str, weights: Row, starting: RungeKutta) -> None:
        super().__init__(name)
        self.weights, self.starting = weights, starting

    def memory(self, equations: Equations) -> tuple[str, ...]:
        """Name what is kept: slopes, and what tells whether a neuron goes on as it was left."""
        names = [_steps(equations)]
        for state in equations.states:
            names.append(_left(equations, state))
            names += [_slope(equations, state, age) for age in self._ages]
        names += [_left(equations, name) for name in _outside(equations)]
        if equations.held:
            names.append(_left(equations, "_held"))
        return tuple(names)

    @property
    def _ages(self) -> range:
        return range(1, len(self.weights))

    def lines(self, equations: Equations) -> list[str]:
        """Print this step's slope, the weighted sum, and a Runge-Kutta step where one is due."""
        states, steps = equations.states, _steps(equations)
        # compared bit by bit, so that whoever writes a state need not say so
        lines = [f"_was_left = ({_left(equations, states[0])} == {states[0]})"]
        for name in (*states[1:], *_outside(equations)):
            lines.append(f"_was_left = _was_left & ({_left(equations, name)} == {name})")
        if equations.held:
            held = _left(equations, "_held")
            lines.append(f"_was_left = _was_left & (({held} > 0.0) == _held)")
        lines.append(f"_past = np.where(_was_left, {steps}, 0.0)")
        lines += equations.stage(1, {})
        for state in states:
            slopes = [equations.rate_name(state, 1)]
            slopes += [_slope(equations, state, age) for age in self._ages]
            total = " + ".join(_products(self.weights, slopes))
            lines.append(f"_{state}_next = {state} + dt * ({total})")
        lines.append(f"_starts = _past < {len(self._ages)}.0")
        lines.append("if np.any(_starts):  # too few slopes of the past")
        lines += [f"    {line}" for line in self._start(equations)]
        lines += self._remember(equations)
        return lines

    def _start(self, equations: Equations) -> list[str]:
        """Print a Runge-Kutta step, whose first stage is done, for those that need it."""
        # the slope of this step is the first stage of both
        whole = self.starting.lines(equations)
        body = whole[len(equations.stage(1, {})) :]
        states = equations.states
        steps = body[-len(states) :]
        lines = body[: -len(states)]
        for state, line in zip(states, steps, strict=True):
            _, _, value = line.partition(" = ")
            lines.append(f"_{state}_next = np.where(_starts, {value}, _{state}_next)")
        return lines

    def _remember(self, equations: Equations) -> list[str]:
        lines = [f"{_steps(equations)} = np.minimum(_past + 1.0, {len(self._ages)}.0)"]
        for state in equations.states:
            for age in reversed(self._ages[1:]):
                younger = _slope(equations, state, age - 1)
                lines.append(f"{_slope(equations, state, age)} = {younger}")
            lines.append(f"{_slope(equations, state, 1)} = {equations.rate_name(state, 1)}")
            left = equations.kept(state, f"_{state}_next")
            lines.append(f"{_left(equations, state)} = {left}")
        lines += [f"{_left(equations, name)} = {name}" for name in _outside(equations)]
        if equations.held:
            lines.append(f"{_left(equations, '_held')} = np.where(_held, 1.0, 0.0)")
        return lines


def _outside(equations: Equations) -> list[str]:
    """What is constant in a step and may be another one in the next: what the equations read."""
    read: set[str] = set()
    for term in equations.rates:
        read |= equations.depends_on(term)
    return [name for name in equations.external if name in read]


def _steps(equations: Equations) -> str:
    return apart("steps_as_left", equations.named)


def _left(equations: Equations, name: str) -> str:
    return apart(f"{name.strip('_')}_as_left", equations.named)


def _slope(equations: Equations, state: str, age: int) -> str:
    return apart(f"{state}_slope_{age}", equations.named)


def _products(weights: Row, slopes: Sequence[str]) -> list[str]:
    products = []
    for weight, slope in zip(weights, slopes, strict=True):
        fraction = Fraction(weight)
        products.append(f"({fraction.numerator}.0 / {fraction.denominator}.0) * {slope}")
    return products


F = Fraction
ab2 = AdamsBashforth("ab2", (F(3, 2), F(-1, 2)), midpoint)
ab3 = AdamsBashforth("ab3", (F(23, 12), F(-16, 12), F(5, 12)), rk3)
