"""The cortical microcircuit, plainly: 8 groups, a projection for each connected pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from microcircuit_numbers import (
    DELAY,
    E_L,
    NAMES,
    SPREAD,
    T_REF,
    TAU,
    TAU_SYN,
    V_TH,
    C,
    Microcircuit,
    pairs,
)
from microcircuit_numbers import microcircuit as numbers_at

import brainkernel as bk
from brainkernel_neurons import LIFExpCurrent
from brainkernel_synapses import CurrentJump


def microcircuit(
    scale: float = 0.1, *, dt: float = 0.1, seed: int = 0, weights: str = "float64"
) -> bk.Network:
    """Build the microcircuit at a scale; a spike monitor for each population, by its name."""
    numbers = numbers_at(scale)
    groups = [population(numbers, number) for number in range(len(NAMES))]
    projections = [projection(numbers, groups, target, source) for target, source in pairs(numbers)]
    monitors = {
        f"spikes_{name}": bk.SpikeMonitor(group) for name, group in zip(NAMES, groups, strict=True)
    }
    return bk.Network(groups, projections, dt=dt, seed=seed, dtype={"weights": weights}, **monitors)


def population(numbers: Microcircuit, number: int) -> bk.Neuron:
    """Make one population with its share of the background."""
    rate = float(numbers.external_rates[number])
    return LIFExpCurrent(
        int(numbers.sizes[number]),
        name=NAMES[number],
        tau=TAU,
        tau_syn=TAU_SYN,
        C=C,
        E_L=E_L,
        V_th=V_TH,
        V_reset=E_L,
        t_ref=T_REF,
        I_e=float(numbers.constant_currents[number]),
        V=lambda rng: np.minimum(rng.normal(-58.0, 10.0), V_TH - 0.1),
        background=lambda dt: rate * dt * 1e-3,
        background_weight=numbers.external_weight,
    )


def projection(
    numbers: Microcircuit, groups: list[bk.Neuron], target: int, source: int
) -> bk.Synapse:
    """Connect one population with another."""
    return CurrentJump(
        groups[source],
        groups[target],
        name=f"{NAMES[source]}_{NAMES[target]}",
        connect=bk.connect.fixed_total(int(numbers.synapses[target, source])),
        weight=signed_normal(float(numbers.weights[target, source])),
        delay=whole_step_normal(*DELAY[NAMES[source][-1]]),
    )


def signed_normal(mean: float) -> Callable[[bk.Random], Any]:
    """Weights that are normal, and zero where the sign would be wrong."""
    clipped = np.maximum if mean > 0 else np.minimum
    return lambda rng: clipped(rng.normal(mean, abs(mean) * SPREAD), 0.0)


def whole_step_normal(mean: float, std: float) -> Callable[..., Any]:
    """Delays that are normal, in whole steps, at least one."""
    return lambda rng, dt: dt * np.maximum(np.rint(rng.normal(mean, std) / dt), 1.0)
