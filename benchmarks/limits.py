"""What the machine can do at best: memory copied, and exponentials computed, in a second."""

from __future__ import annotations

import os
import threading
import time

import numpy as np

BYTES = 1 << 28  # many times any cache


def limits() -> dict[str, object]:
    """Measure both; the bandwidth for one thread, and for each number of them up to the cores."""
    cores = os.cpu_count() or 1
    return {
        "bytes_per_second": {threads: bandwidth(threads) for threads in range(1, cores + 1)},
        "exponentials_per_second": exponentials(),
    }


def bandwidth(threads: int, repeats: int = 7) -> float:
    """Return bytes read and written in a second by copies of arrays, the best of several."""
    partition = [
        (np.ones(BYTES // 8 // threads), np.zeros(BYTES // 8 // threads)) for _ in range(threads)
    ]
    best = min(
        together([lambda a=a, b=b: np.copyto(b, a) for a, b in partition]) for _ in range(repeats)
    )
    return 2 * BYTES / best


def together(calls: list) -> float:
    """Seconds that some calls take side by side."""
    workers = [threading.Thread(target=call) for call in calls]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def exponentials(size: int = 4096, loops: int = 2000, repeats: int = 7) -> float:
    """Return exponentials in a second, by NumPy on one thread in the cache, the best of several."""
    x, out = np.linspace(-5.0, 5.0, size), np.empty(size)

    def work() -> None:
        for _ in range(loops):
            np.exp(x, out=out)

    return size * loops / min(together([work]) for _ in range(repeats))
