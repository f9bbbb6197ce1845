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
    for edge in program.edges:
        if only is None or edge.name in only:
            _derive_counts(program, constants, edge)


def _derive_block(
    program: Program, constants: NDArray[np.float64], block: NeuronBlock, functions: Functions
) -> None:
    """The propagators, refractory steps and limits of draws of a block of neurons.

    Raises
    ------
    ValueShapeError
        Where a probability or a rate cannot be one.
    """
    names = [name for name in (*block.scalars, *block.arrays) if name not in derived_names(block)]
    known = {name: _view(program, constants, block, name) for name in names}
    for name, values in _of_method(program, block, known, functions).items():
        _view(program, constants, block, name)[:] = values
    for draw in block.draws:
        if draw.distribution == "poisson":
            _view(program, constants, block, f"{draw.name}_most")[:] = poisson_most(
                known[draw.mean]
            )
        if draw.distribution == "event":
            _view(program, constants, block, f"{draw.name}_most")[:] = _most_likely(
                program, block, draw, known
            )
        if draw.distribution == "bernoulli" and not np.all(
            (known[draw.mean] >= 0) & (known[draw.mean] <= 1)
        ):
            raise ValueShapeError(f"{block.name}.{draw.mean}, a probability, must be from 0 to 1")
    if block.refractory:
        _view(program, constants, block, "refractory_steps")[:] = _refractory_steps(
            program, block, known
        )


def _derive_counts(program: Program, constants: NDArray[np.float64], edge: SynapseBlock) -> None:
    """The largest Poisson counts of an edge whose means are numbers of the table of constants."""
    shared = {f.name: program.parts[f.part] for f in own_fields(edge) if f.level == "shared"}
    for draw in edge.draws:
        if draw.distribution == "poisson" and draw.mean in shared:
            mean, most = shared[draw.mean], program.parts[f"{edge.name}_{draw.most}"]
            constants[most.first : most.last] = poisson_most(constants[mean.first : mean.last])


def derived_parts(program: Program) -> set[str]:
    """The parts that hold constants which follow from others."""
    own = {f"{block.name}_{name}" for block in program.blocks for name in derived_names(block)}
    return own | {f"{edge.name}_{draw.most}" for edge in program.edges for draw in edge.draws}


def derived_names(block: NeuronBlock) -> set[str]:
    """Printed names of the constants of a block that follow from others."""
    own = set(block.integrator.constants(block.equations)) if block.integrator else set()
    return own | {"refractory_steps"} | {f"{draw.name}_most" for draw in block.draws}


def _view(
    program: Program, constants: NDArray[np.float64], block: NeuronBlock, name: str
) -> NDArray[np.float64]:
    part = program.parts[f"{block.name}_{name}"]
    return constants[part.first : part.last]


def _of_method(
    program: Program,
    block: NeuronBlock,
    known: Mapping[str, NDArray[np.float64]],
    functions: Functions,
) -> dict[str, NDArray[np.float64]]:
    if block.integrator is None or not (wanted := block.integrator.constants(block.equations)):
        return {}
    if wanted[0] in block.arrays:
        sizes = [group.size for group in block.groups]
        known = {
            name: values if name in block.arrays else np.repeat(values, sizes)
            for name, values in known.items()
        }
    equations = edited(block.equations, functions)
    return block.integrator.values(equations, {**known, "dt": program.dt}, program.dt)


def edited(equations: Equations, functions: Functions) -> Equations:
    """The equations with functions of a printed program in place of the models' own."""

    def edit(term: Term) -> Term:
        function = functions.get(term.function)
        return (
            term if function is None else replace(term, source=replace(term.source, call=function))
        )

    return replace(
        equations,
        rates=tuple(map(edit, equations.rates)),
        currents=tuple(map(edit, equations.currents)),
    )


def _most_likely(
    program: Program, block: NeuronBlock, draw: Draw, known: Mapping[str, NDArray[np.float64]]
) -> list[np.float64]:
    """For each group the greatest probability of an event in a step."""
    values, most = known[draw.mean], []
    ends = (
        range(1, len(block.groups))
        if draw.mean in block.scalars
        else [g.last - block.first for g in block.groups[:-1]]
    )
    for group, rates in zip(block.groups, np.split(values, ends), strict=True):
        chances = rates * program.dt * 1e-3
        wrong = rates[~((chances >= 0) & (chances <= 1))]
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
    program: Program, block: NeuronBlock, known: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    refractory = block.definition.refractory
    assert refractory is not None
    what = f"{block.name}.{refractory.source}, the refractory period,"
    periods = known[refractory.source]
    steps = whole_steps(periods, program.dt, what, rounded=in_own_width(periods))
    return np.where(steps > 0, steps + 1.0, 0.0)
