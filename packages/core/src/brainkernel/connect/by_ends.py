"""Rules that follow what the two neurons are: `where` and `prob`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import is_function
from brainkernel.connect.argument_checks import check_switches, is_real
from brainkernel.connect.pair_blocks import Block, blocks, sampled_blocks
from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Indices, Pairs, excluded_targets
from brainkernel.random import Random, index_type
from brainkernel.random.distributions import unit_float
from brainkernel.random.threefry_arrays import Key, encrypt


@dataclass(frozen=True, eq=False)
class where:
    """Connect where a condition on the two neurons holds.

    ``bk.connect.where(lambda x_pre, x_post: abs(x_pre - x_post) < 50.0)``

    Parameters
    ----------
    condition : function
        Its arguments say what it reads: ``pre`` and ``post``, the places of the neurons in their
        ends; any parameter, first state and coordinate (``x``, ``y``, ``z`` of ``positions=``) of
        either end with ``_pre`` or ``_post`` behind its name; ``distance``. It is given arrays of
        many pairs, which broadcast, and gives true or false for each; ``&``, ``|`` and ``~`` join
        conditions.
    autapses : bool
        Whether a neuron may connect to itself.
    within : float, optional
        Look only at pairs that are no farther apart, in the unit of the positions. For large
        sheets: the condition is then evaluated for neighbours, not for all pairs. Needs SciPy.

    Raises
    ------
    ConnectError
        If the condition is no function, names what the ends have not, or gives no truth values.

    Notes
    -----
    Pairs are looked at a million at a time, so the memory that it takes is that of the synapses.
    """

    condition: Callable[..., Any]
    autapses: bool = True
    within: float | None = None

    def __post_init__(self) -> None:
        _check("where", self.condition, self.autapses, self.within)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        chosen = (
            (block, self._holds(block, ends) & _allowed(block, ends, self.autapses))
            for block in blocks(ends, self.within)
        )
        return _joined(chosen, ends)

    def expected(self, ends: Ends) -> float:
        """Return about how many synapses there will be, from those of a few sources."""
        sampled = sampled_blocks(ends, self.within)
        counts = [float(np.sum(self._holds(block, ends))) for block in sampled]
        return _scaled(counts, ends)

    def _holds(self, block: Block, ends: Ends) -> NDArray[np.bool_]:
        label = "the condition of where"
        holds = block.call(self.condition, ends, label)
        if holds.dtype.kind != "b":
            raise ConnectError(
                f"{label} gave numbers of type {holds.dtype}: give true or false for each pair, as "
                "a comparison does; for probabilities there is bk.connect.prob"
            )
        return holds


@dataclass(frozen=True, eq=False)
class prob:
    """Connect each pair with a probability that follows the two neurons.

    ``bk.connect.prob(lambda distance: 0.3 * np.exp(-distance / 100.0))``

    Parameters
    ----------
    probability : function
        Gives a number from 0 to 1 for each pair; its arguments are those of `where`.
    autapses : bool
        Whether a neuron may connect to itself.
    within : float, optional
        Look only at pairs that are no farther apart, in the unit of the positions; the others are
        not connected. Where the probability is zero beyond that distance, the synapses are the same
        as without. Needs SciPy.

    Raises
    ------
    ConnectError
        If the probability is no function, names what the ends have not, or gives what is no
        probability.

    Notes
    -----
    A pair is connected where the number of its own, element ``pre * post_size + post`` of the
    rule's stream, lies below its probability: no pair depends on another one.
    """

    probability: Callable[..., Any]
    autapses: bool = True
    within: float | None = None

    def __post_init__(self) -> None:
        _check("prob", self.probability, self.autapses, self.within)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        key = random.next_key()
        kernels = random.kernels_for(float(ends.pre_size) * ends.post_size)

        def drawn(block: Block) -> NDArray[np.bool_]:
            probability = self._of(block, ends)
            if self.within is not None:
                return _uniform(key, block.cells(ends.post_size)) < probability
            # the elements of the whole block follow one another: compiled loops draw them
            numbers = np.empty(probability.size)
            first = int(block.pre[0, 0]) * ends.post_size
            kernels.uniform(key, first, numbers)
            return numbers.reshape(probability.shape) < probability

        chosen = (
            (block, drawn(block) & _allowed(block, ends, self.autapses))
            for block in blocks(ends, self.within)
        )
        return _joined(chosen, ends)

    def expected(self, ends: Ends) -> float:
        """Return about how many synapses there will be, from those of a few sources."""
        sampled = sampled_blocks(ends, self.within)
        return _scaled([float(np.sum(self._of(block, ends))) for block in sampled], ends)

    def _of(self, block: Block, ends: Ends) -> NDArray[np.float64]:
        label = "the probability of prob"
        given = block.call(self.probability, ends, label)
        if given.dtype.kind not in "fiu":
            raise ConnectError(
                f"{label} gave values of type {given.dtype}: give a number from 0 to 1 for each "
                "pair; for conditions there is bk.connect.where"
            )
        # written so that NaN is wrong too
        wrong = ~((given >= 0) & (given <= 1))
        if np.any(wrong):
            raise ConnectError(
                f"{label} gave {given[wrong].flat[0]:g}, but a probability is a number from 0 to 1"
            )
        return given.astype(np.float64, copy=False)


def _check(rule: str, function: object, autapses: object, within: object) -> None:
    if not is_function(function):
        raise ConnectError(
            f"{rule} has {function!r}: give a function of the two ends, as in "
            f"bk.connect.{rule}(lambda distance: ...)"
        )
    check_switches(rule, autapses=autapses)
    if within is not None and not (is_real(within) and within > 0):  # type: ignore[operator]
        raise ConnectError(f"{rule} has within={within!r}: give a distance above zero, or nothing")


def _allowed(block: Block, ends: Ends, autapses: bool) -> NDArray[np.bool_]:
    """Which pairs are no autapses, or all where these are allowed."""
    # a source has one autapse at most, so one number tells which pairs are left out
    excluded = excluded_targets(ends, autapses)
    allowed: NDArray[np.bool_] = excluded[block.pre] != block.post
    return allowed


def _joined(chosen: Iterator[tuple[Block, NDArray[np.bool_]]], ends: Ends) -> Pairs:
    """Put the chosen pairs of all blocks together."""
    counts = np.zeros(ends.pre_size, np.int64)
    targets = [np.empty(0, index_type(ends.post_size))]
    for block, holds in chosen:
        pre, post = block.pairs(holds)
        counts += np.bincount(pre, minlength=ends.pre_size)
        targets.append(post.astype(targets[0].dtype))
    rows = np.concatenate([[0], np.cumsum(counts)])
    return Pairs.by_rows(rows, np.concatenate(targets))


def _uniform(key: Key, elements: Indices) -> NDArray[np.float64]:
    """The numbers of elements of a stream, from [0, 1)."""
    numbers = elements.astype(np.uint64)
    x0 = numbers.astype(np.uint32)
    x1 = (numbers >> np.uint64(32)).astype(np.uint32)
    encrypt(key, x0, x1)
    uniform: NDArray[np.float64] = unit_float(x0, x1)
    return uniform


def _scaled(counts: list[float], ends: Ends) -> float:
    return ends.pre_size * float(np.mean(counts)) if counts else 0.0
