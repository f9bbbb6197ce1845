"""One recorded variable: the values of its elements at grid points of a stretch of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.user_order import parameter_as_user_counts
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import End, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.program.address import Address
from brainkernel.program.job import Records
from brainkernel.recording.selection import chosen, counted_per, elements

Ints = NDArray[np.int64]


class Compiled(Protocol):
    """A network that is made ready when its build is asked for."""

    @property
    def build(self) -> Build:
        """The network made ready."""

    @property
    def dt(self) -> float:
        """The step in ms."""


class Series(Protocol):
    """A variable over time."""

    @property
    def ids(self) -> Ints | None:
        """The numbers of its elements; None where it is one number."""

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[Any]:
        """The values at some grid points of the stretch that begins at step `first`.

        (steps,) or (steps, elements).
        """


@dataclass(frozen=True)
class Sampled:
    """What a backend samples.

    Attributes
    ----------
    watch : int
        Its number among the samples of the records.
    every : int
        The interval in steps.
    """

    watch: int
    every: int
    ids: Ints

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[Any]:
        """The samples as copies: a backend's buffers are larger than what is kept."""
        samples = records.samples[self.watch]
        before = first // self.every
        return samples[steps // self.every - before - 1]


Sample = Callable[[Address, Ints], Sampled]
"""Has elements of a state sampled, under the numbers that the user gives them."""


class Held:
    """A parameter, which stays the same for a stretch of steps.

    Parameters
    ----------
    positions : array or None
        The elements, as the user counts them; all where it is None.
    ids : array or None
        Their numbers.
    """

    def __init__(
        self,
        network: Compiled,
        member: Neuron | Synapse,
        name: str,
        positions: Ints | None,
        ids: Ints | None,
    ):
        self.ids = ids
        self._network = network
        self._member = member
        self._name = name
        self._positions = positions
        self._stored: Any = None
        self._present = np.zeros(0)

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[np.float64]:
        """The present value, once for each grid point."""
        stored = self._network.build.values_of(self._member)[self._name]
        if self._stored is not stored:
            self._stored = stored
            self._present = self._as_recorded()
        return np.broadcast_to(self._present, (steps.size, *self._present.shape))

    def _as_recorded(self) -> NDArray[np.float64]:
        build = self._network.build
        value = parameter_as_user_counts(build, self._member, self._name)
        present = np.asarray(value, dtype=np.float64)
        if present.ndim and self._positions is not None:
            present = present[self._positions]
        if is_narrow(build, self._member, self._name):
            present = present.astype(np.float32).astype(np.float64)
        shape = () if self.ids is None else self.ids.shape
        return np.array(np.broadcast_to(present, shape))


def is_narrow(build: Build, member: Neuron | Synapse, name: str) -> bool:
    """Whether a parameter of single synapses is kept in 32 bits."""
    if isinstance(member, Neuron) or not build.program.narrow:
        return False
    if member.definition.declarations[name].per != "synapse":
        return False
    synapse_block, _ = build.projection_of(member)
    bindings = list(synapse_block.fields)
    for loop in synapse_block.loops:
        bindings += loop.fields
    return any(binding.narrow for binding in bindings if binding.name == name)


def elements_of(
    build: Build,
    target: End | Synapse,
    variable: str,
    selected: Any = None,
) -> tuple[Ints | None, Ints | None]:
    """Which elements of a variable are selected: positions among all that there are, and numbers.

    Raises
    ------
    MonitorError
        Where a monitor asks for an element that is not there.
    """
    member = target if isinstance(target, Synapse) else target._group
    level = counted_per(member, variable)
    if level is None:
        return None, None
    if not isinstance(target, Synapse):
        ids = chosen(target, selected)
        return ids, ids
    if level == "pre":
        numbers = target.pre.ids
    elif level == "post":
        numbers = target.post.ids
    else:
        numbers = np.arange(build.connectivities[str(target.name)].size)
    label = f"a monitor of {target._label()}.{variable}"
    positions = elements(selected, numbers.size, (), label)
    return positions, numbers[positions]


def kind_of(definition: ModelDefinition, variable: str) -> str:
    """Tell the kind of a variable: that of its declaration, ``spike`` or ``adds_to``.

    ``adds_to`` is what a function adds to an input.
    """
    if variable in definition.declarations:
        return definition.declarations[variable].kind
    return "spike" if variable == "spike" else "adds_to"
