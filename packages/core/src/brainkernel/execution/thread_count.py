"""How many threads a run uses: what was asked for, checked, or what a short trial finds fastest."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

from brainkernel.base.worker_threads import cores
from brainkernel.errors import BackendError
from brainkernel.execution.declared import advice, can
from brainkernel.program.contracts import Backend

MOST_THREADS = (
    64  # that may be asked for on a machine with few cores, to see that results do not depend on it
)
# for each number of threads: far longer than a meeting of threads, or a slice of a busy core
TRIAL_SECONDS = 0.02


def check_threads(threads: Any, backend: Backend) -> int:
    """Refuse a number of threads that cannot be; 0 stands for ``"auto"``.

    Raises
    ------
    BackendError
        No whole number from 1 on, or a backend that has one thread only.
    """
    if isinstance(threads, str) and threads == "auto":
        return 0 if can(backend, "threads") and cores() > 1 else 1
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise BackendError(f'threads={threads!r}: give a whole number from 1 on, or "auto"')
    if threads > 1 and not can(backend, "threads"):
        raise BackendError(
            f"backend {backend.name!r} runs on one thread: leave threads out"
            f"{advice('threads', ', or use {}')}"
        )
    if threads > max(MOST_THREADS, 8 * cores()):
        raise BackendError(
            f"threads={threads}: this process may use {cores()} cores, and so many threads would "
            "only wait for one "
            f'another; give at most {max(MOST_THREADS, 8 * cores())}, or "auto"'
        )
    if threads > cores():
        warnings.warn(
            f"threads={threads}, but this process may use {cores()} cores: the threads will wait "
            "for one another; "
            f"threads={cores()} is likely faster",
            stacklevel=5,
        )
    return int(threads)


def fastest(attempt: Callable[[int, int], float], most: int) -> int:
    """Find the fastest number of threads.

    Parameters
    ----------
    attempt : function
        Takes a number of threads and of steps, and gives back how many seconds these took.
    most : int
        The largest number of steps to try.
    """
    steps = 10
    attempt(1, steps)  # compiled now, if it was not
    while steps < most and (took := attempt(1, steps)) < TRIAL_SECONDS:
        steps = min(most, max(2 * steps, int(steps * TRIAL_SECONDS / max(took, 1e-6))))
    numbers = [1 << k for k in range(10) if 1 << k < cores()] + [cores()]
    seconds = {}
    for number in numbers:
        seconds[number] = min(attempt(number, steps) for _ in range(3))
    return min(seconds, key=seconds.__getitem__)


def timed(call: Callable[[], object]) -> float:
    """How many seconds a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
