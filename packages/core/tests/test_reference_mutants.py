"""Does comparison with the reference find faults in what lays networks out?

Each is planted there, and found.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.lowering import compiled_network as build
from brainkernel.lowering import connect_projections, delays, resolve, stored_connectivity
from brainkernel.lowering import connectivity as wiring
from brainkernel.lowering import derived_constants as derived
from brainkernel.lowering import fill_arrays as assemble
from brainkernel.lowering import fill_tables as tables
from brainkernel.lowering import lower as flatten
from brainkernel.lowering import neuron_blocks as flatten_blocks
from brainkernel.lowering import synapse_blocks as flatten_edges
from brainkernel.testing.beside import SideBySide
from brainkernel.testing.models import Source

DT = 0.125


class Cell(bk.Neuron):
    """Fires, rests, counts, and rolls dice."""

    k = bk.parameter(0.25)
    t_ref = bk.parameter(0.0)
    V = bk.state(0.0)
    x = bk.state(0.0)
    y = bk.state(0.0)
    I = bk.input()
    u = bk.uniform()
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(I, k):
        return I + k

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def after_spike(V):
        return 0.0 * V

    @bk.step("y")
    def roll(u):
        return u + 0.0


class Riser(bk.Neuron):
    """Fires where it rises through its threshold."""

    V = bk.state(2.0)
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(I):
        return I

    @bk.threshold(crossing=True)
    def fires(V):
        return V - 1.0


class Hands(bk.Synapse):
    """Hands on its weight, which the target keeps."""

    weight = bk.parameter(1.0, per="synapse")
    gain = bk.parameter(1.0, per="post")
    g = bk.state(0.0, per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.adds_to("I")
    def current(g, gain):
        return 0.25 * g * gain


class Learns(bk.Synapse):
    """Learns from both ends."""

    w = bk.state(1.0, per="synapse")
    p = bk.state(0.0, per="pre")
    q = bk.state(0.0, per="post")

    @bk.on_pre("w")
    def depress(w, q):
        return w - 0.125 * q

    @bk.on_pre("p")
    def trace_pre(p):
        return p + 1.0

    @bk.on_pre("x_post")
    def hand_on(x_post, w, p):
        return x_post + w + 8.0 * p

    @bk.on_post("w")
    def potentiate(w, p):
        return w + 0.25 * p

    @bk.on_post("q")
    def trace_post(q):
        return q + 1.0


class Late(bk.Synapse):
    """Hands on what it has learnt, over a dendrite."""

    w = bk.state(1.0, per="synapse")

    @bk.on_pre("x_post")
    def hand_on(x_post, w):
        return x_post + 16.0 * w

    @bk.on_post("w")
    def grow(w):
        return w + 1.0


class Pulls(bk.Synapse):
    """Acts at each step."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.adds_to("I")
    def pull(weight, x_pre):
        return weight * x_pre * 0.0078125


def network() -> tuple[bk.Network, dict]:
    """Groups of two models, slices of them, and synapses of every kind between them."""
    times = np.array([1, 3, 3, 6, 8, 9, 13]) * DT
    source = Source(3, times, [0, 1, 2, 0, 2, 1, 0], name="source")
    a = Cell(
        4,
        method="euler",
        k=[0.5, 0.25, 1.0, 0.75],
        t_ref=[0.0, 0.25, 0.5, 0.125],
        V=[0.0, 0.5, 0.25, 0.75],
        name="a",
    )
    b = Cell(3, method="euler", k=0.125, t_ref=0.25, V=0.125, name="b")
    riser = Riser(2, method="euler", V=[2.0, 0.0], name="riser")
    other = Riser(2, method="euler", V=[0.5, 0.0], name="other")
    pairs = bk.connect.from_ij([2, 0, 1, 0, 2, 1], [0, 2, 1, 0, 1, 2])
    weights, delays = np.arange(1, 7) / 4, np.array([3, 1, 0, 2, 1, 5]) * DT
    hands = Hands(
        source,
        a[3:0:-1],
        connect=pairs,
        weight=weights,
        delay=delays,
        gain=[1.0, 2.0, 0.5],
        name="hands",
    )
    back = Hands(a[1:], b, connect=pairs, weight=weights[::-1], delay=2 * DT, name="back")
    learns = Learns(a[np.array([3, 0, 2])], b, connect=pairs, w=weights, delay=DT, name="learns")
    late = Late(
        b,
        a,
        connect=bk.connect.all_to_all(),
        dendritic_delay=3 * DT,
        delay=DT,
        w=np.arange(12) / 4,
        name="late",
    )
    pulls = Pulls(
        a[:3], riser, connect=bk.connect.all_to_all(), weight=np.arange(1, 7), name="pulls"
    )
    monitors = {
        "of_a": bk.StateMonitor(a, ["V", "x", "y"]),
        "of_b": bk.StateMonitor(b, ["V", "x", "y"]),
        "of_learns": bk.StateMonitor(learns, ["w", "p", "q"]),
        "spikes_a": bk.SpikeMonitor(a),
        "spikes_b": bk.SpikeMonitor(b),
        "spikes": bk.SpikeMonitor(riser),
    }
    members = (source, a, b, riser, other, hands, back, learns, late, pulls)
    return bk.Network(*members, dt=DT, seed=1, **monitors), {
        a[1:3]: 1.0,
        b: [2.0, 1.0, 3.0],
        riser: 1.0,
    }


