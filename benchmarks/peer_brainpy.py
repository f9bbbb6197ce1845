"""The same cases in BrainPy on the CPU; see `contestant` for arguments and answer.

XLA takes as many threads as it finds cores; one thread means that the process is bound to one core.
"""

from __future__ import annotations

import os
import time
from argparse import Namespace

from contestant import Watch, answer, arguments, rates

CHUNK = 1000  # steps for which the loop is compiled


def main(options: Namespace) -> None:
    """Build, compile, run, answer."""
    bind(options.threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    import brainpy as bp
    import brainpy.math as bm
    import jax
    from brainpy_networks import MAKERS

    if options.case not in MAKERS:
        raise SystemExit(f"{options.case} is not written for BrainPy")
    bm.set_dt(0.1)
    bm.random.seed(options.seed)
    watch = Watch()
    with watch("build"):
        net = MAKERS[options.case](options)

    def step(i: object) -> object:
        bp.share.save(i=i, t=i * 0.1, dt=0.1)
        return net.update()

    def chunk(number: int) -> tuple[float, int]:
        began = time.perf_counter()
        spikes = bm.for_loop(
            step, bm.arange(number * CHUNK, (number + 1) * CHUNK), progress_bar=False
        )
        spikes = jax.block_until_ready(getattr(spikes, "value", spikes))
        return time.perf_counter() - began, int(spikes.sum())

    before = max(1, round(options.warmup / (0.1 * CHUNK)))
    count = max(1, round(options.ms / (0.1 * CHUNK)))
    warm = [chunk(number) for number in range(before)]
    measured = [chunk(before + number) for number in range(count)]
    options.ms = count * CHUNK * 0.1
    run = sum(seconds for seconds, _ in measured)
    seconds = {**watch.seconds, "compile": max(0.0, warm[0][0] - run / count), "run": run}
    spikes = {"neurons": sum(found for _, found in measured)}
    answer(
        "BrainPy",
        bp.__version__,
        options,
        seconds,
        rates(spikes, {"neurons": options.n}, options.ms),
        0,
    )


def bind(threads: int) -> None:
    """Bind this process to as many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


if __name__ == "__main__":
    main(arguments())
