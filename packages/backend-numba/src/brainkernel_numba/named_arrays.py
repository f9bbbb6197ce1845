"""Named tuples of arrays in compiled code: the same stretch, or the same element, of all fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import overload

from brainkernel.backend import runtime_arrays
from brainkernel_numba.compile_options import BORROWED
from brainkernel_numba.compiled import Compiled

__all__ = [
    "cubic",
    "dense_rows",
    "ends_of_rows",
    "group_of",
    "own_table_of",
    "table_of",
    "targets_of",
    "values_of",
    "whole_table_of",
]


@overload(runtime_arrays.stretch, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _stretch(fields: Any, first: Any, last: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "first, last", "[first:last]")


@overload(runtime_arrays.element, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _element(fields: Any, number: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "number", "[number]")


@overload(runtime_arrays.columns, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _columns(fields: Any, first: Any, last: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "first, last", "[:, first:last]")


def _is_empty(kind: Any) -> bool:
    return isinstance(kind, types.BaseTuple) and len(kind) == 0


def _of_each(fields: Any, arguments: str, index: str) -> Callable[..., Any] | None:
    """Write a function that indexes each field, and puts the results into the same named tuple."""
    if _is_empty(fields):
        made, body = tuple, "()"
    elif isinstance(fields, types.BaseNamedTuple):
        made = fields.instance_class  # type: ignore[attr-defined]
        named = zip(fields.fields, fields.types, strict=True)  # type: ignore[attr-defined]
        values = ["()" if _is_empty(kind) else f"fields.{name}{index}" for name, kind in named]
        body = f"Made({', '.join(values)})"
    else:
        return None
    scope: dict[str, Any] = {"Made": made}
    exec(f"def of_each(fields, {arguments}):\n    return {body}\n", scope)
    function: Callable[..., Any] = scope["of_each"]
    return function


each = {runtime_arrays.columns, runtime_arrays.element, runtime_arrays.stretch}
compiled = Compiled(BORROWED, each)

cubic = compiled(runtime_arrays.cubic)
group_of = compiled(runtime_arrays.group_of)
table_of = compiled(runtime_arrays.table_of)
own_table_of = compiled(runtime_arrays.own_table_of)
whole_table_of = compiled(runtime_arrays.whole_table_of)
values_of = compiled(runtime_arrays.values_of)
targets_of = compiled(runtime_arrays.targets_of)
ends_of_rows = compiled(runtime_arrays.ends_of_rows)
dense_rows = compiled(runtime_arrays.dense_rows)
