"""Stochastic methods: statistics, and strong order on the very Wiener paths that were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from science_models import (
    Bounded,
    Driven,
    Geometric,
    OpenChannel,
    OrnsteinUhlenbeck,
    increments,
    onto_itself,
    order_of,
)

import brainkernel as bk

STEPS = 1.0 / 2.0 ** np.arange(5, 10)
PATHS = 1000
ITO, STRATONOVICH = 1.0, 0.0
CASES = {
    "euler_maruyama": (0.5, ITO),
    "milstein_ito": (1.0, ITO),
    "milstein_stratonovich": (1.0, STRATONOVICH),
    "heun": (1.0, STRATONOVICH),
    "exponential_midpoint": (0.5, ITO),
}


def walk(model, method, dt, **values):
    """X and W at time 1 of each path."""
    group = model(PATHS, method=method, name="paths", **values)
    net = bk.Network(group, dt=dt, seed=3)
    net.run(1.0)
    return group.X, increments(net, "paths.xi_X", PATHS, round(1.0 / dt), dt).sum(axis=0)


@pytest.mark.parametrize("method", CASES)
def test_strong_order_for_geometric_brownian_motion(method):
    """X = exp((mu - sigma**2 / 2) t + sigma W) after Ito, else exp(mu t + sigma W)."""
    order, ito = CASES[method]
    errors = []
    for dt in STEPS:
        X, W = walk(Geometric, method, dt)
        errors.append(np.mean(np.abs(X - np.exp(0.5 - ito * 0.8**2 / 2 + 0.8 * W))))
    assert order_of(errors, STEPS) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("method", CASES)
def test_strong_order_for_a_nonlinear_equation(method):
    """Kloeden & Platen 1992, section 4.4: an equation for tanh of a Wiener process with drift."""
    order, ito = CASES[method]
    errors = []
    for dt in STEPS:
        X, W = walk(Bounded, method, dt, ito=ito)
        errors.append(np.mean(np.abs(X - np.tanh(np.arctanh(0.3) - 0.6 + 0.9 * W))))
    assert order_of(errors, STEPS) == pytest.approx(order, abs=0.15)


def test_the_two_solutions_differ_by_the_drift_correction():
    """On one path the logarithms of both solutions are sigma**2 t / 2 apart, without noise."""
    ito, stratonovich = (
        np.log(walk(Geometric, method, 2.0**-10)[0]) for method in CASES if "milstein" in method
    )
    assert np.median(stratonovich - ito) == pytest.approx(0.8**2 / 2, abs=2e-3)


@pytest.mark.parametrize(("method", "ito"), [("milstein_ito", ITO), ("heun", STRATONOVICH)])
def test_strong_order_of_noise_through_an_input(method, ito):
    """Its amplitude is the synapse's current g (E - V), whose slope is part of the noise."""
    errors = []
    for dt in STEPS:
        group = Driven(PATHS, method=method, name="paths")
        net = bk.Network(group, onto_itself(OpenChannel, group), dt=dt, seed=3)
        net.run(1.0)
        W = increments(net, "paths.xi_V", PATHS, round(1.0 / dt), dt).sum(axis=0)
        errors.append(np.mean(np.abs(group.V - (1.0 - np.exp(-ito * 0.8**2 / 2 - 0.8 * W)))))
    assert order_of(errors, STEPS) == pytest.approx(1.0, abs=0.1)


class Fading(bk.Neuron):
    """Additive noise whose strength is time itself."""

    X = bk.state(0.0)

    @bk.derivative
    def dX(X):
        return 0.0 * X

    @bk.diffusion
    def noise_X(t):
        return t


@pytest.mark.parametrize("method", CASES)
def test_the_noise_is_that_of_the_stages_time(method):
    """Each step takes the amplitude at its beginning, Heun's the mean of both ends."""
    X, _ = walk(Fading, method, 0.25)
    net = bk.Network(Fading(1), dt=0.25, seed=3)
    times = 0.25 * np.arange(4) + (0.125 if method == "heun" else 0.0)
    expected = times @ increments(net, "paths.xi_X", PATHS, 4, 0.25)
    np.testing.assert_allclose(X, expected, rtol=1e-12, atol=1e-14)


