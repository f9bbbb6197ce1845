"""Independent parts of one computation on several threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def cores() -> int:
    """How many processor cores this process may use."""
    allowed = getattr(
        os, "sched_getaffinity", None
    )  # where the system has it, taskset and batch systems set it
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def in_threads(
    function: Callable[[Part], Result], parts: Iterable[Part], threads: int
) -> list[Result]:
    """Return the function's results for all parts, in their order."""
    parts = list(parts)
    if min(threads, len(parts)) <= 1:
        return [function(part) for part in parts]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        return list(pool.map(function, parts))
