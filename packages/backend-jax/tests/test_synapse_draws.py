"""Derivatives through synapses that draw: what was drawn is a number like any other."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from toy_models import DT, Counter, Source

import brainkernel as bk
import brainkernel_jax as bj

pytestmark = pytest.mark.usefixtures("x64")


class Release(bk.Synapse):
    """Adds its weight with a probability, and some noise of its own."""

    p = bk.parameter(0.5)
    weight = bk.parameter(1.0, per="synapse")
    u = bk.uniform()
    z = bk.normal()

    @bk.on_pre("x_post")
    def receive(x_post, weight, u, z, p):
        return x_post + (np.where(u < p, weight, 0.0) + 0.25 * weight * z)


def network():
    source = Source(6, np.arange(1, 7) * DT, np.arange(6), name="source")
    target = Counter(3, name="target")
    weights = np.linspace(1.0, 2.0, 18)
    rule = bk.connect.all_to_all()
    syn = Release(source, target, connect=rule, weight=weights, delay=DT, name="syn")
    return bk.Network(source, target, syn, dt=DT, seed=5)


def test_the_derivative_by_each_weight_is_what_was_drawn():
    """The sum is linear in each weight, so its derivative is the difference that a weight makes."""
    net = network()
    function = bj.function(net, 8 * DT, parameters=[(net.projections[0], "weight")])

    def total(weights):
        state, _ = function({"syn": {"weight": weights}}, {})
        return state["target"]["x"].sum()

    weights = np.linspace(1.0, 2.0, 18)
    derivative = np.asarray(jax.grad(total)(weights))
    differences = [total(weights + step) - total(weights - step) for step in 0.5 * np.eye(18)]
    np.testing.assert_allclose(derivative, differences, rtol=1e-12)
    assert np.ptp(derivative) > 0.5
    other = network()
    other.run(8 * DT, backend="jax")
    np.testing.assert_allclose(total(weights), other.groups[1].x.sum(), rtol=1e-12)


class Forgetting(bk.Synapse):
    """Adds its weight, and loses some of it by chance where the target fires."""

    w = bk.state(1.0, per="synapse")
    u = bk.uniform()

    @bk.on_pre("x_post")
    def receive(x_post, w):
        return x_post + w

    @bk.on_post("w")
    def forget(w, u):
        return w - np.where(u < 0.5, 0.25, 0.0)


class Keeper(Source):
    """Fires at given times, and keeps the sum of what arrives."""

    x = bk.state(0.0)


@pytest.mark.parametrize("delay", [0.0, DT])
def test_one_function_draws_and_another_does_not(delay):
    records = []
    for backend in ("numpy", "jax"):
        source = Source(4, np.arange(1, 9) * DT, np.arange(8) % 4, name="source")
        target = Keeper(3, np.arange(1, 9) * DT, np.arange(8) % 3, name="target")
        forget = Forgetting(
            source, target, connect=bk.connect.all_to_all(), delay=delay, name="forget"
        )
        net = bk.Network(source, target, forget, dt=DT, seed=3)
        net.run(10 * DT, backend=backend)
        records.append((np.array(target.x), np.array(forget.w)))
    for one, other in zip(*records, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.ptp(records[0][1]) > 0.0
