"""Speed of the JAX backend on a GPU: milliseconds for a second of biology, with the device's name.

    python benchmarks/run_gpu.py                  # COBA 4,000 and 400,000, the microcircuit at a
    tenth and whole python benchmarks/run_gpu.py --device cpu     # the same on the CPU, to try the
    script

Needs JAX for the device, as `pip install "jax[cuda12]"`, beside the project's packages.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = {
    "COBA 4,000": ("coba", "--n", "4000"),
    "COBA 400,000": ("coba", "--n", "400000"),
    "microcircuit, a tenth": ("microcircuit", "--scale", "0.1"),
    "microcircuit, whole": ("microcircuit", "--scale", "1"),
}


def main() -> None:
    """Run each case some times, each in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ms", default="1000")
    options = parser.parse_args()
    environment = {**os.environ, "BRAINKERNEL_DEVICE": options.device}
    print(f"device: {device(options.device)}\n")
    print("| case | rates in Hz | compile in s | ms for a second |\n|---|---|---|---|")
    for title, arguments in CASES.items():
        print(f"| {title} | {row(arguments, options, environment)} |", flush=True)


def device(kind: str) -> str:
    """The device's name, as JAX gives it."""
    code = f"import jax; print(jax.devices({kind!r})[0].device_kind)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or (done.stderr.strip().splitlines() or ["none"])[-1]


def row(
    arguments: tuple[str, ...], options: argparse.Namespace, environment: dict[str, str]
) -> str:
    """The median of some runs, or why there is none."""
    found = []
    for _ in range(options.repeats):
        command = [sys.executable, str(HERE / "ours_jax.py"), *arguments, "--ms", options.ms]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            return f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]} | |"
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    rates = ", ".join(f"{rate:.3g}" for rate in found[0]["rates"].values())
    seconds = [each["run_s"] for each in found]
    scale = 1e3 * 1e3 / float(options.ms)
    median = statistics.median(seconds) * scale
    shortest, longest = min(seconds) * scale, max(seconds) * scale
    spread = f"{median:.4g} ({shortest:.4g}–{longest:.4g})"
    return f"{rates} | {found[0]['compile_s']:.2g} | {spread}"


if __name__ == "__main__":
    main()
