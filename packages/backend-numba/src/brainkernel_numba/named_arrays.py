"""Named tuples of arrays in compiled code: the same stretch, or the same element, of all fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import overload

from brainkernel.backend import runtime_numpy
from brainkernel_numba.compile_options import BORROWED

__all__ = ["element", "stretch"]


def stretch(fields: Any, first: int, last: int) -> Any:
    """Cut the same stretch out of several arrays."""
    return runtime_numpy.stretch(fields, first, last)  # type: ignore[no-untyped-call]


def element(fields: Any, number: int) -> Any:
    """Take the same element of several arrays."""
    return runtime_numpy.element(fields, number)  # type: ignore[no-untyped-call]


@overload(stretch, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
def _stretch(fields: Any, first: Any, last: Any) -> Callable[..., Any] | None:
    return _of_each(fields, "first, last", "[first:last]")


@overload(element, jit_options=BORROWED, strict=False)  # type: ignore[arg-type]
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
