"""Exact integration of linear systems with constant coefficients, coupled ones too (Rotter & Diesmann 1999)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.equations import Equations
from brainkernel.errors import IntegratorError
from brainkernel.integrators.base import Method
from brainkernel.integrators.linear import NotLinear, matrix


class Exact(Method):
    """``x(t + dt) = x + P f(x)`` with ``P = integral of exp(A s) over a step``: the solution where inputs are constant.

    P comes from one matrix exponential of ``[[A, 1], [0, 0]]``, which needs no inverse of A, so equal time
    constants and rates of zero are no special cases (Van Loan 1978). While a state is held, it is a constant to the
    others, which then have propagators of their own.
    """

    libraries = ("scipy",)

    def lines(self, equations: Equations) -> list[str]:
        """Print the rates, and their sum weighted by the propagator."""
        lines = equations.stage(1, {})
        for state in equations.states:
            increment = _increment(equations, state, "exact")
            if _feels_hold(equations, state):
                increment = f"np.where(held, {_increment(equations, state, 'exact_held')}, {increment})"
            lines.append(f"{state}_next = {state} + {increment}")
        return lines

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Name a propagator for each pair of states of which one acts on the other."""
        return tuple(_name(*entry) for entry in _entries(equations))

    def values(self, equations: Equations, known: Mapping[str, Any], dt: float) -> dict[str, NDArray[np.float64]]:
        """Compute the propagators for these parameters, one for each group or each neuron.

        Raises
        ------
        IntegratorError
            Where the equations are not linear with constant coefficients.
        """
        system, number = _system(equations, known), {state: k for k, state in enumerate(equations.states)}
        free, held = system, system.copy()
        held[:, [number[state] for state in equations.held if state in number]] = 0.0
        propagators = {"exact": _propagator(free, dt), "exact_held": _propagator(held, dt)}
        return {
            _name(prefix, state, other): np.ascontiguousarray(propagators[prefix][:, number[state], number[other]])
            for prefix, state, other in _entries(equations)
        }


def _entries(equations: Equations) -> Iterator[tuple[str, str, str]]:
    """Yield what the printed names of the propagators are made of."""
    for state in equations.states:
        prefixes = ("exact", "exact_held") if _feels_hold(equations, state) else ("exact",)
        for prefix in prefixes:
            for other in _sources(equations, state, prefix):
                yield prefix, state, other


def _increment(equations: Equations, state: str, prefix: str) -> str:
    sources = _sources(equations, state, prefix)
    return " + ".join(f"{_name(prefix, state, other)} * d{other}_stage1" for other in sources)


def _sources(equations: Equations, state: str, prefix: str = "exact") -> list[str]:
    """Find the states that act on a state, at once or through others; the text must not hang on values."""
    rates = {term.target: term for term in equations.rates}
    acting = set(rates) - (set(equations.held) if prefix == "exact_held" else set())
    reached, waiting = {state}, [state]
    while waiting:
        new = (equations.depends_on(rates[waiting.pop()]) & acting) - reached
        reached |= new
        waiting += new
    return [other for other in equations.states if other in reached]


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


def _propagator(system: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
    from scipy.linalg import expm

    count = system.shape[-1]
    distinct, which = np.unique(system.reshape(len(system), -1), axis=0, return_inverse=True)
    wide = np.zeros((len(distinct), 2 * count, 2 * count))
    wide[:, :count, :count] = distinct.reshape(-1, count, count)
    wide[:, :count, count:] = np.eye(count)
    return np.asarray(expm(wide * dt)[which.reshape(-1), :count, count:])


def _name(prefix: str, state: str, other: str) -> str:
    return f"{prefix}_{state}_{other}"


exact = Exact("exact")
