"""Slips that would give wrong numbers are refused, warned of, or mean what they seem to."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT

import brainkernel as bk
from brainkernel import errors


class Leaky(bk.Neuron):
    """Leaks towards its input."""

    tau = bk.parameter(8.0, unit="ms")
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I, tau):
        return (I - V) / tau

    @bk.threshold
    def fires(V):
        return V - 1.0


class Jump(bk.Synapse):
    """Adds its weight."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


def built(**options):
    group = Leaky(3, name="leaky", **options)
    return group, bk.Network(group, dt=DT)


@pytest.mark.parametrize("name", ["dt", "seed", "v", "nonsense"])
def test_a_network_keeps_its_clock_seed_and_monitors(name):
    network = built()[1]
    with pytest.raises(AttributeError):
        setattr(network, name, 1)


def test_what_is_wired_cannot_be_changed_in_silence():
    group = Leaky(3)
    jump = Jump(group, group, connect=bk.connect.one_to_one(), delay=DT)
    net = bk.Network(group, jump, dt=DT)
    for member, name in (
        (jump, "delay"),
        (jump, "connect"),
        (jump, "post"),
        (group, "method"),
        (group, "name"),
    ):
        with pytest.raises(errors.NetworkError, match=f"{name} is fixed"):
            setattr(member, name, None)
    assert group.network is jump.network is net


def test_a_forgotten_projection_is_warned_of():
    group = Leaky(3)
    jump = Jump(group, group, connect=bk.connect.one_to_one(), name="jump")
    with pytest.warns(UserWarning, match="jump .*does nothing"):
        bk.Network(group, dt=DT)
    assert jump.network is None


def test_a_rule_without_parentheses_is_refused():
    with pytest.raises(errors.ConnectError, match=r"all_to_all\(\.\.\.\)"):
        Jump(Leaky(1), Leaky(1), connect=bk.connect.all_to_all)


@pytest.mark.parametrize("size", [2.5, "3", True, 0, (2, 1.5), ()])
def test_a_size_is_a_whole_number(size):
    with pytest.raises(errors.ValueShapeError, match="size"):
        Leaky(size)


@pytest.mark.parametrize(
    "value", ["10", None, np.nan, 1j, np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0])]
)
def test_a_value_that_is_no_number_is_refused_where_it_is_written(value):
    with pytest.raises(errors.ValueShapeError, match=r"leaky\.tau"):
        Leaky(3, tau=value, name="leaky")


@pytest.mark.parametrize("seed", [1.7, -3, "a", None, True, 2**64])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(errors.NetworkError, match="seed"):
        bk.Network(Leaky(1), seed=seed)


def test_an_array_of_another_shape_is_not_reshaped():
    values = np.arange(6.0)
    net = bk.Network(Leaky((2, 3), V=values.reshape(2, 3)))
    assert np.array_equal(net.groups[0].V, values)
    with pytest.raises(errors.ValueShapeError, match=r"shape \(3, 2\)"):
        bk.Network(Leaky((2, 3), V=values.reshape(3, 2))).program()


def test_a_state_set_before_the_first_step_is_the_first_state():
    group, network = built()
    group.V = 0.5
    network.run(1.0)
    network.reset()
    assert np.array_equal(group.V, [0.5, 0.5, 0.5])


def test_restore_brings_parameters_back():
    group, network = built()
    network.store()
    group.tau = 2.0
    network.restore()
    assert group.tau == 8.0


def test_an_error_in_a_users_function_keeps_its_words():
    group = Leaky(3, V=lambda rng: rng.no_such_draw())
    with pytest.raises(
        errors.UserFunctionError, match=r"Leaky\.V.*test_slips\.py:\d+.*no_such_draw"
    ) as caught:
        bk.Network(group).run(1.0)
    assert isinstance(caught.value.__cause__, AttributeError)


def test_the_last_bin_of_wiring_can_be_read():
    group = Leaky(3)
    jump = Jump(
        group, group, connect=bk.connect.from_ij([2, 0, 2], [1, 1, 0]), delay=[3 * DT, DT, 2 * DT]
    )
    _net = bk.Network(group, jump, dt=DT)  # kept: its values are read
    assert jump.sources.tolist() == [2, 0, 2]
    assert jump.targets.tolist() == [1, 1, 0]
    assert jump.delays.tolist() == [3 * DT, DT, 2 * DT]


def test_drawn_delays_are_rounded_where_one_says_so():
    group = Leaky(20)
    rule = bk.connect.all_to_all()
    jump = Jump(
        group, group, connect=rule, delay=lambda rng, dt: bk.on_grid(rng.uniform(1.0, 3.0), dt)
    )
    _net = bk.Network(group, jump, dt=DT)  # kept: its values are read
    assert np.all(jump.delays / DT == np.rint(jump.delays / DT))
    assert 1.0 <= jump.delays.min() < 1.5 < 2.5 < jump.delays.max() <= 3.0


def test_a_threshold_that_is_never_below_zero_is_warned_of():
    class Always(bk.Neuron):
        """Meant to fire above one."""

        V = bk.state(0.0)

        @bk.threshold
        def fires(V):
            return np.where(V > 1.0, 1.0, 0.0)

    with pytest.warns(UserWarning, match="fires in every step") as caught:
        bk.Network(Always(2, name="always"), dt=DT).run(8.0)
    assert caught[0].filename == __file__


def test_a_saved_text_gives_way_to_the_network_unless_it_was_edited(tmp_path):
    path = built(tau=8.0)[1].save_source(tmp_path / "saved.py")
    group, network = built(tau=2.0, V=1.0)
    network.run(DT, source=path)
    assert group.V[0] == pytest.approx(np.exp(-DT / 2.0))
    with pytest.raises(errors.ProgramError, match=r"other models"):
        bk.Network(Leaky(3, name="leaky"), dt=2 * DT).run(1.0, source=path)


def test_a_post_state_that_follows_single_synapses_is_refused():
    with pytest.raises(errors.ModelError, match="cannot be computed for each target"):

        class Lost(bk.Synapse):
            """Its conductance would be computed nowhere."""

            w = bk.parameter(1.0, per="synapse")
            g = bk.state(5.0, per="post")

            @bk.derivative
            def dg(g, w):
                return -g * w

            @bk.adds_to("I")
            def current(g):
                return g


def test_a_function_without_its_decorator_is_refused():
    with pytest.raises(errors.ModelError, match=r"Held\.dV names data but has no decorator"):

        class Held(bk.Neuron):
            """Its V would stay where it is."""

            V = bk.state(0.0)
            I = bk.input()

            def dV(V, I):
                return I - V


def test_a_helper_that_calls_itself_is_refused():
    def endless(x):
        return endless(x) + 1.0

    with pytest.raises(errors.ModelError, match="calls itself"):

        class Endless(bk.Neuron):
            """Would never end."""

            V = bk.state(0.0)

            @bk.derivative
            def dV(V):
                return endless(V)
