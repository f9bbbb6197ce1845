"""Synapses that come and go: a synapse passes what arrives at it while it exists."""

from __future__ import annotations

import json

import numpy as np
import pytest
from toy_models import DT, Counter, Jump, Source

import brainkernel as bk
from brainkernel.testing.beside import SideBySide

FIRED = [(1, 0), (2, 1), (2, 0), (5, 1), (9, 0)]
STEPS = 52


def network(rule=None, delay=0.25, weight=1.0, seed=0, model=Jump, dtype="float64", **monitors):
    steps, neurons = np.transpose(FIRED)
    source, target = Source(2, steps * DT, neurons, name="source"), Counter(10, name="target")
    rule = rule or bk.connect.from_ij([0, 1], [3, 4])
    jump = model(source, target, connect=rule, weight=weight, delay=delay, name="jump")
    made = {name: make(jump) for name, make in monitors.items()}
    return bk.Network(
        source, target, jump, dt=DT, seed=seed, dtype=dtype, x=bk.StateMonitor(target, "x"), **made
    )


def jump_of(net):
    return net.projections[0]


# -- what acts, and when ---------------------------------------------------------------------------

PAIRS = np.repeat([0, 1], 20), np.tile(np.arange(10), 4)
MANY = np.random.default_rng(2).permutation(40)


@pytest.mark.parametrize("delays", [MANY, MANY % 3], ids=["summed up", "waiting"])
def test_a_synapse_passes_what_arrives_while_it_exists(backend, delays):
    """Half of the synapses are removed at step 7, and the same ones added again at step 12."""
    net = network(bk.connect.from_ij(*PAIRS), delays * DT, np.arange(40.0))
    jump, gone = jump_of(net), np.arange(40) % 2 == 1
    net.run(7 * DT, backend=backend)
    jump.remove(gone)
    net.run(5 * DT, backend=backend)
    jump.add(PAIRS[0][gone], PAIRS[1][gone], delay=delays[gone] * DT, weight=np.arange(40.0)[gone])
    net.run((STEPS - 12) * DT, backend=backend)
    x = np.zeros((STEPS, 10))
    for step, neuron in FIRED:
        for synapse in np.flatnonzero(neuron == PAIRS[0]):
            arrival = step + delays[synapse]
            if not (gone[synapse] and 7 < arrival <= 12):
                x[arrival - 1 :, PAIRS[1][synapse]] += synapse
    np.testing.assert_array_equal(net.x.x.values, x)


def test_spikes_are_kept_for_the_longest_delay(backend):
    """A synapse with a longer delay than any before does not get what was fired too long ago."""
    net = network(delay=2 * DT)
    net.run(5 * DT, backend=backend)
    jump_of(net).add([0, 1], [7, 8], delay=8 * DT)
    net.run((STEPS - 5) * DT, backend=backend)
    assert net.x.x.values[-1][[7, 8]].tolist() == [1.0, 1.0]  # not what was fired at steps 1 and 2


def test_what_has_passed_a_synapse_arrives_when_it_is_gone(backend):
    """The spike at step 1 passes at step 3, and would act at step 7; the one of step 2 later."""
    source, target = Source(1, [DT, 2 * DT], [0, 0], name="source"), Counter(1, name="target")
    late = {"delay": 2 * DT, "dendritic_delay": 4 * DT}
    jump = Jump(source, target, connect=bk.connect.one_to_one(), name="jump", **late)
    net = bk.Network(source, target, jump, dt=DT, x=bk.StateMonitor(target, "x"))
    net.run(3 * DT, backend=backend)
    jump.remove(0)
    net.run(7 * DT, backend=backend)
    assert np.flatnonzero(net.x.x.values[:, 0]).tolist() == [6, 7, 8, 9]
    assert net.x.x.values[-1, 0] == 1.0


