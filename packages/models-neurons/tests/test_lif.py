"""LIF: closed forms of its trace, intervals and noise."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, ModelError
from brainkernel_neurons import LIF


def trains(net, size):
    return [net.spikes.time.values[net.spikes.neuron.values == k] for k in range(size)]


@pytest.mark.parametrize(("current", "interval"), [(500.0, 15.9), (1000.0, 6.8)])
def test_intervals_are_those_of_nest_to_the_step(current, interval):
    lif = LIF(1)
    net = bk.Network(lif, spikes=bk.SpikeMonitor(lif))
    net.run(200.0, inputs={lif: current})
    times = net.spikes.time.values
    assert times[0] == pytest.approx(interval - 2.0)
    np.testing.assert_allclose(np.diff(times), interval, rtol=1e-12)


def test_intervals_of_many_currents_are_the_closed_form():
    current = np.linspace(380.0, 5000.0, 301)
    lif = LIF(301)
    net = bk.Network(lif, spikes=bk.SpikeMonitor(lif))
    net.run(100.0, inputs={lif: current})
    rise = 10.0 * current / 250.0
    steps = np.ceil(10.0 * np.log(rise / (rise - 15.0)) / 0.1) + 20
    for times, wanted in zip(trains(net, 301), steps, strict=True):
        assert set(np.rint(np.diff(times) / 0.1)) <= {wanted}
        assert times.size == np.floor((100.0 / 0.1 + 20 + 1e-9) / wanted)


def test_below_threshold_the_trace_is_exact_whatever_the_step():
    lif = LIF(2, tau=np.array([10.0, 7.0]))
    net = bk.Network(lif, trace=bk.StateMonitor(lif, "V"), dt=0.5)
    net.run(50.0, inputs={lif: 300.0})
    t, tau = net.trace.time.values[:, None], np.array([10.0, 7.0])
    np.testing.assert_allclose(
        net.trace.V, -70.0 - 300.0 * tau / 250.0 * np.expm1(-t / tau), rtol=1e-13
    )


def test_the_potential_is_held_for_the_refractory_period():
    lif = LIF(1, V_reset=-75.0)
    net = bk.Network(lif, trace=bk.StateMonitor(lif, "V"), spikes=bk.SpikeMonitor(lif))
    net.run(30.0, inputs={lif: 1000.0})
    first = round(float(net.spikes.time.values[0]) / 0.1)
    after = net.trace.V.values[:, 0][net.trace.time.values.round(6) >= round(first * 0.1, 6)]
    assert np.all(after[:21] == -75.0)
    assert after[21] > -75.0


def test_units_fit_a_conductance_of_25_nS():
    lif = LIF(1, V_th=0.0)
    net = bk.Network(lif)
    net.run(1000.0, inputs={lif: 25.0})
    assert lif.V[0] == pytest.approx(-69.0)  # 25 pA through 25 nS is 1 mV


def test_without_noise_the_method_is_exact_and_with_it_stochastic():
    assert "by exact" in bk.Network(LIF(1)).source()
    assert "by exponential_midpoint" in bk.Network(LIF(1, noise=0.0)).source()
    assert "by milstein_ito" in bk.Network(LIF(1, noise=0.5, method="milstein_ito")).source()
    with pytest.raises(IntegratorError):
        bk.Network(LIF(1, noise=0.5, method="exact")).source()


def test_with_noise_it_is_still_a_lif():
    noisy = LIF(3, noise=0.5)
    assert type(noisy) is LIF
    assert noisy.noise == 0.5
    assert LIF(3).noise is None
    assert LIF(3, noise=None).noise is None
    _net = bk.Network(noisy)  # kept: its values are read
    assert noisy.name == "LIF"


def test_groups_with_and_without_noise_in_one_network():
    quiet, noisy = LIF(3, name="quiet"), LIF(2, noise=0.5, name="noisy")
    net = bk.Network(quiet, noisy, quiet_v=bk.StateMonitor(quiet, "V"), dt=0.1)
    net.run(10.0, inputs={quiet: 100.0})
    text = net.source()
    assert "def update_LIF(" in text
    assert "def update_LIF_with_noise(" in text
    alone, alone_noisy = LIF(3, name="quiet"), LIF(2, noise=0.5, name="noisy")
    _one = bk.Network(alone, dt=0.1)
    _one.run(10.0, inputs={alone: 100.0})
    assert "random" not in _one.source()
    _two = bk.Network(alone_noisy, dt=0.1)
    _two.run(10.0)
    assert np.array_equal(alone.V, quiet.V)
    assert np.array_equal(alone_noisy.V, noisy.V)
    assert np.ptp(noisy.V) > 0.0


def test_noise_cannot_come_later():
    with pytest.raises(ModelError, match=r"without noise.*LIF\(\.\.\., noise=\.\.\.\)"):
        LIF(3).noise = 0.5


def test_a_subclass_has_noise_where_it_is_given():
    class Slow(LIF):
        tau = bk.parameter(100.0, unit="ms")

    assert Slow(3, noise=0.5).noise == 0.5
    assert Slow(3).tau == 100.0


@pytest.mark.parametrize(
    "method", ["euler_maruyama", "milstein_ito", "milstein_stratonovich", "heun"]
)
def test_noise_is_the_standard_deviation_of_the_free_potential(method):
    lif = LIF(2000, noise=2.0, V_th=1e9, method=method)
    net = bk.Network(lif, trace=bk.StateMonitor(lif, "V", every=30.0))
    net.run(300.0)
    samples = net.trace.V.values[2:]
    count = samples.size
    assert samples.mean() == pytest.approx(-70.0, abs=5 * 2.0 / np.sqrt(count))
    assert samples.std() == pytest.approx(2.0, abs=0.01 + 5 * 2.0 / np.sqrt(2 * count))


def test_noise_forgets_with_the_time_constant():
    lif = LIF(4000, noise=1.0, V_th=1e9)
    net = bk.Network(lif, trace=bk.StateMonitor(lif, "V", every=10.0))
    net.run(100.0)
    V = net.trace.V.values[5:] + 70.0
    assert np.mean(V[1:] * V[:-1]) == pytest.approx(np.exp(-1.0), abs=5 / np.sqrt(V[1:].size))


def test_it_starts_at_rest():
    group = LIF(2, E_L=[-60.0, -80.0])
    network = bk.Network(group, v=bk.StateMonitor(group, "V"))
    network.run(1.0)
    assert np.array_equal(network.v.V.values, np.tile([-60.0, -80.0], (10, 1)))
    assert np.array_equal(LIF(1, E_L=-60.0, V=-55.0).V, -55.0)
