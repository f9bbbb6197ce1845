"""The functions that belong to no model: imported by a printed program, or printed in full."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

from brainkernel.backend import Lines, random
from brainkernel_jax.codegen import random_numbers, runtime, runtime_events

MODULES = (runtime, random_numbers, runtime_events)


def print_machinery(text: Lines, whole: bool = False) -> Lines:
    """Print what a text needs besides itself.

    Parameters
    ----------
    text : list of str
        It names a function of the machinery with an underscore before it.
    whole : bool
        Whether the functions themselves are printed in place of their imports.
    """
    words = set(re.findall(r"\w+", "\n".join(text)))
    imports: Lines = []
    names: Lines = []
    for module in MODULES:
        for name in module.__all__:
            alias = f"_{name}" if f"_{name}" in words else name
            if alias in words:
                imports.append(f"from {module.__name__} import {name} as {alias}")
                names.append(f"{alias} = {_printed_name(name)}")
    return [*_sources(), "", "", *names] if whole else ["", "", *imports]


def _printed_name(name: str) -> str:
    """Tell the name of a function in a whole text, where those of the core have their own."""
    function = getattr(random, name.removeprefix("random_"), None)
    own = name in {function.__name__ for function in _functions(random_numbers)}
    return name if function is None or own else function.__name__


def _sources() -> Lines:
    """Print all functions of the machinery, those of the core first."""
    lines = ["", "", "from jax import lax"]
    for functions in (random.PRINTED, *map(_functions, MODULES)):
        lines += _texts(functions)
    return lines


def _texts(functions: Iterable[Callable[..., Any]]) -> Lines:
    lines: Lines = []
    for function in functions:
        lines += ["", "", *inspect.getsource(function).rstrip().split("\n")]
    return lines


def _functions(module: ModuleType) -> list[FunctionType]:
    """List the functions that a module defines, in their order."""
    functions = [
        value
        for value in vars(module).values()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    ]
    return sorted(functions, key=lambda function: function.__code__.co_firstlineno)
