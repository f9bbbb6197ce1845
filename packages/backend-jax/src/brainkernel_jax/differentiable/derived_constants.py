"""Constants that follow from parameters, computed such that derivatives pass through them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from brainkernel.backend import Algebra, NeuronBlock, Program, edited
from brainkernel.errors import BackendError

# a number that is known before the values are; enough for whatever changes 10 million times faster
HALVINGS = 24
ALGEBRA = Algebra(jnp, lambda matrices: np.full(len(matrices), HALVINGS))


def with_derived(
    program: Program, constants: dict[str, Any], module: Any, touched: set[str]
) -> dict[str, Any]:
    """The constants, with those that an integration method computes from others made anew.

    Parameters
    ----------
    program : Program
        The network.
    constants : dict
        By part, with all parameters in place.
    module : module
        The printed program, whose functions are JAX's.
    touched : set of str
        The parts that may differ from the network's.
    """
    complete = dict(constants)
    for block in program.blocks:
        complete.update(_of_block(program, block, constants, module, touched))
    return complete


def _of_block(
    program: Program, block: NeuronBlock, constants: dict[str, Any], module: Any, touched: set[str]
) -> dict[str, Any]:
    method = block.integrator
    derived = method.constants(block.equations) if method else ()
    names = [name for name in (*block.scalars, *block.arrays) if name not in derived]
    # what follows from constants of the network alone is as it was computed there
    if not derived or not touched & {f"{block.name}_{name}" for name in names}:
        return {}
    parameters = {name: constants[f"{block.name}_{name}"] for name in names}
    if derived[0] in block.arrays:
        # the method computes a constant for each neuron: every parameter becomes as long
        sizes = jnp.array([group.size for group in block.groups])
        length = block.last - block.first
        for name in block.scalars:
            if name in parameters:
                of_groups = parameters[name]
                parameters[name] = jnp.repeat(of_groups, sizes, total_repeat_length=length)
    functions = {name: getattr(module, name) for name in program.functions}
    equations = edited(block.equations, functions)
    values = _values(block, equations, {**parameters, "dt": program.dt}, program.dt)
    dtype = next(iter(parameters.values())).dtype
    return {f"{block.name}_{name}": jnp.asarray(value, dtype) for name, value in values.items()}


def _values(
    block: NeuronBlock, equations: Any, parameters: dict[str, Any], dt: float
) -> dict[str, Any]:
    assert block.integrator is not None
    try:
        return dict(block.integrator.values(equations, parameters, dt, ALGEBRA))  # type: ignore[call-arg]
    except TypeError as cause:
        raise BackendError(
            f"{block.name}: the method {block.integrator.name!r} computes constants before the run "
            "that cannot be "
            "differentiated; choose another one, as 'rk4', or leave parameters of this model out "
            "of parameters="
        ) from cause
