"""Explicit Runge-Kutta methods, each given by its Butcher tableau.

Butcher JC (2016) Numerical Methods for Ordinary Differential Equations.
"""

from __future__ import annotations

from fractions import Fraction

from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method, amplitudes, wiener

Row = tuple[Fraction | int, ...]


class RungeKutta(Method):
    """An explicit method with tableau rows `a` (for stages 2, 3, ...) and weights `b`."""

    def __init__(self, name: str, a: tuple[Row, ...], b: Row) -> None:
        super().__init__(name)
        self.a, self.b = a, b

    def lines(self, equations: Equations) -> list[str]:
        """Print the stages and their weighted sum."""
        states = equations.states
        lines: list[str] = []
        for number, row in enumerate(((), *self.a), start=1):
            values = {}
            if row:
                values = {state: f"_{state}_stage{number}" for state in states}
            for state, name in values.items():
                value = equations.kept(state, _sum(equations, state, row))
                lines.append(f"{name} = {value}")
            lines += equations.stage(number, values, _time(Fraction(sum(row))))
        return lines + [f"_{state}_next = {_sum(equations, state, self.b)}" for state in states]


class Heun(RungeKutta):
    """Heun's method.

    With noise it converges to the Stratonovich solution (Kloeden & Platen 1992, section 15.1).
    """

    stochastic = True

    def lines(self, equations: Equations) -> list[str]:
        """Print predictor and corrector."""
        if not equations.diffusions:
            return super().lines(equations)
        noisy = {term.target for term in equations.diffusions}
        predicted = {state: f"_{state}_stage2" for state in equations.states}
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        for state, name in predicted.items():
            rate = equations.rate_name(state, 1)
            amplitude = equations.amplitude_name(state, 1)
            noise = f" + {amplitude} * _dW_{state}" if state in noisy else ""
            value = equations.kept(state, f"{state} + dt * {rate}{noise}")
            lines.append(f"{name} = {value}")
        lines += equations.stage(2, predicted, "t + dt")
        lines += amplitudes(equations, 2, predicted, "t + dt")
        for state in equations.states:
            rates = [equations.rate_name(state, stage) for stage in (1, 2)]
            drift = f"0.5 * dt * ({' + '.join(rates)})"
            value = f"{state} + {drift}"
            if state in noisy:
                both = [equations.amplitude_name(state, stage) for stage in (1, 2)]
                value += f" + 0.5 * ({' + '.join(both)}) * _dW_{state}"
            lines.append(f"_{state}_next = {value}")
        return lines


def _sum(equations: Equations, state: str, weights: Row) -> str:
    return weighted(equations, state, weights, state, "dt")


def weighted(equations: Equations, state: str, weights: Row, begin: str, step: str) -> str:
    """Print a state's value `begin` with the weighted sum of its rates over a time `step`."""
    terms = []
    for number, weight in enumerate(weights, start=1):
        if weight != 0:
            terms.append((weight, equations.rate_name(state, number)))
    shared, rate = terms[0]
    if any(weight != shared for weight, _ in terms):
        total = " + ".join(_times(weight, rate) for weight, rate in terms)
        return f"{begin} + {step} * ({total})"
    if len(terms) > 1:
        rate = f"({' + '.join(rate for _, rate in terms)})"
    return f"{begin} + {step} * {_times(shared, rate)}"


def _times(weight: Fraction | int, rate: str) -> str:
    if weight == 1:
        return rate
    fraction = Fraction(weight)
    if fraction.denominator == 1:
        return f"{float(fraction)} * {rate}"
    return f"({fraction.numerator}.0 / {fraction.denominator}.0) * {rate}"


def _time(c: Fraction) -> str:
    if c == 0:
        return "t"
    return "t + dt" if c == 1 else f"t + ({c.numerator}.0 / {c.denominator}.0) * dt"


F = Fraction
euler = RungeKutta("euler", (), (1,))
midpoint = RungeKutta("midpoint", ((F(1, 2),),), (0, 1))
heun = Heun("heun", ((1,),), (F(1, 2), F(1, 2)))
# Ralston's: the least error bound of order two
rk2 = RungeKutta("rk2", ((F(2, 3),),), (F(1, 4), F(3, 4)))
rk3 = RungeKutta("rk3", ((F(1, 2),), (-1, 2)), (F(1, 6), F(2, 3), F(1, 6)))
rk4 = RungeKutta("rk4", ((F(1, 2),), (0, F(1, 2)), (0, 0, 1)), (F(1, 6), F(1, 3), F(1, 3), F(1, 6)))
