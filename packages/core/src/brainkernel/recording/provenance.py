"""Where numbers come from.

Attributes of datasets, which hold what is needed to get the numbers again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from weakref import ref

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.base.description import AT_ONCE, described, digest_of_pieces
from brainkernel.codegen.source_file import digest_of
from brainkernel.execution.declared import device_of, libraries_of
from brainkernel.lowering.addresses import read_state
from brainkernel.lowering.stored_values import Deferred, Placed
from brainkernel.lowering.user_order import as_user_counts
from brainkernel.model.neuron import End, Member, Neuron
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
        self._seen: dict[
            tuple[str, str], Any
        ] = {}  # the values that were described, without keeping them
        self._first_states: Values | None = None
        self._impulses: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {}
        self._objects: tuple[Values, Values, dict[str, str]] = {}, {}, {}

    # -- while the network runs --------------------------------------------------------------------

    def begin(self, run: RecordedRun) -> RunLog:
        """Note what a run is told."""
        parameters = self._present_parameters()
        inputs = [_described_input(key, value) for key, value in run.inputs.items()]
        inputs += [entry for group in self.network.groups for entry in self._own_inputs(group)]
        operations = [
            {
                "every_ms": operation.every * self.network.dt,
                "function": described(operation.function),
            }
            for operation in self.network.operations
        ]
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
            self._written[f"{owner}.{name}"] = described(
                read_state(network.build, network.state, member, name)
            )

    def forget_written(self) -> None:
        """The state was replaced as a whole, so what was written to it does not matter."""
        self._written = {}

    def _own_inputs(self, group: Neuron) -> Iterable[dict[str, Any]]:
        """Describe what a group brings along.

        Times are looked at once, as long as they are the same arrays.
        """
        for name, impulses in group.own_inputs().items():
            key, given = (str(group.name), name), (impulses.times, impulses.neurons, impulses.value)
            known = self._impulses.get(key)
            if known is None or not all(
                old is new for old, new in zip(known[0], given, strict=True)
            ):
                self._impulses[key] = known = given, _described_input((group, name), impulses)
            yield known[1]

    def _present_parameters(self) -> Values:
        """Describe all parameters; the same object as long as nothing changes.

        A value is looked at once.
        """
        found: dict[str, dict[str, Any]] = {}
        for owner, member in self._members().items():
            known, values = self._parameters.get(owner, {}), self.network.build.values_of(member)
            found[owner] = {}
            for name in member.definition.names("parameter"):
                value, key = values[name], (owner, name)
                if name in known and _is_seen(self._seen[key], value):
                    found[owner][name] = known[name]
                else:
                    found[owner][name] = self._described_parameter(member, name, value)
                    self._seen[key] = value if isinstance(value, float) else ref(value)
        if found != self._parameters:
            self._parameters = found
        return self._parameters

    def _described_parameter(self, member: Member, name: str, value: Any) -> Any:
        if isinstance(
            value, Deferred
        ):  # it is kept nowhere, and follows from the seed, its name and the function
            return described(member.given_or_default(name))
        in_order = (
            isinstance(value, Placed) and self.network.build.wired[str(member.name)].number is None
        )
        if in_order and value.order.size > AT_ONCE:  # without a copy of all
            pieces = (value.table[place] for _, place in value.order.positions())
            return {"shape": [value.order.size], "sha256": digest_of_pieces(pieces)}
        return described(as_user_counts(self.network.build, member, name, value))

    def _given_first_states(self) -> Values:
        """Describe the states at time zero that a user gave, as they were drawn."""
        if self._first_states is None:
            self._first_states = {
                owner: self._first_states_of(member) for owner, member in self._members().items()
            }
        return self._first_states

    def _first_states_of(self, member: Member) -> dict[str, Any]:
        build, owner = self.network.build, str(member.name)
        states = member.definition.names("state")
        given = [
            name
            for name in states
            if name in member.given or (owner, name) in self._written_at_zero
        ]
        return {name: described(read_state(build, build.first, member, name)) for name in given}

    # -- attributes --------------------------------------------------------------------------------

    def attributes(self, logs: Sequence[RunLog]) -> dict[str, Any]:
        """Describe some runs that follow one another.

        Strings and numbers, with JSON for what has parts.
        """
        network, program = self.network, self.network.build.program
        methods = {block.name: _method(block) for block in program.blocks}
        first, last = (logs[0].first, logs[-1].last) if logs else (network.step, network.step)
        edited = sorted({str(log.source) for log in logs if log.source is not None})
        return {
            "t_start_ms": self._time(first),
            "t_stop_ms": self._time(last),
            "duration_ms": self._time(last - first),
            "backend": ", ".join(dict.fromkeys(log.backend.name for log in logs)),
            "threads": max((log.threads for log in logs), default=1),
            "dt_ms": network.dt,
            "seed": network.seed,
            "dtype": _dtype(program.narrow),
            "integrators": ", ".join(f"{name}: {method}" for name, method in methods.items()),
            "program": ", ".join(
                digest_of(text) for text in dict.fromkeys(log.text for log in logs)
            ),
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
            entry: dict[str, Any] = {
                "t_start_ms": self._time(log.first),
                "t_stop_ms": self._time(log.last),
                "duration_ms": self._time(log.last - log.first),
                "backend": log.backend.name,
                "threads": log.threads,
                "inputs": log.inputs,
            }
            found = {
                "device": device_of(log.backend),
                "edited_program": None if log.source is None else str(log.source),
                "operations": log.operations,
                "changed_parameters": _changes(before, log.before),
                "written_states": log.written,
                "changed_by_operations": _changes(log.before, log.after),
            }
            yield {**entry, **{name: value for name, value in found.items() if value}}
            before = log.after

    def _members(self) -> dict[str, Member]:
        return {
            str(member.name): member for member in (*self.network.groups, *self.network.projections)
        }

    def _described_objects(self, log: RunLog | None) -> dict[str, str]:
        parameters = self._present_parameters() if log is None else log.before
        first_states = self._given_first_states() if log is None else log.first_states
        if self._objects[0] is not parameters or self._objects[1] is not first_states:
            groups = {str(group.name): self._group(group) for group in self.network.groups}
            projections = {str(syn.name): self._projection(syn) for syn in self.network.projections}
            for owner, entry in (*groups.items(), *projections.items()):
                entry["parameters"] = parameters[owner]
                entry.update({"first_states": first_states[owner]} if first_states[owner] else {})
            texts = {"groups": json.dumps(groups), "projections": json.dumps(projections)}
            self._objects = parameters, first_states, texts
        return self._objects[2]

    def _group(self, group: Neuron) -> dict[str, Any]:
        block = self.network.build.group_of(group)[0]
        positions = {} if group.positions is None else {"positions": described(group.positions)}
        return {
            "model": _model(group),
            "shape": list(group.shape),
            "method": _method(block),
            **positions,
        }

    def _projection(self, projection: Synapse) -> dict[str, Any]:
        build = self.network.build
        edge = build.projection_of(projection)[0]
        methods = [loop.integrator.name for loop in edge.loops if loop.integrator is not None]
        return {
            "model": _model(projection),
            "pre": _described_end(projection.pre),
            "post": _described_end(projection.post),
            "connect": described(projection.connect),
            "synapses": build.wired[str(projection.name)].size,
            "delay_ms": described(projection.delay),
            "dendritic_delay_ms": described(projection.dendritic_delay),
            **({"method": ", ".join(dict.fromkeys(methods))} if methods else {}),
        }

    def _versions(self, logs: Sequence[RunLog]) -> list[tuple[str, str]]:
        program = self.network.build.program
        modules = [block.definition.module for block in program.blocks]
        modules += [edge.definition.module for edge in program.edges]
        modules += [type(log.backend).__module__ for log in logs]
        names = [
            "brainkernel",
            "numpy",
            *(module.split(".")[0].replace("_", "-") for module in modules),
        ]
        names += [library for log in logs for library in libraries_of(log.backend)]
        methods = [block.integrator for block in program.blocks if block.integrator is not None]
        names += [library for method in methods for library in getattr(method, "libraries", ())]
        return [(name, number) for name in dict.fromkeys(names) if (number := _version(name))]


def common_attributes(several: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """The attributes that some runs of a batch share.

    What differs within a JSON object is null there.
    """
    first = several[0]
    names = [name for name in first if all(name in other for other in several)]
    common = {
        name: first[name] for name in names if all(other[name] == first[name] for other in several)
    }
    for name in OBJECTS:
        if name in names and name not in common:
            common[name] = json.dumps(_alike([json.loads(other[name]) for other in several]))
    return {name: common[name] for name in names if name in common}


def _alike(several: Sequence[Any]) -> Any:
    first = several[0]
    if all(other == first for other in several):
        return first
    if all(isinstance(other, dict) and other.keys() == first.keys() for other in several):
        return {key: _alike([other[key] for other in several]) for key in first}
    return None


def _is_seen(seen: Any, value: Any) -> bool:
    return seen() is value if isinstance(seen, ref) else isinstance(value, float) and seen == value


def _changes(before: Values, after: Values) -> dict[str, Any]:
    """The descriptions of what has another value."""
    if before is after:
        return {}
    return {
        f"{owner}.{name}": value
        for owner, values in after.items()
        for name, value in values.items()
        if before[owner][name] != value
    }


def _described_input(key: Any, value: Any) -> dict[str, Any]:
    end, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    if not hasattr(end, "group"):
        return {"target": str(key), "value": described(value)}
    names = end.group.definition.names("input")
    name = names[0] if name is None and len(names) == 1 else name
    return {"target": _described_end(end), "input": str(name), "value": described(value)}


def _described_end(end: End) -> Any:
    """The name of a group; of a slice the neurons too, as a range where they are one."""
    name = str(end.group.name)
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
    kinds = {
        what: "float32" if narrow & set(stores) else "float64" for what, stores in NARROW.items()
    }
    if len(set(kinds.values())) == 1:
        return kinds["state"]
    return ", ".join(f"{what}: {kind}" for what, kind in kinds.items())


@cache
def _version(name: str) -> str:
    """The version of a distribution, empty where there is none.

    What is installed stays so while a process runs.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
