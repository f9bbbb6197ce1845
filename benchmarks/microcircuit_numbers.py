"""The cortical microcircuit of Potjans & Diesmann (2014) as numbers at any scale.

They are the same for every simulator. At a scale below one, populations and in-degrees shrink by
it, weights grow by its inverse root, so that the variance of the input stays, and a constant
current makes up for the mean that is lost.

Potjans TC, Diesmann M (2014) The cell-type specific cortical microcircuit: relating structure and
activity in a full-scale spiking network model. Cereb Cortex 24:785-806.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
RATES = (0.9, 2.9, 4.4, 5.9, 7.6, 8.6, 1.1, 7.8)  # Hz, as published
FULL = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
# rows: targets, columns: sources
PROBABILITY = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
    ]
)
EXTERNAL = np.array(
    [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]
)  # sources outside, for each neuron
BACKGROUND = 8.0  # Hz, of each of them
STATIONARY = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])  # Hz, at full scale
TAU, TAU_SYN, C, T_REF = 10.0, 0.5, 250.0, 2.0  # ms, ms, pF, ms
E_L, V_TH = -65.0, -50.0  # mV
WEIGHT, INHIBITION, SPREAD = 87.8, -4.0, 0.1  # pA, relative, relative
DELAY = {"E": (1.5, 0.75), "I": (0.75, 0.375)}  # mean and standard deviation in ms


@dataclass(frozen=True)
class Microcircuit:
    """The numbers at one scale.

    `synapses` and `weights` are [target, source], the rest one for each population.
    """

    scale: float
    sizes: np.ndarray
    synapses: np.ndarray
    weights: np.ndarray
    external_rates: np.ndarray
    external_weight: float
    constant_currents: np.ndarray


def microcircuit(scale: float) -> Microcircuit:
    """Scale the microcircuit."""
    sizes = np.round(FULL * scale).astype(int)
    in_degrees = np.log(1 - PROBABILITY) / np.log(1 - 1 / np.outer(FULL, FULL)) / FULL[:, None]
    weights = WEIGHT * np.tile([1.0, INHIBITION], (8, 4))
    weights[0, 2] *= 2.0  # L4E -> L23E
    lost = (weights * in_degrees * STATIONARY).sum(1) + WEIGHT * EXTERNAL * BACKGROUND
    return Microcircuit(
        scale,
        sizes,
        np.round(in_degrees * scale * sizes[:, None]).astype(int),
        weights / math.sqrt(scale),
        BACKGROUND * EXTERNAL * scale,
        WEIGHT / math.sqrt(scale),
        TAU_SYN * 1e-3 * (1.0 - math.sqrt(scale)) * lost,
    )


def pairs(numbers: Microcircuit) -> list[tuple[int, int]]:
    """Every (target, source) that has synapses."""
    return [(int(target), int(source)) for target, source in np.argwhere(numbers.synapses)]
