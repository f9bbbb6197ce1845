"""Exponential methods.

Each state relaxes exactly along its own linear part, the others stand still meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from brainkernel.integrators.exact import Algebra, exact
from brainkernel.integrators.increment import exponential_increment
from brainkernel.integrators.partials import (
    partial_call,
    partial_label,
    partial_of_curve,
    partial_of_line,
)
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Method, amplitudes, library_text
from brainkernel.program.linearity import is_linear, is_linear_in_itself, trial_values

INCREMENT = "_exponential_increment"
"""The printed name of `exponential_increment`."""
MIDDLE = "t + 0.5 * dt"
"""The printed time of the middle of a step."""
STEEPEST = "300.0 / dt"
"""No slope of a curve is taken as steeper: a state that runs to its ceiling stays finite, and so do
its gradients."""
REACH = "_reach = 1048576.0"
"""Where a straight line is looked at besides zero: so far away that its value there hides no digit
of the slope."""


class ExponentialEuler(Method):
    """``x + (exp(J dt) - 1) / J * f(x)`` with J = df/dx at the present state.

    Where f is linear in x (gates, conductance-based membranes) this is the classical scheme
    (MacGregor 1987), and J is read off the text of f, or else the difference of f between two
    values of x. Where it is not, J is the slope at this step (Rosenbrock-Euler; Hochbruck &
    Ostermann 2010, section 2.4), which SymPy finds in the user's function. Noise (Ito) has the
    spread that it has after relaxing with J for a step: exact where nothing else changes, as in an
    Ornstein-Uhlenbeck process.

    Parameters
    ----------
    name : str
        The name by which users ask for it.
    ahead : bool
        Whether what is known before the run is computed there: factors of states that just decay by
        themselves.
    """

    stochastic = True
    libraries = ("sympy",)

    def __init__(self, name: str, ahead: bool = True) -> None:
        super().__init__(name)
        self.ahead = ahead

    @property
    def without_constants(self) -> ExponentialEuler:
        """The same method where constants have no place: among single synapses."""
        return type(self)(self.name, ahead=False)

    def lines(self, equations: Equations) -> list[str]:
        """Print rates, slopes and increments.

        A state that just decays by itself has a factor known before the run.
        """
        alone, relaxing = self.parts(equations)
        lines = [*exact.lines(alone), *relaxing.stage(1, {}), *amplitudes(relaxing, 1, {})]
        for term in relaxing.rates:
            lines += relaxed(relaxing, term, 1, {})
        return with_reach(lines)

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Name the factors of states that just decay."""
        alone, _ = self.parts(equations)
        return exact.constants(alone)

    def values(
        self,
        equations: Equations,
        parameters: Mapping[str, Any],
        dt: float,
        algebra: Algebra | None = None,
    ) -> dict[str, Any]:
        """Compute them."""
        alone, _ = self.parts(equations)
        return exact.values(alone, parameters, dt, algebra) if alone.rates else {}

    def functions(self, equations: Equations) -> dict[str, Text]:
        """What slopes become, and the slopes that only SymPy can find."""
        functions = {INCREMENT: library_text(exponential_increment)}
        for rate in equations.rates:
            linear = is_linear_in_itself(equations, rate)
            for term, printed in _partials(equations, rate):
                label = partial_label(term, printed)
                if label in functions:  # several projections of one model share their functions
                    continue
                text = (
                    partial_of_line(term, printed)
                    if linear
                    else partial_of_curve(term, printed, self.name)
                )
                if text is not None:
                    functions[label] = text
                elif term not in equations.terms:  # its difference between two values is taken
                    functions[term.function] = term.source
        return functions

    def parts(self, equations: Equations) -> tuple[Equations, Equations]:
        """The states that just decay by themselves, without noise, and all others."""
        noisy = {term.target for term in equations.diffusions}
        decaying = []
        relaxing = []
        for term in equations.rates:
            quiet = self.ahead and term.target not in noisy
            # a factor that is known before the run takes no exponential in the loop
            if quiet and _decays(equations, term):
                decaying.append(term)
            else:
                relaxing.append(term)
        alone = _isolated(equations, decaying)
        return alone, replace(equations, rates=tuple(relaxing))


class ExponentialMidpoint(ExponentialEuler):
    """Exponential Euler with the other states taken at the middle of the step: order 2.

    Half a step takes the others there, then a whole one follows. Each state still relaxes along its
    own linear part, so that no step is too long for it (Boergers & Nectow 2013).
    """

    def lines(self, equations: Equations) -> list[str]:
        """Print both steps; the first one for those states that others read."""
        alone, relaxing = self.parts(equations)
        group = equations.group_names(2)
        read = read_by_others(relaxing)
        first = tuple(term for term in equations.rates if term.target in read)
        lines, halfway = halfway_lines(equations, first)
        lines += [*exact.lines(alone), *amplitudes(relaxing, 1, {})]
        # a mean over the group follows all neurons halfway, this one's own state too
        lines += equations.group_stage(2, halfway, MIDDLE)
        for term in relaxing.rates:
            at_middle = {state: value for state, value in halfway.items() if state != term.target}
            at_middle |= group
            lines += rate_at_middle(equations, term, at_middle)
            lines += relaxed(equations, term, 2, at_middle, MIDDLE)
        return with_reach(lines)


def halfway_lines(
    equations: Equations, terms: tuple[Term, ...]
) -> tuple[list[str], dict[str, str]]:
    """Print where half a step takes some states, and give the names of these values."""
    halfway = {term.target: f"_{term.target}_stage2" for term in terms}
    early = replace(equations, rates=terms)
    lines = early.stage(1, {}) if terms or equations.diffusions else []
    for term in terms:
        state = term.target
        slope_lines, slope = slope_of(equations, term, 1, {})
        lines += slope_lines
        change = _change(equations, state, 1, slope, "0.5 * dt")
        value = equations.kept(state, f"{state} + {change}")
        lines.append(f"{halfway[state]} = {value}")
    return lines, halfway


