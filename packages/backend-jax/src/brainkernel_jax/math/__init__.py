"""Arrays, random numbers and transformations of objects, to write NumPy and let JAX compile it.

It is meant to be imported as ``import brainkernel_jax.math as bm``.
"""

from __future__ import annotations

from brainkernel_jax.math import random
from brainkernel_jax.math.array import Array
from brainkernel_jax.math.control_flow import cond, for_loop, scan, while_loop
from brainkernel_jax.math.derivatives import grad, hessian, jacobian, vector_grad
from brainkernel_jax.math.objects import Object, assign, variable
from brainkernel_jax.math.transforms import checkpoint, jit, vmap

__all__ = [
    "Array",
    "Object",
    "assign",
    "checkpoint",
    "cond",
    "for_loop",
    "grad",
    "hessian",
    "jacobian",
    "jit",
    "random",
    "scan",
    "variable",
    "vector_grad",
    "vmap",
    "while_loop",
]
