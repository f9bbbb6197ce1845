"""Embedded pairs that choose their own steps within a step, as their documentation says."""

from __future__ import annotations

from typing import Any

import numpy as np

from brainkernel.testing.reference.methods import System, Vector, integrate

# rows for stages 2, 3, ..., of which the last is the solution; weights of the lower order
BOGACKI_SHAMPINE = (
    ((1 / 2,), (0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    (7 / 24, 1 / 4, 1 / 3, 1 / 8),
    3,
)
DORMAND_PRINCE = (
    (
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ),
    (5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40),
    5,
)
PAIRS: dict[str, Any] = {"bogacki_shampine": BOGACKI_SHAMPINE, "dormand_prince": DORMAND_PRINCE}


def advance(
    method: Any,
    system: System,
    x: Vector,
    t: float,
    dt: float,
    xi: Vector,
    integral: Vector | None = None,
) -> Vector:
    """Take the states from t to t + dt, in parts where the method chooses them."""
    if name_of(method) in PAIRS:
        return in_parts(method, system, x, t, dt)
    return integrate(name_of(method), system, x, t, dt, xi, integral)


def name_of(method: Any) -> str:
    """Name a method, which may be given with its arguments."""
    name: str = method if isinstance(method, str) else method.name
    return name.partition("(")[0]


def in_parts(method: Any, system: System, x: Vector, t: float, dt: float) -> Vector:
    """Take a step in parts whose errors are at most ``atol + rtol * |x|`` for each state."""
    rtol, atol = getattr(method, "rtol", 1e-6), getattr(method, "atol", 1e-8)
    rows, lower, order = PAIRS[name_of(method)]
    done, part = 0.0, dt
    while dt - done > 0.0:
        part = min(part, dt - done)
        slopes = [system.rates(x, t + done)]
        for row in rows:
            new = system.moved(x, x + part * _sum(row, slopes))
            slopes.append(system.rates(new, t + done + sum(row) * part))
        other = system.moved(x, x + part * _sum(lower, slopes))
        tolerated = atol + rtol * np.maximum(np.abs(x), np.abs(new))
        error = float(np.max(np.abs(new - other) / tolerated))
        longer = 0.9 * max(error, 1e-10) ** (-1.0 / order)
        if error <= 1.0:
            x, done = new, (dt if part == dt - done else done + part)
        elif not part > 1e-15 * dt:
            return x * np.nan
        part *= min(max(longer, 0.2), 5.0) if error < np.inf else 0.2
    return x


def _sum(weights: Any, slopes: list[Vector]) -> Vector:
    total: Vector = np.sum([w * k for w, k in zip(weights, slopes, strict=False)], axis=0)
    return total
