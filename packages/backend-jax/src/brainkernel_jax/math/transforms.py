"""Transformations of JAX over functions and methods that read and write declared state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import MethodType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.errors import ValueShapeError
from brainkernel_jax.math.advice import explained
from brainkernel_jax.math.array import Array, is_array, raw, rewrap, wrap
from brainkernel_jax.math.foreign_random import refuse_foreign_draws, without_foreign_draws
from brainkernel_jax.math.object_discovery import Members, Wrapper
from brainkernel_jax.math.objects import Object
from brainkernel_jax.math.variables import Cell, Scope, check_width, opened

Function = Callable[..., Any]


class Transformed(Wrapper):
    """A function whose declared state is given to JAX, and written back.

    Parameters
    ----------
    function : callable
        What the user wrote: a function, a bound method, or an object with ``__call__``.
    objects : iterable of Object, optional
        Those that take part; the ones that the function names, where nothing is said.
    name : str
        What the messages call the transformation.
    """

    def __init__(self, function: Function, objects: Iterable[Object] | None, name: str) -> None:
        self._function = function
        self._objects = None if objects is None else tuple(objects)
        self._name = f"bm.{name}({getattr(function, '__name__', type(function).__name__)})"
        self.__name__ = getattr(function, "__name__", name)
        self.__doc__ = function.__doc__

    def members(self, extra: tuple[Array, ...] = ()) -> Members:
        """The objects that take part in the next call."""
        return Members((self._function,), self._objects, extra)

    def __get__(self, instance: Object | None, owner: type) -> Any:
        if instance is None:
            return self
        bound = vars(instance).setdefault("_bound", {})
        if id(self) not in bound:
            bound[id(self)] = self._rebuild(MethodType(self._function, instance))
        return bound[id(self)]

    def _rebuild(self, function: Function) -> Transformed:
        made = type(self).__new__(type(self))
        vars(made).update(vars(self), _function=function)
        return made


def values_of(cells: Sequence[Cell]) -> list[Any]:
    """The values of cells, as JAX takes them."""
    return [cell._give() for cell in cells]


def pure(
    function: Function,
    cells: Sequence[Cell],
    name: str,
    fixed: Sequence[str | None] = (),
    kept: bool = False,
) -> Function:
    """Make a function without side effects: of state and arguments, to a result and new state."""

    def run(
        values: Sequence[Any], arguments: Any, options: dict[str, Any]
    ) -> tuple[Any, dict[int, Any]]:
        refuse_foreign_draws(function, name)
        # a function that writes in place must not write into the caller's memory
        values = [_copied(value) for value in values]
        with opened(cells, values, Scope(name, kept), fixed or [None] * len(cells)):
            arguments, options = jax.tree.map(_adopt, (arguments, options), is_leaf=is_array)
            with explained(name), without_foreign_draws(name):
                result = function(*arguments, **options)
            inside = raw(result)
            written = {}
            for number, cell in enumerate(cells):
                if cell._written:
                    written[number] = cell._value
        return rewrap(inside, result), written

    return run


def _adopt(leaf: Any) -> Any:
    return wrap(_copied(leaf._value)) if isinstance(leaf, Array) else leaf


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def write_back(cells: Sequence[Cell], written: dict[int, Any]) -> None:
    """Give cells the values that a pure function has written."""
    for number, value in written.items():
        cells[number]._check_write(value)
        cells[number]._value = value


def checked(arguments: Any) -> Any:
    """Refuse arrays of 64 bits where JAX works with 32."""
    for leaf in jax.tree.leaves(arguments):
        check_width(leaf, "an argument")
    return arguments


class Jit(Transformed):
    """See `jit`."""

    def __init__(
        self, function: Function, objects: Iterable[Object] | None, static: Sequence[str]
    ) -> None:
        super().__init__(function, objects, "jit")
        self._static = tuple(static)
        self._compiled: dict[Any, tuple[Any, Function]] = {}

    def _rebuild(self, function: Function) -> Transformed:
        return Jit(function, self._objects, self._static)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call what is compiled, and write its state back."""
        members = self.members()
        static = tuple((name, options.pop(name)) for name in self._static if name in options)
        key = (static, members.fingerprint)
        if key not in self._compiled:
            # the objects are kept, so that no other ones get their numbers
            compiled = self._compile(members, dict(static))
            self._compiled[key] = members.objects, compiled
        checked((arguments, options))
        _, compiled = self._compiled[key]
        values = values_of(members.cells)
        result, written = compiled(values, arguments, options)
        write_back(members.cells, written)
        return result

    def _compile(self, members: Members, static: dict[str, Any]) -> Function:
        def function(*arguments: Any, **options: Any) -> Any:
            return self._function(*arguments, **options, **static)

        return jax.jit(pure(function, members.cells, self._name, kept=True))


