"""Synapses that are added and removed between two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.reference.given import Integers, numbers, steps_of
from brainkernel.testing.reference.synapses import Projection

Rows = list[tuple[Integers, NDArray[np.float64]]]
"""What was recorded of single synapses: their numbers, and the value of each."""


def add(
    projection: Projection,
    pre: Any,
    post: Any,
    delay: Any,
    values: Mapping[str, Any],
) -> None:
    """Add synapses: they pass what arrives from now on.

    Parameters
    ----------
    projection : Projection
        Whose synapses.
    pre, post : sequences of int
        Places within the two ends.
    delay : number or array
        In ms.
    values : mapping
        All parameters and states of single synapses.
    """
    before, count = projection.size, len(pre)
    projection.sources = np.append(projection.sources, projection.member.pre.ids[pre])
    projection.targets = np.append(projection.targets, projection.member.post.ids[post])
    steps = steps_of(numbers(delay, count, {}, "ms"), projection.clock.dt)
    projection.delays = np.append(projection.delays, steps)
    projection.numbers = np.append(projection.numbers, projection.numbered + np.arange(count))
    projection.numbered += count
    declarations = projection.definition.declarations
    for name, value in values.items():
        new = numbers(value, count, {}, declarations[name].unit)
        projection.values[name] = np.append(projection.values[name], new)
    projection.connect()
    projection.longest = max(projection.longest, *steps.tolist())
    now = projection.clock.step
    for fired, source, event in projection.fired:
        functions = projection.arrivals.get(event, [])
        if not functions or any(projection.is_once(function, "pre") for function in functions):
            continue  # such an event waits for all synapses of its source
        for synapse in range(before, projection.size):
            arrival = fired + int(projection.delays[synapse])
            if source == projection.sources[synapse] and arrival > now:
                projection.passing.append((arrival, source, synapse, event))


def remove(projection: Projection, synapses: Any) -> None:
    """Remove synapses: they pass nothing any more."""
    kept = np.ones(projection.size, np.bool_)
    kept[synapses] = False
    place = np.cumsum(kept) - 1
    projection.sources = projection.sources[kept]
    projection.targets = projection.targets[kept]
    projection.delays = projection.delays[kept]
    projection.numbers = projection.numbers[kept]
    for name, values in projection.values.items():
        if projection.definition.declarations[name].per == "synapse":
            projection.values[name] = values[kept]
    passing = []
    for step, source, synapse, event in projection.passing:
        if synapse < 0:
            passing.append((step, source, synapse, event))
        elif kept[synapse]:
            passing.append((step, source, int(place[synapse]), event))
    projection.passing = passing
    projection.connect()


def by_number(rows: Rows, columns: Integers) -> NDArray[np.float64]:
    """What was recorded as one column for each synapse, with NaN where it did not exist."""
    table = np.full((len(rows), columns.size), np.nan)
    column_of = {int(number): column for column, number in enumerate(columns)}
    for row, (present, values) in zip(table, rows, strict=True):
        for number, value in zip(present, values, strict=True):
            row[column_of[int(number)]] = value
    return table
