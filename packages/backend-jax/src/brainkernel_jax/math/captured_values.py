"""What plain values hold: a compiled function that read others is compiled anew."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from brainkernel_jax.math.objects import PRIMITIVES

MOST = 1 << 20  # bytes: what a larger array holds is not looked at again at each call


def contents(functions: tuple[Any, ...], held: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """List the values that functions name and objects hold, such that they can be compared.

    These are numbers, texts, arrays, tuples and dictionaries.

    Parameters
    ----------
    functions : tuple of callable
        Their free and global variables and defaults count, and those of functions that they
        name.
    held : list of mappings
        The attributes of objects.
    """
    visited: set[int] = set()
    for attributes in held:
        yield from ((name, content(value)) for name, value in attributes.items())
    for function in functions:
        yield from _named(function, visited)


def content(value: Any) -> Any:
    """Something that is equal where two plain values are, in number and kind."""
    if isinstance(value, PRIMITIVES):
        return type(value), value
    if isinstance(value, np.ndarray) and value.nbytes <= MOST and value.dtype != object:
        return value.shape, str(value.dtype), zlib.crc32(np.ascontiguousarray(value).data)
    if isinstance(value, tuple):  # a list is where functions leave notes while they are traced
        return type(value), tuple(content(item) for item in value)
    if isinstance(value, dict):
        return type(value), tuple((content(key), content(item)) for key, item in value.items())
    return None


def _named(function_or_method: Any, visited: set[int]) -> Iterator[Any]:
    function = _plain_function(function_or_method)
    if function is None or id(function) in visited:
        return
    visited.add(id(function))
    for name, value in _variables(function):
        yield name, content(value)
        if isinstance(value, FunctionType | MethodType | partial):
            yield from _named(value, visited)


def _plain_function(value: Any) -> FunctionType | None:
    while not isinstance(value, FunctionType):
        for attribute in ("_function", "__func__", "func"):
            inner = getattr(value, attribute, None)
            if inner:
                break
        else:
            return None
        value = inner
    return value


def _variables(function: FunctionType) -> Iterator[tuple[str, Any]]:
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # a name without a value yet
            continue
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]
