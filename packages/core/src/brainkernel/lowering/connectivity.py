"""Connectivity: the synapses of one projection.

It has two ways of being, `StoredConnectivity` and `RedrawnConnectivity`. Which one a projection has
is asked once, where it is connected; what is common to both, and what they differ in, stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.row_parts import RowParts
from brainkernel.lowering.stored_values import Order
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels

Ints = NDArray[np.int64]


@dataclass(eq=False, kw_only=True)
class Connectivity(ABC):
    """The synapses of a projection, in its own order: by source, then target, then delay.

    Attributes
    ----------
    projection : Synapse
        What is connected.
    rows : array
        For each neuron of the source's group its first synapse, and at last one past the end.
    number : array or None
        The user's number of each synapse: its place in what `from_ij` or an array of weights gave.
        None where all keep their place.
    delays : tuple of int
        The distinct delays in steps.
    dendritic : int
        The steps between a synapse and its target.
    ring : int
        Over how many steps what it brings is summed up; 0 where spikes wait.
    values : dict
        Parameters and first states, in this order.
    alike : tuple
        What was one number for all its synapses when it was made: projections that agree share a
        table.
    elements : dict
        For each third end the numbers of the neurons that are read.
    identities : array or None
        The number of each synapse that never changes, in the user's order, once synapses have been
        added or removed. None where it is the synapse's place.
    numbered : int
        How many such numbers were given; 0 where each synapse has its place.
    """

    projection: Synapse
    rows: Ints
    number: Ints | None = None
    delays: tuple[int, ...] = (0,)
    dendritic: int = 0
    ring: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    alike: tuple[tuple[str, float], ...] = ()
    elements: dict[str, Ints] = field(default_factory=dict)
    identities: Ints | None = None
    numbered: int = 0

    # -- common to both ----------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many synapses there are."""
        return int(self.rows[-1])

    @property
    def pre(self) -> Ints:
        """The source of each synapse, a neuron number within its group."""
        return np.repeat(np.arange(self.rows.size - 1), np.diff(self.rows))

    @property
    def numbers(self) -> Ints:
        """The number of each synapse that never changes, in the user's order."""
        return np.arange(self.size) if self.identities is None else self.identities

    def in_slice(self) -> NDArray[np.float64]:
        """One for each neuron of the target's group that belongs to the target end, else zero."""
        post = self.projection.post
        inside = np.zeros(post._group._size)
        inside[post.ids] = 1.0
        return inside

    def stored(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring values, one for each synapse as the user counts, into the projection's order."""
        return values if self.number is None else values[self.number]

    def by_user(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring values from the projection's order into the user's."""
        if self.number is None:
            return values
        ordered = np.empty_like(values)
        ordered[self.number] = values
        return ordered

    # -- what they differ in -----------------------------------------------------------------------

    @abstractmethod
    def copy(self) -> Connectivity:
        """The same synapses for another layout, with values that can be exchanged."""

    @property
    @abstractmethod
    def post(self) -> NDArray[Any]:
        """The target of each synapse, a neuron number within its group."""

    @property
    @abstractmethod
    def stored_size(self) -> int:
        """How many synapses lie in a table."""

    @property
    @abstractmethod
    def drawn(self) -> tuple[tuple[str, str], ...] | None:
        """The values that are drawn with each synapse, and from which distribution.

        None where synapses are stored.
        """

    @property
    @abstractmethod
    def summable_delays(self) -> tuple[int, ...]:
        """The delays over which what synapses bring may be summed up before it arrives."""

    @abstractmethod
    def set_delays(self, delays: tuple[int, ...], indices: NDArray[Any], drawn: bool) -> None:
        """Take distinct delays in steps, and which of them each synapse has.

        Where they were `drawn`, those of equal synapses may change places.
        """

    @abstractmethod
    def steps(self, synapses: slice) -> Ints:
        """The delays of a part of the synapses, in steps."""

    @abstractmethod
    def arrange(self, ring: int) -> None:
        """Put the synapses into their final order."""

    @abstractmethod
    def defers(self, size: int) -> bool:
        """Whether so many values of single synapses are drawn only when they are needed."""

    @abstractmethod
    def check_new_value(self, name: str, value: object) -> None:
        """Refuse a new value that cannot be kept."""

    @abstractmethod
    def table_rows(self, fill: Callable[[], Ints]) -> Ints:
        """The rows of its table, for one thread; `fill` puts stored synapses into it."""

    @abstractmethod
    def cut_rows(self, rows: Ints, parts: RowParts, targets: NDArray[Any]) -> Ints:
        """Cut the rows of its table into the parts of threads."""

    @abstractmethod
    def put_values(self, name: str, table: NDArray[Any], order: Order, kernels: Kernels) -> None:
        """Put its values of a name into a table, and keep them there alone."""

    @abstractmethod
    def give_up_delays(self, order: Order, left: NDArray[Any] | None, by_turn: Ints) -> None:
        """Keep the delays of many synapses in the table alone."""

    @abstractmethod
    def rule_numbers(self) -> list[float]:
        """What a program draws its rows from again; nothing where synapses are stored."""

    @abstractmethod
    def kept_bytes(self) -> dict[str, int]:
        """The bytes that it takes besides the tables, by kind."""
