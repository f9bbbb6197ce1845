"""Phase oscillators that feel one another late: the delay slows the rhythm on which they agree.

All of them turn at ``Omega = omega - K sin(Omega tau)`` once they are synchronised, and they are
where ``cos(Omega tau) > 0`` (Yeung & Strogatz 1999). Before time zero the phases stood still.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

OMEGA = 1.0  # radians per ms
K = 0.4


class Oscillator(bk.Neuron):
    """A phase that turns at a speed of its own."""

    omega = bk.parameter(OMEGA)
    theta = bk.state(0.0)
    pull = bk.input()

    @bk.derivative
    def dtheta(omega, pull):
        return omega + pull


class Kuramoto(bk.Synapse):
    """Pulls the phase of the target to that which the source had a delay ago."""

    K = bk.parameter(K)

    @bk.adds_to("pull")
    def attraction(K, theta_pre, theta_post):
        return K * np.sin(theta_pre - theta_post)


def oscillators(delay: float, count: int = 50) -> bk.Network:
    """Some oscillators with phases at random, each of which feels every one of them."""
    cells = Oscillator(count, theta=lambda rng: rng.uniform(0.0, 2.0 * np.pi, count), name="cells")
    everyone = bk.connect.all_to_all()
    coupling = Kuramoto(cells, cells, connect=everyone, delay=delay, K=K / count)
    phases = bk.StateMonitor(cells, "theta", every=1.0)
    return bk.Network(cells, coupling, dt=0.05, phases=phases)


def rhythm(delay: float, duration: float = 300.0) -> tuple[float, float]:
    """The common frequency at the end (radians per ms), and how well phases agree (1: wholly)."""
    net = oscillators(delay)
    net.run(duration, backend="numba")
    theta = net.phases.theta.values
    frequency = float(np.mean(theta[-1] - theta[-51])) / 50.0
    return frequency, float(np.abs(np.mean(np.exp(1j * theta[-1]))))


def expected(delay: float) -> float:
    """The frequency that the equation gives; it is the only one where K times the delay is < 1."""
    frequency = OMEGA
    for _ in range(2000):
        frequency = OMEGA - K * np.sin(frequency * delay)
    return float(frequency)


def main() -> None:
    """Print the frequencies for some delays."""
    for delay in (0.0, 0.5, 1.0, 2.0):
        frequency, agreement = rhythm(delay)
        print(
            f"delay {delay:3.1f} ms: frequency {frequency:.5f}, expected {expected(delay):.5f}; "
            f"agreement {agreement:.5f}"
        )


if __name__ == "__main__":
    main()
