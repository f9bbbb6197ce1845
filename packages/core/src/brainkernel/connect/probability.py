"""Each possible synapse exists with one probability, independently of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np

from brainkernel.connect.cells import holes, pairs_of, without
from brainkernel.connect.pairs import Ends, Indices, Pairs
from brainkernel.errors import ConnectError
from brainkernel.random import Random, log_unit

CHUNK = 1 << 15


@dataclass(frozen=True)
class fixed_prob:
    """Connect each source with each target with probability p.

    Parameters
    ----------
    p : float
        0 <= p <= 1.
    autapses : bool
        Whether a neuron may connect to itself.

    Raises
    ------
    ConnectError
        If p is no probability.

    Notes
    -----
    The cells of the connection matrix are walked by gaps from the geometric distribution (Batagelj & Brandes 2005),
    so the cost grows with the number of synapses, not of cells.
    """

    p: float
    autapses: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.p, Real) or not 0 <= self.p <= 1:
            raise ConnectError(f"fixed_prob has p={self.p!r}, but a probability is a number from 0 to 1")

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        cells = self._cells(ends.pre_size * ends.post_size, random)
        return pairs_of(without(cells, holes(ends, self.autapses)), ends)

    def _cells(self, count: int, random: Random) -> Indices:
        if self.p in (0, 1):
            return np.arange(count if self.p else 0)
        return _walk(count, float(self.p), random)


def _walk(count: int, p: float, random: Random) -> Indices:
    expected, rate = count * p, -math.log1p(-p)
    chunk = min(CHUNK, int(expected + 4 * math.sqrt(expected)) + 16)
    walked: list[Indices] = []
    last = -1
    for u in random.endless_uniform(chunk):
        # No gap need be much longer than the walk; so neither it nor a chunk's sum of gaps can overflow.
        gaps = np.minimum(-log_unit(1.0 - u), 2.0 * count * rate) / rate
        cells = last + np.cumsum(gaps.astype(np.int64) + 1)
        walked.append(cells[cells < count])
        last = int(cells[-1])
        if last >= count:
            break
    return np.concatenate(walked)