def test_threads_go_on_alike():
    pytest.importorskip("brainkernel_numba")
    traces = []
    for count in (1, 2):
        net = network(bk.connect.from_ij(*PAIRS), MANY * DT, np.arange(40.0) / 7.0)
        net.run(7 * DT, backend="numba", threads=count)
        jump_of(net).remove([3, 4, 30])
        jump_of(net).add([0, 1], [1, 2], delay=0.0, weight=0.1)
        net.run((STEPS - 7) * DT, backend="numba", threads=count)
        traces.append(net.x.x.values)
    np.testing.assert_array_equal(*traces)


def rewire(net):
    if net.step == 6:
        jump_of(net).remove(0)
        jump_of(net).add([0, 0], [5, 6], delay=[0.0, 5 * DT], weight=[2.0, 3.0])


def test_an_operation_changes_what_a_call_between_runs_does(backend):
    first = network()
    first.operation(every=3 * DT)(rewire)
    first.run(STEPS * DT, backend=backend)
    second = network()
    second.run(6 * DT, backend=backend)
    rewire(second)
    second.run((STEPS - 6) * DT, backend=backend)
    np.testing.assert_array_equal(first.x.x.values, second.x.x.values)
    assert first.x.x.values[-1][[3, 5, 6]].tolist() == [2.0, 2.0, 3.0]


class Learning(Jump):
    """A jump whose weight is drawn, and fades."""

    u = bk.uniform()
    w = bk.state(1.0, per="synapse")

    @bk.on_pre("w")
    def learn(w, u):
        return w + u

    @bk.derivative
    def dw(w):
        return -w / 8.0


def test_the_reference_agrees(backend):
    net = network(
        bk.connect.from_ij(*PAIRS),
        delay=MANY % 6 * DT,
        weight=np.arange(40.0),
        model=Learning,
        w=lambda jump: bk.StateMonitor(jump, ["w", "weight"], every=2 * DT),
    )
    both, jump = SideBySide(net, backend), jump_of(net)
    both.run(4 * DT)
    both.remove(jump, [0, 5, 21])
    both.add(jump, [1, 0], [2, 2], 9 * DT, weight=[0.5, 1.5], w=[3.0, 4.0])
    both.run(5 * DT)
    both.remove(jump, [37, 1])
    both.run(20 * DT)
    both.check()


def test_a_change_of_nothing_keeps_every_bit():
    """All that follows is the same to the last bit after synapses were added and removed again."""
    weights = np.random.default_rng(4).normal(size=40)
    traces = []
    for changed in (False, True):
        net = network(bk.connect.from_ij(*PAIRS), MANY * DT, weights)
        net.run(6 * DT)
        if changed:
            jump_of(net).add([0, 1], [4, 4], delay=7 * DT, weight=5.0)
            jump_of(net).remove([40, 41])
        net.run((STEPS - 6) * DT)
        traces.append(net.x.x.values)
    np.testing.assert_array_equal(*traces)


# -- numbers and values ----------------------------------------------------------------------------


def test_numbers_never_change_and_order_stays():
    net = network(bk.connect.from_ij([1, 0, 1], [5, 6, 7]), weight=[1.0, 2.0, 3.0])
    jump = jump_of(net)
    assert jump.numbers.tolist() == [0, 1, 2]
    assert jump.add([0, 1], 9, weight=[4.0, 5.0]).tolist() == [3, 4]
    assert jump.sources.tolist() == [1, 0, 1, 0, 1]
    assert jump.weight.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    jump.remove([0, 3])
    assert jump.numbers.tolist() == [1, 2, 4]
    assert jump.targets.tolist() == [6, 7, 9]
    assert jump.weight.tolist() == [2.0, 3.0, 5.0]
    assert jump.add(0, 0, weight=6.0).tolist() == [5]


