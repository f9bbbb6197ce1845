"""Refuses random numbers of NumPy and Python in traced functions, where they are drawn only once.

A traced function is read first: its own text, the functions and methods that it names, and what
these name, but not those of installed libraries. Then the two random sources of the whole process,
`numpy.random` and `random`, are compared before and after the trace, so that libraries that draw
from them are found too. What is not seen: a generator that a function finds in a list or a
dictionary, that it is given by a call, or that a library keeps for itself.
"""

from __future__ import annotations

import dis
import inspect
import linecache
import random
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from brainkernel.errors import ModelError
from brainkernel_jax.math.object_discovery import Wrapper

SOURCES = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
MODULES = ("numpy.random", "random")
OURS = ("brainkernel", "brainkernel_jax")
FOLDERS = sysconfig.get_paths()
LIBRARIES = (
    FOLDERS["stdlib"],
    FOLDERS["platstdlib"],
    FOLDERS["purelib"],
    FOLDERS["platlib"],
)
"""Where functions lie that are not read, besides our own."""
GLOBALS = frozenset(("LOAD_GLOBAL", "LOAD_NAME"))
FREE = frozenset(("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"))
LOCALS = frozenset("LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_BORROW".split())
ATTRIBUTES = frozenset("LOAD_ATTR LOAD_METHOD IMPORT_FROM".split())
ADVICE = (
    "it would be drawn once, while the function is traced, and be the same number ever after. Draw "
    "from a "
    "bm.random.RandomState(seed), which the function names, or pass the numbers in as an argument"
)
UNKNOWN = object()
Mention = tuple[str, int, str]
"""A file, a line, and the words by which a random source is named."""


def refuse_foreign_draws(function: Any, name: str) -> None:
    """Read a function, and what it names, before it is traced.

    Parameters
    ----------
    function : callable
        What the user wrote.
    name : str
        What the messages call the transformed function.

    Raises
    ------
    ModelError
        Where it names a random source of NumPy or Python; with file, line and text.
    """
    for file, line, words in _mentions(function, None, set()):
        text = linecache.getline(file, line).strip()
        raise ModelError(f"{name} uses {words}: {ADVICE}\n  {file}:{line}\n    {text}")


@contextmanager
def without_foreign_draws(name: str) -> Iterator[None]:
    """Compare the random sources of the process before and after a trace.

    A thread that draws from them at the same time is taken for the traced function: give it a
    generator of its own.

    Raises
    ------
    ModelError
        Where one of them has been drawn from.
    """
    before = _states()
    yield
    for source, state in _states().items():
        if state != before[source]:
            raise ModelError(f"{name} calls something that draws from {source}: {ADVICE}")


def _states() -> dict[str, Any]:
    kind, words, *rest = np.random.get_state(legacy=True)
    return {
        "numpy.random": (kind, bytes(np.asarray(words)), *rest),
        "Python's random": random.getstate(),
    }


def _mentions(value: Any, owner: Any, visited: set[Any]) -> Iterator[Mention]:
    """Where a function, or one that it names, names a random source."""
    if isinstance(value, partial):
        yield from _mentions(value.func, owner, visited)
    elif isinstance(value, MethodType):
        yield from _mentions(value.__func__, value.__self__, visited)
    elif isinstance(value, Wrapper):
        yield from _mentions(value._function, owner, visited)
    elif isinstance(value, FunctionType):
        if (value, id(owner)) not in visited:
            visited.add((value, id(owner)))
            yield from _mentions_of(value, owner, visited)
    elif isinstance(wrapped := inspect.getattr_static(value, "__wrapped__", None), FunctionType):
        yield from _mentions(wrapped, owner, visited)
    elif isinstance(call := inspect.getattr_static(type(value), "__call__", None), FunctionType):
        yield from _mentions(call, value, visited)


def _mentions_of(function: FunctionType, owner: Any, visited: set[Any]) -> Iterator[Mention]:
    closure = _closure(function)
    if _of_library(function):
        for value in closure.values():
            yield from _mentions(value, None, visited)
        return
    codes = [function.__code__]
    # the list grows on the way: functions within the function are constants of its code
    for code in codes:
        codes.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
        for line, words, value in _named(code, function.__globals__, closure, owner):
            if _is_source(value):
                yield code.co_filename, line, words
            else:
                yield from _mentions(value, None, visited)


def _of_library(function: FunctionType) -> bool:
    package = str(function.__module__).partition(".")[0]
    return package in OURS or function.__code__.co_filename.startswith(LIBRARIES)


def _named(
    code: CodeType, variables: Mapping[str, Any], closure: Mapping[str, Any], owner: Any
) -> Iterator[tuple[int, str, Any]]:
    """List the names and attributes in a code that have a value before it runs.

    Each with its line, its words and its value.
    """
    local: dict[str, Any] = {}
    if code.co_argcount and owner is not None:
        local[code.co_varnames[0]] = owner
    value, words, line = UNKNOWN, "", code.co_firstlineno
    for instruction in dis.get_instructions(code):
        operation, name = instruction.opname, instruction.argval
        line = (instruction.positions and instruction.positions.lineno) or line
        if operation in ATTRIBUTES and value is not UNKNOWN:
            value, words = _attribute(value, name), f"{words}.{name}"
        elif operation == "IMPORT_NAME":
            value, words = sys.modules.get(name, UNKNOWN), name
        elif operation == "STORE_FAST" and isinstance(value, ModuleType):
            local[name], value = value, UNKNOWN
        elif operation in GLOBALS:
            value, words = variables.get(name, UNKNOWN), str(name)
        elif operation in FREE:
            value, words = {**closure, **local}.get(name, UNKNOWN), str(name)
        elif operation in LOCALS:
            value, words = local.get(name, UNKNOWN), str(name)
        else:
            value, words = UNKNOWN, ""
        if value is not UNKNOWN:
            yield line, words, value


def _closure(function: FunctionType) -> dict[str, Any]:
    values = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # a name without a value yet
            continue
    return values


def _attribute(value: Any, name: str) -> Any:
    """An attribute that can be looked at without running anything."""
    attribute = inspect.getattr_static(value, name, UNKNOWN)
    if isinstance(attribute, staticmethod):
        return attribute.__func__
    is_method = isinstance(attribute, FunctionType) and not isinstance(value, ModuleType | type)
    return MethodType(attribute, value) if is_method else attribute


def _is_source(value: Any) -> bool:
    """Whether a value is a random source, or a function of one."""
    if isinstance(value, ModuleType):
        return value.__name__ in MODULES
    if isinstance(value, type):
        return issubclass(value, SOURCES)
    if isinstance(value, SOURCES) or isinstance(getattr(value, "__self__", None), SOURCES):
        return True
    return callable(value) and getattr(value, "__module__", None) in MODULES
