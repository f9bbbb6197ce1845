"""Graded synapses: transmitter is released continuously, by the potential of the source.

The gate of the synapse follows a sigmoid of the source's potential, and the faster the more is
released, as in the models of the stomatogastric ganglion (Prinz, Bucher & Marder 2004, after Abbott
& Marder 1998). No spike is needed. Two cells that inhibit one another so, each tonically driven,
end with one of them silent; the potentials of a chain at rest have a closed form.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

E_L, G_L = -60.0, 1.0  # mV, nS
HALF, SLOPE = -50.0, 5.0  # mV
E_SYN, G_SYN = -80.0, 2.0  # mV, nS
K_MINUS = 0.025  # 1/ms: how fast transmitter leaves its receptors


class Passive(bk.Neuron):
    """A membrane that leaks."""

    C = bk.parameter(10.0, unit="pF")
    V = bk.state(E_L, unit="mV")
    I = bk.input(unit="pA")

    @bk.derivative
    def dV(V, I, C):
        return (G_L * (E_L - V) + I) / C


class Graded(bk.Synapse):
    """A gate for each source, which all of its synapses share."""

    g = bk.parameter(G_SYN, unit="nS")
    E = bk.parameter(E_SYN, unit="mV")
    s = bk.state(0.0, per="pre")

    @bk.derivative
    def ds(s, V_pre):
        released = 1.0 / (1.0 + np.exp((HALF - V_pre) / SLOPE))
        tau = (1.0 - released) / K_MINUS
        return (released - s) / tau

    @bk.adds_to("I")
    def current(s, g, E, V_post):
        return g * s * (E - V_post)


def chain(drive: float, duration: float = 2000.0) -> np.ndarray:
    """The potentials at rest of three cells in a row; the first is driven by so many pA."""
    cells = Passive(3, name="cells")
    graded = Graded(cells, cells, connect=bk.connect.from_ij([0, 1], [1, 2]))
    net = bk.Network(cells, graded)
    net.run(duration, inputs={cells: np.array([drive, 15.0, 15.0])})
    return np.asarray(cells.V)


def inhibited(source: float, drive: float, g: float = G_SYN) -> float:
    """The potential at rest of a cell whose source stands at some potential."""
    conductance = g / (1.0 + np.exp((HALF - source) / SLOPE))
    return float((G_L * E_L + drive + conductance * E_SYN) / (G_L + conductance))


def rest(drive: float) -> np.ndarray:
    """The potentials of the chain from the equations, cell after cell."""
    potentials = [E_L + drive / G_L]
    for _ in range(2):
        potentials.append(inhibited(potentials[-1], 15.0))
    return np.array(potentials)


def rivals(duration: float = 3000.0) -> np.ndarray:
    """The potentials of two cells that inhibit one another, the first a little ahead."""
    cells = Passive(2, V=np.array([-50.0, -52.0]), name="cells")
    graded = Graded(cells, cells, connect=bk.connect.from_ij([0, 1], [1, 0]), g=4.0)
    net = bk.Network(cells, graded)
    net.run(duration, inputs={cells: 20.0})
    return np.asarray(cells.V)


def main() -> None:
    """Print the potentials of the chain, and of the rivals."""
    for drive in (0.0, 10.0, 20.0):
        cells = ", ".join(f"{potential:.3f}" for potential in chain(drive))
        equations = ", ".join(f"{potential:.3f}" for potential in rest(drive))
        print(f"driven by {drive:4.1f} pA: {cells} mV; by the equations {equations} mV")
    print("rivals: {:.1f} and {:.1f} mV".format(*rivals()))


if __name__ == "__main__":
    main()