def test_a_synapse_keeps_its_random_numbers():
    """Random numbers follow the number of a synapse, whatever is added or removed before it."""
    kept = []
    for changed in (False, True):
        net = network(bk.connect.from_ij([0, 0, 0], [1, 2, 3]), model=Learning, delay=0.0)
        net.run(DT)
        if changed:
            jump_of(net).remove([0, 1])
        net.run(STEPS * DT)
        kept.append(jump_of(net).w[-1])
    assert kept[0] == kept[1]


def test_values_of_new_synapses_follow_what_the_projection_was_given():
    def weight(pre, rng):
        return pre + rng.uniform(0.0, 0.5, size=len(pre))

    net = network(weight=weight, delay=lambda post, dt: post * dt)
    jump = jump_of(net)
    jump.add([1, 0], [2, 5])
    assert np.floor(jump.weight).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert np.unique(jump.weight % 1).size == 4
    assert np.rint(jump.delays / DT).tolist() == [3.0, 4.0, 2.0, 5.0]
    jump.add(0, 1, weight=lambda post: 10.0 * post, delay=lambda dt: 3 * dt)
    assert jump.weight[-1] == 10.0


class Adding(Jump):
    """Means something else by a name of the projection."""

    add = bk.parameter(2.0)


def test_a_model_may_call_a_parameter_as_a_method_is_called():
    net = network(model=Adding)
    jump = jump_of(net)
    assert jump.add == 2.0
    assert bk.Synapse.add(jump, 0, 1).tolist() == [2]


def test_an_end_that_is_a_slice_counts_as_rules_do():
    source, target = Source(4, [DT], [2], name="source"), Counter(6, name="target")
    ends = source[[2, 0]], target[1::2]
    jump = Jump(*ends, connect=bk.connect.from_ij([], []), name="jump")
    net = bk.Network(source, target, jump, dt=DT)
    jump.add([0, 1], [0, 2], weight=[1.0, 2.0])
    assert (jump.sources.tolist(), jump.targets.tolist()) == ([2, 0], [1, 5])
    net.run(2 * DT)
    assert target.x.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


# -- what is recorded ------------------------------------------------------------------------------


def watch(jump):
    return bk.StateMonitor(jump, "w", every=2 * DT)


def test_datasets_keep_who_is_who():
    net = network(
        bk.connect.from_ij([0, 1, 1], [3, 4, 5]),
        model=Learning,
        all=watch,
        last=lambda jump: bk.StateMonitor(jump, "w", synapses=[2, 0]),
    )
    jump = jump_of(net)
    net.run(4 * DT)
    jump.remove(0)
    (number,) = jump.add(0, 8, w=7.0)
    tree = net.run(4 * DT)
    data = net.all
    assert data.synapse.values.tolist() == [0, 1, 2, number]
    assert (data.pre.values.tolist(), data.post.values.tolist()) == ([0, 1, 1, 0], [3, 4, 5, 8])
    exists = np.isfinite(data.w.values)
    assert exists.tolist() == [[True, True, True, False]] * 2 + [[False, True, True, True]] * 2
    assert data.w.sel(synapse=number).values[-1] == jump.w[-1]
    assert net.last.synapse.values.tolist() == [2, 0]
    assert net.last.w.sel(synapse=2).values[-1] == jump.w[1]
    assert np.isnan(net.last.w.sel(synapse=0).values[-1])
    assert tree["all"].sizes == {"time": 2, "synapse": 4}
    net.clear_records()
    net.run(2 * DT)
    assert net.all.synapse.values.tolist() == [1, 2, number]


def test_a_store_on_disk_has_no_further_columns(tmp_path):
    pytest.importorskip("zarr")
    net = network(model=Learning, all=watch)
    net.run(2 * DT, record_to=str(tmp_path / "run.zarr"))
    with pytest.raises(bk.errors.MonitorError, match="record in memory"):
        jump_of(net).add(0, 1)
    jump_of(net).remove(0)
    net.run(2 * DT)
    assert np.isfinite(net.all.w.values).tolist() == [[True, True], [False, True]]


# -- going back ------------------------------------------------------------------------------------


