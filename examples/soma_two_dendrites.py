"""A soma between two dendrites, each a compartment of its own, joined by axial conductances.

Compartments are neurons of one group, which a tree joins. With a current into one dendrite the
three potentials settle at those of the circuit.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class Compartment(bk.Neuron):
    """A passive patch of membrane."""

    C = bk.parameter(50.0, unit="pF")
    g_L = bk.parameter(2.5, unit="nS")
    E_L = bk.parameter(-70.0, unit="mV")
    g_axial = bk.parameter(10.0, unit="nS")
    to_parent = bk.parameter()
    V = bk.state("E_L", unit="mV")
    I = bk.input(unit="pA")
    axial = bk.tree("V", conductance="g_axial", capacitance="C", to_parent="to_parent")

    @bk.derivative
    def dV(V, I, C, g_L, E_L):
        return (g_L * (E_L - V) + I) / C


SOMA, LEFT, RIGHT = 0, 1, 2


def settle(current: float = 50.0) -> np.ndarray:
    """The potentials of soma, left and right dendrite after a second of current (pA, left)."""
    to_soma = [0, LEFT - SOMA, RIGHT - SOMA]
    cell = Compartment(3, C=[100.0, 50.0, 50.0], g_L=[5.0, 2.5, 2.5], to_parent=to_soma)
    net = bk.Network(cell, dt=0.1)
    net.run(1000.0, inputs={cell[[LEFT]]: current})
    return np.array(cell.V)


def circuit(current: float = 50.0) -> np.ndarray:
    """The same from Kirchhoff's law."""
    g = 10.0
    conductances = np.array([[5.0 + 2 * g, -g, -g], [-g, 2.5 + g, 0.0], [-g, 0.0, 2.5 + g]])
    return -70.0 + np.linalg.solve(conductances, [0.0, current, 0.0])


def main() -> None:
    """Print both."""
    print("simulated (mV)", np.round(settle(), 4))
    print("circuit (mV)  ", np.round(circuit(), 4))


if __name__ == "__main__":
    main()
