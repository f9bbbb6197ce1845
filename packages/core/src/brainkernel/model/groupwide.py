"""Values that a whole group has one of: means and sums over its neurons, and states of the group.

A mean or sum is a derived quantity, with one value for all neurons: wherever a function names it,
it follows from the values of all neurons at that moment.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from brainkernel.base.units import check_unit
from brainkernel.errors import ModelError
from brainkernel.model.declarations import Declaration
from brainkernel.model.derived_quantities import base_names, following_group, own_quantities
from brainkernel.model.function_text import Text, apart, generated_text
from brainkernel.model.group_sums import total_over_group
from brainkernel.model.model_protocol import DescribedModel
from brainkernel.model.step_function import StepFunction

GROUP = "group"
"""The level of what a group has one of."""
AVERAGED = ("state", "input", "derived")
"""The kinds of data of which there may be a mean or sum over a group."""
WRITING = ("derivative", "step")
"""The kinds of functions that may write a state of the whole group."""
NUMBERS = ("parameter",)
"""The kinds of data of which a group may have one number, which a state of the group may follow."""


def mean(of: str, unit: str = "", doc: str = "") -> Any:
    """Declare the mean of a value over all neurons of the group.

    Parameters
    ----------
    of : str
        The name of a state, an input or a derived quantity of which each neuron has one.
    unit : str
        As pint reads it; without one, that of the value.
    doc : str
        One line on what it is.

    Notes
    -----
    It has no memory: at each stage of an integration method it is the mean of the values at this
    stage, in a threshold that of the values there. The sum is made in one order, by the number of
    neurons alone, so that it has the same bits for any number of threads.
    """
    return _over_group("mean", of, unit, doc)


def total(of: str, unit: str = "", doc: str = "") -> Any:
    """Declare the sum of a value over all neurons of the group.

    Parameters
    ----------
    of, unit, doc : str
        As for `mean`.
    """
    return _over_group("total", of, unit, doc)


def _over_group(what: str, of: str, unit: str, doc: str) -> Declaration:
    if not isinstance(of, str):
        raise ModelError(
            f"bk.{what}({of!r}): give the name of a state, an input or a derived quantity, as 'u'"
        )
    check_unit(unit)
    return Declaration("groupwide", source=what, mean=of, unit=unit, doc=doc)


def is_over_group(value: object) -> bool:
    """Whether a part of a class is a mean or sum over the group."""
    return isinstance(value, Declaration) and value.kind == "groupwide"


def over_group(name: str, declaration: Declaration) -> StepFunction:
    """Give the derived quantity that a mean or sum is."""
    source = _text(declaration.source, declaration.mean, declaration.doc)
    unit = declaration.unit or None
    return StepFunction("derived", (name,), source, unit=unit, over_group=declaration.source)


@cache
def _text(what: str, of: str, doc: str) -> Text:
    """The text by which a function of whole arrays computes a mean or sum."""
    helper = apart(total_over_group.__name__, (of,))
    added = f"{helper}({of})"
    word = "Mean" if what == "mean" else "Sum"
    lines = [
        f"def {what}_of_{of}({of}):",
        f'    """{doc or f"{word} of {of} over the group"}."""',
        f"    return {added} / {of}.size" if what == "mean" else f"    return {added}",
    ]
    text, helpers = "\n".join(lines), ((helper, _total()),)
    return generated_text(f"{what}_of_{of}", (of,), text, file=__file__, helpers=helpers)


@cache
def _total() -> Text:
    text = inspect.getsource(total_over_group).rstrip()
    name, module = total_over_group.__name__, total_over_group.__module__
    return Text(name, ("values",), text, __file__, 1, ("np",), (), (), total_over_group, module)


def group_states(declarations: Mapping[str, Declaration]) -> tuple[str, ...]:
    """Name the states of which a group has one."""
    states = [(name, d) for name, d in declarations.items() if d.kind == "state"]
    return tuple(name for name, declaration in states if declaration.per == GROUP)


def read_as_numbers(definition: DescribedModel) -> dict[str, StepFunction | None]:
    """Name the parameters that states of the group follow, each with a function that reads it.

    None: it is where a state begins.
    """
    states = set(group_states(definition.declarations))
    read: dict[str, StepFunction | None] = {}
    for function in definition.functions:
        if function.whole or states.isdisjoint(function.targets):
            continue
        for name in function.arguments:
            if name in definition.declarations and definition.declarations[name].kind in NUMBERS:
                read.setdefault(name, function)
    for name in states:
        first = definition.declarations[name].default
        if isinstance(first, str):
            read.setdefault(first, None)
    return read


def check_groupwide(definition: DescribedModel) -> None:
    """Refuse means and states of a group that have no single value, or cannot be computed.

    Raises
    ------
    ModelError
        With the model, the function and what to write instead.
    """
    if definition.kind == "synapse":
        _check_synapse(definition)
        return
    for function in definition.derived:
        if function.over_group:
            _check_averaged(definition, function)
    states = group_states(definition.declarations)
    for name, declaration in definition.declarations.items():
        held = set(states).intersection(declaration.holds)
        if held:
            raise ModelError(
                f"{definition.name}.{name} holds {', '.join(sorted(held))}, which the whole group "
                "has one of: no refractory neuron can hold it"
            )
        if name in states and declaration.ceiling:
            raise ModelError(
                f"{definition.name}.{name} is a state of the whole group and has no ceiling: "
                "write np.minimum in the function that writes it"
            )
    for function in definition.functions:
        _check_writing(definition, function, set(states))
        _check_reading(definition, function)


def _check_synapse(definition: DescribedModel) -> None:
    for name, declaration in definition.declarations.items():
        if declaration.per == GROUP:
            raise ModelError(
                f"{definition.name}.{name}: per='group' is for states of neurons; in a synapse "
                "per is 'synapse', 'pre' or 'post'"
            )
    for function in definition.derived:
        if function.over_group:
            raise ModelError(
                f"{definition.name}.{function.targets[0]}: means and sums are over groups of "
                "neurons; declare it in the neuron, and read it by its name with _pre or _post"
            )


def _check_averaged(definition: DescribedModel, function: StepFunction) -> None:
    """Refuse the mean of what no neuron has a value of its own of."""
    (of,), declarations = function.arguments, definition.declarations
    label = f"{definition.name}.{function.targets[0]} = bk.{function.over_group}({of!r})"
    names = [n for n, d in declarations.items() if d.kind in AVERAGED and d.per != GROUP]
    if of not in names:
        one = declarations.get(of)
        why = f"{of} is a {one.kind}" if one is not None else f"there is no {of}"
        if one is not None and one.per == GROUP:
            why = f"the group has one {of}"
        raise ModelError(
            f"{label}: {why}, and what is added up is a state, an input or a derived quantity of "
            f"single neurons; there is: {', '.join(sorted(names)) or 'nothing'}"
        )
    read = base_names([of], own_quantities(definition.derived))
    several = [n for n in read if n in declarations and declarations[n].kind not in NUMBERS]
    if all(declarations[name].per == GROUP for name in several):
        raise ModelError(
            f"{label}: {of} follows from {', '.join(read) or 'nothing'}, of which the neurons have "
            "no values of their own that change; there is nothing to add up"
        )


def _check_writing(definition: DescribedModel, function: StepFunction, states: set[str]) -> None:
    """Refuse what would give a state of the group a value for each neuron."""
    written = states.intersection(function.targets)
    if not written or function.kind == "derived":
        return
    state = sorted(written)[0]
    label = f"{definition.name}.{function.name} ({function.source.where()})"
    if function.kind not in WRITING:
        raise ModelError(
            f"{label} is a {function.kind} and writes {state}, which the whole group has one of, "
            "while each neuron has its own turn: write it by a derivative, or by "
            f'@bk.step("{state}", on="group"), which may read a mean or sum over the group'
        )
    if function.whole:
        return
    if written != set(function.targets):
        others = sorted(set(function.targets) - written)
        raise ModelError(
            f"{label} writes {state}, which the whole group has one of, and {', '.join(others)}, "
            "which each neuron has: write a function for each"
        )
    declarations = definition.declarations
    for name in function.arguments:
        declaration = declarations.get(name)
        if declaration is None or declaration.per == GROUP or declaration.kind in NUMBERS:
            continue
        raise ModelError(
            f"{label} writes {state}, which the whole group has one of, and names {name}, of "
            f"which each neuron has its own: declare its mean, as {name}_mean = "
            f'bk.mean("{name}"), and name that'
        )


def _check_reading(definition: DescribedModel, function: StepFunction) -> None:
    """Refuse a mean where single neurons are computed apart from the loop that adds up."""
    if function.whole or function.place is None or function.place.in_update:
        return
    for name in function.arguments:
        if name in following_group(definition.derived):
            raise ModelError(
                f"{definition.name}.{function.name} ({function.source.where()}) runs "
                f"{function.place} and names {name}, which follows from all neurons of the group: "
                'write it with on="group", or leave the place out'
            )
