"""Neurons that wire themselves until each fires as it wants (Butz & van Ooyen 2013).

A neuron that fires less than its target grows axonal and dendritic elements, one that fires more
retracts them. Free elements find each other at random and become synapses; a retracted one takes
its synapse with it. A network that begins without synapses settles at the target rate.

Butz M, van Ooyen A (2013) A simple rule for dendritic spine and axonal bouton formation can account
for cortical reorganization after focal retinal lesions. PLoS Comput Biol 9:e1003259.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

TARGET = 8.0  # Hz


class Growing(bk.Neuron):
    """A leaky integrate-and-fire neuron that grows as its calcium, a trace of its spikes, says."""

    tau = bk.parameter(20.0, unit="ms")
    tau_Ca = bk.parameter(500.0, unit="ms")
    growth = bk.parameter(0.01, unit="1/ms")
    target = bk.parameter(TARGET, unit="Hz")
    V_th = bk.parameter(15.0, unit="mV")
    V = bk.state(0.0, unit="mV")
    Ca = bk.state(0.0, unit="Hz", doc="calcium, in the unit of a rate")
    elements = bk.state(0.0, doc="axonal elements, and as many dendritic ones")

    @bk.derivative
    def dV(V, tau):
        return -V / tau

    @bk.derivative
    def dCa(Ca, tau_Ca):
        return -Ca / tau_Ca

    @bk.derivative
    def delements(Ca, growth, target):
        return growth * (1.0 - Ca / target)

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V", "Ca")
    def after_spike(Ca, tau_Ca):
        return 0.0, Ca + 1000.0 / tau_Ca


class Excitation(bk.Synapse):
    """A spike moves the potential of its target."""

    weight = bk.parameter(0.5, unit="mV", per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


def too_many(ends: np.ndarray, elements: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which synapses have lost their element, of each neuron as many as it has too few."""
    order = rng.permutation(ends.size)
    by_end = order[np.argsort(ends[order], kind="stable")]
    counts = np.bincount(ends, minlength=elements.size)
    turn = np.arange(ends.size) - np.repeat(np.cumsum(counts) - counts, counts)
    lost = np.zeros(ends.size, bool)
    lost[by_end] = turn >= elements[ends[by_end]]
    return lost


def free(ends: np.ndarray, elements: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The neurons of all elements without a synapse, shuffled."""
    vacant = elements - np.bincount(ends, minlength=elements.size)
    return rng.permutation(np.repeat(np.arange(elements.size), vacant))


def growing(neurons: int = 100, interval: float = 100.0) -> bk.Network:
    """A network without synapses that rewires itself every `interval` ms."""
    cells = Growing(neurons, name="cells")
    synapses = Excitation(cells, cells, connect=bk.connect.from_ij([], []), delay=1.0, name="syn")
    noise = bk.PoissonDrive(cells, "V", n=100, rate=25.0, weight=0.25)
    rate = bk.RateMonitor(cells, every=500.0)
    net = bk.Network(cells, synapses, noise, dt=1.0, rate=rate)
    rng = np.random.default_rng(1)

    @net.operation(every=interval)
    def rewire(net: bk.Network) -> None:
        elements = np.floor(np.maximum(cells.elements, 0.0)).astype(int)
        synapses.remove(too_many(synapses.sources, elements, rng))
        synapses.remove(too_many(synapses.targets, elements, rng))
        axons = free(synapses.sources, elements, rng)
        dendrites = free(synapses.targets, elements, rng)
        pairs = min(axons.size, dendrites.size)
        others = axons[:pairs] != dendrites[:pairs]
        synapses.add(axons[:pairs][others], dendrites[:pairs][others])

    return net


def settled_rate(duration: float = 7000.0, last: float = 4000.0) -> float:
    """The mean rate (Hz) at the end."""
    net = growing()
    net.run(duration)
    rate = net.rate.rate
    return float(rate.where(rate.time > duration - last).mean())


def main() -> None:
    """Print how the network grows."""
    net = growing()
    for _ in range(10):
        net.run(1000.0)
        rate, synapses = net.rate.rate.values[-1], net["syn"].numbers.size
        print(f"{net.t:6.0f} ms: {rate:5.2f} Hz, {synapses} synapses")
    print(f"target: {TARGET} Hz")


if __name__ == "__main__":
    main()
