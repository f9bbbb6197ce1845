"""Exact integration of linear systems with constant coefficients, coupled ones too (Rotter & Diesmann 1999)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.equations import Equations
from brainkernel.errors import IntegratorError
from brainkernel.integrators.base import Method
from brainkernel.integrators.linear import NotLinear, in_inputs, matrix, trial_values


class Exact(Method):
    """``x(t + dt) = x + P (A x + f(0))`` with ``P = integral of exp(A s) over a step``, so that rest stays rest.

    That is the solution where inputs are constant during a step. Where the rates are linear in the inputs too, all that
    multiplies them is computed before the run, and a step is a few products: the users' functions are called then, on
    an algebra of their own, and not in the loop. Otherwise ``f(0)`` is what they give at each step.

    P comes from one matrix exponential of ``[[A, 1], [0, 0]]``, which needs no inverse of A, so equal time
    constants and rates of zero are no special cases (Van Loan 1978). While a state is held, it is a constant to the
    others, which then have propagators of their own.
    """

    libraries = ("scipy",)

    def lines(self, equations: Equations) -> list[str]:
        """Print what is added to each state: all that act on it, weighted by what was computed before the run."""
        known = _linear_in_inputs(equations)
        lines = [] if known else _rates_at_zero(equations)
        for state in equations.states:
            value = _sum(equations, state, "exact", known)
            if _feels_hold(equations, state):
                value = f"np.where(held, {_sum(equations, state, 'exact_held', known)}, {value})"
            lines.append(f"{state}_next = {value}")
        return lines

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Name what multiplies states, inputs or rates, and what is added."""
        known = _linear_in_inputs(equations)
        return tuple(
            _name(prefix, state, factor)
            for state in equations.states
            for prefix in (("exact", "exact_held") if _feels_hold(equations, state) else ("exact",))
            for factor in _factors(equations, state, prefix, known)
        )

    def values(self, equations: Equations, known: Mapping[str, Any], dt: float) -> dict[str, NDArray[np.float64]]:
        """Compute those for these parameters, for each group or each neuron.

        Raises
        ------
        IntegratorError
            Where the equations are not linear with constant coefficients.
        """
        values = {}
        held = [k for k, state in enumerate(equations.states) if state in equations.held]
        for prefix, still in (("exact", []), ("exact_held", held)):
            found = _weights(equations, known, dt, still)
            values.update({_name(prefix, state, factor): array for (state, factor), array in found.items()})
        return {name: np.ascontiguousarray(values[name]) for name in self.constants(equations)}


def _linear_in_inputs(equations: Equations) -> bool:
    """Whether inputs only add up."""
    try:
        in_inputs(equations, trial_values(equations))
    except NotLinear:
        return False
    return True


def _rates_at_zero(equations: Equations) -> list[str]:
    return equations.stage("rest", dict.fromkeys(equations.states, "0.0"))


def _factors(equations: Equations, state: str, prefix: str, known: bool) -> list[str]:
    """What a state's next value is a sum of, as it ends the printed names of its weights."""
    sources, moving = _sources(equations, state, prefix), _moving(equations, state, prefix)
    if not known:
        return [*sources, *(f"rate_{other}" for other in moving)]
    rates = {term.target: term for term in equations.rates}
    named = {name for other in moving for name in equations.depends_on(rates[other])}
    return [*sources, *(name for name in equations.external if name in named), "constant"]


def _sum(equations: Equations, state: str, prefix: str, known: bool) -> str:
    terms = []
    for factor in _factors(equations, state, prefix, known):
        name, rate = _name(prefix, state, factor), factor.removeprefix("rate_")
        if factor == "constant":
            terms.append(name)
        else:
            terms.append(f"{name} * {factor}" if known or factor == rate else f"{name} * d{rate}_stagerest")
    return f"{state} + ({' + '.join(terms)})"


def _weights(
    equations: Equations, known: Mapping[str, Any], dt: float, still: list[int]
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """All weights of all states, with some states that stay as they are."""
    states, system = equations.states, _system(equations, known)
    system[:, still] = 0.0
    gain = _gain(system, dt)
    change = gain @ system
    found = {(x, y): change[:, i, j] for i, x in enumerate(states) for j, y in enumerate(states)}
    found |= {(x, f"rate_{y}"): gain[:, i, j] for i, x in enumerate(states) for j, y in enumerate(states)}
    if _linear_in_inputs(equations):
        for name, rates in _driving(equations, known).items():
            rates[:, still] = 0.0
            total = np.einsum("nij,nj->ni", gain, rates)
            found |= {(x, name): total[:, i] for i, x in enumerate(states)}
    return found


def _driving(equations: Equations, known: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The rates of all states by which each input counts, and those without any."""
    states, size = equations.states, max(np.size(value) for value in known.values())
    driving = {name: np.zeros((size, len(states))) for name in (*equations.external, "constant")}
    for (state, name), value in in_inputs(equations, known).items():
        driving[name][:, states.index(state)] = value
    nothing = dict.fromkeys((*states, *equations.external, *equations.driven), np.float64(0.0))
    for state, value in equations.evaluate({**known, **nothing}).items():
        driving["constant"][:, states.index(state)] = value
    return driving


def _sources(equations: Equations, state: str, prefix: str = "exact") -> list[str]:
    """Find the states that act on a state, at once or through others; the text must not hang on values."""
    rates = {term.target: term for term in equations.rates}
    constant = set(equations.held) if prefix == "exact_held" else set()
    reached, waiting = {state}, [state]
    while waiting:
        new = (equations.depends_on(rates[waiting.pop()]) & set(rates)) - reached
        reached |= new
        waiting += new - constant
    return [other for other in equations.states if other in reached]


def _moving(equations: Equations, state: str, prefix: str) -> list[str]:
    """Of the states that act on a state, those that change."""
    still = equations.held if prefix == "exact_held" else ()
    return [other for other in _sources(equations, state, prefix) if other not in still]


def _feels_hold(equations: Equations, state: str) -> bool:
    return state not in equations.held and bool(set(equations.held) & set(_sources(equations, state)))


def _system(equations: Equations, known: Mapping[str, Any]) -> NDArray[np.float64]:
    """Fill the matrix A, once for each value of the parameters."""
    states = equations.states
    try:
        coefficients = matrix(equations, known)
    except NotLinear:
        raise IntegratorError(
            f"{equations.owner}: method 'exact' needs equations that are linear in {', '.join(states)} with constant "
            "coefficients and do not name t; use 'exponential_euler' or 'rk4'"
        ) from None
    system = np.zeros((max(np.size(value) for value in known.values()), len(states), len(states)))
    for (row, column), value in coefficients.items():
        system[:, states.index(row), states.index(column)] = value
    return system


def _gain(system: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
    from scipy.linalg import expm

    count = system.shape[-1]
    distinct, which = np.unique(system.reshape(len(system), -1), axis=0, return_inverse=True)
    wide = np.zeros((len(distinct), 2 * count, 2 * count))
    wide[:, :count, :count] = distinct.reshape(-1, count, count)
    wide[:, :count, count:] = np.eye(count)
    return np.asarray(expm(wide * dt)[which.reshape(-1), :count, count:])


def _name(prefix: str, state: str, factor: str) -> str:
    return f"{prefix}_{state}_{factor}"


exact = Exact("exact")
