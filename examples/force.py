"""A chaotic network learns to hum a tune: first-order reduced and controlled error, FORCE.

Sussillo & Abbott (2009) Neuron 63:544, figure 2. The output is a weighted sum of all rates, which
is fed back to all units. Its weights are learnt while the network runs, by recursive least squares.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

N, G, ALPHA = 200, 1.5, 1.0
EVERY = 2.0  # ms between two changes of the weights
PERIOD = 600.0  # ms


def tune(t: float) -> float:
    """What the network is to hum, at a time in ms."""
    phase = 2.0 * np.pi * t / PERIOD
    return float(np.sin(phase) + 0.5 * np.sin(2.0 * phase) + 0.25 * np.sin(3.0 * phase))


class Unit(bk.Neuron, method="rk4"):
    """Rate unit that hears the output of its group."""

    tau = bk.parameter(10.0, unit="ms")
    feedback = bk.parameter(0.0)
    x = bk.state(0.0)
    w = bk.state(0.0, doc="weight in the output")
    I = bk.input()
    z = bk.total("part")

    @bk.derived
    def r(x):
        """Rate."""
        return np.tanh(x)

    @bk.derived
    def part(w, r):
        """Part of the output."""
        return w * r

    @bk.derivative
    def dx(x, I, z, feedback, tau):
        return (I + feedback * z - x) / tau


class Recurrent(bk.Synapse):
    """Coupling of rates."""

    J = bk.parameter(0.0, per="synapse")

    @bk.adds_to("I")
    def drive(J, r_pre):
        return J * r_pre


def network(seed: int = 1) -> bk.Network:
    """Make the network, which runs into chaos by itself."""
    units = Unit(
        N,
        x=lambda rng: 0.5 * rng.normal(),
        feedback=lambda rng: 2.0 * rng.uniform() - 1.0,
        name="units",
    )
    recurrent = Recurrent(
        units,
        units,
        connect=bk.connect.all_to_all(),
        J=lambda rng: rng.normal() * G / np.sqrt(N),
        name="recurrent",
    )
    return bk.Network(units, recurrent, dt=1.0, seed=seed, output=bk.StateMonitor(units, "z"))


class RecursiveLeastSquares:
    """Learns the weights from the error of the output, as long as it is switched on."""

    def __init__(self) -> None:
        self.P = np.eye(N) / ALPHA
        self.learns = True

    def __call__(self, net: bk.Network) -> None:
        """Take one step: the error shrinks at once, and the weights settle with time."""
        if not self.learns:
            return
        units = net["units"]
        r, w = np.tanh(units.x), np.array(units.w)
        k = self.P @ r
        c = 1.0 / (1.0 + r @ k)
        self.P -= c * np.outer(k, k)
        units.w = w - c * (w @ r - tune(net.t)) * k


def hum(periods: int, heard: int, backend: str = "numpy") -> float:
    """Learn for some periods, and give the error after them, relative to the tune's amplitude."""
    net = network()
    learning = RecursiveLeastSquares()
    net.operation(every=EVERY)(learning)
    net.run(periods * PERIOD, backend=backend)
    learning.learns = False
    net.run(heard * PERIOD, backend=backend)
    output = net.output.z.sel(time=slice(periods * PERIOD, None))
    wanted = np.array([tune(t) for t in output.time.values])
    error = output.values - wanted
    return float(np.sqrt(np.mean(error**2) / np.mean(wanted**2)))


def main() -> None:
    """Print how well the network hums by itself after more and more periods of learning."""
    for periods in (1, 5, 20):
        print(f"{periods:2d} periods of learning: error {hum(periods, 2):.3f}")


if __name__ == "__main__":
    main()
