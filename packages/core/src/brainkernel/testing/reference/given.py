"""What a user gives: values of members, connectivity, delays, and stimuli, as plain arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.units import magnitude, milliseconds
from brainkernel.connect import Ends
from brainkernel.random import Random

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]


def numbers(value: Any, size: int, context: Mapping[str, Any], unit: str = "") -> Reals:
    """Give one number for each of `size` elements; a function is called with what it names."""
    if callable(value) and not hasattr(value, "magnitude"):
        empty = inspect.Parameter.empty
        named = inspect.signature(value).parameters.items()
        wanted = [
            name for name, parameter in named if name in context or parameter.default is empty
        ]
        value = value(**{name: context[name] for name in wanted})
    flat = np.asarray(magnitude(value, unit, "a value"), np.float64).reshape(-1)
    return np.array(np.broadcast_to(flat, (size,)))


def steps_of(times: Any, dt: float) -> Integers:
    """Turn times in ms into numbers of steps."""
    return np.rint(np.asarray(milliseconds(times, "a time"), np.float64) / dt).astype(np.int64)


def pairs_of(
    projection: Any,
    pre: Any,
    post: Any,
    seed: int,
    of_groups: Mapping[str, Mapping[str, Any]],
) -> tuple[Integers, Integers, Reals | None]:
    """Draw source and target of each synapse, as the user numbers them, and the rule's values.

    `of_groups` are the values of groups, by the name of the group.
    """
    random = Random(seed, f"{projection.name}.connect")
    pairs = projection.connect.pairs(Ends.between(pre, post, of_groups), random)
    number = np.arange(len(pairs)) if pairs.order is None else np.asarray(pairs.order)
    sources, targets = np.empty(len(pairs), np.int64), np.empty(len(pairs), np.int64)
    sources[number], targets[number] = pre.ids[pairs.pre], post.ids[pairs.post]
    if pairs.values is None:
        return sources, targets, None
    values = np.empty(len(pairs))
    values[number] = pairs.values
    return sources, targets, values


Stimulus = Callable[[int], Any]
"""What is added to an input in a step: a number, numbers, or nothing (0)."""


def stimulus_of(value: Any, unit: str, dt: float) -> Stimulus:
    """Read one value of ``inputs=``: a number, array, function of t, `TimedArray` or window."""
    if all(hasattr(value, name) for name in ("value", "factor", "neurons")):
        scaled = stimulus_of(value.value, value.unit, dt)
        return lambda step: scaled(step) * value.factor
    if all(hasattr(value, name) for name in ("value", "start", "stop")):
        start, stop = (int(steps_of(time, dt)) for time in (value.start, value.stop))
        within = stimulus_of(value.value, unit, dt)
        return lambda step: within(step) if start <= step < stop else 0.0
    if hasattr(value, "values") and hasattr(value, "dt"):
        rows = np.asarray(magnitude(value.values, unit, "an input"), np.float64)
        ratio = int(steps_of(value.dt, dt))
        return lambda step: rows[step // ratio]
    if callable(value) and not hasattr(value, "magnitude"):
        return lambda step: np.asarray(
            magnitude(value(step * dt), unit, "an input"), np.float64
        ).reshape(-1)
    constant = np.asarray(magnitude(value, unit, "an input"), np.float64).reshape(-1)
    return lambda step: constant


def stimuli_of(inputs: Mapping[Any, Any], dt: float) -> Iterator[tuple[str, str, Any, Stimulus]]:
    """Read ``inputs=`` as group's name, input's name, the neurons reached, and the value."""
    for key, value in inputs.items():
        given, name = key if isinstance(key, tuple) else (key, None)
        end: Any = given
        end = end._synapses if hasattr(end, "_synapses") else end
        definition = end._group.definition
        name = definition.names("input")[0] if name is None else name
        yield (
            end._group.name,
            name,
            slice(None) if hasattr(end, "places") else end.ids,
            stimulus_of(value, definition.declarations[name].unit, dt),
        )