def play() -> None:
    net, inputs = network()
    both = SideBySide(net, exact=True)
    both.run(16 * DT, inputs)
    both.check()
    assert sum(map(len, both.reference.spikes.values())) > 8  # or this says little


def changed(module, name, change):
    """Let a function's result go through another one."""

    def plant(monkeypatch):
        original = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *given, **options: change(original(*given, **options), *given)
        )

    return plant


def put(module, name, function):
    """Put another function in its place."""
    return lambda monkeypatch: monkeypatch.setattr(module, name, function)


def a_step_more(steps, time, dt, what, *_):
    return steps + 1 if what.startswith("the delay of back") else steps


def once_first(event, *_):
    return replace(event, before=(*event.after, *event.before), after=())


def each_once(event, *_):
    return replace(event, each=(*event.each, *event.before, *event.after), before=(), after=())


def a_row_longer(filled, *_):
    rows = filled.rows.copy()
    rows[np.flatnonzero(np.diff(rows) > 0)[0]] += 1
    return replace(filled, rows=rows)


def columns_turned(*given):
    COLUMNS(*given)
    program, laid_out, synapse_block, _ = given
    incoming = tables.part(program, laid_out.stores, f"{synapse_block.name}_incoming")
    incoming[:] = np.roll(incoming, 1)


COLUMNS = tables._fill_columns


def without_dendrite(connectivities, *_):
    connectivities.dendritic = 0
    return connectivities


def both_at_source(connectivities, *_):
    connectivities.delays = tuple(
        delay + connectivities.dendritic for delay in connectivities.delays
    )
    connectivities.dendritic = 0
    return connectivities


FAULTS = {
    "values in stored order instead of the user's": put(
        wiring.Connectivity, "stored", lambda connectivities, values: values
    ),
    "values are read in stored order": put(
        wiring.Connectivity, "by_user", lambda connectivities, values: values
    ),
    "a slice of targets taken for its group": put(
        stored_connectivity, "_is_whole", lambda end: True
    ),
    "values of a slice in the order of its group": changed(
        resolve, "end_values", lambda v, *_: np.sort(v) if np.ndim(v) else v
    ),
    "delays by the wrong index": changed(delays, "_distinct", lambda d, *_: (d[0], d[1][::-1])),
    "delays in the wrong order": changed(delays, "_distinct", lambda d, *_: (d[0][::-1], d[1])),
    "a delay one step too long": changed(delays, "whole_steps", a_step_more),
    "a dendritic delay forgotten": changed(connect_projections, "connect", without_dendrite),
    "a dendritic delay on the wrong side of a synapse that learns": changed(
        connect_projections, "connect", both_at_source
    ),
    "a synapse in the row before its own": changed(build, "tables_of", a_row_longer),
    "incoming synapses in the wrong order": put(tables, "_fill_columns", columns_turned),
    "a refractory period one step short": changed(
        derived, "_refractory_steps", lambda s, *_: np.maximum(s - 1, 0)
    ),
    "the stream of a draw from the model's name": changed(
        flatten.Roster, "stream", lambda name, roster, group, draw: f"Cell.{draw}"
    ),
    "two groups with one stream": changed(
        flatten.Roster, "stream", lambda name, *_: name.replace("b.", "a.")
    ),
    "a second group in the place of the first": put(
        assemble, "group_range", lambda block, group: slice(0, group.size)
    ),
    "parameters of neurons in the wrong order": changed(
        assemble, "_column", lambda values, *_: values[::-1]
    ),
    "an exceeded threshold counts as a crossing": put(assemble, "settle", lambda *_: None),
    "what happens once a spike comes too early": changed(flatten_edges, "_event", once_first),
    "what happens once a spike happens for each synapse": changed(
        flatten_edges, "_event", each_once
    ),
    "the currents of a block's synapses are left out": changed(
        flatten_blocks, "_equations", lambda equations, *_: replace(equations, currents=())
    ),
    "nothing is held": changed(
        flatten,
        "block_of",
        lambda block, *_: replace(block, held=(), equations=replace(block.equations, held=())),
    ),
}


def test_the_network_follows_the_reference():
    play()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault, monkeypatch):
    FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError):
        play()
