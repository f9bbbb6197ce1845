"""The backends beside the reference, on generated networks and on former faults of all."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel.errors import BrainKernelError
from brainkernel.random import stream_key, uniform
from brainkernel.testing import reference
from brainkernel.testing.beside import SideBySide, assert_follows_the_reference
from brainkernel.testing.models import DT, Counter, Dice, Jump, Leaky, Membrane, Noisy, Ramp, Source
from brainkernel.testing.networks import driven, mixed
from brainkernel.testing.strategies import networks

quick = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # what fails is made smaller by `nox -s fuzz`, which takes minutes
    suppress_health_check=list(HealthCheck),
)


def play(script, backend):
    """Play a network that was drawn, unless it is refused."""
    try:
        script.play(backend)
    except BrainKernelError:
        pass
    except Exception as wrong:
        wrong.add_note(f"This script, run alone, fails:\n\n{script}")
        raise


@given(networks(st.integers(0, 10**6)))
@quick
def test_networks_of_generated_models_on_numpy(script):
    play(script, "numpy")


@pytest.mark.parametrize("structure", [206, 272])  # 272: changing means, and a drive onto V
def test_networks_of_generated_models_on_every_backend(backend, structure):
    @given(networks([structure], compiled=True))
    @settings(quick, max_examples=2)
    def check(script):
        play(script, backend)

    check()


def test_delays_of_all_lengths_and_inputs_of_all_kinds():
    net = mixed()
    assert_follows_the_reference(net, 60 * DT, driven(net))


METHODS = ["euler", "midpoint", "heun", "rk2", "rk3", "rk4", "exact", "exponential_euler"]
NOISY = ["euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", [Leaky, Membrane])
def test_every_method(method, model):
    cells = model(3, method=method, name="cells")
    net = bk.Network(cells, dt=DT, m=bk.StateMonitor(cells, "V"))
    assert_follows_the_reference(net, 20 * DT, {cells: [0.25, 0.5, 1.0]})


class Multiplied(Noisy):
    """Noise that grows with V."""

    @bk.diffusion
    def noise_V(sigma, V):
        return sigma * (1.0 + 0.25 * V)


@pytest.mark.parametrize("method", NOISY)
@pytest.mark.parametrize("model", [Noisy, Multiplied])
def test_every_method_for_noise(method, model):
    cells = model(3, method=method, t_ref=3 * DT, name="cells")
    net = bk.Network(cells, dt=DT, m=bk.StateMonitor(cells, "V"), s=bk.SpikeMonitor(cells))
    assert_follows_the_reference(net, 20 * DT, {cells: [0.25, 0.5, 1.0]})


def test_every_draw():
    dice = Dice(40, mean=np.linspace(0.0, 5.0, 40), name="dice")
    net = bk.Network(dice, dt=DT, seed=5, m=bk.StateMonitor(dice, ["U", "Z", "K", "B", "E"]))
    assert_follows_the_reference(net, 10 * DT)


# -- the reference alone, with numbers by hand -----------------------------------------------------


def test_the_reference_knows_what_is_right():
    """A spike at 1 with a delay of 3 steps acts at 4; the ramp fires at 8 and rests up to 11."""
    source, ramp = (
        Source(1, [DT], [0], name="source"),
        Ramp(1, t_ref=3 * DT, method="euler", name="ramp"),
    )
    cell = Counter(1, name="cell")
    jump = Jump(
        source, cell, connect=bk.connect.all_to_all(), weight=0.5, delay=3 * DT, name="jump"
    )
    monitors = {
        "x": bk.StateMonitor(cell, "x"),
        "V": bk.StateMonitor(ramp, "V"),
        "s": bk.SpikeMonitor(ramp),
    }
    alone = reference.Reference(bk.Network(source, ramp, cell, jump, dt=DT, **monitors))
    alone.run(13 * DT, {ramp: 1.0})
    assert np.ravel(alone.traces["x"]["x"]).tolist() == [0.0] * 3 + [0.5] * 10
    assert np.ravel(alone.traces["V"]["V"]).tolist() == [k / 8 for k in range(1, 8)] + [0.0] * 4 + [
        0.125,
        0.25,
    ]
    assert alone.spikes["s"] == [(8, 0)]


class Releases(bk.Synapse):
    """Releases what it has with a probability of one half."""

    u = bk.uniform()

    @bk.on_pre("x_post")
    def release(x_post, u):
        return x_post + np.where(u < 0.5, 1.0, 0.0)


def releasing():
    """One source that fires at every step, with a delay, onto five targets."""
    source, cells = (
        Source(1, np.arange(1, 9) * DT, [0] * 8, name="source"),
        Counter(5, name="cells"),
    )
    jump = Releases(
        source,
        cells,
        connect=bk.connect.from_ij([0] * 5, [4, 2, 0, 3, 1]),
        delay=2 * DT,
        name="jump",
    )
    return bk.Network(source, cells, jump, dt=DT, seed=7, m=bk.StateMonitor(cells, "x"))


def test_a_draw_in_a_synapse():
    """It follows from the projection's name, the user's synapse number and the step it acts in."""
    alone = reference.Reference(releasing())
    alone.run(10 * DT)
    key = [np.uint32(word) for word in stream_key(7, "jump.u")]
    number = np.argsort([4, 2, 0, 3, 1])  # of the synapse onto each cell
    with np.errstate(over="ignore"):  # 32 bits are meant to wrap around
        drawn = [
            [uniform(*key, np.uint32(k), np.uint32(step)) < 0.5 for k in number]
            for step in range(2, 10)
        ]
    np.testing.assert_array_equal(alone.traces["m"]["x"][2:], np.cumsum(drawn, axis=0))
    assert 5 < np.sum(drawn) < 35


def test_a_draw_in_a_synapse_follows_the_reference(backend):
    assert_follows_the_reference(releasing(), 10 * DT, backend=backend, tolerance=0)


def test_it_finds_a_difference():
    cells = Ramp(2, name="cells")
    net = bk.Network(cells, dt=DT, m=bk.StateMonitor(cells, "V"))
    both = SideBySide(net)
    both.run(DT, {cells: 1.0})
    cells.V = [0.25, 0.5]  # in one of both
    with pytest.raises(AssertionError, match=r"cells\.V at 0\.125 ms"):
        both.check()


ALLOWED = {
    "brainkernel.connect",
    "brainkernel.model.declarations",
    "brainkernel.errors",
    "brainkernel.random",
    "brainkernel.base.units",
}


def test_it_shares_nothing_with_what_it_is_to_judge():
    """Its files import declarations, rules, random numbers, units and each other, nothing else.

    This holds for types too.
    """
    for path in Path(reference.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            own = [name for name in names if name.startswith("brainkernel")]
            own = [name for name in own if not name.startswith("brainkernel.testing.reference")]
            assert set(own) <= ALLOWED | {"brainkernel"}, f"{path.name} imports {own}"


# -- what was wrong on all backends alike ----------------------------------------------------------


class Learns(bk.Synapse):
    """Counts the target's spikes in each synapse."""

    w = bk.state(0.0, per="synapse")

    @bk.on_pre("x_post")
    def hand_on(x_post, w):
        return x_post + w

    @bk.on_post("w")
    def grow(w):
        return w + 1.0


