"""Fixed numbers of synapses: into each target, out of each source, or in all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brainkernel.connect.cells import distinct, holes, pairs_of, skip
from brainkernel.connect.pairs import Ends, Indices, Pairs
from brainkernel.errors import ConnectError
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
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        _check_count("fixed_in_degree", "k", self.k)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        excluded = np.full(ends.post_size, ends.pre_size)
        if not self.autapses:
            pre, post = ends.selves()
            excluded[post] = pre
        target, source = _partners(self, ends.pre_size, excluded, random)
        return pairs_of(np.sort(source * ends.post_size + target), ends)


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
    """

    k: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        _check_count("fixed_out_degree", "k", self.k)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        excluded = np.full(ends.pre_size, ends.post_size)
        if not self.autapses:
            pre, post = ends.selves()
            excluded[pre] = post
        source, target = _partners(self, ends.post_size, excluded, random)
        return pairs_of(np.sort(source * ends.post_size + target), ends)


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
    """

    n: int
    autapses: bool = True
    multapses: bool = True

    def __post_init__(self) -> None:
        _check_count("fixed_total", "n", self.n)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        closed = holes(ends, self.autapses)
        pool = np.array([ends.pre_size * ends.post_size - len(closed)])
        _, number = _draw(self, pool, self.n, self.multapses, random)
        return pairs_of(skip(np.sort(number), closed), ends)


def _partners(
    rule: fixed_in_degree | fixed_out_degree, size: int, excluded: Indices, random: Random
) -> tuple[Indices, Indices]:
    """Draw k of `size` partners for each row but never the one excluded; excluding number `size` excludes none."""
    row, number = _draw(rule, size - (excluded < size), rule.k, rule.multapses, random)
    return row, number + (number >= excluded[row])


def _draw(rule: object, pools: Indices, count: int, multapses: bool, random: Random) -> tuple[Indices, Indices]:
    smallest = int(pools.min(initial=np.iinfo(np.int64).max))
    if count > smallest and (smallest == 0 or not multapses):
        raise ConnectError(
            f"{rule!r} has no more than {smallest} partners or pairs to draw from; ask for fewer, "
            "connect larger groups, or allow multapses and autapses"
        )
    if not multapses:
        return distinct(random, pools, np.full(len(pools), count))
    row = np.repeat(np.arange(len(pools)), count)
    return row, random.integers(0, pools[row], row.size)


def _check_count(rule: str, name: str, count: object) -> None:
    if not isinstance(count, int | np.integer) or isinstance(count, bool) or count < 0:
        raise ConnectError(f"{rule} has {name}={count!r}, but must have a whole number >= 0")
