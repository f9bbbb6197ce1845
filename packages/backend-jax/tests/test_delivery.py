"""Both ways to deliver spikes, one by one and in blocks, lose nothing beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Counter, Jump, Kick, Ramp, Source, assert_same

import brainkernel as bk
from brainkernel_jax import JaxBackend
from brainkernel_jax.executable import JaxExecutable


class InBlocks(JaxBackend):
    """What a device that does many things at once would run, on the CPU."""

    name = "jax-in-blocks"

    def compile(self, program, source=None):
        executable = super().compile(program, source)
        executable.way = "in blocks"
        return executable


WAYS = {"one by one": JaxBackend, "in blocks": InBlocks}


class Learning(bk.Synapse):
    """Plasticity of powers of two: traces at both ends, weights that both ends change."""

    w = bk.state(0.5, per="synapse")
    r = bk.state(0.0, per="pre")
    o = bk.state(0.0, per="post")

    @bk.on_pre("x_post")
    def push(x_post, w):
        return x_post + w

    @bk.on_pre("w")
    def depress(w, o):
        return w - 0.125 * o

    @bk.on_pre("r")
    def mark(r):
        return r + 1.0

    @bk.on_post("w")
    def potentiate(w, r):
        return w + 0.25 * r

    @bk.on_post("o")
    def mark_own(o):
        return o + 1.0


class Cell(Ramp):
    """A ramp with something to push."""

    x = bk.state(0.0)


def recurrent(size, seed, steps=60, delays=12):
    """Every number is a small multiple of a power of two."""
    rng = np.random.default_rng(seed)
    ramp = Ramp(
        size, t_ref=rng.integers(0, 5, size) * DT, V=rng.integers(0, 64, size) / 64, name="ramp"
    )
    rule = bk.connect.from_ij(*rng.integers(0, size, (2, 8 * size)))
    weight, delay = rng.integers(-12, 16, 8 * size) / 64, rng.integers(0, delays, 8 * size) * DT
    kick = Kick(ramp, ramp, connect=rule, weight=weight, delay=delay, name="kick")
    net = bk.Network(ramp, kick, dt=DT, s=bk.SpikeMonitor(ramp), v=bk.StateMonitor(ramp, "V"))
    return net, {ramp: bk.TimedArray(rng.integers(0, 24, (steps, size)) / 64, DT)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("delays", [1, 3, 40])
@given(size=st.integers(1, 80), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=4)
def test_spikes_are_those_of_numpy(way, delays, size, seed):
    reference, inputs = recurrent(size, seed, delays=delays)
    reference.run(60 * DT, inputs=inputs)
    net, inputs = recurrent(size, seed, delays=delays)
    net.run(60 * DT, inputs=inputs, backend=WAYS[way]())
    assert_same(reference.s, net.s)
    assert_same(reference.v, net.v)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dendritic", [0, 3])
def test_plasticity_is_that_of_numpy(way, dendritic):
    def run(backend):
        rng = np.random.default_rng(2)
        one, two = Cell(40, V=rng.integers(0, 64, 40) / 64, name="one"), Cell(30, name="two")
        rule = bk.connect.fixed_prob(0.3)
        syn = Learning(
            one, two, connect=rule, delay=2 * DT, dendritic_delay=dendritic * DT, name="syn"
        )
        net = bk.Network(
            one,
            two,
            syn,
            dt=DT,
            w=bk.StateMonitor(syn, ["w", "r", "o"]),
            x=bk.StateMonitor(two, "x"),
        )
        drives = {g: bk.TimedArray(rng.integers(0, 40, (80, g.size)) / 64, DT) for g in (one, two)}
        net.run(80 * DT, inputs=drives, backend=backend)
        return net

    reference, net = run("numpy"), run(WAYS[way]())
    assert np.ptp(reference.w.w.values[-1]) > 1
    assert_same(reference.w, net.w)
    assert_same(reference.x, net.x)


@pytest.mark.parametrize("way", WAYS)
def test_all_fire_at_once_and_nothing_is_lost(way):
    """3,000 neurons fire in one step, more than a buffer of fixed size would be made for."""
    source, counter = Source(3000, np.full(3000, DT), np.arange(3000)), Counter(100)
    jump = Jump(source, counter, connect=bk.connect.all_to_all(), weight=1.0)
    net = bk.Network(source, counter, jump, dt=DT)
    net.run(3 * DT, backend=WAYS[way]())
    assert counter.x.tolist() == [3000.0] * 100


def test_the_state_goes_from_one_backend_to_another_with_spikes_in_flight():
    backends = ["jax", "numpy", "jax", "numba", "jax"]
    whole, inputs = recurrent(50, 7, steps=75)
    whole.run(75 * DT, inputs=inputs)
    net, inputs = recurrent(50, 7, steps=75)
    for backend in backends:
        net.run(15 * DT, inputs=inputs, backend=backend)
    assert_same(whole.s, net.s)
    assert_same(whole.v, net.v)


def test_a_program_is_compiled_once_however_many_runs(monkeypatch):
    found = []
    call = JaxExecutable._call
    monkeypatch.setattr(
        JaxExecutable, "_call", lambda self, *a: found.append(call(self, *a)) or found[-1]
    )
    net, inputs = recurrent(20, 1, steps=700)
    for steps in (3, 100, 1, 257, 64):
        net.run(steps * DT, inputs=inputs, backend="jax")
    assert len({id(compiled) for compiled, _ in found}) == 1
    assert [fresh for _, fresh in found] == [True, *[False] * (len(found) - 1)]
    assert found[0][0]._cache_size() == 1


def test_values_that_change_need_no_new_program():
    net, inputs = recurrent(20, 1, steps=100)
    net.run(2 * DT, inputs=inputs, backend="jax")
    executable = next(iter(net._programs.executables.values()))[1]
    net.groups[0].V_th = 1.5
    net.run(2 * DT, inputs=inputs, backend="jax")
    assert next(iter(net._programs.executables.values()))[1] is executable


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", [Jump, Learning])
def test_a_projection_without_synapses_does_nothing(way, model):
    cells = Cell(3, name="cells")
    nothing = bk.connect.from_ij(np.zeros(0, int), np.zeros(0, int))
    net = bk.Network(
        cells, model(cells, cells, connect=nothing, name="nothing"), dt=DT, s=bk.SpikeMonitor(cells)
    )
    net.run(20 * DT, inputs={cells: 1.0}, backend=WAYS[way]())
    assert net.s.sizes["spike"] > 0
    assert cells.x.tolist() == [0.0] * 3


class TwoReaders(bk.Synapse):
    """One function reads u of the source, another one that of the target."""

    w = bk.state(0.1, per="synapse")
    s = bk.state(0.0, per="post")

    @bk.on_pre("s")
    def receive(s, w, u_pre):
        return s + w * u_pre

    @bk.on_post("w")
    def learn(w, u_post):
        return w + u_post


class ReadsBothEnds(bk.Synapse):
    """One function reads u of both."""

    s = bk.state(0.0, per="post")

    @bk.on_pre("s")
    def receive(s, u_pre, u_post):
        return s + u_pre - 2.0 * u_post


class Climbing(bk.Neuron):
    """It climbs, and is set back."""

    u = bk.state(0.0)

    @bk.derivative
    def du(u):
        return 0.5 + 0.0 * u

    @bk.threshold(crossing=True)
    def fires(u):
        return u - 1.0

    @bk.reset("u")
    def back(u):
        return u - 0.9


@pytest.mark.parametrize("model", [TwoReaders, ReadsBothEnds])
def test_an_array_that_is_read_at_both_ends_is_read_at_the_right_one(model):
    recorded = []
    for backend in ("numpy", "jax"):
        group = Climbing(3, u=[0.0, 0.5, 0.9], method="euler", name="group")
        synapses = model(group, group, connect=bk.connect.all_to_all(), delay=0.5, name="synapses")
        net = bk.Network(group, synapses, dt=0.125, m=bk.StateMonitor(synapses, "s"))
        net.run(2.0, backend=backend)
        recorded.append(net.m.s.values)
    assert np.any(recorded[0])
    np.testing.assert_allclose(*recorded, rtol=1e-12)
