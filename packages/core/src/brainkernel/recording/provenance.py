"""Where numbers come from.

Attributes of datasets, which hold what is needed to get the numbers again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.base.description import AT_ONCE, described, digest_of_pieces
from brainkernel.codegen.source_file import digest_of
from brainkernel.execution.declared import device_of, libraries_of
from brainkernel.lowering.addresses import read_state
from brainkernel.lowering.stored_values import Deferred, Placed
from brainkernel.lowering.user_order import as_user_counts
from brainkernel.model.neuron import End, Member, Neuron
from brainkernel.model.stimuli import Scaled, TimedArray
from brainkernel.model.synapse import Synapse
from brainkernel.program.program import NARROW
from brainkernel.recording.network_protocol import RecordedNetwork, RecordedRun
from brainkernel.recording.run_log import RunLog, Values

OBJECTS = ("groups", "projections")
"""The attributes that hold JSON objects with one entry for each member."""


class Provenance:
    """Notes what runs are told, and describes it when a dataset is made.

    Parameters
    ----------
    network : RecordedNetwork
        Whose runs they are.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self.network = network
        self._written: dict[str, Any] = {}
        self._written_at_zero: set[tuple[str, str]] = set()
        self._parameters: Values = {}
        # the values that were described, without keeping them
        self._described_values: dict[tuple[str, str], Any] = {}
        self._first_states: Values | None = None
        self._impulses: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {}
        self._objects: tuple[Values, Values, dict[str, str]] = {}, {}, {}

    # -- while the network runs --------------------------------------------------------------------

    def begin(self, run: RecordedRun) -> RunLog:
        """Note what a run is told."""
        parameters = self._present_parameters()
        inputs = [_described_input(key, value) for key, value in run.inputs.items()]
        for group in self.network.groups:
            inputs += self._own_inputs(group)
            inputs += _timed_parameters(group)
        operations = []
        for operation in self.network.operations:
            every = operation.every * self.network.dt
            operations.append({"every_ms": every, "function": described(operation.function)})
        # each run tells of what was written since the one before
        written, self._written = self._written, {}
        return RunLog(
            first=run.first,
            last=run.first,
            backend=run.backend,
            threads=run.threads,
            text=run.text,
            source=run.source,
            inputs=inputs,
            operations=operations,
            before=parameters,
            after=parameters,
            first_states=self._given_first_states(),
            written=written,
        )

    def end(self, log: RunLog) -> None:
        """Note where a run ended, and what operations left behind."""
        log.last = self.network.step
        if log.operations:
            log.after = self._present_parameters()

    def note_written(self, member: Member, name: str) -> None:
        """Note that a state was written by hand.

        One that is written at time zero is a first state.
        """
        network = self.network
        if member.definition.declarations[name].kind != "state":
            return
        owner = str(member.name)
        if network.step == 0:
            self._written_at_zero.add((owner, name))
            self._first_states = None
        else:
            values = read_state(network.build, network.state, member, name)
            self._written[f"{owner}.{name}"] = described(values)

    def forget_written(self) -> None:
        """The state was replaced as a whole, so what was written to it does not matter."""
        self._written = {}

    def _own_inputs(self, group: Neuron) -> Iterable[dict[str, Any]]:
        """Describe what a group brings along.

        Times are looked at once, as long as they are the same arrays.
        """
        for name, impulses in group.own_inputs().items():
            key = (str(group.name), name)
            arrays = (impulses.times, impulses.neurons, impulses.value)
            described_before = self._impulses.get(key)
            if described_before is not None:
                pairs = zip(described_before[0], arrays, strict=True)
                if all(old is new for old, new in pairs):
                    yield described_before[1]
                    continue
            description = _described_input((group, name), impulses)
            self._impulses[key] = arrays, description
            yield description

    def _present_parameters(self) -> Values:
        """Describe all parameters; the same object as long as nothing changes.

        A value is looked at once.
        """
        present: dict[str, dict[str, Any]] = {}
        for owner, member in self._members().items():
            before = self._parameters.get(owner, {})
            values = self.network.build.values_of(member)
            descriptions: dict[str, Any] = {}
            for name in member.definition.names("parameter"):
                value = values[name]
                key = (owner, name)
                if name in before and _is_unchanged(self._described_values[key], value):
                    descriptions[name] = before[name]
                else:
                    descriptions[name] = self._described_parameter(member, name, value)
                    # the value itself is not kept
                    self._described_values[key] = value if isinstance(value, float) else ref(value)
            present[owner] = {**descriptions, **self._rewired(owner)}
        if present != self._parameters:
            self._parameters = present
        return self._parameters

    def _rewired(self, owner: str) -> dict[str, Any]:
        """Describe the synapses of a projection that are others than its rule gives."""
        connectivity = self.network.build.connectivities.get(owner)
        if connectivity is None or connectivity.identities is None:
            return {}
        key = (owner, "synapses")
        before = self._parameters.get(owner, {})
        seen = self._described_values.get(key)
        if "synapses" in before and seen is not None and seen() is connectivity:
            return {"synapses": before["synapses"]}
        self._described_values[key] = ref(connectivity)
        steps = connectivity.steps(slice(0, connectivity.size))
        columns = [connectivity.pre, connectivity.post, steps]
        ends_and_delays = [connectivity.by_user(column.astype(np.int64)) for column in columns]
        return {"synapses": described(np.array(ends_and_delays))}

    def _described_parameter(self, member: Member, name: str, value: Any) -> Any:
        if isinstance(value, Deferred):
            # it is kept nowhere, and follows from the seed, its name and the function
            return described(member._given_or_default(name))
        if isinstance(value, Placed) and value.order.size > AT_ONCE:
            connectivity = self.network.build.connectivities[str(member.name)]
            if connectivity.number is None:  # in the user's order: no copy of all is needed
                stretches = (value.table[positions] for _, positions in value.order.positions())
                return {"shape": [value.order.size], "sha256": digest_of_pieces(stretches)}
        return described(as_user_counts(self.network.build, member, name, value))

    def _given_first_states(self) -> Values:
        """Describe the states at time zero that a user gave, as they were drawn."""
        if self._first_states is None:
            first_states = {}
            for owner, member in self._members().items():
                first_states[owner] = self._first_states_of(member)
            self._first_states = first_states
        return self._first_states

    def _first_states_of(self, member: Member) -> dict[str, Any]:
        build, owner = self.network.build, str(member.name)
        first_states = {}
        for name in member.definition.names("state"):
            if name in member._given or (owner, name) in self._written_at_zero:
                first_states[name] = described(read_state(build, build.first, member, name))
        return first_states

    # -- attributes --------------------------------------------------------------------------------

    def attributes(self, logs: Sequence[RunLog]) -> dict[str, Any]:
        """Describe some runs that follow one another.

        Strings and numbers, with JSON for what has parts.
        """
        network, program = self.network, self.network.build.program
        methods = {block.name: _method(block) for block in program.blocks}
        first = last = network.step
        if logs:
            first, last = logs[0].first, logs[-1].last
        backends = dict.fromkeys(log.backend.name for log in logs)
        texts = dict.fromkeys(log.text for log in logs)
        edited = sorted({str(log.source) for log in logs if log.source is not None})
        return {
            "t_start_ms": self._time(first),
            "t_stop_ms": self._time(last),
            "duration_ms": self._time(last - first),
            "backend": ", ".join(backends),
            "threads": max((log.threads for log in logs), default=1),
            "dt_ms": network.dt,
            "seed": network.seed,
            "dtype": _dtype(program.narrow),
            "integrators": ", ".join(f"{name}: {method}" for name, method in methods.items()),
            "program": ", ".join(digest_of(text) for text in texts),
            **({"edited_program": ", ".join(edited)} if edited else {}),
            "versions": ", ".join(f"{name} {number}" for name, number in self._versions(logs)),
            **self._described_objects(logs[0] if logs else None),
            "runs": json.dumps(list(self._described_runs(logs))),
        }

    def _time(self, steps: int) -> float:
        return float(step_times(np.array([steps]), self.network.dt)[0])

    def _described_runs(self, logs: Sequence[RunLog]) -> Iterable[dict[str, Any]]:
        before = logs[0].before if logs else {}
        for log in logs:
            description: dict[str, Any] = {
                "t_start_ms": self._time(log.first),
                "t_stop_ms": self._time(log.last),
                "duration_ms": self._time(log.last - log.first),
                "backend": log.backend.name,
                "threads": log.threads,
                "inputs": log.inputs,
            }
            where_there_are_any = {
                "device": device_of(log.backend),
                "edited_program": None if log.source is None else str(log.source),
                "operations": log.operations,
                "changed_parameters": _changes(before, log.before),
                "written_states": log.written,
                "changed_by_operations": _changes(log.before, log.after),
            }
            for name, value in where_there_are_any.items():
                if value:
                    description[name] = value
            yield description
            before = log.after

    def _members(self) -> dict[str, Member]:
        members = (*self.network.groups, *self.network.projections)
        return {str(member.name): member for member in members}

    def _described_objects(self, log: RunLog | None) -> dict[str, str]:
        parameters = self._present_parameters() if log is None else log.before
        first_states = self._given_first_states() if log is None else log.first_states
        old_parameters, old_first_states, texts = self._objects
        if old_parameters is parameters and old_first_states is first_states:
            return texts
        groups = {str(group.name): self._group(group) for group in self.network.groups}
        projections = {}
        for projection in self.network.projections:
            projections[str(projection.name)] = self._projection(projection)
        for owner, description in (*groups.items(), *projections.items()):
            description["parameters"] = parameters[owner]
            if first_states[owner]:
                description["first_states"] = first_states[owner]
        texts = {"groups": json.dumps(groups), "projections": json.dumps(projections)}
        self._objects = parameters, first_states, texts
        return texts

    def _group(self, group: Neuron) -> dict[str, Any]:
        block, _ = self.network.build.group_of(group)
        description = {
            "model": _model(group),
            "shape": list(group.shape),
            "method": _method(block),
        }
        if block.lag:
            description["spikes"] = "interpolated"
        if group.positions is not None:
            description["positions"] = described(group.positions)
        return description

    def _projection(self, projection: Synapse) -> dict[str, Any]:
        build = self.network.build
        synapse_block, _ = build.projection_of(projection)
        description = {
            "model": _model(projection),
            "pre": _described_end(projection.pre),
            "post": _described_end(projection.post),
            "connect": described(projection.connect),
            "synapses": build.connectivities[str(projection.name)].size,
            "delay_ms": described(projection.delay),
            "dendritic_delay_ms": described(projection.dendritic_delay),
        }
        integrators = [loop.integrator for loop in synapse_block.loops]
        methods = [integrator.name for integrator in integrators if integrator is not None]
        if methods:
            description["method"] = ", ".join(dict.fromkeys(methods))
        return description

    def _versions(self, logs: Sequence[RunLog]) -> list[tuple[str, str]]:
        program = self.network.build.program
        modules = [block.definition.module for block in program.blocks]
        modules += [synapse_block.definition.module for synapse_block in program.synapse_blocks]
        modules += [type(log.backend).__module__ for log in logs]
        names = ["brainkernel", "numpy"]
        for module in modules:
            package, *_ = module.split(".")
            names.append(package.replace("_", "-"))
        for log in logs:
            names += libraries_of(log.backend)
        for block in program.blocks:
            names += getattr(block.integrator, "libraries", ())
        versions = [(name, _version(name)) for name in dict.fromkeys(names)]
        return [(name, number) for name, number in versions if number]


