"""What a connection rule is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ConnectError
from brainkernel.random import Random

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ends:
    """The two ends of a projection.

    Attributes
    ----------
    pre_size, post_size : int
        Numbers of neurons.
    pre_ids, post_ids : int64 arrays, or None
        Global number of each neuron, given where both ends belong to one group. An autapse joins equal numbers.
    """

    pre_size: int
    post_size: int
    pre_ids: Indices | None = None
    post_ids: Indices | None = None

    def __post_init__(self) -> None:
        for name, ids, size in (("pre", self.pre_ids, self.pre_size), ("post", self.post_ids, self.post_size)):
            if ids is not None and (ids.shape != (size,) or np.unique(ids).size < size):
                raise ConnectError(f"the {name} end must name each of its {size} neurons once, but names {ids}")

    def selves(self) -> tuple[Indices, Indices]:
        """Return the local pairs `(pre, post)` that are one and the same neuron, in order of post."""
        if self.pre_ids is None or self.post_ids is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        _, pre, post = np.intersect1d(self.pre_ids, self.post_ids, assume_unique=True, return_indices=True)
        order = np.argsort(post)
        return pre[order].astype(np.int64), post[order].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The synapses of a projection, by source and, within a source, in the order in which they are numbered.

    Attributes
    ----------
    pre, post : int64 arrays
        Local indices into the two ends, one element for each synapse; `pre` never falls. Synapses of one source are
        sorted by target where the rule made them up, and keep the user's order where the user listed them.
    order : int64 array, or None
        `order[k]` is the position of synapse k in the user's list: whatever else the user lists in that order, say
        `weights`, is stored as `weights[order]`. None where no list was given.
    values : array, or None
        A value for each synapse where the rule carries them (a matrix does), to be the default of `weight`.
    """

    pre: Indices
    post: Indices
    order: Indices | None = None
    values: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.pre)


class Rule(Protocol):
    """A connection rule: whatever has this one method. Plugins add rules by the hook `brainkernel_connectors`."""

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends; the same for each `random` of the same seed and name."""


def check_pairs(rule: object, pairs: Pairs, ends: Ends) -> Pairs:
    """Return the pairs of a rule if they keep the contract of `Pairs`, else raise `ConnectError`."""
    faults = (
        (pairs.pre.shape != pairs.post.shape or pairs.pre.ndim != 1, "gave `pre` and `post` of different shapes"),
        (np.any(np.diff(pairs.pre) < 0), "gave `pre` that is not sorted"),
        (_outside(pairs.pre, ends.pre_size), f"gave `pre` outside 0 to {ends.pre_size - 1}"),
        (_outside(pairs.post, ends.post_size), f"gave `post` outside 0 to {ends.post_size - 1}"),
    )
    for wrong, what in faults:
        if wrong:
            raise ConnectError(f"the connection rule {rule!r} {what}; report it to the author of the rule")
    return pairs


def _outside(index: Indices, size: int) -> bool:
    return bool(np.any((index < 0) | (index >= size)))
