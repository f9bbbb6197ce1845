"""LIFExpCurrent: closed forms of current and potential, what is held, and its background."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import ModelError, ValueShapeError
from brainkernel_neurons import LIF, LIFExpCurrent


def traced(group, duration, dt=0.1):
    net = bk.Network(
        group, trace=bk.StateMonitor(group, ["V", "I_syn"]), spikes=bk.SpikeMonitor(group), dt=dt
    )
    net.run(duration)
    return net


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_a_current_decays_and_moves_the_potential_as_the_closed_form(dt):
    tau, tau_syn = np.array([10.0, 20.0]), 0.5
    net = traced(LIFExpCurrent(2, tau=tau, I_syn=800.0, V_th=1e9), 30.0, dt)
    t = net.trace.time.values[:, None]
    rise = (
        800.0 / 250.0 * tau * tau_syn / (tau - tau_syn) * (np.exp(-t / tau) - np.exp(-t / tau_syn))
    )
    np.testing.assert_allclose(net.trace.V, -65.0 + rise, rtol=1e-13)
    np.testing.assert_allclose(
        net.trace.I_syn, np.tile(800.0 * np.exp(-t / tau_syn), 2), rtol=1e-12, atol=1e-200
    )


def test_equal_time_constants_are_no_exception():
    net = traced(LIFExpCurrent(1, tau=5.0, tau_syn=5.0, I_syn=500.0, V_th=1e9), 30.0)
    t = net.trace.time.values
    np.testing.assert_allclose(net.trace.V[:, 0], -65.0 + 2.0 * t * np.exp(-t / 5.0), rtol=1e-12)


def test_a_constant_current_fires_as_in_the_plain_neuron():
    currents = np.array([380.0, 500.0, 1000.0])
    driven = traced(LIFExpCurrent(3, I_e=currents, E_L=-70.0, V_th=-55.0, V_reset=-70.0), 200.0)
    plain = LIF(3)
    net = bk.Network(plain, spikes=bk.SpikeMonitor(plain))
    net.run(200.0, inputs={plain: currents})
    assert np.array_equal(driven.spikes.time, net.spikes.time)
    assert np.array_equal(driven.spikes.neuron, net.spikes.neuron)


def test_the_current_goes_on_while_the_potential_is_held():
    net = traced(LIFExpCurrent(1, tau_syn=5.0, I_syn=5000.0), 3.0)
    first = int(np.rint(net.spikes.time.values[0] / 0.1))
    steps = np.rint(net.trace.time.values / 0.1)
    held = net.trace.V.values[(steps >= first) & (steps <= first + 20), 0]
    assert np.all(held == -65.0)
    np.testing.assert_allclose(
        net.trace.I_syn[:, 0], 5000.0 * np.exp(-net.trace.time / 5.0), rtol=1e-12
    )


def test_a_background_makes_a_driven_neuron():
    group = LIFExpCurrent(3, background=0.5)
    assert type(group) is LIFExpCurrent
    assert group.background_weight == 87.8
    assert LIFExpCurrent(3).background is None
    assert "background" not in bk.Network(LIFExpCurrent(3)).source()
    with pytest.raises(ModelError, match="without background"):
        LIFExpCurrent(3, background_weight=50.0)


@pytest.mark.parametrize("dt", [0.1, 0.2])
def test_the_background_has_the_mean_and_variance_of_shot_noise(dt):
    rate, weight, tau = 8000.0, 10.0, 2.0
    group = LIFExpCurrent(
        1000,
        tau_syn=tau,
        V_th=1e9,
        background=lambda dt: rate * dt * 1e-3,
        background_weight=weight,
    )
    net = bk.Network(group, I=bk.StateMonitor(group, "I_syn", every=20.0), dt=dt)
    net.run(600.0)
    samples = net.I.I_syn.values[2:]
    kept = np.exp(-dt / tau)
    mean, variance = (
        rate * dt * 1e-3 * weight / (1 - kept),
        rate * dt * 1e-3 * weight**2 / (1 - kept**2),
    )
    assert samples.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / samples.size))
    assert samples.var() == pytest.approx(variance, rel=5 * np.sqrt(3 / samples.size))


def test_the_background_counts_each_spike_once():
    net = traced(
        LIFExpCurrent(50, tau_syn=1e-3, V_th=1e9, background=1.3, background_weight=7.0), 20.0
    )
    counts = (
        net.trace.I_syn.values / 7.0
    )  # what arrived in the step just done: the rest has decayed
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-9)
    assert len(np.unique(np.rint(counts))) > 4


def test_a_negative_background_is_refused():
    with pytest.raises(ValueShapeError):
        bk.Network(LIFExpCurrent(2, background=-0.1)).run(1.0)
