"""Models whose neurons follow means and sums over their group."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class Rotator(bk.Neuron, method="rk4"):
    """Kuramoto's oscillators (1975), coupled by their mean field."""

    omega = bk.parameter(0.0)
    K = bk.parameter(0.5)
    theta = bk.state(0.0)
    C = bk.mean("c")
    S = bk.mean("s")

    @bk.derived
    def c(theta):
        return np.cos(theta)

    @bk.derived
    def s(theta):
        return np.sin(theta)

    @bk.derived
    def R(C, S):
        """Order parameter."""
        return np.sqrt(C * C + S * S)

    @bk.derivative
    def dtheta(omega, K, C, S, c, s):
        return omega + K * (S * c - C * s)


class Linear(bk.Neuron):
    """Linear equations of each neuron and the mean of all."""

    J = bk.parameter(0.1)
    u = bk.state(0.0)
    m = bk.mean("u", doc="Mean of all")

    @bk.derivative
    def du(u, m, J):
        return J * m - 0.3 * u


def linear_group(first, method, duration):
    """Give such a group, and its exact state after a time."""
    mean, apart = np.mean(first), first - np.mean(first)
    exact = mean * np.exp((0.1 - 0.3) * duration) + apart * np.exp(-0.3 * duration)
    return Linear(first.size, u=first, method=method, name="cells"), exact


class Population(bk.Neuron):
    """All that may read means, sums and states of a group; arithmetic without transcendentals."""

    tau = bk.parameter(8.0)
    k = bk.parameter(0.5)
    first_B = bk.parameter(0.25)
    u = bk.state(0.125)
    x = bk.state(0.0)
    A = bk.state(0.375, per="group")
    B = bk.state("first_B", per="group")
    N = bk.state(0.0, per="group")
    I = bk.input()
    m = bk.mean("u")
    T = bk.total("F")

    @bk.derived
    def F(u, I):
        return u * u + 0.125 * I

    @bk.derived
    def G(m, A):
        return m * A

    @bk.adds_to("I")
    def attraction(m, u):
        return 0.0625 * (m - u)

    @bk.derivative
    def du(u, I, m, G, tau):
        return (I + m + G - u) / tau

    @bk.derivative
    def dA(A, T, k):
        return 0.001 * T - k * A / 8.0

    @bk.threshold
    def fires(u, m):
        return u - 1.5 * m - 0.05

    @bk.reset("u")
    def back(u, m):
        return 0.5 * m

    @bk.step("x")
    def gather(x, m):
        return 0.9 * x + m

    @bk.step("B")
    def follow(B, A, T):
        return 0.5 * B + 0.001 * A * T

    @bk.step("N", on="group", every=0.5)
    def extremes(N, u, m, A):
        return N + A + np.max(u) - m


class Busy(bk.Neuron):
    """Noise, draws, a ceiling, a refractory period, and steps now and then beside means."""

    tau = bk.parameter(8.0)
    t_ref = bk.parameter(0.5)
    top = bk.parameter(4.0)
    rate = bk.parameter(300.0)
    arrivals = bk.parameter(0.25)
    V = bk.state(0.25, ceiling="top")
    w = bk.state(0.0)
    c = bk.state(0.0)
    n = bk.poisson("arrivals")
    z = bk.normal()
    event = bk.event("rate")
    I = bk.input()
    m = bk.mean("V")
    mean_w = bk.mean("w")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, m, n, tau):
        return (I + 0.25 * n - V + 0.5 * m) / tau

    @bk.derivative
    def dw(w, V, mean_w):
        return (V - w + 0.25 * mean_w) / 16.0

    @bk.diffusion
    def noise_V():
        return 0.125

    @bk.threshold(crossing=True)
    def fires(V, m, w):
        return V - 0.5 - 0.5 * m - 0.125 * w

    @bk.reset("V")
    def back(m):
        return 0.25 * m

    @bk.step("c", every=0.3)
    def now_and_then(c, m, z):
        return 0.5 * c + m + z

    @bk.step("w", before="threshold")
    def bump(w, event, mean_w):
        return w + event * (1.0 + mean_w)


def busy(method, size):
    """Give a group of such neurons, and one of five with other time constants, with inputs."""
    first = np.random.default_rng(4).uniform(size=size)
    a = Busy(size, V=first, method=method, name="a")
    b = Busy(5, tau=[4.0, 8.0, 16.0, 8.0, 4.0], method=method, name="b")
    monitors = {
        "of_a": bk.StateMonitor(a, ["V", "w", "c", "m"]),
        "of_b": bk.StateMonitor(b, ["V", "w", "c", "m"]),
        "spikes": bk.SpikeMonitor(a),
    }
    return bk.Network(a, b, dt=0.1, seed=2, **monitors), {a: 2.0, b: 1.5}


class Coupling(bk.Synapse):
    """Reads means and states of the groups at both ends."""

    w = bk.parameter(0.01, per="synapse")
    y = bk.state(0.0, per="synapse")
    z = bk.state(0.0, per="post")

    @bk.adds_to("I")
    def current(w, m_pre, A_post, u_pre, z):
        return w * (m_pre * A_post + u_pre + z)

    @bk.derivative
    def dy(y, m_post, G_pre):
        return (m_post + G_pre - y) / 4.0

    @bk.derivative
    def dz(z, m_post):
        return (m_post - z) / 8.0

    @bk.on_pre("u_post")
    def arrive(u_post, A_pre, w):
        return u_post + w * A_pre


class Thrown(bk.Synapse):
    """Would read a mean while a spike arrives."""

    @bk.on_pre("u_post")
    def arrive(u_post, m_post):
        return u_post + m_post


class Pushing(bk.Synapse):
    """Would write what a group has one of."""

    @bk.on_pre("A_post")
    def arrive(A_post):
        return A_post + 1.0


def populations(method, few, many):
    """Give two groups of one model that drive each other, with the inputs of a run."""
    rng = np.random.default_rng(0)
    a = Population(few, u=rng.uniform(0, 0.3, few), method=method, name="a")
    b = Population(many, u=rng.uniform(0, 0.3, many), A=0.125, method=method, name="b")
    connect = bk.connect.fixed_prob(0.5)
    s = Coupling(b, a, connect=connect, w=lambda rng: rng.normal(0.01, 0.001), name="s")
    back = Coupling(a, b, connect=connect, w=0.001, name="back")
    monitors = {
        "of_a": bk.StateMonitor(a, ["u", "A", "B", "N", "m", "G", "x"]),
        "of_b": bk.StateMonitor(b, ["u", "A", "m"]),
        "of_s": bk.StateMonitor(s, ["y", "z"]),
    }
    net = bk.Network(a, b, s, back, dt=0.1, seed=3, **monitors)
    return net, {a: 0.25}
