"""Events that run once a spike, in their order, and events of one step that see each other."""

from __future__ import annotations

import pytest
from toy_models import DT, Counter, Gate

import brainkernel as bk


class Depressing(bk.Synapse):
    """A resource spent once a spike, however many synapses there are (Tsodyks & Markram 1997)."""

    weight = bk.parameter(1.0, per="synapse")
    x = bk.state(1.0, per="pre")
    spent = bk.state(0.0, per="pre")

    @bk.on_pre("spent", "x")
    def release(x):
        return x / 2, x - x / 2

    @bk.on_pre("x_post")
    def receive(x_post, weight, spent):
        return x_post + weight * spent


def test_what_happens_once_a_spike_does_not_depend_on_the_number_of_synapses(backend):
    gate, target = Gate(3), Counter(4)
    rule = bk.connect.from_ij([0, 1, 1, 1], [0, 1, 2, 3])
    syn = Depressing(gate, target, connect=rule, weight=[8.0, 8.0, 16.0, 24.0], delay=2 * DT)
    net = bk.Network(gate, target, syn, dt=DT)
    net.run(3 * DT, inputs={gate: 1.0}, backend=backend)
    assert syn.x.tolist() == [0.5, 0.5, 0.5]  # also of neuron 2, which has no synapse
    net.run(DT, backend=backend)
    assert syn.x.tolist() == [0.25] * 3
    assert target.x.tolist() == [6.0, 6.0, 12.0, 18.0]


def test_what_happens_once_a_spike_happens_at_each_of_several_delays(backend):
    gate, target = Gate(1), Counter(2)
    rule = bk.connect.all_to_all()
    syn = Depressing(gate, target, connect=rule, weight=8.0, delay=[DT, 3 * DT], name="syn")
    net = bk.Network(gate, target, syn, dt=DT)
    net.run(2 * DT, inputs={gate: 1.0}, backend=backend)  # spikes at 1 and 2: one has arrived
    assert target.x.tolist() == [4.0, 0.0]
    net.run(2 * DT, inputs={gate: 0.0}, backend=backend)
    assert target.x.tolist() == [6.0, 4.0]
    assert syn.x.tolist() == [0.25, 0.5]  # what each synapse sees of its source


def test_once_a_spike_needs_one_delay_to_write_to_its_source():
    cells = GateCounter(2)
    rule = bk.connect.one_to_one()
    message = r"syn: its delays differ, and Echo\.double .* writes values of the source"
    with pytest.raises(bk.errors.DelayError, match=message):
        Echo(cells, cells, connect=rule, delay=[0.125, 0.25], name="syn")


class Traces(bk.Synapse):
    """A trace of the target's own spikes, and what each synapse sees of it."""

    y = bk.state(0.0, per="post")
    before = bk.state(0.0, per="synapse")

    @bk.on_post("before")
    def look(y):
        return y + 0.0

    @bk.on_post("y")
    def own(y):
        return y + 1.0


def test_the_targets_own_events_run_once_a_spike_too(backend):
    gate, target = Gate(3), Gate(2)
    syn = Traces(gate, target, connect=bk.connect.from_ij([0, 1, 2], [0, 0, 0]))
    net = bk.Network(gate, target, syn, dt=DT)
    net.run(3 * DT, inputs={target: 1.0}, backend=backend)
    assert syn.y.tolist() == [3.0, 3.0]  # also of neuron 1, onto which there is no synapse
    assert syn.before.tolist() == [2.0, 2.0, 2.0]  # written above, so seen before it is counted


class Chain(bk.Synapse):
    """Reads a state at one end and writes it at the other."""

    @bk.on_pre("x_post")
    def receive(x_pre, x_post):
        return x_post + x_pre


class GateCounter(Gate):
    """Fires as a gate does, and counts."""

    x = bk.state(0.0)


def test_events_that_write_what_other_events_read_follow_each_other(backend):
    """0 -> 1 -> 2 -> 3 within one group and one step: each sees what the one before it wrote."""
    cells = GateCounter(4, x=[1.0, 10.0, 100.0, 1000.0])
    chain = Chain(cells, cells, connect=bk.connect.from_ij([0, 1, 2], [1, 2, 3]))
    net = bk.Network(cells, chain, dt=DT)
    net.run(DT, inputs={cells: 1.0}, backend=backend)
    assert cells.x.tolist() == [1.0, 11.0, 111.0, 1111.0]


class Echo(bk.Synapse):
    """Doubles the source once a spike, before it counts at the targets."""

    @bk.on_pre("x_pre")
    def double(x_pre):
        return x_pre * 2.0

    @bk.on_pre("x_post")
    def count(x_post):
        return x_post + 1.0


class EchoAfter(bk.Synapse):
    """The same two functions in the other order."""

    @bk.on_pre("x_post")
    def count(x_post):
        return x_post + 1.0

    @bk.on_pre("x_pre")
    def double(x_pre):
        return x_pre * 2.0


@pytest.mark.parametrize("model", [Echo, EchoAfter])
def test_once_a_spike_comes_where_it_is_written(backend, model):
    """Four neurons in a ring that is walked against its numbers, one spike after the other."""
    cells = GateCounter(4, x=1.0)
    ring = model(cells, cells, connect=bk.connect.from_ij([0, 1, 2, 3], [3, 0, 1, 2]))
    net = bk.Network(cells, ring, dt=DT)
    net.run(DT, inputs={cells: 1.0}, backend=backend)
    x = [1.0] * 4
    for source in range(4):
        if model is Echo:
            x[source] *= 2.0
        x[source - 1] += 1.0
        if model is EchoAfter:
            x[source] *= 2.0
    assert cells.x.tolist() == x


def test_once_a_spike_does_not_reach_beyond_a_slice():
    cells, target = GateCounter(4, name="cells"), GateCounter(4)
    with pytest.raises(
        bk.errors.ModelError, match=r"few: Echo\.double writes x_pre once a spike.*slice"
    ):
        bk.Network(
            cells, target, Echo(cells[1:], target, connect=bk.connect.all_to_all(), name="few")
        ).run(1.0)
