"""What a connection rule is given and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import ConnectError
from brainkernel.model.derived_quantities import (
    base_names,
    composed,
    evaluated,
    of_single_neurons,
    own_quantities,
)
from brainkernel.model.step_function import StepFunction
from brainkernel.random import Random

Indices = NDArray[np.int64]
Positions = NDArray[np.float64]
Value = float | NDArray[np.float64]

CHUNK = 1 << 20  # elements checked at a time


class End(Protocol):
    """A group of neurons, or a slice of one."""

    @property
    def _group(self) -> Any:
        """The whole group, which knows the ``positions`` of its neurons."""

    @property
    def ids(self) -> Indices:
        """The numbers of the neurons in the group."""

    @property
    def _size(self) -> int:
        """How many neurons there are."""


@dataclass(frozen=True, eq=False)
class Ends:
    """The two ends of a projection.

    Attributes
    ----------
    pre_size, post_size : int
        Numbers of neurons.
    pre_ids, post_ids : int64 arrays, or None
        Number of each neuron in its group, given where both ends belong to one group. An autapse
        joins equal numbers.
    pre_positions, post_positions : float arrays of shape (size, 1 to 3), or None
        Where the neurons are, in the order in which `pairs` counts them; None for a group that was
        made without ``positions=``.
    pre_values, post_values : mappings
        The parameters, first states and what is derived from these of each end by name: a number,
        or an array of one for each neuron, in the order in which `pairs` counts them.
    """

    pre_size: int
    post_size: int
    pre_ids: Indices | None = None
    post_ids: Indices | None = None
    pre_positions: Positions | None = None
    post_positions: Positions | None = None
    pre_values: Mapping[str, Value] = field(default_factory=dict)
    post_values: Mapping[str, Value] = field(default_factory=dict)

    @classmethod
    def between(
        cls,
        pre: End,
        post: End,
        values: Mapping[str, Mapping[str, Value]] | None = None,
    ) -> Ends:
        """Describe two groups or slices, with the values of groups by name where these are given.

        The values of a group are one for each neuron of the whole group, or one for all.
        """
        same = pre._group is post._group
        values = {} if values is None else values
        return cls(
            pre._size,
            post._size,
            pre_ids=pre.ids if same else None,
            post_ids=post.ids if same else None,
            pre_positions=_positions(pre),
            post_positions=_positions(post),
            pre_values=_values_of(pre, values),
            post_values=_values_of(post, values),
        )

    def __post_init__(self) -> None:
        for name, ids, size in (
            ("pre", self.pre_ids, self.pre_size),
            ("post", self.post_ids, self.post_size),
        ):
            if ids is not None and (ids.shape != (size,) or np.unique(ids).size < size):
                raise ConnectError(
                    f"the {name} end must name each of its {size} neurons once, but names {ids}"
                )

    def selves(self) -> tuple[Indices, Indices]:
        """Return the local pairs `(pre, post)` that are one neuron, in order of post."""
        if self.pre_ids is None or self.post_ids is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        _, pre, post = np.intersect1d(
            self.pre_ids, self.post_ids, assume_unique=True, return_indices=True
        )
        order = np.argsort(post)
        return pre[order].astype(np.int64), post[order].astype(np.int64)


class EndValues(Mapping[str, Value]):
    """The values of the neurons of an end by name; each is copied or computed when looked up.

    Parameters
    ----------
    values : mapping
        Those of the whole group: a number, or an array of one for each neuron.
    ids : int64 array
        The neurons of the end.
    derived : tuple of StepFunction
        The derived quantities of the group, each after those that it reads. Those that follow from
        the values and the time, which is zero, are among the values of the end.
    """

    def __init__(
        self,
        values: Mapping[str, Value],
        ids: Indices,
        derived: tuple[StepFunction, ...] = (),
    ) -> None:
        self._values, self._ids = values, ids
        single = of_single_neurons(derived)
        quantities = own_quantities(single)
        self._derived: dict[str, StepFunction] = {}
        for function in single:
            name = function.targets[0]
            if {*values, "t"}.issuperset(base_names([name], quantities)):
                self._derived[name] = composed(function, quantities)

    def __getitem__(self, name: str) -> Value:
        value = self._computed(name) if name in self._derived else self._values[name]
        return value if isinstance(value, float) else value[self._ids]

    def _computed(self, name: str) -> Value:
        def read_first(argument: str) -> Value:
            return 0.0 if argument == "t" else self._values[argument]

        value = np.asarray(evaluated(self._derived[name], read_first), np.float64)
        return value if value.ndim else float(value)

    def __iter__(self) -> Iterator[str]:
        yield from self._values
        yield from self._derived

    def __len__(self) -> int:
        return len(self._values) + len(self._derived)


def _values_of(end: End, values: Mapping[str, Mapping[str, Value]]) -> EndValues:
    """The values of an end, of those of groups by name."""
    group = end._group
    of_group = values.get(str(group.name), {})
    return EndValues(of_group, end.ids, group.definition.derived if of_group else ())


def _positions(end: End) -> Positions | None:
    """Where the neurons of an end are, read-only."""
    if end._group.positions is None:
        return None
    positions: Positions = end._group.positions[end.ids]
    positions.flags.writeable = False
    return positions


def excluded_targets(ends: Ends, autapses: bool) -> Indices:
    """Return for each source the target that it may not have.

    `post_size`, which is none, where it may have all.
    """
    excluded = np.full(ends.pre_size, ends.post_size)
    if not autapses:
        pre, post = ends.selves()
        excluded[pre] = post
    return excluded


class Pairs:
    """The synapses of a projection, sorted by source.

    Synapses of one source are sorted by target where the rule made them up, and keep the user's
    order where the user listed them.

    Parameters
    ----------
    pre, post : integer arrays
        Local indices into the two ends, one element for each synapse; `pre` never falls. Rules that
        make many synapses use `by_rows`, which takes less memory.
    order : int64 array, or None
        `order[k]` is the position of synapse k in the user's list: whatever else the user lists in
        that order, say `weights`, is stored as `weights[order]`. None where no list was given.
    values : array, or None
        A value for each synapse where the rule carries them (a matrix does), to be the default of
        `weight`.

    Attributes
    ----------
    post, order, values : arrays
        As given.
    """

    def __init__(
        self,
        pre: NDArray[np.integer],
        post: NDArray[np.integer],
        order: Indices | None = None,
        values: NDArray[Any] | None = None,
    ) -> None:
        self._pre: NDArray[np.integer] | None = pre
        self._rows: Indices | None = None
        self.post, self.order, self.values = post, order, values

    @classmethod
    def by_rows(
        cls,
        rows: Indices,
        post: NDArray[np.integer],
        order: Indices | None = None,
        values: NDArray[Any] | None = None,
    ) -> Pairs:
        """Make pairs of which those of source i are `rows[i]` to `rows[i + 1]`.

        Parameters
        ----------
        rows : int64 array of shape (pre_size + 1,)
            Begins with 0, never falls, and ends with the number of synapses.
        post : integer array
            Targets, best of the smallest type that holds `post_size - 1`:
            `brainkernel.connect.index_type(post_size)`.
        order, values : arrays, or None
            As for `Pairs`.
        """
        pairs = cls(rows, post, order, values)
        pairs._pre, pairs._rows = None, rows
        return pairs

    def __len__(self) -> int:
        return len(self.post)

    @property
    def pre(self) -> NDArray[np.integer]:
        """Source of each synapse; computed at each call where the pairs were made by rows."""
        if self._pre is not None:
            return self._pre
        assert self._rows is not None
        return np.repeat(np.arange(self._rows.size - 1), np.diff(self._rows))

    def rows(self, pre_size: int) -> Indices:
        """Return where the synapses of each source begin, and behind the last one their number."""
        if self._rows is not None:
            return self._rows
        return np.searchsorted(self.pre, np.arange(pre_size + 1))

    def faults(self, ends: Ends) -> Iterator[str]:
        """Say in what the contract is broken, in words that follow the name of a rule."""
        if self._rows is not None:
            yield from _faults_of_rows(self._rows, len(self), ends.pre_size)
        elif self.pre.shape != self.post.shape or self.pre.ndim != 1:
            yield "gave `pre` and `post` of different shapes"
        else:
            if any(np.any(part[1:] < part[:-1]) for part in _overlapping(self.pre)):
                yield "gave `pre` that is not sorted"
            if _outside(self.pre, ends.pre_size):
                yield f"gave `pre` outside 0 to {ends.pre_size - 1}"
        if _outside(self.post, ends.post_size):
            yield f"gave `post` outside 0 to {ends.post_size - 1}"


class Rule(Protocol):
    """A connection rule: whatever has this one method.

    Plugins add rules by the hook `brainkernel_connectors`. A rule is an object, and its parameters
    are its own: it is given the two ends and random numbers, and nothing else.

    What else it may have:

    - a method `expected(ends) -> float`, the number of synapses on average, found without drawing
      them, for estimates of the memory that a network needs;
    - a property `gives_weights`, true where its pairs come with a value for each synapse;
    - a method `row_walk()`, for synapses that need not be stored: see
      `brainkernel.model.redrawing.RedrawableRule`.
    """

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends.

        The same for each `random` of the same seed and name.
        """


