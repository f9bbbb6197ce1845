"""Groups that trees of conductances join, against the reference, which solves the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, ModelError, NetworkError, UnitError, ValueShapeError
from brainkernel.testing.beside import SideBySide

BACKENDS = ["numpy", "numba", "jax"]


class Dendrites(bk.Neuron):
    """Gates that V reads and that read V, a pool that only a gate reads, and a curved current."""

    C_m = bk.parameter(1.0, unit="uF/cm**2")
    R_i = bk.parameter(100.0, unit="ohm*cm")
    area = bk.parameter(30.0, unit="um**2")
    width = bk.parameter(0.05, unit="um")
    up = bk.parameter()
    g = bk.parameter(2.0, unit="mS/cm**2")
    t_ref = bk.parameter(1.0, unit="ms")
    V = bk.state(-60.0, unit="mV")
    m = bk.state(0.2)
    pool = bk.state(0.1)
    q = bk.state(0.3)
    I = bk.input(unit="pA")
    joints = bk.tree("V", conductance="g_i", capacitance="C", to_parent="up")
    refractory = bk.refractory("t_ref", holds="m")

    @bk.derived(unit="uS")
    def g_i(width, R_i):
        return 100.0 * width / R_i

    @bk.derived(unit="nF")
    def C(area, C_m):
        return 1e-5 * area * C_m

    @bk.derived
    def open(m):
        return m * m

    @bk.derived
    def m_rest(V):
        return 1.0 / (1.0 + np.exp(-(V + 50.0) / 6.0))

    @bk.derivative
    def dV(V, I, open, q, g, C_m, area):
        return (g * open * (30.0 - V) + q * (-80.0 - V) + 100.0 * I / area) / C_m

    @bk.derivative
    def dm(m, m_rest):
        return (m_rest - m) / 0.8

    @bk.derivative
    def dpool(pool, m, V):
        return 0.02 * m * (30.0 - V) - pool / 5.0

    @bk.derivative
    def dq(q, pool):
        return (pool / (1.0 + pool) - q) / 2.0

    @bk.threshold(crossing=True)
    def fires(V):
        return V + 40.0

    @bk.reset("m")
    def close(m):
        return 0.5 * m


class Pulled(bk.Synapse):
    """A conductance that lives with its target."""

    weight = bk.parameter(0.3, unit="nS", per="synapse")
    g = bk.state(0.0, unit="nS", per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g):
        return -g / 3.0

    @bk.adds_to("I")
    def current(g, V_post):
        return g * (0.0 - V_post)


def parents(cells: int, seed: int = 1) -> list[float]:
    """Trees of random shapes, one after another."""
    rng = np.random.default_rng(seed)
    steps: list[float] = []
    for size in rng.integers(1, 9, cells):
        steps += [0.0, *(float(rng.integers(1, number + 1)) for number in range(1, size))]
    return steps


def network(cells: int = 6, **values):
    up = parents(cells)
    rng = np.random.default_rng(2)
    dendrites = Dendrites(
        len(up),
        up=up,
        area=rng.uniform(20.0, 60.0, len(up)),
        width=rng.uniform(0.01, 0.1, len(up)),
        V=rng.uniform(-70.0, -50.0, len(up)),
        name="dendrites",
        **values,
    )
    ends = dendrites[len(up) // 2 :]
    onto = Pulled(dendrites, ends, connect=bk.connect.fixed_prob(0.2), delay=0.3, name="onto")
    net = bk.Network(
        dendrites,
        onto,
        dt=0.1,
        seed=3,
        traces=bk.StateMonitor(dendrites, ["V", "m", "q"], every=0.5),
        spikes=bk.SpikeMonitor(dendrites),
    )
    return net, dendrites


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_group_of_trees_is_solved_as_the_reference_does(backend):
    net, dendrites = network()
    both = SideBySide(net, backend, tolerance=1e-11)
    both.run(4.0, {dendrites: 8.0})
    both.set(dendrites, "R_i", 150.0)
    both.run(3.0, {dendrites[:7]: lambda t: 20.0 * np.sin(t)})
    both.check()
    assert net.spikes.sizes["spike"] > 20


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_that_is_long_against_the_coupling_is_stable(backend):
    net, dendrites = network(R_i=0.01)
    both = SideBySide(net, backend, tolerance=1e-9)
    both.run(3.0, {dendrites: 8.0})
    both.check()


@pytest.mark.parametrize("backend", ["numba"])
def test_threads_and_pieces_of_a_run_change_no_bit(backend):
    once, dendrites = network(cells=40)
    once.run(6.0, inputs={dendrites: 8.0}, backend=backend, threads=1)
    for threads in (2, 3):
        parts, same = network(cells=40)
        for _ in range(2):
            parts.run(3.0, inputs={same: 8.0}, backend=backend, threads=threads)
        assert np.array_equal(once.traces.V, parts.traces.V)
        assert np.array_equal(once.state.values, parts.state.values)


def test_no_tree_is_cut_between_threads():
    net, dendrites = network(cells=40)
    net.run(0.1, backend="numba", threads=3)
    cuts = net.build.partition(3).spans[:, 0, 0]
    assert np.all(dendrites.up[cuts] == 0)


def test_what_is_joined_is_fixed_in_a_network():
    net, dendrites = network(cells=2)
    with pytest.raises(NetworkError, match=r"dendrites\.up tells which elements are joined"):
        dendrites.up = 0.0
    with pytest.raises(NetworkError, match=r"dendrites\.up tells which elements are joined"):
        net.run(1.0, batch={(dendrites, "up"): [0.0, 0.0]})


def test_what_joins_elements_may_follow_time_and_which_are_joined_not():
    cells = Bare(3, up=[0, 1, 1], g=bk.TimedArray([0.5, 0.0, 2.0], 1.0))
    both = SideBySide(bk.Network(cells), "numpy")
    both.run(3.0, {cells[:1]: 1.0})
    both.check()
    with pytest.raises(ModelError, match="cannot follow time: it tells which elements are joined"):
        Bare(3, up=lambda t: np.zeros(3))


def test_one_tree_is_solved_by_one_thread():
    cells = Bare(300, up=[0.0, *[1.0] * 299])
    net = bk.Network(cells)
    assert set(net.build.partition(3).spans[:, 0].ravel()) == {0, 300}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_runs_each_value_as_alone(backend):
    net, dendrites = network(cells=3)
    values = [50.0, 200.0]
    runs = net.run(
        2.0, inputs={dendrites: 8.0}, backend=backend, batch={(dendrites, "R_i"): values}
    )
    for number, value in enumerate(values):
        alone, same = network(cells=3)
        same.R_i = value
        alone.run(2.0, inputs={same: 8.0}, backend=backend)
        of_batch = runs["traces"].V.sel(batch=number)
        np.testing.assert_allclose(of_batch, alone.traces.V, rtol=1e-12)


class Bare(bk.Neuron):
    """The least that a tree joins."""

    up = bk.parameter()
    g = bk.parameter(0.5, unit="uS")
    C = bk.parameter(1.0, unit="nF")
    V = bk.state(0.0, unit="mV")
    I = bk.input(unit="nA")
    joints = bk.tree("V", conductance="g", capacitance="C", to_parent="up")

    @bk.derivative
    def dV(V, I, C):
        return (I - 0.1 * V) / C


def test_one_number_may_stand_for_all_joints():
    cells = Bare(4, up=[0, 1, 1, 0])
    both = SideBySide(bk.Network(cells), "numpy")
    both.run(3.0, {cells[:1]: 1.0})
    both.check()
    assert cells.V[0] > cells.V[1] > cells.V[2] > cells.V[3] == 0.0


def test_elements_that_nothing_joins_stand_alone():
    cells = Bare(3, up=0.0)
    both = SideBySide(bk.Network(cells), "numba")
    both.run(3.0, {cells[:1]: 1.0})
    both.check()
    assert cells.V[0] > cells.V[1] == 0.0


@pytest.mark.parametrize(
    ("up", "message"),
    [
        ([0, 2, 1], "element 1 is 2: it is the whole number of elements"),
        ([1, 1, 1], "element 0 is 1"),
        ([0, 0.5, 1], "element 1 is 0.5"),
        ([0, 0, 2], "the parent of element 2 is 0, but a new tree begins at 1"),
    ],
)
def test_parents_that_are_none_are_refused(up, message):
    with pytest.raises(ValueShapeError, match=message):
        bk.Network(Bare(3, up=up)).run(1.0)


def test_only_a_method_that_solves_trees_integrates_one():
    with pytest.raises(IntegratorError, match="which method 'rk4' does not do; use tr_bdf2"):
        bk.Network(Bare(2, up=[0, 1], method="rk4")).run(1.0)
    with pytest.raises(IntegratorError, match="is for elements that a tree joins"):
        bk.Network(OnlyLeak(1, method="tr_bdf2")).run(1.0)
    for method in (None, "tr_bdf2"):
        cells = Bare(2, up=[0, 1], method=method)
        net = bk.Network(cells, V=bk.StateMonitor(cells, "V"))
        net.run(1.0)
        assert "tr_bdf2" in net.V.attrs["integrators"]


class OnlyLeak(bk.Neuron):
    V = bk.state(1.0)

    @bk.derivative
    def dV(V):
        return -V


JOINED = {"conductance": "g", "capacitance": "C", "to_parent": "up"}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"joints": bk.tree("W", **JOINED)}, "'W' is no state with a derivative"),
        ({"joints": bk.tree("V", **{**JOINED, "to_parent": "V"})}, "is no parameter"),
        ({"joints": bk.tree("V", **{**JOINED, "conductance": "V"})}, "no derived quantity"),
        ({"g": bk.parameter(1.0, unit="nS")}, "in nS over C in nF is no rate per ms"),
        ({"V": bk.state(0.0, unit="mV", ceiling="g")}, "V has a ceiling"),
        ({"more": bk.tree("V", **JOINED)}, "more is a second tree"),
    ],
)
def test_what_cannot_be_solved_is_refused_when_the_class_is_made(parts, message):
    with pytest.raises((ModelError, UnitError), match=message):
        type("Wrong", (Bare,), parts)


def test_a_refractory_period_or_noise_along_the_tree_is_refused():
    with pytest.raises(ModelError, match="a refractory period holds V"):

        class Holding(Bare):
            t_ref = bk.parameter(1.0, unit="ms")
            rest = bk.refractory("t_ref", holds="V")

            @bk.threshold
            def fires(V):
                return V - 1.0

    with pytest.raises(ModelError, match="has no diffusion"):

        class Noisy(Bare):
            @bk.diffusion
            def noise_V(C):
                return 1.0 / C

    with pytest.raises(ModelError, match="follows from V: what joins elements follows from"):

        class Following(Bare):
            g = None
            joints = bk.tree("V", conductance="opening", capacitance="C", to_parent="up")

            @bk.derived(unit="uS")
            def opening(V):
                return 0.0 * V
