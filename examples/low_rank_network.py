"""A recurrent network of rank one remembers on which side it was pushed, at a cost of N a step.

Its weights are m_i n_j / N, a column times a row (Mastrogiuseppe & Ostojic 2018). What a neuron
receives is then m_i times the mean of n_j tanh(x_j), so that N**2 synapses are one mean. At rest
x_i is m_i kappa, and kappa solves ``kappa = mean(n tanh(m kappa))``.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

N = 2000


class RankOne(bk.Neuron):
    """Rate neurons whose weights are an outer product."""

    tau = bk.parameter(10.0, unit="ms")
    m = bk.parameter(doc="where the activity of the network goes")
    n = bk.parameter(doc="what is read of it")
    x = bk.state(0.0)
    I = bk.input()
    kappa = bk.mean("read", doc="Activity along m")

    @bk.derived
    def read(n, x):
        return n * np.tanh(x)

    @bk.derivative
    def dx(x, m, kappa, I, tau):
        return (m * kappa + I - x) / tau


def vectors(overlap: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw m and n, whose product has the mean `overlap`."""
    rng = np.random.default_rng(5)
    m = rng.normal(size=N)
    n = overlap * m + rng.normal(size=N)
    return m, n


def remembered(push: float) -> float:
    """Push the network along m for 20 ms, leave it alone, and give what kappa stays at."""
    m, n = vectors()
    neurons = RankOne(N, m=m, n=n, name="neurons")
    net = bk.Network(neurons, dt=0.5)
    net.run(20.0, inputs={neurons: push * m})
    net.run(400.0)
    return float(neurons.kappa)


def fixed_point(start: float) -> float:
    """Solve the equation of kappa by repeating it."""
    m, n = vectors()
    kappa = start
    for _ in range(200):
        kappa = float(np.mean(n * np.tanh(m * kappa)))
    return kappa


def main() -> None:
    """Print what the network remembers of a push to either side."""
    for push in (-0.5, 0.5):
        print(f"pushed by {push:4.1f}: kappa stays at {remembered(push):.4f}")
        print(f"  the equation has {fixed_point(push):.4f}")


if __name__ == "__main__":
    main()
