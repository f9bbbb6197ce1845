"""Spikes that add to inputs of either end, for the one step that follows."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Gate, Ramp, Source

import brainkernel as bk
from brainkernel.testing.beside import SideBySide


class Pulse(bk.Synapse):
    """Adds its weight to the input of the target."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("I_post")
    def receive(I_post, weight):
        return I_post + weight


class Echo(bk.Synapse):
    """A spike of the target adds to the input of the source."""

    @bk.on_post("I_pre")
    def answer(I_pre):
        return I_pre + 0.5


class Both(Pulse, Echo):
    """Both of them, with a weight that is learnt."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("I_post", "w")
    def receive(I_post, w):
        return I_post + w, w + 0.25


def network(weight=1.0, delay=0.0, cells=Gate, synapse=Pulse, pairs=((0,), (0,)), **options):
    source = Source(2, [2 * DT, 5 * DT, 6 * DT], [0, 0, 1], name="source")
    target = cells(3, name="target")
    given = {} if weight is None else {"weight": weight}
    rule = bk.connect.from_ij(*pairs)
    syn = synapse(source, target, connect=rule, delay=delay, name="syn", **given, **options)
    monitors = {"spikes": bk.SpikeMonitor(target), "I": bk.StateMonitor(target, "I")}
    return bk.Network(source, target, syn, dt=DT, **monitors)


def fired(net):
    return np.rint(net.spikes.time.values / DT).astype(int).tolist()


@pytest.mark.parametrize("delay", [0, 3])
def test_the_step_that_follows_is_driven(backend, delay):
    """A spike at T acts at T + d: what it adds drives the step that begins there, and no other."""
    net = network(delay=delay * DT)
    net.run(12 * DT, backend=backend)
    assert fired(net) == [2 + delay + 1, 5 + delay + 1]
    assert np.flatnonzero(net.I.I.values[:, 0]).tolist() == [2 + delay - 1, 5 + delay - 1]


def test_it_acts_as_a_stimulus_of_the_same_size(backend):
    net = network(weight=1.5, cells=Ramp)
    net.run(9 * DT, backend=backend)
    expected = np.zeros(3)
    expected[0] = 2 * 1.5 * DT
    np.testing.assert_array_equal(net["target"].V, expected)


def test_many_delays_are_summed_up_alike(backend):
    pairs = np.zeros(10, int), np.full(10, 1)
    net = network(np.arange(10.0), np.arange(10) * DT, cells=Ramp, pairs=pairs)
    net.groups[1].V_th = 1e9
    net.run(20 * DT, backend=backend)
    assert net["target"].V[1] == 2 * 45.0 * DT


def test_a_dendritic_delay_is_waited_for():
    net = network(dendritic_delay=2 * DT)
    net.run(12 * DT)
    assert fired(net) == [5, 8]


def test_either_end_follows_the_reference(backend):
    source = Source(2, [2 * DT, 5 * DT, 6 * DT], [0, 0, 1], name="source")
    cells, others = Ramp(3, V_th=0.25, name="cells"), Ramp(2, V_th=0.5, name="others")
    all_to_all = bk.connect.all_to_all()
    one = Both(cells, others, connect=all_to_all, delay=DT, name="one")
    drive = Pulse(source, cells, connect=all_to_all, weight=[2.0, 1.0, 3.0, 0.5, 4.0, 1.0])
    watched = {"v": bk.StateMonitor(cells, "V"), "u": bk.StateMonitor(others, "V")}
    watched["s"] = bk.SpikeMonitor(others)
    net = bk.Network(source, cells, others, one, drive, dt=DT, **watched)
    both = SideBySide(net, backend, exact=True)
    both.run(9 * DT)
    both.run(9 * DT, {cells[1:]: 0.5})
    both.check()
    assert net.u.V.values.any() and net.s.sizes["spike"]


def test_what_arrived_is_in_flight_between_runs():
    whole, halves = network(), network()
    whole.run(12 * DT)
    halves.run(5 * DT)
    halves.run(7 * DT)
    assert fired(whole) == fired(halves) == [3, 6]


def test_only_the_groups_that_spikes_reach_are_printed_otherwise():
    net = network()
    text = net.source()
    assert "Gate_receiving" in text
    assert "def I_arrives(I_arrived)" in text
    other = bk.Network(Source(1, [DT], [0]), Counter(1), dt=DT)
    assert "arrive" not in other.source()


def test_an_input_is_added_to_and_neither_read_nor_set():
    class Sets(bk.Synapse):
        @bk.on_pre("I_post")
        def receive(I_post):
            return 2.0

    class Reads(bk.Synapse):
        @bk.on_pre("V_post")
        def receive(V_post, I_post):
            return V_post + I_post

    ends, rule = (Gate(1), Ramp(1)), bk.connect.all_to_all()
    with pytest.raises(bk.errors.ModelError, match=r"return I_post \+ \(something\)"):
        Sets(*ends, connect=rule)
    with pytest.raises(bk.errors.ModelError, match="cannot read"):
        Reads(*ends, connect=rule)
