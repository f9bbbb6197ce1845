"""Processor instructions without a name in Numba: the bits of a float64, and fused multiply-add."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

__all__ = ["bits_to_float64", "float64_to_bits", "fma"]


@intrinsic
def bits_to_float64(typing_context: Any, pattern: Any) -> Any:
    """Return the float64 with the bits of an int64 or uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    if isinstance(pattern, types.Integer):
        return types.float64(types.uint64), generate
    return None


@intrinsic
def float64_to_bits(typing_context: Any, x: Any) -> Any:
    """Return the bits of a float64 as uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.uint64))

    if x == types.float64:
        return types.uint64(types.float64), generate
    return None


@intrinsic
def fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c in float64, rounded once: one instruction, or a slow call without FMA."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate
