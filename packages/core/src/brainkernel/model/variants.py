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
    given: frozenset[str],
    declarations: Mapping[str, Declaration],
    functions: tuple[StepFunction, ...],
) -> Parts:
    """Give what is left of a model where only some of its optional parameters are given.

    An optional parameter that is not given goes, with every random number that follows it, every
    function that names one of these, and every parameter and random number that was read by such
    functions alone.
    """
    absent = set(optional_parameters(declarations)) - given
    absent |= {name for name, d in declarations.items() if d.kind == "draw" and d.mean in absent}
    kept = tuple(function for function in functions if not absent & set(function.arguments))
    left_out = [function for function in functions if function not in kept]
    remaining = [d for name, d in declarations.items() if name not in absent]
    still_read = _read_by(kept) | {name for d in remaining for name in _referred_to(d)}
    for name in _read_by(left_out) - still_read:
        declaration = declarations.get(name)
        if declaration is not None and declaration.kind in ("parameter", "draw"):
            absent.add(name)
    left = {name: d for name, d in declarations.items() if name not in absent}
    return left, kept


def _referred_to(declaration: Declaration) -> set[str]:
    """The names that a declaration refers to."""
    limits = {str(limit) for _, limit in declaration.bounds}
    return {declaration.mean, declaration.source, declaration.ceiling, str(declaration.default)} | (
        limits
    )


def _read_by(functions: tuple[StepFunction, ...] | list[StepFunction]) -> set[str]:
    return {name for function in functions for name in function.arguments}
