"""Exponential Euler: each state relaxes exactly along its own linear part, which SymPy finds in the user's function."""

from __future__ import annotations

from brainkernel.equations import Equations, Term
from brainkernel.integrators.base import Method, printed_text
from brainkernel.integrators.symbolic import derivative_text
from brainkernel._step import Text

INCREMENT = '''def exponential_increment(slope, dt):
    """(exp(slope * dt) - 1) / slope, which tends to dt where the slope vanishes."""
    exponent = slope * dt
    small = np.abs(exponent) < 1e-9
    return dt * np.where(small, 1.0 + 0.5 * exponent, np.expm1(exponent) / np.where(small, 1.0, exponent))'''


class ExponentialEuler(Method):
    """``x + (exp(J dt) - 1) / J * f(x)`` with J = df/dx at the present state.

    Where f is linear in x (gates, conductance-based membranes) this is the classical scheme (MacGregor 1987); where it is
    not, J is the slope at this step (Rosenbrock-Euler; Hochbruck & Ostermann 2010, section 2.4).
    """

    def lines(self, equations: Equations) -> list[str]:
        """Print rates, slopes and increments."""
        lines = equations.stage(1, {})
        names = {driven: f"{driven}_stage1" for driven in equations.driven}
        for term in equations.rates:
            state = term.target
            lines.append(f"slope_{state} = {_slope(equations, term, names)}")
            lines.append(f"{state}_next = {state} + exponential_increment(slope_{state}, dt) * d{state}_stage1")
        return lines

    def functions(self, equations: Equations) -> dict[str, Text]:
        """The slopes, found with SymPy."""
        found = {"exponential_increment": printed_text("exponential_increment", ("slope", "dt"), INCREMENT)}
        for term, name in _partials(equations):
            label = _label(term, name)
            arguments = term.source.arguments
            found[label] = printed_text(label, arguments, derivative_text(term, name, label))
        return found


def _label(term: Term, name: str) -> str:
    return f"{term.function}_by_{name}"


def _own_name(term: Term, printed: str) -> str:
    """The user's name of an argument that is printed under another."""
    return term.source.arguments[term.arguments.index(printed)]


def _partials(equations: Equations) -> list[tuple[Term, str]]:
    """Which functions must be differentiated by which of their own names, for the chain rule through the inputs."""
    found: dict[tuple[str, str], tuple[Term, str]] = {}
    for term in equations.rates:
        wanted = [(term, term.target)] if term.target in term.arguments else []
        for current in _currents_of(equations, term):
            wanted += [(term, current.target), (current, term.target)]
        for function, printed in wanted:
            name = _own_name(function, printed)
            found[function.function, name] = (function, name)
    return list(found.values())


def _currents_of(equations: Equations, term: Term) -> list[Term]:
    return [c for c in equations.currents if c.target in term.arguments and term.target in c.arguments]


def _slope(equations: Equations, term: Term, names: dict[str, str]) -> str:
    parts = []
    if term.target in term.arguments:
        parts.append(_call(term, term.target, names))
    for current in _currents_of(equations, term):
        parts.append(f"{_call(term, current.target, names)} * {_call(current, term.target, names)}")
    return " + ".join(parts) or "0.0 * dt"


def _call(term: Term, printed: str, names: dict[str, str]) -> str:
    return f"{_label(term, _own_name(term, printed))}({', '.join(names.get(a, a) for a in term.arguments)})"


exponential_euler = ExponentialEuler("exponential_euler")
