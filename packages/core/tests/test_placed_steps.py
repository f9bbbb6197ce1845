"""Steps that users put before or after a slot, in a class or on a network, with an interval."""

from __future__ import annotations

import numpy as np
import pytest
from installed import BACKENDS
from toy_looking import Looking, LookingWhole, Watching
from toy_models import DT, Source

import brainkernel as bk
from brainkernel.errors import ModelError, NetworkError, TimeGridError, UnitError
from brainkernel.model.slots import SLOTS
from brainkernel.testing.beside import SideBySide

PLACES = [(side, slot) for slot in SLOTS for side in ("before", "after")]
BETWEEN = PLACES[3:7]
BEGINNING = PLACES[:3]


def seen_in(place):
    """V, d and t in the step from 2 DT to 3 DT, in which a neuron fires and a spike arrives."""
    number = PLACES.index(place)
    if place in BEGINNING:
        return 2 * DT, 0.0, 2 * DT
    potential = 3 * DT if number < PLACES.index(("after", "reset")) else -1.0
    arrived = 1.0 if number >= PLACES.index(("after", "deliver")) else 0.0
    return potential, arrived, 3 * DT


def packed(place):
    potential, arrived, time = seen_in(place)
    return potential + 16.0 * arrived + 256.0 * time


def looking_network():
    source = Source(1, [3 * DT], [0], name="source")
    cells, groups = Looking(2, name="cells"), LookingWhole(2, name="groups")
    everyone = bk.connect.all_to_all()
    to_cells = Watching(cells, cells, connect=everyone, delay=DT, name="to_cells")  # later
    jump = Count(source, cells, connect=bk.connect.all_to_all(), name="jump")
    to_groups = Count(source, groups, connect=bk.connect.all_to_all(), name="to_groups")
    return bk.Network(source, cells, groups, to_cells, jump, to_groups, dt=DT)


class Count(bk.Synapse):
    """Each spike adds one to d of the target."""

    @bk.on_pre("d_post")
    def count(d_post):
        return d_post + 1.0


@pytest.fixture(scope="module")
def looked(backend):
    net = looking_network()
    net.run(3 * DT, backend=backend)
    return net


@pytest.mark.parametrize("place", PLACES, ids="_".join)
def test_each_place_sees_the_state_of_its_time(looked, place):
    name = "_".join(place)
    expected = [packed(place)] * 2
    assert getattr(looked["cells"], name).tolist() == expected
    if place not in BETWEEN:
        assert getattr(looked["groups"], name).tolist() == expected
        assert getattr(looked["to_cells"], name).tolist() == expected * 2
    assert getattr(looked["to_cells"], f"target_{name}").tolist() == expected


def test_sources_and_whole_projections_see_it_too(looked):
    net = looked["to_cells"]
    assert net.source_before_integrate.tolist() == [packed(("before", "integrate"))] * 2
    assert net.source_after_reset.tolist() == [packed(("after", "reset"))] * 2
    assert net.all_after_inputs.tolist() == [packed(("after", "inputs"))] * 4
    assert net.all_before_record.tolist() == [packed(("before", "record"))] * 4


class Plain(bk.Neuron):
    """Fires where V reaches one; x rests."""

    k = bk.parameter(1.0)
    V = bk.state(0.0)
    x = bk.state(1.0)
    y = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(I, k):
        return I * k

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def after_spike():
        return 0.0


