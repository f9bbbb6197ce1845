"""A projection onto a slice acts on the neurons of the slice alone, whatever it keeps there."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Source

import brainkernel as bk


class Cell(bk.Neuron):
    """Adds up its input."""

    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I


class Tonic(bk.Synapse):
    """A current that flows without spikes, and grows at each step by a function and a step."""

    rate = bk.parameter(0.0)
    tonic = bk.parameter(8.0, per="post")
    g = bk.state(5.0, per="post")
    steps = bk.state(0.0, per="post")
    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(rate):
        return rate

    @bk.step("steps")
    def count(steps):
        return steps + 1.0

    @bk.adds_to("I")
    def current(g, tonic, steps):
        return g + tonic + steps


SLICES = {
    "contiguous": slice(1, 3),
    "strided": slice(None, None, 2),
    "reversed": slice(None, None, -2),
    "listed": [4, 1, 2],
    "one": [3],
}


@pytest.mark.parametrize("method", ["euler", "rk4", None])
@pytest.mark.parametrize("key", SLICES.values(), ids=SLICES)
def test_neurons_outside_are_not_touched(key, method):
    cells = Cell(5, method=method)
    source = Source(1, [2 * DT], [0])
    syn = Tonic(source, cells[key], connect=bk.connect.all_to_all(), rate=8.0, name="syn")
    net = bk.Network(source, cells, syn, dt=DT)
    net.run(2 * DT)
    inside = np.arange(5)[key]
    outside = np.setdiff1d(np.arange(5), inside)
    assert cells.x[outside].tolist() == [0.0] * outside.size
    assert syn.g.tolist() == [5.0 + 2 * DT * 8.0 + 1.0] * inside.size
    assert np.all(cells.x[inside] > 2 * DT * 13.0)
    assert syn.steps.tolist() == [2.0] * inside.size


def test_each_projection_keeps_to_its_own_slice(backend):
    """Overlapping slices beside a whole group, with values in the order of each slice."""
    cells = Cell(4, method="euler", name="cells")
    other = Cell(4, method="euler", name="other")
    source = Source(1, [DT], [0])
    ends = {"a": cells[[2, 0]], "b": cells[1:3], "c": cells, "d": other[3]}
    given = {"a": [1.0, 2.0], "b": [16.0, 32.0], "c": [0.0] * 4, "d": 64.0}
    projections = [
        Tonic(source, end, connect=bk.connect.all_to_all(), g=given[name], tonic=0.0, name=name)
        for name, end in ends.items()
    ]
    net = bk.Network(source, cells, other, projections, dt=DT)
    net.run(DT, backend=backend)
    assert cells.x.tolist() == [2.0 * DT, 16.0 * DT, (1.0 + 32.0) * DT, 0.0]
    assert other.x.tolist() == [0.0, 0.0, 0.0, 64.0 * DT]
    assert [p.g.tolist() for p in projections] == [[2.0, 3.0], [17.0, 33.0], [1.0] * 4, [65.0]]


class Diffusing(bk.Synapse):
    """Noise that a projection brings to its targets."""

    g = bk.state(0.0, per="post")

    @bk.derivative
    def dg(g):
        return 0.0 * g

    @bk.diffusion
    def noise_g():
        return 1.0

    @bk.adds_to("I")
    def current(g):
        return g


@pytest.mark.parametrize("method", ["euler_maruyama", "heun"])
def test_noise_stays_in_the_slice(method):
    cells, source = Cell(5, method=method), Cell(1)
    noise = Diffusing(source, cells[1:4], connect=bk.connect.all_to_all())
    net = bk.Network(source, cells, noise, dt=DT, x=bk.StateMonitor(cells, "x"))
    net.run(10 * DT)
    assert np.all(net.x.x.values[:, [0, 4]] == 0.0)
    assert np.all(net.x.x.values[-1, 1:4] != 0.0)


def test_the_exact_method_keeps_to_the_slice(backend):
    """A conductance-free current that decays, as propagators see it."""

    class Decaying(bk.Synapse):
        tau = bk.parameter(4.0, unit="ms")
        g = bk.state(1.0, per="post")

        @bk.derivative
        def dg(g, tau):
            return -g / tau

        @bk.adds_to("I")
        def current(g):
            return g

    cells, source = Cell(3, method="exact", name="cells"), Cell(1, name="source")
    syn = Decaying(source, cells[1:], connect=bk.connect.all_to_all())
    net = bk.Network(source, cells, syn, dt=DT)
    net.run(2.0, backend=backend)
    charge = 4.0 * (1.0 - np.exp(-2.0 / 4.0))
    np.testing.assert_allclose(cells.x, [0.0, charge, charge], rtol=1e-12)
