"""Values of variables at regular times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainkernel.base.clock import step_times
from brainkernel.base.selections import check_selection
from brainkernel.errors import MonitorError
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.synapse import Synapse
from brainkernel.program.job import Records
from brainkernel.recording.datasets import (
    DIMENSION,
    Ints,
    dataset,
    described_variable,
    labels,
    neuron_coordinates,
)
from brainkernel.recording.monitor import Columns, Elements, Look, Looks, Monitor, Probes, Reading
from brainkernel.recording.reading_times import grid_points, interval_ends
from brainkernel.recording.selection import chosen, counted_per, variable_names


class StateMonitor(Monitor):
    """Record variables at regular times.

    Parameters
    ----------
    target : Neuron, Slice or Synapse
        Whose variables.
    variables : str or sequence of str
        States, parameters and derived quantities; of neurons also inputs, and ``"spike"``: whether
        the neuron fired at that time; of a projection also the functions that add to an input of
        its target, by their names.
    neurons : int, sequence of int, slice or mask, optional
        Which neurons of the target; of a projection, which of its sources or targets, for what
        there is one of for each of these. All where none are given. A mask has one True or False
        for each of them.
    synapses : int, sequence of int, slice or mask, optional
        Which synapses of a projection, as `sources` and `targets` count them, for what there is one
        of for each synapse. All where none are given.
    every : float, optional
        The interval in ms; each step where none is given. Samples lie at the multiples of `every`.

    Raises
    ------
    MonitorError
        Where the target has no such variable, or `neurons` or `synapses` select nothing that is
        recorded.

    Notes
    -----
    A value at time t holds all that acts at t: integration, reset, and spikes that arrive. A
    parameter is recorded as it was in the step that ended at t. A derived quantity follows from
    those states and parameters. An input is the sum of what stimuli gave in that step, and of what
    the synapses add with the states and parameters at t.
    """

    def __init__(
        self,
        target: End | Synapse,
        variables: str | Sequence[str],
        *,
        neurons: Any = None,
        synapses: Any = None,
        every: float | None = None,
    ) -> None:
        if not isinstance(target, (Neuron, Slice, Synapse)):
            raise MonitorError(
                f"StateMonitor watches a group, slice or projection, not a {type(target).__name__}"
            )
        super().__init__(target, every)
        self.variables = variable_names("StateMonitor", self.member, variables, spike=True)
        if not self.variables:
            raise MonitorError("StateMonitor needs a variable: StateMonitor(group, 'V')")
        label = f"a monitor of {target._label()}"
        self.neurons = None if neurons is None else check_selection(neurons, label, MonitorError)
        self.synapses = None if synapses is None else check_selection(synapses, label, MonitorError)
        self._check_selections()
        if isinstance(target, (Neuron, Slice)):
            chosen(target, self.neurons)

    def selected(self, variable: str) -> Any:
        """What selects the elements of a variable that are recorded, counted within the target.

        None for all.
        """
        return self.synapses if counted_per(self.member, variable) == "synapse" else self.neurons

    def _check_selections(self) -> None:
        levels = {name: counted_per(self.member, name) for name in self.variables}
        listed = ", ".join(self.variables)
        if self.synapses is not None and "synapse" not in levels.values():
            raise MonitorError(
                f"StateMonitor: synapses= selects single synapses, but {self.member._label()} has "
                "no value for each "
                f"synapse among {listed}: leave it out, or use neurons="
            )
        if self.neurons is not None and not set(levels.values()) & {"neuron", "pre", "post"}:
            instead = "use synapses=" if "synapse" in levels.values() else "leave it out"
            raise MonitorError(
                f"StateMonitor: neurons= selects neurons, but {self.member._label()} has no value "
                "for each neuron among "
                f"{listed}: {instead}"
            )

    def reading(self, probes: Probes) -> Reading:
        """Sample each variable at the interval."""
        return Traces(self, probes)

    def row_bytes(self, elements: Elements) -> int | None:
        """One time, and one number for each element; a flag for each neuron that may fire."""
        total = 8
        for name in self.variables:
            count = elements(self.target, name, self.selected(name))
            if count is None:
                return None
            total += int(count) * (1 if name == "spike" else 8)
        return total

    def looks(self, looks: Looks) -> Mapping[str, Look]:
        """Each variable."""
        return {
            name: looks.values(self.target, name, self.selected(name)) for name in self.variables
        }


class Traces(Reading):
    """Values at the multiples of the interval."""

    def __init__(self, monitor: StateMonitor, probes: Probes) -> None:
        self.monitor, self.probes = monitor, probes
        self.series = {
            name: probes.values(monitor.target, name, monitor.selected(name))
            for name in monitor.variables
        }

    def table(self) -> Any:
        """One variable (time, element) for each name, with the numbers of its elements."""
        coordinates: dict[str, Any] = {"time": ("time", np.zeros(0), labels("ms", "time"))}
        variables: dict[str, Any] = {}
        for name, series in self.series.items():
            attributes = described_variable(self.monitor.member, name)
            if series.ids is None:
                variables[name] = ("time", np.zeros(0), attributes)
                continue
            dimension = DIMENSION[str(counted_per(self.monitor.member, name))]
            data = np.zeros((0, series.ids.size), bool if name == "spike" else float)
            variables[name] = (("time", dimension), data, attributes)
            coordinates.update(self._coordinates(dimension, series.ids))
        return dataset(variables, coordinates, {"object": self.monitor.member._label()})

    def _coordinates(self, dimension: str, ids: Ints) -> dict[str, Any]:
        member = self.monitor.member
        if isinstance(member, Neuron):
            return neuron_coordinates(member, dimension, ids)
        if dimension == "synapse":
            number = (dimension, ids, {"long_name": "number of the synapse"})
            ends = {end: ("synapse", self.probes.ends(member, end)[ids]) for end in ("pre", "post")}
            return {dimension: number, **ends}
        end = member.pre if dimension == "pre_neuron" else member.post
        return neuron_coordinates(end._group, dimension, ids)

    def columns(self, first: int, records: Records) -> Columns:
        """The values of a stretch."""
        steps = grid_points(first, first + records.steps, self.probes.every)
        columns: Columns = {"time": step_times(steps, self.probes.dt)}
        for name, series in self.series.items():
            values = series.values(steps, first, records)
            columns[name] = np.asarray(values, bool if name == "spike" else float)
        return columns

    def rows(self, first: int, last: int) -> int:
        """One for each multiple of the interval."""
        return interval_ends(first, last, self.probes.every)
