"""What is given is copied where it enters, functions name what they want, errors are told."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Counter, Gate, Jump, Ramp

import brainkernel as bk
from brainkernel import errors


class NeedsWeight(bk.Synapse):
    """Has a weight without a default."""

    weight = bk.parameter(per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, weight):
        return x_post + weight


def test_arrays_are_copied_when_they_are_given():
    """Each array is changed after it was given; a network of the unchanged arrays is the same."""

    def network(change):
        given = {
            "V_th": np.array([1.0, 2.0]),
            "positions": np.zeros((2, 2)),
            "i": np.array([0, 1]),
            "matrix": np.array([[0.0, 2.0], [1.0, 0.0]]),
            "delay": np.array([DT, 2 * DT]),
            "weight": np.array([3.0, 4.0]),
            "drive": np.ones((16, 2)),
        }
        cells = Ramp(2, V_th=given["V_th"], positions=given["positions"], name="cells")
        counter = Counter(2, name="counter")
        listed = bk.connect.from_ij(given["i"], given["i"])
        one = Jump(
            cells, counter, connect=listed, weight=given["weight"], delay=given["delay"], name="one"
        )
        two = Jump(cells, counter, connect=bk.connect.from_matrix(given["matrix"]), name="two")
        drive = bk.TimedArray(given["drive"], DT)
        if change:
            for array in given.values():
                array[...] = 0
        net = bk.Network(cells, counter, one, two, m=bk.StateMonitor(counter, "x"), dt=DT)
        net.run(16 * DT, inputs={cells: drive})
        return cells, one, two, net

    (cells, one, two, net), (changed, one_changed, two_changed, other_net) = (
        network(False),
        network(True),
    )
    assert net.m.x.values.max() > 0
    np.testing.assert_array_equal(net.m.x.values, other_net.m.x.values)
    np.testing.assert_array_equal(cells.V_th, changed.V_th)
    for synapses, other in ((one, one_changed), (two, two_changed)):
        np.testing.assert_array_equal(synapses.weight, other.weight)
        np.testing.assert_array_equal(synapses.delays, other.delays)
        np.testing.assert_array_equal(synapses.targets, other.targets)


def test_what_was_given_cannot_be_changed_through_the_group():
    cells = Ramp(2, V_th=[1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        cells.V_th[0] = 5.0


@pytest.mark.parametrize("name", ["time", "x", "random", "size"])
def test_a_function_of_one_argument_is_given_what_it_names_or_nothing(name):
    function = eval(f"lambda {name}: 1.0")
    with pytest.raises(
        errors.ValueShapeError, match=rf"Ramp\.V_th.*names {name}: what it may name is .*rng"
    ):
        bk.Network(Ramp(2, V_th=function)).run(0.1)


def test_a_function_is_given_what_it_names():
    positions = np.array([[0.0], [3.0]])

    def threshold(positions, n, dt, scale=2.0):
        return scale * positions[:, 0] + n + dt

    cells = Ramp(2, V_th=threshold, positions=positions)
    net = bk.Network(cells, dt=DT)
    net.run(DT)
    assert cells.V_th.tolist() == [2.0 + DT, 8.0 + DT]


def test_an_exception_of_a_users_function_comes_with_its_line():
    def weight(pre):
        right = pre + 1.0
        return right / [][0]

    line = weight.__code__.co_firstlineno + 2
    gate, counter = Gate(2), Counter(2)
    jump = Jump(gate, counter, connect=bk.connect.all_to_all(), weight=weight, name="jump")
    with pytest.raises(
        errors.UserFunctionError, match=rf"jump\.weight.*test_values\.py:{line}.*IndexError"
    ) as caught:
        bk.Network(gate, counter, jump).run(0.1)
    assert isinstance(caught.value.__cause__, IndexError)


def test_a_matrix_brings_the_weight_that_has_no_default():
    gate, counter = Gate(2), Counter(2)
    matrix = np.array([[0.0, 2.0], [3.0, 0.0]])
    brought = NeedsWeight(gate, counter, connect=bk.connect.from_matrix(matrix), name="brought")
    net = bk.Network(gate, counter, brought, dt=DT)
    assert net.memory().by_part["weights"] > 0
    net.run(2 * DT, inputs={gate: 1.0})
    assert brought.weight.tolist() == [2.0, 3.0]
    assert counter.x.tolist() == [6.0, 4.0]
    for rule in (bk.connect.all_to_all(), bk.connect.from_matrix(matrix > 0)):
        with pytest.raises(errors.ModelError, match="needs values for weight"):
            NeedsWeight(gate, counter, connect=rule)


def test_what_an_end_cannot_give_is_said_truly():
    class Drives(bk.Synapse):
        @bk.on_pre("I_post")
        def receive(I_post):
            return 2.0 * I_post

    with pytest.raises(errors.ModelError, match=r"I_post, an input of Ramp.*adds_to"):
        Drives(Gate(1), Ramp(1), connect=bk.connect.all_to_all())


def test_members_of_a_network_cannot_be_changed_in_place():
    net = bk.Network(Ramp(1))
    with pytest.raises(AttributeError):
        net.groups.append(Ramp(1))
    with pytest.raises(TypeError):
        net.monitors["m"] = bk.SpikeMonitor(net.groups[0])
