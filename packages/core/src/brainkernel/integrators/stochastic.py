"""Methods for stochastic differential equations with diagonal noise (Kloeden & Platen 1992)."""

from __future__ import annotations

from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Method, amplitudes, wiener


class EulerMaruyama(Method):
    """Strong order 1/2 (1 for additive noise), Ito."""

    stochastic, deterministic = True, False

    def lines(self, equations: Equations) -> list[str]:
        """Print drift and diffusion of one step."""
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        return lines + self._next(equations)

    def _next(self, equations: Equations) -> list[str]:
        lines = []
        for state in equations.states:
            increment = self.increment(equations, state)
            lines.append(f"_{state}_next = {state} + {increment}")
        return lines

    def increment(self, equations: Equations, state: str) -> str:
        """Print the increment of one state."""
        drift = f"dt * {equations.rate_name(state, 1)}"
        if any(term.target == state for term in equations.diffusions):
            return f"{drift} + {equations.amplitude_name(state, 1)} * _dW_{state}"
        return drift


class Milstein(EulerMaruyama):
    """Strong order 1 by a supporting value instead of a derivative of the amplitude g.

    The method is that of Kloeden & Platen (1992), section 11.1. The difference of g over a `reach`
    r stands for g g' r, with an error of order r**2. Times the `weight` that error must have no
    mean, or it adds up to order 1/2: after Ito the weight has none, after Stratonovich r = dW has
    none.

    An amplitude that depends on another diffusing state needs double integrals of the noise, which
    no diagonal method has: the order is then 1/2.
    """

    differentiates_noise = True

    def __init__(self, name: str, reach: str, weight: str) -> None:
        super().__init__(name)
        self.reach, self.weight = reach, weight

    def lines(self, equations: Equations) -> list[str]:
        """Print drift, diffusion and the correction g dg/dx."""
        lines = wiener(equations) + equations.stage(1, {}) + amplitudes(equations, 1, {})
        for term in equations.diffusions:
            lines += self._support(equations, term)
        return lines + self._next(equations)

    def increment(self, equations: Equations, state: str) -> str:
        """Print the increment of one state, with Milstein's term where it diffuses."""
        plain = super().increment(equations, state)
        if not any(term.target == state for term in equations.diffusions):
            return plain
        weight = self.weight.format(dW=f"_dW_{state}")
        amplitude = equations.amplitude_name(state, 1)
        return f"{plain} + 0.5 * ({_at_support(amplitude)} - {amplitude}) * {weight}"

    def _support(self, equations: Equations, term: Term) -> list[str]:
        """Print the amplitude at the supporting value, which may act through the inputs too."""
        state = term.target
        stage = f"_{state}_support"
        reach = self.reach.format(dW=f"_dW_{state}")
        name = equations.amplitude_name(state, 1)
        value = equations.limited(state, f"{state} + {name} * {reach}")
        lines = [f"{stage} = {value}"]
        values = {state: stage, **equations.group_names(1)}
        named = {*equations.driven, *(derived.target for derived in equations.derived)}
        if not named.isdisjoint(term.arguments):
            lines += equations.inputs(stage, values)
        amplitude = term.call(equations.at(stage, values))
        return [*lines, f"{_at_support(name)} = {amplitude}"]


def _at_support(amplitude: str) -> str:
    """The printed name of an amplitude at the supporting value."""
    return f"{amplitude.removesuffix('_stage1')}_support"


class AdditiveRungeKutta(EulerMaruyama):
    """Strong order 3/2 for noise whose amplitude follows no state: SRA1 of Rößler (2010).

    Rößler A (2010) SIAM J Numer Anal 48, 922-952, table 6.2. Besides the increment of the noise it
    takes the integral of the noise over the step, which a second normal number gives: the two are
    correlated.
    """

    noises = ("xi", "xi_integral")
    additive = True

    def lines(self, equations: Equations) -> list[str]:
        """Print both stages and their weighted sum."""
        lines = wiener(equations)
        noisy = {term.target for term in equations.diffusions}
        for state in sorted(noisy):
            spread = f"_sqrt_dt * xi_integral_{state} / np.sqrt(3.0)"
            lines.append(f"_mean_W_{state} = 0.5 * (_dW_{state} + {spread})")
        lines += equations.stage(1, {})
        lines += amplitudes(equations, 1, {})
        lines += amplitudes(equations, 2, {}, "t + dt")
        values = {state: f"_{state}_stage2" for state in equations.states}
        for state, name in values.items():
            amplitude = equations.amplitude_name(state, 2)
            noise = f" + 1.5 * {amplitude} * _mean_W_{state}" if state in noisy else ""
            value = f"{state} + 0.75 * dt * {equations.rate_name(state, 1)}{noise}"
            lines.append(f"{name} = {equations.kept(state, value)}")
        lines += equations.stage(2, values, "t + 0.75 * dt")
        return lines + self._next(equations)

    def increment(self, equations: Equations, state: str) -> str:
        """Print the increment of one state."""
        rates = [equations.rate_name(state, stage) for stage in (1, 2)]
        drift = f"dt * ({rates[0]} + 2.0 * {rates[1]}) / 3.0"
        if not any(term.target == state for term in equations.diffusions):
            return drift
        mean = f"_mean_W_{state}"
        begin, end = (equations.amplitude_name(state, stage) for stage in (1, 2))
        return f"{drift} + {end} * (_dW_{state} - {mean}) + {begin} * {mean}"


euler_maruyama = EulerMaruyama("euler_maruyama")
milstein_ito = Milstein("milstein_ito", "_sqrt_dt", "(({dW} * {dW} - dt) / _sqrt_dt)")
sra1 = AdditiveRungeKutta("sra1")
milstein_stratonovich = Milstein("milstein_stratonovich", "{dW}", "{dW}")
