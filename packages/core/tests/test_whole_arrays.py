"""Functions of whole arrays: a name is an array of all elements, in the user's order."""

from __future__ import annotations

import numpy as np
from toy_models import DT

import brainkernel as bk


class Scaled(bk.Neuron):
    """Grows by its own value times the sum of a parameter."""

    k = bk.parameter(2.0)
    x = bk.state(1.0)
    y = bk.state(0.0)

    @bk.step("y", on="group")
    def scale(x, k):
        return x * np.sum(k)


def test_a_parameter_is_an_array_whatever_other_groups_are_given(backend):
    alone = Scaled(3, name="alone")
    single = bk.Network(alone, dt=DT)
    single.run(DT, backend=backend)
    first, second = Scaled(3, name="first"), Scaled(2, k=[1.0, 4.0], name="second")
    several = bk.Network(first, second, dt=DT)
    several.run(DT, backend=backend)
    assert alone.y.tolist() == first.y.tolist() == [6.0, 6.0, 6.0]
    assert second.y.tolist() == [5.0, 5.0]


class Normalised(bk.Synapse):
    """What a function of all synapses sees, in the order in which the user counts them."""

    rate = bk.parameter(1.0)
    share = bk.parameter(2.0, per="synapse")
    weight = bk.state(0.0, per="synapse")
    before = bk.state(0.0, per="synapse")
    ends = bk.state(0.0, per="synapse")
    sizes = bk.state(0.0, per="synapse")

    @bk.on_pre("weight")
    def nothing(weight):
        return weight + 0.0

    @bk.step("before", "ends", "sizes", on="group")
    def look(weight, share, rate, x_pre, x_post, k_post):
        several = share.size + x_pre.size + x_post.size + k_post.size
        ends = 1000.0 * x_pre + x_post + 0.0 * k_post
        return np.cumsum(weight), ends, several * rate + 0.0 * weight


class Firing(Scaled):
    """A source of spikes."""

    @bk.threshold
    def fires(x):
        return x - 2.0**20


def test_synapses_are_seen_in_the_order_of_the_user(backend):
    source = Firing(3, x=[1.0, 2.0, 3.0], name="source")
    target = Scaled(4, x=[10.0, 20.0, 30.0, 40.0], name="target")
    pre, post = [2, 0, 1, 0, 2], [3, 1, 0, 1, 2]
    delays = np.array([3, 5, 0, 1, 2]) * DT
    weights = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    rule = bk.connect.from_ij(pre, post)
    syn = Normalised(source, target, connect=rule, delay=delays, weight=weights, rate=1.0)
    net = bk.Network(source, target, syn, dt=DT)
    net.run(DT, backend=backend)
    assert syn.before.tolist() == np.cumsum(weights).tolist()
    assert syn.ends.tolist() == [3040.0, 1020.0, 2010.0, 1020.0, 3030.0]
    assert syn.sizes.tolist() == [20.0] * 5
