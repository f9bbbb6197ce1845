"""Derived quantities over time, computed from the values that they follow from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times
from brainkernel.lowering.addresses import state_address
from brainkernel.model.derived_quantities import composed, following_group
from brainkernel.model.neuron import Member, Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.model.synapse import Synapse
from brainkernel.program.job import Records
from brainkernel.recording.currents import (
    Argument,
    Arguments,
    InputSum,
    ParameterValues,
    quantities_for,
    whole_function,
)
from brainkernel.recording.group_values import GroupFunction
from brainkernel.recording.series import Compiled, Ints, Sample


class DerivedValues:
    """A derived quantity of a group or projection.

    It is what its function gives for states and parameters that are recorded at the same time.

    Parameters
    ----------
    network : Compiled
        The network.
    member : Neuron or Synapse
        The group or projection.
    name : str
        The quantity.
    which : array or None
        The elements, as the user counts those of the whole member; None where there is one.
    ids : array or None
        Their numbers in the dataset.
    sample : function
        Has states sampled.
    """

    def __init__(
        self,
        network: Compiled,
        member: Member,
        name: str,
        which: Ints | None,
        ids: Ints | None,
        sample: Sample,
    ) -> None:
        self.ids = ids
        definition = member.definition
        self._of_all: GroupFunction | None = None
        if isinstance(member, Neuron) and name in following_group(definition.derived):
            function = whole_function(member, name)
            everyone = np.arange(member._size)
            arguments = _of_group(network, member, function, everyone, sample)
            self._of_all = GroupFunction(member, function, arguments)
            return
        derived = next(f for f in definition.derived if f.targets[0] == name)
        function = composed(derived, quantities_for(member))
        if isinstance(member, Synapse):
            elements = _elements(network, member, name, which, ids)
            find = Arguments(network, member, function, elements, sample)
            self._arguments = [find.argument(argument) for argument in function.arguments]
        else:
            assert isinstance(member, Neuron)
            ids = np.zeros(1, np.int64) if ids is None else ids
            self._arguments = _of_group(network, member, function, ids, sample)
        self._function = function.source.call

    def values(self, steps: Ints, first: int, records: Records) -> NDArray[Any]:
        """Its values at some grid points (steps, elements), or (steps,) where there is one."""
        if self._of_all is not None:
            of_all = self._of_all.values(steps, first, records)
            return of_all[:, 0] if self.ids is None else of_all[:, self.ids]
        arguments = [argument(steps, first, records) for argument in self._arguments]
        # as in the run itself, where states that are not finite are found
        with np.errstate(all="ignore"):
            values = self._function(*arguments)
        count = 1 if self.ids is None else self.ids.size
        table = np.array(np.broadcast_to(values, (steps.size, count)), np.float64)
        return table[:, 0] if self.ids is None else table


def _elements(
    network: Compiled,
    projection: Synapse,
    name: str,
    which: Ints | None,
    ids: Ints | None,
) -> dict[str, Ints]:
    """Which values of each level belong to the elements: stored synapses, sources, targets."""
    level = projection.definition.declarations[name].per
    if level != "synapse":
        return {} if level is None or ids is None else {level: ids}
    connectivity = network.build.connectivities[str(projection.name)]
    synapses = connectivity.by_user(np.arange(connectivity.size))[which]
    return {
        "synapse": synapses,
        "pre": connectivity.pre[synapses],
        "post": connectivity.post[synapses].astype(np.int64),
    }


def _of_group(
    network: Compiled,
    group: Neuron,
    function: StepFunction,
    ids: Ints,
    sample: Sample,
) -> list[Argument]:
    """The values of what a function of single neurons reads."""
    kinds = {name: d.kind for name, d in group.definition.declarations.items()}
    arguments: list[Argument] = []
    for name in function.arguments:
        kind = kinds.get(name, "")
        if kind == "parameter":
            arguments.append(ParameterValues(network, group, name, ids))
        elif kind == "state":
            address = state_address(network.build, group, name).of(ids)
            arguments.append(sample(address, ids).values)
        elif kind == "input":
            arguments.append(InputSum(network, group, name, ids, sample).values)
        elif name == "dt":
            arguments.append(lambda steps, first, records: network.dt)
        else:
            arguments.append(lambda steps, *_: step_times(steps, network.dt)[:, None])
    return arguments
