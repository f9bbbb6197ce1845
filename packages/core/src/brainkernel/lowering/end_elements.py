"""Which neuron of a third end each synapse reads, and what it reads at first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import Resolved, resolve
from brainkernel.errors import ConnectError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.model.end_values import split_name
from brainkernel.model.third_ends import ThirdEnd

Indices = NDArray[np.int64]


def end_elements(
    connectivity: Connectivity,
    third: ThirdEnd,
    context: Mapping[str, object],
) -> Indices:
    """Find the neurons of a third end, by their numbers in its group.

    One, or one for each source, target or synapse; synapses in their stored order.

    Parameters
    ----------
    context : mapping
        What a function of an index may name.

    Raises
    ------
    ConnectError
        For an index that is no whole number, or of no neuron.
    """
    ids, projection = third.neurons.ids, connectivity.projection
    third.check_size(projection._label(), projection.pre, projection.post)
    if third.per != "synapse":
        return ids
    index = _index(connectivity, third, context)
    return connectivity.stored(ids[index])


def _index(connectivity: Connectivity, third: ThirdEnd, context: Mapping[str, object]) -> Indices:
    """The place in the end of the neuron of each synapse, as the user counts synapses."""
    label = f"{connectivity.projection._label()}: the index of {third.name}"
    synapses, neurons = connectivity.size, third.neurons._size
    if third.index is None and neurons not in (1, synapses):
        raise ConnectError(
            f"{connectivity.projection._label()}: {third.name} has {neurons} neurons for "
            f"{synapses} synapses: say which is for which, {third.name}=(group, index)"
        )
    given: Any = third.index
    if given is None:
        given = 0 if neurons == 1 else np.arange(synapses)
    numbers = np.broadcast_to(resolve(given, "", label, synapses, context), (synapses,))
    index = numbers.astype(np.int64)
    wrong = (index != numbers) | (index < 0) | (index >= neurons)
    if np.any(wrong):
        first = int(np.flatnonzero(wrong)[0])
        raise ConnectError(
            f"{label} is {numbers[first]:g} for synapse {first}: it is a whole number from 0 to "
            f"{neurons - 1}"
        )
    return index


def value_at_end(
    connectivity: Connectivity,
    name: str,
    values: Mapping[str, Mapping[str, Resolved]],
) -> Resolved:
    """What synapses read at first of a third end, in the order in which they are kept.

    Parameters
    ----------
    name : str
        As the synapse reads it: ``H_factor``.
    values : mapping
        Parameters and first states of groups, by the names of these.
    """
    projection = connectivity.projection
    stem, end = split_name(name, projection._third_ends)
    third = projection._third_ends[end]
    value = values[str(third.neurons._group.name)][stem]
    if third.per is None:
        return value if isinstance(value, float) else float(value[third.neurons.ids[0]])
    elements = connectivity.elements[end]
    read = np.full(elements.size, value) if isinstance(value, float) else value[elements]
    if third.per == "synapse":
        return read
    of_end = projection.pre if third.per == "pre" else projection.post
    whole = np.zeros(of_end._group._size)
    whole[of_end.ids] = read
    return whole
