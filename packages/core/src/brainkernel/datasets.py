"""The three kinds of dataset, with coordinates, units and provenance."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.clock import step_times
from brainkernel.group import Neuron, Slice
from brainkernel.monitors import RateMonitor, SpikeMonitor, StateMonitor
from brainkernel.programfile import digest_of
from brainkernel.projection import Synapse
from brainkernel.records import Records

if TYPE_CHECKING:
    import xarray

    from brainkernel.network import Network
    from brainkernel.running import Run

Columns = dict[str, tuple[int, NDArray[np.int64]]]
DIMENSION = {"synapse": "synapse", "pre": "pre_neuron", "post": "neuron"}


def state_dataset(
    network: Network,
    monitor: StateMonitor,
    columns: Columns,
    records: list[Records],
    first: int,
    every: int,
    attributes: dict[str, Any],
) -> xarray.Dataset:
    """Traces: one variable (time, neuron) for each that is watched."""
    import xarray

    last = first + sum(stretch.steps for stretch in records)
    steps = np.arange(first // every + 1, last // every + 1) * every
    coordinates: dict[str, Any] = {"time": ("time", step_times(steps, network.dt), _labels("ms", "time"))}
    variables = {}
    for name, (column, ids) in columns.items():
        dimension = _dimension(monitor, name)
        parts = [stretch.samples[column] for stretch in records]
        data = np.concatenate(parts) if parts else np.zeros((0, ids.size))
        variables[name] = (
            ("time", dimension),
            data.astype(bool) if name == "spike" else data,
            _describe(monitor, name),
        )
        coordinates.update(_coordinates(network, monitor, dimension, ids))
    return xarray.Dataset(variables, coordinates, {**attributes, "object": monitor.member.label()})


def spike_dataset(
    network: Network, monitor: SpikeMonitor, records: list[Records], attributes: dict[str, Any]
) -> xarray.Dataset:
    """Spikes as a table, ordered by time, then neuron."""
    import xarray

    steps, neurons = events_of(network, monitor.target, records)
    variables = {
        "time": ("spike", step_times(steps, network.dt), _labels("ms", "time of the spike")),
        "neuron": ("spike", neurons, {"long_name": "number of the neuron that fired"}),
    }
    known = {"object": monitor.target.group.label(), "neurons": monitor.target.size}
    return xarray.Dataset(variables, attrs={**attributes, **known})


def rate_dataset(
    network: Network,
    monitor: RateMonitor,
    records: list[Records],
    begin: int,
    every: int,
    first: int,
    attributes: dict[str, Any],
) -> xarray.Dataset:
    """The mean rate in bins that end at the multiples of `every`; a bin that is not full yet waits for the next run."""
    import xarray

    last = begin + sum(stretch.steps for stretch in records)
    edges = np.arange(begin // every, last // every + 1) * every
    fired = _fired_by_step(network, monitor, records, begin, last)
    total = np.concatenate([[0], np.cumsum(fired)])
    counts = total[edges[1:] - begin] - total[np.maximum(edges[:-1] - begin, 0)]
    kept = edges[1:] > first
    rates = counts[kept] / (monitor.target.size * every * network.dt * 1e-3)
    time = ("time", step_times(edges[1:][kept], network.dt), _labels("ms", "end of the bin"))
    known = {"object": monitor.target.group.label(), "neurons": monitor.target.size, "bin_width_ms": every * network.dt}
    variables = {"rate": ("time", rates, _labels("Hz", "mean firing rate of a neuron"))}
    return xarray.Dataset(variables, {"time": time}, {**attributes, **known})


def events_of(
    network: Network, target: Neuron | Slice, records: list[Records]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Grid points and neuron numbers of a group's or slice's spikes."""
    group = network.build.group_of(target.group)[1]
    wanted = np.zeros(network.build.program.neurons, bool)
    wanted[group.first + target.ids] = True
    steps = [stretch.event_steps[wanted[stretch.event_neurons]] for stretch in records]
    neurons = [stretch.event_neurons[wanted[stretch.event_neurons]] for stretch in records]
    if not steps:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(steps), np.concatenate(neurons).astype(np.int64) - group.first


