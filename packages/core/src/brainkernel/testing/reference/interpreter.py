"""The step itself: inputs, integrate, threshold, reset, deliver, record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brainkernel.testing.reference import structure
from brainkernel.testing.reference.clock import Clock
from brainkernel.testing.reference.given import Reals, numbers, steps_of, stimuli_of
from brainkernel.testing.reference.neurons import Group
from brainkernel.testing.reference.steps import BETWEEN, is_due, place_of
from brainkernel.testing.reference.synapse_ends import SynapseNeurons
from brainkernel.testing.reference.synapses import Projection


class Reference:
    """Interprets a network that has not run yet, as the contracts say and as slowly as they read.

    Parameters
    ----------
    network : brainkernel.Network
        Its members, `dt` and seed are looked at; it stays as it is. Values count as they were given
        to the members.

    Attributes
    ----------
    traces : dict of str to dict of str to list of arrays
        For each StateMonitor what its variables were, row by row.
    spikes : dict of str to list of (step, neuron)
        For each SpikeMonitor.
    times : dict of str to list of float
        For each SpikeMonitor when its spikes were, in ms.
    rates : dict of str to list of float
        For each RateMonitor, in Hz.
    """

    def __init__(self, network: Any) -> None:
        self.network, self.clock = network, Clock(network.dt, network.seed)
        self.groups: dict[str, Any] = {
            str(group.name): Group(group, self.clock) for group in network.groups
        }
        ordered = sorted(network.projections, key=lambda projection: str(projection.name))
        ends = [end for projection in ordered for end in (projection.pre, projection.post)]
        others = [p for p in ordered if hasattr(p.pre, "places") or hasattr(p.post, "places")]
        self.synapses: list[SynapseNeurons] = []
        self.projections: dict[str, Projection] = {}
        for projection in sorted(ordered, key=others.__contains__):
            of_reference = Projection(projection, self.groups, self.clock)
            self.projections[str(projection.name)] = of_reference
            group = projection._synapses
            if any(end is group for end in ends) or projection.definition.names("input"):
                self.synapses.append(SynapseNeurons(of_reference, group))
                self.groups[group.name] = self.synapses[-1]
        self.traces: dict[str, dict[str, list[Any]]] = {}
        self.spikes: dict[str, list[tuple[int, int]]] = {}
        self.times: dict[str, list[float]] = {}
        self.rates: dict[str, list[float]] = {}
        self._counts: dict[str, int] = {}
        for name, monitor in network.monitors.items():
            kind = _kind(monitor)
            if kind == "StateMonitor":
                self.traces[name] = {variable: [] for variable in monitor.variables}
            elif kind == "SpikeMonitor":
                self.spikes[name] = []
                self.times[name] = []
            else:
                self.rates[name], self._counts[name] = [], 0

    def run(self, duration: Any, inputs: Mapping[Any, object] | None = None) -> None:
        """Take the network forward by so many ms, with inputs as `Network.run` takes them."""
        stimuli = list(stimuli_of(inputs or {}, self.clock.dt))
        for _ in range(int(steps_of(duration, self.clock.dt))):
            with np.errstate(all="ignore"):
                self._take_step(stimuli)

    def _take_step(self, stimuli: list[Any]) -> None:
        groups, projections = self._neurons(), self.projections.values()
        driven: list[Group | SynapseNeurons] = [*groups, *self.synapses]
        self._do("before", "inputs")
        for group in groups:
            group.past.remember()
            group.see_all()
        for one in driven:
            self._drive(one, stimuli)
        for projection in projections:
            projection.look()
            projection.couple()
        self._do("after", "inputs")
        self._do("before", "integrate")
        # synapses at synapses see these as they are before they are integrated
        for projection in reversed(projections):
            projection.evolve()
        for group in groups:
            group.advance()
        for place in BETWEEN:  # the neurons' own were done with each neuron
            self._do(*place)
        self._do("after", "reset")
        self._do("before", "deliver")
        for projection in projections:
            projection.look()
            projection.send()
        for projection in projections:
            projection.deliver()
        self._do("after", "deliver")
        self._do("before", "record")
        self._record()
        self._do("after", "record")
        self.clock.step += 1

    def _neurons(self) -> list[Group]:
        """The groups of neurons, without synapses that are ends of others."""
        return [group for group in self.groups.values() if isinstance(group, Group)]

    def _do(self, side: str, slot: str) -> None:
        """Do the steps in a place: neurons' and what is kept with them first, then synapses'."""
        place = (side, slot)
        owners: list[Any] = [*self._neurons(), *self.projections.values()]
        steps: list[tuple[int, int, Any, Any]] = []
        for owner in owners:
            if place not in BETWEEN:
                steps += [(f.turn, 0, owner, f) for f in owner.steps_with_neurons]
            steps += [(f.turn, 1, owner, f) for f in owner.steps_of_synapses]
        steps = [entry for entry in steps if place_of(entry[3]) == place]
        for *_, owner, function in sorted(steps, key=lambda entry: entry[:2]):
            if is_due(function, self.clock):
                owner.do(function)

    def _drive(self, group: Group | SynapseNeurons, stimuli: list[Any]) -> None:
        for array in group.inputs.values():
            array[:] = 0.0
        if isinstance(group, Group):
            group.set_timed()
        for owner, name, neurons, stimulus in stimuli:
            if owner == group.name:
                group.inputs[name][neurons] += stimulus(self.clock.step)
        for name, impulses in group.member.own_inputs().items():
            act = np.atleast_1d(steps_of(impulses.times, self.clock.dt)) == self.clock.now
            neurons = np.atleast_1d(np.asarray(impulses.neurons))
            np.add.at(group.inputs[name], neurons[act], impulses.value)

    # -- values between steps ----------------------------------------------------------------------

    def get(self, member: Any, name: str) -> Reals:
        """Give the present values of a member's parameter or state, in the user's order."""
        return self._values(member)[name].copy()

    def set(self, member: Any, name: str, value: Any) -> None:
        """Give a member's parameter or state new values."""
        array = self._values(member)[name]
        array[:] = numbers(value, array.size, {}, member.definition.declarations[name].unit)
        if self.clock.step == 0:
            for group in self._neurons():
                group.settle()

    def add(self, member: Any, pre: Any, post: Any, delay: Any, values: Any) -> None:
        """Add synapses to a projection, with all their values.

        The network has kept spikes for as long as its longest delay.
        """
        for projection in self.projections.values():
            projection.forget(self.clock.step - self._longest())
        structure.add(self.projections[member.name], pre, post, delay, values)

    def _longest(self) -> int:
        longest = 0
        for projection in self.projections.values():
            longest = max(longest, projection.longest)
        return longest

    def remove(self, member: Any, synapses: Any) -> None:
        """Remove synapses of a projection."""
        structure.remove(self.projections[member.name], synapses)

    def trace(self, monitor: str, variable: str, columns: Any = None) -> Reals:
        """What a StateMonitor recorded: a row for each time; of synapses by their numbers."""
        rows: Any = self.traces[monitor][variable]
        if rows and isinstance(rows[0], tuple):
            return structure.by_number(rows, columns)
        return np.array(rows)

    def _values(self, member: Any) -> dict[str, Reals]:
        owners: Mapping[str, Any] = (
            self.groups if member.definition.kind == "neuron" else self.projections
        )
        values: dict[str, Reals] = owners[member.name].values
        return values

    # -- monitors ----------------------------------------------------------------------------------

    def _record(self) -> None:
        for name, monitor in self.network.monitors.items():
            every = 1 if monitor.every is None else int(steps_of(monitor.every, self.clock.dt))
            kind, due = _kind(monitor), self.clock.now % every == 0
            if kind == "StateMonitor" and due:
                for variable, rows in self.traces[name].items():
                    rows.append(self._sample(monitor, variable))
            elif kind == "SpikeMonitor":
                fired = [int(neuron) for neuron in self._fired(monitor)]
                self.spikes[name] += [(self.clock.now, neuron) for neuron in fired]
                lag = self.groups[monitor.member.name].lag
                self.times[name] += [self.clock.end - lag[neuron] for neuron in fired]
            elif kind == "RateMonitor":
                self._counts[name] += len(self._fired(monitor))
                if due:
                    seconds = every * self.clock.dt * 1e-3
                    self.rates[name].append(self._counts[name] / monitor.target._size / seconds)
                    self._counts[name] = 0

    def _sample(self, monitor: Any, variable: str) -> Any:
        member = monitor.member
        values = self._values(member)
        if member.definition.kind == "neuron":
            group = self.groups[member.name]
            declaration = member.definition.declarations.get(variable)
            if declaration is not None and declaration.per == "group":
                group.see_all(self.clock.end)
                return np.array(group._read(variable, 0, {"t": self.clock.end}))
            fired = group.fired.astype(np.float64)
            timed = {name: group.inputs[name] for name in group.timed}
            whole = {**values, **timed, "spike": fired}[variable]
            return np.array(whole[monitor.target.ids][_chosen(monitor)])
        declaration = member.definition.declarations[variable]
        if declaration.per == "synapse" and monitor.synapses is None:
            numbers = self.projections[member.name].numbers
            return numbers.copy(), values[variable].copy()
        return np.array(values[variable][_chosen(monitor)])

    def _fired(self, monitor: Any) -> Any:
        """Give the neurons of a monitor's target that fired, or had its event, by number."""
        fired = self.groups[monitor.member.name].which(getattr(monitor, "event", ""))
        return sorted(neuron for neuron in monitor.target.ids if fired[neuron])


def _chosen(monitor: Any) -> Any:
    return slice(None) if monitor.neurons is None else monitor.neurons


def _kind(monitor: Any) -> str:
    kinds = ("StateMonitor", "SpikeMonitor", "RateMonitor")
    names = {cls.__name__ for cls in type(monitor).__mro__}
    return next(kind for kind in kinds if kind in names)
