"""Third ends: the neurons of further groups that synapses read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.reference.given import Reals, numbers
from brainkernel.testing.reference.neurons import Group


class ThirdEnd:
    """A group as the synapses of a projection see it: as it was when they last looked.

    Parameters
    ----------
    given : ThirdEnd
        What the user gave.
    group : Group
        The group.
    synapses : int
        How many synapses there are.
    context : mapping
        What a function of an index may name.
    """

    def __init__(self, given: Any, group: Group, synapses: int, context: Mapping[str, Any]) -> None:
        self.name, self.group = given.name, group
        self.neurons = np.asarray(given.neurons.ids)
        if given.per == "synapse":
            self.neurons = self.neurons[_index(given, synapses, context)]

    def stem(self, name: str, declared: Iterable[str]) -> str:
        """Give ``H`` for ``H_factor``; nothing for a name that the class declares itself."""
        stem = name.removesuffix(f"_{self.name}")
        return "" if stem == name or name in declared else stem

    def look(self, values: Mapping[str, Reals], declared: Iterable[str]) -> None:
        """See the group as it is now: fill what the synapses read of it."""
        for name, array in values.items():
            stem = self.stem(name, declared)
            if stem in self.group.values:
                array[:] = self.group.values[stem][self.neurons]


def _index(given: Any, synapses: int, context: Mapping[str, Any]) -> NDArray[np.int64]:
    """The neuron of each synapse, by its place in the end."""
    if given.index is None:
        alone = len(given.neurons.ids) == 1
        return np.zeros(synapses, np.int64) if alone else np.arange(synapses)
    return np.asarray(numbers(given.index, synapses, context, ""), np.int64)
