"""How far a linear equation with a constant right-hand side goes in a step.

Printed programs import this function, where `np` is what their backend computes with.
"""

from __future__ import annotations

import numpy as np


def exponential_increment(slope, dt):
    """(exp(slope * dt) - 1) / slope; near slope 0, where that tends to dt, by its series."""
    x = slope * dt
    small = np.abs(x) < 1e-4
    series = 1.0 + x * (0.5 + x * (1.0 / 6.0 + x / 24.0))
    return dt * np.where(small, series, np.expm1(x) / np.where(small, 1.0, x))
