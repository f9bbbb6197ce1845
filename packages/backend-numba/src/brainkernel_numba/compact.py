"""From flags to indices: the neurons that fired, out of the flags that the vectorised loop has left."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from brainkernel_numba.options import LOOP

__all__ = ["list_fired"]


def _load_eight(typing_context: Any, flags: Any, index: Any) -> Any:
    """Return flags[index : index + 8] as one uint64, wherever in memory they begin."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        word = ir.IntType(64)
        return builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), word.as_pointer()), align=1)

    is_bytes = isinstance(flags, types.Array) and flags.dtype in (types.boolean, types.uint8)
    if is_bytes and flags.ndim == 1 and flags.layout == "C":
        return types.uint64(flags, types.intp), generate
    return None


def _any_of_eight(flags: np.ndarray, index: int) -> bool:
    return bool(flags[index : index + 8].any())


# plain Python, where Numba is switched off for a debugger, knows no intrinsics
eight_flags: Any = _any_of_eight if getattr(numba.config, "DISABLE_JIT", 0) else intrinsic(_load_eight)


@numba.njit(**LOOP)  # type: ignore[untyped-decorator]
def list_fired(fired: np.ndarray, first: int, last: int, ring: np.ndarray, cursor: int, mask: int) -> int:
    """Append the numbers in [first, last) of the flags that are set to a ring, and return the place after the last.

    Few neurons fire in one step, so eight flags are looked at together.

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
        if start + 8 <= last and eight_flags(fired, start) == 0:
            start += 8
            continue
        for i in range(start, min(start + 8, last)):
            if fired[i]:
                ring[cursor & mask] = i
                cursor += 1
        start += 8
    return cursor
