"""Given values and connection rules become numbers.

What is drawn or computed once, before the first step.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.base.given_values import Resolved, resolve
from brainkernel.errors import ConnectError, DelayError, ValueShapeError
from brainkernel.lowering.redrawn import Regenerated, is_procedural
from brainkernel.lowering.stored_values import AT_ONCE, Deferred, Placed
from brainkernel.model.bounds import check_bounds
from brainkernel.model.connection_rule import Ends, Pairs, check_pairs
from brainkernel.model.neuron import End, Member, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels, Random, index_type


@dataclass
class Connectivity:
    """A projection with its synapses, in their own order.

    By source, then delay where spikes wait, then target.

    Attributes
    ----------
    rows : array
        For each neuron of the source's group its first synapse, and at last one past the end.
    targets : array, Placed or Regenerated
        The target of each synapse, a neuron number within its group; in the table as soon as that
        stands, or nowhere.
    number : array or None
        The user's number of each synapse: its place in what `from_ij` or an array of weights gave.
        None where all keep their place.
    delays : tuple of int
        The distinct delays in steps.
    which : array or PlacedDelays
        For each synapse the place of its delay in `delays`, where there are several.
    ring : int
        Over how many steps what it brings is summed up; 0 where spikes wait.
    dendritic : int
        The steps between a synapse and its target.
    values : dict
        Parameters and first states, in this order.
    exchangeable : bool
        Whether delays were drawn, so that those of equal synapses may change places.
    turns : array
        For each distinct delay, the row of a source that its synapses lie in.
    alike : tuple
        What was one number for all its synapses when it was made: projections that agree share a
        table.
    """

    projection: Synapse
    rows: NDArray[np.int64]
    targets: NDArray[Any] | Placed | Regenerated
    number: NDArray[np.int64] | None
    delays: tuple[int, ...]
    which: Any
    ring: int = 0
    dendritic: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    exchangeable: bool = False
    turns: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.uint8))
    alike: tuple[tuple[str, float], ...] = ()

    @property
    def size(self) -> int:
        """How many synapses there are."""
        return int(self.rows[-1])

    @property
    def pre(self) -> NDArray[np.int64]:
        """The source of each synapse, a neuron number within its group."""
        return np.repeat(np.arange(self.rows.size - 1), np.diff(self.rows))

    @property
    def post(self) -> NDArray[Any]:
        """The target of each synapse, a neuron number within its group."""
        return self.targets if isinstance(self.targets, np.ndarray) else self.targets.now()

    def steps(self, some: slice) -> NDArray[np.int64]:
        """The delays of some synapses."""
        which = self.which if isinstance(self.which, np.ndarray) else self.which.now()
        delays = np.array(self.delays, np.int64)
        return delays[which[some]] if which.size else np.repeat(delays, some.stop - some.start)

    def late_steps(self, some: slice) -> NDArray[np.uint8]:
        """What is left of the delays of some synapses, when the turn of their row has come."""
        left = (np.array(self.delays, np.int64) % self.ring).astype(np.uint8)
        return (
            left[self.which[some]] if self.which.size else np.repeat(left, some.stop - some.start)
        )

    def in_slice(self) -> NDArray[np.float64]:
        """One for each neuron of the target's group that belongs to the target end, else zero."""
        post = self.projection.post
        inside = np.zeros(post.group.size)
        inside[post.ids] = 1.0
        return inside

    def stored(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring values, one for each synapse as the user counts, into the order of this projection."""
        return values if self.number is None else values[self.number]

    def by_user(self, values: NDArray[Any]) -> NDArray[Any]:
        """Bring values from the order of this projection into the user's."""
        if self.number is None:
            return values
        ordered = np.empty_like(values)
        ordered[self.number] = values
        return ordered

    def arrange(self, ring: int) -> None:
        """Put the synapses into their final order: by source, then target, then delay."""
        self.ring = ring
        if isinstance(self.targets, Regenerated):
            return
        if self.size and not self._in_order():
            self._sort([self.post, self.pre])
        if self.which.size and np.any(self._swapped()):
            if self.exchangeable:
                while np.any(swapped := self._swapped()):
                    first = np.flatnonzero(swapped & ~np.concatenate([[False], swapped[:-1]]))
                    self.which[first], self.which[first + 1] = (
                        self.which[first + 1],
                        self.which[first],
                    )
            else:
                self._sort([self.which, self.post, self.pre])

    def _sort(self, keys: list[NDArray[Any]]) -> None:
        order = np.lexsort(keys)
        self.targets, self.which = (
            self.post[order],
            self.which[order] if self.which.size else self.which,
        )
        self.number = order if self.number is None else self.number[order]

    def _in_order(self) -> bool:
        post = self.post
        rising = post[1:] >= post[:-1]
        rising[self._ends()] = True
        return bool(np.all(rising))

    def _swapped(self) -> NDArray[np.bool_]:
        """Where a synapse is followed by one of the same source and target with a shorter delay."""
        post = self.post
        swapped: NDArray[np.bool_] = (post[1:] == post[:-1]) & (self.which[1:] < self.which[:-1])
        swapped[self._ends()] = False
        return swapped

    def _ends(self) -> NDArray[np.int64]:
        """The last synapse of each source but the last."""
        begins = self.rows[1:-1]
        return begins[(begins > 0) & (begins < self.size)] - 1


def group_values(group: Neuron, seed: int, dt: float) -> dict[str, Resolved]:
    """Parameters and first states of a neuron group."""
    context = {"dt": dt, "n": group.size, "positions": group.positions}
    values: dict[str, Resolved] = {}
    for name in (*group.definition.names("parameter"), *group.definition.names("state")):
        value = group.given_or_default(name)
        follows = isinstance(value, str) and name not in group.given
        values[name] = (
            values[str(value)]
            if follows
            else _resolve(group, name, value, group.size, seed, context)
        )
    return values


def wire(projection: Synapse, seed: int, dt: float, kernels: Kernels | None = None) -> Connectivity:
    """Draw the connectivity and the delays of a projection.

    Raises
    ------
    ConnectError, DelayError, ValueShapeError
        With the projection's name.
    """
    pre, post, label = projection.pre, projection.post, projection.label()
    if is_procedural(projection):
        regenerated = Regenerated(projection, seed, kernels)
        wired = Connectivity(
            projection, regenerated.rows(), regenerated, None, (0,), np.zeros(0, np.uint8)
        )
        _give_delays(wired, seed, dt, kernels)
        return wired
    same = pre.group is post.group
    ends = Ends(pre.size, post.size, pre.ids if same else None, post.ids if same else None)
    try:
        pairs = projection.connect.pairs(ends, Random(seed, f"{label}.connect", kernels=kernels))
        check_pairs(projection.connect, pairs, ends)
    except ConnectError as cause:
        raise ConnectError(f"{label} ({pre.label()} -> {post.label()}): {cause}") from cause
    wired = _by_source(projection, pairs)
    _give_delays(wired, seed, dt, kernels)
    return wired


def _by_source(projection: Synapse, pairs: Pairs) -> Connectivity:
    """Count neurons within the whole groups, of which the ends may be slices."""
    pre, post = projection.pre, projection.post
    counts = np.zeros(pre.group.size, np.int64)
    counts[pre.ids] = np.diff(pairs.rows(pre.size))
    rows = np.concatenate([[0], np.cumsum(counts)])
    targets = pairs.post if _is_whole(post) else post.ids[pairs.post]
    targets = targets.astype(index_type(post.group.size), copy=False)
    number = None if pairs.order is None else np.asarray(pairs.order, dtype=np.int64)
    given = None if pairs.values is None else np.asarray(pairs.values, dtype=np.float64)
    if np.any(np.diff(pre.ids) < 0):
        order = np.argsort(pre.ids[pairs.pre], kind="stable")
        targets, number = targets[order], order if number is None else number[order]
        given = None if given is None else given[order]
    wired = Connectivity(projection, rows, targets, number, (0,), np.zeros(0, np.uint8))
    if given is not None:
        _check_weight(projection)
        wired.values["weight"] = wired.by_user(given)
    return wired


def _is_whole(end: End) -> bool:
    return end.size == end.group.size and bool(np.all(np.diff(end.ids) == 1))


def _give_delays(wired: Connectivity, seed: int, dt: float, kernels: Kernels | None) -> None:
    projection = wired.projection
    what = f"the delay of {projection.label()}"
    delay = 0.0 if projection.delay is None else projection.delay
    rng = Random(seed, f"{projection.label()}.delay", wired.size, kernels)
    given = (
        call_by_name(delay, what, _with(rng, _Context(wired, dt)), DelayError)
        if is_function(delay)
        else delay
    )
    resolved = resolve(given, "ms", what, wired.size, {}, copy=not is_function(delay))
    if isinstance(resolved, float):
        wired.delays = (int(whole_steps(resolved, dt, what, DelayError, rounded=given)),)
    elif wired.size:
        wired.delays, which = _distinct(resolved, dt, what, given)
        wired.which = wired.stored(which) if len(wired.delays) > 1 else wired.which
        wired.exchangeable = callable(delay) and wired.number is None
    what = f"the dendritic delay of {projection.label()}"
    dendritic = 0.0 if projection.dendritic_delay is None else projection.dendritic_delay
    wired.dendritic = int(whole_steps(dendritic, dt, what, DelayError))


def _distinct(
    delays: NDArray[np.float64], dt: float, what: str, given: object
) -> tuple[tuple[int, ...], NDArray[Any]]:
    """Find the distinct delays in steps, and which of them each synapse has, with little room besides."""
    longest, kind = (
        float(delays.max()) / dt,
        np.asarray(getattr(given, "magnitude", given)).dtype.type(0),
    )
    steps = np.empty(delays.size, np.uint16 if longest < LONGEST - 1 else np.int64)
    parts = [slice(first, first + AT_ONCE) for first in range(0, delays.size, AT_ONCE)]
    for some in parts:
        steps[some] = whole_steps(delays[some], dt, what, DelayError, rounded=kind)
    if steps.dtype != np.uint16:
        found, which = np.unique(steps, return_inverse=True)
        return tuple(int(delay) for delay in found), which
    present = np.zeros(LONGEST, np.bool_)
    for some in parts:
        present[steps[some]] = True
    found = np.flatnonzero(present)
    place = np.cumsum(present) - 1
    place = place.astype(np.min_scalar_type(max(found.size - 1, 0)))
    which = np.empty(delays.size, place.dtype)
    for some in parts:
        which[some] = place[steps[some]]
    return tuple(int(delay) for delay in found), which


LONGEST = 1 << 16  # steps: up to here delays are told apart by counting


def _with(rng: Random, context: Mapping[str, object]) -> Mapping[str, object]:
    """What a function may name, and random numbers of its own."""
    return ChainMap({"rng": rng}, context)  # type: ignore[arg-type]  # which is only read


class _Context(Mapping[str, object]):
    """What a function of a projection may name.

    The ends of all synapses are listed only where it names them.
    """

    def __init__(self, wired: Connectivity, dt: float) -> None:
        self._wired = wired
        self._known = {"dt": dt, "n": wired.size}

    def __getitem__(self, name: str) -> object:
        if name in ("pre", "post"):
            return self._wired.by_user(getattr(self._wired, name).astype(np.int64))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._known, "pre", "post"))

    def __len__(self) -> int:
        return len(self._known) + 2


