"""Events besides the spike: thresholds, resets, synapses and monitors of their own."""

from __future__ import annotations

import numpy as np
import pytest
from installed import BACKENDS
from toy_models import DT, Counter, Source

import brainkernel as bk
from brainkernel.errors import ModelError, MonitorError
from brainkernel.testing.beside import SideBySide


class Cell(bk.Neuron):
    """Climbs, spikes at V_th, has `half` where it crosses the middle, and `full` where n is 2."""

    V_th = bk.parameter(1.0)
    t_ref = bk.parameter(0.0, unit="ms")
    V = bk.state(0.0)
    n = bk.state(0.0)
    z = bk.state(0.0)
    I = bk.input()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(I):
        return I

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V", "z")
    def restart(z):
        return 0.0, 2.0 * z + 1.0

    @bk.threshold(event="half", crossing=True)
    def is_half(V, V_th):
        return V - 0.5 * V_th

    @bk.reset("n", event="half")
    def count(n):
        return n + 1.0

    @bk.threshold(event="full")
    def is_full(n):
        return n - 2.0

    @bk.reset("n", "V", "z", event="full")
    def empty(n, V, z):
        return 0.0, V - 4.0, 2.0 * z + 2.0


class Link(bk.Synapse):
    """Counts at its target what arrives, learns at events of both ends, and keeps a trace."""

    w = bk.state(1.0, per="synapse")
    p = bk.state(0.0, per="pre")
    q = bk.state(0.0, per="post")

    @bk.on_pre("z_post")
    def hand(z_post, w):
        return z_post + w

    @bk.on_pre("z_post", event="half")
    def hand_half(z_post, w):
        return z_post + 0.5 * w

    @bk.on_pre("p", event="half")
    def note(p):
        return p + 1.0

    @bk.on_pre("w", event="full")
    def learn(w, p, q):
        return w + 0.25 * p - 0.125 * q

    @bk.on_post("w", event="half")
    def unlearn(w, p):
        return 0.5 * w + 0.25 * p

    @bk.on_post("q", event="full")
    def note_target(q):
        return q + 1.0


INPUTS = {"a": np.array([1.0, 2.0, 2.5, 4.0]), "b": np.array([4.0, 1.5, 8.0])}


def busy_network(t_ref=2 * DT, **options):
    a, b = Cell(4, name="a"), Cell(3, name="b", t_ref=t_ref)
    there = Link(a, b, connect=bk.connect.all_to_all(), delay=DT, name="there", **options)
    back = Link(b[:2], a, connect=bk.connect.all_to_all(), delay=3 * DT, name="back")
    monitors = {
        "spikes": bk.SpikeMonitor(a),
        "half": bk.SpikeMonitor(a, ["V", "n"], event="half"),
        "full": bk.SpikeMonitor(b[1:], event="full"),
        "rate": bk.RateMonitor(a, 4 * DT, event="half"),
        "of_part": bk.RateMonitor(b[:2], event="half"),
        "of_a": bk.StateMonitor(a, ["V", "n", "z"]),
        "of_link": bk.StateMonitor(there, ["w", "p", "q"]),
    }
    return bk.Network(a, b, there, back, dt=DT, **monitors)


def inputs_of(net):
    return {net[name]: value for name, value in INPUTS.items()}


def everything(net):
    return [getattr(net, name) for name in net.monitors]


@pytest.mark.parametrize("options", [{}, {"dendritic_delay": 2 * DT}], ids=["plain", "dendritic"])
def test_all_kinds_together_follow_the_reference(backend, options):
    net = busy_network(**options)
    both = SideBySide(net, backend, exact=True)
    both.run(20 * DT, inputs_of(net))
    both.run(15 * DT, inputs_of(net))
    both.check()
    assert min(data.sizes["spike"] for data in (net.spikes, net.half, net.full)) > 2


