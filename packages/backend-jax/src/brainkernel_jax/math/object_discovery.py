"""Which objects take part in a transformed function: those that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from brainkernel_jax.math.array import Array
from brainkernel_jax.math.captured_values import contents
from brainkernel_jax.math.objects import PRIMITIVES, Object, reach


class Wrapper:
    """Something that calls a function of the user, in which objects may be named."""

    _function: Any
    _objects: tuple[Object, ...] | None


class Members:
    """The objects that take part in a call, and the Arrays of their state.

    Parameters
    ----------
    functions : tuple of callable
        What the user wrote.
    objects : iterable of Object, optional
        Those that take part, besides the ones that the functions are bound to; all that the
        functions name, where nothing is said.
    extra : iterable of Array
        More declared state.
    """

    def __init__(
        self,
        functions: tuple[Any, ...],
        objects: Iterable[Object] | None = None,
        extra: Iterable[Array] = (),
    ) -> None:
        self._functions = functions
        search = named_objects if objects is None else _bound
        named = list(objects or ())
        for function in functions:
            named += search(function)
        state, self.objects = reach(named)
        ids = {id(array) for _, array, _ in state}
        state += [("", array, "shared") for array in extra if id(array) not in ids]
        self.cells = tuple(array for _, array, _ in state)
        self.rules = tuple(rule for _, _, rule in state)

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """The objects and plain values on which a compiled function depends, besides shapes."""
        attributes = [vars(instance) for instance in self.objects]
        plain = contents(self._functions, attributes)
        return (*map(id, self.cells), *map(id, self.objects), *plain)


def named_objects(function: Any) -> Iterator[Object]:
    """Find the objects that a function names: bound, free or global variables, and defaults.

    Functions that it names are searched too, those of other modules only for what they are bound to
    or close over.
    """
    return _named(function, _home(function), set())


def _home(function: Any) -> Any:
    """The global names of what the user wrote, under all that is wrapped around it."""
    if isinstance(function, Wrapper):
        return _home(function._function)
    inner = function.func if isinstance(function, partial) else function
    return getattr(getattr(inner, "__func__", inner), "__globals__", None)


def _named(value: Any, home: Any, visited: set[int]) -> Iterator[Object]:
    if isinstance(value, PRIMITIVES) or id(value) in visited:
        return
    visited.add(id(value))
    if isinstance(value, Object):
        yield value
    for inner in _parts(value, home):
        yield from _named(inner, home, visited)


def _parts(value: Any, home: Any) -> Iterable[Any]:
    if isinstance(value, MethodType):
        return value.__self__, value.__func__
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, partial):
        return value.func, *value.args, *value.keywords.values()
    if isinstance(value, Wrapper):
        return value._function, *(value._objects or ())
    return _of_function(value, home) if isinstance(value, FunctionType) else ()


def _of_function(function: FunctionType, home: Any) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name without a value yet
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    if function.__globals__ is home:
        yield from (home[name] for name in _global_names(function.__code__) if name in home)


def _global_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _bound(function: Any) -> tuple[Object, ...]:
    owner = getattr(function, "__self__", function)
    return (owner,) if isinstance(owner, Object) else ()
