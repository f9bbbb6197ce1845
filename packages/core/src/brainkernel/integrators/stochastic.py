"""Methods for stochastic differential equations with diagonal noise (Kloeden & Platen 1992)."""

from __future__ import annotations

from brainkernel.equations import Equations
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
    """Strong order 1 by a supporting value instead of a derivative of g (Kloeden & Platen 1992, section 11.1)."""

    def __init__(self, name: str, correction: str) -> None:
        super().__init__(name)
        self.correction = correction

    def lines(self, equations: Equations) -> list[str]:
        """Print drift, diffusion and the correction g dg/dx."""
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        for term in equations.diffusions:
            state = term.target
            lines.append(f"{state}_support = {state} + dt * d{state}_stage1 + sqrt_dt * g_{state}_stage1")
            lines.append(f"g_{state}_support = {term.call({state: f'{state}_support'})}")
        return lines + [f"{state}_next = {state} + {self.increment(equations, state)}" for state in equations.states]

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