def give_values(wired: Connectivity, seed: int, dt: float, kernels: Kernels | None = None) -> None:
    """Resolve the parameters and first states of a projection whose synapses are in their final order."""
    wired.values = _projection_values(
        wired, seed, _Context(wired, dt), wired.values.get("weight"), kernels
    )
    numbers = (
        (name, wired.values[name]) for name in wired.projection.definition.names("parameter")
    )
    wired.alike = tuple((name, value) for name, value in numbers if isinstance(value, float))


def _projection_values(
    wired: Connectivity,
    seed: int,
    context: Mapping[str, object],
    given: Resolved | None,
    kernels: Kernels | None,
) -> dict[str, Any]:
    projection = wired.projection
    values: dict[str, Any] = {}
    for name in projection.definition.names("parameter", "state"):
        declaration = projection.definition.declarations[name]
        value = projection.given_or_default(name)
        if given is not None and name == "weight" and name not in projection._membership.set_later:
            value = given
        size = level_size(projection, declaration.per, wired.size)
        own = _context(projection, declaration.per, size, context)
        draw = partial(_own_values, wired, name, value, size, seed, own, kernels)
        large = size >= AT_ONCE or is_procedural(projection)
        late = declaration.per == "synapse" and large and callable(value)
        values[name] = Deferred(draw) if late else draw()
    return values