def test_reset_keeps_the_structure_and_goes_back_to_first_states():
    net = network(model=Learning, all=watch)
    jump = jump_of(net)
    net.run(3 * DT)
    jump.remove(0)
    jump.add(0, 8, w=7.0)
    net.run(STEPS * DT)
    net.reset()
    assert (jump.numbers.tolist(), jump.w.tolist()) == ([1, 2], [1.0, 7.0])
    net.run(3 * DT)
    assert net.all.synapse.values.tolist() == [1, 2]


def test_a_snapshot_restores_the_structure(backend):
    net = network(model=Learning, all=watch)
    jump = jump_of(net)
    net.run(3 * DT, backend=backend)
    first = net.store()
    net.run(9 * DT, backend=backend)
    expected = net.x.x.values, net.all.w.values
    net.restore(first)
    jump.add([0, 1], [0, 1], w=3.0, delay=DT, weight=2.0)
    second = net.store()
    net.run(5 * DT, backend=backend)
    jump.weight = 9.0
    jump.remove([0, 2])
    net.restore(second)
    assert (jump.numbers.tolist(), jump.weight.tolist()) == ([0, 1, 2, 3], [1.0, 1.0, 2.0, 2.0])
    net.restore(first)
    assert jump.numbers.tolist() == [0, 1]
    net.run(9 * DT, backend=backend)
    np.testing.assert_array_equal(net.x.x.values, expected[0])
    np.testing.assert_array_equal(net.all.w.values, expected[1])


def test_each_run_of_a_batch_begins_with_the_same_synapses():
    net = network()
    net.operation(every=3 * DT)(rewire)
    tree = net.run(STEPS * DT, batch={(jump_of(net), "weight"): [1.0, 10.0]})
    last = tree["x"].x.values[:, -1]
    assert last[:, 4].tolist() == [2.0, 20.0]
    assert last[:, 5].tolist() == [2.0, 2.0]
    assert jump_of(net).numbers.tolist() == [0, 1]


def test_a_batch_of_other_synapses_cannot_be_recorded_side_by_side():
    net = network(model=Learning, all=watch)

    @net.operation(every=3 * DT)
    def grow(net):
        if jump_of(net).weight[0] > 1.0:
            jump_of(net).add(0, 1, w=0.0)

    with pytest.raises(bk.errors.BatchError, match="monitor all recorded other synapses"):
        net.run(9 * DT, batch={(jump_of(net), "weight"): [[1.0, 1.0], [2.0, 2.0]]})
    assert jump_of(net).numbers.tolist() == [0, 1]


def test_datasets_tell_of_the_change():
    net = network()
    net.operation(every=3 * DT)(rewire)
    net.run(STEPS * DT)
    (told,) = json.loads(net.x.attrs["runs"])
    assert np.shape(told["changed_by_operations"]["jump.synapses"]) == (3, 3)
    net.run(DT)
    tree = net.run(DT)
    assert json.loads(tree.attrs["projections"])["jump"]["synapses"] == 3


def test_another_network_does_not_take_a_rewired_projection():
    net = network()
    jump_of(net).remove(0)
    with pytest.raises(bk.errors.NetworkError, match="from_ij"):
        bk.Network(*net.groups, *net.projections, dt=DT)


# -- programs --------------------------------------------------------------------------------------


class CountingBackend:
    """NumPy, with a count of the programs that were compiled."""

    name = "counting"

    def __init__(self):
        self.numpy = bk.plugins.host.PluginHost().load("backend", "numpy")()
        self.compiled = 0

    def source(self, program, constants=None):
        return self.numpy.source(program, constants)

    def compile(self, program, source=None):
        self.compiled += 1
        return self.numpy.compile(program, source)


