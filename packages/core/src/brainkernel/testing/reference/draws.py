"""The random contract: a draw follows from seed, stream's name, element and step alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.declarations import Declaration
from brainkernel.random import (
    bernoulli,
    normal,
    poisson,
    poisson_most,
    shared_uniform,
    stream_key,
    uniform,
)


def draw(
    declaration: Declaration, seed: int, stream: str, element: int, step: int, mean: float
) -> Any:
    """Draw the number of one element at one step."""
    counter = (*_key(seed, stream), np.uint32(element), np.uint32(step))
    if declaration.source == "uniform":
        return uniform(*counter)
    if declaration.source == "normal":
        return normal(*counter)
    if declaration.source == "bernoulli":
        return np.float64(bernoulli(mean, uniform(*counter)))
    assert declaration.source == "poisson"
    return np.float64(poisson(mean, shared_uniform(*counter), poisson_most(mean)))


def standard_normal(seed: int, stream: str, element: int, step: int) -> Any:
    """Draw the noise of a state with a diffusion."""
    return normal(*_key(seed, stream), np.uint32(element), np.uint32(step))


def events(seed: int, stream: str, step: int, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw ones with these probabilities, else zeros, for sixteen neurons after each other.

    The next one to have an event is that at which the product of 1 - chance has come down to a
    uniform number.
    """
    drawn = np.zeros(chances.size)
    for begin in range(0, chances.size, 16):
        end, after, counter = min(begin + 16, chances.size), begin, begin
        while after < end:
            threshold = uniform(*_key(seed, stream), np.uint32(counter), np.uint32(step))
            quiet, counter = np.cumprod(1.0 - chances[after:end]), counter + 1
            reached = np.flatnonzero(quiet <= threshold)
            if not reached.size:
                break
            drawn[after + reached[0]] = 1.0
            after += int(reached[0]) + 1
    return drawn


def _key(seed: int, stream: str) -> tuple[np.uint32, np.uint32]:
    first, second = stream_key(seed, stream)
    return np.uint32(first), np.uint32(second)
