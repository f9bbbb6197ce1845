"""The default method of equations, found by trying values, not by reading the functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from brainkernel.testing.reference.methods import System, Vector, jacobian

TRIALS = 3


def default_method(system: Any, x: Vector) -> str:
    """Choose the method that the contract names for equations of this kind, by trying values.

    Linear equations with constant coefficients and no noise: `exact`. Else, where each state
    relaxes and no amplitude depends on a state: `exponential_midpoint`. Else `rk4`, with noise
    `euler_maruyama` where no amplitude depends on a state and `milstein_ito` where one does.
    """
    noisy = bool(np.any(system.noisy))
    if not noisy and not _late(system) and _is_linear(system, x):
        return "exact"
    if noisy and not _is_additive(system, x):
        return "milstein_ito"
    if relaxes(system, x):
        return "exponential_midpoint"
    return "euler_maruyama" if noisy else "rk4"


def relaxes(system: Any, x: Vector) -> bool:
    """Whether each rate is linear in its own state, and follows it if another rate reads it."""
    for trial, place, t in _trials(system, x):
        matrix = jacobian(trial, place, t)
        for k in range(x.size):
            moved = place.copy()
            moved[k] += 1.0
            if not _equal(jacobian(trial, moved, t)[k, k], matrix[k, k]):
                return False
            is_read = k in _late(system) or np.any(np.delete(matrix[:, k], k) != 0.0)
            if matrix[k, k] == 0.0 and is_read:
                return False
    return True


def _late(system: Any) -> set[int]:
    """Which states are read as they were some time ago."""
    late: set[int] = getattr(system, "late", set())
    return late


def _equal(one: Any, other: Any) -> bool:
    return bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


def _trials(system: Any, x: Vector) -> Iterator[tuple[System, Vector, float]]:
    """Yield the system with its constants at other values, and the same parameters each time."""
    rng = np.random.default_rng(0)
    for number in range(TRIALS):
        with _at_other_values(system, rng):
            yield system, x + rng.normal(size=x.size), 1.0 + number


@contextmanager
def _at_other_values(system: Any, rng: Any) -> Iterator[None]:
    inputs, places = system.outside, list(system.surroundings())
    kept = [array[place] for array, place, _ in places]
    timed = getattr(getattr(system, "group", None), "timed", ())  # as positive as parameters
    system.outside = {n: 1.0 + rng.random() if n in timed else rng.normal() for n in inputs}
    for number, (array, place, is_parameter) in enumerate(places):
        array[place] = 1.0 + 0.1 * np.sin(number) if is_parameter else rng.normal()
    try:
        yield
    finally:
        system.outside = inputs
        for (array, place, _), value in zip(places, kept, strict=True):
            array[place] = value


def _is_additive(system: Any, x: Vector) -> bool:
    """Whether amplitudes are the same at all values of the states; inputs may change them."""
    for trial, place, _ in _trials(system, x):
        for moved in (place + 1.0, 0.5 * place):
            if not _equal(trial.amplitudes(moved, 1.0), trial.amplitudes(place, 1.0)):
                return False
    return True


def _is_linear(system: Any, x: Vector) -> bool:
    """Whether coefficients are the same at all values and inputs, and time plays no part."""
    matrices = []
    for trial, place, t in _trials(system, x):
        matrices.append(jacobian(trial, place, t))
        if not _equal(trial.rates(place, t), trial.rates(place, t + 1.0)):
            return False
    return all(_equal(matrix, matrices[0]) for matrix in matrices)
