"""Functions of pairs of neurons, called for blocks of pairs: so many fit into memory, not all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name
from brainkernel.errors import ConnectError, MissingDependencyError
from brainkernel.model.connection_rule import Ends, Indices
from brainkernel.model.pair_names import PairNames

PAIRS_AT_ONCE = 1 << 20
SOURCES_AT_ONCE = 1 << 12  # where only near targets are looked at
SAMPLED_SOURCES = 64  # to tell how many synapses are to be expected


@dataclass(frozen=True, eq=False)
class Block:
    """Some sources with all targets that they may meet.

    Attributes
    ----------
    pre, post : integer arrays
        Places in the ends, of shapes that broadcast to `shape`.
    shape : tuple of int
        That of the pairs.
    """

    pre: Indices
    post: Indices
    shape: tuple[int, ...]

    def call(self, function: Callable[..., Any], ends: Ends, label: str) -> NDArray[Any]:
        """Call a function with what it names of these pairs; its values have the block's shape.

        Raises
        ------
        ConnectError
            Where it names what there is not, or gives another shape.
        UserFunctionError
            Where it raises itself.
        """
        names = PairNames(ends, {"pre": self.pre, "post": self.post})
        values = np.asarray(call_by_name(function, label, names, ConnectError))
        try:
            return np.broadcast_to(values, self.shape)
        except ValueError as cause:
            raise ConnectError(
                f"{label} gave shape {values.shape} for pairs of shape {self.shape}: compute "
                "element by element, as in lambda x_pre, x_post: abs(x_pre - x_post) < 2.0"
            ) from cause

    def cells(self, post_size: int) -> Indices:
        """The number of each pair's cell, ``pre * post_size + post``."""
        cells = self.pre * post_size + self.post
        return np.broadcast_to(cells, self.shape)

    def pairs(self, chosen: NDArray[np.bool_]) -> tuple[Indices, Indices]:
        """The sources and targets of chosen pairs, by source, then target."""
        pre = np.broadcast_to(self.pre, self.shape)[chosen]
        post = np.broadcast_to(self.post, self.shape)[chosen]
        return pre, post


def blocks(ends: Ends, within: float | None) -> Iterator[Block]:
    """Go through all pairs, or those of neurons no farther apart than `within`, in order."""
    if within is None:
        sources = max(1, PAIRS_AT_ONCE // max(1, ends.post_size))
        yield from (
            all_targets(ends, np.arange(first, min(first + sources, ends.pre_size)))
            for first in range(0, ends.pre_size, sources)
        )
        return
    near = _Neighbours(ends, within)
    for first in range(0, ends.pre_size, SOURCES_AT_ONCE):
        yield near.of(np.arange(first, min(first + SOURCES_AT_ONCE, ends.pre_size)))


def all_targets(ends: Ends, sources: Indices) -> Block:
    """Some sources with every target."""
    targets = np.arange(ends.post_size)
    return Block(sources[:, None], targets[None, :], (sources.size, targets.size))


def sampled_blocks(ends: Ends, within: float | None) -> Iterator[Block]:
    """Go through the pairs of a few sources, evenly taken from all."""
    count = min(SAMPLED_SOURCES, ends.pre_size)
    sources = np.linspace(0, ends.pre_size - 1, count).astype(np.int64)
    near = None if within is None else _Neighbours(ends, within)
    for source in sources:
        yield all_targets(ends, source[None]) if near is None else near.of(source[None])


class _Neighbours:
    """Finds targets near to sources."""

    def __init__(self, ends: Ends, within: float) -> None:
        try:
            from scipy.spatial import cKDTree
        except ImportError as cause:
            raise MissingDependencyError(
                "within=... needs SciPy, which finds the neurons that are near: pip install scipy"
            ) from cause
        positions = ends.pre_positions, ends.post_positions
        if positions[0] is None or positions[1] is None:
            raise ConnectError(
                "within=... needs to know where neurons are: give positions=... to both groups"
            )
        self.within = within
        self._positions = positions[0]
        self._tree = cKDTree(positions[1])

    def of(self, sources: Indices) -> Block:
        """Some sources with the targets near to them."""
        found = self._tree.query_ball_point(
            self._positions[sources], self.within, return_sorted=True
        )
        counts = np.array([len(targets) for targets in found], np.int64)
        # sorted, so that the synapses of a source come in the order of targets
        targets = np.concatenate([np.asarray(near, np.int64) for near in found])
        return Block(np.repeat(sources, counts), targets, targets.shape)
