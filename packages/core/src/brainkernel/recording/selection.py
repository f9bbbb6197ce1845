"""What a monitor may ask for: variables of its target, and which of their elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.selections import select
from brainkernel.errors import MonitorError
from brainkernel.model.definition import ModelDefinition, suggestion
from brainkernel.model.derived_quantities import base_names, own_quantities
from brainkernel.model.end_values import split_name
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.synapse import Synapse


def check_fires(label: str, target: object, event: str = "") -> None:
    """Refuse a target that never fires, or has no events of a kind.

    Raises
    ------
    MonitorError
        With the kind of monitor, `what`, and the target.
    """
    if not isinstance(target, (Neuron, Slice)):
        raise MonitorError(f"{label} watches a group or slice, not a {type(target).__name__}")
    definition = target._group.definition
    others = ", ".join(f"event={name!r}" for name in definition.events)
    if event and event not in definition.events:
        there_are = f"there is {others}" if others else "it has none but the spike"
        raise MonitorError(f"{label}: {target._label()} has no events {event!r}; {there_are}")
    if not event and definition.threshold is None:
        instead = f"; it has events of other kinds: {others}" if others else ""
        raise MonitorError(
            f"{label}: {target._label()} has no threshold, so it never fires{instead}"
        )


def counted_per(member: Neuron | Synapse, variable: str) -> str | None:
    """What a variable has a value for each of: ``neuron``, ``synapse``, ``pre`` or ``post``.

    None where it has one.
    """
    declaration = member.definition.declarations.get(variable)
    if isinstance(member, Neuron):
        of_group = declaration is not None and declaration.per == "group"
        return None if of_group else "neuron"
    return "post" if declaration is None else declaration.per


def _read_at_ends(definition: ModelDefinition) -> list[str]:
    """The values that a synapse reads of third ends, and what has one value that follows them."""
    quantities = own_quantities(definition.derived)
    states = set(definition.end_states)
    names = [*states]
    for name in quantities:
        follows = not states.isdisjoint(base_names([name], quantities))
        _, end = split_name(name, definition.names("end"))
        if follows and (end or definition.declarations[name].per is None):
            names.append(name)
    return names


def variable_names(
    label: str,
    member: Neuron | Synapse,
    variables: str | Sequence[str],
    spike: bool = False,
) -> tuple[str, ...]:
    """The names of the variables that a monitor of kind `what` records.

    Raises
    ------
    MonitorError
        Where the member has nothing of such a name that can be recorded.
    """
    names = (variables,) if isinstance(variables, str) else variables
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise MonitorError(
            f"{label}: variables={variables!r}: give the names of states, as 'V' or ['V', 'w']"
        )
    definition = member.definition
    quantities = own_quantities(definition.derived)
    draws = set(definition.names("draw"))
    pasts = definition.names("past")
    unkept = {*draws, *definition.names("timed"), *pasts}
    drawn = [n for n in quantities if unkept.intersection(base_names([n], quantities))]
    names_of_member = [*definition.names("state", "parameter", "timed", "input", "derived")]
    of_ends = _read_at_ends(definition)
    names_of_member = [n for n in names_of_member if n not in (*drawn, *of_ends)]
    names_of_member += [function.name for function in definition.of_kind("adds_to")]
    if spike and definition.threshold is not None:
        names_of_member.append("spike")
    for name in names:
        if name not in names_of_member:
            hint = ""
            if name in draws:
                hint = (
                    " (a random draw exists only within a step: let a function write it to a state)"
                )
            if name in pasts:
                state = definition.declarations[name].source
                hint = f" (the past of {state} is what {state} was: record {state})"
            if name in of_ends:
                hint = " (it is a value of a third end: record the group that it belongs to)"
            if name in drawn:
                read = [n for n in base_names([name], quantities) if n in unkept]
                hint = (
                    f" (it follows from {', '.join(read)}, known only within a step: let a "
                    "function write it to a state)"
                )
            raise MonitorError(
                f"{label}: {member._label()} has nothing to record called {name!r}{hint}; "
                f"{suggestion(name, names_of_member)}"
            )
    return tuple(names)


def chosen(target: End, neurons: Any) -> NDArray[np.int64]:
    """The neuron numbers that a monitor of a group or slice watches.

    Raises
    ------
    MonitorError
        Where one is outside the target.
    """
    shape = target.shape if isinstance(target, Neuron) else ()
    return target.ids[elements(neurons, target._size, shape, f"a monitor of {target._label()}")]


def elements(selection: Any, size: int, shape: tuple[int, ...], label: str) -> NDArray[np.int64]:
    """The elements that a monitor selects among `size`, all where it selects none.

    Raises
    ------
    MonitorError
        Where the selection does not fit them.
    """
    if selection is None:
        return np.arange(size)
    if isinstance(selection, np.ndarray):
        if selection.dtype == np.bool_ and selection.shape == shape:
            selection = selection.reshape(-1)
        elif np.any(selection < 0):
            raise MonitorError(
                f"{label}: {selection.min()} is not among its {size} elements, which are 0 to "
                f"{size - 1}"
            )
    return select(selection, (size,), label, MonitorError)
