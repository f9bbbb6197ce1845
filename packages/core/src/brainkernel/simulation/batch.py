"""Many runs of one network, as datasets with a dimension ``batch``.

The runs differ in parameters or seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import BatchError
from brainkernel.lowering.kept_values import KeptValues
from brainkernel.lowering.lazy_states import bring_up_to_date
from brainkernel.model.definition import suggestion
from brainkernel.model.neuron import Member
from brainkernel.model.synapse import Synapse
from brainkernel.program.state import State
from brainkernel.recording.provenance import common_attributes
from brainkernel.simulation.membership import put_parameters
from brainkernel.simulation.pending import sum_anew
from brainkernel.simulation.running_network import RunningNetwork

if TYPE_CHECKING:
    import xarray

Batch = int | Mapping[Any, Any]
SEED = "seed"


class Plan:
    """What differs between the runs of a batch.

    Parameters
    ----------
    network : Network
        Whose runs they are.
    batch : int or mapping
        How many runs, with seeds that count up from the network's; or what is swept: (member,
        parameter) or ``"seed"`` to one value for each run.

    Raises
    ------
    BatchError
        Where there is nothing to sweep, or the numbers of values differ.
    """

    def __init__(self, network: RunningNetwork, batch: Batch) -> None:
        self.network = network
        swept = dict(batch) if isinstance(batch, Mapping) else _seeds(network, batch)
        self.swept = _sizes_agree(swept)
        self.seeds = None
        if SEED in self.swept:
            self.seeds = _checked_seeds(self.swept.pop(SEED))
        for key in self.swept:
            _check(network, key)

    @property
    def size(self) -> int:
        """How many runs."""
        if self.seeds is not None:
            return len(self.seeds)
        return len(next(iter(self.swept.values())))

    def prepare(self, number: int, saved: KeptValues) -> None:
        """Give the network the values of one run.

        What is not swept goes back to what was kept: an operation of the last run may have changed
        it. Both are one change, so that a network whose form a sweep changes is not laid out for
        each run.
        """
        build = self.network.build
        if self.seeds is not None:
            build.reseed(int(self.seeds[number]))
        new = {key: values[number] for key, values in self.swept.items()}
        build.set_parameters(new, saved)
        projections = {member for member, _ in self.swept if isinstance(member, Synapse)}
        for projection in projections:
            sum_anew(build, self.network.state, projection)

    def resolved(self, saved: KeptValues) -> dict[Any, list[Any]]:
        """Every swept value as the network reads it, in the units of the model.

        So a bad one is found before all runs.

        Raises
        ------
        BatchError
            Where some values of one parameter are arrays of other shapes than others.
        """
        resolved: dict[Any, list[Any]] = {key: [] for key in self.swept}
        for number in range(self.size):
            self.prepare(number, saved)
            for (member, name), values in resolved.items():
                values.append(np.asarray(member._get_value(name)))
        for key, values in resolved.items():
            shapes = {value.shape for value in values}
            if len(shapes) > 1:
                raise BatchError(
                    f"{_label(key)}: give either a number for each run, or an array of one shape "
                    "for each"
                )
        return resolved

    def coordinates(self, resolved: Mapping[Any, list[Any]]) -> dict[str, Any]:
        """The number of each run, and what was swept."""
        runs = np.arange(self.size)
        coordinates: dict[str, Any] = {"batch": ("batch", runs, {"long_name": "number of the run"})}
        if self.seeds is not None:
            attributes = {"long_name": "seed of the random numbers of the run"}
            coordinates[SEED] = ("batch", self.seeds, attributes)
        for (member, name), values in resolved.items():
            label = f"{member.name}_{name}"
            array = np.array(values)
            axes = [f"{label}_axis_{axis}" for axis in range(array.ndim - 1)]
            unit = member.definition.declarations[name].unit or "1"
            attributes = {"units": unit, "long_name": f"{name} of {member._label()}"}
            coordinates[label] = (("batch", *axes), array, attributes)
        return coordinates


def run_batch(
    network: RunningNetwork,
    batch: Batch,
    run: Callable[[], xarray.DataTree],
) -> xarray.DataTree:
    """Run a network once for each entry of a batch, always from where it is, and leave it there.

    Parameters
    ----------
    network : Network
        What runs.
    batch : int or mapping
        As `Plan` takes it.
    run : function
        Runs the network once.
    """
    plan = Plan(network, batch)
    build = network.build
    state = network.state.copy()
    begin = _up_to_date(network, state)
    records = network._recorder.mark()
    values, impulses, keys = network.kept_values(), build.kept_impulses(), build.keys
    saved, parameters = values
    trees = []
    try:
        coordinates = plan.coordinates(plan.resolved(saved))
        if begin is not state:
            network.set_state(begin.copy())
        for number in range(plan.size):
            put_parameters(parameters)
            build.put_impulses(impulses)
            plan.prepare(number, saved)
            trees.append(run())
            _check_duration(number, trees)
            # all runs begin from where the network is
            network.put_build(build, begin.copy())
            network._recorder.rewind(records)
    finally:
        network.put_build(build, state)
        network.put_values(values)
        build.put_impulses(impulses)
        build.keys = keys
    return _together(trees, coordinates)


def _up_to_date(network: RunningNetwork, state: State) -> State:
    """The state with lazy states as they are now, which no parameter of a run acts on before."""
    projections = [c.projection for c in network.build.connectivities.values()]
    lazy = [projection for projection in projections if projection.definition.analysis.lazy]
    if not lazy:
        return state
    begin = state.copy()
    bring_up_to_date(network.build, begin, lazy)
    return begin


def _check_duration(number: int, trees: list[xarray.DataTree]) -> None:
    """Refuse a run that `net.stop` ended earlier or later than the first one."""
    durations = [tree.attrs["duration_ms"] for tree in (trees[0], trees[-1])]
    if durations[0] != durations[1]:
        raise BatchError(
            f"run {number} of the batch ended after {durations[1]:g} ms, run 0 after "
            f"{durations[0]:g} ms: the runs of a batch have one duration; run networks that "
            "net.stop() ends one by one"
        )


def _check_synapses(name: str, datasets: Sequence[xarray.Dataset]) -> None:
    """Refuse records of single synapses that are others from run to run."""
    if "synapse" not in datasets[0].dims:
        return
    for dataset in datasets[1:]:
        columns = ("synapse", "pre", "post")
        if not all(np.array_equal(dataset[c], datasets[0][c]) for c in columns):
            raise BatchError(
                f"monitor {name} recorded other synapses in some runs of the batch than in the "
                "first one, as operations added others: record what there is one of for each "
                "neuron, or run the networks one by one"
            )


def _is_integer(number: object) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)


def _seeds(network: RunningNetwork, batch: Any) -> dict[Any, Any]:
    if not _is_integer(batch) or batch < 1:
        raise BatchError(f"batch = {batch}: give the number of runs, at least 1, or what is swept")
    return {SEED: [(network.seed + number) % 2**64 for number in range(int(batch))]}


def _sizes_agree(swept: dict[Any, Any]) -> dict[Any, Any]:
    sizes = {}
    for key, values in swept.items():
        sizes[key] = len(values) if hasattr(values, "__len__") else 0
    if not sizes or min(sizes.values()) < 1 or len(set(sizes.values())) > 1:
        listed = ", ".join(f"{_label(key)}: {size}" for key, size in sizes.items()) or "nothing"
        raise BatchError(
            f"a batch needs one value of each swept quantity for each run; there are {listed}"
        )
    return swept


def _checked_seeds(seeds: Any) -> NDArray[np.uint64]:
    for seed in seeds:
        if not _is_integer(seed) or not 0 <= seed < 2**64:
            raise BatchError(f"seed {seed!r}: it must be a whole number from 0 to 2**64 - 1")
    return np.array(seeds, np.uint64)


def _check(network: RunningNetwork, key: object) -> None:
    if not (isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], Member)):
        raise BatchError(
            f"batch={{{key!r}: ...}}: sweep (member, 'parameter'), as (lif, 'tau'), or 'seed'"
        )
    member, name = key
    members = [*network.groups, *network.projections]
    if not any(member is candidate for candidate in members):
        raise BatchError(f"{member._label()} is not in this network")
    parameters = member.definition.names("parameter")
    if name in member.definition.names("timed"):
        raise BatchError(
            f"{member._label()}.{name} follows time, which a batch cannot sweep: let its function "
            "or TimedArray differ from run to run, or sweep another parameter"
        )
    if name not in parameters:
        raise BatchError(
            f"{member._label()} has no parameter {name!r}; {suggestion(str(name), parameters)}"
        )


def _label(key: Any) -> str:
    if isinstance(key, tuple) and isinstance(key[0], Member):
        return f"{key[0]._label()}.{key[1]}"
    return str(key)


def _together(trees: list[xarray.DataTree], coordinates: Mapping[str, Any]) -> xarray.DataTree:
    """One tree of all runs.

    Traces and rates side by side, spikes one run after another, each with its run.
    """
    import xarray

    first = trees[0]
    common = common_attributes([tree.attrs for tree in trees])
    if SEED in coordinates:
        common.pop("seed")
    top = xarray.Dataset(attrs={**common, "batch": len(trees)})
    nodes = {"/": top.assign_coords(coordinates)}
    for name in first.children:
        datasets = [tree[name].to_dataset() for tree in trees]
        _check_synapses(str(name), datasets)
        joined = _spikes(datasets) if "spike" in datasets[0].dims else _stacked(datasets)
        node = joined.assign_coords(coordinates)
        node.attrs = dict(common)
        for key, value in datasets[0].attrs.items():
            if key not in first.attrs:
                node.attrs[key] = value
        nodes[f"/{name}"] = node
    return xarray.DataTree.from_dict(nodes, name="run")


def _stacked(datasets: list[xarray.Dataset]) -> xarray.Dataset:
    import xarray

    return xarray.concat(datasets, "batch", combine_attrs="drop_conflicts", join="exact")


def _spikes(datasets: list[xarray.Dataset]) -> xarray.Dataset:
    import xarray

    counts = [dataset.sizes["spike"] for dataset in datasets]
    number = np.repeat(np.arange(len(datasets)), counts)
    joined = xarray.concat(datasets, "spike", combine_attrs="drop_conflicts")
    attributes = {"long_name": "number of the run that the spike belongs to"}
    return joined.assign(run=("spike", number, attributes))
