"""Cells, which hold one value each and belong to the scope in which they were made or opened.

The scope decides who may write a cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brainkernel.errors import BackendError, ModelError


class Scope:
    """The body of one transformed function while it is traced.

    Parameters
    ----------
    name : str
        What the messages call it: ``bm.jit(step)``.
    kept : bool
        Whether what is traced is kept and run again, as `jit` does.
    """

    def __init__(self, name: str, kept: bool = False) -> None:
        self.name, self.kept, self.parent = name, kept, _scope.get()


_scope: ContextVar[Scope | None] = ContextVar("brainkernel_jax_scope", default=None)


def current_scope() -> Scope | None:
    """The innermost transformed function that is being traced, if any."""
    return _scope.get()


@cache
def _concrete() -> type:
    with jax.ensure_compile_time_eval():
        return type(jnp.zeros(()))


def is_traced(value: object) -> bool:
    """Whether a value stands for numbers that are not known yet."""
    # most values are of these types, and quickly told
    if isinstance(value, np.ndarray | np.generic | int | float | slice):
        return False
    return isinstance(value, jax.Array) and not isinstance(value, _concrete())


def any_traced(tree: object) -> bool:
    """Whether anything in tuples, lists and dicts of arguments is traced."""
    if isinstance(tree, dict):
        return any(map(any_traced, tree.values()))
    if isinstance(tree, tuple | list):
        return any(map(any_traced, tree))
    return is_traced(tree)


def staged() -> bool:
    """Whether operations are being recorded by `jax.jit` or a loop, and not carried out."""
    return is_traced(jnp.zeros(()))


def check_width(value: object, label: str) -> None:
    """Refuse an array whose precision JAX would halve.

    Raises
    ------
    BackendError
        Where the value has 64 bits and JAX is set to 32.
    """
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, np.dtype) and jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise BackendError(
            f"{label} is {dtype}, and JAX here works with 32 bits: switch 64 bits on with "
            'jax.config.update("jax_enable_x64", True) before, or make it with dtype="float32" '
            '(or "int32")'
        )


def for_jax(value: Any, label: str = "an array") -> Any:
    """Give a value to JAX in memory that nobody writes any more: JAX may read it late."""
    check_width(value, label)
    return value.copy() if isinstance(value, np.ndarray) else value


class Cell:
    """Holds one value, and knows where it may be written."""

    __slots__ = (
        "_baked",
        "_declared",
        "_fixed",
        "_label",
        "_local",
        "_scope",
        "_value",
        "_written",
    )

    _value: Any  # a NumPy array, what JAX computed, or a traced value
    _scope: Scope | None  # where it was made, or opened last
    _local: bool  # made while plain `jax.jit` or a loop of JAX was recording
    _declared: bool
    _label: str  # what the messages call it
    _baked: str | None  # the compiled function that took its value for a constant
    _fixed: str | None  # why it may only be read at the moment
    _written: bool  # since it was opened

    def _born(self, value: Any, label: str = "this Array", *, local: bool = False) -> None:
        self._value, self._scope, self._local = value, current_scope(), local
        self._label, self._declared, self._baked = label, False, None
        self._fixed, self._written = None, False

    def _declare(self, label: str, scope: Scope | None) -> None:
        self._label, self._declared, self._scope = label, True, scope

    def _give(self) -> Any:
        """The value as JAX takes it; from then on it stays with JAX, until somebody looks at it."""
        self._check_read()
        if isinstance(self._value, np.ndarray) and current_scope() is None:
            converted = jnp.asarray(for_jax(self._value, self._label))
            self._value = self._value if is_traced(converted) else converted
            return converted
        return for_jax(self._value, self._label)

    def _check_read(self) -> None:
        """Refuse to become a constant of a compiled function, where that could go stale."""
        scope = current_scope()
        while scope is not None and scope is not self._scope and not scope.kept:
            scope = scope.parent
        if scope is None or scope is self._scope:
            return
        if self._declared or is_traced(self._value):
            raise ModelError(
                f"{self._label} is read in {scope.name}, which would keep its value for ever: "
                f"{self._do}"
            )
        self._baked = scope.name

    def _check_write(self, value: object = None) -> None:
        """Refuse what would happen once while tracing, or leave a dead traced value behind."""
        scope = current_scope()
        if self._scope is not scope:
            raise ModelError(
                f"{self._label} is written in {where_of(scope)}, which does not own it: {self._do}"
            )
        if self._fixed:
            raise ModelError(f"{self._label} is written in {where_of(scope)}, and {self._fixed}")
        if self._baked:
            raise ModelError(
                f"{self._label} was read in {self._baked}, which has compiled its value as a "
                "constant and would not "
                f"see this write: {self._do}"
            )
        if scope is None and not self._local and not is_traced(self._value) and any_traced(value):
            raise ModelError(
                f"{self._label} was made outside of what JAX is tracing, and is written with a "
                "traced value: "
                f"{self._do}. Functions of brainkernel_jax.math (bm.jit, bm.grad, bm.vmap, "
                "bm.scan) write state back; "
                "those of jax do not"
            )
        self._written = True

    @property
    def _do(self) -> str:
        if self._declared:
            return "name its object in the function, or give objects=[...] to the transformation"
        return "declare it in its class (name = bm.variable(...)), or pass it in and return it"


def where_of(scope: Scope | None) -> str:
    """What the messages call a scope."""
    return scope.name if scope else "the outside of the function that made it"


@contextmanager
def opened(
    cells: Sequence[Cell], values: Sequence[Any], scope: Scope, fixed: Sequence[str | None]
) -> Iterator[None]:
    """Lend cells to a scope with the values that it traces, and take them back whatever happens."""
    before = [(cell._value, cell._scope, cell._fixed, cell._written) for cell in cells]
    token = _scope.set(scope)
    for cell, value, reason in zip(cells, values, fixed, strict=True):
        cell._value, cell._scope, cell._fixed, cell._written = value, scope, reason, False
    try:
        yield
    finally:
        _scope.reset(token)
        for cell, old in zip(cells, before, strict=True):
            cell._value, cell._scope, cell._fixed, cell._written = old
