"""Projections that begin or end at the synapses of others, and inputs of synapses."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT
from toy_synapse_ends import Dopamine, Glial, Kick, Modulated, inputs, network
from toy_third_ends import Cell

import brainkernel as bk
from brainkernel.errors import ConnectError, InputError, ModelError, NetworkError
from brainkernel.testing.beside import assert_follows_the_reference


def test_all_that_acts_on_synapses_follows_the_contract():
    net = network()
    assert_follows_the_reference(net, 50 * DT, inputs(net))
    assert net.spikes.sizes["spike"] > 5
    assert net["inner"].d.max() > 0.1


RECORDED = {"of_inner": ("g", "d"), "of_cells": ("V",), "of_others": ("V",)}


def recorded(net):
    return {f"{name}.{v}": net[name][v].values for name, vs in RECORDED.items() for v in vs}


@pytest.fixture(scope="module")
def of_numpy():
    """Run the network on NumPy."""
    net = network()
    net.run(80 * DT, inputs=inputs(net))
    return recorded(net)


def test_every_backend_does_the_same_in_two_runs(backend, of_numpy):
    net = network()
    net.run(30 * DT, inputs=inputs(net), backend=backend)
    net.run(50 * DT, inputs=inputs(net), backend=backend)
    for name, values in recorded(net).items():
        np.testing.assert_allclose(values, of_numpy[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_threads_and_monitors_change_nothing():
    pytest.importorskip("numba")
    one, two, bare = network(), network(), network()
    bare = bk.Network(*bare.groups, *bare.projections, dt=DT, seed=1)
    for net, threads in ((one, 1), (two, 2), (bare, 2)):
        net.run(60 * DT, inputs=inputs(net), backend="numba", threads=threads)
    for name, values in recorded(one).items():
        np.testing.assert_array_equal(recorded(two)[name], values, name)
    np.testing.assert_array_equal(bare["inner"].g, one["inner"].g)
    np.testing.assert_array_equal(bare["cells"].V, one["cells"].V)


def test_numbers_of_32_bits_are_computed_with_in_64(backend, of_numpy):
    net = network()
    narrow = bk.Network(*net.groups, *net.projections, dt=DT, seed=1, dtype="float32")
    narrow.add(of_inner=bk.StateMonitor(narrow["inner"], ["g", "d"]))
    narrow.run(12 * DT, inputs=inputs(net), backend=backend)
    for name in ("g", "d"):
        expected = of_numpy[f"of_inner.{name}"][:12]
        np.testing.assert_allclose(narrow.of_inner[name], expected, atol=1e-6, err_msg=name)


def test_synapses_are_numbered_as_their_projection_numbers_them():
    cells = Cell(4, name="cells")
    pairs = bk.connect.from_ij([3, 0, 2, 0], [0, 1, 2, 0])
    weights, delays = [0.5, 0.25, 0.125, 1.0], [DT, 4 * DT, DT, 2 * DT]
    inner = Modulated(cells, cells, connect=pairs, weight=weights, delay=delays, name="inner")
    rewards = Dopamine(
        cells,
        inner,
        connect=bk.connect.from_ij([0, 1, 2], [2, 0, 3]),
        amount=lambda weight_post, post: 10.0 * post + weight_post,
        name="rewards",
    )
    glial = Glial(inner, cells[:1], connect=bk.connect.all_to_all(), b=[1.0, 2.0, 3.0, 4.0])
    net = bk.Network(cells, inner, rewards, glial, dt=DT)
    inner.g = [0.0, 0.0, 0.5, 0.0]
    net.run(DT, inputs={cells: [0.0, 100.0, 100.0, 0.0]})
    assert rewards.targets.tolist() == [2, 0, 3]
    assert rewards.sources.tolist() == [0, 1, 2]
    assert glial.sources.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(rewards.amount, [20.125, 0.5, 31.0])
    # cells 1 and 2 fired at once, and gave their amount times the weight
    np.testing.assert_allclose(inner.d, [0.25, 0.0, 0.0, 31.0])


def test_parameters_of_synapses_may_be_set_and_change_their_form():
    cells = Cell(2, name="cells")
    inner = Modulated(cells, cells, connect=bk.connect.all_to_all(), weight=0.5, name="inner")
    one = bk.connect.from_ij([0], [2])
    rewards = Dopamine(cells, inner, connect=one, amount=1.0, name="rewards")
    net = bk.Network(cells, inner, rewards, dt=DT)
    fire = {cells: [1000.0, 0.0]}
    net.run(DT, inputs=fire)
    np.testing.assert_allclose(inner.d, [0.0, 0.0, 0.5, 0.0])
    inner.d = 0.0
    inner.weight = 2.0
    net.run(DT, inputs=fire)
    np.testing.assert_allclose(inner.d, [0.0, 0.0, 2.0, 0.0])
    inner.d = 0.0
    inner.weight = [1.0, 2.0, 3.0, 4.0]
    net.run(DT, inputs=fire)
    np.testing.assert_allclose(inner.d, [0.0, 0.0, 3.0, 0.0])


def test_what_synapses_add_to_a_neuron_is_recorded():
    net = network()
    _, others = net.groups
    net.add(last=bk.StateMonitor(others, "I"), uptake=bk.StateMonitor(net["glial"], "uptake"))
    net.run(20 * DT, inputs=inputs(net))
    glial, listed = net["glial"], net["listed"]
    added = np.bincount(listed.targets, 0.25 * listed.g, minlength=3)
    taken = np.bincount(glial.targets, glial.b * net["inner"].g[glial.sources], minlength=3)
    np.testing.assert_allclose(net.last.I.values[-1], 1.25 + added + taken)
    np.testing.assert_allclose(net.uptake.uptake.values[-1], taken)


def test_a_projection_that_only_hands_spikes_on_is_an_end_too(backend):
    class Copying(bk.Synapse):
        x = bk.state(0.0, per="synapse")

        @bk.step("x")
        def copy(weight_post):
            return weight_post

        @bk.on_pre("x")
        def nothing(x):
            return x

    cells = Cell(3, name="cells")
    delays = DT * np.arange(9.0)
    handed = [
        Kick(cells, cells, connect=bk.connect.all_to_all(), weight=k, delay=delays, name=f"j{k}")
        for k in (1, 2)
    ]
    weights = np.arange(9.0)
    several = Kick(
        cells,
        cells,
        connect=bk.connect.all_to_all(),
        weight=weights,
        delay=delays[::-1],
        name="several",
    )
    copying = Copying(cells[:1], several, connect=bk.connect.all_to_all(), name="copying")
    net = bk.Network(cells, *handed, several, copying, dt=DT)
    net.run(2 * DT, backend=backend)
    np.testing.assert_array_equal(copying.x, weights)


def test_an_input_of_synapses_needs_no_projection_onto_them(backend):
    class Driven(bk.Synapse):
        w = bk.state(0.0, per="synapse")
        drive = bk.input()

        @bk.derivative
        def dw(drive):
            return drive

        @bk.on_pre("w")
        def nothing(w):
            return w

    cells = Cell(2, name="cells")
    driven = Driven(
        cells, cells, connect=bk.connect.all_to_all(), delay=[DT, 0.0, 3 * DT, 0.0], name="driven"
    )
    net = bk.Network(cells, driven, dt=DT)
    net.run(4 * DT, inputs={driven: [1.0, 2.0, 3.0, 4.0]}, backend=backend)
    net.run(4 * DT, inputs={"driven": 1.0}, backend=backend)
    np.testing.assert_allclose(driven.w, 4 * DT * np.array([2.0, 3.0, 4.0, 5.0]))
    assert net.memory().total > 0


def test_a_forgotten_projection_onto_synapses_is_told():
    cells = Cell(2, name="cells")
    inner = Modulated(cells, cells, connect=bk.connect.all_to_all(), name="inner")
    rewards = Dopamine(cells, inner, connect=bk.connect.all_to_all(), name="rewards")
    with pytest.warns(UserWarning, match=r"rewards .* is not in the network, so it does nothing"):
        bk.Network(cells, inner)
    assert rewards.network is None


def test_what_synapses_cannot_do_is_refused():
    cells = Cell(2, name="cells")
    pairs = bk.connect.all_to_all()
    inner = Modulated(cells, cells, connect=pairs, name="inner")
    rewards = Dopamine(cells, inner, connect=pairs, name="rewards")
    with pytest.raises(ConnectError, match="rewards begins or ends at synapses itself"):
        Dopamine(cells, rewards, connect=pairs)
    with pytest.raises(ModelError, match="waits for spikes of inner, which has no threshold"):
        Modulated(inner, cells, connect=pairs)

    class Kept(bk.Synapse):
        s = bk.state(0.0, per="post")

        @bk.on_pre("s")
        def arrive(s):
            return s + 1.0

        @bk.derivative
        def ds(s):
            return -s

    with pytest.raises(ModelError, match=r"ends at synapses of inner, .*Kept.ds cannot run there"):
        Kept(cells, inner, connect=pairs)
    with pytest.raises(NetworkError, match="rewards uses <inner cells -> cells>, which is not in"):
        bk.Network(cells, rewards)
    with pytest.raises(InputError, match="rewards has no input: Dopamine declares none"):
        bk.Network(cells, inner, rewards).run(1.0, inputs={rewards: 1.0})
    procedural = bk.connect.fixed_prob(0.5, procedural=True)
    handed = Kick(cells, cells, connect=procedural, weight=1.0, name="handed")

    class Reading(bk.Synapse):
        @bk.adds_to("I")
        def read(weight_pre):
            return weight_pre

    reading = Reading(handed, cells, connect=bk.connect.all_to_all())
    with pytest.raises(ConnectError, match="handed cannot be procedural, since its synapses"):
        bk.Network(cells, handed, reading).run(1.0)
    with pytest.raises(ModelError, match=r"Wrong.arrive .* names M, an input of synapses"):

        class Wrong(bk.Synapse):
            M = bk.input()
            s = bk.state(0.0, per="synapse")

            @bk.on_pre("s")
            def arrive(s, M):
                return s + M
