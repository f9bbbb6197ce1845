"""Speed, as ratios within one run: `nox -s bench`, or `nox -s bench -- --brian2 PYTHON` to time Brian2 beside it.

Absolute times say little on a shared machine: read the ratios, the medians and the spread.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networks
import numpy as np

import brainkernel as bk
from brainkernel_neurons import HodgkinHuxley

HERE = Path(__file__).resolve().parent
FRESH = """
import sys; sys.path.insert(0, {folder!r})
import networks
net = networks.cuba()
net.run(1000.0, backend="numba")
net.spikes
"""


def seconds(call: Callable[[], object], repeats: int) -> list[float]:
    """Time a call several times."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return times


def show(what: str, times: list[float], scale: float = 1.0, unit: str = "s") -> float:
    """Print median and spread of some times; give back the median."""
    scaled = sorted(value * scale for value in times)
    middle = statistics.median(scaled)
    print(f"{what:44s} median {middle:8.3f} {unit}   ({scaled[0]:.3f} to {scaled[-1]:.3f}, {len(scaled)} runs)")
    return middle


def network_case(name: str, make: Callable[[], bk.Network], options: argparse.Namespace) -> None:
    """One second of one network on one thread, after compiling; and the same in Brian2, in alternation."""
    net = make()
    net.run(200.0, backend="numba")
    start = net.store()
    ours, theirs, rates = [], [], []
    for _ in range(options.repeats):
        net.restore(start)
        ours += seconds(lambda: net.run(1000.0, backend="numba"), 1)
        if options.brian2:
            took, rate = brian2(name, options.brian2)
            theirs.append(took)
            rates.append(rate)
    spikes = net.spikes.time.values
    print(f"\n{name}: {np.sum(spikes > 200.0) / networks_size(net):.2f} Hz")
    mine = show(f"  {name} 4000 x 1 s, one thread", ours)
    if theirs:
        peer = show(f"  Brian2 C++ standalone ({statistics.mean(rates):.2f} Hz)", theirs)
        print(f"  ratio {mine / peer:.3f}")


def networks_size(net: bk.Network) -> int:
    """How many neurons a benchmark network has."""
    return net.groups[0].size


def brian2(name: str, python: str) -> tuple[float, float]:
    """The main loop's seconds and the rate that Brian2 reports."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, str(HERE / "peer_brian2.py"), name, "1000", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean())
    took, rate = done.stdout.split()[-2:]
    return float(took), float(rate)


def clean() -> dict[str, str]:
    """The environment without this interpreter's own paths."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def hodgkin_huxley(repeats: int) -> None:
    """Nanoseconds for a neuron and a step of Hodgkin-Huxley, one thread."""
    for method in ("euler", "exponential_euler", "rk4"):
        group = HodgkinHuxley(4000, method=method)
        net = bk.Network(group, dt=0.01)
        net.run(1.0, inputs={group: 10.0}, backend="numba")
        times = seconds(lambda: net.run(20.0, inputs={group: 10.0}, backend="numba"), repeats)  # noqa: B023
        show(f"Hodgkin-Huxley, {method}", times, 1e9 / 4000 / 2000, "ns a neuron-step")


def fresh_process(repeats: int) -> None:
    """From a fresh process to the finished dataset of CUBA, with an empty cache and a full one; and the bare import."""
    code = FRESH.format(folder=str(HERE))

    def process(text: str, cache: str) -> None:
        subprocess.run([sys.executable, "-c", text], check=True, env={**os.environ, "BRAINKERNEL_CACHE_DIR": cache})

    cold = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            cold += seconds(lambda: process(code, cache), 1)
    with tempfile.TemporaryDirectory() as cache:
        process(code, cache)
        warm = seconds(lambda: process(code, cache), repeats)
    show("CUBA, fresh process to dataset, cold cache", cold)
    show("CUBA, fresh process to dataset, warm cache", warm)
    show("import brainkernel", seconds(lambda: process("import brainkernel", ""), repeats))
    show("  of which the interpreter itself", seconds(lambda: process("pass", ""), repeats))


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="runs of each, at least five")
    parser.add_argument("--brian2", metavar="PYTHON", help="an interpreter that has Brian2")
    options = parser.parse_args()
    if options.brian2 is None and importlib.util.find_spec("brian2"):
        options.brian2 = sys.executable
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in ("coba", "cuba", "cobahh"):
        network_case(name, getattr(networks, name), options)
    print()
    hodgkin_huxley(options.repeats)
    print()
    fresh_process(options.repeats)
    if not options.brian2:
        print("\nBrian2 was not timed: give an interpreter that has it, --brian2 PYTHON")


if __name__ == "__main__":
    main()
