"""Given values and connection rules become numbers: what is drawn or computed once, before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.clock import whole_steps
from brainkernel.connect import Ends, check_pairs
from brainkernel.errors import ConnectError, DelayError, ValueShapeError
from brainkernel.group import Member, Neuron
from brainkernel.projection import Synapse
from brainkernel.random import Random
from brainkernel.values import Resolved, resolve


@dataclass
class Wired:
    """A projection with its synapses, stored by source, then delay, then synapse.

    Attributes
    ----------
    pre, post : array
        Neuron numbers within the two groups.
    number : array
        The user's number of each stored synapse: its place in what `from_ij` or an array of weights gave.
    delays : tuple of int
        The distinct delays in steps.
    which : array
        For each stored synapse, the place of its delay in `delays`.
    """

    projection: Synapse
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    number: NDArray[np.int64]
    delays: tuple[int, ...]
    which: NDArray[np.int64]
    values: dict[str, Resolved] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many synapses there are."""
        return int(self.pre.size)


def group_values(group: Neuron, seed: int, dt: float) -> dict[str, Resolved]:
    """Parameters and first states of a neuron group."""
    context = {"dt": dt, "n": group.size, "positions": group.positions}
    values: dict[str, Resolved] = {}
    for name in (*group.definition.names("parameter"), *group.definition.names("state")):
        value = group.given_or_default(name)
        follows = isinstance(value, str) and name not in group.given
        values[name] = values[str(value)] if follows else _resolve(group, name, value, group.size, seed, context)
    return values


def wire(projection: Synapse, seed: int, dt: float) -> Wired:
    """Draw the connectivity, delays and values of a projection.

    Raises
    ------
    ConnectError, DelayError, ValueShapeError
        With the projection's name.
    """
    pre, post, label = projection.pre, projection.post, projection.label()
    same = pre.group is post.group
    ends = Ends(pre.size, post.size, pre.ids if same else None, post.ids if same else None)
    try:
        pairs = projection.connect.pairs(ends, Random(seed, f"{label}.connect"))
        check_pairs(projection.connect, pairs, ends)
    except ConnectError as cause:
        raise ConnectError(f"{label} ({pre.label()} -> {post.label()}): {cause}") from cause
    user = np.arange(pairs.pre.size) if pairs.order is None else np.asarray(pairs.order, dtype=np.int64)
    sources, targets = pre.ids[pairs.pre], post.ids[pairs.post]
    context = {"dt": dt, "n": user.size, "pre": _by_user(sources, user), "post": _by_user(targets, user)}
    steps = _delays(projection, seed, dt, user.size, context)[user]
    delays, which = np.unique(steps, return_inverse=True)
    stored = np.lexsort((which, sources))
    wired = Wired(
        projection, sources[stored], targets[stored], user[stored], tuple(int(d) for d in delays) or (0,), which[stored]
    )
    given = None if pairs.values is None else _by_user(np.asarray(pairs.values, dtype=np.float64), user)
    wired.values = _projection_values(wired, seed, context, given)
    return wired


def _by_user(values: NDArray[Any], user: NDArray[np.int64]) -> NDArray[Any]:
    ordered = np.empty_like(values)
    ordered[user] = values
    return ordered


def _delays(projection: Synapse, seed: int, dt: float, size: int, context: Mapping[str, object]) -> NDArray[np.int64]:
    what = f"the delay of {projection.label()}"
    delay = 0.0 if projection.delay is None else projection.delay
    rng = Random(seed, f"{projection.label()}.delay", size)
    resolved = resolve(delay, "ms", what, size, {"rng": rng, **context})
    return np.broadcast_to(whole_steps(resolved, dt, what, DelayError), (size,))


def _projection_values(
    wired: Wired, seed: int, context: Mapping[str, object], given: NDArray[np.float64] | None
) -> dict[str, Resolved]:
    projection = wired.projection
    if given is not None:
        _check_weight(projection)
    values: dict[str, Resolved] = {}
    for name in projection.definition.names("parameter", "state"):
        declaration = projection.definition.declarations[name]
        value = projection.given_or_default(name)
        if given is not None and name == "weight":
            value = given
        size = level_size(projection, declaration.per, wired.size)
        own = _context(projection, declaration.per, {**context, "n": size})
        values[name] = end_values(wired, name, _resolve(projection, name, value, size, seed, own))
    return values


def _context(projection: Synapse, per: str | None, context: Mapping[str, object]) -> Mapping[str, object]:
    """What a function may name: the two neurons of each synapse, or the neurons of the one end that has the values."""
    if per == "synapse":
        return context
    ends = {"pre": projection.pre.ids, "post": projection.post.ids}
    others = {name: value for name, value in context.items() if name not in ends}
    return {**others, per: ends[per]} if per else others


def _check_weight(projection: Synapse) -> None:
    """Refuse a rule's own values where no weight takes them: they must not vanish."""
    weight = projection.definition.declarations.get("weight")
    if weight is None or weight.per != "synapse":
        raise ConnectError(
            f"{projection.label()}: the rule gives a value for each synapse, but {projection.definition.name} has no "
            "weight per synapse; give the rule a matrix of True and False, and the values by their name"
        )
    if "weight" in projection.given:
        raise ConnectError(
            f"{projection.label()}: the rule gives weights and so does weight=; give the rule True and False"
        )


def level_size(projection: Synapse, per: str | None, synapses: int) -> int:
    """How many values there are of data with a given ``per``, as the user counts them."""
    return {None: 1, "synapse": synapses, "pre": projection.pre.size, "post": projection.post.size}[per]


def end_values(wired: Wired, name: str, value: Resolved) -> Resolved:
    """Bring values into the stored order: of synapses, or of the whole group where an end is a slice of it."""
    projection = wired.projection
    per = projection.definition.declarations[name].per
    if isinstance(value, float):
        return value
    if per is None:
        raise ValueShapeError(f"{projection.label()}.{name} is one value for all its synapses; give one number")
    if per == "synapse":
        return value[wired.number]
    end = projection.pre if per == "pre" else projection.post
    whole = np.full(end.group.size, value[0])
    whole[end.ids] = value
    return whole


def _resolve(member: Member, name: str, value: object, size: int, seed: int, context: Mapping[str, object]) -> Resolved:
    what = f"{member.label()}.{name}"
    if value is None:
        raise ValueShapeError(f"{what} has no value: give {name}=...")
    unit = member.definition.declarations[name].unit
    shape = member.shape if isinstance(member, Neuron) else ()
    return resolve(value, unit, what, size, {"rng": Random(seed, what, size), **context}, shape)
