"""Rules without chance: all to all, and one to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from brainkernel.connect.argument_checks import check_switches
from brainkernel.connect.cells import every_pair, open_cells
from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Pairs
from brainkernel.random import Random, index_type


@dataclass(frozen=True)
class all_to_all:
    """Connect every source with every target.

    Parameters
    ----------
    autapses : bool
        Whether a neuron may connect to itself.
    """

    autapses: bool = True
    each_pair_once: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_switches("all_to_all", autapses=self.autapses)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        return every_pair(ends, self.autapses)

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(open_cells(ends, self.autapses))


@dataclass(frozen=True)
class one_to_one:
    """Connect the n-th source with the n-th target, as each neuron of a slice with itself.

    Raises
    ------
    ConnectError
        If the ends are of different sizes.
    """

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        if ends.pre_size != ends.post_size:
            sizes = f"{ends.pre_size} sources and {ends.post_size} targets"
            raise ConnectError(
                f"one_to_one needs ends of equal size, not {sizes}; connect slices of equal length"
            )
        return Pairs.by_rows(
            np.arange(ends.pre_size + 1),
            np.arange(ends.post_size, dtype=index_type(ends.post_size)),
        )

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(ends.pre_size)
