"""Synapses whose delays differ: what a model keeps for each source, they keep for themselves.

A trace of the spikes of a source, as a synapse sees it, is another one behind another delay.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import numbers_of
from brainkernel.errors import DelayError
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import own_quantities, with_derived
from brainkernel.model.sources_behind_delays import (
    delayed,
    read_of_sources,
    waits_for_spikes,
)
from brainkernel.model.step_function import StepFunction

BY_SYNAPSE = "_by_synapse"
"""The end of the printed name of a model that keeps for each synapse what others keep for each
source."""


def with_delays(
    definition: ModelDefinition,
    delay: object,
    states_of_sources: Container[str],
    label: str,
) -> ModelDefinition:
    """Give the model of a projection with these delays.

    Where they differ, the states that its class has for each source are there for each synapse, and
    so are the functions that run once a spike. Which functions run in which order stays the same.

    Parameters
    ----------
    definition : ModelDefinition
        The model of the class.
    delay : number, array, quantity or function
        As the user gave it.
    states_of_sources : container of str
        The states and derived quantities of the sources.
    label : str
        What the projection is called in messages.

    Raises
    ------
    DelayError
        Where a function acts on what there is only once for each source.
    """
    if not (_differ(delay) and follows_delays(definition, states_of_sources)):
        return definition
    for what, function in _bound_to_sources(definition):
        raise DelayError(
            f"{label}: its delays differ, and {definition.name}.{function.name} "
            f"({function.source.where()}) {what}: make what it writes per='synapse', or connect "
            "with a projection for each delay"
        )
    return _kept_by_synapse(definition)


def _differ(delay: object) -> bool:
    """Whether delays differ, or may: what a function will give is not known yet."""
    if delay is None or is_function(delay):
        return delay is not None
    times = numbers_of(delay, "ms", "a delay").ravel()
    return bool(np.any(times != times[:1]))


def follows_delays(definition: ModelDefinition, states_of_sources: Container[str]) -> bool:
    """Whether what is kept for each source follows when something of it arrives."""
    analysis = definition.analysis
    if waits_for_spikes(definition.functions):
        return any(arrival.once for arrival in analysis.arrivals)
    functions = delayed(analysis.loops["pre"])
    own = own_quantities(definition.derived)
    read = read_of_sources(functions, own, definition.declarations)
    return any(name in states_of_sources for name in read)


def _bound_to_sources(definition: ModelDefinition) -> Iterator[tuple[str, StepFunction]]:
    """List what cannot be done for each synapse in place of each source, and why."""
    analysis, levels = definition.analysis, definition.analysis.levels
    kept = {name for name in definition.names("state") if levels[name] == "pre"}
    for arrival in analysis.arrivals:
        for function in arrival.once:
            if not kept.issuperset(function.targets):
                yield "writes values of the source once a spike", function
    for event in (*analysis.arrivals, *analysis.departures):
        for function in event.each:
            if not kept.isdisjoint(function.targets):
                yield "lets each synapse write what all of a source share", function
    for function in analysis.loops["pre"]:
        if function.whole:
            yield "sees the values of all sources", function


@cache
def _kept_by_synapse(definition: ModelDefinition) -> ModelDefinition:
    """Give the model in which there is for each synapse what there is for each source."""
    declarations = {}
    for name, declaration in definition.declarations.items():
        if declaration.kind == "state" and declaration.per == "pre":
            declaration = replace(declaration, per="synapse")
        if declaration.kind != "derived":
            declarations[name] = declaration
    varied = definition.varied(
        f"{definition.printed_name}{BY_SYNAPSE}",
        declarations=with_derived(declarations, definition.derived, in_synapse=True),
        functions=_in_order_of_acting(definition),
    )
    return replace(varied, variants={})


def _in_order_of_acting(definition: ModelDefinition) -> tuple[StepFunction, ...]:
    """Give the functions, those at an event as they act there: once, for synapses, once more."""
    acting: dict[str, Iterator[StepFunction]] = {}
    for arrival in definition.analysis.arrivals:
        functions = (*arrival.before, *arrival.each, *arrival.after)
        if functions:
            acting[functions[0].event] = iter(functions)
    ordered = []
    for function in definition.functions:
        is_arrival = function.kind == "on_pre"
        ordered.append(next(acting[function.event]) if is_arrival else function)
    return tuple(ordered)
