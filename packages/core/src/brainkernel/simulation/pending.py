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
    synapse_block, _ = build.projection_of(projection)
    if not synapse_block.steps or state.step == 0:
        return
    sums = _Sums(build, state, synapse_block)
    sums.clear()
    for turn in range(state.step - synapse_block.ring + 1, state.step + 1):
        for number, table in enumerate(synapse_block.heads):
            sums.push(turn, number, table)


class _Sums:
    """The sums of one edge."""

    def __init__(self, build: Build, state: State, synapse_block: SynapseBlock) -> None:
        self.build = build
        self.state = state
        self.synapse_block = synapse_block
        self.call: Call = synapse_block.arrival.each[0]
        (self.target_state,) = synapse_block.summed
        name = synapse_block.name
        program, stores = build.program, build.tables.stores
        sums = program.parts[synapse_block.arriving(self.target_state)]
        arriving = state.arriving[sums.first : sums.last]
        self._arriving = arriving.reshape(synapse_block.ring, -1)
        self._targets = part(program, stores, synapse_block.table_name("targets"))
        self._steps = part(program, stores, synapse_block.table_name("steps"))
        partition = build.partition(1)
        block_names = [block.name for block in program.synapse_blocks]
        first, last = partition.synapse_blocks[block_names.index(name)]
        self._lines = partition.heads[first:last]
        self._rows = partition.rows
        self._bases = partition.bases
        self._neurons, self._fired_at = _kept_spikes(state)

    def clear(self) -> None:
        """Forget the sums."""
        self._arriving[:] = 0.0

    def push(self, turn: int, number: int, table: SynapseTable) -> None:
        """Add what was pushed at the end of one step and has not arrived, in the same order."""
        delays = table.delays
        for delay_number, delay in enumerate(delays):
            fired = self._neurons[self._fired_at == turn - delay]
            is_source = (fired >= table.pre.first) & (fired < table.pre.last)
            sources = np.sort(fired[is_source]) - table.pre.first
            for source in sources.tolist():
                row = source * len(delays) + delay_number
                for synapses, targets in self._row(number, row):
                    self._add(number, turn, synapses, targets)

    def _row(self, number: int, row: int) -> Iterator[tuple[slice, Ints]]:
        line = dict(zip(HEAD, self._lines[number].tolist(), strict=True))
        parts = line["parts"]
        for row_part in range(parts):
            begin = line["row"] + row * parts + row_part
            first, last = self._rows[begin : begin + 2].tolist()
            synapses = slice(first, last)
            base = int(self._bases[line["first_base"] + row_part]) + line["target_first"]
            yield synapses, self._targets[synapses].astype(np.int64) + base

    def _add(self, number: int, turn: int, synapses: slice, targets: Ints) -> None:
        # the turn of a row has come, and what is left of the delay is still to pass
        arrival = turn + self._steps[synapses].astype(np.int64)
        late = arrival > self.state.step
        if not np.any(late):
            return
        brought = np.broadcast_to(self._brought(number, synapses), targets.shape)[late]
        coming = arrival[late] & (self.synapse_block.ring - 1)
        target = targets[late]
        position = coming * self._arriving.shape[1] + target
        for additions in _rounds(position):
            at = coming[additions], target[additions]
            # in 64 bits, and kept as the program keeps it
            self._arriving[at] = self._arriving[at].astype(np.float64) + brought[additions]

    def _brought(self, number: int, synapses: slice) -> NDArray[np.float64]:
        """What the synapses bring: the function adds it to the sum that it is given."""
        bindings = {binding.name: binding for binding in self.synapse_block.fields}
        program = self.build.program
        values: list[Any] = []
        for name in self.call.arguments:
            if name == self.target_state:
                values.append(0.0)
                continue
            binding = bindings[name]
            array_slice = program.parts[binding.part]
            if binding.level == "synapse":
                of_block = self.build.synaptic[array_slice.first : array_slice.last]
                values.append(of_block[synapses].astype(np.float64))
            else:
                values.append(self.build.constants[array_slice.first + number])
        return np.asarray(self.call.source.call(*values), dtype=np.float64)


def _kept_spikes(state: State) -> tuple[Ints, Ints]:
    """The spikes of the last steps: their neurons, and the steps at whose end they were fired."""
    neurons, slot, _ = state._in_flight()
    slots = state.ranges.shape[1]
    return neurons, state.step - (state.step - slot) % slots


def _rounds(positions: Ints) -> Iterator[Ints]:
    """Cut additions into rounds in which each position has one, in their order."""
    order = np.argsort(positions, kind="stable")
    ordered = positions[order]
    is_new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    begins = np.flatnonzero(is_new)
    counts = np.diff(np.append(begins, positions.size))
    turn = np.arange(positions.size) - np.repeat(begins, counts)
    rounds = int(turn.max(initial=-1)) + 1
    for number in range(rounds):
        yield order[turn == number]
