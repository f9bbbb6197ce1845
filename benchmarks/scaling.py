"""How the time grows with neurons, synapses and threads; brainkernel alone."""

from __future__ import annotations

import tempfile

import microcircuit_numbers as column
import numpy as np
from limits import limits
from timing import Contestant, Result

NEURONS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the microcircuit: 0.12 M to 299 M synapses
LARGE_NEURONS, LARGE_SCALE, STEPS_PER_MS = 100_000, 0.2, 10


def measure(
    ours: Contestant, cores: int, repeats: int, large: bool, milliseconds: float
) -> dict[str, object]:
    """Measure all three curves, and the limits to draw beside them."""
    neurons = [n for n in NEURONS if large or n <= LARGE_NEURONS]
    scales = [scale for scale in SCALES if large or scale <= LARGE_SCALE]
    common = ["--ms", str(milliseconds), "--warmup", str(min(200.0, milliseconds))]

    def best(*arguments: str) -> Result:
        """The fastest of several runs, as limits are also the best of several."""
        with tempfile.TemporaryDirectory() as cache:
            results = [ours.run([*arguments, *common], cache) for _ in range(repeats + 1)][1:]
        return min(results, key=lambda result: result.get("run_s", np.inf))

    threads = range(1, cores + 1)
    return {
        "limits": limits(),
        "neurons": {
            case: [neuron_point(n, best(case, "--n", str(n))) for n in neurons]
            for case in ("cuba", "cobahh")
        },
        "synapses": [
            synapse_point(scale, best("microcircuit", "--scale", str(scale))) for scale in scales
        ],
        "threads": [
            thread_point(
                count, best("microcircuit", "--scale", str(LARGE_SCALE), "--threads", str(count))
            )
            for count in threads
        ],
    }


def neuron_point(n: int, result: Result) -> Result:
    """Nanoseconds for a neuron and a step, its share of the spikes delivered."""
    if "error" in result:
        return {"n": n, **result}
    return {"n": n, "ns": 1e9 * result["run_s"] / n / result["milliseconds"] / STEPS_PER_MS}


def synapse_point(scale: float, result: Result) -> Result:
    """Seconds for a second of biology, and how many events were delivered in it."""
    if "error" in result:
        return {"scale": scale, **result}
    seconds = result["run_s"] / result["milliseconds"] * 1e3
    return {
        "scale": scale,
        "synapses": result["synapses"],
        "seconds": seconds,
        "events": events(scale, result),
    }


def events(scale: float, result: Result) -> float:
    """Return synaptic events in a second of biology: rates of sources times their synapses."""
    rates = np.array([result["rates"][name] for name in column.NAMES])
    return float(column.microcircuit(scale).synapses.sum(0) @ rates)


def thread_point(threads: int, result: Result) -> Result:
    """Seconds for a second of biology on some threads."""
    if "error" in result:
        return {"threads": threads, **result}
    return {"threads": threads, "seconds": result["run_s"] / result["milliseconds"] * 1e3}
