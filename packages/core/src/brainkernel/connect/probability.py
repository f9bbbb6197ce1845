"""Each possible synapse exists with one probability, independently of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from brainkernel.connect.argument_checks import check_switches, is_real
from brainkernel.connect.cells import open_cells
from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Pairs
from brainkernel.model.redrawing import RowWalk
from brainkernel.random import Random
from brainkernel.random.row_sampling import Numbers


@dataclass(frozen=True)
class fixed_prob:
    """Connect each source with each target with probability p.

    Parameters
    ----------
    p : float
        0 <= p <= 1.
    autapses : bool
        Whether a neuron may connect to itself.
    procedural : bool
        Whether no synapse is stored: the row of a source is drawn again whenever it fires. The
        network is the same, spikes, traces and what is read back; only where several projections
        add to one state of a target, sums are made projection by projection, so that last bits may
        differ. It takes 32 bytes for each source (and 16 for each further thread), and none for a
        synapse; an event takes three to five times as long. It pays where the synapses would not
        fit into memory. Wants a synapse model that keeps nothing for single synapses or sources,
        one delay for all, whole groups or contiguous slices at both ends, and as values of single
        synapses numbers, `drawn_normal` or `drawn_uniform`.

    Raises
    ------
    ConnectError
        If p is no probability; where the network is made ready, if the projection is none that can
        be procedural.

    Notes
    -----
    Each source's row of the connection matrix is walked by itself, by gaps from the geometric
    distribution (Batagelj & Brandes 2005), so the cost grows with the numbers of sources and
    synapses, not of cells. The k-th gap of source i comes from the counter (k, i) of the rule's
    first key: `floor(-log(1 - u) / -log(1 - p)) + 1` with u the 53-bit number of
    `threefry_2x32(*random.next_key(), k, i)`. The first gap leads from target -1. An autapse that
    is met and not allowed is left out. So any row can be drawn again alone: `row` does.
    """

    p: float
    autapses: bool = True
    procedural: bool = False
    each_pair_once: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not is_real(self.p) or not 0 <= self.p <= 1:
            raise ConnectError(
                f"fixed_prob has p={self.p!r}, but a probability is a number from 0 to 1"
            )
        check_switches("fixed_prob", autapses=self.autapses, procedural=self.procedural)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        return self._walk.pairs(ends, random)

    def row(self, ends: Ends, random: Random, source: int) -> Numbers:
        """Return the targets of one source.

        Those that `pairs` gives for a `random` of the same seed and name.

        Raises
        ------
        ConnectError
            If there is no such source.
        """
        if not 0 <= source < ends.pre_size:
            raise ConnectError(f"source {source} is outside 0 to {ends.pre_size - 1}")
        return self._walk.row(ends, random, source)

    def row_walk(self) -> RowWalk | None:
        """Return how rows are drawn again, or None where synapses are stored."""
        return self._walk if self.procedural else None

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses on average."""
        return float(self.p) * open_cells(ends, self.autapses)

    @property
    def _walk(self) -> RowWalk:
        rate = -math.log1p(-float(self.p)) if self.p < 1 else math.inf
        return RowWalk(rate, bool(self.autapses))
