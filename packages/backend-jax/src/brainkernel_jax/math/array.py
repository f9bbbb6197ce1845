"""An array with NumPy's in-place writing, in compiled functions too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from brainkernel.errors import ValueShapeError
from brainkernel_jax.math.conversions import Conversions
from brainkernel_jax.math.masked_indexing import Masked, counterpart, is_mask, put_masked
from brainkernel_jax.math.variables import (
    Cell,
    any_traced,
    current_scope,
    for_jax,
    is_traced,
    staged,
)

IN_PLACE = frozenset("copyto fill_diagonal place put put_along_axis putmask".split())
# What would hand out the memory itself, or means different things in NumPy and JAX.
KEPT_BACK = frozenset(
    "base byteswap ctypes data flat partition put resize setfield setflags sort view".split()
)


class Array(Cell, Conversions, NDArrayOperatorsMixin):
    """Numbers that can be written in place, eagerly and under every transformation of JAX.

    Eagerly they lie in NumPy's memory; inside a compiled function a write rebinds the value.
    Operators, methods, indexing and the functions of NumPy work on it, and what they give is an
    Array too, which never shares memory with it. Functions of `jax.numpy` take it.

    Parameters
    ----------
    value : array_like
        Numbers, which are copied; any shape.
    dtype : dtype_like, optional
        The type of the numbers; without it that of `value`, float64 for Python's floats.
    """

    __slots__ = ("__weakref__",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, dtype: Any = None) -> None:
        value = unwrap(value)
        numbers = jnp.array(value, dtype) if any_traced(value) else np.array(value, dtype)
        self._born(numbers, local=current_scope() is None and staged())

    @property
    def value(self) -> Any:
        """The NumPy array, or what JAX traces; a new value must fit its shape and type."""
        return self._read()

    @value.setter
    def value(self, value: Any) -> None:
        value = unwrap(value)
        if np.shape(value) != self.shape:
            raise ValueShapeError(
                f"{self._label} has shape {self.shape}, and cannot take a value of "
                f"{np.shape(value)}"
            )
        self[...] = value

    @property
    def shape(self) -> tuple[int, ...]:
        """How many numbers there are along each axis."""
        return np.shape(self._value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        dtype: np.dtype[Any] = np.dtype(self._value.dtype)
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def at(self) -> Any:
        """JAX's own way to make changed copies: ``x.at[i].add(y)``."""
        return jnp.asarray(self.__jax_array__()).at

    def _read(self) -> Any:
        self._check_read()
        if isinstance(self._value, jax.Array) and not is_traced(self._value):
            self._value = np.array(
                self._value
            )  # what JAX computed comes home when it is first looked at
        return self._value

    def _fitting(self, value: Any) -> Any:
        dtype = self.dtype
        whole = isinstance(value, int) and not isinstance(value, bool)
        given = value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype
        if not (dtype.kind in "iufc" if whole else np.can_cast(given, dtype, "same_kind")):
            raise ValueShapeError(
                f"{self._label} is {dtype} and cannot hold {given} unrounded: convert it with "
                ".astype"
            )
        return jnp.asarray(value, dtype) if is_traced(self._value) or is_traced(value) else value

    def __getitem__(self, index: Any) -> Any:
        value, index = self._read(), unwrap(index)
        if not any_traced((value, index)):
            return wrap(value[index], self._local)
        if is_mask(index):
            return Masked(jnp.asarray(for_jax(value, self._label)), index)
        return wrap(_reach(for_jax(value, self._label), index).get(mode="fill"))

    def __setitem__(self, index: Any, new: Any) -> None:
        new, index = unwrap(new), unwrap(index)
        plain = new.full if isinstance(new, Masked) else new
        self._check_write((index, plain))
        value = self._read()
        if is_mask(index) or isinstance(new, Masked):
            self._fitting(plain)
            self._value = put_masked(for_jax(value, self._label), index, new, self._label)
        elif any_traced((value, index, new)):
            fitting = self._fitting(jnp.asarray(new) if isinstance(new, list) else new)
            self._value = _reach(for_jax(value, self._label), index).set(fitting)
        else:
            value[index] = self._fitting(new)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if any(isinstance(value, Masked) for value in inputs):
            return NotImplemented
        plain, options = unwrap((inputs, options))
        if method == "at":
            return inputs[0]._accumulate(ufunc, *plain[1:])
        function: Any = ufunc
        if any_traced((plain, options)):
            function = counterpart(ufunc)
            plain = _export(plain)
        if method != "__call__":
            function = getattr(function, method)
        result = function(*plain, **options)
        if out is None:
            return wrap(result, self._local)
        (target,) = out
        if not isinstance(target, Array):
            raise TypeError(
                f"np.{ufunc.__name__} cannot write an Array into out={type(target).__name__}: make "
                "that a bm.Array, as "
                "y = bm.Array(np.zeros(3))"
            )
        target.value = result
        return target

    def _accumulate(self, ufunc: np.ufunc, *arguments: Any) -> None:
        self._check_write(arguments)
        value = self._read()
        if any_traced((value, arguments)):
            old = jnp.asarray(for_jax(value, self._label))
            added = counterpart(ufunc).at(old, *arguments, inplace=False)
            self._value = self._fitting(added)
        else:
            ufunc.at(value, *arguments)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, arguments: Any, options: Any
    ) -> Any:
        if function.__name__ in IN_PLACE or "out" in options:
            raise TypeError(
                f"np.{function.__name__} writes in place: use x[...] = y, which works in bm.jit too"
            )
        arguments, options = unwrap((arguments, options))
        if any_traced((arguments, options)):
            function, arguments, options = (
                counterpart(function),
                _export(arguments),
                _export(options),
            )
        return wrap(function(*arguments, **options), self._local)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in KEPT_BACK or not hasattr(np.ndarray, name):
            raise AttributeError(f"Array has no attribute {name!r}")
        member = getattr(self._read(), name)
        if not callable(member):
            return wrap(member, self._local)
        return partial(self._call, name)

    def _call(self, name: str, *arguments: Any, **options: Any) -> Any:
        value = self._read()
        arguments, options = unwrap((arguments, options))
        if any_traced((value, arguments, options)):
            value = jnp.asarray(for_jax(value, self._label))
            value, arguments, options = _export((value, arguments, options))
        return wrap(getattr(value, name)(*arguments, **options), self._local)

    def sort(self, axis: int = -1) -> None:
        """Sort in place, along one axis."""
        self.value = np.sort(self, axis)

    def fill(self, value: Any) -> None:
        """Write one value everywhere."""
        self[...] = value

    def __jax_array__(self) -> Any:
        self._check_read()
        return for_jax(self._value, self._label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        numbers = np.asarray(self._read(), dtype)
        return numbers.copy() if copy or (copy is None and numbers is self._value) else numbers

    def __copy__(self) -> Array:
        return Array(self._value)

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __repr__(self) -> str:
        shown = self._value if is_traced(self._value) else np.asarray(self._value)
        return repr(shown).replace("array", "Array", 1)


def unwrap(tree: Any) -> Any:
    """Take the values out of the Arrays in a tree of arguments."""
    if isinstance(tree, Array):
        return tree._read()
    if isinstance(tree, dict):
        return {key: unwrap(value) for key, value in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(map(unwrap, tree))
    return tree


def _export(tree: Any) -> Any:
    return jax.tree.map(for_jax, tree)


def is_array(value: Any) -> bool:
    """Whether a node of a tree is an Array."""
    return isinstance(value, Array)


def raw(tree: Any) -> Any:
    """Put values, as JAX takes them, in place of the Arrays in a tree."""

    def take_out(leaf: Any) -> Any:
        return leaf.__jax_array__() if is_array(leaf) else leaf

    return jax.tree.map(take_out, tree, is_leaf=is_array)


def rewrap(tree: Any, like: Any) -> Any:
    """Put Arrays where another tree, `like`, has them."""
    kinds = jax.tree.map(is_array, like, is_leaf=is_array)
    return jax.tree.map(lambda kind, leaf: wrap(leaf) if kind else leaf, kinds, raw(tree))


def wrap(result: Any, local: bool = False) -> Any:
    """Make Arrays of the arrays that a function gave, with memory of their own."""
    if isinstance(result, tuple | list):
        items = [wrap(item, local) for item in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    if not isinstance(result, np.ndarray | np.generic | jax.Array):
        return result
    is_view = isinstance(result, np.ndarray) and result.base is not None
    if is_view or isinstance(result, np.generic):
        result = np.array(result)
    array = Array.__new__(Array)
    array._born(result, local=local)
    return array


def _reach(value: Any, index: Any) -> Any:
    if not any_traced(index):
        # an index that is out of bounds is an error, as in NumPy
        _ = np.broadcast_to(False, np.shape(value))[index]
    return jnp.asarray(value).at[index]


def _flatten(array: Array) -> tuple[tuple[Any], None]:
    return (for_jax(array._value, array._label),), None


def _unflatten(_: None, children: Any) -> Array:
    array = Array.__new__(Array)
    array._born(children[0])
    return array


jax.tree_util.register_pytree_node(Array, _flatten, _unflatten)
