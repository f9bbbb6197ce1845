"""One network on NumPy and other backends: equal spikes if exact, traces to 1e-10."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_models import DT, Current, Kick, Leaky, Noisy, Ramp, assert_same

import brainkernel as bk

OTHERS = [name for name in ("numba", "jax") if find_spec(f"brainkernel_{name}")]


@pytest.fixture(params=OTHERS)
def other(request):
    """Each backend besides the reference."""
    return request.param


def both(make, steps, other, note, dt=DT, **options):
    """Run what `make` makes on NumPy and another backend; note how well both networks agree."""
    nets = []
    for backend in ("numpy", other):
        net, inputs = make()
        net.run(steps * dt, inputs=inputs, backend=backend, **options)
        nets.append(net)
    note(other, *nets)
    return nets


def dyadic(size, seed, steps=100):
    """A recurrent network in which every number is a small multiple of 1/64."""

    def make():
        rng = np.random.default_rng(seed)
        ramp = Ramp(
            size, t_ref=rng.integers(0, 9, size) * DT, V=rng.integers(0, 64, size) / 64, name="ramp"
        )
        count = 10 * size
        rule = bk.connect.from_ij(rng.integers(0, size, count), rng.integers(0, size, count))
        weight, delay = rng.integers(-12, 16, count) / 64, rng.integers(0, 40, count) * DT
        kick = Kick(ramp, ramp, connect=rule, weight=weight, delay=delay, name="kick")
        net = bk.Network(ramp, kick, dt=DT, s=bk.SpikeMonitor(ramp), v=bk.StateMonitor(ramp, "V"))
        return net, {ramp: bk.TimedArray(rng.integers(0, 24, (steps, size)) / 64, DT)}

    return make


def test_a_thousand_neurons_fire_the_same_spikes(other, note):
    one, two = both(dyadic(1000, 5, 400), 400, other, note)
    assert_same(one.s, two.s)
    assert_same(one.v, two.v)
    assert one.s.sizes["spike"] > 2000


@given(st.integers(1, 60), st.integers(0, 1000))
@settings(
    deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_networks_of_any_size_fire_the_same_spikes(other, note, size, seed):
    one, two = both(dyadic(size, seed), 100, other, note)
    assert_same(one.s, two.s)
    assert_same(one.v, two.v)


def test_rounded_traces_agree(other, note):
    def make():
        a, b = Leaky(40, tau=7.0, t_ref=2.0, name="a"), Leaky(60, V_th=99.0, name="b")
        there = Current(
            a, b, connect=bk.connect.fixed_prob(0.3), weight=0.3, tau=3.0, delay=1.3, name="there"
        )
        more = Current(a, b, connect=bk.connect.fixed_prob(0.3), weight=-0.1, tau=4.0, name="more")
        net = bk.Network(a, b, there, more, dt=0.1, s=bk.SpikeMonitor(a), v=bk.StateMonitor(b, "V"))
        return net, {a: np.linspace(0.11, 0.77, 40), b: lambda t: np.sin(t / 9)}

    one, two = both(make, 2000, other, note, 0.1)
    assert_same(one.s, two.s)
    assert one.s.sizes["spike"] > 100
    np.testing.assert_allclose(two.v.V.values, one.v.V.values, rtol=1e-10, atol=1e-12)


class Membrane(bk.Neuron):
    """A conductance that is all exponentials, logarithms and powers; no closed form."""

    V = bk.state(-65.0, unit="mV")
    m = bk.state(0.05)
    h = bk.state(0.6)
    I = bk.input()

    @bk.derivative
    def dm(m, V):
        alpha = 0.1 * (V + 40.0) / (1.0 - np.exp(-(V + 40.0) / 10.0))
        return alpha * (1.0 - m) - 4.0 * np.exp(-(V + 65.0) / 18.0) * m

    @bk.derivative
    def dh(h, V):
        return 0.07 * np.exp(-(V + 65.0) / 20.0) * (1.0 - h) - h / (
            1.0 + np.exp(-(V + 35.0) / 10.0)
        )

    @bk.derivative
    def dV(V, m, h, I):
        leak = np.log1p(np.exp(-np.abs(V) / 50.0)) + np.tanh(V / 30.0) + np.sqrt(np.abs(V)) * 0.01
        return I - 120.0 * m**3 * h * (V - 50.0) - 5.0 * (V + 65.0) - np.where(V > 0.0, leak, 0.0)

    @bk.threshold(crossing=True)
    def fires(V):
        return V + 20.0


@pytest.mark.parametrize("method", ["rk4", "exponential_euler", "exponential_midpoint"])
def test_deterministic_methods_agree(method, other, note):
    def make():
        cells = Membrane(9, V=np.linspace(-70.0, -60.0, 9), method=method, name="cells")
        net = bk.Network(
            cells,
            dt=0.01,
            s=bk.SpikeMonitor(cells),
            v=bk.StateMonitor(cells, ["V", "m"], every=0.1),
        )
        return net, {cells: np.linspace(0.0, 80.0, 9)}

    one, two = both(make, 1500, other, note, 0.01)
    assert_same(one.s, two.s)
    for name in ("V", "m"):
        np.testing.assert_allclose(two.v[name].values, one.v[name].values, rtol=1e-10)


class Geometric(bk.Neuron):
    """Noise that grows with the state."""

    x = bk.state(1.0)

    @bk.derivative
    def dx(x):
        return -0.1 * x

    @bk.diffusion
    def noise_x(x):
        return 0.3 * x


@pytest.mark.parametrize("method", ["milstein_ito", "heun"])
def test_stochastic_methods_agree(method, other, note):
    def make():
        cells = Geometric(50, method=method, name="cells")
        return bk.Network(cells, dt=0.1, seed=9, v=bk.StateMonitor(cells, "x")), {}

    one, two = both(make, 200, other, note, 0.1)
    np.testing.assert_allclose(two.v.x.values, one.v.x.values, rtol=1e-10)
    assert np.std(one.v.x.values[-1]) > 0.1


def test_noisy_networks_fire_the_same_spikes(other, note):
    def make():
        a, b = Noisy(200, t_ref=1.0, name="a"), Noisy(100, sigma=0.25, name="b")
        syn = Current(
            a,
            b,
            connect=bk.connect.fixed_prob(0.1),
            weight=0.5,
            delay=lambda rng: DT * rng.integers(0, 9),
        )
        return bk.Network(a, b, syn, dt=DT, s=bk.SpikeMonitor(a), q=bk.SpikeMonitor(b)), {}

    one, two = both(make, 300, other, note)
    assert_same(one.s, two.s)
    assert_same(one.q, two.q)
    assert one.q.sizes["spike"] > 500


class Draws(bk.Neuron):
    """All draws, as they come."""

    mean = bk.parameter(3.0)
    p = bk.parameter(0.3)
    u = bk.uniform()
    k = bk.poisson("mean")
    b = bk.bernoulli("p")
    rate = bk.parameter(500.0, unit="Hz")
    event = bk.event("rate")
    a = bk.state()
    c = bk.state()
    d = bk.state()
    e = bk.state()

    @bk.step("a", "c", "d", "e")
    def keep(u, k, b, event):
        return u + 0.0, k + 0.0, b + 0.0, event + 0.0


def test_draws_are_the_same_bits(other, note):
    def make():
        means = {"mean": np.linspace(0.0, 20.0, 300), "p": np.linspace(0.0, 1.0, 300)}
        cells = Draws(300, rate=np.linspace(0.0, 1e4, 300), name="cells", **means)
        few = [
            Draws(size, rate=float(rate), name=f"few{size}")
            for size, rate in ((5, 100), (16, 1e4), (33, 0), (81, 900))
        ]
        monitors = {
            each.name: bk.StateMonitor(each, ["a", "c", "d", "e"]) for each in (cells, *few)
        }
        return bk.Network(cells, *few, **monitors), {}

    one, two = both(make, 50, other, note, 0.1)
    for name in one.monitors:
        assert_same(getattr(one, name), getattr(two, name))
