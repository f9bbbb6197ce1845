"""How far a Poisson draw by inversion has to count."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from brainkernel.errors import ValueShapeError

POISSON_MEAN_LIMIT = 500.0


def poisson_most(mean: ArrayLike) -> int:
    """Find the smallest K >= 1 with P(X > K) < 2**-54, the `most` of `poisson` for this mean.

    A uniform number has 53 bits, so that what lies beyond K could not be drawn anyway.

    Parameters
    ----------
    mean : float or array
        Mean of each draw; the largest of them counts.

    Raises
    ------
    ValueShapeError
        If a mean is negative, no number, or above `POISSON_MEAN_LIMIT`: counting would cost too
        much, and somewhat further `exp(-mean)` would vanish.
    """
    largest = _largest_mean(mean)
    pmf = [_poisson_pmf(largest, k) for k in range(int(largest + 12 * math.sqrt(largest)) + 30)]
    tail = 0.0
    while tail + pmf[-1] < 2.0**-54:
        tail += pmf.pop()
    return max(len(pmf) - 1, 1)


def _largest_mean(mean: ArrayLike) -> float:
    means = np.asarray(mean, dtype=np.float64)
    wrong = means[~((means >= 0) & (means <= POISSON_MEAN_LIMIT))]
    if wrong.size:
        raise ValueShapeError(
            f"poisson has mean {wrong.flat[0]}, but each draw needs 0 <= mean <= "
            f"{POISSON_MEAN_LIMIT:g}; "
            "add up several draws of smaller means, or use a normal of this mean and variance"
        )
    return float(means.max(initial=0.0))


def _poisson_pmf(mean: float, k: int) -> float:
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) if mean else float(k == 0)
