"""Runge-Kutta methods that choose their own steps within each step, for each neuron.

Hairer E, Nørsett SP, Wanner G (1993) Solving Ordinary Differential Equations I, sections II.4-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from brainkernel.errors import IntegratorError
from brainkernel.integrators.runge_kutta import Row, weighted
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method

SMALLEST = "1e-15"
"""Of a step: where a part of this length does not hold the tolerance, none will."""
SAFETY, LEAST, MOST = 0.9, 0.2, 5.0
"""How a part is chosen from the last one, whose error goes with its length to the power `order`."""


@dataclass(frozen=True)
class Pair:
    """An embedded pair whose last stage is its solution.

    Attributes
    ----------
    a : tuple of rows
        Of the tableau, for stages 2, 3, ...
    lower : row
        The weights of a solution of an order less.
    order : int
        That of the solution.
    """

    a: tuple[Row, ...]
    lower: Row
    order: int


class StepControl(Method):
    """An embedded pair whose parts of a step are as long as a tolerance allows.

    A part is accepted where no state's two solutions differ by more than ``atol + rtol * |x|``,
    x being the larger of its values at both ends. After each attempt the next part is
    ``0.9 * error ** (-1 / order)`` times as long, at least a fifth and at most five times. Inputs,
    and what synapses of single values add, are the same in all parts.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    pair : Pair
        The method.
    rtol, atol : float
        The tolerance, relative to a state and in its unit.
    """

    splits_steps = True

    def __init__(self, name: str, pair: Pair, rtol: float = 1e-6, atol: float = 1e-8) -> None:
        super().__init__(name)
        self.pair, self.rtol, self.atol = pair, rtol, atol

    def __call__(self, rtol: float | None = None, atol: float | None = None) -> StepControl:
        """Give the same method with other tolerances.

        Raises
        ------
        IntegratorError
            For a tolerance that is no positive number.
        """
        given = {"rtol": rtol, "atol": atol}
        options = {name: value for name, value in given.items() if value is not None}
        for name, value in options.items():
            if not value > 0.0:
                raise IntegratorError(f"{self.name}({name}={value!r}): give a positive number")
        listed = ", ".join(f"{name}={value!r}" for name, value in options.items())
        values = {"rtol": self.rtol, "atol": self.atol, **options}
        name = f"{self.name.partition('(')[0]}({listed})"
        return StepControl(name, self.pair, **values)

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StepControl) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, float, float]:
        return self.name, self.rtol, self.atol

    def lines(self, equations: Equations) -> list[str]:
        """Print a loop over the parts of a step."""
        states = equations.states
        lines = [f"{_reached(state)} = {state}" for state in states]
        lines += equations.stage(1, {state: _reached(state) for state in states})
        lines += ["_rest, _substep = dt, dt", "_going = _rest > 0.0", "while np.any(_going):"]
        lines += [f"    {line}" for line in self._attempt(equations)]
        lines.append("_is_whole = _rest <= 0.0")
        for state in states:
            lines.append(f"_{state}_next = np.where(_is_whole, {_reached(state)}, np.nan)")
        return lines

    def _attempt(self, equations: Equations) -> list[str]:
        """Print an attempt of a part, which is kept where it is good enough."""
        states, last = equations.states, len(self.pair.a) + 1
        lines = ["_substep = np.minimum(_substep, _rest)", "_t_reached = t + (dt - _rest)"]
        for number, row in enumerate(self.pair.a, start=2):
            values = {state: f"_{state}_stage{number}" for state in states}
            lines += [f"{values[state]} = {_moved(equations, state, row)}" for state in states]
            time = f"_t_reached + {float(Fraction(sum(row)))!r} * _substep"
            lines += equations.stage(number, values, time)
        lines.append("_error = 0.0")
        for state in states:
            solution = f"_{state}_stage{last}"
            lines.append(f"_{state}_lower = {_moved(equations, state, self.pair.lower)}")
            larger = f"np.maximum(np.abs({_reached(state)}), np.abs({solution}))"
            lines.append(f"_{state}_tolerated = {self.atol!r} + {self.rtol!r} * {larger}")
            error = f"np.abs({solution} - _{state}_lower) / _{state}_tolerated"
            lines.append(f"_error = np.maximum(_error, {error})")
        lines.append("_is_good = _going & (_error <= 1.0)")
        for state in states:
            lines.append(_kept(_reached(state), f"_{state}_stage{last}"))
            # the last stage is the first one of the next part
            lines.append(_kept(equations.rate_name(state, 1), equations.rate_name(state, last)))
        power = f"np.maximum(_error, 1e-10) ** {-1.0 / self.pair.order!r}"
        return [
            *lines,
            _kept("_rest", "_rest - _substep"),
            f"_going = _going & (_rest > 0.0) & (_is_good | (_substep > {SMALLEST} * dt))",
            f"_longer = np.where(_error < np.inf, {SAFETY} * {power}, {LEAST})",
            f"_substep = _substep * np.clip(_longer, {LEAST}, {MOST})",
        ]


def _reached(state: str) -> str:
    """The printed name of a state at the end of the parts that are done."""
    return f"_{state}_reached"


def _kept(name: str, new: str) -> str:
    """Print that a value is replaced where a part is good enough."""
    return f"{name} = np.where(_is_good, {new}, {name})"


def _moved(equations: Equations, state: str, weights: Row) -> str:
    """Print a state after a part of the step."""
    return equations.kept(state, weighted(equations, state, weights, _reached(state), "_substep"))


F = Fraction
BOGACKI_SHAMPINE = Pair(
    a=((F(1, 2),), (0, F(3, 4)), (F(2, 9), F(1, 3), F(4, 9))),
    lower=(F(7, 24), F(1, 4), F(1, 3), F(1, 8)),
    order=3,
)
"""Bogacki P, Shampine LF (1989) Appl Math Lett 2, 321-325."""
DORMAND_PRINCE = Pair(
    a=(
        (F(1, 5),),
        (F(3, 40), F(9, 40)),
        (F(44, 45), F(-56, 15), F(32, 9)),
        (F(19372, 6561), F(-25360, 2187), F(64448, 6561), F(-212, 729)),
        (F(9017, 3168), F(-355, 33), F(46732, 5247), F(49, 176), F(-5103, 18656)),
        (F(35, 384), 0, F(500, 1113), F(125, 192), F(-2187, 6784), F(11, 84)),
    ),
    lower=(
        *(F(5179, 57600), 0, F(7571, 16695), F(393, 640)),
        *(F(-92097, 339200), F(187, 2100), F(1, 40)),
    ),
    order=5,
)
"""Dormand JR, Prince PJ (1980) J Comput Appl Math 6, 19-26."""

bogacki_shampine = StepControl("bogacki_shampine", BOGACKI_SHAMPINE)
dormand_prince = StepControl("dormand_prince", DORMAND_PRINCE)
