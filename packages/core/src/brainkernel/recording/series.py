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
        return records.samples[self.watch][steps // self.every - first // self.every - 1]


Sample = Callable[[Address, Ints], Sampled]
"""Has elements of a state sampled, under the numbers that the user gives them."""


class Held:
    """A parameter, which stays the same for a stretch of steps.

    Parameters
    ----------
    which : array or None
        Which elements, as the user counts them; all where it is None.
    ids : array or None
        Their numbers.
    """

    def __init__(
        self,
        network: Compiled,
        member: Neuron | Synapse,
        name: str,
        which: Ints | None,
        ids: Ints | None,
    ):
        self.ids = ids
        self._network, self._member, self._name, self._which = network, member, name, which
        self._known: tuple[Any, NDArray[np.float64]] = None, np.zeros(0)

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[np.float64]:
        """The present value, once for each grid point."""
        given = self._network.build.values_of(self._member)[self._name]
        if self._known[0] is not given:
            self._known = given, self._present()
        present = self._known[1]
        return np.broadcast_to(present, (steps.size, *present.shape))

    def _present(self) -> NDArray[np.float64]:
        present = np.asarray(
            parameter_as_user_counts(self._network.build, self._member, self._name),
            dtype=np.float64,
        )
        if present.ndim and self._which is not None:
            present = present[self._which]
        if is_narrow(self._network.build, self._member, self._name):
            present = present.astype(np.float32).astype(np.float64)
        return np.array(np.broadcast_to(present, () if self.ids is None else self.ids.shape))


def is_narrow(build: Build, member: Neuron | Synapse, name: str) -> bool:
    """Whether a parameter of single synapses is kept in 32 bits."""
    if (
        isinstance(member, Neuron)
        or not build.program.narrow
        or member.definition.declarations[name].per != "synapse"
    ):
        return False
    edge = build.projection_of(member)[0]
    fields = (*edge.fields, *(field for loop in edge.loops for field in loop.fields))
    return any(field.narrow for field in fields if field.name == name)


def elements_of(
    build: Build, target: End | Synapse, variable: str, selected: Any = None
) -> tuple[Ints | None, Ints | None]:
    """Which elements of a variable are selected: positions among all that there are, and numbers.

    Raises
    ------
    MonitorError
        Where a monitor asks for an element that is not there.
    """
    if not isinstance(target, Synapse):
        ids = chosen(target, selected)
        return ids, ids
    member, level = target, counted_per(target, variable)
    if level is None:
        return None, None
    numbers = {"pre": member.pre.ids, "post": member.post.ids}.get(level)
    numbers = np.arange(build.wired[str(member.name)].size) if numbers is None else numbers
    which = elements(selected, numbers.size, (), f"a monitor of {member.label()}.{variable}")
    return which, numbers[which]


def kind_of(definition: ModelDefinition, variable: str) -> str:
    """``state``, ``parameter`` or ``input``; ``adds_to`` for what a function of a synapse adds.

    ``spike``.
    """
    if variable in definition.declarations:
        return definition.declarations[variable].kind
    return "spike" if variable == "spike" else "adds_to"