def _own_values(
    wired: Connectivity,
    name: str,
    value: object,
    size: int,
    seed: int,
    context: Mapping[str, object],
    kernels: Kernels | None,
) -> Resolved:
    return end_values(
        wired, name, _resolve(wired.projection, name, value, size, seed, context, kernels)
    )


def _context(
    projection: Synapse, per: str | None, size: int, context: Mapping[str, object]
) -> Mapping[str, object]:
    """What a function may name.

    The two neurons of each synapse, or the neurons of the one end that has the values.
    """
    if per == "synapse":
        return context
    ends = {"pre": projection.pre.ids, "post": projection.post.ids}
    known = {"dt": context["dt"], "n": size}
    return {**known, per: ends[per]} if per else known


def _check_weight(projection: Synapse) -> None:
    """Refuse a rule's own values where no weight takes them: they must not vanish."""
    weight = projection.definition.declarations.get("weight")
    if weight is None or weight.per != "synapse":
        raise ConnectError(
            f"{projection.label()}: the rule gives a value for each synapse, but "
            f"{projection.definition.name} has no "
            "weight per synapse; give the rule a matrix of True and False, and the values by their "
            "name"
        )
    if "weight" in projection.given and "weight" not in projection._membership.set_later:
        raise ConnectError(
            f"{projection.label()}: the rule gives weights and so does weight=; give the rule True "
            "and False"
        )


