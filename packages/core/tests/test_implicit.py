"""Implicit methods: closed forms, orders, stiff equations, and what cannot be solved."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import IntegratorError, NonFiniteError
from brainkernel_neurons import HodgkinHuxley

BACKENDS = ["numpy", "numba", "jax"]
METHODS = {"backward_euler": 1.0, "trapezoidal": 0.5}


class Relaxing(bk.Neuron):
    tau = bk.parameter(1.0, unit="ms")
    V = bk.state(1.0)
    I = bk.input()

    @bk.derivative
    def dV(V, tau, I):
        return (I - V) / tau


class Chain(bk.Neuron):
    """Three states in a line, as three compartments: a matrix with new elements on the way."""

    g = bk.parameter(400.0)
    a = bk.state(1.0)
    b = bk.state(0.0)
    c = bk.state(-0.5)
    d = bk.state(0.25)

    @bk.derivative
    def da(a, b, d, g):
        return g * (b - a) + 2.0 * (d - a)

    @bk.derivative
    def db(a, b, c, g):
        return g * (a - b) + 3.0 * (c - b)

    @bk.derivative
    def dc(b, c, d):
        return 3.0 * (b - c) + d

    @bk.derivative
    def dd(a, d):
        return a - d


class VanDerPol(bk.Neuron):
    mu = bk.parameter(50.0)
    x = bk.state(2.0)
    y = bk.state(0.0)

    @bk.derivative
    def dx(y):
        return y

    @bk.derivative
    def dy(x, y, mu):
        return mu * (1.0 - x * x) * y - x


class Driven(bk.Neuron):
    x = bk.state(0.3)

    @bk.derivative
    def dx(x, t):
        return np.cos(t) * x * x


class Gap(bk.Synapse):
    """Acts inside the derivative of its target."""

    g = bk.parameter(2.0, per=None)
    s = bk.state(0.5, per="post")

    @bk.derivative
    def ds(s):
        return -s / 3.0

    @bk.adds_to("I")
    def current(s, g, V_post):
        return g * s * (3.0 - V_post)


def run(model, duration, dt, method, backend="numpy", **values):
    cells = model(2, method=method, name="cells", **values)
    net = bk.Network(cells, dt=dt)
    net.run(duration, backend=backend)
    return net


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("method", "theta"), METHODS.items())
@pytest.mark.parametrize("ratio", [0.1, 2.0, 1000.0])
def test_a_linear_equation_has_its_factor(method, theta, ratio, backend):
    net = run(Relaxing, 0.5, 0.1, method, backend, tau=0.1 / ratio)
    factor = (1.0 - (1.0 - theta) * ratio) / (1.0 + theta * ratio)
    assert pytest.approx(factor**5, rel=1e-12) == net["cells"].V


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("method", "theta"), METHODS.items())
def test_a_system_is_solved_together(method, theta, backend):
    net = run(Chain, 1.0, 0.25, method, backend)
    g = 400.0
    matrix = np.array([[-g - 2, g, 0, 2], [g, -g - 3, 3, 0], [0, 3, -3, 1], [1, 0, 0, -1]])
    one = np.eye(4)
    step = np.linalg.solve(one - theta * 0.25 * matrix, one + (1 - theta) * 0.25 * matrix)
    expected = np.linalg.matrix_power(step, 4) @ [1.0, 0.0, -0.5, 0.25]
    found = [net["cells"].a[0], net["cells"].b[0], net["cells"].c[0], net["cells"].d[0]]
    assert found == pytest.approx(expected.tolist(), rel=1e-10)


@pytest.mark.parametrize(("method", "order"), [("backward_euler", 1), ("trapezoidal", 2)])
def test_orders(method, order):
    exact = 1.0 / (1.0 / 0.3 - np.sin(2.0))
    errors = []
    for dt in (0.1, 0.05):
        net = run(Driven, 2.0, dt, method)
        errors.append(abs(net["cells"].x[0] - exact))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("method", METHODS)
def test_a_stiff_oscillator_is_followed(method, backend):
    """The slow branch of van der Pol's oscillator, where explicit methods need tiny steps."""
    net = run(VanDerPol, 30.0, 0.05, method, backend)
    x = net["cells"].x[0]
    slow = np.log(x) - x * x / 2.0  # along the branch, log x - x**2 / 2 falls by t / mu ...
    assert slow == pytest.approx(np.log(2.0) - 2.0 + 30.0 / 50.0, abs=0.01)
    assert not np.isfinite(run_unchecked_euler())


