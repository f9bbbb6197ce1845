"""Indices of the neurons that fired, from the flags that the vectorised loop has left."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from brainkernel_numba.compile_options import LOOP

__all__ = ["list_fired"]


def _load(count: int) -> Any:
    """Make the intrinsic that tells whether any of several adjacent flags is set.

    The flags may begin at any address.
    """

    def any_of(typing_context: Any, flags: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            words = ir.VectorType(ir.IntType(64), count // 8)
            place = builder.bitcast(builder.gep(data, [arguments[1]]), words.as_pointer())
            either = ir.FunctionType(ir.IntType(64), [words])
            name = f"llvm.vector.reduce.or.v{count // 8}i64"
            reduce = cgutils.get_or_insert_function(builder.module, either, name)  # type: ignore[no-untyped-call]
            found = builder.call(reduce, [builder.load(place, align=1)])
            return builder.icmp_unsigned("!=", found, ir.Constant(ir.IntType(64), 0))

        is_bytes = isinstance(flags, types.Array) and flags.dtype in (types.boolean, types.uint8)
        if is_bytes and flags.ndim == 1 and flags.layout == "C":
            return types.boolean(flags, types.intp), generate
        return None

    return any_of


def _any_of(count: int) -> Any:
    """Do the same in plain Python, for a debugger that runs with Numba switched off."""
    return lambda flags, index: bool(flags[index : index + count].any())


COMPILED = not getattr(numba.config, "DISABLE_JIT", 0)
any_of_64: Any = intrinsic(_load(64)) if COMPILED else _any_of(64)
any_of_8: Any = intrinsic(_load(8)) if COMPILED else _any_of(8)


@numba.njit(**LOOP)  # type: ignore[untyped-decorator]
def list_fired(
    fired: np.ndarray, first: int, last: int, ring: np.ndarray, cursor: int, mask: int
) -> int:
    """Append the indices in [first, last) of flags that are set to a ring; return its new end.

    Few neurons fire in one step, so 64 flags are looked at together, and where any is set, eight.

    Parameters
    ----------
    fired
        The flags of all neurons, uint8, contiguous.
    first, last
        Which of them to look at.
    ring
        Its length is mask + 1, a power of two.
    cursor
        The place of the first free entry, counted from the beginning of time.
    mask
        One less than the ring's length.
    """
    start = first
    while start < last:
        if start + 64 <= last and not any_of_64(fired, start):
            start += 64
            continue
        end = min(start + 64, last)
        while start < end:
            if start + 8 <= end and not any_of_8(fired, start):
                start += 8
                continue
            for i in range(start, min(start + 8, end)):
                if fired[i]:
                    ring[cursor & mask] = i
                    cursor += 1
            start += 8
        start = end
    return cursor
