"""Exact integration of linear systems with constant coefficients, coupled ones too.

The method is that of Rotter & Diesmann (1999).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.integrators.exact_part import exact_part
from brainkernel.model.function_text import apart
from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method
from brainkernel.program.linearity import NotLinear, coefficients, in_inputs, trial_values


class Exact(Method):
    """A step of the exact solution: ``x(t + dt) = x + P (A x + f(0))``, so that rest stays rest.

    Here ``P = integral of exp(A s) over a step``. That is the solution where inputs are constant
    during a step. Where the rates are linear in the inputs too, all that multiplies them is
    computed before the run, and a step is a few products: the users' functions are called then, on
    an algebra of their own, and not in the loop. Otherwise ``f(0)`` is what they give at each step.

    P comes from its series over a short step, which is doubled until it is the whole one: that
    needs no inverse of A, so equal time constants and rates of zero are no special cases. While a
    state is held, it is a constant to the others, which then have propagators of their own.
    """

    solves_each_neuron = True
    part_of_step = exact_part

    def lines(self, equations: Equations) -> list[str]:
        """Print what is added to each state.

        All that act on it, weighted by what was computed before the run.
        """
        linear = _linear_in_inputs(equations)
        lines = [] if linear else _rates_at_zero(equations)
        for state in equations.states:
            value = _sum(equations, state, "exact", linear)
            if _feels_hold(equations, state):
                while_held = _sum(equations, state, "exact_held", linear)
                value = f"np.where(_held, {while_held}, {value})"
            lines.append(f"_{state}_next = {value}")
        return lines

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Name what multiplies states, inputs or rates, and what is added."""
        linear = _linear_in_inputs(equations)
        names = []
        for state in equations.states:
            prefixes = ["exact"]
            if _feels_hold(equations, state):
                prefixes.append("exact_held")
            for prefix in prefixes:
                factors = _factors(equations, state, prefix, linear)
                names += [_name(equations, prefix, state, factor) for factor in factors]
        return tuple(names)

    def values(
        self,
        equations: Equations,
        parameters: Mapping[str, Any],
        dt: float,
        algebra: Algebra | None = None,
    ) -> dict[str, Any]:
        """Compute those for these parameters, for each group or each neuron.

        Parameters
        ----------
        equations : Equations
            The system.
        parameters : mapping
            Values by printed name.
        dt : float
            The step in ms.
        algebra : Algebra, optional
            What computes, where it is not NumPy: that of a backend that differentiates.

        Raises
        ------
        IntegratorError
            Where the equations are not linear with constant coefficients.
        """
        held = [number for number, state in enumerate(equations.states) if state in equations.held]
        values = {}
        for prefix, still in (("exact", []), ("exact_held", held)):
            weights = _weights(equations, parameters, dt, still, algebra or NUMPY)
            for (state, factor), weight in weights.items():
                values[_name(equations, prefix, state, factor)] = weight
        return {name: values[name] for name in self.constants(equations)}


def _linear_in_inputs(equations: Equations) -> bool:
    """Whether inputs only add up."""
    try:
        in_inputs(equations, trial_values(equations))
    except NotLinear:
        return False
    return True


def _rates_at_zero(equations: Equations) -> list[str]:
    return equations.stage("rest", dict.fromkeys(equations.states, "0.0"))


def _factors(equations: Equations, state: str, prefix: str, linear: bool) -> list[str]:
    """What a state's next value is a sum of, as it ends the printed names of its weights."""
    sources = _sources(equations, state, prefix)
    moving = _moving(equations, state, prefix)
    if not linear:
        return [*sources, *(f"rate_{source}" for source in moving)]
    rates = {term.target: term for term in equations.rates}
    named: set[str] = set()
    for source in moving:
        named.update(equations.depends_on(rates[source]))
    inputs = [name for name in equations.external if name in named]
    return [*sources, *inputs, "constant"]


def _sum(equations: Equations, state: str, prefix: str, linear: bool) -> str:
    terms = []
    for factor in _factors(equations, state, prefix, linear):
        name = _name(equations, prefix, state, factor)
        rate = factor.removeprefix("rate_")
        if factor == "constant":
            terms.append(name)
        elif linear or factor == rate:
            terms.append(f"{name} * {factor}")
        else:
            terms.append(f"{name} * {equations.rate_name(rate, 'rest')}")
    return f"{state} + ({' + '.join(terms)})"


@dataclass(frozen=True)
class Algebra:
    """What computes with matrices.

    A namespace like NumPy's, and how often to halve a step for a series to end soon.
    """

    numpy: Any
    halvings: Callable[[Any], NDArray[np.int64]]

    def filled(self, entries: list[Any], size: int) -> Any:
        """Put numbers, or one for each of `size`, side by side: an array (size, entries)."""
        columns = []
        for entry in entries:
            column = self.numpy.asarray(entry, dtype=float)
            columns.append(self.numpy.broadcast_to(column, (size,)))
        return self.numpy.stack(columns, axis=-1)


