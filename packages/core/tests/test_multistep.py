"""Methods with memory: orders, starts after whatever disturbs a neuron, and where they live."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError
from brainkernel.testing.beside import SideBySide
from brainkernel_neurons import LIF
from brainkernel_synapses import ExponentialConductance, VoltageJump

ORDERS = [("ab2", 2), ("ab3", 3)]


class Driven(bk.Neuron):
    """x' = (cos t + I) x**2, with a state that follows it, and a reset that disturbs both."""

    V_th = bk.parameter(1e9)
    x = bk.state(0.3, ceiling="V_th")
    y = bk.state(0.1)
    I = bk.input()

    @bk.derivative
    def dx(x, t, I):
        return (np.cos(t) + I) * x * x

    @bk.derivative
    def dy(x, y):
        return x - y * y

    @bk.threshold
    def fires(x, V_th):
        return x - V_th

    @bk.reset("x")
    def restart():
        return 0.3


class Decaying(bk.Synapse):
    s = bk.state(0.5, per="synapse")

    @bk.derivative
    def ds(s):
        return -s * s

    @bk.on_pre("V_post")
    def kick(V_post, s):
        return V_post + s


def final(method, dt, step=None):
    """x at 2 ms, where an input of 0.5 is switched on at 1 ms and x is set to 0.4 at 1.5 ms."""
    cells = Driven(2, method=method, name="cells")
    net = bk.Network(cells, dt=dt)
    net.run(1.0)
    if step is None:
        net.run(1.0)
        return cells.x[0]
    net.run(0.5, inputs={cells: step})
    cells.x = 0.4
    net.run(0.5, inputs={cells: step})
    return cells.x[0]


@pytest.mark.parametrize(("method", "order"), ORDERS)
def test_orders(method, order):
    expected = 1.0 / (1.0 / 0.3 - np.sin(2.0))
    errors = [abs(final(method, dt) - expected) for dt in (0.05, 0.025)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize(("method", "order"), ORDERS)
def test_stimuli_and_values_that_are_set_cost_no_order(method, order):
    expected = 1.0 / (1.0 / 0.4 - np.sin(2.0) + np.sin(1.5) - 0.5 * 0.5)
    errors = [abs(final(method, dt, step=0.5) - expected) for dt in (0.05, 0.025)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.25)


def test_a_step_evaluates_once_where_nothing_happens():
    class Counted(bk.Neuron):
        x = bk.state(1.0)

        @bk.derivative
        def dx(x):
            return -x

    cells = Counted(1, method="ab3", name="cells")
    net = bk.Network(cells, dt=0.1)
    text = net.source()
    assert text.count("if np.any(_starts)") == 1
    before, _, rest = text.partition("if np.any(_starts)")
    assert before.count("Counted_dx(x)") == 1
    assert "Counted_dx(_x_stage3)" in rest


@pytest.mark.parametrize(
    ("method", "backend"),
    [("ab2", "numpy"), ("ab3", "numpy"), ("ab3", "numba"), ("ab3", "jax")],
)
def test_it_follows_the_reference(method, backend):
    source = LIF(3, name="source", method=method, t_ref=0.5)
    other = LIF(2, name="other", method=method)
    driven = Driven(2, V_th=0.7, method=method, name="driven")
    fixed = bk.connect.all_to_all()
    slow = ExponentialConductance(source, other, connect=fixed, weight=15.0, E=0.0, tau=5.0)
    jump = VoltageJump(source, other, connect=fixed, weight=0.5, delay=0.2)
    spikes = {"s": bk.SpikeMonitor(source), "d": bk.SpikeMonitor(driven)}
    net = bk.Network(source, other, driven, slow, jump, **spikes)
    both = SideBySide(net, backend)
    both.run(14.0, {source: np.array([600.0, 900.0, 1200.0]), driven: 0.7})
    both.set(other, "V", -68.0)
    both.run(6.0, {source: 700.0, driven: 0.3})
    both.check()
    assert len(both.reference.spikes["s"]) > 2
    assert len(both.reference.spikes["d"]) > 2


def test_pieces_threads_and_saved_states_change_no_bit():
    def network():
        cells = Driven(30, V_th=0.7, method="ab3", name="cells")
        return bk.Network(cells, dt=0.1), {cells: np.linspace(0.0, 1.0, 30)}

    def ended(pieces, threads):
        net, inputs = network()
        for piece in pieces:
            net.run(piece, inputs=inputs, backend="numba", threads=threads)
        return net["cells"].x.copy()

    whole = ended([9.0], 1)
    np.testing.assert_array_equal(ended([9.0], 2), whole)
    np.testing.assert_array_equal(ended([2.3, 0.1, 6.6], 1), whole)
    net, inputs = network()
    net.run(2.3, inputs=inputs, backend="numba")
    kept = net.store()
    net.run(1.0, inputs=inputs, backend="numba")
    net.restore(kept)
    net.run(6.7, inputs=inputs, backend="numba")
    np.testing.assert_array_equal(net["cells"].x, whole)
    net.reset()
    net.run(9.0, inputs=inputs, backend="numba")
    np.testing.assert_array_equal(net["cells"].x, whole)


def test_where_there_is_no_memory_it_is_refused():
    cells = LIF(2, name="cells")
    with pytest.raises(IntegratorError, match="per='synapse' use 'exponential_midpoint'"):
        bk.Network(cells, Decaying(cells, cells, method="ab2", connect=bk.connect.all_to_all()))
    with pytest.raises(IntegratorError, match="takes whole steps alone"):
        bk.Network(LIF(2, method="ab2", spikes="interpolated")).source()
