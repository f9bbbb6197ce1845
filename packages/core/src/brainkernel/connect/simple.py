"""Rules without chance: all to all, and one to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brainkernel.connect.cells import holes, pairs_of, without
from brainkernel.connect.pairs import Ends, Pairs
from brainkernel.errors import ConnectError
from brainkernel.random import Random


@dataclass(frozen=True)
class all_to_all:
    """Connect every source with every target.

    Parameters
    ----------
    autapses : bool
        Whether a neuron may connect to itself.
    """

    autapses: bool = True

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        every = np.arange(ends.pre_size * ends.post_size)
        return pairs_of(without(every, holes(ends, self.autapses)), ends)


@dataclass(frozen=True)
class one_to_one:
    """Connect the n-th source with the n-th target, for instance each neuron of a slice with itself.

    Raises
    ------
    ConnectError
        If the ends are of different sizes.
    """

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        if ends.pre_size != ends.post_size:
            sizes = f"{ends.pre_size} sources and {ends.post_size} targets"
            raise ConnectError(f"one_to_one needs ends of equal size, not {sizes}; connect slices of equal length")
        return Pairs(np.arange(ends.pre_size), np.arange(ends.post_size))
