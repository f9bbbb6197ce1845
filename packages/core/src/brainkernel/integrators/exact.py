"""Exact integration of linear systems with constant coefficients, coupled ones too (Rotter & Diesmann 1999)."""

from __future__ import annotations

from collections.abc import Mapping
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
    constants and rates of zero are no special cases (Van Loan 1978).
    """

    def lines(self, equations: Equations) -> list[str]:
        """Print the rates, and their sum weighted by the propagator."""
        lines = equations.stage(1, {})
        for state in equations.states:
            terms = [f"{_name(state, other)} * d{other}_stage1" for other in self._sources(equations, state)]
            lines.append(f"{state}_next = {' + '.join([state, *terms])}")
        return lines

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """One propagator for each pair of states of which one acts on the other."""
        return tuple(_name(state, other) for state in equations.states for other in self._sources(equations, state))

    def values(self, equations: Equations, known: Mapping[str, Any], dt: float) -> dict[str, NDArray[np.float64]]:
        """The propagators for these parameters, one for each group or each neuron.

        Raises
        ------
        IntegratorError
            Where the equations are not linear with constant coefficients.
        """
        propagator = self._propagator(equations, known, dt)
        number = {state: k for k, state in enumerate(equations.states)}
        return {
            _name(state, other): np.ascontiguousarray(propagator[:, number[state], number[other]])
            for state in equations.states
            for other in self._sources(equations, state)
        }

    def _sources(self, equations: Equations, state: str) -> list[str]:
        """The states that act on a state, at once or through others; the text must not hang on values."""
        reached, waiting = {state}, [state]
        while waiting:
            target = waiting.pop()
            term = next(term for term in equations.rates if term.target == target)
            new = (equations.depends_on(term) & set(equations.states)) - reached
            reached |= new
            waiting += new
        return [other for other in equations.states if other in reached]

    def _propagator(self, equations: Equations, known: Mapping[str, Any], dt: float) -> NDArray[np.float64]:
        from scipy.linalg import expm

        try:
            coefficients = matrix(equations, known)
        except NotLinear:
            raise IntegratorError(
                f"{equations.owner}: method 'exact' needs equations that are linear in {', '.join(equations.states)} "
                "with constant coefficients; use 'exponential_euler' or 'rk4'"
            ) from None
        states = equations.states
        count, size = len(states), _common_size(known)
        system = np.zeros((size, 2 * count, 2 * count))
        for (row, column), value in coefficients.items():
            system[:, states.index(row), states.index(column)] = value
        system[:, np.arange(count), count + np.arange(count)] = 1.0
        distinct, which = np.unique(system.reshape(size, -1), axis=0, return_inverse=True)
        solved = expm(distinct.reshape(-1, 2 * count, 2 * count) * dt)[:, :count, count:]
        return np.asarray(solved[which.reshape(-1)])


def _common_size(known: Mapping[str, Any]) -> int:
    return max((np.size(value) for value in known.values()), default=1)


def _name(state: str, other: str) -> str:
    return f"exact_{state}_{other}"


exact = Exact("exact")
