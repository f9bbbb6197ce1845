"""Rallpack 1 and a squid axon: cables against cable theory and Hodgkin & Huxley (1952).

A current into one end of a passive cable of 1 mm (Bhalla, Bilitch & Bower 1992), and the velocity
of a spike along the squid giant axon at 18.5 degrees, which Hodgkin and Huxley computed by hand.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_cells import Morphology, PassiveCell, SquidAxon

MEMBRANE = {"R_i": 100.0, "g_L": 0.025, "E_L": -65.0}


def rallpack(pieces: int = 100, dt: float = 0.25) -> float:
    """The error at the far end over 250 ms, relative to how far its potential moves."""
    shape = Morphology()
    shape.add("cable", length=1000.0, diameter=1.0, pieces=pieces)
    cable = PassiveCell(shape, **MEMBRANE)
    net = bk.Network(cable, dt=dt, end=bk.StateMonitor(cable.at("cable", 1.0), "V"))
    net.run(250.0, inputs={(cable.at("cable", 0.0), "I"): 100.0})
    exact = far_end(net.end.time.values)
    return float(np.sqrt(np.mean((net.end.V.values[:, 0] - exact) ** 2)) / np.ptp(exact))


def far_end(t: np.ndarray) -> np.ndarray:
    """The potential at the far end, by the modes of the cable equation (Rall 1969).

    The cable is as long as its length constant of 1 mm, and its time constant is 40 ms.
    """
    cross_section = np.pi * 1e-8 / 4.0  # in cm**2
    scale = 0.1e-9 * 100.0 * 0.1 / cross_section * 1e3  # current, R_i and length constant, in mV
    k = np.arange(1, 200)[:, None]
    rate = 1.0 + (k * np.pi) ** 2
    modes = 2.0 * (-1.0) ** k / rate * np.exp(-rate * t / 40.0)
    falling = np.exp(-t / 40.0) + modes.sum(axis=0)
    return -65.0 + scale * (1.0 / np.sinh(1.0) - falling)


def velocity(pieces: int = 200, dt: float = 0.01) -> float:
    """How fast a spike runs along 8 cm of the squid axon, in m/s."""
    shape = Morphology()
    shape.add("axon", length=80000.0, diameter=476.0, pieces=pieces)
    axon = SquidAxon(shape, celsius=18.5)
    net = bk.Network(axon, dt=dt, spikes=bk.SpikeMonitor(axon))
    shock = bk.window(1e8, 0.0, 0.5)
    net.run(4.0, inputs={(axon.at("axon", 0.0), "I"): shock})
    near, far = (axon.at("axon", along).ids[0] for along in (0.4, 0.7))
    passing = [net.spikes.time[net.spikes.neuron == place].item() for place in (near, far)]
    return float(axon.distances[far] - axon.distances[near]) * 1e-3 / (passing[1] - passing[0])


def main() -> None:
    """Print both."""
    print(f"Rallpack 1: error at the far end {rallpack():.1e}")
    print(f"squid axon: {velocity():.2f} m/s, Hodgkin and Huxley: 18.8")


if __name__ == "__main__":
    main()
