"""Objects with declared state."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Self, overload

import jax

from brainkernel.errors import ModelError
from brainkernel_jax.math.array import Array, is_array
from brainkernel_jax.math.variables import Scope, current_scope, is_traced

PRIMITIVES = (bool, int, float, complex, str, bytes, type(None))


class Variable:
    """Declares state of an object; made by `variable`."""

    def __init__(self, value: Any, dtype: Any, under_vmap: str) -> None:
        self.first, self.dtype, self.under_vmap = value, dtype, under_vmap

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Object, owner: type) -> Array: ...
    def __get__(self, instance: Object | None, owner: type) -> Self | Array:
        if instance is None:
            return self
        if self.name not in vars(instance):
            self._make(instance, self._first_value(instance))
        array: Array = vars(instance)[self.name]
        return array

    def __set__(self, instance: Object, value: Any) -> None:
        if self.name not in vars(instance) and self.first is None:
            self._make(instance, value)
            return
        array = self.__get__(instance, type(instance))
        if array is not value:  # `self.x += 1` has written already
            array.value = value

    def _first_value(self, instance: Object) -> Any:
        if self.first is None:
            raise ModelError(
                f"{type(instance).__name__}.{self.name} has no value yet: give it one in __init__"
            )
        return self.first(instance) if callable(self.first) else self.first

    def _make(self, instance: Object, value: Any) -> None:
        array = Array(value, self.dtype)
        array._declare(f"{type(instance).__name__}.{self.name}", vars(instance)["_scope"])
        vars(instance)[self.name] = array


def variable(value: Any = None, *, dtype: Any = None, batched: bool = False) -> Variable:
    """Declare state: what the methods of an object may change under every transformation.

    Parameters
    ----------
    value : array_like or function, optional
        The first value, which fixes shape and type; or a function of the object that gives it.
        Where there is none, the first assignment (in ``__init__``) fixes them.
    dtype : dtype_like, optional
        The type of the numbers.
    batched : bool
        What `vmap` does with it: split it along its first axis, or share it among all (when it may
        only be read).
    """
    return Variable(value, dtype, "batched" if batched else "shared")


class Object:
    """Has declared state and plain attributes, other objects among these.

    Objects may also stand in lists, tuples and dictionaries. A plain attribute is a constant of
    what is compiled; changing one has it compiled again, and a transformed function must not
    change it.
    """

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Remember where it was made: there it may be written."""
        made = super().__new__(cls)
        vars(made).update(_scope=current_scope(), _rebound=0)
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(getattr(type(self), name, None), Variable):
            object.__setattr__(self, name, value)
            return
        self._check_plain(name, value)
        if isinstance(value, Array) and not value._declared:
            value._what = f"{type(self).__name__}.{name}"
        if not isinstance(value, PRIMITIVES):
            vars(self)["_rebound"] += 1
        object.__setattr__(self, name, value)

    def _check_plain(self, name: str, value: Any) -> None:
        scope: Scope | None = current_scope()
        if vars(self)["_scope"] is scope and not (scope is None and _holds_traced(value)):
            return
        where = scope.name if scope else "a function that JAX is tracing"
        raise ModelError(
            f"{type(self).__name__}.{name} is written in {where}, and is no declared state: "
            f"declare it in the class, {name} = bm.variable(...)"
        )

    def variables(self) -> dict[str, Array]:
        """All declared state of this object and of those it holds, by its path: ``layers[0].w``."""
        return {path: array for path, array, _ in reach([self])[0]}

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value for name, value in vars(self).items() if name != "_bound"
        }  # compiled for this one alone


def assign(variables: Any, values: Any) -> None:
    """Write values into declared state of the same structure, as what an optimiser of Optax gives.

    Parameters
    ----------
    variables : tree of Array
        Where to write: ``net.variables()``, a list of Arrays, or one.
    values : tree
        What to write; shapes must be equal.
    """
    targets = jax.tree.leaves(variables, is_leaf=is_array)
    for target, value in zip(targets, jax.tree.leaves(values, is_leaf=is_array), strict=True):
        target.value = value


def _holds_traced(value: Any) -> bool:
    leaves = jax.tree.leaves(value, is_leaf=is_array)
    return any(is_traced(leaf._value if isinstance(leaf, Array) else leaf) for leaf in leaves)


def reach(objects: Iterable[Object]) -> tuple[list[tuple[str, Array, str]], list[Object]]:
    """Find the declared state of objects and of those that they have, each once.

    State is a path, an Array and its rule for `vmap`.
    """
    found: dict[int, tuple[str, Array, str]] = {}
    seen: dict[int, Object] = {}
    for each in objects:
        _walk(each, "", found, seen)
    return list(found.values()), list(seen.values())


def _walk(
    thing: Any, path: str, found: dict[int, tuple[str, Array, str]], seen: dict[int, Object]
) -> None:
    if isinstance(thing, Object):
        if id(thing) not in seen:
            seen[id(thing)] = thing
            _walk_object(thing, path and f"{path}.", found, seen)
    elif isinstance(thing, list | tuple):
        for number, each in enumerate(thing):
            _walk(each, f"{path}[{number}]", found, seen)
    elif isinstance(thing, dict):
        for key, each in thing.items():
            _walk(each, f"{path}[{key!r}]", found, seen)


def _walk_object(
    thing: Object, dot: str, found: dict[int, tuple[str, Array, str]], seen: dict[int, Object]
) -> None:
    declared = declarations(type(thing))  # type: ignore[arg-type]  # a class is hashable
    for name, each in declared.items():
        if name in vars(thing) or each.first is not None:
            array = each.__get__(thing, type(thing))
            found.setdefault(id(array), (dot + name, array, each.under_vmap))
    for name, value in list(vars(thing).items()):
        if name not in declared:
            _walk(value, dot + name, found, seen)


@cache
def declarations(kind: type) -> dict[str, Variable]:
    """The state that a class and its bases declare."""
    names: dict[str, None] = {}
    for base in reversed(kind.__mro__):
        names.update(dict.fromkeys(vars(base)))
    return {name: each for name in names if isinstance(each := getattr(kind, name, None), Variable)}
