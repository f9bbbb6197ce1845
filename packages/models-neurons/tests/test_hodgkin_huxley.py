"""Hodgkin-Huxley and Traub-Miles: rest, rates, and the points where their rates read 0 / 0."""

from __future__ import annotations

from decimal import Decimal, getcontext

import numpy as np
import pytest

import brainkernel as bk
from brainkernel_neurons import HodgkinHuxley, TraubMiles
from brainkernel_neurons._rates import exp_linear

SINGULAR = [
    (HodgkinHuxley, -40.0),
    (HodgkinHuxley, -55.0),
    (TraubMiles, -50.0),
    (TraubMiles, -48.0),
    (TraubMiles, -23.0),
]


def test_the_squid_axon_fires_at_68_hz():
    axon = HodgkinHuxley(1, method="rk4")
    net = bk.Network(axon, spikes=bk.SpikeMonitor(axon), dt=0.01)
    net.run(150.0, inputs={axon: 10.0})
    times = net.spikes.time.values[3:]
    assert 1000.0 * (times.size - 1) / (times[-1] - times[0]) == pytest.approx(68.32, rel=0.002)


@pytest.mark.parametrize("model", [HodgkinHuxley, TraubMiles])
def test_its_rates_are_those_of_the_papers(model):
    """Written as the papers write them, at potentials where none of them reads 0 / 0."""
    V = np.arange(-100.0, 60.0, 3.3)
    v, w = V + 65.0, V + 63.0
    squid = {
        "m": (0.1 * (25 - v) / (np.exp((25 - v) / 10) - 1), 4 * np.exp(-v / 18)),
        "h": (0.07 * np.exp(-v / 20), 1 / (np.exp((30 - v) / 10) + 1)),
        "n": (0.01 * (10 - v) / (np.exp((10 - v) / 10) - 1), 0.125 * np.exp(-v / 80)),
    }
    hippocampus = {
        "m": (
            0.32 * (13 - w) / (np.exp((13 - w) / 4) - 1),
            0.28 * (w - 40) / (np.exp((w - 40) / 5) - 1),
        ),
        "h": (0.128 * np.exp((17 - w) / 18), 4 / (1 + np.exp((40 - w) / 5))),
        "n": (0.032 * (15 - w) / (np.exp((15 - w) / 5) - 1), 0.5 * np.exp((10 - w) / 40)),
    }
    functions = {
        function.name: function.source.call for function in model.definition.of_kind("derivative")
    }
    shift = () if model is HodgkinHuxley else (-63.0,)
    for gate, (alpha, beta) in (squid if model is HodgkinHuxley else hippocampus).items():
        np.testing.assert_allclose(functions[f"d{gate}"](0.0, V, *shift), alpha, rtol=1e-9)
        np.testing.assert_allclose(functions[f"d{gate}"](1.0, V, *shift), -beta, rtol=1e-9)


@pytest.mark.parametrize("model", [HodgkinHuxley, TraubMiles])
def test_its_gates_begin_at_rest(model):
    cell = model(1)
    net = bk.Network(cell, dt=0.001)
    gates = np.array([cell.m[0], cell.h[0], cell.n[0]])
    net.run(0.001)
    drift = np.array([cell.m[0], cell.h[0], cell.n[0]]) - gates
    np.testing.assert_allclose(drift, 0.0, atol=1e-7)


def test_the_squid_axon_rests_at_minus_65_mV():
    axon = HodgkinHuxley(1)
    net = bk.Network(axon, spikes=bk.SpikeMonitor(axon), dt=0.05)
    net.run(100.0)
    assert axon.V[0] == pytest.approx(-65.0, abs=0.005)
    assert net.spikes.time.size == 0


def test_the_squid_axon_needs_a_current_to_fire():
    axon = HodgkinHuxley(3)
    net = bk.Network(axon, spikes=bk.SpikeMonitor(axon), dt=0.05)
    net.run(300.0, inputs={axon: np.array([1.0, 6.5, 20.0])})
    counts = np.bincount(net.spikes.neuron.values, minlength=3)
    assert counts[0] == 0
    assert 10 < counts[1] < counts[2]


@pytest.mark.parametrize("method", ["rk4", "exponential_euler", "exponential_midpoint"])
@pytest.mark.parametrize(("model", "V"), SINGULAR)
def test_nothing_happens_where_a_rate_reads_zero_by_zero(model, V, method):
    pytest.importorskip("sympy")
    first = V + np.array([0.0, 1e-13, -1e-13, 1e-9, 1e-6, 1e-5, 1e-4])
    cells = model(7, V=first, m=0.1, h=0.5, n=0.4, method=method)
    net = bk.Network(cells, dt=0.01)
    net.run(0.01)
    for state in ("m", "h", "n"):
        values = getattr(cells, state)
        np.testing.assert_allclose(
            values, values[0], rtol=1e-5
        )  # the states, like V, differ by 1e-4 at most
        np.testing.assert_allclose(values[:3], values[0], rtol=1e-13)


def test_exp_linear_is_accurate_everywhere():
    getcontext().prec = 60
    magnitudes = np.concatenate([np.geomspace(1e-300, 500.0, 400), np.linspace(0.9e-5, 1.1e-5, 41)])
    x = np.concatenate([magnitudes, -magnitudes])
    exact = [
        float(Decimal(v) / (1 - (-Decimal(v)).exp())) if abs(v) > 1e-25 else 1.0 for v in x.tolist()
    ]
    np.testing.assert_allclose(exp_linear(x), exact, rtol=4e-16, atol=0)
    assert exp_linear(np.float64(0.0)) == 1.0


def test_spikes_of_traub_and_miles_are_never_within_the_refractory_period():
    cells = TraubMiles(2, t_ref=np.array([0.0, 20.0]))
    net = bk.Network(
        cells, spikes=bk.SpikeMonitor(cells), trace=bk.StateMonitor(cells, "V"), dt=0.05
    )
    net.run(100.0, inputs={cells: 700.0})
    free, held = (net.spikes.time.values[net.spikes.neuron.values == k] for k in range(2))
    assert np.diff(held).min() > 20.0
    assert 3.0 < np.diff(free).min() < 20.0
    assert np.array_equal(net.trace.V[:, 0], net.trace.V[:, 1])  # nothing is reset or held


def interval(method, dt):
    cell = TraubMiles(1, method=method)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), dt=dt)
    net.run(100.0, inputs={cell: 400.0})
    return np.diff(net.spikes.time.values)[1:].mean()


def test_exponential_euler_converges_to_the_interval_of_rk4():
    pytest.importorskip("sympy")
    true = interval("rk4", 0.02)
    coarse, fine = (interval("exponential_euler", dt) - true for dt in (0.04, 0.02))
    assert coarse / fine == pytest.approx(2.0, abs=0.3)  # a method of first order
    assert abs(fine) < 0.03 * true
