"""Learning where synapses have delays of their own: a spike changes those it reaches."""

from __future__ import annotations

import numpy as np
from toy_models import DT, Source

import brainkernel as bk


class Ledger(bk.Synapse):
    """Counts the spikes of both ends of each synapse, those of the target in thousands."""

    seen = bk.state(0.0, per="synapse")
    came = bk.state(0.0, per="synapse")

    @bk.on_pre("came")
    def arrive(came):
        return came + 1.0

    @bk.on_post("seen")
    def react(seen, came):
        return seen + 1.0 + 1000.0 * came


def ledger(pre, post, delays, targets, sources=((4, 0),)):
    """Sources and targets that fire at given (step, neuron); delays in steps."""
    groups = []
    for name, spikes, ends in (("pre", sources, pre), ("post", targets, post)):
        steps, neurons = np.transpose(spikes)
        groups.append(Source(max(ends) + 1, steps * DT, neurons, name=name))
    rule = bk.connect.from_ij(pre, post)
    syn = Ledger(*groups, connect=rule, delay=np.array(delays) * DT, name="syn")
    return bk.Network(*groups, syn, dt=DT), syn


def test_a_spike_of_the_target_changes_its_own_synapse(backend):
    net, syn = ledger([0, 0], [0, 1], [2, 1], targets=[(1, 0)])
    net.run(2 * DT, backend=backend)
    assert syn.seen.tolist() == [1.0, 0.0]


def test_synapses_in_any_order_learn_from_their_own_ends(backend):
    """Delays that fall with the target, several synapses of one pair, sources without synapses."""
    rng = np.random.default_rng(3)
    pre, post = rng.integers(0, 5, 40), rng.integers(0, 6, 40)
    delays = rng.integers(0, 7, 40)
    sources = [(step, neuron) for step in (2, 5, 6) for neuron in range(5)]
    targets = [(step, neuron) for step in (4, 7, 11) for neuron in (0, 2, 5)]
    pre[0], post[0] = 4, 5  # so that both groups are whole
    net, syn = ledger(pre, post, delays, targets, sources)
    net.run(14 * DT, backend=backend)
    arrivals = [[2 + delay, 5 + delay, 6 + delay] for delay in delays]
    expected = np.zeros(40)
    for synapse, target in enumerate(post):
        for step in (4, 7, 11) if target in (0, 2, 5) else ():
            expected[synapse] += 1 + 1000 * sum(time <= step for time in arrivals[synapse])
    assert syn.seen.tolist() == expected.tolist()
    assert syn.came.tolist() == [sum(time <= 14 for time in times) for times in arrivals]
