"""Given values become numbers: the first stage of building a network.

Parameters and first states are drawn or computed here, before the first step.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved, resolve
from brainkernel.errors import ValueShapeError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.end_elements import end_elements, value_at_end
from brainkernel.lowering.stored_values import Deferred
from brainkernel.model.bounds import check_bounds
from brainkernel.model.connection_rule import Ends
from brainkernel.model.neuron import End, Member, Neuron
from brainkernel.model.pair_names import PairNames, end_names
from brainkernel.model.stimuli import Scaled, TimedArray
from brainkernel.model.synapse import Synapse
from brainkernel.random import Kernels, Random


def group_values(group: Neuron, seed: int, dt: float) -> dict[str, Resolved]:
    """Parameters and first states of a neuron group."""
    context = {"dt": dt, "n": group._size, "positions": group.positions}
    values: dict[str, Resolved] = {}
    for name in group.definition.names("timed"):
        values[name] = first_timed_value(group, name)
    for name in (*group.definition.names("parameter"), *group.definition.names("state")):
        value = group._given_or_default(name)
        if isinstance(value, str) and name not in group._given:
            values[name] = values[value]  # a first state that follows a parameter
        else:
            values[name] = _resolve(group, name, value, group._size, seed, context)
    return values


def first_timed_value(group: Neuron, name: str) -> Resolved:
    """What a parameter that follows time is at time zero."""
    value: Any = group._given_or_default(name)
    declaration, label = group.definition.declarations[name], f"{group._label()}.{name}"
    if isinstance(value, Scaled):
        value = 0.0  # the mean of a random number, which nothing begins with
    if isinstance(value, TimedArray):
        value = value.in_unit(declaration.unit, label)[0]
    context = {"t": 0.0, "t_run": 0.0}
    return resolve_for(group, name, value, group._size, context)


def with_random(rng: Random, context: Mapping[str, object]) -> Mapping[str, object]:
    """What a function may name, and random numbers of its own."""
    return ChainMap({"rng": rng}, context)  # type: ignore[arg-type]  # which is only read


class FunctionNames:
    """What functions may name that give values to a projection.

    Parameters
    ----------
    connectivity : Connectivity
        Its synapses.
    dt : float
        The step in ms.
    values : mapping
        Parameters and first states of groups by the name of the group.
    """

    def __init__(
        self,
        connectivity: Connectivity,
        dt: float,
        values: Mapping[str, Mapping[str, Resolved]],
    ) -> None:
        self._connectivity, self._dt = connectivity, dt
        projection = connectivity.projection
        self._ends = Ends.between(projection.pre, projection.post, values)

    def of(self, per: str | None) -> Mapping[str, object]:
        """The names for values ``per`` synapse, source or target; None for one value."""
        size = level_size(self._connectivity.projection, per, self._connectivity.size)
        names: dict[str, object] = {"dt": self._dt, "n": size}
        if per is None:
            return names
        if per == "synapse":
            neurons: Mapping[str, Any] = PairNames(self._ends, _Places(self._connectivity))
        else:
            neurons = end_names(self._ends, per)
        return ChainMap(names, neurons)  # type: ignore[arg-type]  # which is only read


class _Places(Mapping[str, Any]):
    """The places in their ends of the neurons of all synapses, listed when they are looked up."""

    def __init__(self, connectivity: Connectivity) -> None:
        self._connectivity = connectivity

    def __getitem__(self, end: str) -> NDArray[np.int64]:
        connectivity = self._connectivity
        numbers = connectivity.by_user(getattr(connectivity, end).astype(np.int64))
        neurons: End = getattr(connectivity.projection, end)
        place_of = np.zeros(neurons._group._size, np.int64)
        place_of[neurons.ids] = np.arange(neurons._size)
        places: NDArray[np.int64] = place_of[numbers]
        return places

    def __iter__(self) -> Iterator[str]:
        return iter(("pre", "post"))

    def __len__(self) -> int:
        return 2


def give_values(
    connectivity: Connectivity,
    seed: int,
    dt: float,
    group_values: Mapping[str, Mapping[str, Resolved]],
    kernels: Kernels | None = None,
) -> None:
    """Resolve the parameters and first states of a projection.

    Its synapses are in their final order by then.
    """
    context = FunctionNames(connectivity, dt, group_values)
    weights = connectivity.values.get("weight")
    _find_elements(connectivity, seed, context)
    values = _projection_values(connectivity, seed, context, weights, kernels)
    for name in connectivity.projection.definition.end_states:
        values[name] = value_at_end(connectivity, name, group_values)
    connectivity.values = values
    parameters = connectivity.projection.definition.names("parameter")
    numbers = [(name, values[name]) for name in parameters if isinstance(values[name], float)]
    connectivity.alike = tuple(numbers)


def _find_elements(connectivity: Connectivity, seed: int, context: FunctionNames) -> None:
    """Find the neurons of third ends that the projection reads."""
    projection = connectivity.projection
    for name, third in projection._third_ends.items():
        rng = Random(seed, f"{projection._label()}.{name}", connectivity.size)
        names = with_random(rng, context.of("synapse"))
        connectivity.elements[name] = end_elements(connectivity, third, names)


def _projection_values(
    connectivity: Connectivity,
    seed: int,
    context: FunctionNames,
    weights: Resolved | None,
    kernels: Kernels | None,
) -> dict[str, Any]:
    projection = connectivity.projection
    set_later = projection._membership.set_later
    values: dict[str, Any] = {}
    for name in projection.definition.names("parameter", "state"):
        declaration = projection.definition.declarations[name]
        value = projection._given_or_default(name)
        if weights is not None and name == "weight" and name not in set_later:
            value = weights
        size = level_size(projection, declaration.per, connectivity.size)
        names = context.of(declaration.per)
        draw = partial(_own_values, connectivity, name, value, size, seed, names, kernels)
        of_synapses = declaration.per == "synapse"
        # many values are drawn when their table is filled, so that they never lie twice
        late = of_synapses and callable(value) and connectivity.defers(size)
        values[name] = Deferred(draw) if late else draw()
    return values


def _own_values(
    connectivity: Connectivity,
    name: str,
    value: object,
    size: int,
    seed: int,
    context: Mapping[str, object],
    kernels: Kernels | None,
) -> Resolved:
    resolved = _resolve(connectivity.projection, name, value, size, seed, context, kernels)
    return end_values(connectivity, name, resolved)


def level_size(projection: Synapse, per: str | None, synapses: int) -> int:
    """How many values there are of data with a given ``per``, as the user counts them."""
    sizes = {"synapse": synapses, "pre": projection.pre._size, "post": projection.post._size}
    return 1 if per is None else sizes[per]


def end_values(connectivity: Connectivity, name: str, value: Resolved) -> Resolved:
    """Bring values into the stored order.

    Of synapses, or of the whole group where an end is a slice of it.
    """
    projection = connectivity.projection
    per = projection.definition.declarations[name].per
    if isinstance(value, float):
        return value
    if per is None:
        raise ValueShapeError(
            f"{projection._label()}.{name} is one value for all its synapses; give one number"
        )
    if per == "synapse":
        return connectivity.stored(value)
    end = projection.pre if per == "pre" else projection.post
    values = np.full(end._group._size, value[0])
    values[end.ids] = value
    return values


def _resolve(
    member: Member,
    name: str,
    value: object,
    size: int,
    seed: int,
    context: Mapping[str, object],
    kernels: Kernels | None = None,
) -> Resolved:
    label = f"{member._label()}.{name}"
    if value is None:
        raise ValueShapeError(f"{label} has no value: give {name}=...")
    rng = Random(seed, label, size, kernels)
    return resolve_for(member, name, value, size, with_random(rng, context))


def resolve_for(
    member: Member,
    name: str,
    value: object,
    size: int,
    context: Mapping[str, object],
) -> Resolved:
    """Turn what was given for a member's parameter or state into numbers that keep to its bounds.

    Raises
    ------
    ValueShapeError, UnitError, UserFunctionError
        With the member's name.
    """
    declaration = member.definition.declarations[name]
    of_group = declaration.per == "group"
    size = 1 if of_group else size
    shape = member.shape if isinstance(member, Neuron) and not of_group else ()
    label = f"{member._label()}.{name}"
    resolved = resolve(
        value, declaration.unit, label, size, context, shape, finite=declaration.finite
    )
    check_bounds(member._label(), name, declaration, resolved, {})
    # the whole group has one number, which is laid out for each of its neurons
    return float(np.reshape(resolved, -1)[0]) if of_group else resolved
