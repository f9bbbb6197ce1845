"""A barrier for threads: half a microsecond on free cores, and sleep on busy ones.

A gate is an int64 array of 32: index 0 counts arrivals, 8 the barriers that were passed, 16 is the
step at which all stop, 24 is set where a thread has failed, so that nobody waits for it. They lie
on cache lines of their own.
"""

from __future__ import annotations

import os
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from brainkernel_numba.compile_options import LOOP

__all__ = ["ABANDONED", "GATE", "meet"]

GATE = 32
ABANDONED = 24
# About a tenth of a millisecond. Who waits longer waits for a thread that another process keeps off
# its core, and sleeps: a sleeper is let in again at once when it wakes, whereas one that yields
# loses a time slice of milliseconds.
SPINS = 160_000


def _add(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Add to an element in one piece, and return what it was."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", builder.gep(data, [arguments[1]]), arguments[2], "seq_cst")

    return types.int64(array, types.int64, types.int64), generate


def _load(typing_context: Any, array: Any, index: Any) -> Any:
    """Load an element as it is in memory now."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(builder.gep(data, [arguments[1]]), "acquire", 8)

    return types.int64(array, types.int64), generate


def _sleep_function() -> Any:
    """Return the function that lets a thread sleep for a moment.

    It is called by its name, so that compiled code can be kept on disk.
    """
    if os.name == "nt":
        llvmlite.binding.load_library_permanently("kernel32.dll")
        return types.ExternalFunction("Sleep", types.void(types.uint32))
    return types.ExternalFunction("usleep", types.int32(types.uint32))


sleep = _sleep_function()

if getattr(numba.config, "DISABLE_JIT", 0):  # one thread alone

    def meet(gate: np.ndarray, threads: int, generation: int) -> int:
        """Go on at once."""
        return generation + 1

else:
    add: Any = intrinsic(_add)
    load: Any = intrinsic(_load)

    @numba.njit(**LOOP)  # type: ignore[untyped-decorator]
    def meet(gate: np.ndarray, threads: int, generation: int) -> int:
        """Wait until all threads are here, and return the number of meetings so far."""
        if threads == 1:
            return generation + 1
        if add(gate, 0, 1) + 1 == threads * (generation + 1):
            add(gate, 8, 1)
            return generation + 1
        spins = 0
        while load(gate, 8) <= generation and load(gate, 24) == 0:
            spins += 1
            if spins > SPINS:
                sleep(np.uint32(1))
        return generation + 1
