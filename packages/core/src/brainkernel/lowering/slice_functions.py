"""Functions of a projection onto a slice: they act on the neurons of the slice alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from brainkernel.model.function_text import generated_text
from brainkernel.model.step_function import StepFunction, Text

IN_SLICE = "in_slice"
"""One where a neuron belongs to the slice, zero elsewhere: printed after the projection's label."""


@cache
def within_slice(function: StepFunction) -> StepFunction:
    """Give the function that does nothing outside the slice.

    A rate, an amplitude or a current is zero there; a step keeps the value.
    """
    source = function.source
    is_step = function.kind == "step"
    body = _step(function) if is_step else [f"return {IN_SLICE} * {_call(source)}"]
    kept_states = function.targets if is_step else ()
    arguments = tuple(dict.fromkeys((*source.arguments, *kept_states, IN_SLICE)))
    name = f"{source.name}_{IN_SLICE}"
    signature = f"def {name}({', '.join(arguments)}):"
    summary = f'    """{source.name}, for the neurons of the slice."""'
    text = "\n".join([signature, summary, *(f"    {line}" for line in body)])
    wrapped = generated_text(
        name,
        arguments,
        text,
        file=source.file,
        line=source.line,
        numpy_names=("np",) if is_step else (),
        helpers=((source.name, source),),
    )
    return replace(function, source=wrapped)


def _call(source: Text) -> str:
    return f"{source.name}({', '.join(source.arguments)})"


def _step(function: StepFunction) -> list[str]:
    stepped = [f"new_{target}" for target in function.targets]
    values = []
    for new, target in zip(stepped, function.targets, strict=True):
        values.append(f"np.where({IN_SLICE} > 0.0, {new}, {target})")
    return [f"{', '.join(stepped)} = {_call(function.source)}", f"return {', '.join(values)}"]
