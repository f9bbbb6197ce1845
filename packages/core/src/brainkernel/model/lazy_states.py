"""Lazy states of synapses: integrated when an event needs them, over the time since the last one.

Between events nothing else may change or see such a state. So it must be a state that only
functions at events name, and its rate must follow from itself and from parameters alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.errors import ModelError
from brainkernel.model.levels import level_of
from brainkernel.model.model_protocol import DescribedModel
from brainkernel.model.step_function import StepFunction

AT_EVENTS = ("on_pre", "on_post")
ELAPSED = "elapsed"
"""What the time since the last event is called in a printed program."""


def lazy_derivatives(functions: Iterable[StepFunction]) -> dict[str, StepFunction]:
    """The derivatives of lazy states, by state."""
    return {function.targets[0]: function for function in functions if function.lazy}


def check_lazy(definition: DescribedModel) -> None:
    """Refuse lazy states that are needed at each step, or whose rates follow what may change.

    Raises
    ------
    ModelError
        With the function, what stands in the way, and what to write instead.
    """
    lazy = lazy_derivatives(definition.functions)
    for state, function in lazy.items():
        what = f"{definition.name}.{function.name} ({function.source.where()}) is lazy"
        if definition.kind != "synapse":
            raise ModelError(
                f"{what}, but a neuron's equations are one system, which is integrated at each "
                "step: leave lazy=True out"
            )
        _check_arguments(definition, state, function, what)
        for other in (*definition.functions, *definition.derived):
            named = state in (*other.arguments, *other.targets)
            if named and other is not function and other.kind not in AT_EVENTS:
                raise ModelError(
                    f"{what}, but {definition.name}.{other.name} ({other.source.where()}) names "
                    f"{state} too, and is no function at events: leave lazy=True out, or name "
                    f"{state} in on_pre and on_post alone"
                )


def _check_arguments(
    definition: DescribedModel, state: str, function: StepFunction, what: str
) -> None:
    declarations = definition.declarations
    level = level_of(declarations, state)
    # what is one for each neuron of an end would have to be found anew for each synapse
    for name in function.arguments:
        if name == state:
            continue
        is_parameter = name in declarations and declarations[name].kind == "parameter"
        if not is_parameter:
            raise ModelError(
                f"{what} and names {name}, which may change between events: the rate of a lazy "
                f"state follows from {state} and from parameters of the synapse alone"
            )
        if level_of(declarations, name) not in ("shared", level):
            raise ModelError(
                f"{what} and names {name}, of which there is one per "
                f"{declarations[name].per!r}: declare it per={level!r} as {state}, or one for all"
            )
