"""Counts drawn sixteen at a time are those of the reference, for any mean."""

import numpy as np
import pytest

import brainkernel as bk


class Counter(bk.Neuron):
    """Keeps the count of each step."""

    mean = bk.parameter(1.0)
    x = bk.state(0.0)
    events = bk.poisson("mean")

    @bk.step("x")
    def keep(events):
        return events


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.3, 1.68, 2.32, 4.9, 5.1, 11.0, 30.5, 200.0])
@pytest.mark.parametrize("threads", [1, 3])
def test_counts_are_those_of_the_reference(mean, threads):
    group = Counter(3001, name="group", mean=mean)
    net = bk.Network(group, x=bk.StateMonitor(group, "x"), seed=int(mean * 7))
    net.run(0.7, backend="numpy")
    reference = net.x.x.values
    net.reset()
    net.run(0.7, backend="numba", threads=threads)
    np.testing.assert_array_equal(net.x.x.values, reference)
    assert abs(reference.mean() - mean) < 5 * np.sqrt(max(mean, 1e-4) / reference.size)


def test_rare_counts_beyond_the_levels_that_are_compared_are_right_too():
    group = Counter(100_000, name="group", mean=4.9)
    net = bk.Network(group, x=bk.StateMonitor(group, "x"))
    net.run(0.3, backend="numpy")
    reference = net.x.x.values
    net.reset()
    net.run(0.3, backend="numba")
    assert reference.max() > 14
    np.testing.assert_array_equal(net.x.x.values, reference)


def test_means_of_single_neurons():
    group = Counter(500, name="group", mean=np.linspace(0, 8, 500))
    net = bk.Network(group, x=bk.StateMonitor(group, "x"))
    net.run(1.0, backend="numpy")
    reference = net.x.x.values
    net.reset()
    net.run(1.0, backend="numba", threads=2)
    np.testing.assert_array_equal(net.x.x.values, reference)


class Coin(bk.Neuron):
    """Keeps whether it came up."""

    p = bk.parameter(0.5)
    x = bk.state(0.0)
    up = bk.bernoulli("p")

    @bk.step("x")
    def keep(up):
        return up


@pytest.mark.parametrize("p", [0.0, 2.0**-27, 1e-3, 0.5, 1.0 - 1e-9, 1.0, "each"])
def test_coins_fall_as_in_the_reference(p):
    group = Coin(4001, name="group", p=np.linspace(0, 1, 4001) if p == "each" else p)
    net = bk.Network(group, x=bk.StateMonitor(group, "x"))
    net.run(2.0, backend="numpy")
    reference = net.x.x.values
    net.reset()
    net.run(2.0, backend="numba", threads=2)
    np.testing.assert_array_equal(net.x.x.values, reference)
