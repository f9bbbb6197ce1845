"""Derived quantities: values that follow from others wherever a function names them.

They hold no memory. A function that names one reads what it is at that very moment.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np

from brainkernel.errors import ModelError
from brainkernel.model.declarations import Declaration
from brainkernel.model.function_text import Text, apart, generated_text
from brainkernel.model.levels import level_of
from brainkernel.model.model_protocol import DescribedModel
from brainkernel.model.step_function import StepFunction


@dataclass(frozen=True)
class Quantity:
    """A derived quantity as the functions of one model name it.

    Attributes
    ----------
    target : str
        Its name there: ``F``, or ``F_pre`` for that of a synapse's source.
    source : Text
        The function that gives it.
    arguments : tuple of str
        What it is called with, by the names there: ``u_pre`` for ``u`` of a synapse's source.
    model : str
        The model of neurons whose it is, where a synapse names it; else empty.
    """

    target: str
    source: Text
    arguments: tuple[str, ...]
    model: str = ""


Quantities = Mapping[str, Quantity]
"""Derived quantities by name, each after those that it reads."""


def in_order(functions: Iterable[StepFunction], owner: str) -> tuple[StepFunction, ...]:
    """Put derived quantities behind those that they read.

    Raises
    ------
    ModelError
        Where one follows from itself, with the circle.
    """
    by_name = {function.targets[0]: function for function in functions}
    ordered: dict[str, StepFunction] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " reads ".join((*path[path.index(name) :], name))
            where = by_name[name].source.where()
            raise ModelError(
                f"{owner}.{name} ({where}) follows from itself: {circle}; a derived quantity has "
                "no memory, so make one of them a state"
            )
        if name in ordered:
            return
        for argument in by_name[name].arguments:
            if argument in by_name:
                visit(argument, (*path, name))
        ordered[name] = by_name[name]

    for name in by_name:
        visit(name, ())
    return tuple(ordered.values())


def with_derived(
    declarations: Mapping[str, Declaration],
    derived: Iterable[StepFunction],
    in_synapse: bool,
) -> dict[str, Declaration]:
    """Give the declarations of a model with those of its derived quantities, in order.

    In a synapse there is one for each of what it names: for each source, target or synapse, or
    one for all. In a neuron there is one for the group where it names nothing of single neurons.
    """
    declared = dict(declarations)
    for function in derived:
        per = None if in_synapse else level_in_neuron(declared, function)
        if in_synapse:
            levels = {level_of(declared, name) for name in function.arguments} - {"shared"}
            per = "synapse" if len(levels) > 1 else next(iter(levels), None)
        doc = (ast.get_docstring(function.source.tree) or "").partition("\n")[0].rstrip(".")
        name, unit = function.targets[0], function.unit or ""
        declared[name] = Declaration("derived", unit=unit, per=per, doc=doc, name=name)
    return declared


def level_in_neuron(declared: Mapping[str, Declaration], function: StepFunction) -> str | None:
    """Give ``group`` where a derived quantity of neurons is one of the whole group, else None."""
    if function.over_group:
        return "group"
    read = [name for name in function.arguments if name not in ("t", "dt")]
    of_group = [name in declared and declared[name].per == "group" for name in read]
    return "group" if read and all(of_group) else None


def following_group(derived: Iterable[StepFunction]) -> tuple[str, ...]:
    """Name the derived quantities that are means or sums over a group, or follow from one."""
    following: list[str] = []
    for function in derived:
        if function.over_group or not set(following).isdisjoint(function.arguments):
            following.append(function.targets[0])
    return tuple(following)


def of_single_neurons(derived: Iterable[StepFunction]) -> list[StepFunction]:
    """List the derived quantities that follow from values of one neuron alone."""
    listed = tuple(derived)
    following = following_group(listed)
    return [function for function in listed if function.targets[0] not in following]


def own_quantities(derived: Iterable[StepFunction]) -> dict[str, Quantity]:
    """The derived quantities of a model as its own functions name them."""
    return {f.targets[0]: Quantity(f.targets[0], f.source, f.arguments) for f in derived}


def quantities_at(
    end: str,
    neurons: DescribedModel,
    declared: Container[str] = (),
) -> dict[str, Quantity]:
    """The derived quantities of the neurons at one end as functions of a synapse name them.

    Without those that follow a mean over the group, which are read as they are kept.

    Parameters
    ----------
    end : {"pre", "post"}
        The end.
    neurons : DescribedModel
        The model of the neurons.
    declared : container of str
        What the synapse declares itself; by these names it means nothing else.
    """
    quantities = {}
    for function in of_single_neurons(neurons.derived):
        name = f"{function.targets[0]}_{end}"
        read = tuple(n if n in ("t", "dt") else f"{n}_{end}" for n in function.arguments)
        if name not in declared:
            quantities[name] = Quantity(name, function.source, read, neurons.name)
    return quantities


def quantities_of(
    definition: DescribedModel, pre: DescribedModel, post: DescribedModel
) -> dict[str, Quantity]:
    """All derived quantities that the functions of a synapse may name."""
    declared = definition.declarations
    sources, targets = quantities_at("pre", pre, declared), quantities_at("post", post, declared)
    return {**sources, **targets, **own_quantities(definition.derived)}


class Following(Protocol):
    """Something derived: its name, and those that it follows from."""

    @property
    def target(self) -> str:
        """The name of what is derived."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names that it is computed from."""


