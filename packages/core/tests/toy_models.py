"""Small models whose arithmetic is exact, so that a test can say what every single number must be.

All values are small multiples of powers of two, and so is DT: sums and products of them are never
rounded.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

DT = 0.125


class Gate(bk.Neuron):
    """Fires in each step in which its input is one or more."""

    I = bk.input()

    @bk.threshold
    def fires(I):
        return I - 1.0


class Source(Gate):
    """Fires at given times."""

    impulses = None

    def __init__(self, size, times, neurons, **options):
        super().__init__(size, **options)
        self.impulses = bk.Impulses(times, neurons)

    def own_inputs(self):
        return {"I": self.impulses}


class Counter(bk.Neuron):
    """Keeps the sum of all that arrives, and never fires."""

    x = bk.state(0.0)


class Ramp(bk.Neuron):
    """An integrator that does not leak."""

    V_th = bk.parameter(1.0, unit="mV")
    V_reset = bk.parameter(0.0, unit="mV")
    t_ref = bk.parameter(0.0, unit="ms")
    V = bk.state(0.0, unit="mV", doc="membrane potential")
    I = bk.input(unit="mV/ms")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(I):
        return I

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V")
    def after_spike(V_reset):
        return V_reset


class Noisy(Ramp):
    """A ramp with white noise."""

    sigma = bk.parameter(0.5, unit="mV/ms**0.5")

    @bk.diffusion
    def noise_V(sigma):
        return sigma


class Leaky(Ramp):
    """A leaky integrator: its numbers are rounded."""

    tau = bk.parameter(10.0, unit="ms")

    @bk.derivative
    def dV(V, I, tau):
        return I - V / tau


class Jump(bk.Synapse):
    """Adds its weight to x of the target."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("x_post")
    def receive(x_post, weight):
        return x_post + weight


class Kick(bk.Synapse):
    """Adds its weight to V of the target."""

    weight = bk.parameter(1.0, unit="mV", per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


class Current(bk.Synapse):
    """A current that decays, kept with the target."""

    tau = bk.parameter(5.0, unit="ms")
    weight = bk.parameter(1.0, unit="mV/ms", per="synapse")
    g = bk.state(0.0, unit="mV/ms", per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g, tau):
        return -g / tau

    @bk.adds_to("I")
    def current(g):
        return g


def raster(dataset):
    """Spikes as a set of (step, neuron)."""
    steps = np.rint(dataset.time.values / dataset.attrs["dt_ms"]).astype(int)
    return set(zip(steps.tolist(), dataset.neuron.values.tolist(), strict=True))


def assert_same(left, right):
    """Two datasets hold the same numbers bit for bit, and the same coordinates."""
    assert set(left.variables) == set(right.variables)
    for name in left.variables:
        np.testing.assert_array_equal(left[name].values, right[name].values, err_msg=name)
