"""Third ends of synapses: a group besides source and target that functions read."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT
from toy_third_ends import ENDS, Cell, Glia, inputs, network

import brainkernel as bk
from brainkernel.errors import ConnectError, ModelError, MonitorError, NetworkError
from brainkernel.testing.beside import assert_follows_the_reference


@pytest.mark.parametrize("per", ENDS)
def test_every_kind_of_function_reads_what_the_contract_says(per):
    net = network(per)
    assert_follows_the_reference(net, 80 * DT, inputs(net))
    assert net.spikes.sizes["spike"] > 5


def recorded(net):
    return {f"{n}.{v}": net[n][v].values for n in ("of_synapses", "of_cells") for v in net[n]}


@pytest.mark.parametrize("per", ENDS)
def test_every_backend_reads_alike(backend, per):
    net, expected = network(per), network(per)
    net.run(40 * DT, inputs=inputs(net), backend=backend)
    net.run(40 * DT, inputs=inputs(net), backend=backend)
    expected.run(80 * DT, inputs=inputs(expected))
    of_numpy = recorded(expected)
    for name, values in recorded(net).items():
        np.testing.assert_allclose(values, of_numpy[name], rtol=1e-12, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("per", ENDS)
def test_threads_and_monitors_change_nothing(per):
    pytest.importorskip("numba")
    nets = network(per), network(per), network(per)
    nets = *nets[:2], bk.Network(*nets[2].groups, *nets[2].projections, dt=DT, seed=1)
    for net, threads in zip(nets, (1, 2, 2), strict=True):
        net.run(60 * DT, inputs=inputs(net), backend="numba", threads=threads)
    one, two, bare = nets
    for name, values in recorded(one).items():
        np.testing.assert_array_equal(recorded(two)[name], values, name)
    for member in ("cells", "synapses"):
        for name in set(one[member].definition.names("state")) - set(
            one[member].definition.end_states
        ):
            np.testing.assert_array_equal(getattr(one[member], name), getattr(bare[member], name))


class Reward(bk.Neuron):
    """A value that a step lowers, and one that changes in no step."""

    D = bk.state(1.0, unit="uM")
    scale = bk.parameter(2.0)

    @bk.derivative
    def dD(D):
        return -D / 10.0


class Learning(bk.Synapse):
    """A weight that a third end moves, and nothing else."""

    w = bk.state(0.0, per="synapse")
    reward = bk.end(doc="what tells how well it goes")

    @bk.derivative
    def dw(D_reward, scale_reward):
        return D_reward * scale_reward

    @bk.on_pre("V_post")
    def receive(V_post, w):
        return V_post + w


def learning(reward, **values):
    cells = Cell(3, name="cells")
    return Learning(cells, cells, connect=bk.connect.one_to_one(), reward=reward, **values)


def test_it_is_read_at_the_beginning_of_a_step_and_its_parameters_may_change(backend):
    reward = Reward(4, method="euler", name="reward")
    synapses = learning(reward[3:])
    net = bk.Network(reward, synapses.pre, synapses, dt=1.0)
    reward.D = [0.0, 0.0, 0.0, 1.0]
    net.run(1.0, backend=backend)
    np.testing.assert_allclose(synapses.w, 2.0)
    net.run(1.0, backend=backend)
    np.testing.assert_allclose(synapses.w, 2.0 + 2.0 * 0.9)
    reward.scale = 3.0
    net.run(1.0, backend=backend)
    np.testing.assert_allclose(synapses.w, 3.8 + 3.0 * 0.81)
    reward.scale = [0.0, 0.0, 0.0, 4.0]  # an array in place of a number: another program
    net.run(1.0, backend=backend)
    np.testing.assert_allclose(synapses.w, 6.23 + 4.0 * 0.729)
    assert synapses.reward.ids.tolist() == [3]


def test_groups_of_several_models_are_third_ends_of_one_model():
    class Fixed(bk.Neuron):
        D = bk.parameter(4.0)
        scale = bk.state(0.5)

    cells = Cell(2, name="cells")
    rewards = Reward(1, name="r"), Reward(3, D=3.0, name="r3"), Fixed(1, name="fixed")
    rule = bk.connect.one_to_one()
    first, second, third = (
        Learning(cells, cells, connect=rule, reward=one, name=f"s{k}")
        for k, one in enumerate((rewards[0], rewards[1][1], rewards[2]))
    )
    net = bk.Network(cells, *rewards, first, second, third, dt=0.5)
    assert_follows_the_reference(net, 5.0)
    np.testing.assert_allclose(third.w, 2.0 * 5.0)
    np.testing.assert_allclose(second.w, 3.0 * first.w)


def test_a_step_of_a_network_may_read_further_values():
    reward = Reward(1, name="reward")
    synapses = learning(reward)
    net = bk.Network(reward, synapses.pre, synapses, dt=0.5)

    class Idle(bk.Synapse):
        s = bk.state(0.0, per="synapse")
        glia = bk.end(per="post")

        @bk.on_pre("s")
        def count(s):
            return s + 1.0

    glia = Glia(3, H=[1.0, 2.0, 3.0], name="glia")
    idle = Idle(net.groups[1], net.groups[1], connect=bk.connect.one_to_one(), glia=glia)
    net = bk.Network(reward, glia, synapses.pre, synapses, idle, dt=0.5)

    @net.add_step(idle, "s", after="deliver")
    def follow(G_glia):
        return G_glia

    assert_follows_the_reference(net, 5.0, {glia: 1.0})
    np.testing.assert_allclose(idle.s, 0.5 * glia.H**2 + 0.25 * glia.H)


def test_an_index_is_a_number_for_each_synapse_in_the_users_order():
    class Reader(bk.Synapse):
        x = bk.state(0.0, per="synapse")
        glia = bk.end(per="synapse")

        @bk.step("x")
        def follow(H_glia):
            return H_glia

        @bk.on_pre("V_post")
        def receive(V_post, x):
            return V_post + x

    cells, glia = Cell(3, name="cells"), Glia(4, H=[0.0, 1.0, 2.0, 3.0], name="glia")
    pairs = bk.connect.from_ij([2, 0, 1, 0], [0, 1, 2, 0])
    by_array = Reader(cells, cells, connect=pairs, glia=(glia, [3, 1, 0, 2]), name="a")
    by_place = Reader(cells, cells, connect=pairs, glia=glia, name="b")
    by_function = Reader(
        cells, cells, connect=pairs, glia=(glia[1:], lambda pre, post: (pre + post) % 3), name="c"
    )
    net = bk.Network(cells, glia, by_array, by_place, by_function)
    net.run(0.1)
    np.testing.assert_array_equal(by_array.x, [3.0, 1.0, 0.0, 2.0])
    np.testing.assert_array_equal(by_place.x, [0.0, 1.0, 2.0, 3.0])
    np.testing.assert_array_equal(by_function.x, [3.0, 2.0, 1.0, 1.0])
    wrong = Reader(cells, cells, connect=pairs, glia=(glia[1:], [0, 1, 2, 3]), name="wrong")
    with pytest.raises(ConnectError, match=r"index of glia is 3 for synapse 3: .* from 0 to 2"):
        bk.Network(cells, glia, wrong).run(0.1)
    few = Reader(cells, cells, connect=pairs, glia=glia[1:], name="few")
    with pytest.raises(ConnectError, match=r"3 neurons for 4 synapses: say which .*group, index"):
        bk.Network(cells, glia, few).run(0.1)


def test_what_does_not_fit_is_refused_with_what_to_give():
    reward, cells = Reward(2), Cell(3)
    with pytest.raises(ModelError, match=r"Learning needs a third end reward: give a group or"):
        Learning(cells, cells, connect=bk.connect.one_to_one())
    with pytest.raises(ConnectError, match=r"reward has 2 neurons, not 1: .*reward=group\[:1\]"):
        learning(reward)
    with pytest.raises(ConnectError, match="reward is a float; give a group"):
        learning(3.0)
    with pytest.raises(ConnectError, match="reward takes no index"):
        learning((reward, [0, 1, 0]))
    with pytest.raises(ModelError, match=r"names D_reward, but <Glia\(1\)> has no D; there is"):
        learning(Glia(1))
    with pytest.raises(NetworkError, match="fixed: give it where you make"):
        learning(reward[:1]).reward = reward
    with pytest.raises(NetworkError, match=r"uses <Reward\(2\)>, which is not in the network"):
        synapses = learning(reward[:1])
        bk.Network(synapses.pre, synapses)
    with pytest.raises(MonitorError, match="value of a third end: record the group"):
        bk.StateMonitor(learning(reward[:1]), "D_reward")
    with pytest.raises(ModelError, match="no parameter or state 'D_reward'"):
        learning(reward[:1], D_reward=2.0)
    timed = Reward(1, scale=lambda t: t)
    with pytest.raises(ModelError, match="scale as parameter that follows time"):
        learning(timed)


def test_a_class_says_what_it_may():
    with pytest.raises(ModelError, match=r"bk.end\(per='neuron'\): it is one of"):
        bk.end(per="neuron")
    with pytest.raises(ModelError, match=r"bk.end\(\) is for synapses"):

        class Wrong(bk.Neuron):
            other = bk.end()

    with pytest.raises(ModelError, match="writes D_reward, but a third end is only read"):

        class Writes(Learning):
            @bk.on_pre("D_reward")
            def give(D_reward):
                return D_reward + 1.0

    class Own(Learning):
        """What it declares itself comes first."""

        D_reward = bk.parameter(3.0)

    synapses = Own(*[Cell(2)] * 2, connect=bk.connect.one_to_one(), reward=Reward(1))
    assert synapses.D_reward == 3.0
    assert synapses.definition.end_states == ("scale_reward",)
    assert "reward" in str(Learning.__signature__) and "how well" in Learning.__doc__


def test_single_precision_and_memory():
    net = network(None)
    narrow = bk.Network(*net.groups, *net.projections, dt=DT, dtype="float32", seed=1)
    assert narrow.memory().total > 0
    narrow.run(20 * DT, inputs=inputs(narrow))
    assert narrow.memory().total > 0
    assert np.all(np.isfinite(narrow.projections[0].w))
