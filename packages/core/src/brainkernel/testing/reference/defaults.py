"""Which method integrates equations where none is named; found by trying values, not by reading the functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from brainkernel.testing.reference.methods import System, Vector, jacobian

TRIALS = 3


def default_method(system: Any, x: Vector) -> str:
    """Choose the method that the contract names for equations of this kind, at whatever values they stand.

    Linear equations with constant coefficients and no noise: `exact`. Else, where each equation is linear in its own
    state and no amplitude depends on a state: `exponential_euler`. Else `rk4`, with noise `euler_maruyama` where no
    amplitude depends on a state and `milstein_ito` where one does.
    """
    noisy, additive = bool(np.any(system.noisy)), _is_additive(system, x)
    jacobians = [jacobian(trial, place, t) for trial, place, t in _trials(system, x)]
    if not noisy and all(_equal(j, jacobians[0]) for j in jacobians):
        return "exact"
    if additive and _is_linear_in_own_state(system, x):
        return "exponential_euler"
    if not noisy:
        return "rk4"
    return "euler_maruyama" if additive else "milstein_ito"


def _equal(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


def _trials(system: Any, x: Vector) -> Iterator[tuple[System, Vector, float]]:
    rng = np.random.default_rng(0)
    for number in range(TRIALS):
        with _other_inputs(system, rng):
            yield system, x + rng.normal(size=x.size), 1.0 + number


@contextmanager
def _other_inputs(system: Any, rng: Any) -> Iterator[None]:
    kept = system.outside
    system.outside = {name: rng.normal() for name in kept}
    try:
        yield
    finally:
        system.outside = kept


def _is_additive(system: Any, x: Vector) -> bool:
    amplitudes = [trial.amplitudes(place, 1.0) for trial, place, _ in _trials(system, x)]
    return all(_equal(g, amplitudes[0]) for g in amplitudes)


def _is_linear_in_own_state(system: Any, x: Vector) -> bool:
    """Whether the slope of each rate in its own state stays where that state alone is moved."""
    slopes = jacobian(system, x, 1.0)
    for k in range(x.size):
        moved = x.copy()
        moved[k] += 1.0
        if not _equal(jacobian(system, moved, 1.0)[k, k], slopes[k, k]):
            return False
    return True
