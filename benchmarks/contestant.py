"""What every simulator's file shares: its arguments, and the line of JSON in which it answers.

python ours.py CASE | python peer_brian2.py CASE | python peer_nest.py CASE | python peer_brainpy.py
CASE
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def arguments() -> argparse.Namespace:
    """Read what to run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("case", help="coba, cuba, cobahh, brunel, stdp or microcircuit")
    parser.add_argument("--n", type=int, default=4000, help="neurons")
    parser.add_argument("--scale", type=float, default=0.1, help="of the microcircuit")
    parser.add_argument("--ms", type=float, default=1000.0, help="biological time that is measured")
    parser.add_argument("--warmup", type=float, default=200.0, help="biological time before it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


class Watch:
    """Seconds of each part: `with watch("run"): ...`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Add the time that the block takes to a part."""
        began = time.perf_counter()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - began


def peak_megabytes(who: int = resource.RUSAGE_SELF) -> float:
    """The most memory that this process has held."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(who).ru_maxrss / unit


def rates(spikes: dict[str, int], sizes: dict[str, int], milliseconds: float) -> dict[str, float]:
    """Mean rate of each population in Hz."""
    return {name: spikes[name] / sizes[name] / milliseconds * 1e3 for name in spikes}


def answer(
    simulator: str,
    version: str,
    options: argparse.Namespace,
    seconds: dict[str, float],
    rates_hz: dict[str, float],
    synapses: int,
    peak_mb: float | None = None,
) -> None:
    """Print the result as the last line."""
    parts = {part: seconds.get(part, 0.0) for part in ("build", "compile", "run")}
    result = {
        "simulator": simulator,
        "version": version,
        "case": options.case,
        "n": options.n,
        "threads": options.threads,
        "milliseconds": options.ms,
        **{f"{part}_s": value for part, value in parts.items()},
        "rates": rates_hz,
        "synapses": synapses,
        "peak_mb": peak_megabytes() if peak_mb is None else peak_mb,
    }
    print(json.dumps(result), flush=True)
