"""Fixed numbers of synapses: into each target, out of each source, or in all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brainkernel.connect.argument_checks import check_count, check_switches
from brainkernel.connect.cells import distinct, holes, open_cells, pairs_of, skip
from brainkernel.connect.partners import by_partner, draw_counts, draw_partners, sort_partners
from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Indices, Pairs, excluded_targets
from brainkernel.random import Random


@dataclass(frozen=True)
class fixed_in_degree:
    """Give each target k synapses from random sources.

    Parameters
    ----------
    k : int
        Synapses onto each target.
    autapses : bool
        Whether a neuron may connect to itself; if not, it draws its k sources from the others.
    multapses : bool
        Whether a source may be drawn more than once for one target.

    Raises
    ------
    ConnectError
        If k is negative, or there are too few sources.

    Notes
    -----
    The n-th draw for target j comes from the counter (n, j) of the rule's first key. Without
    multapses, draws follow until k sources, or all that are to be left out, are different.
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        check_count("fixed_in_degree", "k", self.k)
        check_switches("fixed_in_degree", autapses=self.autapses, multapses=self.multapses)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        excluded = np.full(ends.post_size, ends.pre_size)
        if not self.autapses:
            pre, post = ends.selves()
            excluded[post] = pre
        _check_pools(self, self.k, ends.pre_size - (excluded < ends.pre_size))
        counts = np.full(ends.post_size, self.k)
        starts, sources = draw_partners(random, counts, ends.pre_size, excluded, self.multapses)
        return Pairs.by_rows(*by_partner(random, starts, sources, ends.pre_size))

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(self.k) * ends.post_size


@dataclass(frozen=True)
class fixed_out_degree:
    """Give each source k synapses onto random targets.

    Parameters
    ----------
    k : int
        Synapses from each source.
    autapses : bool
        Whether a neuron may connect to itself; if not, it draws its k targets from the others.
    multapses : bool
        Whether a target may be drawn more than once for one source.

    Raises
    ------
    ConnectError
        If k is negative, or there are too few targets.

    Notes
    -----
    The n-th draw for source i comes from the counter (n, i) of the rule's first key. Without
    multapses, draws follow until k targets, or all that are to be left out, are different.
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        check_count("fixed_out_degree", "k", self.k)
        check_switches("fixed_out_degree", autapses=self.autapses, multapses=self.multapses)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        excluded = excluded_targets(ends, self.autapses)
        _check_pools(self, self.k, ends.post_size - (excluded < ends.post_size))
        return _rows_of(np.full(ends.pre_size, self.k), ends, excluded, random, self.multapses)

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(self.k) * ends.pre_size


@dataclass(frozen=True)
class fixed_total:
    """Make n synapses between random sources and targets.

    Parameters
    ----------
    n : int
        Synapses in all.
    autapses : bool
        Whether a neuron may connect to itself.
    multapses : bool
        Whether one source and one target may share more than one synapse.

    Raises
    ------
    ConnectError
        If n is negative, or there are too few pairs of neurons.

    Notes
    -----
    With multapses, the rule's first key draws how many synapses each source has, and the counter
    (n, i) of its second one the n-th target of source i; every pair of source and target is as
    likely for every synapse.
    """

    n: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        check_count("fixed_total", "n", self.n)
        check_switches("fixed_total", autapses=self.autapses, multapses=self.multapses)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        _check_pools(self, self.n, np.array([open_cells(ends, self.autapses)]))
        if not self.multapses:
            return self._distinct(ends, random)
        excluded = excluded_targets(ends, self.autapses)
        counts = draw_counts(random, self.n, ends.post_size - (excluded < ends.post_size))
        return _rows_of(counts, ends, excluded, random, multapses=True)

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(self.n)

    def _distinct(self, ends: Ends, random: Random) -> Pairs:
        closed = holes(ends, self.autapses)
        number = distinct(
            random.next_key(), 0, np.array([open_cells(ends, self.autapses)]), np.array([self.n])
        )
        return pairs_of(skip(number, closed), ends)


def _rows_of(
    counts: Indices, ends: Ends, excluded: Indices, random: Random, multapses: bool
) -> Pairs:
    """Draw the targets of each source, so many as counted."""
    starts, targets = draw_partners(random, counts, ends.post_size, excluded, multapses)
    if multapses:
        sort_partners(random, starts, targets)
    return Pairs.by_rows(starts, targets)


def _check_pools(
    rule: fixed_in_degree | fixed_out_degree | fixed_total, count: int, pools: Indices
) -> None:
    smallest = int(pools.min(initial=np.iinfo(np.int64).max))
    if count > smallest and (smallest == 0 or not rule.multapses):
        raise ConnectError(
            f"{rule!r} has no more than {smallest} partners or pairs to draw from; ask for fewer, "
            "connect larger groups, or allow multapses and autapses"
        )
