"""Parts of a model that a group has or not: what follows from its optional parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from brainkernel.model.declarations import Declaration
from brainkernel.model.step_function import StepFunction

Parts = tuple[dict[str, Declaration], tuple[StepFunction, ...]]


def optional_parameters(declarations: Mapping[str, Declaration]) -> tuple[str, ...]:
    """Name the parameters that a group may be made without."""
    return tuple(name for name, declaration in declarations.items() if declaration.optional)


def choices(declarations: Mapping[str, Declaration]) -> Iterator[frozenset[str]]:
    """Every choice of optional parameters that a group may be given."""
    optional = optional_parameters(declarations)
    for count in range(len(optional) + 1):
        yield from map(frozenset, combinations(optional, count))


def parts_with(
    chosen: frozenset[str],
    declarations: Mapping[str, Declaration],
    functions: tuple[StepFunction, ...],
) -> Parts:
    """Give what is left of a model where only some of its optional parameters are given.

    An optional parameter that is not given goes, with every random number that follows it, every
    function that names one of these, and every parameter and random number that was read by such
    functions alone.
    """
    absent = set(optional_parameters(declarations)) - chosen
    draws = [name for name, declaration in declarations.items() if declaration.kind == "draw"]
    absent |= {name for name in draws if declarations[name].mean in absent}
    absent |= _derived_from(absent, functions)
    remaining = []
    left_out = []
    for function in functions:
        if absent.isdisjoint(function.arguments):
            remaining.append(function)
        else:
            left_out.append(function)
    still_read = _read_by(remaining)
    for name, declaration in declarations.items():
        if name not in absent:
            still_read |= _referred_to(declaration)
    # nobody reads these any more
    for name in _read_by(left_out) - still_read:
        read_before = declarations.get(name)
        if read_before is not None and read_before.kind in ("parameter", "draw"):
            absent.add(name)
    left = {name: value for name, value in declarations.items() if name not in absent}
    return left, tuple(remaining)


def _derived_from(absent: set[str], functions: tuple[StepFunction, ...]) -> set[str]:
    """The derived quantities that follow from some names, at once or through others."""
    derived = [function for function in functions if function.kind == "derived"]
    found: set[str] = set()
    # a chain may be written in any order, and is at most as long as there are quantities
    for _ in derived:
        for function in derived:
            if not (absent | found).isdisjoint(function.arguments):
                found.update(function.targets)
    return found


def _referred_to(declaration: Declaration) -> set[str]:
    """The names that a declaration refers to."""
    names = {declaration.mean, declaration.source, declaration.ceiling}
    names.add(str(declaration.default))
    names.update(str(limit) for _, limit in declaration.bounds)
    return names


def _read_by(functions: list[StepFunction]) -> set[str]:
    names: set[str] = set()
    for function in functions:
        names.update(function.arguments)
    return names
