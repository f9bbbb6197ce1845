"""Not a bit depends on the number of threads: spikes, traces, weights, whatever a program holds."""

import itertools
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brainkernel as bk
from brainkernel.base.worker_threads import cores
from brainkernel.errors import BackendError
from brainkernel.program.partition import HEAD
from brainkernel_neurons import LIF, LIFExpCurrent, PoissonGroup
from brainkernel_numba.barrier import ABANDONED, GATE, meet
from brainkernel_numba.threads import together
from brainkernel_synapses import (
    AMPA,
    CurrentJump,
    GapJunction,
    PairSTDP,
    TripletSTDP,
    VoltageJump,
)
from brainkernel_synapses.tsodyks_markram import ShortTermPlasticity

pytestmark = pytest.mark.filterwarnings("ignore:threads=")
THREADS = [1, 2, 3, 4]


class PlasticAMPA(PairSTDP, AMPA):
    """AMPA synapses that learn."""


class TripletAMPA(TripletSTDP, AMPA):
    """AMPA synapses that learn from triplets."""


class DepressingAMPA(ShortTermPlasticity, AMPA):
    """AMPA synapses that tire."""


class Following(bk.Synapse):
    """What a spike brings depends on its source's V, which other spikes change in the same step."""

    weight = bk.parameter(0.01, per="synapse")

    @bk.on_pre("V_post")
    def push(V_post, V_pre, weight):
        return V_post + weight * (V_pre - V_post)


class Normalised(bk.Neuron):
    """A group that looks at itself as a whole at each step."""

    tau = bk.parameter(10.0, unit="ms")
    x = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dx(x, I, tau):
        return (I - x) / tau

    @bk.step("x", on="group")
    def share(x):
        return x - 0.1 * np.mean(x)

    @bk.threshold
    def fires(x):
        return x - 0.5

    @bk.reset("x")
    def after(x):
        return 0.0 * x


def many_delays(rng, dt):
    return bk.on_grid(rng.uniform(0.0, 6.0), dt)


def few_delays(rng, dt):
    return bk.on_grid(rng.integers(0, 4), dt)


def everything(seed):
    """Noise, Poisson input, three kinds of plasticity, gap junctions, slices, both delays."""
    noisy = LIF(70, name="noisy", noise=2.0, V=lambda rng: rng.uniform(-70, -50), tau=15.0)
    other = LIF(
        33,
        name="other",
        noise=2.0,
        V=lambda rng: rng.uniform(-70, -50),
        tau=lambda rng: rng.uniform(10, 20),
    )
    poisson = PoissonGroup(50, name="poisson", rates=40.0)
    sparse = bk.connect.fixed_prob(0.3)
    members = [noisy, other, poisson]
    members += [
        PlasticAMPA(poisson, noisy, connect=sparse, name="stdp", delay=0.3, w_max=3.0, weight=1.0),
        TripletAMPA(noisy, other, connect=sparse, name="triplet", weight=0.5),
        PlasticAMPA(
            noisy,
            other,
            connect=sparse,
            name="dendritic",
            delay=0.2,
            dendritic_delay=1.1,
            weight=0.7,
        ),
        TripletAMPA(
            noisy,
            noisy[7:],
            connect=sparse,
            name="back",
            dendritic_delay=0.5,
            weight=0.4,
            w_max=2.0,
        ),
        DepressingAMPA(
            other, noisy, connect=sparse, name="later", delay=few_delays, dendritic_delay=0.7
        ),
        DepressingAMPA(noisy, noisy, connect=sparse, name="tired", weight=2.0),
        AMPA(
            noisy[:40],
            other[5:],
            connect=sparse,
            name="far",
            weight=lambda rng: rng.uniform(0, 2),
            delay=many_delays,
        ),
        AMPA(other, noisy, connect=sparse, name="near", weight=1.5, delay=few_delays),
        VoltageJump(
            poisson,
            other,
            connect=sparse,
            name="jump",
            weight=lambda rng: rng.normal(0.5, 1),
            delay=many_delays,
        ),
        GapJunction(noisy, noisy, connect=bk.connect.fixed_prob(0.1), name="gap"),
        Following(other, other, connect=sparse, name="following", delay=few_delays),
    ]
    return bk.Network(
        *members,
        seed=seed,
        spikes=bk.SpikeMonitor(noisy),
        others=bk.SpikeMonitor(other),
        rate=bk.RateMonitor(noisy, every=1.0),
        V=bk.StateMonitor(noisy, ["V", "spike"], neurons=[3, 60, 11], every=0.3),
        weights=bk.StateMonitor(members[3], "weight", every=2.0),
        traces=bk.StateMonitor(members[3], "r1", every=2.0),
    )


def outcome(net, threads, durations=(17.0, 23.0), inputs=None):
    """All that a network knows after some runs, each on another number of threads."""
    net.reset()
    for number, duration in enumerate(durations):
        net.run(duration, backend="numba", threads=threads[number % len(threads)], inputs=inputs)
    records = [getattr(net, name).copy() for name in net.monitors]
    return records, net.state.values.copy(), net.state.arriving.copy()