def run_unchecked_euler():
    cells = VanDerPol(1, method="euler", name="cells")
    net = bk.Network(cells, dt=0.05)
    with np.errstate(all="ignore"):
        net.run(30.0, check=False)
    return cells.x[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cell_of_hodgkin_and_huxley_agrees_with_a_fine_explicit_method(backend):
    def trace(method, dt):
        cell = HodgkinHuxley(1, method=method, name="cell")
        net = bk.Network(cell, dt=dt, v=bk.StateMonitor(cell, "V", every=0.5))
        chosen = backend if method == "trapezoidal" else "numpy"
        net.run(20.0, inputs={cell: 10.0}, backend=chosen)
        return net.v.V.values[:, 0]

    fine, implicit = trace("rk4", 0.005), trace("trapezoidal", 0.005)
    assert np.max(fine) > 20.0  # it fires
    assert np.max(np.abs(fine - implicit)) < 0.1


@pytest.mark.parametrize("backend", BACKENDS)
def test_synapses_are_solved_with_their_target(backend):
    cells = Relaxing(2, tau=0.01, method="backward_euler", name="cells")
    gap = Gap(cells, cells, connect=bk.connect.one_to_one())
    net = bk.Network(cells, gap, dt=0.1)
    net.run(0.3, backend=backend)
    V, s = 1.0, 0.5
    for _ in range(3):
        s = s / (1.0 + 0.1 / 3.0)
        V = (V + 0.1 / 0.01 * 2.0 * s * 3.0) / (1.0 + 0.1 / 0.01 * (1.0 + 2.0 * s))
    assert pytest.approx(V, rel=1e-12) == cells.V


def test_what_does_not_converge_is_told():
    class Explosion(bk.Neuron):
        x = bk.state(2.0)

        @bk.derivative
        def dx(x):
            return x * x

    with pytest.raises(NonFiniteError, match="x of cells"):
        run(Explosion, 5.0, 0.5, "backward_euler")


def test_noise_is_refused():
    class Noisy(Relaxing):
        @bk.diffusion("V")
        def noise(tau):
            return 1.0 / tau

    with pytest.raises(IntegratorError, match="has a diffusion, which method 'backward_euler'"):
        run(Noisy, 1.0, 0.1, "backward_euler")


def test_a_held_state_stays():
    class Resting(VanDerPol):
        t_ref = bk.parameter(0.5, unit="ms")
        rest = bk.refractory("t_ref", holds=("x",))

        @bk.threshold
        def fires(x):
            return x - 1.9

        @bk.reset("x")
        def restart():
            return 1.0

    net = run(Resting, 0.3, 0.1, "trapezoidal")
    assert net["cells"].x.tolist() == [1.0, 1.0]
    assert np.all(net["cells"].y < 0.0)


class Composed(bk.Neuron):
    """The rate follows the state through derived quantities and an input alone."""

    k = bk.parameter(100.0)
    x = bk.state(1.0)
    y = bk.state(0.5)
    I = bk.input()

    @bk.derived
    def F(x, k):
        return k * x

    @bk.derived
    def G(F, y, I):
        return F * (1.0 + y * y) - I

    @bk.derivative
    def dx(G):
        return -G

    @bk.derivative
    def dy(F, y):
        return F - 3.0 * y


class Plain(bk.Neuron):
    """The same, written out."""

    k = bk.parameter(100.0)
    x = bk.state(1.0)
    y = bk.state(0.5)
    I = bk.input()

    @bk.derivative
    def dx(x, y, I, k):
        return -(k * x * (1.0 + y * y) - I)

    @bk.derivative
    def dy(x, y, k):
        return k * x - 3.0 * y


class Linear(bk.Neuron):
    x = bk.state(1.0)

    @bk.derived
    def F(x):
        return 100.0 * x

    @bk.derivative
    def dx(F):
        return -F


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("method", "theta"), METHODS.items())
def test_derived_quantities_are_solved_with_the_states(method, theta, backend):
    net = run(Linear, 0.1, 0.1, method, backend)
    factor = (1.0 - (1.0 - theta) * 10.0) / (1.0 + theta * 10.0)
    assert net["cells"].x == pytest.approx(factor, rel=1e-12)
    composed, plain = (run(model, 0.5, 0.1, method, backend, k=20.0) for model in (Composed, Plain))
    for name in ("x", "y"):
        expected = getattr(plain["cells"], name)
        assert getattr(composed["cells"], name) == pytest.approx(expected, rel=1e-9)


def test_synapses_reach_a_rate_through_what_is_derived():
    class Target(bk.Neuron):
        V = bk.state(1.0)
        I = bk.input()

        @bk.derived
        def total(V, I):
            return I - 2.0 * V

        @bk.derivative
        def dV(total):
            return 50.0 * total

    cells = Target(2, method="backward_euler", name="cells")
    gap = Gap(cells, cells, connect=bk.connect.one_to_one())
    net = bk.Network(cells, gap, dt=0.1)
    net.run(0.2)
    V, s = 1.0, 0.5
    for _ in range(2):
        s = s / (1.0 + 0.1 / 3.0)
        V = (V + 5.0 * 2.0 * s * 3.0) / (1.0 + 5.0 * (2.0 + 2.0 * s))
    assert pytest.approx(V, rel=1e-10) == cells.V
