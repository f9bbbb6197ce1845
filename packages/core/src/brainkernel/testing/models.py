# ruff: noqa: D102
# mypy: disallow-untyped-defs=False, check-untyped-defs=False
"""Small models with which the kit tests a backend.

Parameters and first values are small multiples of powers of two, and so is DT: where a model only
adds and multiplies them, no number is ever rounded, and a check can say what each of them must be.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import brainkernel as bk

DT = 0.125


class Source(bk.Neuron):
    """Fires at given times."""

    impulses: Any = None
    pulse = bk.input(doc="one where a neuron fires")

    def __init__(self, size: int, times: Any, neurons: Any, **options: Any) -> None:
        super().__init__(size, **options)
        self.impulses = bk.Impulses(times, neurons)

    def own_inputs(self) -> dict[str, bk.Impulses]:
        return {"pulse": self.impulses}

    @bk.threshold
    def fires(pulse):
        return pulse - 1.0


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


class Membrane(bk.Neuron):
    """Two states that drive each other."""

    V = bk.state(1.0, unit="mV")
    w = bk.state(0.5, unit="mV")
    I = bk.input(unit="mV/ms")

    @bk.derivative
    def dV(I, w):
        return I + w

    @bk.derivative
    def dw(V):
        return -V


class Dice(bk.Neuron):
    """Keeps the random numbers of its last step."""

    mean = bk.parameter(2.5)
    chance = bk.parameter(0.25)
    u = bk.uniform()
    z = bk.normal()
    k = bk.poisson("mean")
    b = bk.bernoulli("chance")
    rate = bk.parameter(0.25e3 / DT, unit="Hz")
    e = bk.event("rate")
    U = bk.state(0.0)
    Z = bk.state(0.0)
    K = bk.state(0.0)
    B = bk.state(0.0)
    E = bk.state(0.0)

    @bk.step("U", "Z", "K", "B", "E")
    def keep(u, z, k, b, e):
        return u + 0.0, z + 0.0, k + 0.0, b + 0.0, e + 0.0


class Mixture(bk.Neuron):
    """A value for each neuron, from which the group takes the mean away, and a clock."""

    x = bk.state(0.0)
    time_seen = bk.state(0.0, unit="ms")
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I

    @bk.step("x", on="group")
    def centre(x):
        return x - np.sum(x) / x.size

    @bk.step("time_seen")
    def look(t):
        return t + 0.0


class Pulled(bk.Neuron):
    """Adds up what others pull."""

    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(I):
        return I


class Releasing(Pulled):
    """Releases where x is one or more, which takes a half away."""

    @bk.threshold(event="release")
    def releases(x):
        return x - 1.0

    @bk.reset("x", event="release")
    def down(x):
        return x - 0.5


class Fading(bk.Synapse):
    """Hands on what is left of the last release, and of what it began with."""

    left = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post", event="release")
    def hand(x_post, left):
        return x_post + left

    @bk.on_pre("left", event="release")
    def fill(left):
        return left + 1.0

    @bk.derivative(lazy=True)
    def dleft(left):
        return -left / 4.0


class Centred(bk.Neuron):
    """A function of the whole group takes the mean away."""

    x = bk.state(0.0)

    @bk.step("x", on="group")
    def centre(x):
        return x - np.sum(x) / x.size


class Joined(bk.Neuron):
    """What is in an element flows along a tree."""

    g = bk.parameter(0.5)
    C = bk.parameter(1.0)
    to_parent = bk.parameter()
    x = bk.state(0.0)
    joints = bk.tree("x", conductance="g", capacitance="C", to_parent="to_parent")

    @bk.derivative
    def dx(x):
        return -0.25 * x


class Gathered(bk.Neuron, method="midpoint"):
    """Each neuron is drawn to the mean of all."""

    x = bk.state(0.0)
    m = bk.mean("x")

    @bk.derivative
    def dx(x, m):
        return 0.5 * (m - x)


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


class Conductance(Current):
    """A conductance: its current follows the potential within a step."""

    weight = bk.parameter(1.0, unit="1/ms", per="synapse")
    g = bk.state(0.0, unit="1/ms", per="post")
    E = bk.parameter(4.0, unit="mV")

    @bk.adds_to("I")
    def current(g, E, V_post):
        return g * (E - V_post)


class Gap(bk.Synapse):
    """Pulls the target towards the source at every step."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.adds_to("I")
    def pull(weight, x_pre, x_post):
        return weight * (x_pre - x_post)


class Watched(bk.Synapse):
    """Has a value that others move, and pulls as a third neuron says."""

    s = bk.state(0.5, per="synapse")
    M = bk.input()
    watcher = bk.end()

    @bk.step("s")
    def move(s, M):
        return 0.5 * s + 0.25 * M

    @bk.adds_to("I")
    def pull(s, x_pre, x_watcher):
        return s * (x_watcher - x_pre)


class Moving(bk.Synapse):
    """Moves the synapses at which it ends."""

    @bk.adds_to("M")
    def move(x_pre, s_post):
        return 0.125 * x_pre - s_post


class Learning(bk.Synapse):
    """Counts spikes at both ends, and learns from them."""

    w = bk.state(0.0, per="synapse")
    p = bk.state(0.0, per="pre")
    q = bk.state(0.0, per="post")

    @bk.on_pre("w")
    def depress(w, q):
        return w - q

    @bk.on_pre("p")
    def count_pre(p):
        return p + 1.0

    @bk.on_post("w")
    def potentiate(w, p):
        return w + 64.0 * p

    @bk.on_post("q")
    def count_post(q):
        return q + 1.0


class Placed(bk.Neuron):
    """V grows by dt in each step and falls to 0 where it reaches 2 dt; steps look at it."""

    V = bk.state(0.0)
    early = bk.state(0.0)
    fired = bk.state(0.0)
    rest = bk.state(0.0)
    late = bk.state(0.0)

    @bk.derivative
    def dV(V):
        return 1.0 + 0.0 * V

    @bk.threshold
    def fires(V):
        return V - 0.25

    @bk.reset("V")
    def fall():
        return 0.0

    @bk.step("early", before="integrate", every=0.25)
    def look_early(early, V, t):
        return early + V + 8.0 * t

    @bk.step("fired", after="threshold", every=0.25)
    def look_at_spikes(fired, V, t):
        return fired + V + 8.0 * t

    @bk.step("rest", on="group", after="reset")
    def look_at_rest(rest, V, t):
        return rest + V + 8.0 * t

    @bk.step("late", after="record", every=0.375)
    def look_late(late, V, t):
        return late + V + 8.0 * t
