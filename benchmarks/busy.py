"""How much longer four threads take with a busy process beside each core.

Started by `python benchmarks/busy.py`. The runs with and without neighbours follow one another; the
ratio of their medians is printed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import networks

import brainkernel as bk

REPEATS, MILLISECONDS, THREADS = 5, 500.0, 4


@contextmanager
def neighbours() -> Iterator[None]:
    """A process that does nothing but compute, for each core."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        time.sleep(1.0)
        yield
    finally:
        for process in busy:
            process.terminate()
            process.wait()


def seconds(net: bk.Network, begin: object) -> float:
    """The median time of some runs from the same state."""
    found = []
    for _ in range(REPEATS):
        net.restore(begin)  # type: ignore[arg-type]
        began = time.perf_counter()
        net.run(MILLISECONDS, backend="numba", threads=THREADS)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def main() -> None:
    """Measure COBA, small and large."""
    for size in (4_000, 40_000):
        net = networks.coba(size)
        net.run(200.0, backend="numba", threads=THREADS)
        begin = net.store()
        quiet = seconds(net, begin)
        with neighbours():
            busy = seconds(net, begin)
        print(
            f"COBA {size}: {quiet:.3f} s alone, {busy:.3f} s beside busy processes, "
            f"{busy / quiet:.2f} times as long"
        )


if __name__ == "__main__":
    main()
