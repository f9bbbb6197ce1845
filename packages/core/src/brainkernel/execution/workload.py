"""How often each loop of a program goes round.

Neurons, synapses and events, counted without a look at the program.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.fill_tables import part
from brainkernel.program.job import Records
from brainkernel.program.program import Call, NeuronBlock, Span, SynapseBlock
from brainkernel.program.state import State
from brainkernel.program.trial import Amount as Amount

Ints = NDArray[np.int64]


class Workload:
    """What a stretch of steps had to do.

    Parameters
    ----------
    build : Build
        The network.
    before : State
        Its state at the beginning, with the spikes that were on their way.
    records : sequence of Records
        Of all steps, with the spikes of all neurons.
    """

    def __init__(self, build: Build, before: State, records: list[Records]) -> None:
        self.build, self.program = build, build.program
        self.first = before.step
        self.steps = sum(each.steps for each in records)
        kept_steps, kept_neurons = _kept(before)
        self._spike_steps = np.concatenate([kept_steps, *(each.event_steps for each in records)])
        self._spike_neurons = np.concatenate(
            [kept_neurons, *(each.event_neurons for each in records)]
        )
        self._degrees = self._all_degrees()

    @property
    def every_step(self) -> Amount:
        """The steps."""
        return "step", self.steps

    @property
    def all_neurons(self) -> Amount:
        """All neurons at all steps."""
        return "neuron-step", self.program.neurons * self.steps

    def neurons(self, block: NeuronBlock, call: Call | None = None) -> Amount:
        """The neurons of a block at all steps, or at those at which a step function runs."""
        return "neuron-step", (block.last - block.first) * self._turns(call)

    def _turns(self, call: Call | None) -> int:
        """At how many steps a step function runs; None stands for what runs at each."""
        if call is None:
            return self.steps
        before = self.first - 1 if call.begins else self.first
        return (before + self.steps) // call.every - before // call.every

    def task(self, synapse_block: SynapseBlock, task: str) -> Amount:
        """What an edge does.

        ``begin``, ``deliver``, ``finish``, ``arrive``, ``react``, ``couple``, or the task of a
        loop of its own; at another event than the spike, its kind follows: ``deliver g``.
        """
        verb, _, kind = task.partition(" ")
        if verb == "deliver":
            return "event", self._arrivals(synapse_block, True, kind)
        if verb in ("begin", "finish"):
            return "spike", self._arrivals(synapse_block, False, kind)
        if verb == "react":
            return "event", self._reactions(synapse_block, kind)
        if verb == "arrive":
            return self.neurons(self.program.block(synapse_block.post_block))
        loop = next((loop for loop in synapse_block.loops if loop.task == task), None)
        steps = self._turns(loop.calls[0] if loop and loop.placed else None)
        if loop and loop.level == "pre":
            return "source-step", steps * sum(head.pre.size for head in synapse_block.heads)
        return "synapse-step", steps * synapse_block.synapses

    def _spikes(self, span: Span, delay: int = 0, above: int = 0) -> Ints:
        """How often each neuron was heard in these steps, which is a delay after it fired.

        Events of another kind are listed so many numbers above the neurons.
        """
        heard = self._spike_steps + delay - self.first
        neuron = self._spike_neurons - span.first - above
        now = (heard > 0) & (heard <= self.steps) & (neuron >= 0) & (neuron < span.size)
        return np.bincount(neuron[now], minlength=span.size)

    def _arrivals(self, synapse_block: SynapseBlock, synapses: bool, kind: str) -> int:
        """Spikes that an edge acts on, or their synapses.

        With a ring it acts as soon as they are fired.
        """
        total, above = 0, _above(synapse_block, "pre", kind)
        for head, degrees in zip(
            synapse_block.heads, self._degrees[synapse_block.name], strict=True
        ):
            for number, delay in enumerate(head.delays):
                waits = 0 if synapse_block.ring else delay
                spikes = self._spikes(head.pre, waits, above)
                total += int(np.sum(spikes * degrees[:, number] if synapses else spikes))
        return total

    def _reactions(self, synapse_block: SynapseBlock, kind: str) -> int:
        above = _above(synapse_block, "post", kind)
        columns = part(self.program, self.build.tables.stores, synapse_block.table_name("columns"))
        first = total = 0
        for head in synapse_block.heads:
            last = first + head.post.size + 1
            degrees = np.diff(columns[first:last])
            total += int(np.sum(degrees * self._spikes(head.post, head.dendritic, above)))
            first = last
        return total

    def _all_degrees(self) -> dict[str, list[Ints]]:
        """For each table of each edge the synapses of each source at each of its delays."""
        found, first = (
            {synapse_block.name: list[Ints]() for synapse_block in self.program.synapse_blocks},
            0,
        )
        for synapse_block, head in self.program.heads:
            last = first + head.rows * synapse_block.chunks(head) + 1
            rows = np.diff(self.build.tables.rows[first:last])
            found[synapse_block.name].append(
                rows.reshape(head.pre.size, len(head.delays), -1).sum(axis=2)
            )
            first = last
        return found


def _above(synapse_block: SynapseBlock, end: str, kind: str) -> int:
    """By how much the numbers of events of a kind are above those of spikes."""
    events = synapse_block.at_events
    return next((e.neurons for e in events if (e.end, e.event) == (end, kind)), 0)


def _kept(state: State) -> tuple[Ints, Ints]:
    """The spikes that a state keeps because some are on their way.

    The step of each, and its neuron.
    """
    neurons, slot, _ = state._in_flight()
    slots = state.ranges.shape[1]
    return state.step - (state.step - slot) % slots, neurons
