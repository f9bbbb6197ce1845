"""Objects with declared state."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Self, overload

import jax

from brainkernel.errors import ModelError
from brainkernel_jax.math.array import Array, is_array
from brainkernel_jax.math.variables import Scope, current_scope, is_traced

State = dict[int, tuple[str, Array, str]]
"""By identity: the path of declared state, its Array, and its rule for `vmap`."""
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
        label = f"{type(instance).__name__}.{self.name}"
        # its state belongs to where the object was made, not to where it is first used
        array._declare(label, vars(instance)["_scope"])
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
        instance = super().__new__(cls)
        vars(instance).update(_scope=current_scope(), _rebound=0)
        return instance

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(getattr(type(self), name, None), Variable):
            object.__setattr__(self, name, value)
            return
        self._check_plain(name, value)
        if isinstance(value, Array) and not value._declared:
            value._label = f"{type(self).__name__}.{name}"
        if not isinstance(value, PRIMITIVES):
            vars(self)["_rebound"] += 1
        object.__setattr__(self, name, value)

    def _check_plain(self, name: str, value: Any) -> None:
        scope: Scope | None = current_scope()
        if vars(self)["_scope"] is scope:
            outside = scope is None
            if not (outside and _holds_traced(value)):
                return
        where = scope.name if scope else "a function that JAX is tracing"
        raise ModelError(
            f"{type(self).__name__}.{name} is written in {where}, and is no declared state: "
            f"declare it in the class, {name} = bm.variable(...)"
        )

    def variables(self) -> dict[str, Array]:
        """All declared state of this object and of those it holds, by its path: ``layers[0].w``."""
        state, _ = reach([self])
        return {path: array for path, array, _ in state}

    def __getstate__(self) -> dict[str, Any]:
        state = dict(vars(self))
        state.pop("_bound", None)  # compiled for this one alone
        return state


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
    numbers = jax.tree.leaves(values, is_leaf=is_array)
    for target, value in zip(targets, numbers, strict=True):
        target.value = value


def _holds_traced(value: Any) -> bool:
    for leaf in jax.tree.leaves(value, is_leaf=is_array):
        numbers = leaf._value if isinstance(leaf, Array) else leaf
        if is_traced(numbers):
            return True
    return False


def reach(objects: Iterable[Object]) -> tuple[list[tuple[str, Array, str]], list[Object]]:
    """Find the declared state of objects and of those that they have, each once.

    State is a path, an Array and its rule for `vmap`.
    """
    state: State = {}
    visited: dict[int, Object] = {}
    for instance in objects:
        _walk(instance, "", state, visited)
    return list(state.values()), list(visited.values())


def _walk(value: Any, path: str, state: State, visited: dict[int, Object]) -> None:
    if isinstance(value, Object):
        if id(value) not in visited:
            visited[id(value)] = value
            _walk_object(value, path and f"{path}.", state, visited)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _walk(item, f"{path}[{number}]", state, visited)
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(item, f"{path}[{key!r}]", state, visited)


def _walk_object(instance: Object, dot: str, state: State, visited: dict[int, Object]) -> None:
    declared = declarations(type(instance))  # type: ignore[arg-type]  # a class is hashable
    for name, declaration in declared.items():
        if name in vars(instance) or declaration.first is not None:
            array = declaration.__get__(instance, type(instance))
            state.setdefault(id(array), (dot + name, array, declaration.under_vmap))
    for name, value in list(vars(instance).items()):
        if name not in declared:
            _walk(value, dot + name, state, visited)


@cache
def declarations(kind: type) -> dict[str, Variable]:
    """The state that a class and its bases declare."""
    names: dict[str, None] = {}
    for base in reversed(kind.__mro__):
        names.update(dict.fromkeys(vars(base)))
    declared = {}
    for name in names:
        attribute = getattr(kind, name, None)
        if isinstance(attribute, Variable):
            declared[name] = attribute
    return declared