def test_rewiring_compiles_nothing_anew():
    net, backend = network(weight=np.ones(2)), CountingBackend()
    texts = set()

    @net.operation(every=DT)
    def rewire(net):
        jump = jump_of(net)
        jump.add([0, 1], [net.step % 10, 3], weight=1.0)
        jump.remove(0)
        texts.add(net.source())

    net.run(STEPS * DT, backend=backend)
    assert (backend.compiled, len(texts)) == (1, 1)


def test_numba_compiles_nothing_anew():
    pytest.importorskip("brainkernel_numba")
    net = network(weight=np.ones(2))
    net.run(2 * DT, backend="numba")
    ((_, before),) = net._programs.executables.values()
    for step in range(5):
        jump_of(net).add([0, 1], [step, 3], weight=1.0)
        net.run(DT, backend="numba")
    ((_, after),) = net._programs.executables.values()
    assert after._module is before._module
    assert len(after._module._module.run.overloads) == 1


def test_an_edited_program_runs_with_other_synapses(tmp_path):
    net, edited = (network(weight=np.ones(2)) for _ in range(2))
    path = edited.save_source(tmp_path / "program.py")
    for each, source in ((net, None), (edited, path)):
        each.operation(every=3 * DT)(rewire)
        each.run(STEPS * DT, source=source)
    np.testing.assert_array_equal(net.x.x.values, edited.x.x.values)


# -- delays ----------------------------------------------------------------------------------------


def test_delays_are_set_anew_where_sources_are_silent(backend):
    net = network(delay=[DT, 2 * DT])
    jump = jump_of(net)
    net.run(8 * DT, backend=backend)
    with pytest.raises(bk.errors.DelayError, match="lost or passed twice"):
        jump.delay = 4 * DT  # neuron 1 fired at step 5
    jump.delay = [6 * DT, 2 * DT]
    net.run((STEPS - 8) * DT, backend=backend)
    assert jump.delays.tolist() == [6 * DT, 2 * DT]
    assert jump.numbers.tolist() == [0, 1]
    x = net.x.x.values[:, 3]
    assert np.flatnonzero(np.diff(x)).tolist() == [0, 1, 9 + 6 - 2]


def test_another_network_takes_delays_that_were_set():
    net = network(delay=DT)
    jump_of(net).delay = 3 * DT
    other = bk.Network(*net.groups, *net.projections, dt=DT)
    assert jump_of(other).delays.tolist() == [3 * DT] * 2


# -- refusals --------------------------------------------------------------------------------------


def test_what_cannot_be_changed_is_refused():
    net = network(weight=[1.0, 2.0])
    jump = jump_of(net)
    with pytest.raises(bk.errors.ConnectError, match="0 to 9"):
        jump.add(0, 10, weight=1.0)
    with pytest.raises(bk.errors.ValueShapeError, match="say weight="):
        jump.add(0, 1)
    with pytest.raises(bk.errors.ConnectError, match="0 to 1"):
        jump.remove(2)
    with pytest.raises(bk.errors.ConnectError, match="each synapse has one of both"):
        jump.add([0, 1], [1, 2, 3], weight=1.0)
    with pytest.raises(bk.errors.DelayError, match="whole"):
        jump.add(0, 1, weight=1.0, delay=0.3 * DT)
    with pytest.raises(bk.errors.ModelError, match="no parameter or state"):
        jump.add(0, 1, wait=1.0)
    with pytest.raises(bk.errors.NotBuiltError, match="Network"):
        Jump(*net.groups, connect=bk.connect.all_to_all()).add(0, 1)
    assert jump.add([], []).tolist() == []
    jump.remove([])
    assert jump.numbers.tolist() == [0, 1]


def test_procedural_synapses_cannot_change():
    source, target = Source(2, [DT], [0], name="source"), Counter(10, name="target")
    rule = bk.connect.fixed_prob(0.5, procedural=True)
    jump = Jump(source, target, connect=rule, name="jump")
    net = bk.Network(source, target, jump, dt=DT)
    with pytest.raises(bk.errors.ConnectError, match="procedural=False"):
        jump.remove(0)
    assert net.step == 0
