"""The past of a state: what it was a delay ago."""

from __future__ import annotations

from collections.abc import Container, Iterable

from brainkernel.errors import ModelError
from brainkernel.model.declarations import Declaration
from brainkernel.model.derived_quantities import Quantities, base_names
from brainkernel.model.levels import end_of
from brainkernel.model.step_function import StepFunction


def past(state: str, delay: str, doc: str = "") -> Declaration:
    """Declare the value that a state of the neuron had some time ago.

    ``x_tau = bk.past("x", delay="tau")`` is ``x(t - tau)`` to the functions of its model. At a
    stage of a method it is the value at the time of that stage. Before time zero it is the state's
    first value.

    Parameters
    ----------
    state : str
        The name of the state.
    delay : str
        The name of the parameter that is the delay, in ms: a whole number of steps, at least one.
        A group may have one, or one for each neuron.
    doc : str
        One line on what it is.

    Raises
    ------
    ModelError
        Where these are no names.
    """
    for argument, name in (("state", state), ("delay", delay)):
        if not isinstance(name, str):
            raise ModelError(
                f"bk.past({argument}={name!r}): give a name, as bk.past('x', delay='tau'); a "
                "parameter holds the delay"
            )
    return Declaration("past", source=state, mean=delay, doc=doc)


def read_of_sources(
    functions: Iterable[StepFunction], quantities: Quantities, declared: Container[str]
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


def delayed(functions: Iterable[StepFunction]) -> list[StepFunction]:
    """Choose the functions of a loop over synapses or sources that see sources behind the delay.

    A step in a place of its own, or of whole arrays, sees both ends as they are at that moment.
    """
    return [function for function in functions if not (function.place or function.whole)]
