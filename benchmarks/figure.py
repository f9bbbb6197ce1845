"""The scaling curves, next to what the machine can do at best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# of one CUBA neuron and step: V, two currents and the end of the refractory period, read and
# written
STATE_BYTES = 64
SYNAPSE_BYTES = 8  # of one event: target, weight and delay
EXPONENTIALS = 6  # of one COBAHH neuron and step


def draw(scaling: dict[str, Any], path: Path) -> None:
    """Draw neurons, synapses and threads."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(13, 4), constrained_layout=True)
    neurons(axes[0], scaling)
    synapses(axes[1], scaling)
    threads(axes[2], scaling)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def neurons(axes: Any, scaling: dict[str, Any]) -> None:
    """Nanoseconds for a neuron-step."""
    limits = scaling["limits"]
    least = {
        "cuba": (1e9 * STATE_BYTES / bandwidth(limits, 1), "memory bandwidth"),
        "cobahh": (1e9 * EXPONENTIALS / limits["exponentials_per_second"], "its exponentials"),
    }
    for color, (case, points) in zip(("C0", "C1"), scaling["neurons"].items(), strict=True):
        good = [point for point in points if "ns" in point]
        axes.loglog(
            [p["n"] for p in good], [p["ns"] for p in good], "o-", color=color, label=case.upper()
        )
        axes.axhline(
            least[case][0],
            color=color,
            linestyle=":",
            label=f"{case.upper()}, limit by {least[case][1]}",
        )
    label(axes, "neurons", "ns for a neuron and a step, 1 thread")


def synapses(axes: Any, scaling: dict[str, Any]) -> None:
    """Nanoseconds for an event, the whole run shared out on them."""
    good = [point for point in scaling["synapses"] if "seconds" in point]
    axes.loglog(
        [p["synapses"] for p in good],
        [1e9 * p["seconds"] / p["events"] for p in good],
        "o-",
        label="microcircuit",
    )
    least = 1e9 * SYNAPSE_BYTES / bandwidth(scaling["limits"], 1)
    axes.axhline(least, color="C0", linestyle=":", label="limit by memory bandwidth")
    label(axes, "synapses", "ns for a synaptic event, all included, 1 thread")


def threads(axes: Any, scaling: dict[str, Any]) -> None:
    """How many times as fast as one thread."""
    good = [point for point in scaling["threads"] if "seconds" in point]
    counts = [point["threads"] for point in good]
    one = next((point["seconds"] for point in good if point["threads"] == 1), None)
    if one:
        axes.plot(
            counts, [one / point["seconds"] for point in good], "o-", label="microcircuit, a fifth"
        )
    limits = scaling["limits"]
    possible = sorted(int(count) for count in limits["bytes_per_second"])
    gain = [bandwidth(limits, count) / bandwidth(limits, 1) for count in possible]
    axes.plot(possible, gain, "C0:", label="memory bandwidth")
    axes.plot(possible, possible, color="0.7", linestyle="--", label="as many times as threads")
    label(axes, "threads", "speed over that of one thread")


def bandwidth(limits: dict[str, Any], threads: int) -> float:
    """Bytes in a second; the names are text where the results come from a file."""
    by_threads = {int(count): value for count, value in limits["bytes_per_second"].items()}
    return float(by_threads[threads])


def label(axes: Any, x: str, y: str) -> None:
    """Name the axes."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
