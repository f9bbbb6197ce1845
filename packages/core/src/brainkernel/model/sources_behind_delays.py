"""What synapses see of their sources behind a delay."""

from __future__ import annotations

from collections.abc import Container, Iterable

from brainkernel.model.derived_quantities import Quantities, base_names
from brainkernel.model.levels import end_of
from brainkernel.model.step_function import StepFunction


def read_of_sources(
    functions: Iterable[StepFunction],
    quantities: Quantities,
    declared: Container[str],
) -> set[str]:
    """Name what functions of synapses read of their sources.

    Parameters
    ----------
    functions : iterable of StepFunction
        The functions.
    quantities : mapping
        The derived quantities for which what they follow from is named in their place.
    declared : container of str
        What the synapse declares itself; by these names it means nothing else.
    """
    stems: set[str] = set()
    for function in functions:
        for name in base_names(function.arguments, quantities):
            stem, end = end_of(name)
            if end == "pre" and name not in declared:
                stems.add(stem)
    return stems


def waits_for_spikes(functions: Iterable[StepFunction]) -> bool:
    """Whether the delay of a model is that of spikes, so that it sees its sources as they are."""
    return any(function.kind == "on_pre" for function in functions)


def delayed(functions: Iterable[StepFunction]) -> list[StepFunction]:
    """Choose the functions of a loop over synapses or sources that see sources behind the delay.

    A step in a place of its own, or of whole arrays, sees both ends as they are at that moment.
    """
    return [function for function in functions if not (function.place or function.whole)]
