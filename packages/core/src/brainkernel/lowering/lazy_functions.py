"""The function that gives a lazy state some time later, made of the user's derivative."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from brainkernel.errors import ModelError
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.function_text import apart, generated_text
from brainkernel.model.lazy_states import ELAPSED
from brainkernel.model.step_function import StepFunction, Text
from brainkernel.program.equations import Equations, Term
from brainkernel.program.integrator import Integrator
from brainkernel.program.linearity import is_linear, trial_values
from brainkernel.program.program import LazyState

EXACT_ALONE = "exponential_euler"
"""The method that is exact for one linear equation with constant coefficients."""


def lazy_states_of(
    definition: ModelDefinition,
    model: str,
    integrators: Any,
) -> tuple[LazyState, ...]:
    """Make the functions of all lazy states of a model.

    Raises
    ------
    ModelError
        Where a rate is not linear in its state.
    """
    states = []
    for name, function in definition.analysis.lazy.items():
        integrator = integrators[EXACT_ALONE].without_constants
        source = _later(definition, name, function, integrator)
        since = apart(f"{name}_since", definition.declarations)
        read = tuple(argument for argument in source.arguments if argument not in (ELAPSED, name))
        states.append(LazyState(name, since, f"{model}_{name}_later", (name, *read), source))
    return tuple(states)


def _later(
    definition: ModelDefinition,
    state: str,
    function: StepFunction,
    integrator: Integrator,
) -> Text:
    """Write the step of the method as a function of the time that has passed."""
    rate = f"d{state}"
    arguments = function.arguments
    equations = Equations(definition.name, (Term(state, rate, arguments, function.source),))
    if not is_linear(equations, trial_values(equations)):
        raise ModelError(
            f"{definition.name}.{function.name} ({function.source.where()}) is lazy, but not "
            f"linear in {state}: only a linear rate has a solution over any time; leave lazy=True "
            "out"
        )
    helpers = {rate: function.source, **integrator.functions(equations)}
    names = {
        equations.rate_name(state, 1): "rate",
        equations.slope_name(state, 1): "slope",
        "dt": ELAPSED,
        **{helper: helper.removeprefix("_exponential_") for helper in helpers},
        "_reach": "reach",
    }
    taken = {state, *arguments}
    names = {old: apart(new, taken) for old, new in names.items()}
    lines = [_renamed(line, names) for line in integrator.lines(equations)]
    # the method ends with the new value, which is what the function returns
    last = lines.pop().partition(" = ")[2]
    read = (names["dt"], state, *(name for name in arguments if name != state))
    summary = f'"""Give {state} some time after it was written."""'
    body = [summary, *lines, f"return {last}"]
    name = f"{state}_later"
    text = "\n".join([f"def {name}({', '.join(read)}):", *(f"    {line}" for line in body)])
    return generated_text(
        name,
        read,
        text,
        file="<integrator>",
        helpers=tuple((names[helper], _callable(text)) for helper, text in helpers.items()),
    )


def _renamed(line: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda match: names.get(match[0], match[0]), line)


def _callable(source: Text) -> Text:
    """Give a text whose `call` is what it says, where a method wrote it from the user's."""
    if source.file != "<integrator>" or source.module:
        return source
    scope: dict[str, Any] = {**dict.fromkeys(source.numpy_names, np), **dict(source.constants)}
    scope |= {name: _callable(helper).call for name, helper in source.helpers}
    exec(compile(source.text, source.file, "exec"), scope)
    call: Callable[..., Any] = scope[source.name]
    return replace(source, call=call)