class Plastic(bk.Synapse):
    """Each spike adds its weight to x of the target."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, w):
        return x_post + w


def lift(V):
    return V + 1.0


def halve(x):
    return 0.5 * x


def add_time(y, t):
    return y + t


def forget(w):
    return 0.9 * w


def centre(x):
    return x - np.sum(x) / x.size


FIRES = {("before", "threshold"): [1.0], ("after", "threshold"): []}


@pytest.mark.parametrize("place", FIRES, ids="_".join)
def test_only_what_is_before_the_threshold_makes_a_spike(backend, place):
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=1.0, spikes=bk.SpikeMonitor(cells))
    side, slot = place
    net.add_step(cells, "V", every=1.0, **{side: slot})(lift)
    net.run(1.0, backend=backend)
    assert net.spikes.time.values.tolist() == FIRES[place]
    assert cells.V.tolist() == [0.0 if FIRES[place] else 1.0]


def homeostatic(**options):
    source, target = Source(1, [], [], name="source"), Plain(2, name="target")
    syn = Plastic(source, target, connect=bk.connect.all_to_all(), w=[1.0, 2.0], name="syn")
    net = bk.Network(source, target, syn, dt=0.1, w=bk.StateMonitor(syn, ["w"]))
    net.add_step(syn, "w", **options)(forget)
    return net


def test_a_decay_now_and_then_has_its_closed_form(backend):
    net = homeostatic(every=100.0, after="deliver")
    net.run(350.0, backend=backend)
    assert net["syn"].w == pytest.approx([0.9**3, 2 * 0.9**3], rel=1e-15)
    times = net.w.time.values
    falls = times[1:][np.diff(net.w.w.values[:, 0]) != 0]
    assert falls.tolist() == [100.0, 200.0, 300.0]


@pytest.mark.parametrize(
    ("place", "times"),
    [
        ({"before": "inputs"}, [0.1, 100.1, 200.1, 300.1]),
        ({"before": "integrate"}, [0.1, 100.1, 200.1, 300.1]),
        ({}, [100.0, 200.0, 300.0]),
        ({"before": "record"}, [100.0, 200.0, 300.0]),
        ({"after": "record"}, [100.1, 200.1, 300.1]),
    ],
)
def test_a_sample_shows_what_ran_before_it(place, times):
    """A step before the integration runs at t = 0 too; one after the record shows later."""
    net = homeostatic(every=100.0, **place)
    net.run(350.0)
    seen = np.concatenate([[1.0], net.w.w.values[:, 0]])
    assert net.w.time.values[np.diff(seen) != 0].tolist() == times


def test_a_group_is_normalised_now_and_then(backend):
    cells = Plain(3, x=[1.0, 2.0, 6.0], name="cells")
    net = bk.Network(cells, dt=0.1, x=bk.StateMonitor(cells, ["x"]))
    net.add_step(cells, "x", on="group", every=5.0, after="reset")(centre)
    net.run(6.0, backend=backend)
    values = net.x.x.values
    assert values[48].tolist() == [1.0, 2.0, 6.0]
    assert values[49].tolist() == [-2.0, -1.0, 3.0]


class Many(bk.Neuron):
    """Has a step of every kind, with and without an interval."""

    V = bk.state(0.0)
    x = bk.state(1.0)
    y = bk.state(0.0)
    z = bk.state(0.0)
    I = bk.input()
    t_ref = bk.parameter(0.0)
    refractory = bk.refractory("t_ref", holds=("V", "x"))

    @bk.derivative
    def dV(V, I):
        return I - 0.25 * V

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def after_spike():
        return 0.0

    @bk.step("x", every=3 * DT)
    def grow(x, I, t):
        return x + 0.5 * I + t

    @bk.step("x", before="integrate", every=2 * DT)
    def nudge(x, t):
        return x + t

    @bk.step("y", on="group", every=4 * DT)
    def gather(y, x):
        return y + np.max(x)

    @bk.step("z", before="reset", every=2 * DT)
    def watch(z, V):
        return z + V

    @bk.step("V", after="record", every=5 * DT)
    def kick(V):
        return V + 0.25


class Busy(bk.Synapse):
    """The same for a synapse, at its three levels."""

    w = bk.state(1.0, per="synapse")
    p = bk.state(0.0, per="pre")
    g = bk.state(0.0, per="post")

    @bk.on_pre("g")
    def receive(g, w):
        return g + w

    @bk.adds_to("I")
    def current(g):
        return 0.125 * g

    @bk.step("w", every=2 * DT)
    def grow(w, V_post):
        return w + 0.125 * V_post

    @bk.step("w", before="deliver", every=3 * DT)
    def lean(w, p, x_pre):
        return w + 0.125 * (p - x_pre)

    @bk.step("w", on="group", after="deliver", every=4 * DT)
    def share(w):
        return 0.5 * w + 0.125 * np.max(w)

    @bk.step("p", after="threshold", every=DT)
    def count(p, t):
        return p + t

    @bk.step("g", before="inputs", every=2 * DT)
    def decay(g):
        return 0.5 * g

    @bk.step("g", after="integrate")
    def see(g, V_post):
        return g + 0.125 * V_post


def busy_network():
    one = Many(5, t_ref=[0.0, DT, 2 * DT, 0.0, 3 * DT], name="one")
    two = Many(3, name="two")
    syn = Busy(one, two, connect=bk.connect.all_to_all(), delay=DT, name="syn")
    monitors = {
        "of_one": bk.StateMonitor(one, ["V", "x", "y", "z"]),
        "of_two": bk.StateMonitor(two, ["V", "x", "y", "z"]),
        "of_syn": bk.StateMonitor(syn, ["w", "p", "g"]),
        "spikes": bk.SpikeMonitor(one),
    }
    net = bk.Network(one, two, syn, dt=DT, **monitors)
    net.add_step(one, "y", every=2 * DT, before="record")(add_time)
    net.add_step(syn, "w", before="record")(forget)
    return net


INPUTS = {"one": np.array([0.5, 1.0, 1.5, 2.0, 4.0]), "two": 0.75}


def everything(net):
    return [net.of_one, net.of_two, net.of_syn, net.spikes]


def test_all_kinds_together_follow_the_reference(backend):
    net = busy_network()
    both, inputs = SideBySide(net, backend), {net[name]: value for name, value in INPUTS.items()}
    both.run(9 * DT, inputs)
    both.run(8 * DT, inputs)
    both.check()


def same(one, other):
    return all(a.equals(b) for a, b in zip(everything(one), everything(other), strict=True))


@pytest.mark.parametrize("split", [1, 4, 7])
def test_runs_add_up_at_any_split(backend, split):
    whole, parts = busy_network(), busy_network()
    whole.run(16 * DT, inputs=INPUTS, backend=backend)
    parts.run(split * DT, inputs=INPUTS, backend=backend)
    parts.run((16 - split) * DT, inputs=INPUTS, backend=backend)
    assert same(whole, parts)


@pytest.mark.skipif("numba" not in BACKENDS, reason="numba is not installed")
def test_threads_change_no_bit():
    nets = [busy_network() for _ in range(3)]
    for threads, net in enumerate(nets, start=1):
        net.run(24 * DT, inputs=INPUTS, backend="numba", threads=threads)
    assert same(nets[0], nets[1]) and same(nets[0], nets[2])


def test_each_run_of_a_batch_does_them(backend):
    net = busy_network()
    sweep = {(net["one"], "t_ref"): [0.0, DT]}
    tree = net.run(8 * DT, inputs=INPUTS, backend=backend, batch=sweep)
    alone = busy_network()
    alone["one"].t_ref = DT
    alone.run(8 * DT, inputs=INPUTS, backend=backend)
    assert np.array_equal(tree["of_one"].x.values[1], alone.of_one.x.values)
    assert np.array_equal(tree["of_syn"].w.values[1], alone.of_syn.w.values)


def test_a_store_goes_back_and_a_reset_begins_anew(backend):
    net = busy_network()
    net.run(5 * DT, inputs=INPUTS, backend=backend)
    net.store()
    net.run(6 * DT, inputs=INPUTS, backend=backend)
    expected = net["one"].x.tolist(), net["syn"].w.tolist()
    net.restore()
    net.run(6 * DT, inputs=INPUTS, backend=backend)
    assert (net["one"].x.tolist(), net["syn"].w.tolist()) == expected
    net.reset()
    net.run(11 * DT, inputs=INPUTS, backend=backend)
    assert (net["one"].x.tolist(), net["syn"].w.tolist()) == expected


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_text_says_how_often(backend, tmp_path):
    net = busy_network()
    text = net.source(backend=backend)
    assert "every 0.25 ms" in text and "every 0.5 ms" in text
    if backend != "jax":
        assert "if (_step + 1) % 2 == 0:  # every 0.25 ms" in text
        assert "if _step % 2 == 0:  # every 0.25 ms" in text
    assert "return 0.9 * w" in text, "a function stands in the text as it was written"
    path = tmp_path / "edited.py"
    path.write_text(text.replace("return 0.9 * w", "return 0.0 * w"), encoding="utf-8")
    net.run(DT, inputs=INPUTS, backend=backend, source=path)
    assert not net["syn"].w.any(), "an edited copy is what runs"


def test_the_schedule_lists_them_with_their_intervals():
    table = str(busy_network().schedule()).splitlines()
    first = "inputs step Many: Busy_with_steps_decay, every 2 steps"
    assert table[0].split() == first.split()
    assert any("Many_nudge, every 2 steps" in line for line in table)
    assert "Many_kick, every 5 steps" in table[-1]
    tasks = busy_network().schedule()
    slots = [list(SLOTS).index(task.slot) for task in tasks]
    assert slots == sorted(slots)
    assert [task.every for task in tasks if task.functions == ("Many_watch",)] == [2]
    assert [task.every for task in tasks if task.functions == ("Busy_with_steps_forget",)] == [1]


def test_steps_in_one_place_run_as_they_were_given(backend):
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=1.0)
    net.add_step(cells, "y", before="record")(add_time)

    @net.add_step(cells, "y", before="record")
    def double(y):
        return 2.0 * y

    net.add_step(cells, "y", on="group", before="record")(lower)
    net.run(3.0, backend=backend)
    assert cells.y.tolist() == [(((1.0 * 2 - 1) + 2) * 2 - 1 + 3) * 2 - 1]


def lower(y):
    return y - 1.0


def test_steps_of_several_members_run_as_they_were_given(backend):
    net = homeostatic(every=100.0)
    syn, target = net["syn"], net["target"]
    target._given["x"] = [3.0, 5.0]

    @net.add_step(syn, "w", before="record")
    def copy(x_post):
        return 1.0 * x_post

    net.add_step(target, "x", before="record")(halve)
    net.run(0.1, backend=backend)
    assert (syn.w.tolist(), target.x.tolist()) == ([3.0, 5.0], [1.5, 2.5])


class Conductance(bk.Synapse):
    """Keeps one value for each target, and nothing for single synapses."""

    weight = bk.parameter(1.0, per="synapse")
    g = bk.state(0.0, per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "jax"])
def test_synapses_that_are_drawn_again_have_steps_at_their_targets(backend):
    found = []
    for procedural in (False, True):
        source = Source(3, [DT, 2 * DT, 4 * DT], [0, 2, 1], name="source")
        target = Plain(4, name="target")
        rule = bk.connect.fixed_prob(0.5, procedural=procedural)
        syn = Conductance(source, target, connect=rule, delay=DT, name="syn")
        net = bk.Network(source, target, syn, dt=DT)
        net.add_step(syn, "g", every=2 * DT, before="deliver")(shrink)
        net.run(6 * DT, backend=backend)
        found.append(syn.g.tolist())
    assert found[0] == found[1] and any(found[0])


def shrink(g, V_post):
    return 0.5 * g + 0.0 * V_post


def test_a_crossing_is_looked_for_where_steps_have_left_the_state(backend):
    cells = Riser(1, name="cells")
    net = bk.Network(cells, dt=1.0, spikes=bk.SpikeMonitor(cells))
    net.add_step(cells, "V", after="threshold")(sink)
    net.run(3.0, backend=backend)
    assert net.spikes.time.values.tolist() == [1.0, 2.0, 3.0], "each step it rises anew"


def sink(V):
    return V - 1.0


class Riser(bk.Neuron):
    """Rises by one in each ms, and fires where it rises through 0.5."""

    V = bk.state(0.0)

    @bk.derivative
    def dV(V):
        return 1.0 + 0.0 * V

    @bk.threshold(crossing=True)
    def fires(V):
        return V - 0.5


def test_what_is_held_stays(backend):
    cells = Held(2, V=[1.0, 0.0], name="cells")
    net = bk.Network(cells, dt=1.0, x=bk.StateMonitor(cells, ["x", "y", "z"]))
    net.run(5.0, backend=backend)
    seen_before = net.x.x.values[:, 0].tolist()
    assert seen_before == [1.0, 1.0, 1.0, 1.0, 2.0], "held while it sees times up to 3"
    assert net.x.y.values[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert net.x.z.values[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0, 2.0]
    assert net.x.x.values[:, 1].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


class Held(bk.Neuron):
    """Fires in the first step where V is one, and is refractory for two steps."""

    V = bk.state(0.0)
    x = bk.state(0.0)
    y = bk.state(0.0)
    z = bk.state(0.0)
    t_ref = bk.parameter(2.0)
    refractory = bk.refractory("t_ref", holds=("x", "y", "z"))

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def fall():
        return 0.0

    @bk.step("x", before="integrate")
    def count_before(x):
        return x + 1.0

    @bk.step("y", before="deliver")
    def count_later(y):
        return y + 1.0

    @bk.step("z", on="group", after="deliver")
    def count_group(z):
        return z + 1.0


def test_a_newer_network_has_its_own_steps(backend):
    cells, others = Plain(1, name="cells"), Plain(1, name="others")
    first = bk.Network(cells, others, dt=1.0)
    first.add_step(cells, "x")(halve)
    assert "Plain_with_steps" in first.source(backend=backend)
    first.run(2.0, backend=backend)
    assert (cells.x.tolist(), others.x.tolist()) == ([0.25], [1.0])
    second = bk.Network(cells, others, dt=1.0)
    assert cells.definition is Plain.definition
    second.run(2.0, backend=backend)
    assert cells.x.tolist() == [1.0]


def test_units_of_an_interval_are_converted():
    pint = pytest.importorskip("pint")
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=0.1)
    net.add_step(cells, "x", every=pint.UnitRegistry().Quantity(0.01, "s"))(halve)
    assert [task.every for task in net.schedule() if "halve" in str(task.functions)] == [100]
    other = bk.Network(Plain(1, name="other"), dt=0.1)
    with pytest.raises(UnitError, match=r"the interval of Plain\.halve"):
        other.add_step(other["other"], "x", every=pint.UnitRegistry().Quantity(1.0, "mV"))(halve)


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"before": "lunch"}, ModelError, "a step has the slots inputs, integrate, threshold"),
        ({"before": "record", "after": "reset"}, ModelError, "stands in one place"),
        ({"every": 0.0}, TimeGridError, "above 0 ms"),
        ({"every": -1.0}, TimeGridError, "above 0 ms"),
        ({"every": [1.0, 2.0]}, TimeGridError, "give one number"),
        ({"every": 0.25}, TimeGridError, "no whole number of steps of dt = 0.1 ms"),
        ({"on": "group", "after": "threshold"}, ModelError, 'before="integrate" or after="reset"'),
        ({"on": "pair"}, ModelError, "'element' or 'group'"),
    ],
)
def test_what_cannot_be_is_refused(options, error, words):
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=0.1)
    with pytest.raises(error, match=words):
        net.add_step(cells, "x", **options)(halve)
    assert cells.definition is Plain.definition
    net.run(0.1)


def read_input(x, I):
    return x + I


def read_other(x, strange):
    return x + strange


def read_target(w, V_post):
    return w + V_post


def read_source(w, V_pre):
    return w + V_pre


@pytest.mark.parametrize(
    ("function", "place", "words"),
    [
        (read_input, {"before": "deliver"}, "I exists only from the integration to the reset"),
        (read_other, {}, "names strange, which Plain does not have"),
        (lambda x: x, {}, "write it with def"),
    ],
)
def test_what_a_step_of_neurons_may_name(function, place, words):
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=0.1)
    with pytest.raises(ModelError, match=words):
        net.add_step(cells, "x", **place)(function)


def test_an_input_is_what_drives_the_step(backend):
    cells = Plain(1, k=0.0, x=0.0, name="cells")
    net = bk.Network(cells, dt=1.0)
    net.add_step(cells, "x", before="reset")(read_input)
    net.run(3.0, inputs={cells: 2.0}, backend=backend)
    assert cells.x.tolist() == [6.0]


def test_no_synapse_sees_neurons_between_integration_and_reset():
    net = homeostatic(every=100.0)
    with pytest.raises(ModelError, match="no synapse sees them between the two"):
        net.add_step(net["syn"], "w", after="threshold")(read_target)


def test_names_of_the_ends_are_held_to_the_ends():
    net = homeostatic(every=100.0)
    syn = net["syn"]
    with pytest.raises(ModelError, match="has no V"):
        net.add_step(syn, "w", before="deliver")(read_source)
    assert "read_source" not in str(net.schedule())


def test_a_step_is_given_before_the_network_is_made_ready():
    net = homeostatic(every=100.0)
    net.run(0.1)
    with pytest.raises(NetworkError, match=r"right after Network\(...\)"):
        net.add_step(net["syn"], "w")(halve)
    other = Plain(1, name="other")
    with pytest.raises(NetworkError, match="no group or projection of the network"):
        net.add_step(other, "x")
    bk.Network(net["source"], net["target"], net["syn"], dt=0.1)
    with pytest.raises(NetworkError, match="was taken by a newer network"):
        net.add_step(net["syn"], "w")(halve)


def test_two_steps_of_one_name_are_refused():
    cells = Plain(1, name="cells")
    net = bk.Network(cells, dt=0.1)
    net.add_step(cells, "x")(halve)
    with pytest.raises(ModelError, match="has a halve already"):
        net.add_step(cells, "y")(halve)


def test_an_interval_of_a_class_is_held_to_the_grid():
    with pytest.raises(TimeGridError, match=r"the interval of grow .* no whole number of steps"):
        bk.Network(Many(1), dt=0.1)


def test_a_class_refuses_places_that_do_not_exist():
    with pytest.raises(ModelError, match="sees whole groups"):

        class Wrong(bk.Neuron):
            x = bk.state(0.0)

            @bk.step("x", on="group", before="reset")
            def look(x):
                return x

    with pytest.raises(ModelError, match="u exists only"):

        class AlsoWrong(bk.Neuron):
            x = bk.state(0.0)
            u = bk.uniform()

            @bk.step("x", before="inputs")
            def look(x, u):
                return x + u


class Fading(bk.Synapse):
    """What is kept with the target fades now and then."""

    g = bk.state(1.0, per="post")

    @bk.on_pre("g")
    def receive(g):
        return g + 1.0

    @bk.step("g", before="inputs", every=1.0)
    def fade(g):
        return 0.5 * g


def test_each_of_several_projections_of_a_model_has_its_step(backend):
    source, target = Source(1, [], [], name="source"), Plain(2, name="target")
    one = Fading(source, target, connect=bk.connect.all_to_all(), g=1.0, name="one")
    two = Fading(source, target, connect=bk.connect.all_to_all(), g=8.0, name="two")
    net = bk.Network(source, target, one, two, dt=1.0)
    net.run(2.0, backend=backend)
    assert (one.g.tolist(), two.g.tolist()) == ([0.25] * 2, [2.0] * 2)
