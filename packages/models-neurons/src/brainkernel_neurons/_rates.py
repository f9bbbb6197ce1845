"""What rates of channel gates are made of."""

from __future__ import annotations

from typing import Any

import numpy as np


def exp_linear(x: Any) -> Any:
    """Return x / (1 - exp(-x)), to the last digits near 0 as well, where it is 1 + x / 2."""
    near = np.abs(x) < 1e-5
    far = np.where(near, 1.0, x)
    return np.where(near, 1.0 + x / 2.0 + x * x / 12.0, -far / np.expm1(-far))
