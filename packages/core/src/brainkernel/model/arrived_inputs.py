"""Inputs to which spikes add for one step: what arrives is kept until the step that it drives."""

from __future__ import annotations

from brainkernel.errors import ModelError
from brainkernel.model.analysis import adds
from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.function_text import apart, generated_text
from brainkernel.model.step_function import StepFunction, Text

RECEIVING = "_receiving"
"""The end of the printed name of a model to whose inputs spikes add."""


def check_adds(label: str, function: StepFunction, name: str, model: str) -> None:
    """Refuse a function that does more to an input than to add to it.

    Raises
    ------
    ModelError
        With what to write.
    """
    if not adds(function, name):
        raise ModelError(
            f"{label} ({function.source.where()}) names {name}, an input of {model}, to which "
            f"spikes can only add for the step that follows: let it return {name} + (something) "
            f"and name it nowhere else, or keep a state of the synapse and add it with @bk.adds_to"
        )


def receiving(definition: ModelDefinition, name: str) -> ModelDefinition:
    """Give the model that keeps what spikes add to an input until the next step; groups share it.

    Parameters
    ----------
    definition : ModelDefinition
        Of neurons.
    name : str
        The input.
    """
    if name not in definition.receiving:
        definition.receiving[name] = _receiving(definition, name)
    return definition.receiving[name]


def _receiving(definition: ModelDefinition, name: str) -> ModelDefinition:
    functions = (*definition.derived, *definition.functions)
    taken = {*definition.declarations, *(function.name for function in functions)}
    state = apart(f"{name}_arrived", taken)
    taken.add(state)
    unit = definition.declarations[name].unit
    declaration = Declaration(
        "state", default=0.0, unit=unit, doc=f"what spikes add to {name} in the next step"
    )
    declaration.__set_name__(object, state)
    adding, ending = apart(f"{name}_arrives", taken), apart(f"{name}_ends", taken)
    added = (
        StepFunction("adds_to", (name,), _text(adding, (state,), state), unit=unit or None),
        # as a drive it acts at the end of the loop over neurons, before the spikes of the step
        StepFunction("drive", (state,), _text(ending, (), "0.0")),
    )
    varied = definition.varied(
        f"{definition.printed_name.removesuffix(RECEIVING)}{RECEIVING}",
        declarations={**definition.declarations, state: declaration},
        functions=(*definition.functions, *added),
    )
    return varied.with_arrived(name, state)


def _text(name: str, arguments: tuple[str, ...], returned: str) -> Text:
    text = f"def {name}({', '.join(arguments)}):\n    return {returned}"
    return generated_text(name, arguments, text, file=__file__)
