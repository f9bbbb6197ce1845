"""Synapses drawn again at each spike give the network that stores them, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_models import DT, Gate, Ramp, Source

import brainkernel as bk
from brainkernel.errors import ConnectError
from brainkernel.model.redrawing import RowWalk

NORMAL = bk.connect.drawn_normal(0.5, 0.25)
UNIFORM = bk.connect.drawn_uniform(0.1, 0.9)
STEPS = 30


def both(make, backend="numpy", **options):
    """Run a network that stores its synapses, and the one that does not."""
    nets = [make(procedural) for procedural in (False, True)]
    for net in nets:
        net.run(STEPS * DT, backend=backend, **options)
    return nets


def check_equal(stored, drawn):
    for name in stored.monitors:
        for column, values in getattr(stored, name).variables.items():
            assert np.array_equal(values, getattr(drawn, name)[column]), (name, column)
    for one, other in zip(stored.projections, drawn.projections, strict=True):
        for name in ("sources", "targets", "delays", "weight"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def layered(procedural, sizes, p, weights, delays, autapses, low, **options):
    """Sources with three spikes each onto neurons that fire and excite a slice of one another."""
    n, m = sizes
    steps = np.random.default_rng(1).permuted(np.tile(np.arange(1, STEPS - 4), (n, 1)), axis=1)[
        :, :3
    ]
    pre, post = (
        Source(n, steps.ravel() * DT, np.repeat(np.arange(n), 3), name="pre"),
        Ramp(m, V_th=4.0, name="post"),
    )

    def rule(**more):
        return bk.connect.fixed_prob(p, procedural=procedural, **more)

    onto = Kick(pre, post, connect=rule(), delay=delays[0], weight=weights[0], name="onto")
    low = min(low, m - 1)
    back = Push(
        post[low:],
        post[: m - low // 2],
        connect=rule(autapses=autapses),
        delay=delays[1],
        weight=weights[1],
    )
    spikes, traces = bk.SpikeMonitor(post), bk.StateMonitor(post, ["V"])
    return bk.Network(pre, post, onto, back, spikes=spikes, traces=traces, dt=DT, seed=7, **options)


class Kick(bk.Synapse):
    """Raises the potential."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("V_post")
    def kick(V_post, weight):
        return V_post + weight


class Push(bk.Synapse):
    """Raises it towards a limit: the order of what arrives counts."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.on_pre("V_post")
    def push(V_post, weight):
        return V_post + weight * (5.0 - V_post)


WEIGHTS = st.sampled_from([0.25, NORMAL, UNIFORM])
DELAYS = st.sampled_from([0.0, DT, 4 * DT])
NETWORKS = {
    "sizes": st.tuples(st.integers(1, 40), st.integers(1, 90)),
    "p": st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999)),
    "weights": st.tuples(WEIGHTS, WEIGHTS),
    "delays": st.tuples(DELAYS, DELAYS),
    "autapses": st.booleans(),
    "low": st.integers(0, 40),
}


@settings(max_examples=60, deadline=None)
@given(**NETWORKS)
def test_nothing_tells_whether_synapses_are_stored(**network):
    stored, drawn = both(lambda procedural: layered(procedural, **network))
    check_equal(stored, drawn)


def test_the_compared_networks_fire():
    network = {
        "sizes": (40, 90),
        "p": 0.5,
        "weights": (NORMAL, 0.25),
        "delays": (0.0, DT),
        "autapses": False,
    }
    stored, drawn = both(lambda procedural: layered(procedural, low=0, **network))
    assert drawn.spikes.sizes["spike"] > 100
    check_equal(stored, drawn)


def test_weights_in_32_bits_are_rounded_as_stored_ones():
    network = {
        "sizes": (40, 90),
        "p": 0.5,
        "weights": (NORMAL, UNIFORM),
        "delays": (0.0, DT),
        "autapses": False,
    }
    stored, drawn = both(lambda procedural: layered(procedural, low=3, dtype="float32", **network))
    for name in ("spikes", "traces"):
        for column, values in getattr(stored, name).variables.items():
            assert np.array_equal(values, getattr(drawn, name)[column])


def simple(
    model=Kick, size=50, pre=slice(None), delay=None, autapses=True, procedural=True, **values
):
    group, post = Gate(size, name="pre"), Ramp(size, name="post")
    rule = bk.connect.fixed_prob(0.2, autapses=autapses, procedural=procedural)
    return bk.Network(
        group, post, model(group[pre], post, connect=rule, delay=delay, name="syn", **values), dt=DT
    )


class Learning(Kick):
    """Keeps a state for each synapse."""

    w = bk.state(0.0, per="synapse")

    @bk.on_pre("w")
    def count(w):
        return w + 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": Learning}, "keeps states"),
        ({"delay": lambda rng: bk.on_grid(rng.uniform(DT, 1.0), DT)}, "one number for all"),
        ({"pre": slice(0, 50, 2)}, "contiguous slice"),
        ({"weight": lambda rng: rng.normal(1.0, 0.1)}, r"drawn_normal\(mean, std\)"),
        ({"weight": np.ones(7)}, r"drawn_uniform\(low, high\)"),
        ({"dendritic_delay": DT}, "dendritic delay"),
    ],
)
def test_what_cannot_be_drawn_again_is_refused_before_anything_is_drawn(
    options, message, monkeypatch
):
    net = simple(**options)
    monkeypatch.setattr(RowWalk, "counts", lambda *_: pytest.fail("something was drawn"))
    with pytest.raises(ConnectError, match=message):
        net.build  # noqa: B018 - makes the network ready


def test_a_new_weight_is_one_number():
    net = simple(weight=NORMAL)
    (syn,) = net.projections
    with pytest.raises(ConnectError, match="stores no weight"):
        syn.weight = np.zeros(syn.targets.size)
    assert np.std(syn.weight) > 0.1
    syn.weight = 0.5
    assert syn.weight == 0.5


@pytest.mark.filterwarnings("ignore:every neuron")
def test_a_new_weight_is_delivered():
    def make(procedural):
        return layered(procedural, (9, 30), 0.5, (NORMAL, 0.25), (0.0, DT), True, 0)

    nets = both(make)
    for net in nets:
        net.projections[0].weight = -0.5
        net.run(STEPS * DT, backend="numpy")
    check_equal(*nets)


@pytest.mark.parametrize("numbers", [(0.0, -1.0), (np.nan, 1.0), ("a", 1.0)])
def test_values_are_drawn_from_distributions_that_there_are(numbers):
    with pytest.raises(ConnectError, match="drawn_normal has"):
        bk.connect.drawn_normal(*numbers)


def test_bounds_of_uniform_values_rise():
    with pytest.raises(ConnectError, match="above high"):
        bk.connect.drawn_uniform(1.0, 0.0)


def test_no_synapse_takes_a_byte():
    net = simple(size=1000, weight=NORMAL)
    expected = net.memory()
    assert net.projections[0].targets.size > 150_000
    net.run(DT, backend="numpy")
    counted = net.memory()
    for memory in (expected, counted):
        assert [memory.by_part.get(part, 0) for part in ("targets", "delays")] == [0, 0]
        assert memory.by_part.get("weights", 0) < 100
    assert expected.building == 0
    assert counted.by_part["rows"] == pytest.approx(expected.by_part["rows"], rel=0.1)
