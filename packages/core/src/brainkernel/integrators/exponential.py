"""Exponential Euler: each state relaxes exactly along its own linear part, which SymPy finds in the user's function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from brainkernel._step import Text
from brainkernel.equations import Equations, Term
from brainkernel.integrators.base import Method, printed_text
from brainkernel.integrators.exact import Algebra, exact
from brainkernel.integrators.linear import is_linear, trial_values
from brainkernel.integrators.symbolic import derivative_text

INCREMENT = '''def exponential_increment(slope, dt):
    """(exp(slope * dt) - 1) / slope, which tends to dt where the slope vanishes."""
    exponent = slope * dt
    small = np.abs(exponent) < 1e-9
    return dt * np.where(small, 1.0 + 0.5 * exponent, np.expm1(exponent) / np.where(small, 1.0, exponent))'''


class ExponentialEuler(Method):
    """``x + (exp(J dt) - 1) / J * f(x)`` with J = df/dx at the present state.

    Where f is linear in x (gates, conductance-based membranes) this is the classical scheme (MacGregor 1987); where it
    is not, J is the slope at this step (Rosenbrock-Euler; Hochbruck & Ostermann 2010, section 2.4).
    """

    libraries = ("sympy",)

    def lines(self, equations: Equations) -> list[str]:
        """Print rates, slopes and increments; a state that just decays by itself has a factor known before the run."""
        alone = _alone(equations)
        rest = replace(equations, rates=tuple(term for term in equations.rates if term not in alone.rates))
        lines = [*exact.lines(alone), *rest.stage(1, {})]
        for term in rest.rates:
            state = term.target
            lines.append(f"slope_{state} = {_slope(equations, term)}")
            lines.append(f"{state}_next = {state} + exponential_increment(slope_{state}, dt) * d{state}_stage1")
        return lines

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Name the factors of states that just decay."""
        return exact.constants(_alone(equations))

    def values(
        self, equations: Equations, known: Mapping[str, Any], dt: float, algebra: Algebra | None = None
    ) -> dict[str, Any]:
        """Compute them."""
        alone = _alone(equations)
        return exact.values(alone, known, dt, algebra) if alone.rates else {}

    def functions(self, equations: Equations) -> dict[str, Text]:
        """Find the slopes with SymPy."""
        found = {"exponential_increment": printed_text("exponential_increment", ("slope", "dt"), INCREMENT)}
        for term, name in _partials(equations):
            label = _label(term, name)
            if label not in found:  # several projections of one model share their functions
                text = derivative_text(term, _own(term, name), label)
                found[label] = printed_text(label, term.source.arguments, text)
        return found


def _alone(equations: Equations) -> Equations:
    """The part whose rates are linear in the state itself, and follow nothing else that changes."""
    changing = {*equations.states, *equations.external, *equations.driven, "t"}
    alone = []
    for term in equations.rates:
        single = replace(equations, rates=(term,), currents=(), diffusions=(), held=(), external=())
        if set(term.arguments) & changing <= {term.target} and is_linear(single, trial_values(single)):
            alone.append(term)
    return replace(equations, rates=tuple(alone), currents=(), diffusions=(), held=(), external=())


def _slope(equations: Equations, term: Term) -> str:
    """Print J: the rate's own derivative, and by the chain rule what comes through the inputs."""
    names = equations.at(1, {})
    parts = [_call(term, term.target, names)] if term.target in term.arguments else []
    for current in _currents_of(equations, term):
        parts.append(f"{_call(term, current.target, names)} * {_call(current, term.target, {})}")
    return " + ".join(parts) or "0.0 * dt"


def _partials(equations: Equations) -> Iterator[tuple[Term, str]]:
    """Yield which function is differentiated by which printed name."""
    for term in equations.rates:
        if term.target in term.arguments:
            yield term, term.target
        for current in _currents_of(equations, term):
            yield term, current.target
            yield current, term.target


def _currents_of(equations: Equations, term: Term) -> list[Term]:
    """Find the currents through which a state acts on its own rate."""
    return [c for c in equations.currents if c.target in term.arguments and term.target in c.arguments]


def _call(term: Term, printed: str, names: Mapping[str, str]) -> str:
    return f"{_label(term, printed)}({', '.join(names.get(argument, argument) for argument in term.arguments)})"


def _label(term: Term, printed: str) -> str:
    return f"{term.function}_by_{_own(term, printed)}"


def _own(term: Term, printed: str) -> str:
    """Give the user's name of an argument that is printed under another."""
    return term.source.arguments[term.arguments.index(printed)]


exponential_euler = ExponentialEuler("exponential_euler")
