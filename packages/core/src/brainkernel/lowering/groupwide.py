"""Means, sums and states of whole groups: their terms, and what cannot be computed with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import IntegratorError, ValueShapeError
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import composed, own_quantities
from brainkernel.model.groupwide import read_as_numbers
from brainkernel.model.neuron import Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.program.equations import Equations, OverGroup, Term
from brainkernel.program.integrator import Integrator, goes_on_grid

PRINTED = {"mean": "_group_mean", "total": "_group_total"}
"""The printed function that computes each in the loop over neurons."""


def over_group_term(function: StepFunction, target: str, arguments: tuple[str, ...]) -> OverGroup:
    """Print a mean or sum over a group; its function is the same for all models."""
    return OverGroup(target, PRINTED[function.over_group], arguments, function.source)


def check_over_group(equations: Equations, integrator: Integrator, named_by: str) -> None:
    """Refuse a method that solves for the states of each neuron by itself, or takes its slope.

    Raises
    ------
    IntegratorError
        With the mean or sum, and which method to use.
    """
    followed = equations.over_group
    alone = getattr(integrator, "solves_each_neuron", False)
    if followed and (alone or not goes_on_grid(integrator, equations)):
        raise IntegratorError(
            f"{equations.owner}: its equations follow {followed[0].target}, a mean or sum over the "
            f"group, and method {integrator.name!r} integrates each neuron by "
            f"itself; use rk4 or exponential_midpoint{named_by}"
        )
    if not getattr(integrator, "differentiates_noise", False):
        return
    for term in equations.diffusions:
        read = equations.depends_on(term)
        for mean in followed:
            if mean.target in read:
                raise IntegratorError(
                    f"{equations.owner}: the diffusion {term.function} follows {mean.target}, a "
                    f"mean or sum over the group; method {integrator.name!r} is for noise that "
                    f"follows the neuron's own states, use euler_maruyama or heun{named_by}"
                )


def kept_for_synapses(definition: ModelDefinition) -> set[str]:
    """Name what a synapse reads of its ends at each step, outside the loop over its targets."""
    own = own_quantities(definition.derived)
    analysis = definition.analysis
    functions = [*analysis.couplings, *analysis.loops["synapse"], *analysis.loops["pre"]]
    named: set[str] = set()
    for function in functions:
        named.update(composed(function, own).arguments)
    return named - definition.declarations.keys()


def check_numbers(groups: Sequence[Neuron], values: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a parameter with a value for each neuron where a state of the group follows it.

    Raises
    ------
    ValueShapeError
        With the group, the parameter and the state.
    """
    for group in groups:
        for name, function in read_as_numbers(group.definition).items():
            if np.ndim(values[str(group.name)][name]):
                reader = f"{function.name} reads it for" if function else "it is the first value of"
                raise ValueShapeError(
                    f"{group._label()}.{name} has a value for each neuron, but {reader} a state "
                    "of which the whole group has one: give one number"
                )


def add_group_values(term: Term, values: dict[str, Any], sizes: Sequence[int]) -> None:
    """Compute a derived quantity of all groups of a block; a mean of each group by itself."""
    if not isinstance(term, OverGroup):
        values[term.target] = term.value(values)
        return
    summands: NDArray[np.float64] = np.broadcast_to(values[term.arguments[0]], (sum(sizes),))
    results = []
    for summand in np.split(summands, np.cumsum(sizes)[:-1]):
        results.append(np.full(summand.size, term.source.call(summand)))
    values[term.target] = np.concatenate(results)
