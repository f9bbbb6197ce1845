"""The exact solution of a linear system over any time, where no propagator is at hand.

Spikes that are located within a step need it: how long a part is, is known in the step alone.
"""

from __future__ import annotations

from brainkernel.program.equations import Equations
from brainkernel.program.integrator import Method

MOST = 60
"""Terms of the series. Where they do not suffice, a step is more than ten times as long as the
fastest time constant, and what is left of the digits would be few."""
NEGLIGIBLE = "1e-17"
"""Of a state: what is added no more."""


class ExactPart(Method):
    """``x(t + dt) = x + dt f(x) + dt**2 / 2 A f(x) + ...``, until nothing is added any more.

    A product of A with a vector v is ``f(v) - f(0)``, whatever the coefficients are. Where the
    series does not end, the state becomes NaN, at which a run stops and says so.
    """

    def lines(self, equations: Equations) -> list[str]:
        """Print the series."""
        states = equations.states
        lines = equations.stage(1, {})
        lines += equations.stage("rest", dict.fromkeys(states, "0.0"))
        for state in states:
            lines.append(_term(equations, state, f"dt * {equations.rate_name(state, 1)}"))
            lines.append(f"_{state}_sum = {state} + _{state}_term")
            lines.append(f"_{state}_size = 1e-300 + np.abs({state}) + np.abs(_{state}_term)")
        # relative to what the states are and were: one that passes zero ends too
        lines += ["_order = 1.0", f"_adding = {_counts(states)}"]
        terms = {state: f"_{state}_term" for state in states}
        body = ["_order = _order + 1.0", *equations.stage("term", terms)]
        for state in states:
            at_term, at_rest = (equations.rate_name(state, stage) for stage in ("term", "rest"))
            body.append(_term(equations, state, f"dt / _order * ({at_term} - {at_rest})"))
        body += [f"_{state}_sum = _{state}_sum + _{state}_term" for state in states]
        body.append(f"_adding = ({_counts(states)}) & (_order < {MOST}.0)")
        lines += ["while np.any(_adding):", *(f"    {line}" for line in body)]
        lines.append(f"_ended = np.logical_not({_counts(states)})")
        for state in states:
            total = equations.limited(state, f"np.where(_ended, _{state}_sum, np.nan)")
            lines.append(f"_{state}_next = {total}")
        return lines


def _term(equations: Equations, state: str, value: str) -> str:
    if state in equations.held:
        value = f"np.where(_held, 0.0, {value})"
    return f"_{state}_term = {value}"


def _counts(states: tuple[str, ...]) -> str:
    """Whether the last terms still change the states."""
    comparisons = []
    for state in states:
        size = f"(_{state}_size + np.abs(_{state}_sum))"
        comparisons.append(f"(np.abs(_{state}_term) > {NEGLIGIBLE} * {size})")
    return " | ".join(comparisons)


exact_part = ExactPart("exact")
