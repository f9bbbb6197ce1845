"""Small models with known solutions, and the Wiener paths that drove them."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

import brainkernel as bk
from brainkernel.random import normal, stream_key

BACKENDS = ["numpy", *(name for name in ("numba", "jax") if find_spec(f"brainkernel_{name}"))]


class Oscillator(bk.Neuron):
    """FitzHugh-Nagumo with a drive in time: stages must see the right states at the right time."""

    amplitude = bk.parameter(0.5)
    omega = bk.parameter(2.0)
    V = bk.state(0.3)
    w = bk.state(-0.2)
    I = bk.input()

    @bk.derivative
    def dV(V, w, I, t, amplitude, omega):
        return V - V * V * V / 3.0 - w + I + amplitude * np.sin(omega * t)

    @bk.derivative
    def dw(V, w):
        return 0.5 * (V + 0.7 - 0.8 * w)


class NoisyOscillator(Oscillator):
    """The same with noise of any strength, zero too."""

    sigma = bk.parameter(0.0)

    @bk.diffusion
    def noise_V(V, sigma):
        return sigma * V


class Conductance(bk.Synapse):
    """A conductance opened by its target's voltage and by time: a third state of the system."""

    tau = bk.parameter(1.5)
    E = bk.parameter(2.0)
    g = bk.state(0.4, per="post")

    @bk.derivative
    def dg(g, tau, V_post):
        return (1.0 / (1.0 + np.exp(-V_post)) - g) / tau

    @bk.adds_to("I")
    def current(g, E, V_post, t):
        return g * (E - V_post + np.sin(t))


def oscillator_rates(t, state, amplitude=0.5, omega=2.0, tau=1.5, E=2.0):
    """The system that Oscillator and Conductance make, written down once more."""
    V, w, g = state
    dV = V - V**3 / 3 - w + g * (E - V + np.sin(t)) + amplitude * np.sin(omega * t)
    return dV, 0.5 * (V + 0.7 - 0.8 * w), (1 / (1 + np.exp(-V)) - g) / tau


class Power(bk.Neuron):
    """x = t**(p + 1) / (p + 1): a method integrates it by its quadrature rule."""

    p = bk.parameter(1.0)
    x = bk.state(0.0)

    @bk.derivative
    def dx(t, p):
        return t**p


class Decay(bk.Neuron):
    """x' = rate x + I."""

    rate = bk.parameter(-0.1)
    x = bk.state(1.0)
    I = bk.input()

    @bk.derivative
    def dx(x, rate, I):
        return rate * x + I


class Spring(bk.Neuron):
    """x'' = -omega**2 x - gamma x': coupled, oscillating, critically damped or free."""

    omega = bk.parameter(1.0)
    gamma = bk.parameter(0.1)
    x = bk.state(1.0)
    v = bk.state(0.0)

    @bk.derivative
    def dx(v):
        return v

    @bk.derivative
    def dv(x, v, omega, gamma):
        return -omega * omega * x - gamma * v


class Membrane(bk.Neuron):
    """A passive membrane: tau V' = -V + tau I / C."""

    tau = bk.parameter(10.0, unit="ms")
    C = bk.parameter(250.0, unit="pF")
    V = bk.state(0.0, unit="mV")
    I = bk.input(unit="pA")

    @bk.derivative
    def dV(V, I, tau, C):
        return -V / tau + I / C


class ExponentialCurrent(bk.Synapse):
    """A current that starts at its first value and decays."""

    tau = bk.parameter(5.0, unit="ms", per="post")
    s = bk.state(1.0, unit="pA", per="post")

    @bk.derivative
    def ds(s, tau):
        return -s / tau

    @bk.adds_to("I")
    def current(s):
        return s


class AlphaCurrent(bk.Synapse):
    """s = rise t exp(-t / tau)."""

    tau = bk.parameter(5.0, unit="ms")
    s = bk.state(0.0, unit="pA", per="post")
    rise = bk.state(1.0, unit="pA/ms", per="post")

    @bk.derivative
    def ds(s, rise, tau):
        return rise - s / tau

    @bk.derivative
    def drise(rise, tau):
        return -rise / tau

    @bk.adds_to("I")
    def current(s):
        return s


class Geometric(bk.Neuron):
    """dX = mu X dt + sigma X dW."""

    mu = bk.parameter(0.5)
    sigma = bk.parameter(0.8)
    X = bk.state(1.0)

    @bk.derivative
    def dX(X, mu):
        return mu * X

    @bk.diffusion
    def noise_X(X, sigma):
        return sigma * X


class Bounded(bk.Neuron):
    """X = tanh(artanh(X0) - a t + b W), drift -a (1 - X**2) after Stratonovich.

    After Ito the drift has one term more.
    """

    a = bk.parameter(0.6)
    b = bk.parameter(0.9)
    ito = bk.parameter(1.0)
    X = bk.state(0.3)

    @bk.derivative
    def dX(X, a, b, ito):
        return -(a + ito * b * b * X) * (1.0 - X * X)

    @bk.diffusion
    def noise_X(X, b):
        return b * (1.0 - X * X)


class Driven(bk.Neuron):
    """Its noise is all that arrives in I."""

    sigma = bk.parameter(0.8)
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V):
        return 0.0 * V

    @bk.diffusion
    def noise_V(I, sigma):
        return sigma * I


class OpenChannel(bk.Synapse):
    """A constant conductance."""

    E = bk.parameter(1.0)
    g = bk.parameter(1.0)
    open = bk.state(1.0, per="post")

    @bk.adds_to("I")
    def current(open, g, E, V_post):
        return open * g * (E - V_post)


class OrnsteinUhlenbeck(bk.Neuron):
    """dx = -rate x dt + sigma dW, twice; with rate 0 a Wiener process."""

    rate = bk.parameter(1.0, unit="1/ms")
    sigma = bk.parameter(1.0, unit="mV/ms**0.5")
    x = bk.state(0.0, unit="mV")
    y = bk.state(0.0, unit="mV")

    @bk.derivative
    def dx(x, rate):
        return -rate * x

    @bk.derivative
    def dy(y, rate):
        return -rate * y

    @bk.diffusion
    def noise_x(sigma):
        return sigma

    @bk.diffusion
    def noise_y(sigma):
        return sigma


def onto_itself(model, group, **options):
    """One synapse for each neuron: the state of `model` becomes part of the neuron's system."""
    return model(group, group, connect=bk.connect.one_to_one(), **options)


def increments(net, stream, size, steps, dt):
    """The increments dW (step, element) that a run of a new network draws."""
    key = np.array(stream_key(net.seed, stream), np.uint32)
    elements = np.arange(size, dtype=np.uint32)
    now = np.arange(steps, dtype=np.uint32)[:, None]
    return np.sqrt(dt) * normal(key[0], key[1], elements, now)


def order_of(errors, steps):
    """The slope of log error over log dt."""
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]
