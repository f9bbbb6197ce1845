"""How the functions of a printed program are compiled.

No `fastmath`: contraction and reassociation would change the user's arithmetic, which is NumPy's
bit for bit. NumPy's error model, not Python's: a division by zero is infinite, not an exception
whose branch would end vectorisation.
"""

from __future__ import annotations

from typing import Any

from numba.core.compiler import Compiler

__all__ = [
    "BORROWED",
    "CALLED",
    "DISTINCT",
    "INLINE",
    "LOOP",
    "ONCE",
    "RUN",
    "DistinctArrays",
]

LOOP: dict[str, Any] = {"error_model": "numpy", "nogil": True}
"""For the run, and for functions that hold a loop and are called from many places."""

# Without what lets C call them, a program compiles faster. Python may still call the functions of a
# saved program: one without that wrapper compiles in another 7 % less, and ends the interpreter
# when somebody tries it. They may make arrays, which the run that calls them may not: without
# "_nrt" they would inherit that.
CALLED: dict[str, Any] = {"no_cfunc_wrapper": True, "_nrt": True, **LOOP}
"""For functions that compiled code alone calls."""

# A call hands over each array as seven words: a hundred for the largest, at each step.
ONCE: dict[str, Any] = {"forceinline": True, "no_cpython_wrapper": True, **CALLED}
"""For functions that hold a loop and are called in one place of the run."""

# Compiled once, then inlined by LLVM. Numba's own inline="always" repeats type inference at every
# call, and leaves a Runge-Kutta step a quarter slower; without either option, LLVM does not inline
# what it finds large.
INLINE: dict[str, Any] = {"forceinline": True, **CALLED}
"""For the user's functions, called on scalars in a loop."""


class DistinctArrays(Compiler):
    """Compile on the promise that arrays which a function writes overlap with no other argument."""

    def define_pipelines(self) -> Any:
        """Return the usual passes, after making the promise to LLVM."""
        self.state.flags.noalias = True
        return super().define_pipelines()  # type: ignore[no-untyped-call]


# Without the promise LLVM checks before the loop whether arrays overlap, and does not vectorise
# where more than 128 pairs need the check: written * (written - 1) / 2 + written * only_read.
DISTINCT: dict[str, Any] = {"pipeline_class": DistinctArrays, **CALLED}
"""For update functions of many arrays, none of which overlaps with one that is written."""

# All arrays belong to the caller, who keeps them while the program runs. To count references to
# them would take an atomic operation for each array of each named tuple, at each step.
RUN: dict[str, Any] = {**LOOP, "_nrt": False}
"""For the run, which makes no arrays and hands on those that it is given."""

BORROWED: dict[str, Any] = {**INLINE, "_nrt": False}
"""For functions that name arrays for the run."""
