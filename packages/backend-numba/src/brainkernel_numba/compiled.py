"""Functions of the core, compiled as they are: the same text, and nothing written twice."""

from __future__ import annotations

import math
from collections.abc import Collection
from types import FunctionType, ModuleType
from typing import Any

import numba

from brainkernel_numba.namespace import np

__all__ = ["Compiled"]


class Compiled:
    """Compiles functions, and those that they call, each once.

    Parameters
    ----------
    options : dict
        How they are compiled.
    overloaded : collection of function
        What Numba has an implementation of; they stay as they are.
    """

    def __init__(self, options: dict[str, Any], overloaded: Collection[Any] = ()) -> None:
        self._options, self._overloaded = options, overloaded
        self._made: dict[FunctionType, Any] = {}

    def __call__(self, function: Any) -> Any:
        """Compile a function, whose NumPy is the namespace of scalars."""
        if function not in self._made:
            names = {
                name: self._as_seen(function.__globals__[name])
                for name in function.__code__.co_names
                if name in function.__globals__
            }
            names |= {"__builtins__": __builtins__, "__name__": function.__module__}
            bound = FunctionType(function.__code__, names, function.__name__)
            self._made[function] = numba.njit(**self._options)(bound)
        return self._made[function]

    def _as_seen(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return value if value is math else np
        plain = isinstance(value, FunctionType) and value not in self._overloaded
        return self(value) if plain else value
