"""The COBA network of Brette et al. (2007), benchmark 1: 4,000 neurons that keep themselves active.

python examples/coba.py --output demo-output     simulates one second, prints what came out and
plots it
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel_neurons import LIF
from brainkernel_synapses import AMPA, GABAa

NEURONS, EXCITATORY = 4000, 3200
CONNECTED = bk.connect.fixed_prob(80 / NEURONS)


def network(seed: int = 1) -> bk.Network:
    """3,200 excitatory and 800 inhibitory neurons, each with 80 synapses on average."""
    neurons = LIF(
        NEURONS,
        name="neurons",
        method="exponential_euler",
        tau=20.0,
        C=200.0,
        E_L=-60.0,
        V_th=-50.0,
        V_reset=-60.0,
        t_ref=5.0,
        V=lambda rng: rng.uniform(-60.0, -50.0),
    )
    # the first conductances, which may be negative, are those of the benchmark: they start the
    # activity
    excitation = AMPA(
        *(neurons[:EXCITATORY], neurons),
        connect=CONNECTED,
        name="excitation",
        weight=6.0,
        g=lambda rng: rng.normal(40.0, 15.0),
    )
    inhibition = GABAa(
        *(neurons[EXCITATORY:], neurons),
        connect=CONNECTED,
        name="inhibition",
        weight=67.0,
        g=lambda rng: rng.normal(200.0, 120.0),
    )
    return bk.Network(
        *(neurons, excitation, inhibition),
        seed=seed,
        spikes=bk.SpikeMonitor(neurons),
        rate=bk.RateMonitor(neurons, every=2.0),
        trace=bk.StateMonitor(neurons, "V", neurons=[0]),
    )


def irregularity(spikes: Any) -> float:
    """Return the mean coefficient of variation of the intervals, over neurons with three spikes."""
    times, neurons = spikes.time.values, spikes.neuron.values
    order = np.lexsort((times, neurons))
    trains = np.split(times[order], np.flatnonzero(np.diff(neurons[order])) + 1)
    intervals = [np.diff(train) for train in trains if train.size > 2]
    return float(np.mean([np.std(gaps) / np.mean(gaps) for gaps in intervals]))


def figure(result: Any, path: Path) -> None:
    """Raster, population rate and one membrane potential."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    spikes, rate, trace = result["spikes"], result["rate"], result["trace"]
    inhibitory = spikes.neuron.values >= EXCITATORY
    drawing, axes = plt.subplots(
        3, 1, sharex=True, figsize=(9, 8), height_ratios=(3, 1, 1), constrained_layout=True
    )
    for chosen, colour, name in (
        (~inhibitory, "tab:blue", "excitatory"),
        (inhibitory, "tab:red", "inhibitory"),
    ):
        axes[0].plot(spikes.time.values[chosen], spikes.neuron.values[chosen], ",", color=colour)
        axes[0].plot([], [], "o", color=colour, label=name)
    axes[0].set(ylabel="neuron", ylim=(0, NEURONS), title="COBA network (Brette et al. 2007)")
    axes[0].legend(loc="upper right", framealpha=0.9)
    axes[1].plot(rate.time, rate.rate, color="black", linewidth=0.8)
    axes[1].set(ylabel="rate (Hz)", ylim=(0, None))
    axes[2].plot(trace.time, trace.V[:, 0], color="tab:blue", linewidth=0.8)
    axes[2].set(
        ylabel="V of neuron 0 (mV)",
        xlabel="time (ms)",
        xlim=(float(trace.time[0]), float(trace.time[-1])),
    )
    drawing.savefig(path, dpi=130)


def main() -> None:
    """Simulate, print, plot and save."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--output", type=Path, default=Path("demo-output"), help="folder for figure and dataset"
    )
    options.add_argument("--backend", default="numba", help="numba or numpy")
    options.add_argument("--duration", type=float, default=1000.0, help="biological time in ms")
    chosen = options.parse_args()
    net = network()
    net.run(1.0, backend=chosen.backend)  # compiles, or takes the program from the cache
    net.reset()
    began = time.perf_counter()
    result = net.run(chosen.duration, backend=chosen.backend, report=True)
    seconds = time.perf_counter() - began
    steady = result["spikes"].to_dataset().where(lambda data: data.time > 200.0, drop=True)
    rate = steady.time.size / NEURONS / (chosen.duration - 200.0) * 1e3
    chosen.output.mkdir(parents=True, exist_ok=True)
    figure(result, chosen.output / "coba.png")
    result.to_netcdf(chosen.output / "coba.nc")
    print(f"mean rate            {rate:.1f} Hz after the first 200 ms")
    print(f"irregularity         CV {irregularity(result['spikes']):.2f}")
    print(
        f"speed                {chosen.duration * 1e-3 / seconds:.1f} x real time ({seconds:.3f} s)"
    )
    print(f"program that ran     {net.program_path}")
    print(f"figure and dataset   {chosen.output / 'coba.png'}, {chosen.output / 'coba.nc'}")


if __name__ == "__main__":
    main()