def check_pairs(rule: object, pairs: Pairs, ends: Ends) -> Pairs:
    """Return the pairs of a rule if they keep the contract of `Pairs`.

    Raises
    ------
    ConnectError
        Where they do not.
    """
    if not isinstance(pairs, Pairs):
        raise ConnectError(
            f"the connection rule {rule!r} gave a {type(pairs).__name__}: return "
            "brainkernel.connect.Pairs(pre, post), "
            "or report it to the author of the rule"
        )
    for fault in pairs.faults(ends):
        raise ConnectError(
            f"the connection rule {rule!r} {fault}; report it to the author of the rule"
        )
    return pairs


def _faults_of_rows(rows: Indices, synapses: int, pre_size: int) -> Iterator[str]:
    if rows.shape != (pre_size + 1,):
        yield f"gave `rows` of shape {rows.shape} for {pre_size} sources, not ({pre_size + 1},)"
    elif rows[0] != 0 or rows[-1] != synapses or np.any(np.diff(rows) < 0):
        yield f"gave `rows` that do not rise from 0 to its {synapses} synapses"


def _overlapping(index: NDArray[np.integer]) -> Iterator[NDArray[np.integer]]:
    return (index[first : first + CHUNK + 1] for first in range(0, index.size, CHUNK))


def _outside(index: NDArray[np.integer], size: int) -> bool:
    return bool(index.size and (index.min() < 0 or index.max() >= size))
