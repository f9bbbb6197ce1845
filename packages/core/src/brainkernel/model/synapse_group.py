"""The synapses of a projection as neurons: what another projection begins or ends at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import Neuron

SYNAPSES = "synapses"
"""The key of the model that the synapses of a model are as neurons, among what follows from it."""


class SynapseGroup(Neuron, abstract=True):
    """The synapses of a projection, one "neuron" each, numbered as the user counts them.

    Its values are those of the projection. Networks make and keep it by themselves.

    Parameters
    ----------
    projection : Synapse
        Whose synapses they are.

    Attributes
    ----------
    places : array
        Where each synapse lies, as the user counts them, among those of the projection in its
        table: the numbers by which a program counts its neurons. None before they are known.
    count : int
        How many are expected as long as that is so.
    """

    def __init__(self, projection: Any) -> None:
        self.__dict__.update(
            projection=projection,
            method=None,
            positions=None,
            places=None,
            count=0,
            _given={},
            _projections=WeakSet(),
            _own_impulses={},
            _interpolates=False,
        )

    projection: Any
    places: NDArray[np.int64] | None
    count: int

    @property
    def name(self) -> str:  # type: ignore[override]
        """A name that no group has."""
        return f"synapses of {self.projection._label()}"

    @property
    def definition(self) -> ModelDefinition:  # type: ignore[override]
        """The model of neurons that have what the synapses have."""
        return as_neurons(self.projection.definition)

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """How many there are."""
        return (self.count if self.places is None else self.places.size,)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Where they lie, in the order in which the user counts them."""
        return np.arange(self.count) if self.places is None else self.places

    @property
    def network(self) -> Any:
        """The network of the projection."""
        return self.projection.network

    def user_numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers by which the user counts synapses that lie in some places."""
        numbers = np.empty(self._size, np.int64)
        numbers[self.ids] = np.arange(self._size)
        return numbers[places]

    def _label(self) -> str:
        """The name of the projection, in messages."""
        return str(self.projection._label())

    def __repr__(self) -> str:
        return f"<synapses of {self.projection!r}>"


def as_neurons(definition: ModelDefinition) -> ModelDefinition:
    """Give the model of neurons that have the values that single synapses of a model have."""
    if SYNAPSES not in definition.views:
        declarations = {}
        for name, declaration in definition.declarations.items():
            if is_of_synapses(declaration):
                declarations[name] = replace(declaration, per=None)
        definition.views[SYNAPSES] = replace(
            definition,
            kind="neuron",
            declarations=declarations,
            functions=(),
            derived=(),
            method=None,
            variants={},
            timed={},
            driven={},
            joined={},
            views={},
        ).analysed()
    return definition.views[SYNAPSES]


def is_of_synapses(declaration: Declaration) -> bool:
    """Whether each synapse has a value, or all share one: what another projection may read."""
    if declaration.kind == "input":
        return True
    if declaration.kind == "parameter":
        return declaration.per in (None, "synapse")
    return declaration.kind == "state" and declaration.per == "synapse" and not declaration.source
