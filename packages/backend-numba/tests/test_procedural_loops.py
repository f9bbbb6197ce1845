"""Compiled loops draw synapses again, each thread its own, to the last bit as stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel_neurons import LIF, PoissonGroup
from brainkernel_synapses import AMPA, VoltageJump

pytestmark = pytest.mark.filterwarnings("ignore:threads=")
NORMAL, UNIFORM = bk.connect.drawn_normal(0.9, 0.3), bk.connect.drawn_uniform(0.1, 2.0)


def network(procedural, sizes, p, weight, delay, autapses, low, dtype="float64"):
    """Poisson neurons onto others, connected among themselves by jumps and conductances."""
    pre, post = PoissonGroup(sizes[0], rates=400.0, name="pre"), LIF(sizes[1], name="post")
    low = min(low, sizes[1] - 1)

    def rule(**options):
        return bk.connect.fixed_prob(p, procedural=procedural, **options)

    onto = VoltageJump(pre, post, connect=rule(), delay=delay, weight=weight, name="onto")
    back = AMPA(
        post[low:], post, connect=rule(autapses=autapses), delay=0.5, weight=weight, name="back"
    )
    spikes, traces = bk.SpikeMonitor(post), bk.StateMonitor(post, ["V"])
    return bk.Network(
        pre, post, onto, back, spikes=spikes, traces=traces, dt=0.1, seed=5, dtype=dtype
    )


def check_equal(stored, drawn, values=("sources", "targets", "weight")):
    assert np.array_equal(stored.spikes.neuron, drawn.spikes.neuron)
    assert np.array_equal(stored.spikes.time, drawn.spikes.time)
    assert np.array_equal(stored.traces.V, drawn.traces.V)
    for one, other in zip(stored.projections, drawn.projections, strict=True):
        for name in values:
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 60), st.integers(1, 300)),
    p=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999)),
    weight=st.sampled_from([1.0, NORMAL, UNIFORM]),
    delay=st.sampled_from([0.0, 0.1, 1.5]),
    autapses=st.booleans(),
    low=st.integers(0, 100),
    threads=st.integers(1, 3),
)
def test_any_number_of_threads_draws_what_is_stored(threads, **options):
    stored, drawn = network(False, **options), network(True, **options)
    stored.run(20.0, backend="numba", threads=1)
    drawn.run(20.0, backend="numba", threads=threads)
    check_equal(stored, drawn)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("threads", [1, 3])
def test_rows_longer_than_what_is_drawn_at_a_time(threads, dtype):
    options = {
        "sizes": (20, 5000),
        "p": 0.7,
        "weight": NORMAL,
        "delay": 0.1,
        "autapses": False,
        "low": 30,
    }
    stored, drawn = network(False, **options, dtype=dtype), network(True, **options, dtype=dtype)
    stored.run(20.0, backend="numba", threads=1)
    drawn.run(20.0, backend="numba", threads=threads)
    assert drawn.spikes.sizes["spike"] > 1000
    check_equal(
        stored,
        drawn,
        ("sources", "targets") if dtype == "float32" else ("sources", "targets", "weight"),
    )
