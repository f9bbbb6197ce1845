"""Dopamine that comes seconds after two spikes still strengthens the synapse between them.

Spikes that belong together leave an eligibility trace c at their synapse. What is learnt is c times
the dopamine d, wherever that comes from: of one pair of spikes and one reward this is
``c(0) d(0) exp(-delay / tau_c) / (1 / tau_c + 1 / tau_d)``. After Izhikevich (2007) Cereb Cortex
17:2443, equations 1 to 3.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons import SpikeGenerator

TAU_C, TAU_D, TAU_STDP = 1000.0, 200.0, 20.0  # ms
PAIR, REWARD = 10.0, 0.5  # ms between the two spikes, and uM of dopamine


class Dopamine(bk.Neuron):
    """The concentration of dopamine outside the cells."""

    tau = bk.parameter(TAU_D, unit="ms")
    d = bk.state(0.0, unit="uM")

    @bk.derivative
    def dd(d, tau):
        return -d / tau


class Release(bk.Synapse):
    """A reward sets dopamine free."""

    amount = bk.parameter(REWARD, unit="uM")

    @bk.on_pre("d_post")
    def release(d_post, amount):
        return d_post + amount


class RewardedSTDP(bk.Synapse):
    """Synapse that learns where its eligibility meets dopamine (Izhikevich 2007)."""

    tau = bk.parameter(TAU_STDP, unit="ms")
    tau_c = bk.parameter(TAU_C, unit="ms")
    A_plus = bk.parameter(1.0)
    A_minus = bk.parameter(1.5)
    s = bk.state(0.0, per="synapse", doc="strength")
    c = bk.state(0.0, per="synapse", doc="eligibility")
    x = bk.state(0.0, per="pre")
    y = bk.state(0.0, per="post")
    dopamine = bk.end(per="post", doc="around the target")

    @bk.derivative
    def ds(c, d_dopamine):
        return c * d_dopamine

    @bk.derivative
    def dc(c, tau_c):
        return -c / tau_c

    @bk.derivative
    def dx(x, tau):
        return -x / tau

    @bk.derivative
    def dy(y, tau):
        return -y / tau

    @bk.on_pre("c")
    def depress(c, y, A_minus):
        return c - A_minus * y

    @bk.on_pre("x")
    def trace_pre(x):
        return x + 1.0

    @bk.on_post("c")
    def potentiate(c, x, A_plus):
        return c + A_plus * x

    @bk.on_post("y")
    def trace_post(y):
        return y + 1.0


def learnt(delays: list[float]) -> np.ndarray:
    """What pairs of spikes bring that are rewarded so many ms later, each in a place of its own."""
    n = len(delays)
    first = np.arange(n)
    sources = SpikeGenerator(n, neurons=first, times=np.full(n, 10.0), name="sources")
    targets = SpikeGenerator(n, neurons=first, times=np.full(n, 10.0 + PAIR), name="targets")
    times = 10.0 + PAIR + np.array(delays)
    rewards = SpikeGenerator(n, neurons=first, times=times, name="rewards")
    dopamine = Dopamine(n, name="dopamine")
    release = Release(rewards, dopamine, connect=bk.connect.one_to_one())
    pairs = RewardedSTDP(
        sources, targets, connect=bk.connect.one_to_one(), dopamine=dopamine, name="pairs"
    )
    net = bk.Network(sources, targets, rewards, dopamine, release, pairs, dt=0.5)
    net.run(max(delays) + 3000.0, backend="numba")
    return pairs.s


def expected(delays: list[float]) -> np.ndarray:
    """The integral of eligibility times dopamine."""
    eligibility = np.exp(-PAIR / TAU_STDP) * np.exp(-np.array(delays) / TAU_C)
    return eligibility * REWARD / (1.0 / TAU_C + 1.0 / TAU_D)


def main() -> None:
    """Print what is learnt, and what the equations give."""
    delays = [100.0, 500.0, 1000.0, 2000.0]
    for delay, found, told in zip(delays, learnt(delays), expected(delays), strict=True):
        print(f"reward after {delay:5.0f} ms: learnt {found:6.2f}; the integral is {told:6.2f}")


if __name__ == "__main__":
    main()
