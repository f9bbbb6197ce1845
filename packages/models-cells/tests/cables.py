"""What cables must do: closed forms of cable theory, and shapes to try them on."""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_cells import Morphology

TERMS = 400


def cable(pieces, length=1000.0, diameter=1.0):
    """A cylinder."""
    shape = Morphology()
    shape.add("cable", length=length, diameter=diameter, pieces=pieces)
    return shape


def tree(levels=10, pieces=1):
    """Rallpack 2: a binary tree that is equivalent to a cylinder (Rall 1959)."""
    shape = Morphology()
    ends, length, diameter = [None], 32.0, 16.0
    for level in range(levels):
        grown = []
        for parent in ends if level == 0 else [end for end in ends for _ in range(2)]:
            name = f"level_{level}"
            grown.append(
                shape.add(name, length=length, diameter=diameter, pieces=pieces, parent=parent)
            )
        ends, length, diameter = grown, length * 2 ** (-1 / 3), diameter * 2 ** (-2 / 3)
    return shape


def length_constant(diameter, R_i, g_L):
    """In um, of um, ohm cm and mS/cm**2."""
    return 1e4 * np.sqrt(1e-4 * diameter / (4.0 * R_i * 1e-3 * g_L))


def infinite_resistance(diameter, R_i, g_L):
    """Of half an infinite cylinder, in Mohm."""
    cross_section = np.pi * (1e-4 * diameter) ** 2 / 4.0
    return 1e-6 * R_i * 1e-4 * length_constant(diameter, R_i, g_L) / cross_section


def sealed(x, t, current, length, diameter, R_i, g_L, C_m=1.0):
    """The response of a sealed cylinder to a current (nA) into its beginning, in mV.

    At a distance x (um), at times t (ms); by modes of the cable equation (Rall 1969).
    """
    constant = length_constant(diameter, R_i, g_L)
    L, X, T = length / constant, x / constant, t / (C_m / g_L)
    scale = current * infinite_resistance(diameter, R_i, g_L)
    k = np.arange(1, TERMS)[:, None]
    rate = 1.0 + (k * np.pi / L) ** 2
    modes = 2.0 * np.cos(k * np.pi * X / L) / rate * np.exp(-rate * T)
    falling = (np.exp(-T) + modes.sum(axis=0)) / L
    return scale * (np.cosh(L - X) / np.sinh(L) - falling)


def ends(group, current, duration, dt, backend="numpy", every=None):
    """The potentials at the first and the last compartment, for a current (pA) into the first."""
    both = [0, len(group) - 1]
    monitor = bk.StateMonitor(group, "V", neurons=both, every=every)
    net = bk.Network(group, dt=dt, ends=monitor)
    net.run(duration, inputs={(group[:1], "I"): current}, backend=backend)
    return net.ends.time.values, net.ends.V.values.T


def crossings(t, V, level=0.0):
    """When V comes to a level from below, between two samples by a line."""
    before = np.flatnonzero((V[:-1] < level) & (V[1:] >= level))
    part = (level - V[before]) / (V[before + 1] - V[before])
    return t[before] + part * (t[before + 1] - t[before])
