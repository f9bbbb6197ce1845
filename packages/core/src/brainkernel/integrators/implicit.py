"""Implicit methods: the states at the end of a step solve an equation, by Newton's iteration.

They are for stiff equations, whose steps no explicit method could take. All states of a system are
solved for together, with the Jacobian matrix of the rates. Hairer & Wanner (1996) Solving Ordinary
Differential Equations II, chapter IV.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brainkernel.integrators.partials import (
    partial_call,
    partial_label,
    partial_of_curve,
    partial_of_line,
)
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Method
from brainkernel.program.linearity import is_linear, trial_values

ITERATIONS = 8
TOLERANCE = "1e-9"
"""How large the last correction of a state may be, relative to 1 and to the state. Newton's
iteration squares the error each time, so that the state itself is right to the last digits."""


@dataclass(frozen=True)
class Entry:
    """An element of the Jacobian matrix: how the rate of a state follows another state."""

    rate: Term
    state: str


class Implicit(Method):
    """``x1 = x0 + dt * ((1 - theta) * f(x0) + theta * f(x1))``.

    Linear equations are solved at once. Others are iterated until nothing changes; where that does
    not happen in `ITERATIONS` the state becomes NaN, at which a run stops and says so.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    theta : float
        1 is the backward Euler method, of order one, which damps whatever is faster than a step;
        1/2 the trapezoidal rule, of order two.
    """

    libraries = ("sympy",)
    solves_each_neuron = True

    def __init__(self, name: str, theta: float) -> None:
        super().__init__(name)
        self.theta = theta

    def functions(self, equations: Equations) -> dict[str, Text]:
        """The partial derivatives of rates and currents."""
        functions: dict[str, Text] = {}
        for term, printed in _partials(equations):
            label = partial_label(term, printed)
            if label not in functions:  # several projections of one model share their functions
                line = partial_of_line(term, printed)
                functions[label] = line or partial_of_curve(term, printed, self.name)
        return functions

    def lines(self, equations: Equations) -> list[str]:
        """Print the iteration."""
        states = equations.states
        lines = []
        if self.theta < 1.0:
            lines += equations.stage(1, {})
        # the present state is the first guess: an explicit step may lie beyond all reason
        lines += [f"_{state}_solved = {state}" for state in states]
        iteration = self._iteration(equations)
        if is_linear(equations, trial_values(equations)):
            lines += iteration
            solved = {state: f"_{state}_solved" for state in states}
        else:
            lines.append(f"for _iteration in range({ITERATIONS}):")
            lines += [f"    {line}" for line in iteration]
            lines += _converged(states)
            solved = {state: f"np.where(_converged, _{state}_solved, np.nan)" for state in states}
        for state in states:
            lines.append(f"_{state}_next = {equations.limited(state, solved[state])}")
        return lines

    def _iteration(self, equations: Equations) -> list[str]:
        """Print one correction of all states."""
        solved = {state: f"_{state}_solved" for state in equations.states}
        lines = equations.stage("end", solved, "t + dt")
        system = _System(equations, f"{self.theta!r} * dt" if self.theta < 1.0 else "dt")
        for term in equations.rates:
            lines.append(self._residual(equations, term))
            lines += system.row(term, equations.at("end", solved, "t + dt"))
        lines += system.solve()
        for state in equations.states:
            lines.append(f"_{state}_solved = _{state}_solved - _correction_{state}")
        return lines

    def _residual(self, equations: Equations, term: Term) -> str:
        """Print by how much a state misses what the method asks for."""
        state = term.target
        change = equations.rate_name(state, "end")
        if self.theta < 1.0:
            begin = 1.0 - self.theta
            rate = equations.rate_name(state, 1)
            change = f"({begin!r} * {rate} + {self.theta!r} * {change})"
        residual = f"_{state}_solved - {state} - dt * {change}"
        # a held state is as it should be, whatever its rate
        if state in equations.held:
            residual = f"np.where(_held, 0.0, {residual})"
        return f"_residual_{state} = {residual}"


class _System:
    """Linear equations for the corrections, solved by elimination without exchanging rows.

    A row and column of a state are eliminated in the order in which fewest new elements come up:
    gates, which follow the potential alone, before the potential.

    Parameters
    ----------
    equations : Equations
        Whose rates are solved for.
    factor : str
        The printed factor of the Jacobian matrix.
    """

    def __init__(self, equations: Equations, factor: str) -> None:
        self.equations, self.factor = equations, factor
        self.filled = {
            (term.target, state)
            for term in equations.rates
            for state in equations.states
            if state in equations.depends_on(term)
        }
        self.filled |= {(state, state) for state in equations.states}

    def row(self, term: Term, names: Mapping[str, str]) -> list[str]:
        """Print the elements of the row of a state: those of 1 - factor * Jacobian."""
        lines = []
        for state in self.equations.states:
            if (term.target, state) not in self.filled:
                continue
            slope = " + ".join(_slopes(self.equations, Entry(term, state), names))
            element = "1.0" if state == term.target else "0.0"
            if slope:
                minus = "1.0 - " if state == term.target else "-"
                element = f"{minus}{self.factor} * ({slope})"
            if term.target in self.equations.held:
                identity = "1.0" if state == term.target else "0.0"
                element = f"np.where(_held, {identity}, {element})"
            lines.append(f"{_element(term.target, state)} = {element}")
        return lines

    def solve(self) -> list[str]:
        """Print elimination and back substitution."""
        lines: list[str] = []
        filled = set(self.filled)
        order: list[str] = []
        left = list(self.equations.states)
        while left:
            # what comes up new is computed in every step of every neuron
            pivot = min(left, key=lambda state: _new_elements(filled, left, state))
            left.remove(pivot)
            order.append(pivot)
            columns = [state for state in left if (pivot, state) in filled]
            for row in left:
                if (row, pivot) in filled:
                    lines += _eliminate(filled, row, pivot, columns)
        for position in reversed(range(len(order))):
            lines.append(_substitute(filled, order[position], order[position + 1 :]))
        return lines


def _new_elements(filled: set[tuple[str, str]], left: list[str], pivot: str) -> int:
    """How many elements come up where a state is eliminated."""
    rows = [row for row in left if row != pivot and (row, pivot) in filled]
    columns = [column for column in left if column != pivot and (pivot, column) in filled]
    return sum((row, column) not in filled for row in rows for column in columns)


def _eliminate(
    filled: set[tuple[str, str]],
    row: str,
    pivot: str,
    columns: list[str],
) -> Iterator[str]:
    ratio = f"_ratio_{row}_{pivot}"
    yield f"{ratio} = {_element(row, pivot)} / {_element(pivot, pivot)}"
    for column in columns:
        element = _element(row, column)
        before = element if (row, column) in filled else "0.0"
        filled.add((row, column))
        yield f"{element} = {before} - {ratio} * {_element(pivot, column)}"
    yield f"_residual_{row} = _residual_{row} - {ratio} * _residual_{pivot}"


def _substitute(filled: set[tuple[str, str]], state: str, later: list[str]) -> str:
    known = [
        f"{_element(state, other)} * _correction_{other}"
        for other in later
        if (state, other) in filled
    ]
    rest = " - ".join([f"_residual_{state}", *known])
    return f"_correction_{state} = ({rest}) / {_element(state, state)}"


def _element(row: str, column: str) -> str:
    return f"_jacobian_{row}_{column}"


def _converged(states: tuple[str, ...]) -> list[str]:
    small = [
        f"(np.abs(_correction_{state}) <= {TOLERANCE} * (1.0 + np.abs(_{state}_solved)))"
        for state in states
    ]
    return [f"_converged = {' & '.join(small)}"]


def _slopes(equations: Equations, entry: Entry, names: Mapping[str, str]) -> Iterator[str]:
    """Print the summands of an element: the rate's own slope, and those through the inputs."""
    term, state = entry.rate, entry.state
    of_state = equations.through(term, state)
    if state in of_state.arguments:
        yield partial_call(of_state, state, names)
    for of_input, current in _chains(equations, term, state):
        through = partial_call(of_input, current.target, names)
        yield f"{through} * {partial_call(current, state, names)}"


def _chains(equations: Equations, term: Term, state: str) -> Iterator[tuple[Term, Term]]:
    """Yield the currents through which a rate follows a state, after the rate as it reads them."""
    for current in equations.currents:
        of_input = equations.through(term, current.target)
        of_state = equations.through(current, state)
        if current.target in of_input.arguments and state in of_state.arguments:
            yield of_input, of_state


def _partials(equations: Equations) -> Iterator[tuple[Term, str]]:
    """Yield each function with each argument by which it is differentiated, as printed."""
    for term in equations.rates:
        for state in equations.states:
            of_state = equations.through(term, state)
            if state in of_state.arguments:
                yield of_state, state
            for of_input, current in _chains(equations, term, state):
                yield of_input, current.target
                yield current, state


backward_euler = Implicit("backward_euler", 1.0)
trapezoidal = Implicit("trapezoidal", 0.5)
