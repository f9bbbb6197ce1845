"""Sums on their way to targets, made anew where a parameter of synapses changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.fill_tables import part
from brainkernel.model.synapse import Synapse
from brainkernel.program.partition import HEAD
from brainkernel.program.program import Call, SynapseBlock, SynapseTable
from brainkernel.program.state import State

Ints = NDArray[np.int64]


def sum_anew(build: Build, state: State, projection: Synapse) -> None:
    """Sum up again what spikes in flight will bring, after parameters of a projection have changed.

    Where synapses have many delays, what a spike brings is summed up some steps before it passes a
    synapse. A spike that has not passed yet has the weight of the moment in which it does, so its
    part of the sums is made anew.
    """
    edge = build.projection_of(projection)[0]
    if not edge.steps or state.step == 0:
        return
    sums = _Sums(build, state, edge)
    sums.clear()
    for turn in range(state.step - edge.ring + 1, state.step + 1):
        for number, head in enumerate(edge.heads):
            sums.push(turn, number, head)


class _Sums:
    """The sums of one edge."""

    def __init__(self, build: Build, state: State, edge: SynapseBlock) -> None:
        self.build, self.state, self.edge = build, state, edge
        self.call: Call = edge.arrival.each[0]
        (self.target_state,) = edge.summed
        program = build.program
        pieces = build.pieces(1)
        first = program.parts[f"{edge.name}_arriving_{self.target_state}"]
        self._arriving = state.arriving[first.first : first.last].reshape(edge.ring, -1)
        self._targets = part(program, build.tables.stores, f"{edge.name}_targets")
        self._steps = part(program, build.tables.stores, f"{edge.name}_steps")
        number = [other.name for other in program.edges].index(edge.name)
        self._lines = pieces.heads[pieces.edges[number, 0] : pieces.edges[number, 1]]
        self._rows, self._bases = pieces.rows, pieces.bases
        self._neurons, self._fired_at = _kept_spikes(state)

    def clear(self) -> None:
        """Forget the sums."""
        self._arriving[:] = 0.0

    def push(self, turn: int, number: int, head: SynapseTable) -> None:
        """Add what was pushed at the end of one step and has not arrived, in the same order."""
        for delay_number, delay in enumerate(head.delays):
            fired = self._neurons[self._fired_at == turn - delay]
            inside = fired[(fired >= head.pre.first) & (fired < head.pre.last)]
            for source in np.sort(inside) - head.pre.first:
                row = int(source) * len(head.delays) + delay_number
                for synapses, targets in self._row(number, row):
                    self._add(number, turn, synapses, targets)

    def _row(self, number: int, row: int) -> Iterator[tuple[slice, Ints]]:
        line = dict(zip(HEAD, self._lines[number].tolist(), strict=True))
        parts = line["parts"]
        for place in range(parts):
            begin = line["row"] + row * parts + place
            synapses = slice(int(self._rows[begin]), int(self._rows[begin + 1]))
            base = int(self._bases[line["first_base"] + place]) + line["target_first"]
            yield synapses, self._targets[synapses].astype(np.int64) + base

    def _add(self, number: int, turn: int, synapses: slice, targets: Ints) -> None:
        arrival = turn + self._steps[synapses].astype(np.int64)
        late = arrival > self.state.step
        if not np.any(late):
            return
        brought = np.broadcast_to(self._brought(number, synapses), targets.shape)[late]
        coming, target = arrival[late] & (self.edge.ring - 1), targets[late]
        for place in _rounds(coming * self._arriving.shape[1] + target):
            at = coming[place], target[place]
            # in 64 bits, and kept as the program keeps it
            self._arriving[at] = self._arriving[at].astype(np.float64) + brought[place]

    def _brought(self, number: int, synapses: slice) -> NDArray[np.float64]:
        """What the synapses bring: the function adds it to the sum that it is given."""
        fields = {field.name: field for field in self.edge.fields}
        program = self.build.program
        values: list[Any] = []
        for name in self.call.arguments:
            if name == self.target_state:
                values.append(0.0)
                continue
            field = fields[name]
            found = program.parts[field.part]
            if field.level == "synapse":
                own = self.build.synaptic[found.first : found.last][synapses]
                values.append(own.astype(np.float64))
            else:
                values.append(self.build.constants[found.first + number])
        return np.asarray(self.call.source.call(*values), dtype=np.float64)


def _kept_spikes(state: State) -> tuple[Ints, Ints]:
    """The spikes of the last steps: their neurons, and the steps at whose end they were fired."""
    neurons, slot, _ = state._in_flight()
    slots = state.ranges.shape[1]
    return neurons, state.step - (state.step - slot) % slots


def _rounds(places: Ints) -> Iterator[Ints]:
    """Cut additions into rounds in which each place has one, in their order."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    begins = np.flatnonzero(new)
    turn = np.arange(places.size) - np.repeat(begins, np.diff(np.append(begins, places.size)))
    for number in range(int(turn.max(initial=-1)) + 1):
        yield order[turn == number]
