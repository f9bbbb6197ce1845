"""Events are drawn as defined: by products of chances to be silent, in sixteens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel.errors import ValueShapeError
from brainkernel.random import stream_key, uniform
from brainkernel_neurons import PoissonGroup

DT = 0.1
BACKENDS = ["numpy", "numba", "jax"]


def number(key, element, step):
    return uniform(*key, np.full(1, element, np.uint32), np.full(1, step, np.uint32))[0]


def by_definition(rates, seed, name, steps):
    """Walk along each sixteen neurons, in plain Python."""
    key = stream_key(seed, f"{name}.event")
    found = set()
    for step in range(steps):
        for first in range(0, len(rates), 16):
            count, silent = 0, 1.0
            u = number(key, first, step)
            for neuron in range(first, min(first + 16, len(rates))):
                silent = silent * (1.0 - rates[neuron] * DT * 1e-3)
                if silent <= u:
                    found.add((step + 1, neuron))
                    count, silent = count + 1, 1.0
                    u = number(key, first + count, step)
    return found


def raster(dataset):
    steps = np.rint(dataset.time.values / DT).astype(int).tolist()
    return set(zip(steps, dataset.neuron.values.tolist(), strict=True))


def fired(rates, seed, backend, parts, **options):
    group = PoissonGroup(len(rates), rates=rates, name="sources")
    net = bk.Network(group, dt=DT, seed=seed, spikes=bk.SpikeMonitor(group))
    for steps in parts:
        net.run(steps * DT, backend=backend, **options)
    return raster(net.spikes)


RATES = st.sampled_from([0.0, 1.0, 40.0, 900.0, 5000.0, 1e4])


@settings(max_examples=12, deadline=None)
@given(
    rates=st.lists(RATES, min_size=1, max_size=70),
    seed=st.integers(0, 2**64 - 1),
    threads=st.integers(1, 3),
)
def test_every_backend_draws_by_definition(rates, seed, threads):
    expected = by_definition(rates, seed, "sources", 12)
    assert fired(rates, seed, "numpy", (12,)) == expected
    assert fired(rates, seed, "numba", (5, 7), threads=threads) == expected
    assert fired(rates, seed, "jax", (12,)) == expected


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_rate_is_that_rate_for_each(backend):
    each = fired(np.full(50, 700.0), 3, backend, (40,))
    assert each == fired(np.full(50, 700.0)[:1].repeat(50), 3, backend, (40,))
    group = PoissonGroup(50, rates=700.0, name="sources")
    net = bk.Network(group, dt=DT, seed=3, spikes=bk.SpikeMonitor(group))
    net.run(40 * DT, backend=backend)
    assert raster(net.spikes) == each
    assert len(each) == pytest.approx(50 * 40 * 0.07, abs=4 * np.sqrt(140))


def test_neighbours_and_steps_are_independent():
    group = PoissonGroup(4800, rates=1000.0)
    net = bk.Network(group, dt=DT, spikes=bk.SpikeMonitor(group))
    steps = 400
    net.run(steps * DT, backend="numba")
    hits = np.zeros((steps, 4800))
    hits[np.rint(net.spikes.time.values / DT).astype(int) - 1, net.spikes.neuron.values] = 1.0
    lanes = hits.reshape(steps, -1, 16) - 0.1
    error = 5 / np.sqrt(steps * 300)
    correlation = np.einsum("srl,srm->lm", lanes, lanes) / (steps * 300 * 0.09)
    assert np.all(np.abs(correlation - np.eye(16)) < error * np.where(np.eye(16), 3, 1))
    later = np.einsum("srl,srm->lm", lanes[1:], lanes[:-1]) / ((steps - 1) * 300 * 0.09)
    assert np.all(np.abs(later) < error)
    of_next_run = np.einsum("srl,srm->lm", lanes[:, 1:], lanes[:, :-1]) / (steps * 299 * 0.09)
    assert np.all(np.abs(of_next_run) < error)


class Pulses(bk.Neuron):
    """Counts its events."""

    rate = bk.parameter(unit="Hz")
    x = bk.state(0.0)
    event = bk.event("rate")

    @bk.step("x")
    def count(x, event):
        return x + event


@pytest.mark.parametrize("backend", BACKENDS)
def test_rates_may_change_between_runs(backend):
    cells = Pulses(2000, rate=0.0, name="cells")
    net = bk.Network(cells, dt=DT)
    net.run(10.0, backend=backend)
    assert np.all(cells.x == 0.0)
    cells[:500].rate = 1e3 / DT
    net.run(10.0, backend=backend)
    assert np.all(cells.x[:500] == 100.0)
    assert np.all(cells.x[500:] == 0.0)
    cells.rate = 50.0
    net.run(10.0, backend=backend)
    assert cells.x[500:].sum() == pytest.approx(750.0, abs=5 * np.sqrt(750))


@pytest.mark.parametrize("rate", [-1.0, 10001.0, np.array([1.0, 2e4])])
def test_rates_that_no_step_can_hold_are_refused(rate):
    net = bk.Network(Pulses(2, rate=rate, name="cells"), dt=DT)
    with pytest.raises(ValueShapeError, match=r"rate = .* Hz: .* from 0 to 10000 Hz"):
        net.run(1.0)


def test_entries_of_a_batch_have_events_of_their_own():
    group = PoissonGroup(100, rates=100.0)
    net = bk.Network(group, dt=DT, rate=bk.RateMonitor(group, every=DT))
    rates = net.run(5.0, batch={"seed": [1, 2, 3]}, backend="numba")["rate"].rate
    assert np.unique(rates.values, axis=rates.dims.index("batch")).shape == rates.shape
    assert np.all(rates.sum("time") > 0)


def test_a_pure_function_draws_them_too():
    jax = pytest.importorskip("jax")
    import brainkernel_jax

    group = PoissonGroup(40, rates=800.0, name="sources")
    net = bk.Network(
        group, dt=DT, seed=5, spikes=bk.SpikeMonitor(group), rate=bk.RateMonitor(group, every=DT)
    )
    with jax.enable_x64(True):
        function = brainkernel_jax.function(net, 20 * DT)
        rate = np.asarray(function()[1]["rate"]["rate"])
        keys = [function.keys_of(seed) for seed in (5, 6, 7)]
        stacked = jax.tree.map(lambda *parts: np.stack(parts), *keys)
        many = np.asarray(jax.vmap(lambda keys: function(keys=keys)[1]["rate"]["rate"])(stacked))
        slope = jax.grad(
            lambda rates: function({"sources": {"rates": rates}})[1]["rate"]["rate"].sum()
        )(800.0)
    expected = by_definition([800.0] * 40, 5, "sources", 20)
    counts = np.bincount([step - 1 for step, _ in expected], minlength=20)
    np.testing.assert_allclose(rate.ravel() * 40 * DT * 1e-3, counts, atol=1e-9)
    np.testing.assert_array_equal(many[0], rate)
    assert len({tuple(each.ravel()) for each in many}) == 3
    assert slope == 0.0
