"""A threshold that rises with each spike and falls back: intervals grow to a last one.

The interval T of the steady state solves ``drive (1 - exp(-T / tau)) = theta_0 + rise / (exp(T /
tau_theta) - 1)``: the potential starts from zero, and the threshold of one spike is what is left
of all before it.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class AdaptiveThreshold(bk.Neuron):
    """Leaky neuron whose threshold rises with each spike (after Fuortes & Mantegazzini 1962)."""

    tau = bk.parameter(10.0, unit="ms")
    tau_theta = bk.parameter(60.0, unit="ms")
    theta_0 = bk.parameter(10.0, unit="mV")
    rise = bk.parameter(3.0, unit="mV")
    V = bk.state(0.0, unit="mV")
    theta = bk.state("theta_0", unit="mV")
    I = bk.input(unit="mV")

    @bk.derivative
    def dV(V, I, tau):
        return (I - V) / tau

    @bk.derivative
    def dtheta(theta, theta_0, tau_theta):
        return (theta_0 - theta) / tau_theta

    @bk.threshold
    def fires(V, theta):
        return V - theta

    @bk.reset("V", "theta")
    def restart(theta, rise):
        return 0.0, theta + rise


def intervals(drive: float = 25.0, duration: float = 1000.0) -> np.ndarray:
    """Drive one neuron with a constant input (mV), and give the intervals of its spikes (ms)."""
    neuron = AdaptiveThreshold(1, name="neuron")
    net = bk.Network(neuron, dt=0.01, spikes=bk.SpikeMonitor(neuron))
    net.run(duration, inputs={neuron: drive})
    return np.diff(net.spikes.time.values)


def steady_interval(drive: float = 25.0) -> float:
    """The interval that follows from the equations, by bisection."""
    low, high = 0.1, 1000.0
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        potential = drive * -np.expm1(-middle / 10.0)
        threshold = 10.0 + 3.0 / np.expm1(middle / 60.0)
        low, high = (low, middle) if potential > threshold else (middle, high)
    return low


def main() -> None:
    """Print the first intervals, the last one and what it should be."""
    found = intervals()
    print("first intervals (ms)", np.round(found[:4], 2))
    print(f"last one             {found[-1]:.2f} ms; the equations give {steady_interval():.2f} ms")


if __name__ == "__main__":
    main()
