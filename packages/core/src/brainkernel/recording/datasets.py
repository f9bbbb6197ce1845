"""Datasets of monitors: coordinates, units, and how their tables grow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.neuron import End, Neuron
from brainkernel.model.synapse import Synapse
from brainkernel.model.unit_check import unit_of_derived

if TYPE_CHECKING:
    import xarray

Ints = NDArray[np.int64]
DIMENSION = {"synapse": "synapse", "pre": "pre_neuron", "post": "neuron", "neuron": "neuron"}


def dataset(
    variables: Mapping[str, Any],
    coordinates: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> xarray.Dataset:
    """A dataset of these parts."""
    import xarray

    return xarray.Dataset(variables, coordinates, attributes)


def filled(table: xarray.Dataset, columns: Mapping[str, NDArray[Any]]) -> xarray.Dataset:
    """A table with rows: `columns` holds all variables that have rows, by name."""
    import xarray

    variables = {}
    for key, variable in table.variables.items():
        name = str(key)
        values = columns[name] if name in columns else np.array(variable.values)
        variables[name] = (variable.dims, values, dict(variable.attrs))
    # xarray wants coordinates apart from variables
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
    size = 0
    for name in growing(table):
        column = table[name]
        size += column.dtype.itemsize * math.prod(column.shape[1:])
    return size


def target_attributes(target: End) -> dict[str, Any]:
    """The attributes that name a group or slice."""
    return {"object": target._group._label(), "neurons": target._size}


def labels(unit: str, long_name: str) -> dict[str, str]:
    """The attributes of a variable: its unit, 1 where it has none, and what it is."""
    return {"units": unit or "1", "long_name": long_name}


def described_variable(member: Neuron | Synapse, name: str) -> dict[str, str]:
    """The attributes of a member's variable."""
    if name == "spike":
        return {"long_name": "whether the neuron fired at this time"}
    definition = member.definition
    if name not in definition.declarations:
        functions = {function.name: function for function in definition.of_kind("adds_to")}
        target = functions[name].targets[0]
        group = member.post._group if isinstance(member, Synapse) else member
        unit = group.definition.declarations[target].unit
        return labels(unit, f"{name} of {member._label()}, added to {target} of {group._label()}")
    declaration = definition.declarations[name]
    if declaration.kind == "derived":
        return _described_derived(member, name)
    return labels(declaration.unit, declaration.doc or f"{name} of {member._label()}")


def _described_derived(member: Neuron | Synapse, name: str) -> dict[str, str]:
    """The attributes of a derived quantity: without a unit where nobody can tell it."""
    ends = {}
    if isinstance(member, Synapse):
        ends = {"pre": member.pre._group.definition, "post": member.post._group.definition}
    unit = unit_of_derived(name, member.definition, ends)
    doc = member.definition.declarations[name].doc or f"{name} of {member._label()}"
    return {"long_name": doc} if unit is None else labels(unit, doc)


def neuron_coordinates(group: Neuron, dimension: str, ids: Ints) -> dict[str, Any]:
    """Numbers, positions and indices of neurons, as coordinates."""
    label = "neuron" if dimension == "cell" else dimension
    number_of = {"long_name": f"number of the {label}"}
    coordinates: dict[str, Any] = {dimension: (dimension, ids, number_of)}
    prefix = label.removesuffix("neuron")  # so that the two ends of a projection keep theirs apart
    if group.positions is not None:
        for axis, values in zip("xyz", group.positions[ids].T, strict=False):
            attributes = {"long_name": f"position along {axis}"}
            coordinates[f"{prefix}{axis}"] = (dimension, values, attributes)
    for name, (of_group, attributes) in group.own_coordinates().items():
        coordinates[f"{prefix}{name}"] = (dimension, of_group[ids], attributes)
    if len(group.shape) > 1:
        for number, values in enumerate(np.unravel_index(ids, group.shape)):
            attributes = {"long_name": f"index along axis {number} of the group"}
            coordinates[f"{prefix}index_{number}"] = (dimension, values, attributes)
    return coordinates
