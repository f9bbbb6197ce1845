"""Rate neurons with derived quantities, and the same models with all of it written out."""

from __future__ import annotations

import numpy as np

import brainkernel as bk


class Rate(bk.Neuron):
    """Rate neurons that fire as they cross a rate."""

    tau = bk.parameter(10.0, unit="ms")
    gain = bk.parameter(1.5)
    theta = bk.parameter(0.1, unit="mV")
    u = bk.state(0.0, unit="mV")
    n = bk.state(0.0)
    m = bk.state(0.0)
    I = bk.input(unit="mV")

    @bk.derived
    def total(F, I):
        return F + I

    @bk.derived(unit="Hz")
    def F(x, gain):
        """Rate of firing."""
        return np.tanh(gain * x)

    @bk.derived
    def x(u, theta):
        return u - theta

    @bk.derivative
    def du(u, total, tau):
        return (total - u) / tau

    @bk.step("n")
    def count(n, total, F):
        return n + total - F

    @bk.step("m", on="group")
    def compare(m, F):
        return 0.5 * m + F - np.sum(F) / F.size

    @bk.threshold(crossing=True)
    def fires(F):
        return F - 0.3

    @bk.reset("u")
    def back(u, F):
        return u - 0.9 * F


class WrittenRate(bk.Neuron):
    """The same, written out."""

    tau = bk.parameter(10.0, unit="ms")
    gain = bk.parameter(1.5)
    theta = bk.parameter(0.1, unit="mV")
    u = bk.state(0.0, unit="mV")
    n = bk.state(0.0)
    m = bk.state(0.0)
    I = bk.input(unit="mV")

    @bk.derivative
    def du(u, gain, theta, I, tau):
        return (np.tanh(gain * (u - theta)) + I - u) / tau

    @bk.step("n")
    def count(n, u, gain, theta, I):
        F = np.tanh(gain * (u - theta))
        return n + (F + I) - F

    @bk.step("m", on="group")
    def compare(m, u, gain, theta):
        F = np.tanh(gain * (u - theta))
        return 0.5 * m + F - np.sum(F) / F.size

    @bk.threshold(crossing=True)
    def fires(u, gain, theta):
        return np.tanh(gain * (u - theta)) - 0.3

    @bk.reset("u")
    def back(u, gain, theta):
        return u - 0.9 * np.tanh(gain * (u - theta))


class Coupling(bk.Synapse):
    """A coupling that names rates of both ends in every kind of function."""

    J = bk.parameter(0.5, per="synapse")
    E = bk.parameter(0.2)
    w = bk.state(0.1, per="synapse")
    s = bk.state(0.0, per="post")
    z = bk.state(0.0, per="pre")

    @bk.derived
    def hebb(F_pre, F_post, w):
        """What is learnt."""
        return F_pre * F_post - w

    @bk.derived
    def drive(E, F_post, s):
        return s * (E - F_post)

    @bk.adds_to("I", unit="mV")
    def rate(J, F_pre, hebb):
        return J * F_pre + 0.01 * hebb

    @bk.adds_to("I", unit="mV")
    def with_target(drive):
        return drive

    @bk.derivative
    def dw(hebb):
        return 0.05 * hebb

    @bk.derivative
    def ds(s, F_post):
        return (-s + 0.1 * F_post) / 5.0

    @bk.derivative
    def dz(z, F_pre):
        return (F_pre - z) / 7.0

    @bk.on_pre("s")
    def receive(s, w, F_pre):
        return s + 0.1 * w * F_pre

    @bk.on_post("w")
    def learn(w, hebb):
        return w + 0.01 * hebb

    @bk.step("w", every=0.5, after="deliver")
    def forget(w, hebb):
        return w - 0.001 * hebb


class WrittenCoupling(bk.Synapse):
    """The same, written out."""

    J = bk.parameter(0.5, per="synapse")
    E = bk.parameter(0.2)
    w = bk.state(0.1, per="synapse")
    s = bk.state(0.0, per="post")
    z = bk.state(0.0, per="pre")

    @bk.adds_to("I", unit="mV")
    def rate(J, w, u_pre, gain_pre, theta_pre, u_post, gain_post, theta_post):
        F_pre = np.tanh(gain_pre * (u_pre - theta_pre))
        F_post = np.tanh(gain_post * (u_post - theta_post))
        return J * F_pre + 0.01 * (F_pre * F_post - w)

    @bk.adds_to("I", unit="mV")
    def with_target(E, s, u_post, gain_post, theta_post):
        return s * (E - np.tanh(gain_post * (u_post - theta_post)))

    @bk.derivative
    def dw(w, u_pre, gain_pre, theta_pre, u_post, gain_post, theta_post):
        F_pre = np.tanh(gain_pre * (u_pre - theta_pre))
        F_post = np.tanh(gain_post * (u_post - theta_post))
        return 0.05 * (F_pre * F_post - w)

    @bk.derivative
    def ds(s, u_post, gain_post, theta_post):
        return (-s + 0.1 * np.tanh(gain_post * (u_post - theta_post))) / 5.0

    @bk.derivative
    def dz(z, u_pre, gain_pre, theta_pre):
        return (np.tanh(gain_pre * (u_pre - theta_pre)) - z) / 7.0

    @bk.on_pre("s")
    def receive(s, w, u_pre, gain_pre, theta_pre):
        return s + 0.1 * w * np.tanh(gain_pre * (u_pre - theta_pre))

    @bk.on_post("w")
    def learn(w, u_pre, gain_pre, theta_pre, u_post, gain_post, theta_post):
        F_pre = np.tanh(gain_pre * (u_pre - theta_pre))
        F_post = np.tanh(gain_post * (u_post - theta_post))
        return w + 0.01 * (F_pre * F_post - w)

    @bk.step("w", every=0.5, after="deliver")
    def forget(w, u_pre, gain_pre, theta_pre, u_post, gain_post, theta_post):
        F_pre = np.tanh(gain_pre * (u_pre - theta_pre))
        F_post = np.tanh(gain_post * (u_post - theta_post))
        return w - 0.001 * (F_pre * F_post - w)


def rates(neuron=Rate, synapse=Coupling, method="rk4", dtype="float64", **monitors):
    """A network of two groups: one coupled to itself, and a slice of it to one of the other."""
    gain = np.linspace(1.0, 2.0, 6)
    one = neuron(6, method=method, name="one", u=np.linspace(0.0, 1.0, 6), gain=gain)
    two = neuron(4, method=method, name="two", u=0.2)
    everyone = bk.connect.all_to_all()
    inside = synapse(one, one, connect=everyone, name="inside", delay=0.5)
    across = synapse(one[2:5], two[1:3], connect=everyone, name="across", J=0.3, delay=0.3)
    monitors |= {
        "one": bk.StateMonitor(one, ["u", "n", "m"]),
        "two": bk.StateMonitor(two, ["u", "n", "m"]),
        "spikes": bk.SpikeMonitor(one),
        "inside": bk.StateMonitor(inside, ["w", "s", "z"]),
        "across": bk.StateMonitor(across, ["w", "s", "z"]),
    }
    monitors = {f"of_{name}": monitor for name, monitor in monitors.items()}
    return bk.Network(one, two, inside, across, dt=0.1, dtype=dtype, **monitors)


def run_rates(net, duration=10.0, **options):
    """Run it with a drive."""
    one, two = net.groups
    net.run(duration, inputs={one: 0.4, two: 0.3}, **options)
    return net