def jit(
    function: Function,
    *,
    static_argnames: Sequence[str] = (),
    objects: Iterable[Object] | None = None,
) -> Jit:
    """Compile a function or method; its declared state is read before and written after each call.

    It is compiled once for equal shapes, types and plain attributes of the objects that take part.

    Parameters
    ----------
    function : callable
        A function, a bound method, or (as a decorator in a class) a method.
    static_argnames : sequence of str
        Keyword arguments that are constants of what is compiled; they must be hashable.
    objects : iterable of Object, optional
        The objects that take part, where the function does not name them all.
    """
    return Jit(function, objects, static_argnames)


class Vmap(Transformed):
    """See `vmap`."""

    def __init__(
        self,
        function: Function,
        objects: Iterable[Object] | None,
        axes: tuple[Any, Any, int | None],
    ) -> None:
        super().__init__(function, objects, "vmap")
        self._in, self._out, self._size = axes

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function for all elements at once."""
        members = self.members()
        cells = members.cells
        checked((arguments, options))
        values = values_of(cells)
        axes = [None if rule == "shared" else 0 for rule in members.rules]
        fixed = [_FIXED.get(rule) for rule in members.rules]
        keys = {}
        for number, rule in enumerate(members.rules):
            if rule == "split":
                keys[number], values[number] = self._split(values[number], arguments, members)
        run = pure(self._function, cells, self._name, fixed)
        in_axes = (axes, self._in, 0)
        mapped = jax.vmap(run, in_axes, out_axes=(self._out, 0), axis_size=self._size)
        result, written = mapped(values, arguments, options)
        for number, key in keys.items():
            if number in written:
                written[number] = key
        write_back(cells, written)
        return result

    def _split(self, key: Any, arguments: Any, members: Members) -> tuple[Any, Any]:
        # the first of the new keys goes on as the shared one
        count = self._length(arguments, members) + 1
        shared = jax.random.wrap_key_data(jnp.asarray(key))
        keys = jax.random.split(shared, count)
        data = jax.random.key_data(keys)
        return data[0], data[1:]

    def _length(self, arguments: Any, members: Members) -> int:
        if self._size is not None:
            return self._size
        axes = self._in if isinstance(self._in, tuple) else (self._in,) * len(arguments)
        for axis, argument in zip(axes, arguments, strict=True):
            if isinstance(axis, int):
                first_leaf = jax.tree.leaves(argument)[0]
                return int(np.shape(first_leaf)[axis])
        for cell, rule in zip(members.cells, members.rules, strict=True):
            if rule == "batched":
                return int(np.shape(cell._value)[0])
        raise ValueShapeError(
            f"{self._name} cannot tell how many there are, to split random keys: give axis_size="
        )


_FIXED = {
    "shared": "is shared by all that vmap maps over: declare it with bm.variable(..., batched=True)"
}


def vmap(
    function: Function,
    in_axes: Any = 0,
    out_axes: Any = 0,
    *,
    axis_size: int | None = None,
    objects: Iterable[Object] | None = None,
) -> Vmap:
    """Map a function over an axis of its arguments, and over batched state.

    Batched is state declared with ``batched=True``, along its first axis. Other state is shared,
    and may only be read. A `RandomState` gives each element a stream of its own.

    Parameters
    ----------
    function : callable
        Written for one element.
    in_axes, out_axes : int, None, or tree of them
        As in `jax.vmap`.
    axis_size : int, optional
        How many elements there are, where no argument tells.
    objects : iterable of Object, optional
        The objects that take part, where the function does not name them all.
    """
    return Vmap(function, objects, (in_axes, out_axes, axis_size))


class Checkpoint(Transformed):
    """See `checkpoint`."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""
        cells = self.members().cells
        run = jax.checkpoint(pure(self._function, cells, self._name))
        result, written = run(values_of(cells), checked(arguments), options)
        write_back(cells, written)
        return result


def checkpoint(function: Function, *, objects: Iterable[Object] | None = None) -> Checkpoint:
    """Have a gradient compute the inside of a function again, instead of keeping it in memory.

    Parameters
    ----------
    function : callable
        The function; it is not changed otherwise.
    objects : iterable of Object, optional
        Whose state it uses; found by its names where none are given.
    """
    return Checkpoint(function, objects, "checkpoint")