def common_attributes(runs: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """The attributes that some runs of a batch share.

    What differs within a JSON object is null there.
    """
    first, *further = runs
    common = {}
    for name, value in first.items():
        if not all(name in run for run in further):
            continue
        if all(run[name] == value for run in further):
            common[name] = value
        elif name in OBJECTS:
            common[name] = json.dumps(_alike([json.loads(run[name]) for run in runs]))
    return common


def _alike(values: Sequence[Any]) -> Any:
    first, *further = values
    if all(value == first for value in further):
        return first
    if not all(isinstance(value, dict) for value in values):
        return None
    if not all(value.keys() == first.keys() for value in further):
        return None
    alike = {}
    for key in first:
        alike[key] = _alike([value[key] for value in values])
    return alike


def _is_unchanged(before: Any, value: Any) -> bool:
    if isinstance(before, ref):
        return before() is value
    return isinstance(value, float) and before == value


def _changes(before: Values, after: Values) -> dict[str, Any]:
    """The descriptions of what has another value."""
    if before is after:
        return {}
    changes = {}
    for owner, values in after.items():
        for name, value in values.items():
            if before[owner].get(name) != value:
                changes[f"{owner}.{name}"] = value
    return changes


def _timed_parameters(group: Neuron) -> Iterable[dict[str, Any]]:
    """Describe the parameters of a group that follow time."""
    for name in group.definition.names("timed"):
        value = described_stimulus(group._given_or_default(name))
        yield {"target": str(group.name), "parameter": name, "value": value}


DESCRIBED: WeakKeyDictionary[TimedArray | Scaled, Any] = WeakKeyDictionary()
"""What has been described: a TimedArray is long, never changes, and is given to many runs."""


def described_stimulus(value: Any) -> Any:
    """Describe what drives a run; a TimedArray is gone through once."""
    if not isinstance(value, (Scaled, TimedArray)):
        return described(value)
    if value not in DESCRIBED:
        DESCRIBED[value] = described(value)
    return DESCRIBED[value]


def _described_input(key: Any, value: Any) -> dict[str, Any]:
    end, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    if not hasattr(end, "group"):
        return {"target": str(key), "value": described_stimulus(value)}
    inputs = end._group.definition.names("input")
    if name is None and len(inputs) == 1:
        (name,) = inputs
    described_value = described_stimulus(value)
    return {"target": _described_end(end), "input": str(name), "value": described_value}


def _described_end(end: End) -> Any:
    """The name of a group; of a slice the neurons too, as a range where they are one."""
    name = str(end._group.name)
    if isinstance(end, Neuron):
        return name
    steps = np.unique(np.diff(end.ids))
    if steps.size == 1:
        first, last = int(end.ids[0]), int(end.ids[-1])
        return {"group": name, "first": first, "last": last, "step": int(steps[0])}
    return {"group": name, "neurons": described(end.ids)}


def _model(member: Member) -> str:
    return f"{member.definition.module}.{member.definition.name}"


def _method(block: Any) -> str:
    return block.integrator.name if block.integrator else "none"


def _dtype(narrow: frozenset[str]) -> str:
    dtypes = {}
    for kind, stores in NARROW.items():
        dtypes[kind] = "float64" if narrow.isdisjoint(stores) else "float32"
    if len(set(dtypes.values())) == 1:
        return dtypes["state"]
    return ", ".join(f"{kind}: {dtype}" for kind, dtype in dtypes.items())


@cache
def _version(name: str) -> str:
    """The version of a distribution, empty where there is none.

    What is installed stays so while a process runs.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