def test_additive_noise_adds_the_increments():
    """A Wiener process is the sum of its increments, of variance dt, whatever the method."""
    for method in CASES:
        group = OrnsteinUhlenbeck(PATHS, rate=0.0, sigma=2.0, method=method, name="paths")
        net = bk.Network(group, dt=0.5, seed=5)
        net.run(10.0)
        for state in ("x", "y"):
            W = increments(net, f"paths.xi_{state}", PATHS, 20, 0.5).sum(axis=0)
            np.testing.assert_allclose(getattr(group, state), 2.0 * W, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dt", [0.05, 0.5])
def test_noise_is_per_square_root_of_a_millisecond(dt):
    """The variance of a Wiener process is sigma**2 t for any step, within four standard errors."""
    size = 20_000
    group = OrnsteinUhlenbeck(size, rate=0.0, sigma=3.0, name="paths")
    net = bk.Network(group, dt=dt, seed=1)
    net.run(4.0)
    for walker in (group.x, group.y):
        assert np.var(walker) == pytest.approx(36.0, rel=4 * np.sqrt(2 / size))
        assert np.mean(walker) == pytest.approx(0.0, abs=4 * 6.0 / np.sqrt(size))


@pytest.mark.parametrize("dt", [0.1, 0.5, 1.0])
def test_stationary_variance_of_an_ornstein_uhlenbeck_process(dt):
    """Euler-Maruyama is an AR(1) process of variance sigma**2 dt / (1 - (1 - dt / tau)**2)."""
    size = 20_000
    group = OrnsteinUhlenbeck(size, rate=0.8, sigma=2.0, method="euler_maruyama", name="paths")
    net = bk.Network(group, dt=dt, seed=2)
    net.run(25.0)
    expected = 4.0 * dt / (1 - (1 - 0.8 * dt) ** 2)
    assert np.var(np.concatenate([group.x, group.y])) == pytest.approx(
        expected, rel=4 * np.sqrt(1 / size)
    )


@pytest.mark.parametrize("method", [None, "exponential_euler"])
@pytest.mark.parametrize("dt", [0.1, 1.0, 5.0])
def test_an_ornstein_uhlenbeck_process_is_exact_at_any_dt(dt, method):
    """Its variance is sigma**2 / (2 rate) for noise sigma dW, its correlation exp(-rate dt)."""
    size = 20_000
    group = OrnsteinUhlenbeck(size, rate=0.8, sigma=2.0, method=method, name="paths")
    net = bk.Network(group, dt=dt, seed=2)
    assert "by exponential" in net.source()
    net.run(25.0)
    before = group.x.copy()
    assert np.var(np.concatenate([group.x, group.y])) == pytest.approx(
        4.0 / 1.6, rel=4 * np.sqrt(1 / size)
    )
    net.run(dt)
    assert np.corrcoef(before, group.x)[0, 1] == pytest.approx(
        np.exp(-0.8 * dt), abs=4 / np.sqrt(size)
    )


def test_the_autocorrelation_of_an_ornstein_uhlenbeck_process():
    """It is (1 - dt / tau)**k after k steps."""
    group = OrnsteinUhlenbeck(20_000, rate=0.1, method="euler_maruyama", name="paths")
    record = bk.Network(group, dt=1.0, seed=2, m=bk.StateMonitor(group, "x")).run(80.0)
    x = record["m"].x.values[59:]
    for lag in (1, 5, 20):
        assert np.corrcoef(x[0], x[lag])[0, 1] == pytest.approx(0.9**lag, abs=4 / np.sqrt(20_000))


def test_neurons_states_groups_and_seeds_are_independent():
    """No two of 16 Wiener processes correlate (4.5 standard errors); each has unit variance."""
    steps, columns = 4000, []
    for seed in (0, 1):
        groups = [OrnsteinUhlenbeck(2, rate=0.0, name=name) for name in ("a", "b")]
        monitors = {f"m_{group.name}": bk.StateMonitor(group, ["x", "y"]) for group in groups}
        record = bk.Network(*groups, dt=1.0, seed=seed, **monitors).run(float(steps))
        columns += [record[name][state].values for name in monitors for state in ("x", "y")]
    draws = np.diff(np.concatenate(columns, axis=1), axis=0)
    assert draws.shape == (steps - 1, 16)
    assert np.abs(np.corrcoef(draws.T) - np.eye(16)).max() < 4.5 / np.sqrt(steps)
    assert np.std(draws, axis=0) == pytest.approx(np.ones(16), abs=4.5 / np.sqrt(2 * steps))


class Restless(bk.Neuron):
    """A noisy V that is held after a spike, and a w that is not."""

    t_ref = bk.parameter(3.0)
    V = bk.state(0.0)
    w = bk.state(0.0)
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V):
        return 0.0 * V

    @bk.derivative
    def dw(w):
        return 0.0 * w

    @bk.diffusion
    def noise_V(w):
        return 1.0 + 0.0 * w

    @bk.diffusion
    def noise_w(w):
        return 1.0 + 0.0 * w

    @bk.threshold
    def fires(V):
        return V - 1.5

    @bk.reset("V")
    def after_spike(V):
        return 0.0 * V - 1.0


@pytest.mark.parametrize("method", CASES)
def test_noise_moves_nothing_that_is_held(method):
    """The draws go on while V is held: they belong to the step, not to the state."""
    group = Restless(50, method=method, name="paths")
    net = bk.Network(group, dt=1.0, seed=7, m=bk.StateMonitor(group, ["V", "w", "spike"]))
    record = net.run(40.0)["m"]
    dV, dw = (increments(net, f"paths.xi_{state}", 50, 40, 1.0) for state in ("V", "w"))
    V, left, expected = np.zeros(50), np.zeros(50), []
    for step in range(40):
        V = np.where(left > 0, V, V + dV[step])
        fired = (V >= 1.5) & (left == 0)
        V, left = np.where(fired, -1.0, V), np.where(fired, 3, np.maximum(left - 1, 0))
        expected.append(V)
        np.testing.assert_array_equal(record.spike.values[step], fired)
    assert record.spike.values.sum() > 50
    np.testing.assert_allclose(record.V.values, expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(record.w.values, dw.cumsum(axis=0), rtol=1e-12, atol=1e-13)
