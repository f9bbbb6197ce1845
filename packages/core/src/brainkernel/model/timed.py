"""Parameters that follow time: the model of a group that is given a TimedArray or function of t."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from brainkernel.base.calling import is_function
from brainkernel.errors import ModelError
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.stimuli import TimedArray
from brainkernel.model.tree import tree_of

TIMES = ("t", "t_run")
"""The arguments by which a function says that it follows time."""
OF_TIME = "_of_t"
"""The end of the printed name of a model with parameters that follow time."""


def follows_time(value: object) -> bool:
    """Whether a value is a TimedArray, or a function that names the time."""
    if isinstance(value, TimedArray):
        return True
    if not is_function(value):
        return False
    try:
        names = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return False
    return any(name in names for name in TIMES)


def with_timed_values(definition: ModelDefinition, values: Mapping[str, Any]) -> ModelDefinition:
    """Give the model of a group whose values say which of its parameters follow time."""
    names = []
    for name, value in values.items():
        declaration = definition.declarations.get(name)
        if declaration is not None and declaration.kind == "parameter" and follows_time(value):
            names.append(name)
    return with_timed(definition, names)


def with_timed(definition: ModelDefinition, names: Iterable[str]) -> ModelDefinition:
    """Give the model in which some parameters follow time: what is set anew in each step.

    Groups with the same choice share a model, and so a printed function.

    Raises
    ------
    ModelError
        For a refractory period or a delay, which is a whole number of steps.
    """
    chosen = frozenset(names)
    if not chosen:
        return definition
    if chosen not in definition.timed:
        definition.timed[chosen] = _timed(definition, chosen)
    return definition.timed[chosen]


def _timed(definition: ModelDefinition, chosen: frozenset[str]) -> ModelDefinition:
    refractory = definition.refractory
    if refractory is not None and refractory.source in chosen:
        raise ModelError(
            f"{definition.name}.{refractory.source} cannot follow time: it is a refractory period, "
            "of which the steps are counted before the run; give a number, or one for each neuron"
        )
    joints = tree_of(definition.declarations)
    if joints is not None and joints.to_parent in chosen:
        raise ModelError(
            f"{definition.name}.{joints.to_parent} cannot follow time: it tells which elements are "
            "joined, which is fixed in a network; give one number for each"
        )
    for past in definition.names("past"):
        delay = definition.declarations[past].mean
        if delay in chosen:
            raise ModelError(
                f"{definition.name}.{delay} cannot follow time: it is the delay of {past}, whose "
                "steps are counted before the run; give a number, or one for each neuron"
            )
    declarations = dict(definition.declarations)
    for name in chosen:
        declarations[name] = replace(declarations[name], kind="timed")
    return definition.varied(f"{definition.printed_name}{OF_TIME}", declarations=declarations)
