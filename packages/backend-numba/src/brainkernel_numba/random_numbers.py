"""The core's random numbers, compiled: its functions, with the scalar namespace as NumPy."""

from __future__ import annotations

import math
from types import FunctionType, ModuleType
from typing import Any

import numba

from brainkernel.backend import random
from brainkernel_numba.compile_options import INLINE
from brainkernel_numba.namespace import np

__all__ = [
    "random_bernoulli",
    "random_bits",
    "random_gap",
    "random_normal",
    "random_poisson",
    "random_shared_uniform",
    "random_uniform",
]


class Compiled:
    """Compiles functions of the core, and those that they call, each once."""

    def __init__(self) -> None:
        self._made: dict[FunctionType, Any] = {}

    def __call__(self, function: Any) -> Any:
        """Compile a function for scalars."""
        if function not in self._made:
            names = {
                name: self._as_seen(function.__globals__[name])
                for name in function.__code__.co_names
                if name in function.__globals__
            }
            names |= {"__builtins__": __builtins__, "__name__": function.__module__}
            bound = FunctionType(function.__code__, names, function.__name__)
            self._made[function] = numba.njit(**INLINE)(bound)
        return self._made[function]

    def _as_seen(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return value if value is math else np
        return self(value) if isinstance(value, FunctionType) else value


compiled = Compiled()

random_bits = compiled(random.threefry_2x32)
random_uniform = compiled(random.uniform)
random_shared_uniform = compiled(random.shared_uniform)
random_normal = compiled(random.normal)
random_bernoulli = compiled(random.bernoulli)
random_poisson = compiled(random.poisson)
random_gap = compiled(random.gap)