def rate_at_middle(equations: Equations, term: Term, at_middle: Mapping[str, str]) -> list[str]:
    """Print the rate of a state where the others are at the middle of the step."""
    stage = f"2_{term.target}"
    single = equations.only(term)
    names = single.at(stage, at_middle, MIDDLE)
    rate = f"{equations.rate_name(term.target, 2)} = {term.call(names)}"
    return [*single.inputs(stage, at_middle, MIDDLE), rate]


def read_by_others(equations: Equations) -> set[str]:
    """Name the states that rates of other states follow."""
    read: set[str] = set()
    for term in equations.rates:
        read |= equations.depends_on(term) - {term.target}
    for term in equations.over_group:
        read |= equations.depends_on(term)
    return read


def _isolated(equations: Equations, rates: Iterable[Term]) -> Equations:
    """These rates without currents, noise and inputs."""
    return replace(equations, rates=tuple(rates), currents=(), diffusions=(), held=(), external=())


def _decays(equations: Equations, term: Term) -> bool:
    """Whether a rate is linear in its state, with a constant slope, and follows no other change."""
    changing = {*equations.states, *equations.external, *equations.driven, "t"}
    read = changing & equations.depends_on(term)
    if not read <= {term.target}:
        return False
    single = _isolated(equations, [term])
    return is_linear(single, trial_values(single))


def relaxed(
    equations: Equations,
    term: Term,
    stage: int,
    values: Mapping[str, str],
    time: str = "t",
) -> list[str]:
    """Print a state's own slope, and its next value."""
    state = term.target
    lines, slope = slope_of(equations, term, stage, values, time)
    noise = ""
    if any(diffusion.target == state for diffusion in equations.diffusions):
        variance = f"{INCREMENT}(2.0 * {slope}, dt)" if slope else "dt"
        amplitude = equations.amplitude_name(state, 1)
        noise = f" + {amplitude} * np.sqrt({variance}) * xi_{state}"
    change = _change(equations, state, stage, slope, "dt")
    return [*lines, f"_{state}_next = {state} + {change}{noise}"]


def _change(equations: Equations, state: str, stage: int, slope: str, duration: str) -> str:
    factor = f"{INCREMENT}({slope}, {duration})" if slope else duration
    return f"{factor} * {equations.rate_name(state, stage)}"


def slope_of(
    equations: Equations,
    term: Term,
    stage: int,
    values: Mapping[str, str],
    time: str = "t",
    steepest: str = STEEPEST,
) -> tuple[list[str], str]:
    """Print J of one state, and give its printed name.

    The name is empty where the rate does not follow its own state. J is the rate's own derivative,
    and by the chain rule what comes through the inputs.
    """
    state = term.target
    if state not in equations.depends_on(term, through_group=False):
        return [], ""
    linear = is_linear_in_itself(equations, term)
    partial = _straight if linear else partial_call
    single = equations.only(term)
    names = _names(single, term, stage, values, time)
    of_currents = {name: text for name, text in names.items() if name not in single.driven}
    of_state = single.through(term, state)
    summands = [partial(of_state, state, names)] if state in of_state.arguments else []
    through: dict[str, list[str]] = {}
    for current in _currents_of(single, term):
        slopes = through.setdefault(current.target, [])
        slopes.append(partial(current, state, of_currents))
    for driven, slopes in through.items():
        inner = f"({' + '.join(slopes)})" if len(slopes) > 1 else slopes[0]
        of_driven = single.through(term, driven)
        summands.append(f"{partial(of_driven, driven, names)} * {inner}")
    total = " + ".join(summands)
    if not linear:
        total = f"np.minimum({total}, {steepest})"
    slope = equations.slope_name(state, stage)
    return [f"{slope} = {total}"], slope


def _straight(term: Term, printed: str, names: Mapping[str, str]) -> str:
    """Print the slope of a straight line: what its text says, or else a difference."""
    if partial_of_line(term, printed) is not None:
        return partial_call(term, printed, names)
    far = term.call({**names, printed: "_reach"})
    near = term.call({**names, printed: "0.0"})
    return f"({far} - {near}) / _reach"


def _names(
    single: Equations,
    term: Term,
    stage: int | str,
    values: Mapping[str, str],
    time: str,
) -> dict[str, str]:
    if stage == 2:
        # in the second half each state's inputs have names of their own
        stage = f"{stage}_{term.target}"
    return single.at(stage, values, time)


def with_reach(lines: list[str]) -> list[str]:
    """Print how far differences reach, where there are some."""
    return [REACH, *lines] if any("_reach" in line for line in lines) else lines


def _partials(equations: Equations, term: Term) -> Iterator[tuple[Term, str]]:
    """Yield which function is differentiated by which printed name for the slope of a rate."""
    of_state = equations.through(term, term.target)
    if term.target in of_state.arguments:
        yield of_state, term.target
    for current in _currents_of(equations, term):
        yield equations.through(term, current.target), current.target
        yield current, term.target


def _currents_of(equations: Equations, term: Term) -> list[Term]:
    """Find the currents through which a state acts on its own rate, each as it reads the state."""
    currents = []
    for current in equations.currents:
        of_state = equations.through(current, term.target)
        of_driven = equations.through(term, current.target)
        if current.target in of_driven.arguments and term.target in of_state.arguments:
            currents.append(of_state)
    return currents


exponential_euler = ExponentialEuler("exponential_euler")
exponential_midpoint = ExponentialMidpoint("exponential_midpoint")
