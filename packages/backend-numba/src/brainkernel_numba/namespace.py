"""The `np` of a printed program: scalars that LLVM vectorises, or NumPy in a debugger.

A debugger runs with Numba switched off.
"""

from __future__ import annotations

from numba import config

if getattr(config, "DISABLE_JIT", 0):  # so that a debugger can step through the same text
    import numpy as np
else:
    from brainkernel_numba import scalar as np  # type: ignore[no-redef]

__all__ = ["np"]