def level_size(projection: Synapse, per: str | None, synapses: int) -> int:
    """How many values there are of data with a given ``per``, as the user counts them."""
    return {None: 1, "synapse": synapses, "pre": projection.pre.size, "post": projection.post.size}[
        per
    ]


def end_values(wired: Connectivity, name: str, value: Resolved) -> Resolved:
    """Bring values into the stored order.

    Of synapses, or of the whole group where an end is a slice of it.
    """
    projection = wired.projection
    per = projection.definition.declarations[name].per
    if isinstance(value, float):
        return value
    if per is None:
        raise ValueShapeError(
            f"{projection.label()}.{name} is one value for all its synapses; give one number"
        )
    if per == "synapse":
        return wired.stored(value)
    end = projection.pre if per == "pre" else projection.post
    whole = np.full(end.group.size, value[0])
    whole[end.ids] = value
    return whole


def _resolve(
    member: Member,
    name: str,
    value: object,
    size: int,
    seed: int,
    context: Mapping[str, object],
    kernels: Kernels | None = None,
) -> Resolved:
    what = f"{member.label()}.{name}"
    if value is None:
        raise ValueShapeError(f"{what} has no value: give {name}=...")
    rng = Random(seed, what, size, kernels)
    return resolve_for(member, name, value, size, _with(rng, context))


def resolve_for(
    member: Member, name: str, value: object, size: int, context: Mapping[str, object]
) -> Resolved:
    """Turn what was given for a member's parameter or state into numbers that keep to its bounds.

    Raises
    ------
    ValueShapeError, UnitError, UserFunctionError
        With the member's name.
    """
    declaration = member.definition.declarations[name]
    shape = member.shape if isinstance(member, Neuron) else ()
    what = f"{member.label()}.{name}"
    resolved = resolve(
        value, declaration.unit, what, size, context, shape, finite=declaration.finite
    )
    check_bounds(member.label(), name, declaration, resolved, {})
    return resolved
