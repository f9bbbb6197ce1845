"""The synapses of a projection after some were added or removed, or were given other delays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved
from brainkernel.lowering.connectivity import Ints
from brainkernel.lowering.stored_connectivity import StoredConnectivity
from brainkernel.lowering.stored_values import now


@dataclass(frozen=True, eq=False)
class NewSynapses:
    """Synapses that a projection is to have besides, in the order in which they are given.

    Attributes
    ----------
    sources, targets : arrays
        The two ends of each, neuron numbers within the groups.
    steps : array
        The delay of each in steps.
    values : mapping
        The parameters and first states of single synapses: a number, or one for each.
    """

    sources: Ints
    targets: Ints
    steps: Ints
    values: Mapping[str, Resolved] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.sources.size)


NOTHING = NewSynapses(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class Change:
    """How the synapses of a projection become others.

    Attributes
    ----------
    before, after : StoredConnectivity
        The projection's synapses.
    kept : array of bool
        Which synapses stay, in the projection's order before.
    new : NewSynapses
        Which are added.
    order : array
        The projection's order after, among the synapses that stay, followed by the new ones.
    """

    before: StoredConnectivity
    after: StoredConnectivity
    kept: NDArray[np.bool_]
    new: NewSynapses
    order: Ints

    @property
    def name(self) -> str:
        """The name of the projection."""
        return str(self.before.projection.name)

    def merged(self, stored: NDArray[Any], added: Any) -> NDArray[Any]:
        """Bring values of the synapses before, and of the new ones, into the order after."""
        of_new = np.broadcast_to(np.asarray(added, stored.dtype), (self.new.size,))
        both = np.concatenate([stored[self.kept], of_new])
        return both[self.order]


def changed_synapses(
    before: StoredConnectivity,
    kept: NDArray[np.bool_],
    new: NewSynapses = NOTHING,
    steps: Ints | None = None,
) -> Change:
    """Change the synapses of a projection, in an object of its own: a snapshot may keep the old.

    Parameters
    ----------
    before : StoredConnectivity
        Its synapses.
    kept : array of bool
        Which of them stay, in the projection's order.
    new : NewSynapses
        Which are added; in the user's order they come last.
    steps : array, optional
        New delays of the synapses that stay, in the projection's order.
    """
    delays, which = _delays(before, kept, new, steps)
    pre = np.concatenate([before.pre[kept], new.sources])
    post = np.concatenate([before.post[kept].astype(np.int64), new.targets])
    order = _order(pre, post, which, before, len(delays))
    places, identities, numbered = _numbers(before, kept, new.size)
    counts = np.bincount(pre, minlength=before.rows.size - 1)
    number = places[order]
    in_place = np.array_equal(number, np.arange(number.size))
    after = replace(
        before,
        rows=np.concatenate([[0], np.cumsum(counts)]),
        number=None if in_place else number,
        delays=delays,
        identities=identities,
        numbered=numbered,
        targets=post[order].astype(before.post.dtype),
        which=_narrowest(which[order], len(delays)),
        exchangeable=False,
        turns=np.zeros(0, np.uint8),
    )
    change = Change(before, after, kept, new, order)
    after.values = _values(change)
    return change


def _delays(
    before: StoredConnectivity,
    kept: NDArray[np.bool_],
    new: NewSynapses,
    steps: Ints | None,
) -> tuple[tuple[int, ...], Ints]:
    """The distinct delays, and for each synapse that stays or is new which of them it has.

    Delays that no synapse has any more stay among them, so that the program stays the same one.
    """
    if steps is None:
        steps = before.steps(slice(0, before.size))
        distinct = {*before.delays, *np.unique(new.steps).tolist()}
        if not before.size and new.size:
            distinct -= set(before.delays) - set(new.steps.tolist())
    else:
        distinct = set(np.unique(steps).tolist()) or set(before.delays)
    delays = tuple(sorted(distinct))
    if len(delays) == 1:
        return delays, np.zeros(int(np.count_nonzero(kept)) + new.size, np.uint8)
    of_all = np.concatenate([steps[kept], new.steps])
    return delays, np.searchsorted(delays, of_all)


def _narrowest(which: Ints, delays: int) -> NDArray[Any]:
    if delays == 1:
        return np.zeros(0, np.uint8)
    return which.astype(np.min_scalar_type(delays - 1))


def _order(pre: Ints, post: Ints, which: Ints, before: StoredConnectivity, delays: int) -> Ints:
    """By source, target and delay, and equal ones as they are given."""
    size = before.projection.post._group._size
    sources = before.rows.size
    if sources * size * delays >= 1 << 62:
        return np.lexsort((which, post, pre))
    key = pre * size + post
    if delays > 1:
        key = key * delays + which
    # two rising runs, which a stable sort merges
    return np.argsort(key, kind="stable")


def _numbers(
    before: StoredConnectivity,
    kept: NDArray[np.bool_],
    added: int,
) -> tuple[Ints, Ints | None, int]:
    """The places of all synapses as the user counts them, and the numbers that never change."""
    places = np.arange(before.size) if before.number is None else before.number
    if not added and np.all(kept):
        return places, before.identities, before.numbered
    kept_by_user = before.by_user(kept)
    place_of = np.cumsum(kept_by_user) - 1
    staying = int(np.count_nonzero(kept))
    numbered = before.numbered or before.size
    new_numbers = numbered + np.arange(added)
    identities = np.concatenate([before.numbers[kept_by_user], new_numbers])
    all_places = np.concatenate([place_of[places[kept]], staying + np.arange(added)])
    return all_places, identities, numbered + added


def _values(change: Change) -> dict[str, Any]:
    """The values of a projection after a change: a number as long as one does for all synapses."""
    before = change.before
    values = dict(before.values)
    declarations = before.projection.definition.declarations
    for name in values:
        if declarations[name].per != "synapse":
            continue
        present = now(values[name])
        added = change.new.values.get(name, 0.0) if change.new.size else present
        both_numbers = isinstance(present, float) and isinstance(added, float)
        if both_numbers and present == added:
            continue
        added = added if change.new.size else 0.0
        stored = np.broadcast_to(np.asarray(present), (before.size,))
        values[name] = change.merged(stored, added)
    return values