Derived = TypeVar("Derived", bound=Following)


def needed(names: Iterable[str], derived: Iterable[Derived]) -> tuple[Derived, ...]:
    """What some names stand for or follow from, of derived ones that are in order; in order."""
    wanted = set(names)
    taken = []
    for quantity in reversed(tuple(derived)):
        if quantity.target in wanted:
            wanted.update(quantity.arguments)
            taken.append(quantity)
    return tuple(reversed(taken))


def base_names(names: Iterable[str], quantities: Quantities) -> tuple[str, ...]:
    """What some names are or follow from: none of them is derived."""
    listed = list(names)
    for quantity in needed(listed, quantities.values()):
        listed += quantity.arguments
    return tuple(name for name in dict.fromkeys(listed) if name not in quantities)


def evaluated(function: StepFunction, read: Callable[[str], Any]) -> Any:
    """Call a function with the values of its arguments, warning of nothing, as in a run."""
    arguments = [read(name) for name in function.arguments]
    with np.errstate(all="ignore"):
        return np.asarray(function.source.call(*arguments))[()]


def unreadable_at_ends(name: str, definition: DescribedModel) -> tuple[str, ...]:
    """What a derived quantity of neurons reads that exists only while they are integrated."""
    read = base_names([name], own_quantities(definition.derived))
    within_step = definition.names("input", "draw", "timed", "past")
    return tuple(n for n in read if n in within_step)


def composed(function: StepFunction, quantities: Quantities) -> StepFunction:
    """Give the function that reads what derived quantities follow from, in place of them."""
    taken = needed(function.arguments, quantities.values())
    if not taken:
        return function
    return replace(function, source=composed_text(function.source, taken))


@cache
def composed_text(source: Text, quantities: tuple[Quantity, ...]) -> Text:
    """Give the text that computes derived quantities and calls a function with them.

    Parameters
    ----------
    source : Text
        The function.
    quantities : tuple of Quantity
        Those that it needs, in order, by the names of its own arguments.
    """
    derived = {quantity.target for quantity in quantities}
    read: list[str] = []
    for quantity in quantities:
        read += quantity.arguments
    taken = {*source.arguments, *read, *derived}
    helpers = []
    body = []
    for quantity in quantities:
        helper = apart(f"derived_{quantity.target}", taken)
        taken.add(helper)
        helpers.append((helper, quantity.source))
        body.append(f"{quantity.target} = {helper}({', '.join(quantity.arguments)})")
    of_source = [name for name in source.arguments if name not in derived]
    arguments = [name for name in dict.fromkeys((*of_source, *read)) if name not in derived]
    direct = [name for name in source.arguments if name in derived]
    inner = source.name if source.name not in taken else apart(f"{source.name}_of", taken)
    helpers.append((inner, source))
    body.append(f"return {inner}({', '.join(source.arguments)})")
    name = f"{source.name}_with_{'_'.join(direct)}"
    # a synapse reads another function under the same name where its ends are of other models
    models = dict.fromkeys(quantity.model for quantity in quantities if quantity.model)
    if models:
        name += f"_of_{'_'.join(models)}"
    summary = f'"""{source.name}, with {" and ".join(direct)} from what it follows from."""'
    lines = [summary, *body]
    text = "\n".join([f"def {name}({', '.join(arguments)}):", *(f"    {line}" for line in lines)])
    return generated_text(
        name,
        tuple(arguments),
        text,
        file=source.file,
        line=source.line,
        helpers=tuple(helpers),
        sums_of_inner=tuple(names - set(read) for names in source.sums),
    )
