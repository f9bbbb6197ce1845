"""Methods for stochastic differential equations with diagonal noise (Kloeden & Platen 1992)."""

from __future__ import annotations

from brainkernel.equations import Equations, Term
from brainkernel.integrators.base import Method, amplitudes, wiener


class EulerMaruyama(Method):
    """Strong order 1/2 (1 for additive noise), Ito."""

    stochastic, deterministic = True, False

    def lines(self, equations: Equations) -> list[str]:
        """Print drift and diffusion of one step."""
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        return lines + [f"{state}_next = {state} + {self.increment(equations, state)}" for state in equations.states]

    def increment(self, equations: Equations, state: str) -> str:
        """Print the increment of one state."""
        noisy = any(term.target == state for term in equations.diffusions)
        return f"dt * d{state}_stage1" + (f" + g_{state}_stage1 * dW_{state}" if noisy else "")


class Milstein(EulerMaruyama):
    """Strong order 1 by a supporting value instead of a derivative of g (Kloeden & Platen 1992, section 11.1).

    An amplitude that depends on another diffusing state needs double integrals of the noise, which no diagonal method
    has: the order is then 1/2.
    """

    def __init__(self, name: str, correction: str) -> None:
        super().__init__(name)
        self.correction = correction

    def lines(self, equations: Equations) -> list[str]:
        """Print drift, diffusion and the correction g dg/dx."""
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        for term in equations.diffusions:
            state = term.target
            lines.append(f"{state}_support = {state} + dt * d{state}_stage1 + sqrt_dt * g_{state}_stage1")
            lines += self._support(equations, term)
        return lines + [f"{state}_next = {state} + {self.increment(equations, state)}" for state in equations.states]

    def _support(self, equations: Equations, term: Term) -> list[str]:
        """Print the amplitude at the supporting value, which may act through the inputs too."""
        state, values = term.target, {term.target: f"{term.target}_support"}
        if not set(equations.driven) & set(term.arguments):
            return [f"g_{state}_support = {term.call(values)}"]
        stage = f"_{state}_support"
        call = term.call(equations.at(stage, values))
        return [*equations.inputs(stage, values), f"g_{state}_support = {call}"]

    def increment(self, equations: Equations, state: str) -> str:
        """Print the increment of one state, with Milstein's term where it diffuses."""
        plain = super().increment(equations, state)
        if not any(term.target == state for term in equations.diffusions):
            return plain
        square = self.correction.format(dW=f"dW_{state}")
        return f"{plain} + 0.5 * (g_{state}_support - g_{state}_stage1) / sqrt_dt * ({square})"


euler_maruyama = EulerMaruyama("euler_maruyama")
milstein_ito = Milstein("milstein_ito", "{dW} * {dW} - dt")
milstein_stratonovich = Milstein("milstein_stratonovich", "{dW} * {dW}")
