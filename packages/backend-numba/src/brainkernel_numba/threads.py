"""Plain Python threads that run the compiled time loop side by side, without the interpreter's lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from brainkernel.errors import ProgramError
from brainkernel_numba.meeting import ABANDONED


def together(run: Callable[..., int], calls: list[list[Any]], gate: np.ndarray) -> int:
    """Call a function with several lists of arguments at once; all must come to the same result.

    Parameters
    ----------
    run : function
        Compiled, without the interpreter's lock.
    calls : list of lists
        Arguments, one list for each thread.
    gate : array
        Where they meet. Where one fails the others are told, so that they do not wait for it.

    Raises
    ------
    ProgramError
        Where the threads of an edited program stop at different steps.
    """
    results: list[Any] = [None] * len(calls)

    def work(number: int) -> None:
        try:
            results[number] = int(run(*calls[number]))
        except BaseException as cause:
            gate[ABANDONED] = 1
            results[number] = cause

    helpers = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(1, len(calls))]
    for helper in helpers:
        helper.start()
    work(0)
    _wait(helpers)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if len(set(results)) > 1:
        raise ProgramError(f"the threads of this program stopped at different steps: {results}")
    return int(results[0])


def _wait(helpers: list[threading.Thread]) -> None:
    """Wait for all, also after Ctrl-C: the arrays are theirs until they have finished."""
    interrupted: KeyboardInterrupt | None = None
    for helper in helpers:
        while helper.is_alive():
            try:
                helper.join()
            except KeyboardInterrupt as cause:
                interrupted = cause
    if interrupted is not None:
        raise interrupted
