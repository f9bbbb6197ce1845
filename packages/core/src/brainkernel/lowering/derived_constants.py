"""Constants that follow from parameters.

Propagators, refractory steps, the ends of Poisson's distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import in_own_width, whole_steps
from brainkernel.errors import ValueShapeError
from brainkernel.lowering.histories import check_delays
from brainkernel.lowering.synapse_blocks import own_fields
from brainkernel.program.equations import Equations, Term
from brainkernel.program.program import Draw, NeuronBlock, Program, SynapseBlock
from brainkernel.random import poisson_most

Functions = Mapping[str, Callable[..., Any]]


def derive(
    program: Program,
    constants: NDArray[np.float64],
    functions: Functions | None = None,
    only: Collection[str] | None = None,
) -> None:
    """Compute, in place, every constant that follows from the parameters.

    Parameters
    ----------
    program : Program
        The network.
    constants : array
        Its flat constants, with all parameters in place.
    functions : mapping, optional
        By printed name, the functions of an edited program, to be used instead of the models' own.
    only : collection of str, optional
        The blocks of neurons and synapses, by name, whose parameters are new; all where none is
        given.
    """
    for block in program.blocks:
        if only is None or block.name in only:
            _derive_block(program, constants, block, functions or {})
    for synapse_block in program.synapse_blocks:
        if only is None or synapse_block.name in only:
            _derive_counts(program, constants, synapse_block)


def _derive_block(
    program: Program,
    constants: NDArray[np.float64],
    block: NeuronBlock,
    functions: Functions,
) -> None:
    """The propagators, refractory steps and limits of draws of a block of neurons.

    Raises
    ------
    ValueShapeError
        Where a probability or a rate cannot be one.
    """
    derived = derived_names(block)
    parameters = {}
    for name in (*block.scalars, *block.arrays):
        if name not in derived:
            parameters[name] = _view(program, constants, block, name)
    for name, values in _of_method(program, block, parameters, functions).items():
        _view(program, constants, block, name)[:] = values
    for draw in block.draws:
        if block.varies(draw):
            continue
        if draw.distribution == "poisson":
            most = _view(program, constants, block, draw.most)
            most[:] = poisson_most(parameters[draw.mean])
        if draw.distribution == "event":
            most = _view(program, constants, block, draw.most)
            most[:] = _most_likely(program, block, draw, parameters)
        if draw.distribution == "bernoulli":
            _check_probability(block, draw, parameters[draw.mean])
    for past in block.equations.pasts:
        steps = _view(program, constants, block, past.steps)
        steps[:] = check_delays(block, past, parameters[past.delay], program.dt)
    if block.refractory:
        steps = _view(program, constants, block, "refractory_steps")
        steps[:] = _refractory_steps(program, block, parameters)


def _check_probability(block: NeuronBlock, draw: Draw, probability: NDArray[np.float64]) -> None:
    in_range = (probability >= 0) & (probability <= 1)
    if not np.all(in_range):
        raise ValueShapeError(f"{block.name}.{draw.mean}, a probability, must be from 0 to 1")


def _derive_counts(
    program: Program,
    constants: NDArray[np.float64],
    synapse_block: SynapseBlock,
) -> None:
    """Compute the largest Poisson counts whose means are numbers of the table of constants."""
    shared = {}
    for binding in own_fields(synapse_block):
        if binding.level == "shared":
            shared[binding.name] = program.parts[binding.part]
    for draw in synapse_block.draws:
        if draw.distribution == "poisson" and draw.mean in shared:
            mean = shared[draw.mean]
            most = program.parts[f"{synapse_block.name}_{draw.most}"]
            means = constants[mean.first : mean.last]
            constants[most.first : most.last] = poisson_most(means)


def derived_parts(program: Program) -> set[str]:
    """The parts that hold constants which follow from others."""
    parts: set[str] = set()
    for block in program.blocks:
        parts.update(f"{block.name}_{name}" for name in derived_names(block))
    for synapse_block in program.synapse_blocks:
        parts.update(f"{synapse_block.name}_{draw.most}" for draw in synapse_block.draws)
    return parts


def derived_names(block: NeuronBlock) -> set[str]:
    """Printed names of the constants of a block that follow from others."""
    names = {"refractory_steps", *(draw.most for draw in block.draws)}
    names.update(past.steps for past in block.equations.pasts)
    if block.integrator:
        names.update(block.integrator.constants(block.equations))
    return names


def _view(
    program: Program,
    constants: NDArray[np.float64],
    block: NeuronBlock,
    name: str,
) -> NDArray[np.float64]:
    array_slice = program.parts[f"{block.name}_{name}"]
    return constants[array_slice.first : array_slice.last]


def _of_method(
    program: Program,
    block: NeuronBlock,
    parameters: Mapping[str, NDArray[np.float64]],
    functions: Functions,
) -> dict[str, NDArray[np.float64]]:
    if block.integrator is None:
        return {}
    names = block.integrator.constants(block.equations)
    if not names:
        return {}
    values: dict[str, Any] = {**parameters, "dt": program.dt}
    # one propagator for each neuron needs one value of each parameter for each neuron
    if names[0] in block.arrays:
        sizes = [group.size for group in block.groups]
        for name in parameters:
            if name not in block.arrays:
                values[name] = np.repeat(parameters[name], sizes)
    equations = edited(block.equations, functions)
    return block.integrator.values(equations, values, program.dt)


def edited(equations: Equations, functions: Functions) -> Equations:
    """The equations with functions of a printed program in place of the models' own."""

    def edit(term: Term) -> Term:
        function = functions.get(term.function)
        if function is None:
            return term
        return replace(term, source=replace(term.source, call=function))

    return replace(
        equations,
        rates=tuple(map(edit, equations.rates)),
        currents=tuple(map(edit, equations.currents)),
        derived=tuple(map(edit, equations.derived)),
    )


def _most_likely(
    program: Program,
    block: NeuronBlock,
    draw: Draw,
    parameters: Mapping[str, NDArray[np.float64]],
) -> list[np.float64]:
    """For each group the greatest probability of an event in a step."""
    if draw.mean in block.scalars:
        ends = list(range(1, len(block.groups)))
    else:
        ends = [group.last - block.first for group in block.groups[:-1]]
    rates_of_groups = np.split(parameters[draw.mean], ends)
    most = []
    for group, rates in zip(block.groups, rates_of_groups, strict=True):
        chances = rates * program.dt * 1e-3
        in_range = (chances >= 0) & (chances <= 1)
        wrong = rates[~in_range]
        if wrong.size:
            raise ValueShapeError(
                f"{group.name}.{draw.mean} = {wrong[0]:g} Hz: with at most one event in a step of "
                f"{program.dt:g} ms a "
                f"rate is from 0 to {1e3 / program.dt:g} Hz; use more neurons of lower rates, or a "
                "smaller dt"
            )
        most.append(chances.max())
    return most


def _refractory_steps(
    program: Program,
    block: NeuronBlock,
    parameters: Mapping[str, NDArray[np.float64]],
) -> NDArray[np.float64]:
    refractory = block.definition.refractory
    assert refractory is not None
    label = f"{block.name}.{refractory.source}, the refractory period,"
    periods = parameters[refractory.source]
    if block.lag:  # the period begins where the spike is, and need not end on the grid
        return periods / program.dt
    steps = whole_steps(periods, program.dt, label, rounded=in_own_width(periods))
    return np.where(steps > 0, steps + 1.0, 0.0)
