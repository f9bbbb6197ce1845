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
    "ends_of_rows",
    "own_group",
    "own_table_of",
    "table_of",
    "targets_of",
    "values_of",
    "whole_group",
    "whole_table_of",
]


@overload(runtime_arrays.stretch, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _stretch(fields: Any, first: Any, last: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "first, last", "[first:last]")


@overload(runtime_arrays.element, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _element(fields: Any, number: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "number", "[number]")


def _of_each(fields: Any, arguments: str, index: str) -> Callable[..., Any] | None:
    """Write a function that indexes each field, and puts the results into the same named tuple."""
    if isinstance(fields, types.BaseTuple) and len(fields) == 0:
        made, values = tuple, ""
    elif isinstance(fields, types.BaseNamedTuple):
        made = fields.instance_class  # type: ignore[attr-defined]
        names = fields.fields  # type: ignore[attr-defined]
        values = ", ".join(f"fields.{name}{index}" for name in names)
    else:
        return None
    body = f"Made({values})" if values else "()"
    scope: dict[str, Any] = {"Made": made}
    exec(f"def of_each(fields, {arguments}):\n    return {body}\n", scope)
    function: Callable[..., Any] = scope["of_each"]
    return function


compiled = Compiled(BORROWED, {runtime_arrays.stretch, runtime_arrays.element})

own_group = compiled(runtime_arrays.own_group)
whole_group = compiled(runtime_arrays.whole_group)
table_of = compiled(runtime_arrays.table_of)
own_table_of = compiled(runtime_arrays.own_table_of)
whole_table_of = compiled(runtime_arrays.whole_table_of)
values_of = compiled(runtime_arrays.values_of)
targets_of = compiled(runtime_arrays.targets_of)
ends_of_rows = compiled(runtime_arrays.ends_of_rows)
