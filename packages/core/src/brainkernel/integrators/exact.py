"""Exact integration of linear systems with constant coefficients, coupled ones too.

The method is that of Rotter & Diesmann (1999).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    def lines(self, equations: Equations) -> list[str]:
        """Print what is added to each state.

        All that act on it, weighted by what was computed before the run.
        """
        known = _linear_in_inputs(equations)
        lines = [] if known else _rates_at_zero(equations)
        for state in equations.states:
            value = _sum(equations, state, "exact", known)
            if _feels_hold(equations, state):
                value = f"np.where(_held, {_sum(equations, state, 'exact_held', known)}, {value})"
            lines.append(f"_{state}_next = {value}")
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

    def values(
        self,
        equations: Equations,
        known: Mapping[str, Any],
        dt: float,
        algebra: Algebra | None = None,
    ) -> dict[str, Any]:
        """Compute those for these parameters, for each group or each neuron.

        Parameters
        ----------
        equations : Equations
            The system.
        known : mapping
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
        values = {}
        held = [k for k, state in enumerate(equations.states) if state in equations.held]
        for prefix, still in (("exact", []), ("exact_held", held)):
            found = _weights(equations, known, dt, still, algebra or NUMPY)
            values.update(
                {_name(prefix, state, factor): array for (state, factor), array in found.items()}
            )
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
            terms.append(
                f"{name} * {factor}" if known or factor == rate else f"{name} * _d{rate}_stagerest"
            )
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
        wide = [
            self.numpy.broadcast_to(self.numpy.asarray(entry, dtype=float), (size,))
            for entry in entries
        ]
        return self.numpy.stack(wide, axis=-1)


def _weights(
    equations: Equations, known: Mapping[str, Any], dt: float, still: list[int], algebra: Algebra
) -> dict[tuple[str, str], Any]:
    """All weights of all states, with some states that stay as they are."""
    states, moving = equations.states, _mask(equations, still)
    system = _system(equations, known, algebra) * moving[:, None]
    gain = gain_of(system, dt, algebra)
    change = gain @ system
    found = {(x, y): change[:, i, j] for i, x in enumerate(states) for j, y in enumerate(states)}
    found |= {
        (x, f"rate_{y}"): gain[:, i, j] for i, x in enumerate(states) for j, y in enumerate(states)
    }
    if _linear_in_inputs(equations):
        for name, rates in _driving(equations, known, algebra).items():
            total = algebra.numpy.einsum("nij,nj->ni", gain, rates * moving)
            found |= {(x, name): total[:, i] for i, x in enumerate(states)}
    return found


def _mask(equations: Equations, still: list[int]) -> NDArray[np.float64]:
    moving = np.ones(len(equations.states))
    moving[still] = 0.0
    return moving


def _size(known: Mapping[str, Any]) -> int:
    return max(np.size(value) for value in known.values())


def _driving(equations: Equations, known: Mapping[str, Any], algebra: Algebra) -> dict[str, Any]:
    """The rates of all states by which each input counts, and those without any."""
    states, inputs = equations.states, in_inputs(equations, known)
    nothing = dict.fromkeys((*states, *equations.external, *equations.driven), np.float64(0.0))
    alone = equations.evaluate({**known, **nothing})
    driving = {
        name: [inputs.get((state, name), 0.0) for state in states] for name in equations.external
    }
    driving["constant"] = [alone[state] for state in states]
    return {name: algebra.filled(rates, _size(known)) for name, rates in driving.items()}


def _sources(equations: Equations, state: str, prefix: str = "exact") -> list[str]:
    """Find the states that act on a state, at once or through others.

    The text must not hang on values.
    """
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
    return state not in equations.held and bool(
        set(equations.held) & set(_sources(equations, state))
    )


def _system(equations: Equations, known: Mapping[str, Any], algebra: Algebra) -> Any:
    """Fill the matrix A, once for each value of the parameters."""
    states, found = equations.states, coefficients(equations, known)
    rows = [algebra.filled([found.get((x, y), 0.0) for y in states], _size(known)) for x in states]
    return algebra.numpy.stack(rows, axis=-2)


TERMS = 15  # of the series; for a norm of one half the next one is below 2**-53 of the first


def gain_of(system: Any, dt: float, algebra: Algebra) -> Any:
    """P = integral of exp(A s) over a step, of matrices A (n, states, states).

    P(2 t) = 2 P(t) + P(t) A P(t).
    """
    halvings = algebra.halvings(system * dt)[
        :, None, None
    ]  # of each matrix, so that none depends on the others
    short = system * (dt / 2.0**halvings)
    one = algebra.numpy.broadcast_to(algebra.numpy.eye(system.shape[-1]), system.shape)
    series = one
    for k in range(TERMS, 1, -1):
        series = one + short @ series / k
    gain = series * (dt / 2.0**halvings)
    for done in range(halvings.max(initial=0)):
        gain = algebra.numpy.where(done < halvings, 2.0 * gain + gain @ system @ gain, gain)
    return gain


def _halvings(matrices: NDArray[np.float64]) -> NDArray[np.int64]:
    norms = np.sum(np.abs(matrices), axis=-1).max(axis=-1)
    exponents: NDArray[np.int64] = np.frexp(norms)[1].astype(np.int64)
    return np.maximum(exponents + 1, 0)


NUMPY = Algebra(np, _halvings)


def _name(prefix: str, state: str, factor: str) -> str:
    return f"{prefix}_{state}_{factor}"


exact = Exact("exact")
