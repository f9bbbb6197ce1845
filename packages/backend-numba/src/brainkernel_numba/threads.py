"""Plain Python threads that run the compiled time loop side by side, without the GIL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from brainkernel.errors import ProgramError
from brainkernel_numba.barrier import ABANDONED


def together(
    crew: Executor, run: Callable[..., int], calls: list[list[Any]], gate: np.ndarray
) -> int:
    """Call a function with several lists of arguments at once; all must come to the same result.

    Parameters
    ----------
    crew : Executor
        Threads that wait for work, one less than there are lists.
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

    helpers = [crew.submit(work, number) for number in range(1, len(calls))]
    work(0)
    _wait(helpers)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if len(set(results)) > 1:
        raise ProgramError(f"the threads of this program stopped at different steps: {results}")
    return int(results[0])


def _wait(helpers: list[Future[None]]) -> None:
    """Wait for all, also after Ctrl-C: the arrays are theirs until they have finished."""
    interrupted: KeyboardInterrupt | None = None
    for helper in helpers:
        while not helper.done():
            try:
                helper.result()
            except KeyboardInterrupt as cause:
                interrupted = cause
    if interrupted is not None:
        raise interrupted