def assert_same(one, other):
    for a, b in zip(one[0], other[0], strict=True):
        assert a.drop_attrs().identical(b.drop_attrs())
    assert one[1].tobytes() == other[1].tobytes()
    assert one[2].tobytes() == other[2].tobytes()


@pytest.mark.parametrize("seed", [0, 1])
def test_threads_change_no_bit(seed):
    net = everything(seed)
    group = net.groups[0]
    drive = {group: bk.TimedArray(np.linspace(0, 300, 400 * 70).reshape(400, 70), 0.1)}
    alone = outcome(net, [1], inputs=drive)
    assert alone[0][0].sizes["spike"] > 200 and alone[0][1].sizes["spike"] > 50
    assert np.ptp(alone[0][4].weight.values) > 0.1
    for threads in THREADS[1:]:
        assert_same(alone, outcome(net, [threads], inputs=drive))
    assert_same(alone, outcome(net, [3, 1], inputs=drive))
    assert_same(alone, outcome(net, [2, 4], inputs=drive))


def test_numba_agrees_with_the_reference_on_all_of_it():
    net = everything(2)
    net.run(20.0, backend="numpy")
    spikes, weights = net.spikes, net.weights
    net.reset()
    net.run(20.0, backend="numba", threads=3)
    np.testing.assert_array_equal(spikes.neuron, net.spikes.neuron)
    np.testing.assert_array_equal(spikes.time, net.spikes.time)
    np.testing.assert_allclose(weights.weight, net.weights.weight, rtol=1e-10)


def test_what_sees_a_whole_group_waits_for_all_of_it():
    group = Normalised(100, x=lambda rng: rng.uniform(0, 0.5))
    net = bk.Network(group, spikes=bk.SpikeMonitor(group), x=bk.StateMonitor(group, "x"))
    drive = {group: np.linspace(0.5, 3.0, 100)}
    alone = outcome(net, [1], inputs=drive)
    for threads in THREADS[1:]:
        assert_same(alone, outcome(net, [threads], inputs=drive))


def microcircuit(sizes, seed):
    """Groups of one model, all connected with all, which share one table."""
    groups = [
        LIFExpCurrent(n, name=f"g{k}", V=lambda rng: rng.uniform(-65, -45))
        for k, n in enumerate(sizes)
    ]
    synapses = [
        CurrentJump(
            a,
            b,
            connect=bk.connect.fixed_prob(0.2),
            weight=lambda rng: rng.normal(100, 30),
            delay=many_delays,
        )
        for a in groups
        for b in groups
    ]
    return bk.Network(*groups, *synapses, *(bk.SpikeMonitor(group) for group in groups), seed=seed)


@settings(max_examples=12, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    seed=st.integers(0, 2**32),
    threads=st.lists(st.integers(1, 6), min_size=1, max_size=3),
)
def test_groups_of_any_size_are_cut_anywhere(sizes, seed, threads):
    net = microcircuit(sizes, seed)
    drive = {group: 600.0 for group in net.groups}
    alone = outcome(net, [1], (5.0, 3.0, 6.0), drive)
    assert_same(alone, outcome(net, threads, (5.0, 3.0, 6.0), drive))


def test_projections_of_one_model_into_one_variable_share_one_table():
    net = microcircuit([30, 20, 10], 0)
    (synapse_block,) = net.program().synapse_blocks
    assert len(synapse_block.projections) == 9 and len(synapse_block.heads) == 1
    assert (
        synapse_block.ring == 16
        and len(synapse_block.heads[0].delays) == 4
        and synapse_block.targets == "targets16"
        and synapse_block.steps == "steps8"
    )
    assert net.build.tables.stores["targets16"].size == sum(
        p.size for p in synapse_block.projections
    )


def test_each_synapse_belongs_to_one_thread():
    net = microcircuit([50, 31], 3)
    partition = net.build.partition(3)
    assert partition.spans[0, 0, 0] == 0 and partition.spans[-1, 0, 1] == 81
    row, parts = (int(partition.heads[0, HEAD.index(name)]) for name in ("row", "parts"))
    rows = partition.rows[row:]
    targets = net.build.tables.stores["targets16"]
    owner = np.searchsorted(partition.shares[0, 1:-1], np.arange(parts), side="right")
    for k, (first, last) in enumerate(itertools.pairwise(rows)):
        piece = partition.spans[owner[k % parts], 0]
        assert np.all((targets[first:last] >= piece[0]) & (targets[first:last] < piece[1]))
    assert rows[-1] == targets.size