def provenance(network: Network, runs: list[Run]) -> dict[str, Any]:
    """What is needed to know where numbers come from: versions, backend, seed, dt, integrators, program."""
    program = network.build.program
    methods = {b.name: b.integrator.name if b.integrator else "none" for b in program.blocks}
    texts = dict.fromkeys(run.text for run in runs)
    edited = sorted({str(run.source) for run in runs if run.source is not None})
    return {
        "backend": ", ".join(dict.fromkeys(run.backend.name for run in runs)),
        "threads": max((run.threads for run in runs), default=1),
        "dt_ms": network.dt,
        "seed": network.seed,
        "integrators": ", ".join(f"{name}: {method}" for name, method in methods.items()),
        "program": ", ".join(digest_of(text) for text in texts),
        **({"edited_program": ", ".join(edited)} if edited else {}),
        "versions": ", ".join(f"{name} {number}" for name, number in _versions(network, runs)),
    }


def _versions(network: Network, runs: list[Run]) -> list[tuple[str, str]]:
    program = network.build.program
    modules = [block.definition.module for block in program.blocks]
    modules += [edge.definition.module for edge in program.edges]
    modules += [type(run.backend).__module__ for run in runs]
    names = ["brainkernel", "numpy", *(module.split(".")[0].replace("_", "-") for module in modules)]
    makers = [*(run.backend for run in runs), *(block.integrator for block in program.blocks)]
    names += [library for maker in makers for library in getattr(maker, "libraries", ())]
    return [(name, number) for name in dict.fromkeys(names) if (number := _version(name))]


@cache
def _version(name: str) -> str:
    """The version of a distribution, empty where there is none; what is installed stays so while a process runs."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _fired_by_step(
    network: Network, monitor: RateMonitor, records: list[Records], begin: int, last: int
) -> NDArray[np.int64]:
    if monitor.target.size == monitor.target.group.size:
        number = network.build.group_of(monitor.target.group)[1].number
        return np.concatenate([[0][:0], *(stretch.counts[:, number] for stretch in records)]).astype(np.int64)
    steps, _ = events_of(network, monitor.target, records)
    return np.bincount(steps - begin - 1, minlength=last - begin)


def _labels(unit: str, long_name: str) -> dict[str, str]:
    return {"units": unit or "1", "long_name": long_name}


def _dimension(monitor: StateMonitor, name: str) -> str:
    if isinstance(monitor.member, Synapse):
        return DIMENSION[str(monitor.member.definition.declarations[name].per)]
    return "neuron"


def _describe(monitor: StateMonitor, name: str) -> dict[str, str]:
    if name == "spike":
        return {"long_name": "whether the neuron fired at this time"}
    declaration = monitor.member.definition.declarations[name]
    return _labels(declaration.unit, declaration.doc or f"{name} of {monitor.member.label()}")


def _coordinates(network: Network, monitor: StateMonitor, dimension: str, ids: NDArray[np.int64]) -> dict[str, Any]:
    coordinates: dict[str, Any] = {dimension: (dimension, ids, {"long_name": f"number of the {dimension}"})}
    member = monitor.member
    if dimension == "synapse":
        assert isinstance(member, Synapse)
        ends = {end: network.wires(member, end)[ids] for end in ("pre", "post")}
        return {**coordinates, **{end: ("synapse", numbers) for end, numbers in ends.items()}}
    group = member if isinstance(member, Neuron) else (member.pre if dimension == "pre_neuron" else member.post).group
    prefix = dimension.removesuffix("neuron")  # so that the two ends of a projection keep theirs apart
    if group.positions is not None:
        for axis, values in zip("xyz", group.positions[ids].T, strict=False):
            coordinates[f"{prefix}{axis}"] = (dimension, values, {"long_name": f"position along {axis}"})
    if len(group.shape) > 1:
        for number, values in enumerate(np.unravel_index(ids, group.shape)):
            coordinates[f"{prefix}index_{number}"] = (
                dimension,
                values,
                {"long_name": f"index along axis {number} of the group"},
            )
    return coordinates
