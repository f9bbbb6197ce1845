"""Projections that share a table keep their own numbers, also when these come to differ later."""

import numpy as np
import pytest
from installed import BACKENDS
from toy_models import DT, Gate

import brainkernel as bk


class Push(bk.Synapse):
    """Each spike adds its weight to the target."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("x_post")
    def push(x_post, weight):
        return x_post + weight


class Sum(bk.Neuron):
    """Keeps what it was given."""

    x = bk.state(0.0)

    @bk.step("x")
    def keep(x):
        return x


def network():
    first, second = Gate(2, name="first"), Gate(2, name="second")
    one, other = Sum(3, name="one"), Sum(3, name="other")
    everything = bk.connect.all_to_all()
    pushes = [
        Push(pre, post, connect=everything, name=f"{pre.name}_{post.name}")
        for pre in (first, second)
        for post in (one, other)
    ]
    return bk.Network(first, second, one, other, *pushes, dt=DT), pushes, (one, other)


@pytest.mark.parametrize("backend", BACKENDS)
def test_equal_weights_may_come_to_differ_and_to_agree_again(backend):
    net, pushes, (one, other) = network()
    drive = {group: 1.0 for group in net.groups[:2]}
    net.run(DT, backend=backend, inputs=drive)
    assert len(net.program().synapse_blocks[0].heads) == 1
    np.testing.assert_array_equal(one.x, 4.0)
    pushes[0].weight = 10.0
    net.run(DT, backend=backend, inputs=drive)
    np.testing.assert_array_equal(one.x, 4.0 + 2 * 10.0 + 2.0)
    np.testing.assert_array_equal(other.x, 8.0)
    pushes[3].weight = np.arange(6.0)
    np.testing.assert_array_equal(pushes[3].weight, np.arange(6.0))
    net.run(DT, backend=backend, inputs=drive)
    np.testing.assert_array_equal(one.x, 26.0 + 22.0)
    np.testing.assert_array_equal(other.x, 8.0 + 2.0 + np.array([0 + 3, 1 + 4, 2 + 5]))
    for push in pushes:
        push.weight = 1.0
    net.run(DT, backend=backend, inputs=drive)
    np.testing.assert_array_equal(one.x, 52.0)
    assert net.build.synaptic.size == 0