@pytest.mark.parametrize("store", ["targets16", "targets32"])
def test_more_than_65536_targets_are_told_apart(store):
    pre, post = PoissonGroup(3, name="pre", rates=10_000.0), LIFExpCurrent(70_000, name="post")
    far = np.array([5, 65_535, 65_536, 69_999])
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    connectivity = CurrentJump(
        pre, post, connect=bk.connect.from_ij([0, 0, 2, 2], far), weight=weight
    )
    rest = (
        [CurrentJump(pre, post, connect=bk.connect.fixed_prob(0.5), weight=0.0)]
        if store == "targets16"
        else []
    )
    net = bk.Network(pre, post, connectivity, *rest)
    results = []
    for threads, backend in ((1, "numpy"), (1, "numba"), (3, "numba")):
        net.reset()
        net.run(0.2, backend=backend, threads=threads)
        results.append(post.I_syn)
    (synapse_block,) = net.program().synapse_blocks
    assert synapse_block.targets == store and connectivity.targets.tolist() == far.tolist()
    np.testing.assert_array_equal(np.flatnonzero(results[0]), far)
    np.testing.assert_allclose(results[0][far], results[0][5] * weight)
    np.testing.assert_allclose(results[1], results[0], rtol=1e-13)
    assert results[1].tobytes() == results[2].tobytes()


def test_a_full_buffer_stops_all_threads_at_the_same_step():
    group = LIF(64, t_ref=0.0, V=lambda rng: rng.uniform(-70, -50), tau=1.0)
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    drive = {group: np.linspace(0, 1e6, 64)}  # some threads have far more spikes than others
    alone = outcome(net, [1], (60.0,), drive)
    assert alone[0][0].sizes["spike"] > 5000
    assert_same(alone, outcome(net, [4], (60.0,), drive))


def test_auto_chooses_and_says_what():
    net = microcircuit([200, 50], 0)
    result = net.run(50.0, backend="numba", threads="auto", inputs={net.groups[0]: 500.0})
    assert 1 <= result.attrs["threads"] <= cores()
    reference = microcircuit([200, 50], 0)
    reference.run(50.0, backend="numba", inputs={reference.groups[0]: 500.0})
    assert net.state.values.tobytes() == reference.state.values.tobytes()


def test_wrong_numbers_of_threads_are_refused():
    net = bk.Network(LIF(3))
    for wrong in (0, -1, 2.0, True, "all"):
        with pytest.raises(BackendError, match="whole number from 1 on"):
            net.run(1.0, backend="numba", threads=wrong)
    with pytest.raises(BackendError, match="runs on one thread"):
        net.run(1.0, backend="numpy", threads=2)
    assert net.run(1.0, backend="numpy", threads="auto").attrs["threads"] == 1


@pytest.mark.filterwarnings("default:threads=")
def test_more_threads_than_cores_are_warned_of():
    with pytest.warns(
        UserWarning, match=f"threads={cores() + 1}, but this process may use {cores()} cores"
    ):
        bk.Network(LIF(30)).run(1.0, backend="numba", threads=cores() + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = bk.Network(LIF(30))
        net.run(1.0, backend="numba", threads=cores())


def test_nobody_waits_for_a_thread_that_failed():
    gate = np.zeros(GATE, np.int64)

    def run(number):
        if number == 1:
            time.sleep(0.05)
            raise ZeroDivisionError
        meet(gate, 3, 0)
        return 1

    with pytest.raises(ZeroDivisionError):
        together(ThreadPoolExecutor(2), run, [[0], [1], [2]], gate)
    assert gate[ABANDONED] == 1


def test_threads_meet_again_and_again():
    gate, seen = np.zeros(GATE, np.int64), np.zeros((4, 500), np.int64)
    turns = np.zeros(4, np.int64)

    def run(number):
        generation = 0
        for k in range(500):
            turns[number] = k
            generation = meet(gate, 4, generation)
            seen[number, k] = turns.min()
            generation = meet(gate, 4, generation)
        return 500

    assert together(ThreadPoolExecutor(3), run, [[k] for k in range(4)], gate) == 500
    np.testing.assert_array_equal(seen, np.tile(np.arange(500), (4, 1)))


def test_ctrl_c_stops_all_threads_at_a_good_state():
    net = microcircuit([400, 100], 0)
    net.run(5.0, backend="numba", threads=2)

    @net.operation(every=1.0)
    def interrupt(net):
        if net.t >= 20.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.run(1000.0, backend="numba", threads=2)
    assert net.t == pytest.approx(20.0)


def test_neurons_are_shared_out_anew_where_some_have_much_more_to_do():
    busy, idle = LIFExpCurrent(600, name="busy"), LIFExpCurrent(600, name="idle")
    loop = CurrentJump(busy, busy, connect=bk.connect.fixed_prob(0.3), weight=0.1, delay=1.0)
    net = bk.Network(busy, idle, loop, spikes=bk.SpikeMonitor(busy))
    drive = {busy: 2000.0, idle: 0.0}
    net.run(0.1, backend="numba", threads=2)
    first = net.build.partition(2).spans.copy()
    net.reset()
    alone = outcome(net, [1], (30.0, 30.0), drive)
    assert_same(alone, outcome(net, [2], (30.0, 30.0), drive))
    cut = net.build.partition(2).spans[0, 0, 1]
    assert cut < first[0, 0, 1] < 600  # the thread that has the busy ones was given fewer of them
