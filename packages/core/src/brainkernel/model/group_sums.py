"""The sum over a group in one order, whatever adds it up: in chunks, and then over the chunks.

Printed programs import this function, where `np` is what their backend computes with.
"""

from __future__ import annotations

import numpy as np

CHUNK = 256
"""How many neurons are added up together; the halves of a chunk are added until one is left."""


def total_over_group(values):  # type: ignore[no-untyped-def]
    """Add up the values of a group: each chunk half by half, then the sums of the chunks."""
    whole = values.size // 256 * 256
    chunks = values[:whole].reshape(-1, 256)
    while chunks.shape[1] > 1:
        half = chunks.shape[1] // 2
        chunks = chunks[:, :half] + chunks[:, half:]
    rest = values[whole:]
    while rest.size > 1:
        half = (rest.size + 1) // 2
        upper = rest[half:]
        rest = np.concatenate((rest[: upper.size] + upper, rest[upper.size : half]))
    return np.cumsum(np.concatenate((chunks[:, 0], rest)))[-1]