class Ear(Source):
    """Fires at given times, and keeps the sum of what arrives."""

    x = bk.state(0.0)


class Constant(bk.Synapse):
    """Adds a constant current."""

    c = bk.parameter(1.0)

    @bk.adds_to("I")
    def current(c):
        return c


class Sums(bk.Neuron):
    """Adds up a parameter of its group."""

    k = bk.parameter(2.0)
    x = bk.state(0.0)

    @bk.step("x", on="group")
    def add(x, k):
        return x + np.sum(k)


class SumsOfSources(bk.Synapse):
    """Adds up what is kept for its sources, which are a slice."""

    p = bk.state(1.0, per="pre")

    @bk.step("p", on="group")
    def add(p):
        return p + np.sum(p)


class Ranks(bk.Synapse):
    """Numbers its synapses."""

    weight = bk.parameter(1.0, per="synapse")
    w = bk.state(0.0, per="synapse")

    @bk.step("w", on="group")
    def add(w, weight):
        return 0.0 * w + np.cumsum(weight)


class Back(bk.Synapse):
    """Pushes its source, which may be refractory."""

    @bk.on_post("V_pre")
    def push(V_pre):
        return V_pre + 0.25


class Halves(bk.Synapse):
    """Halves what is there, then adds: the order matters."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("x_post")
    def mix(x_post, weight):
        return 0.5 * x_post + weight


class Traces(bk.Synapse):
    """Keeps a trace of its sources."""

    p = bk.state(0.0, per="pre")

    @bk.on_pre("p")
    def count(p):
        return p + 1.0


ALL = bk.connect.all_to_all()


def learning_with_delays():
    source, ears = Source(1, [DT], [0], name="source"), Ear(2, [2 * DT], [0], name="ears")
    return source, ears, Learns(source, ears, connect=ALL, delay=[2 * DT, DT], name="learns")


def constant_on_a_slice():
    cells = Ramp(4, name="cells")
    return cells, Constant(cells, cells[1:3], connect=ALL, name="constant")


def parameter_of_a_group():
    return (Sums(3, name="sums"),)


def values_of_a_slice_of_sources():
    cells = Ramp(4, name="cells")
    return cells, SumsOfSources(cells[1:3], cells, connect=ALL, name="sums")


def order_of_all_synapses():
    cells = Ramp(2, name="cells")
    pairs = bk.connect.from_ij([1, 0, 1, 0], [1, 1, 0, 0])
    return cells, Ranks(cells, cells, connect=pairs, weight=[1.0, 2.0, 4.0, 8.0], name="ranks")


def a_number_for_all_synapses():
    cells = Ramp(2, name="cells")
    return cells, Ranks(cells, cells, connect=ALL, weight=1.0, name="ranks")


def held_at_the_source():
    ramp, post = Ramp(1, t_ref=4 * DT, V=1.0, name="ramp"), Source(1, [2 * DT], [0], name="post")
    return ramp, post, Back(ramp, post, connect=ALL, name="back")


def order_of_delays():
    source, cell = Source(2, [DT, 2 * DT], [0, 1], name="source"), Counter(1, name="cell")
    return (
        source,
        cell,
        Halves(source, cell, connect=ALL, weight=[1.0, 2.0], delay=[3 * DT, 2 * DT], name="halves"),
    )


def a_delay_without_synapses():
    source, cell = Source(1, [DT], [0], name="source"), Counter(1, name="cell")
    return (
        source,
        cell,
        Traces(source, cell, connect=bk.connect.from_ij([], []), delay=3 * DT, name="traces"),
    )


CASES = [
    learning_with_delays,
    constant_on_a_slice,
    parameter_of_a_group,
    order_of_all_synapses,
    a_number_for_all_synapses,
    order_of_delays,
    a_delay_without_synapses,
]


@pytest.mark.parametrize("case", CASES)
def test_what_was_wrong(case):
    members = case()
    watched = {
        f"of_{member.name}": (member, member.definition.names("state")) for member in members
    }
    monitors = {name: bk.StateMonitor(*watch) for name, watch in watched.items() if watch[1]}
    assert_follows_the_reference(bk.Network(*members, dt=DT, **monitors), 6 * DT, tolerance=0)


def test_what_would_reach_other_neurons_is_refused():
    for case, said in (
        (values_of_a_slice_of_sources, "slice of cells"),
        (held_at_the_source, "V_pre, which the refr"),
    ):
        with pytest.raises(bk.errors.ModelError, match=said):
            case()


@pytest.mark.parametrize(("targets", "dendritic"), [(1, 4), (12, 0)])
def test_a_spike_has_the_weight_of_the_moment_in_which_it_passes_the_synapse(targets, dendritic):
    """Weights are set while spikes are on their way, before the synapse or behind it."""
    source, cells = Source(1, [DT], [0], name="source"), Counter(targets, name="cells")
    delay = np.arange(1, targets + 1) * DT
    late = {"delay": delay + 4 * DT * (targets > 1), "dendritic_delay": dendritic * DT}
    jump = Jump(source, cells, connect=ALL, weight=np.ones(targets), **late, name="jump")
    both = SideBySide(bk.Network(source, cells, jump, dt=DT), tolerance=0)
    both.run(4 * DT)
    both.set(jump, "weight", 2.0)
    both.run(20 * DT)
    both.check()
