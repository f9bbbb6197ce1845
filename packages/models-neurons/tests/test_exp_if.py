"""ExpIF: rheobase and intervals in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import ExpIF

RHEOBASE = 20.0 * (-59.9 + 65.0 - 3.48)


def rate(V, current):
    """dV/dt of the paper's equation."""
    return (20.0 * (-65.0 - V) + 20.0 * 3.48 * np.exp((V + 59.9) / 3.48) + current) / 200.0


@pytest.mark.parametrize("method", ["rk4", "heun", "exponential_euler", "euler"])
def test_it_fires_above_its_rheobase_only(method):
    pytest.importorskip("sympy")
    neurons = ExpIF(4, method=method)
    net = bk.Network(neurons, spikes=bk.SpikeMonitor(neurons))
    net.run(800.0, inputs={neurons: RHEOBASE * np.array([0.9, 0.99, 1.03, 1.1])})
    assert set(net.spikes.neuron.values) == {2, 3}


def test_intervals_are_the_integral_of_the_inverse_rate():
    integrate = pytest.importorskip("scipy.integrate")
    currents = np.array([60.0, 100.0, 300.0])
    neurons = ExpIF(3)
    net = bk.Network(neurons, spikes=bk.SpikeMonitor(neurons), dt=0.02, seed=1)
    net.run(200.0, inputs={neurons: currents})
    for number, current in enumerate(currents):
        times = net.spikes.time.values[net.spikes.neuron.values == number]
        wanted = 1.7 + integrate.quad(lambda V, I=current: 1.0 / rate(V, I), -68.0, -30.0)[0]
        assert np.diff(times).mean() == pytest.approx(
            wanted, abs=0.03
        )  # the grid adds up to a step
        assert times.size > 2


def test_the_threshold_lies_where_the_curve_is_flat():
    neurons = ExpIF(2, V=-59.9)
    net = bk.Network(neurons, trace=bk.StateMonitor(neurons, "V"), dt=0.001)
    net.run(0.001, inputs={neurons: RHEOBASE + np.array([0.0, 20.0])})
    slope = (net.trace.V.values[-1] + 59.9) / 0.001
    np.testing.assert_allclose(
        slope, [0.0, 0.1], atol=1e-5
    )  # at rheobase V_T is a fixed point; else dV/dt = dI / C


def test_no_stage_overflows_on_its_way_beyond_the_threshold():
    neurons = ExpIF(1000, V=np.linspace(-55.0, -30.001, 1000))
    net = bk.Network(neurons, spikes=bk.SpikeMonitor(neurons), dt=0.1)
    net.run(6.0)
    assert np.array_equal(np.sort(net.spikes.neuron.values), np.arange(1000))
    assert np.all(np.abs(neurons.V) < 100.0)
