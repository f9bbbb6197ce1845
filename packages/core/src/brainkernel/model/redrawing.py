"""What can be drawn again at each spike, and so need not be stored.

The rows of a rule that walks along them by random gaps, and values of single synapses that follow
from a distribution. Whatever offers the method or the property named here can be kept in this way;
it need not come with brainkernel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from brainkernel.model.connection_rule import Ends, Indices, Pairs, Rule, excluded_targets
from brainkernel.random import Random, index_type
from brainkernel.random.row_parts import joined, parts_of_rows, row_starts
from brainkernel.random.row_sampling import Numbers

DISTRIBUTIONS = ("normal", "uniform")
"""The distributions from which a printed program can draw a value of a synapse again."""


@runtime_checkable
class RedrawableRule(Rule, Protocol):
    """A rule whose synapses may be drawn again at each spike instead of being stored."""

    def row_walk(self) -> RowWalk | None:
        """Return how its rows are walked, or None where its synapses are to be stored.

        `pairs` must give the very synapses that the walk meets, drawn from the first key of its
        `random`.
        """


@runtime_checkable
class RedrawableValue(Protocol):
    """A function of ``rng`` whose value for one synapse can be drawn again alone."""

    @property
    def scale(self) -> tuple[str, float, float]:
        """One of `DISTRIBUTIONS`, what its numbers are multiplied by, and what is added then."""


@dataclass(frozen=True)
class RowWalk:
    """Walks along rows of the connection matrix, from each synapse to the next by a random gap.

    Attributes
    ----------
    rate : float
        A cell is passed over with probability ``exp(-rate)``: from 0, where all are, to infinity,
        where none is.
    autapses : bool
        Whether a neuron may connect to itself; if not, an autapse that is met is left out.

    Notes
    -----
    The k-th gap of source i comes from the counter (k, i) of the first key of `random`, and the
    first one leads from target -1. So the row of any source can be walked again alone.
    """

    rate: float
    autapses: bool = True

    @property
    def chance(self) -> float:
        """The probability that a cell is met."""
        return -math.expm1(-self.rate)

    @property
    def is_certain(self) -> bool:
        """Whether all cells are met, or none, so that nothing is drawn."""
        return self.rate == 0 or math.isinf(self.rate)

    def counts(self, ends: Ends, random: Random) -> Indices:
        """Return how many synapses each source has, without keeping any."""
        excluded = excluded_targets(ends, self.autapses)
        if self.rate == 0:
            return np.zeros(ends.pre_size, np.int64)
        if self.is_certain:
            return np.asarray(ends.post_size - (excluded < ends.post_size))
        counts = np.zeros(ends.pre_size, np.int64)
        self._walk(ends, random, excluded, counts, keep=False)
        return counts

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return all synapses that the walks meet."""
        excluded = excluded_targets(ends, self.autapses)
        if self.is_certain:
            counts = self.counts(ends, random)
            size = ends.post_size if self.rate else 0
            row = np.arange(size, dtype=index_type(ends.post_size))
            met = row != excluded[:, None]
            targets: Numbers = np.broadcast_to(row, met.shape)[met]
            return Pairs.by_rows(row_starts(counts), targets)
        counts = np.zeros(ends.pre_size, np.int64)
        post = self._walk(ends, random, excluded, counts)
        return Pairs.by_rows(row_starts(counts), post)

    def cells(self, ends: Ends, random: Random, rows: slice) -> tuple[Indices, Indices]:
        """Return how many cells the walks of some sources meet, and which.

        Those of autapses are among them, allowed or not.
        """
        size = ends.post_size
        counts = np.zeros(rows.stop - rows.start, np.int64)
        if self.is_certain:
            met = size if self.rate else 0
            counts[:] = met
            return counts, np.tile(np.arange(met), counts.size)
        kernels = random.kernels_for(self.chance * size * counts.size)
        none_excluded = np.full(counts.size, size)
        key = random.next_key()
        cells = kernels.walk_rows(key, rows.start, size, self.rate, none_excluded, counts)
        return counts, cells.astype(np.int64)

    def row(self, ends: Ends, random: Random, source: int) -> Numbers:
        """Return the targets of one source."""
        excluded = excluded_targets(ends, self.autapses)[source : source + 1]
        if self.is_certain:
            size = ends.post_size if self.rate else 0
            targets: Numbers = np.arange(size, dtype=index_type(ends.post_size))
            return np.asarray(targets[targets != excluded[0]])
        key = random.next_key()
        kernels = random.kernels_for(0)
        counts = np.zeros(1, np.int64)
        return kernels.walk_rows(key, source, ends.post_size, self.rate, excluded, counts)

    def _walk(
        self, ends: Ends, random: Random, excluded: Indices, counts: Indices, keep: bool = True
    ) -> Numbers:
        key = random.next_key()
        size = ends.post_size
        row_size = self.chance * size
        total = row_size * ends.pre_size
        kernels = random.kernels_for(total)

        def walk(rows: slice) -> Numbers:
            targets = kernels.walk_rows(
                key, rows.start, size, self.rate, excluded[rows], counts[rows]
            )
            return targets if keep else targets[:0].copy()

        parts = parts_of_rows(np.arange(ends.pre_size + 1) * (row_size + 1.0))
        return joined(walk, parts, random.threads_for(total), index_type(size))


def row_walk_of(rule: Rule) -> RowWalk | None:
    """Return how the rows of a rule are drawn again, or None where its synapses are stored."""
    return rule.row_walk() if isinstance(rule, RedrawableRule) else None


def is_redrawable(value: object) -> bool:
    """Whether the value of one synapse can be drawn again alone."""
    return isinstance(value, RedrawableValue) and value.scale[0] in DISTRIBUTIONS
