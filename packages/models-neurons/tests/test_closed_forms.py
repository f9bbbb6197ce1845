"""Integrate-and-fire neurons against what their equations give in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import (
    ALIF,
    GIF,
    QIF,
    AdaptiveQIF,
    EscapeLIF,
    MihalasNiebur,
    ResonateAndFire,
    ThetaNeuron,
)


def spike_times(group, current, duration, dt=0.1):
    """Times of all spikes, an array for each neuron."""
    net = bk.Network(group, spikes=bk.SpikeMonitor(group), dt=dt)
    net.run(duration, inputs={group: current})
    times, neurons = net.spikes.time.values, net.spikes.neuron.values
    return [times[neurons == neuron] for neuron in range(len(group))]


def test_a_qif_runs_from_reset_to_peak_in_the_time_of_the_arctangent():
    current = 100.0
    (times,) = spike_times(QIF(1), current, 150.0, dt=0.05)
    C, k, V_r, V_t, V_peak, V_reset = 100.0, 0.7, -60.0, -40.0, 35.0, -60.0
    middle, half = (V_r + V_t) / 2, (V_t - V_r) / 2
    gamma = np.sqrt(current / k - half**2)
    angles = np.arctan((np.array([V_reset, V_peak]) - middle) / gamma)
    period = C / (k * gamma) * (angles[1] - angles[0])
    assert np.diff(times).mean() == pytest.approx(period, abs=0.05)


def test_a_qif_fires_at_rest_beyond_its_rheobase():
    below, above = spike_times(QIF(2), np.array([69.0, 71.0]), 600.0)
    assert below.size == 0
    assert above.size > 0


def test_an_adaptive_qif_settles_where_recovery_balances():
    """At rest the current is that of the two nullclines: I = u - k (V - V_r)(V - V_t)."""
    cell = AdaptiveQIF(1)
    net = bk.Network(cell, dt=0.1)
    net.run(800.0, inputs={cell: 40.0})
    V = cell.V[0]
    current = -2.0 * (V + 60.0) - 0.7 * (V + 60.0) * (V + 40.0)
    assert current == pytest.approx(40.0, abs=1e-4)
    assert cell.u[0] == pytest.approx(-2.0 * (V + 60.0), abs=1e-4)


def test_an_adaptive_qif_fires_as_scipy_integrates_it():
    integrate = pytest.importorskip("scipy.integrate")

    def slopes(t, y):
        V, u = y
        return (0.7 * (V + 60) * (V + 40) - u + 100) / 100, 0.03 * (-2 * (V + 60) - u)

    def peak(t, y):
        return y[0] - 35

    peak.terminal = True
    expected, y, t = [], [-60.0, 0.0], 0.0
    while len(expected) < 4:
        until = integrate.solve_ivp(slopes, (t, t + 500), y, rtol=1e-9, atol=1e-9, events=peak)
        t = until.t[-1]
        expected.append(t)
        y = [-50.0, until.y[1, -1] + 100.0]
    (times,) = spike_times(AdaptiveQIF(1), 100.0, 300.0, dt=0.05)
    # each spike waits for the end of its step, and the next one counts from there
    assert np.all(np.abs(times[:4] - expected) < 0.05 * np.arange(1, 5) + 0.03)


@pytest.mark.parametrize("current", [0.04, 1.0])
def test_a_theta_neuron_has_the_period_of_its_closed_form(current):
    tau = 10.0
    period = np.pi * tau / np.sqrt(current)
    (times,) = spike_times(ThetaNeuron(1, tau=tau), current, 8 * period // 1)
    # spikes are counted on the grid, whose error does not add up
    assert (times[-1] - times[0]) / (times.size - 1) == pytest.approx(period, abs=0.02)


def test_a_theta_neuron_rests_where_its_speed_is_zero():
    cell = ThetaNeuron(1)
    net = bk.Network(cell, dt=0.1)
    net.run(500.0, inputs={cell: -0.5})
    assert cell.theta[0] == pytest.approx(-np.arccos(0.5 / 1.5), abs=1e-9)


def test_a_resonator_fires_at_pulses_in_its_period():
    """Doublets of pulses, of which only that in step with 2 pi / omega lifts y to the threshold."""
    intervals = np.array([3.1, 6.3, 9.4])
    onsets = np.round(5.0 + intervals, 1)
    cells = ResonateAndFire(3)

    def pulses(t):
        first = (t > 4.95) & (t < 5.05)
        second = np.abs(t - onsets) < 0.05
        return np.where(first | second, 8.5, 0.0)

    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells), dt=0.1)
    net.run(40.0, inputs={cells: pulses})
    assert set(net.spikes.neuron.values.tolist()) == {1}


def test_a_resonator_rings_down_as_a_complex_exponential():
    cell = ResonateAndFire(1, x=0.3, y=0.4)
    net = bk.Network(cell, dt=0.1)
    net.run(12.0)
    expected = (0.3 + 0.4j) * np.exp((-0.1 + 1.0j) * 12.0)
    assert complex(cell.x[0], cell.y[0]) == pytest.approx(expected, abs=1e-12)


def test_an_alif_fires_where_its_threshold_meets_the_membrane():
    """In the steady state a spike finds a trace of 1 / (exp(T / tau_a) - 1) from those before."""
    tau, tau_a, beta, current = 20.0, 200.0, 0.5, 3.0
    (times,) = spike_times(ALIF(1, beta=beta), current, 1500.0)
    period = (times[-1] - times[-11]) / 10
    trace = 1 / np.expm1(period / tau_a)
    threshold = 1 + beta * trace
    after = threshold - 1
    reached = current + (after - current) * np.exp(-period / tau)
    assert reached == pytest.approx(threshold, abs=0.015)


def test_escape_noise_fires_as_a_poisson_process_of_its_rate():
    """Held at V, intervals beyond t_ref are geometric on the grid: their mean is dt / p."""
    cells = EscapeLIF(200, V_reset=-56.0, E_L=-56.0, V=-56.0)
    trains = spike_times(cells, 0.0, 500.0)
    intervals = np.concatenate([np.diff(train) for train in trains])
    rate = 0.1 * np.exp(-0.5)
    mean = 2.0 + 0.1 / -np.expm1(-rate * 0.1)
    assert intervals.min() > 2.0
    assert intervals.mean() == pytest.approx(mean, rel=4.0 / np.sqrt(intervals.size))
    assert intervals.std() == pytest.approx(1.0 / rate, rel=0.05)


def test_a_gif_holds_its_rate_by_its_currents_and_thresholds():
    """Its hazard, added up over the grid, is what it fires on average."""
    cells = GIF(100, V_reset=-60.0)
    net = bk.Network(
        cells,
        states=bk.StateMonitor(cells, ["V", "gamma_1", "gamma_2"]),
        spikes=bk.SpikeMonitor(cells),
        dt=0.1,
    )
    net.run(400.0, inputs={cells: 150.0})
    # what is recorded is the state before a step; the threshold sees V at its end, so V follows
    states = net.states
    threshold = -39.6 + states.gamma_1 + states.gamma_2
    hazard = 10.0 * np.exp((states.V - threshold) / 1.4) * 0.1
    free = np.abs(states.V.values + 60.0) > 1e-9
    expected = (-np.expm1(-hazard.values))[free].sum()
    count = net.spikes.time.size
    assert count > 300
    assert count == pytest.approx(expected, abs=5.0 * np.sqrt(count) + 0.1 * count)


def test_a_gif_adapts_and_its_currents_decay():
    cell = GIF(1, eta_1=10.0, eta_2=20.0, gamma_1=3.0, gamma_2=4.0)
    net = bk.Network(cell, dt=0.1)
    net.run(50.0, inputs={cell: -100.0})
    assert cell.eta_1[0] == pytest.approx(10.0 * np.exp(-50.0 / 57.8))
    assert cell.eta_2[0] == pytest.approx(20.0 * np.exp(-50.0 / 218.2))
    assert cell.gamma_1[0] == pytest.approx(3.0 * np.exp(-50.0 / 53.8))
    assert cell.gamma_2[0] == pytest.approx(4.0 * np.exp(-50.0 / 640.0))


def test_mihalas_and_niebur_fire_tonically_as_a_leaky_membrane():
    """Figure 1A: 1.5 V/s. From reset V relaxes to E_L + I / g, and meets the threshold at -50."""
    (times,) = spike_times(MihalasNiebur(1), 150.0, 150.0, dt=0.05)
    end = -70.0 + 150.0 / 5.0
    period = 20.0 * np.log((end + 70.0) / (end + 50.0))
    assert np.diff(times) == pytest.approx(period, abs=0.05)


def test_mihalas_and_niebur_burst():
    """Figure 1, tonic bursting: bursts whose pauses are ten times the intervals within them."""
    cell = MihalasNiebur(1, a=0.005, A_1=1000.0, A_2=-60.0)
    (times,) = spike_times(cell, 200.0, 500.0)
    intervals = np.diff(times)
    pauses = intervals > 3.0 * np.median(intervals)
    assert pauses.sum() >= 2
    assert intervals[pauses].min() > 5.0 * np.median(intervals)
