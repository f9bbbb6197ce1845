"""The three kinds of dataset, with coordinates and units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.monitors import RateMonitor, SpikeMonitor, StateMonitor, counted_per
from brainkernel.model.neuron import Neuron
from brainkernel.model.synapse import Synapse

if TYPE_CHECKING:
    import xarray

    from brainkernel.simulation.network import Network

Ints = NDArray[np.int64]
DIMENSION = {"synapse": "synapse", "pre": "pre_neuron", "post": "neuron", "neuron": "neuron"}


def state_table(
    network: Network, monitor: StateMonitor, ids: Mapping[str, Ints | None]
) -> xarray.Dataset:
    """Traces without a row yet.

    One variable (time, neuron) for each that is watched, with the numbers of whom.
    """
    import xarray

    coordinates: dict[str, Any] = {"time": ("time", np.zeros(0), _labels("ms", "time"))}
    variables: dict[str, Any] = {}
    for name, numbers in ids.items():
        described = _describe(monitor, name)
        if numbers is None:
            variables[name] = ("time", np.zeros(0), described)
            continue
        dimension = DIMENSION[str(counted_per(monitor.member, name))]
        data = np.zeros((0, numbers.size), bool if name == "spike" else float)
        variables[name] = (("time", dimension), data, described)
        coordinates.update(_coordinates(network, monitor, dimension, numbers))
    return xarray.Dataset(variables, coordinates, {"object": monitor.member.label()})


def spike_table(network: Network, monitor: SpikeMonitor) -> xarray.Dataset:
    """A table of spikes without a row yet, ordered by time, then neuron.

    `cell` lists all who might have fired.
    """
    import xarray

    variables = {
        "time": ("spike", np.zeros(0), _labels("ms", "time of the spike")),
        "neuron": (
            "spike",
            np.zeros(0, np.int64),
            {"long_name": "number of the neuron that fired"},
        ),
        **{name: ("spike", np.zeros(0), _describe(monitor, name)) for name in monitor.variables},
    }
    cells = _neurons(monitor.target.group, "cell", monitor.target.ids)
    return xarray.Dataset(variables, cells, attrs=_target(monitor))


def rate_table(monitor: RateMonitor, width: float) -> xarray.Dataset:
    """Mean rates in bins of `width` ms, without a bin yet."""
    import xarray

    variables = {"rate": ("time", np.zeros(0), _labels("Hz", "mean firing rate of a neuron"))}
    time = ("time", np.zeros(0), _labels("ms", "end of the bin"))
    return xarray.Dataset(variables, {"time": time}, {**_target(monitor), "bin_width_ms": width})


def filled(table: xarray.Dataset, columns: Mapping[str, NDArray[Any]]) -> xarray.Dataset:
    """A table with rows: `columns` holds all variables that have rows, by name."""
    import xarray

    variables = {
        str(name): (
            found.dims,
            columns[str(name)] if name in columns else np.array(found.values),
            dict(found.attrs),
        )
        for name, found in table.variables.items()
    }
    coordinates = {str(name): variables.pop(str(name)) for name in table.coords}
    return xarray.Dataset(variables, coordinates, dict(table.attrs))


def row_dimension(table: xarray.Dataset) -> str:
    """The dimension along which a table grows."""
    return "spike" if "spike" in table.dims else "time"


def growing(table: xarray.Dataset) -> list[str]:
    """The variables that grow with each row."""
    dimension = row_dimension(table)
    return [str(name) for name, variable in table.variables.items() if dimension in variable.dims]


def row_bytes(table: xarray.Dataset) -> int:
    """How many bytes a row takes."""
    sizes = [(table[name].dtype.itemsize, table[name].shape[1:]) for name in growing(table)]
    return sum(size * math.prod(shape) for size, shape in sizes)


def _target(monitor: SpikeMonitor | RateMonitor) -> dict[str, Any]:
    return {"object": monitor.target.group.label(), "neurons": monitor.target.size}


def _labels(unit: str, long_name: str) -> dict[str, str]:
    return {"units": unit or "1", "long_name": long_name}


def _describe(monitor: StateMonitor | SpikeMonitor, name: str) -> dict[str, str]:
    member = monitor.member
    if name == "spike":
        return {"long_name": "whether the neuron fired at this time"}
    if isinstance(member, Synapse) and name not in member.definition.declarations:
        function = next(f for f in member.definition.of_kind("adds_to") if f.name == name)
        target, group = function.targets[0], member.post.group
        unit = group.definition.declarations[target].unit
        return _labels(unit, f"{name} of {member.label()}, added to {target} of {group.label()}")
    declaration = member.definition.declarations[name]
    return _labels(declaration.unit, declaration.doc or f"{name} of {member.label()}")


def _coordinates(
    network: Network, monitor: StateMonitor, dimension: str, ids: Ints
) -> dict[str, Any]:
    member = monitor.member
    if dimension == "synapse":
        assert isinstance(member, Synapse)
        ends = {end: network.wires(member, end)[ids] for end in ("pre", "post")}
        number = (dimension, ids, {"long_name": "number of the synapse"})
        return {dimension: number, **{end: ("synapse", numbers) for end, numbers in ends.items()}}
    group = (
        member
        if isinstance(member, Neuron)
        else (member.pre if dimension == "pre_neuron" else member.post).group
    )
    return _neurons(group, dimension, ids)


def _neurons(group: Neuron, dimension: str, ids: Ints) -> dict[str, Any]:
    """Numbers, positions and indices of some neurons."""
    label = "neuron" if dimension == "cell" else dimension
    coordinates: dict[str, Any] = {
        dimension: (dimension, ids, {"long_name": f"number of the {label}"})
    }
    prefix = label.removesuffix("neuron")  # so that the two ends of a projection keep theirs apart
    if group.positions is not None:
        for axis, values in zip("xyz", group.positions[ids].T, strict=False):
            coordinates[f"{prefix}{axis}"] = (
                dimension,
                values,
                {"long_name": f"position along {axis}"},
            )
    if len(group.shape) > 1:
        for number, values in enumerate(np.unravel_index(ids, group.shape)):
            coordinates[f"{prefix}index_{number}"] = (
                dimension,
                values,
                {"long_name": f"index along axis {number} of the group"},
            )
    return coordinates
