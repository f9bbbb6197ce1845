"""The past of a neuron's own state: ``x_tau = bk.past("x", delay="tau")``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from brainkernel.errors import ModelError
from brainkernel.model.declarations import Declaration


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


def with_units_of_states(declarations: Mapping[str, Declaration]) -> dict[str, Declaration]:
    """Give the declarations with the unit of its state for each past."""
    complete = dict(declarations)
    for name, declaration in declarations.items():
        state = declarations.get(declaration.source)
        if declaration.kind == "past" and state is not None:
            complete[name] = replace(declaration, unit=state.unit)
    return complete


def check_past(
    model: str,
    kind: str,
    past: Declaration,
    states: Iterable[str],
    parameters: Iterable[str],
) -> None:
    """Refuse a past of what is no state, or behind what is no delay.

    Raises
    ------
    ModelError
        With the names that there are.
    """
    label = f"{model}.{past.name}"
    if kind != "neuron":
        raise ModelError(
            f"{label}: bk.past is for neurons; a synapse sees its source as it was a delay ago "
            "where the projection is given delay="
        )
    for what, name, names in (("state", past.source, states), ("parameter", past.mean, parameters)):
        listed = sorted(names)
        if name not in listed:
            raise ModelError(f"{label}: no {what} {name!r}; there is: {', '.join(listed)}")
