"""Random numbers of synapses: one an element and step, by contract, on every backend."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Source

import brainkernel as bk
from brainkernel import random
from brainkernel.errors import ModelError, ValueShapeError

SEED = 11
STEPS = 12


class Cell(bk.Neuron):
    """Counts what it is sent, adds up its input, and fires at given times."""

    x = bk.state(0.0)
    total = bk.state(0.0)
    I = bk.input()
    pulse = bk.input()

    @bk.derivative
    def dtotal(I):
        return I

    @bk.threshold
    def fires(pulse):
        return pulse - 1.0


class Chance(bk.Synapse):
    """Keeps the random numbers that each of its functions sees."""

    p = bk.parameter(0.5)
    mean = bk.parameter(2.0, per="synapse")
    u = bk.uniform()
    k = bk.poisson("mean")
    z = bk.normal(per="pre")
    b = bk.bernoulli("p", per="post")
    came = bk.state(0.0, per="synapse")
    again = bk.state(0.0, per="synapse")
    counted = bk.state(0.0, per="synapse")
    reacted = bk.state(0.0, per="synapse")
    stepped = bk.state(0.0, per="synapse")
    normals = bk.state(0.0, per="pre")
    coins = bk.state(0.0, per="post")

    @bk.on_pre("came", "x_post")
    def arrive(u, p, x_post):
        return u + 0.0, x_post + np.where(u < p, 1.0, 0.0)

    @bk.on_pre("again", "counted")
    def arrive_again(u, k):
        return u + 0.0, k + 0.0

    @bk.on_post("reacted")
    def leave(u, b):
        return u + 2.0 * b

    @bk.step("stepped")
    def step(u, z, b):
        return u + 4.0 * b + 0.0 * z

    @bk.step("normals")
    def of_source(z):
        return z + 0.0

    @bk.step("coins")
    def of_target(b):
        return b + 0.0

    @bk.adds_to("I")
    def current(u):
        return u


PRE, POST = np.array([2, 0, 1, 0, 2, 1, 0]), np.array([0, 2, 1, 1, 2, 0, 1])
DELAYS = np.array([3, 0, 2, 5, 1, 0, 4])
FIRED = {0: [1, 4], 1: [2], 2: [2, 6]}
SLICE = [3, 0, 1]


def network(**options):
    source = Source(
        3, [step * DT for steps in FIRED.values() for step in steps], [0, 0, 1, 2, 2], name="source"
    )
    cells = Cell(4, name="cells")
    rule = bk.connect.from_ij(PRE, POST)
    values = {"delay": DELAYS * DT, "mean": np.arange(7) + 0.5, **options}
    syn = Chance(source, cells[SLICE], connect=rule, name="syn", **values)
    names = ["came", "again", "counted", "reacted", "stepped", "normals", "coins"]
    monitors = {"s": bk.StateMonitor(syn, names), "c": bk.StateMonitor(cells, ["x", "total"])}
    return bk.Network(source, cells, syn, dt=DT, seed=SEED, **monitors)


def drawn(name, draw, element, step, *more):
    key = (np.uint32(word) for word in random.stream_key(SEED, f"syn.{name}"))
    return float(draw(*key, np.uint32([element]), np.uint32(step), *more)[0])


def uniform(element, step):
    return drawn("u", random.uniform, element, step)


def run(backend, *, partition=(STEPS,), threads=1, **options):
    net = network(**options)
    pulses = {(net.groups[1], "pulse"): lambda t: 1.0 * (t in (3 * DT, 7 * DT))}
    for steps in partition:
        net.run(steps * DT, inputs=pulses, backend=backend, threads=threads)
    return net


def test_each_number_follows_the_contract(backend):
    net = run(backend)
    seen = {name: net.s[name].values for name in net.s.data_vars}
    for synapse, (pre, delay) in enumerate(zip(PRE, DELAYS, strict=True)):
        arrivals = [step + delay for step in FIRED[pre] if step + delay <= STEPS]
        last = max(arrivals) - 1
        assert seen["came"][-1, synapse] == uniform(synapse, last)
        assert seen["again"][-1, synapse] == uniform(synapse, last)
        u = drawn("k", random.shared_uniform, synapse, last)
        assert seen["counted"][-1, synapse] == random.poisson(synapse + 0.5, np.array([u]), 60)[0]
        coin = drawn("b", random.uniform, SLICE[POST[synapse]], 7) < 0.5
        assert seen["reacted"][-1, synapse] == uniform(synapse, 7) + 2.0 * coin
        coin = drawn("b", random.uniform, SLICE[POST[synapse]], 4) < 0.5
        assert seen["stepped"][4, synapse] == uniform(synapse, 4) + 4.0 * coin
    normals = [drawn("z", random.normal, neuron, 4) for neuron in range(3)]
    np.testing.assert_allclose(seen["normals"][4], normals, rtol=1e-14)
    coins = [drawn("b", random.uniform, neuron, 4) < 0.5 for neuron in SLICE]
    assert seen["coins"][4].tolist() == coins
    sums = np.zeros(4)
    for synapse in np.lexsort((POST, PRE)):
        sums[SLICE[POST[synapse]]] += uniform(synapse, 0) * DT
    np.testing.assert_allclose(net.c.total.values[0], sums, rtol=1e-15)


def test_spikes_are_released_with_their_probability():
    """Each synapse of 40 x 50 at 50 steps, within five standard errors."""
    source = Source(40, np.repeat(np.arange(1, 51), 40) * DT, np.tile(np.arange(40), 50))
    cells = Cell(50)
    syn = Chance(source, cells, connect=bk.connect.all_to_all(), p=0.3, delay=DT)
    net = bk.Network(source, cells, syn, dt=DT, seed=2)
    net.run(51 * DT)
    released = cells.x / 2000.0
    assert abs(released.mean() - 0.3) < 5 * np.sqrt(0.21 / 100_000)
    assert released.std() < 2 * np.sqrt(0.21 / 2000)


def test_a_cut_run_draws_what_a_whole_one_draws(backend):
    whole, cut = run(backend), run(backend, partition=(1, 4, 7))
    for name in ("s", "c"):
        for variable, values in getattr(whole, name).data_vars.items():
            np.testing.assert_array_equal(getattr(cut, name)[variable].values, values.values)


def test_threads_draw_the_same_numbers():
    pytest.importorskip("brainkernel_numba")
    one, two = run("numba"), run("numba", threads=2)
    for name in ("s", "c"):
        for variable, values in getattr(one, name).data_vars.items():
            np.testing.assert_array_equal(getattr(two, name)[variable].values, values.values)


def test_other_delays_draw_the_same_numbers():
    """Where a synapse lies in its table depends on its delay; its number does not."""
    one, other = run("numpy"), run("numpy", delay=DELAYS[::-1] * DT)
    np.testing.assert_array_equal(one.s.stepped.values, other.s.stepped.values)


def test_a_parameter_of_a_draw_can_be_set():
    net = network(mean=0.0)
    syn = net.projections[0]
    net.run(6 * DT)
    assert np.all(net.s.counted.values == 0.0)
    syn.mean = 400.0
    net.run(6 * DT)
    assert net.s.counted.values[-1].max() > 300.0
    with pytest.raises(ValueShapeError, match=r"syn\.p.*0 to 1"):
        syn.p = 1.5


def model(body):
    return type("Drawing", (bk.Synapse,), {"__doc__": "A synapse.", **body})


def test_events_are_for_neurons():
    with pytest.raises(ModelError, match=r"e: events are drawn for neurons.*bernoulli"):
        model({"rate": bk.parameter(1.0, unit="Hz"), "e": bk.event("rate")})


def test_a_mean_must_be_known_where_it_is_drawn():
    body = {"mean": bk.parameter(1.0, per="synapse"), "k": bk.poisson("mean", per="pre")}
    with pytest.raises(ModelError, match=r"k is one number per 'pre', but mean is per 'synapse'"):
        model(body)


def test_whole_arrays_have_no_random_number_of_one_element():
    with pytest.raises(ModelError, match=r"Whole\.scale .* random numbers are drawn for single"):

        class Whole(bk.Synapse):
            """A function of whole arrays that names a random number."""

            u = bk.uniform()
            w = bk.state(0.0, per="synapse")

            @bk.step("w", on="group")
            def scale(w, u):
                return w + u