def test_thresholds_are_looked_at_together_and_the_spike_is_reset_first():
    cell = Cell(1, name="cell", V=1.0, n=2.0)
    net = bk.Network(cell, dt=DT)
    net.run(DT)
    # spike: V = 0, z = 1; then half: no crossing; then full, on the values that the spike left
    assert (cell.V[0], cell.n[0], cell.z[0]) == (-4.0, 0.0, 4.0)


def test_a_neuron_that_is_held_has_other_events_which_leave_what_is_held():
    cell = Cell(1, name="cell", V=1.0, n=2.0, t_ref=2 * DT)
    net = bk.Network(cell, dt=DT, full=bk.SpikeMonitor(cell, event="full"))
    seen = []
    for _ in range(4):
        net.run(DT)
        seen.append((cell.V[0], cell.n[0]))
        cell.n = 2.0
    # it spikes at DT, and is held up to and including 3 DT
    assert seen == [(0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (-4.0, 0.0)]
    assert net.full.time.values.tolist() == [DT, 2 * DT, 3 * DT, 4 * DT]


def test_an_event_takes_the_delays_of_the_projection(backend):
    class Hand(bk.Synapse):
        @bk.on_pre("x_post", event="half")
        def hand(x_post):
            return x_post + 1.0

    source, target = Cell(1, name="source", V=0.375), Counter(1, name="target")
    link = Hand(source, target, connect=bk.connect.all_to_all(), delay=2 * DT, dendritic_delay=DT)
    net = bk.Network(source, target, link, dt=DT, x=bk.StateMonitor(target, "x"))
    net.run(6 * DT, inputs={source: 1.0}, backend=backend)
    assert net.x.x.values[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("split", [1, 6, 11])
def test_runs_add_up_at_any_split(backend, split):
    whole, parts = busy_network(), busy_network()
    whole.run(24 * DT, inputs=INPUTS, backend=backend)
    parts.run(split * DT, inputs=INPUTS, backend=backend)
    parts.run((24 - split) * DT, inputs=INPUTS, backend=backend)
    assert all(a.equals(b) for a, b in zip(everything(whole), everything(parts), strict=True))


@pytest.mark.skipif("numba" not in BACKENDS, reason="numba is not installed")
def test_threads_change_no_bit():
    nets = [busy_network() for _ in range(2)]
    for threads, net in enumerate(nets, start=1):
        net.run(32 * DT, inputs=INPUTS, backend="numba", threads=threads)
    one, two = map(everything, nets)
    assert all(a.equals(b) for a, b in zip(one, two, strict=True))


def test_each_run_of_a_batch_has_them(backend):
    net = busy_network()
    tree = net.run(16 * DT, inputs=INPUTS, backend=backend, batch={(net["b"], "t_ref"): [0.0, DT]})
    alone = busy_network(t_ref=DT)
    alone.run(16 * DT, inputs=INPUTS, backend=backend)
    np.testing.assert_array_equal(tree["of_a"].V.values[1], alone.of_a.V.values)


def test_what_monitors_record_says_of_which_event_it_is():
    net = busy_network()
    net.run(16 * DT, inputs=INPUTS)
    assert net.half.attrs["event"] == "half"
    assert "half" in net.rate.rate.attrs["long_name"]
    assert "event" not in net.spikes.attrs
    counts = np.bincount(net.half.neuron.values, minlength=4)
    np.testing.assert_allclose(net.rate.rate.values.sum() * 4 * 4 * DT * 1e-3, counts.sum())


def test_a_model_of_other_events_alone(backend):
    class Silent(bk.Neuron):
        x = bk.state(0.0)
        I = bk.input()

        @bk.derivative
        def dx(I):
            return I

        @bk.threshold(event="g")
        def over(x):
            return x - 0.25

        @bk.reset("x", event="g")
        def down():
            return 0.0

    class Hand(bk.Synapse):
        @bk.on_pre("x_post", event="g")
        def hand(x_post):
            return x_post + 1.0

    silent, target = Silent(1, name="silent"), Counter(1, name="target")
    hand = Hand(silent, target, connect=bk.connect.all_to_all())
    net = bk.Network(silent, target, hand, dt=DT, g=bk.SpikeMonitor(silent, event="g"))
    net.run(8 * DT, inputs={silent: 1.0}, backend=backend)
    assert net.g.time.values.tolist() == [2 * DT, 4 * DT, 6 * DT, 8 * DT]
    assert target.x.tolist() == [4.0]
    with pytest.raises(MonitorError, match=r"has no threshold.*event='g'"):
        bk.SpikeMonitor(silent)


def test_classes_without_them_print_what_they_did():
    class Plain(bk.Neuron):
        V = bk.state(0.0)

        @bk.threshold
        def fires(V):
            return V - 1.0

    assert "_firing'" not in bk.Network(Plain(1)).source()
    assert "_firing'" in busy_network().source()


# -- refusals --------------------------------------------------------------------------------------


def test_a_source_without_the_event_is_refused_with_the_list_of_those_there_are():
    class Hand(bk.Synapse):
        @bk.on_pre("z_post", event="halves")
        def hand(z_post):
            return z_post + 1.0

    cells = Cell(2, name="cells")
    with pytest.raises(ModelError, match=r"'halves' of .*cells.*it has 'half', 'full'"):
        Hand(cells, cells, connect=bk.connect.all_to_all())
    source = Source(1, [DT], [0], name="source")
    with pytest.raises(ModelError, match="none but the spike"):
        Hand(source, cells, connect=bk.connect.all_to_all())


def test_a_target_without_the_event_is_refused():
    class Learn(bk.Synapse):
        w = bk.state(0.0, per="synapse")

        @bk.on_post("w", event="half")
        def learn(w):
            return w + 1.0

    cells, counter = Cell(2, name="cells"), Counter(1, name="counter")
    with pytest.raises(ModelError, match=r"'half' of .*counter"):
        Learn(cells, counter, connect=bk.connect.all_to_all())


@pytest.mark.parametrize("name", ["two words", "_g", 3, "spike"])
def test_the_name_of_an_event_is_a_word(name):
    with pytest.raises(ModelError, match="event"):
        bk.threshold(event=name)


def test_a_reset_after_an_event_without_a_threshold_is_refused():
    with pytest.raises(ModelError, match="event 'g' has a reset but no threshold"):

        class _(bk.Neuron):
            x = bk.state(0.0)

            @bk.reset("x", event="g")
            def down():
                return 0.0


def test_two_thresholds_of_one_event_are_refused():
    with pytest.raises(ModelError, match="event 'g' has two thresholds"):

        class _(bk.Neuron):
            x = bk.state(0.0)

            @bk.threshold(event="g")
            def over(x):
                return x - 1.0

            @bk.threshold(event="g")
            def under(x):
                return 1.0 - x


def test_a_name_that_the_program_keeps_is_refused():
    with pytest.raises(ModelError, match="was_above_g"):

        class _(bk.Neuron):
            was_above_g = bk.state(0.0)

            @bk.threshold(event="g", crossing=True)
            def over(was_above_g):
                return was_above_g - 1.0


def test_monitors_name_the_events_that_there_are():
    with pytest.raises(MonitorError, match=r"no events 'g'; there is event='half', event='full'"):
        bk.SpikeMonitor(Cell(1, name="cell"), event="g")
    with pytest.raises(MonitorError, match="none but the spike"):
        bk.RateMonitor(Source(1, [DT], [0]), event="g")


# -- inheriting ------------------------------------------------------------------------------------


def test_an_heir_replaces_the_threshold_of_one_event_alone():
    class Late(Cell):
        @bk.threshold(event="half", crossing=True)
        def later(V):
            return V - 0.75

    events = [f.event for f in Late.definition.functions if f.kind == "threshold"]
    assert sorted(events) == ["", "full", "half"]
    assert Late.definition.at_event("half", "threshold")[0].name == "later"
