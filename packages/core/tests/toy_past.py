"""Models that look back: phases that pull one another, and equations with delays."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class Oscillator(bk.Neuron):
    """A phase, with a curve that follows it."""

    omega = bk.parameter(0.25)
    theta = bk.state(0.0)
    pull = bk.input()

    @bk.derived
    def wave(theta):
        return np.sin(theta)

    @bk.derivative
    def dtheta(omega, pull):
        return omega + pull


class Pull(bk.Synapse):
    """Pulls its target to its source, and keeps a smooth copy of the source's curve."""

    K = bk.parameter(0.125, per="synapse")
    s = bk.state(0.0, per="synapse")

    @bk.derivative
    def ds(s, wave_pre):
        return wave_pre - s

    @bk.adds_to("pull")
    def attraction(K, s, wave_pre, theta_pre, theta_post):
        return K * (np.sin(theta_pre - theta_post) + s + 0.5 * wave_pre)


class Late(bk.Neuron):
    """The simplest equation that looks back: x' = -a x(t - tau)."""

    a = bk.parameter(1.0)
    tau = bk.parameter(1.0, unit="ms")
    x = bk.state(1.0)
    x_tau = bk.past("x", delay="tau")

    @bk.derivative
    def dx(x_tau, a):
        return -a * x_tau


class MackeyGlass(bk.Neuron):
    """White blood cells that are made as the blood was some time ago (Mackey & Glass 1977)."""

    tau = bk.parameter(2.0, unit="ms")
    x = bk.state(0.5)
    x_tau = bk.past("x", delay="tau")

    @bk.derived
    def made(x_tau):
        return 2.0 * x_tau / (1.0 + x_tau**9.65)

    @bk.derivative
    def dx(x, made):
        return made - x


class Looks(bk.Neuron):
    """Looks back wherever a function may: at what is smooth, at what diffuses, and at steps."""

    tau = bk.parameter(0.5, unit="ms")
    sigma = bk.parameter(optional=True)
    t_ref = bk.parameter(0.5, unit="ms")
    x = bk.state(1.25)
    y = bk.state(0.0)
    z = bk.state(0.0)
    I = bk.input()
    rest = bk.refractory("t_ref", holds="x")
    x_tau = bk.past("x", delay="tau")
    y_tau = bk.past("y", delay="tau")
    z_tau = bk.past("z", delay="tau")

    @bk.derived
    def curve(x_tau):
        return 2.0 * x_tau / (1.0 + x_tau**4)

    @bk.derivative
    def dx(curve, x, z_tau, I):
        return curve - x - 0.1 * z_tau + I

    @bk.derivative
    def dy(y, x, y_tau):
        return x - y - 0.3 * y_tau

    @bk.diffusion
    def noise_y(sigma):
        return sigma

    @bk.adds_to("I")
    def own(x_tau):
        return 0.1 * x_tau

    @bk.step("z")
    def count(z, y_tau):
        return 0.5 * z + y_tau

    @bk.threshold
    def fires(y, x_tau):
        return y - 0.6 - 0.1 * x_tau

    @bk.reset("x", "y")
    def restart(y, x_tau):
        return 0.1 * x_tau, 0.5 * y


class Gap(bk.Synapse):
    """A gap junction, with a state that follows the source."""

    g = bk.parameter(0.05, per="synapse")
    s = bk.state(0.0, per="synapse")

    @bk.derivative
    def ds(s, x_pre):
        return x_pre - s

    @bk.adds_to("I")
    def current(s, g, x_pre, x_post):
        return g * (x_pre - x_post) + 0.1 * s


class Graded(bk.Synapse):
    """Releases as its source was; one value for each source, where all delays are the same."""

    s = bk.state(0.0, per="pre")

    @bk.derivative
    def ds(s, theta_pre):
        return theta_pre - s

    @bk.adds_to("pull")
    def current(s):
        return 0.125 * s
