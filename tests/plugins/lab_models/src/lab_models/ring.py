"""Synapses along a ring."""

from dataclasses import dataclass

import numpy as np

from brainkernel.connect import Ends, Pairs, index_type
from brainkernel.errors import ConnectError
from brainkernel.random import Random


@dataclass(frozen=True)
class ring:
    """Connect each neuron with its nearest neighbours on a ring, on both sides.

    Parameters
    ----------
    reach : int
        How many neighbours on each side.

    Raises
    ------
    ConnectError
        If the ends are of different sizes, or the ring is so small that neighbours would meet.
    """

    reach: int

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        size = ends.pre_size
        if ends.post_size != size or not 0 < 2 * self.reach < size:
            raise ConnectError(
                f"{self} needs two ends of one size above {2 * self.reach}: connect larger groups"
            )
        steps = np.setdiff1d(np.arange(-self.reach, self.reach + 1), [0])
        targets = np.sort((np.arange(size)[:, None] + steps) % size)
        rows = np.arange(size + 1) * steps.size
        return Pairs.by_rows(rows, targets.ravel().astype(index_type(size)))

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return 2.0 * self.reach * ends.pre_size
