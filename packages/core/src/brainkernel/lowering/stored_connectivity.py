"""Connectivity whose synapses are drawn once and stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved
from brainkernel.errors import ConnectError
from brainkernel.lowering.connectivity import Connectivity, Ints
from brainkernel.lowering.row_parts import RowParts
from brainkernel.lowering.stored_values import AT_ONCE, Order, Placed, PlacedDelays, now, runs
from brainkernel.model.connection_rule import Ends, Pairs, check_pairs
from brainkernel.model.neuron import End
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels, Random, index_type


@dataclass(eq=False, kw_only=True)
class StoredConnectivity(Connectivity):
    """Synapses that lie in a table.

    Attributes
    ----------
    targets : array or Placed
        The target of each synapse, a neuron number within its group; in the table as soon as that
        stands.
    which : array or PlacedDelays
        For each synapse the place of its delay in `delays`, where there are several.
    exchangeable : bool
        Whether delays were drawn, so that those of equal synapses may change places.
    turns : array
        For each distinct delay, the row of a source that its synapses lie in.
    """

    targets: NDArray[Any] | Placed
    which: Any = field(default_factory=lambda: np.zeros(0, np.uint8))
    exchangeable: bool = False
    turns: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def copy(self) -> StoredConnectivity:
        """The same synapses for another layout, with values that can be exchanged."""
        return replace(self, which=self._which(), values=dict(self.values))

    @property
    def post(self) -> NDArray[Any]:
        """The target of each synapse, a neuron number within its group."""
        return self.targets if isinstance(self.targets, np.ndarray) else self.targets.now()

    @property
    def stored_size(self) -> int:
        """How many synapses lie in a table: all."""
        return self.size

    @property
    def drawn(self) -> None:
        """Nothing is drawn again."""

    @property
    def summable_delays(self) -> tuple[int, ...]:
        """All delays; with a dendritic one spikes wait.

        So each has the weight of the moment in which it passes the synapse.
        """
        return () if self.dendritic else self.delays

    def set_delays(self, delays: tuple[int, ...], indices: NDArray[Any], drawn: bool) -> None:
        """Take distinct delays in steps, and which of them each synapse has."""
        self.delays = delays
        self.which = self.stored(indices) if len(delays) > 1 else self.which
        self.exchangeable = drawn and self.number is None

    def steps(self, synapses: slice) -> Ints:
        """The delays of a part of the synapses, in steps."""
        return self._of_delays(np.array(self.delays, np.int64), synapses)

    def late_steps(self, synapses: slice) -> NDArray[np.uint8]:
        """What is left of the delays of a part of the synapses when the turn of their row comes."""
        left = np.array(self.delays, np.int64) % self.ring
        return self._of_delays(left.astype(np.uint8), synapses)

    def _of_delays(self, by_delay: NDArray[Any], synapses: slice) -> NDArray[Any]:
        which = self._which()
        if not which.size:
            return np.repeat(by_delay, synapses.stop - synapses.start)
        of_each: NDArray[Any] = by_delay[which[synapses]]
        return of_each

    def _which(self) -> NDArray[Any]:
        return np.asarray(self.which if isinstance(self.which, np.ndarray) else self.which.now())

    def defers(self, size: int) -> bool:
        """Whether values of single synapses are so many that they are drawn when needed."""
        return size >= AT_ONCE

    def check_new_value(self, name: str, value: object) -> None:
        """Whatever fits the synapses can be stored."""

    # -- order -------------------------------------------------------------------------------------

    def arrange(self, ring: int) -> None:
        """Put the synapses into their final order: by source, then target, then delay."""
        self.ring = ring
        if self.size and not self._in_order():
            self._sort([self.post, self.pre])
        if not (self.which.size and np.any(self._swapped())):
            return
        if not self.exchangeable:
            self._sort([self.which, self.post, self.pre])
            return
        while np.any(swapped := self._swapped()):
            # of several swapped pairs in a row, one at a time
            after_swapped = np.concatenate([[False], swapped[:-1]])
            first = np.flatnonzero(swapped & ~after_swapped)
            longer = self.which[first]
            shorter = self.which[first + 1]
            self.which[first] = shorter
            self.which[first + 1] = longer

    def _sort(self, keys: list[NDArray[Any]]) -> None:
        order = np.lexsort(keys)
        self.targets = self.post[order]
        if self.which.size:
            self.which = self.which[order]
        self.number = order if self.number is None else self.number[order]

    def _in_order(self) -> bool:
        post = self.post
        rising = post[1:] >= post[:-1]
        rising[self._ends()] = True
        return bool(np.all(rising))

    def _swapped(self) -> NDArray[np.bool_]:
        """Where a synapse is followed by one of the same ends with a shorter delay."""
        post = self.post
        same_target = post[1:] == post[:-1]
        shorter = self.which[1:] < self.which[:-1]
        swapped: NDArray[np.bool_] = same_target & shorter
        swapped[self._ends()] = False
        return swapped

    def _ends(self) -> Ints:
        """The last synapse of each source but the last."""
        begins = self.rows[1:-1]
        inside = (begins > 0) & (begins < self.size)
        return begins[inside] - 1

    # -- tables ------------------------------------------------------------------------------------

    def table_rows(self, fill: Callable[[], Ints]) -> Ints:
        """The rows of its table, into which the synapses are put."""
        return fill()

    def cut_rows(self, rows: Ints, parts: RowParts, targets: NDArray[Any]) -> Ints:
        """Cut the rows of its table into the parts of threads, by the targets in it."""
        return parts.cut(rows, targets)

    def put_values(self, name: str, table: NDArray[Any], order: Order, kernels: Kernels) -> None:
        """Put its values of a name into a table; those of a parameter are then kept there alone."""
        value = now(self.values[name])
        if isinstance(value, float):
            for _, positions in order.positions():
                table[positions] = value
            return
        self.deal(kernels, order, lambda synapses: value[synapses], table)
        declaration = self.projection.definition.declarations[name]
        if declaration.kind == "parameter":
            self.values[name] = Placed(table, order)

    def deal(
        self,
        kernels: Kernels,
        order: Order,
        values: Callable[[slice], NDArray[Any]],
        table: NDArray[Any],
    ) -> None:
        """Put values, given in the order of the projection, into their places in a table."""
        turns_of_source = order.counts.shape[1]
        if turns_of_source == 1 or not isinstance(self.which, np.ndarray):
            for synapses, positions in order.positions():
                table[positions] = values(synapses)
            return
        free = order.starts.copy()
        for synapses, rows in runs(np.diff(self.rows)):
            starts = self.rows[rows.start : rows.stop + 1]
            turns = self.turns[self.which[synapses]]
            kernels.deal_rows(starts, turns, free[rows], values(synapses), table)

    def give_up_delays(self, order: Order, left: NDArray[Any] | None, by_turn: Ints) -> None:
        """Keep the delays of many synapses in the table alone."""
        # few are kept as they are: to look them up in the table would save no memory worth its time
        if self.size >= AT_ONCE and self.which.size:
            delays = np.array(self.delays, np.int64)
            self.which = PlacedDelays(order, left, by_turn, delays)

    def rule_numbers(self) -> list[float]:
        """Nothing is drawn again."""
        return []

    def kept_bytes(self) -> dict[str, int]:
        """The bytes of what is kept besides the tables."""
        arrays = [array for array in (self.targets, self.number) if isinstance(array, np.ndarray)]
        delays = self.which.nbytes if isinstance(self.which, np.ndarray) else 0
        return {
            "targets": sum(array.nbytes for array in arrays),
            "delays": delays,
            "rows": self.rows.nbytes,
        }


def draw_and_store(
    projection: Synapse,
    seed: int,
    group_values: Mapping[str, Mapping[str, Resolved]],
    kernels: Kernels | None,
) -> StoredConnectivity:
    """Draw the synapses of a projection.

    Raises
    ------
    ConnectError
        With the projection's name.
    """
    pre, post, label = projection.pre, projection.post, projection._label()
    rule = projection.connect
    ends = Ends.between(pre, post, group_values)
    random = Random(seed, f"{label}.connect", kernels=kernels)
    try:
        pairs = rule.pairs(ends, random)
        check_pairs(rule, pairs, ends)
    except ConnectError as cause:
        raise ConnectError(f"{label} ({pre._label()} -> {post._label()}): {cause}") from cause
    return _by_source(projection, pairs)


def _by_source(projection: Synapse, pairs: Pairs) -> StoredConnectivity:
    """Count neurons within the whole groups, of which the ends may be slices."""
    pre, post = projection.pre, projection.post
    counts = np.zeros(pre._group._size, np.int64)
    counts[pre.ids] = np.diff(pairs.rows(pre._size))
    rows = np.concatenate([[0], np.cumsum(counts)])
    targets = pairs.post if _is_whole(post) else post.ids[pairs.post]
    targets = targets.astype(index_type(post._group._size), copy=False)
    number = None if pairs.order is None else np.asarray(pairs.order, dtype=np.int64)
    weights = None if pairs.values is None else np.asarray(pairs.values, dtype=np.float64)
    if np.any(np.diff(pre.ids) < 0):
        order = np.argsort(pre.ids[pairs.pre], kind="stable")
        targets = targets[order]
        number = order if number is None else number[order]
        weights = None if weights is None else weights[order]
    connectivity = StoredConnectivity(
        projection=projection, rows=rows, number=number, targets=targets
    )
    if weights is not None:
        _check_weight(projection)
        connectivity.values["weight"] = connectivity.by_user(weights)
    return connectivity


def _is_whole(end: End) -> bool:
    in_order = bool(np.all(np.diff(end.ids) == 1))
    return end._size == end._group._size and in_order


def _check_weight(projection: Synapse) -> None:
    """Refuse a rule's own values where no weight takes them: they must not vanish."""
    weight = projection.definition.declarations.get("weight")
    if weight is None or weight.per != "synapse":
        raise ConnectError(
            f"{projection._label()}: the rule gives a value for each synapse, but "
            f"{projection.definition.name} has no weight per synapse; give the rule a matrix of "
            "True and False, and the values by their name"
        )
    if "weight" in projection._given and "weight" not in projection._membership.set_later:
        raise ConnectError(
            f"{projection._label()}: the rule gives weights and so does weight=; give the rule "
            "True and False"
        )
