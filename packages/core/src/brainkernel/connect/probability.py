"""Each possible synapse exists with one probability, independently of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainkernel.connect.argument_checks import check_switches, is_real
from brainkernel.connect.cells import every_pair, excluded_targets, open_cells, row_starts
from brainkernel.connect.partners import joined, parts_of_rows
from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Indices, Pairs
from brainkernel.random import Random, index_type
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
    Each source's row of the connection matrix is walked by itself, by gaps from the geometric distribution (Batagelj &
    Brandes 2005), so the cost grows with the numbers of sources and synapses, not of cells. The k-th gap of source i
    comes from the counter (k, i) of the rule's first key: `floor(-log(1 - u) / -log(1 - p)) + 1` with u the 53-bit
    number of `threefry_2x32(*random.next_key(), k, i)`. The first gap leads from target -1. An autapse that is met and
    not allowed is left out. So any row can be drawn again alone: `row` does.
    """

    p: float
    autapses: bool = True
    procedural: bool = False

    def __post_init__(self) -> None:
        if not is_real(self.p) or not 0 <= self.p <= 1:
            raise ConnectError(
                f"fixed_prob has p={self.p!r}, but a probability is a number from 0 to 1"
            )
        check_switches("fixed_prob", autapses=self.autapses, procedural=self.procedural)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        if self.p == 1:
            return every_pair(ends, self.autapses)
        counts = np.zeros(ends.pre_size, np.int64)
        excluded = excluded_targets(ends, self.autapses)
        post = self._walk(ends, random, excluded, counts)
        return Pairs.by_rows(row_starts(counts), post)

    def counts(self, ends: Ends, random: Random) -> Indices:
        """Return how many synapses each source has, without keeping any."""
        if self.p in (0, 1):
            return np.full(ends.pre_size, ends.post_size if self.p else 0) - self._closed(ends)
        counts = np.zeros(ends.pre_size, np.int64)
        self._each_part(ends, random, excluded_targets(ends, self.autapses), counts, keep=False)
        return counts

    def met(self, ends: Ends, random: Random, rows: slice) -> tuple[Indices, Indices]:
        """Return how many cells the walks of some sources meet, and which, those of autapses among them."""
        size, counts = ends.post_size, np.zeros(rows.stop - rows.start, np.int64)
        if self.p in (0, 1):
            counts[:] = size if self.p else 0
            return counts, np.tile(np.arange(size if self.p else 0), counts.size)
        kernels, none = random.kernels_for(self.p * size * counts.size), np.full(counts.size, size)
        cells = kernels.walk_rows(random.next_key(), rows.start, size, self._rate(), none, counts)
        return counts, cells.astype(np.int64)

    def _closed(self, ends: Ends) -> NDArray[np.bool_]:
        """Whether a source meets itself, where all is connected, and may not connect to itself."""
        return (excluded_targets(ends, self.autapses) < ends.post_size) & (self.p == 1)

    def row(self, ends: Ends, random: Random, source: int) -> Numbers:
        """Return the targets of one source, those that `pairs` gives for a `random` of the same seed and name.

        Raises
        ------
        ConnectError
            If there is no such source.
        """
        if not 0 <= source < ends.pre_size:
            raise ConnectError(f"source {source} is outside 0 to {ends.pre_size - 1}")
        targets, excluded = (
            index_type(ends.post_size),
            excluded_targets(ends, self.autapses)[source : source + 1],
        )
        if self.p in (0, 1):
            every: Numbers = np.arange(ends.post_size if self.p else 0, dtype=targets)
            return np.asarray(every[every != excluded[0]])
        return random.kernels_for(0).walk_rows(
            random.next_key(), source, ends.post_size, self._rate(), excluded, np.zeros(1, np.int64)
        )

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses on average."""
        return float(self.p) * open_cells(ends, self.autapses)

    def _rate(self) -> float:
        return -math.log1p(-float(self.p)) if self.p < 1 else math.inf

    @property
    def rate(self) -> float:
        """A trial of the walk fails with probability ``exp(-rate)``."""
        return self._rate()

    def _walk(self, ends: Ends, random: Random, excluded: Indices, counts: Indices) -> Numbers:
        if self.p == 0:
            return np.empty(0, index_type(ends.post_size))
        return self._each_part(ends, random, excluded, counts)

    def _each_part(
        self, ends: Ends, random: Random, excluded: Indices, counts: Indices, keep: bool = True
    ) -> Numbers:
        key, rate, each = random.next_key(), self._rate(), self.p * ends.post_size
        kernels = random.kernels_for(each * ends.pre_size)

        def walk(rows: slice) -> Numbers:
            found = kernels.walk_rows(
                key, rows.start, ends.post_size, rate, excluded[rows], counts[rows]
            )
            return found if keep else found[:0].copy()

        parts = parts_of_rows(np.arange(ends.pre_size + 1) * (each + 1.0))
        return joined(
            walk, parts, random.threads_for(each * ends.pre_size), index_type(ends.post_size)
        )
