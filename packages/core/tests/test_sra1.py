"""The method of strong order 3/2 for additive noise."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError
from brainkernel.testing.beside import SideBySide

DT = 1.0 / 64.0


class Curved(bk.Neuron):
    """A drift that is not linear, with noise that follows time alone."""

    sigma = bk.parameter(0.5)
    x = bk.state(1.0)
    y = bk.state(0.5)

    @bk.derivative
    def dx(x, y):
        return np.sin(3.0 * x) - 0.3 * y

    @bk.derivative
    def dy(x, y):
        return x - y

    @bk.diffusion("x")
    def noise(sigma, t):
        return sigma * (1.0 + 0.5 * np.sin(t))


def brownian_path(seed, neurons, steps):
    """Increments of the noise and its means over the step, on the finest grid."""
    random = np.random.default_rng(seed)
    dt = 1.0 / steps
    increments = np.sqrt(dt) * random.standard_normal((steps, neurons))
    spread = np.sqrt(dt / 3.0) * random.standard_normal((steps, neurons))
    return increments, 0.5 * (increments + spread)


def coarser(increments, means, by):
    """The same path on a grid of longer steps: increments add up, means are those of the parts."""
    steps, neurons = increments.shape
    parts = increments.reshape(steps // by, by, neurons)
    before = np.cumsum(parts, axis=1) - parts
    mean = (before + means.reshape(parts.shape)).mean(axis=1)
    return parts.sum(axis=1), mean


def solve(increments, means):
    """Take the printed step of the method along a given path."""
    steps, neurons = increments.shape
    cells = Curved(1, method="sra1", name="cells")
    net = bk.Network(cells, dt=1.0 / steps)
    block = net.program().blocks[0]
    functions = {call.function: call.source.call for call in block.equations.rates}
    functions |= {call.function: call.source.call for call in block.equations.diffusions}
    code = compile("\n".join(block.integrator.lines(block.equations)), "sra1", "exec")
    x, y = np.ones(neurons), np.full(neurons, 0.5)
    dt = 1.0 / steps
    for step in range(steps):
        xi = increments[step] / np.sqrt(dt)
        integral = (2.0 * means[step] - increments[step]) * np.sqrt(3.0 / dt)
        scope = {"np": np, "dt": dt, "t": step * dt, "x": x, "y": y, "sigma": 0.5, **functions}
        scope |= {"xi_x": xi, "xi_integral_x": integral}
        exec(code, scope)
        x, y = scope["_x_next"], scope["_y_next"]
    return x


def test_the_strong_order_is_three_halves():
    increments, means = brownian_path(1, 400, 4096)
    fine = solve(increments, means)
    errors = []
    for by in (256, 64):
        errors.append(np.sqrt(np.mean((solve(*coarser(increments, means, by)) - fine) ** 2)))
    order = np.log(errors[0] / errors[1]) / np.log(4.0)
    assert 1.35 < order < 1.8


def test_the_variance_of_a_relaxing_state():
    """Ornstein-Uhlenbeck: the stationary variance is sigma**2 tau / 2, to order dt**2."""

    class Relaxing(bk.Neuron):
        tau = bk.parameter(4.0, unit="ms")
        sigma = bk.parameter(0.7)
        x = bk.state(0.0)

        @bk.derivative
        def dx(x, tau):
            return -x / tau

        @bk.diffusion("x")
        def noise(sigma):
            return sigma

    cells = Relaxing(20_000, method="sra1", name="cells")
    net = bk.Network(cells, dt=1.0, seed=2)
    net.run(60.0)
    variance = 0.7**2 * 4.0 / 2.0
    assert np.var(cells.x) == pytest.approx(variance, rel=4.0 * np.sqrt(2.0 / 20_000))
    assert abs(np.mean(cells.x)) < 4.0 * np.sqrt(variance / 20_000)


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_the_reference_agrees(backend):
    cells = Curved(3, method="sra1", name="cells")
    net = bk.Network(cells, dt=DT, seed=5, trace=bk.StateMonitor(cells, ["x", "y"]))
    SideBySide(net, backend, 1e-11).run(1.0)


@pytest.mark.parametrize("method", ["backward_euler", "trapezoidal"])
@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_the_reference_agrees_with_implicit_methods(method, backend):
    class Stiff(bk.Neuron):
        x = bk.state(0.4)
        y = bk.state(0.2)

        @bk.derivative
        def dx(x, y, t):
            return 30.0 * (np.tanh(y) - x * x * x) + np.sin(t)

        @bk.derivative
        def dy(x, y):
            return x - y * y

    cells = Stiff(2, method=method, name="cells")
    net = bk.Network(cells, dt=DT, trace=bk.StateMonitor(cells, ["x", "y"]))
    SideBySide(net, backend, 1e-10).run(1.0)


def test_noise_that_follows_a_state_is_refused():
    class Multiplying(Curved):
        @bk.diffusion("x")
        def noise(sigma, x):
            return sigma * x

    with pytest.raises(IntegratorError, match=r"names x, a state or input; method 'sra1'"):
        bk.Network(Multiplying(1, method="sra1")).run(1.0)
