"""By which method a model is integrated alone, before it is part of any network."""

from __future__ import annotations

from collections.abc import Iterable

from brainkernel.lowering.histories import pasts_of
from brainkernel.lowering.method_choice import default_among_synapses, default_method
from brainkernel.lowering.trees import tree_of_model
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.step_function import StepFunction
from brainkernel.program.equations import Equations, Term, plain_term


def method_of(definition: ModelDefinition) -> str | None:
    """Name the method of groups, or projections, that are given none.

    None where there is nothing to integrate.

    What a synapse keeps with its target is integrated with the target, and may change what its
    equations are.
    """
    equations = equations_of(definition)
    if not equations.rates:
        return None
    if definition.method:
        return str(getattr(definition.method, "name", definition.method))
    default = default_method if definition.kind == "neuron" else default_among_synapses
    return default(equations, definition.names("parameter"))


def equations_of(definition: ModelDefinition) -> Equations:
    """The equations of a model alone."""
    # what a synapse keeps with its target is integrated there
    alone = [f for f in definition.functions if not definition.analysis.is_fused(f)]
    rates = _terms(f for f in alone if f.kind == "derivative")
    diffusions = _terms(f for f in alone if f.kind == "diffusion")
    external = _external(definition, rates)
    derived = _terms(definition.derived)
    moving = {rate.target for rate in rates}
    noisy = {diffusion.target for diffusion in diffusions}
    return Equations(
        definition.name,
        rates,
        diffusions=diffusions,
        external=external,
        derived=derived,
        pasts=pasts_of(definition, moving, noisy),
        tree=tree_of_model(definition),
    )


def _terms(functions: Iterable[StepFunction]) -> tuple[Term, ...]:
    return tuple(plain_term(function) for function in functions)


def _external(definition: ModelDefinition, rates: tuple[Term, ...]) -> tuple[str, ...]:
    moving = {rate.target for rate in rates}
    names = definition.names("input", "timed", "draw", "past", "state")
    return tuple(name for name in names if name not in moving)