def _weights(
    equations: Equations,
    parameters: Mapping[str, Any],
    dt: float,
    still: list[int],
    algebra: Algebra,
) -> dict[tuple[str, str], Any]:
    """All weights of all states, with some states that stay as they are."""
    states = equations.states
    moving = _mask(equations, still)
    system = _system(equations, parameters, algebra) * moving[:, None]
    gain = gain_of(system, dt, algebra)
    change = gain @ system
    weights: dict[tuple[str, str], Any] = {}
    for row, state in enumerate(states):
        for column, source in enumerate(states):
            weights[state, source] = change[:, row, column]
            weights[state, f"rate_{source}"] = gain[:, row, column]
    if _linear_in_inputs(equations):
        for name, rates in _driving(equations, parameters, algebra).items():
            total = algebra.numpy.einsum("nij,nj->ni", gain, rates * moving)
            for row, state in enumerate(states):
                weights[state, name] = total[:, row]
    return weights


def _mask(equations: Equations, still: list[int]) -> NDArray[np.float64]:
    moving = np.ones(len(equations.states))
    moving[still] = 0.0
    return moving


def _size(parameters: Mapping[str, Any]) -> int:
    return max(np.size(value) for value in parameters.values())


def _driving(
    equations: Equations,
    parameters: Mapping[str, Any],
    algebra: Algebra,
) -> dict[str, Any]:
    """The rates of all states by which each input counts, and those without any."""
    states = equations.states
    size = _size(parameters)
    inputs = in_inputs(equations, parameters)
    zeros = dict.fromkeys((*states, *equations.external, *equations.driven), np.float64(0.0))
    without_input = equations.evaluate({**parameters, **zeros})
    driving = {}
    for name in equations.external:
        rates = [inputs.get((state, name), 0.0) for state in states]
        driving[name] = algebra.filled(rates, size)
    constant = [without_input[state] for state in states]
    driving["constant"] = algebra.filled(constant, size)
    return driving


def _sources(equations: Equations, state: str, prefix: str = "exact") -> list[str]:
    """Find the states that act on a state, at once or through others.

    The text must not hang on values.
    """
    rates = {term.target: term for term in equations.rates}
    constant = set(equations.held) if prefix == "exact_held" else set()
    reached = {state}
    waiting = [state]
    while waiting:
        term = rates[waiting.pop()]
        read = equations.depends_on(term) & set(rates)
        # what acts on a state that acts on this one acts on this one too
        new = read - reached
        reached |= new
        waiting += new - constant
    return [source for source in equations.states if source in reached]


def _moving(equations: Equations, state: str, prefix: str) -> list[str]:
    """Of the states that act on a state, those that change."""
    still = equations.held if prefix == "exact_held" else ()
    return [source for source in _sources(equations, state, prefix) if source not in still]


def _feels_hold(equations: Equations, state: str) -> bool:
    if state in equations.held:
        return False
    return not set(equations.held).isdisjoint(_sources(equations, state))


def _system(equations: Equations, parameters: Mapping[str, Any], algebra: Algebra) -> Any:
    """Fill the matrix A, once for each value of the parameters."""
    slopes = coefficients(equations, parameters)
    size = _size(parameters)
    rows = []
    for state in equations.states:
        row = [slopes.get((state, source), 0.0) for source in equations.states]
        rows.append(algebra.filled(row, size))
    return algebra.numpy.stack(rows, axis=-2)


TERMS = 15  # of the series; for a norm of one half the next one is below 2**-53 of the first


def gain_of(system: Any, dt: float, algebra: Algebra) -> Any:
    """P = integral of exp(A s) over a step, of matrices A (n, states, states).

    P(2 t) = 2 P(t) + P(t) A P(t).
    """
    # of each matrix, so that none depends on the others
    halvings = algebra.halvings(system * dt)[:, None, None]
    short_step = dt / 2.0**halvings
    short = system * short_step
    identity = algebra.numpy.eye(system.shape[-1])
    identity = algebra.numpy.broadcast_to(identity, system.shape)
    series = identity
    for power in range(TERMS, 1, -1):
        series = identity + short @ series / power
    gain = series * short_step
    for doublings in range(halvings.max(initial=0)):
        doubled = 2.0 * gain + gain @ system @ gain
        gain = algebra.numpy.where(doublings < halvings, doubled, gain)
    return gain


def _halvings(matrices: NDArray[np.float64]) -> NDArray[np.int64]:
    row_sums = np.sum(np.abs(matrices), axis=-1)
    norms = row_sums.max(axis=-1)
    exponents: NDArray[np.int64] = np.frexp(norms)[1].astype(np.int64)
    return np.maximum(exponents + 1, 0)


NUMPY = Algebra(np, _halvings)


def _name(equations: Equations, prefix: str, state: str, factor: str) -> str:
    return apart(f"{prefix}_{state}_{factor}", equations.named)


exact = Exact("exact")
