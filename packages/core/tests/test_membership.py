"""Objects belong to the network that took them last; a network that nobody keeps is gone."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from toy_models import DT, Counter, Current, Jump, Kick, Leaky, Noisy, Ramp, Source, assert_same

import brainkernel as bk
from brainkernel import errors

BACKENDS = ["numpy", "numba", "jax"]


def driven(**options):
    source = Source(2, [DT, 4 * DT], [0, 1])
    cells = Ramp(3, V=[0.0, 0.25, 0.5])
    kick = Kick(source, cells, connect=bk.connect.all_to_all(), weight=0.25, delay=2 * DT)
    return (source, cells, kick), {"dt": DT, "seed": 3, **options}


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_a_network_that_nobody_keeps_is_gone_with_its_arrays(backend):
    objects, options = driven()
    net = bk.Network(*objects, trace=bk.StateMonitor(objects[1], "V"), **options)
    if backend:
        pytest.importorskip(f"brainkernel_{backend}" if backend != "numpy" else "numpy")
        net.run(8 * DT, backend=backend, inputs={objects[1]: 1.0})
        net.store()
        net.reset()
        _ = net.trace
        arrays = [weakref.ref(net.build), weakref.ref(net.state)]
    gone = weakref.ref(net)
    gc.disable()  # no cycle keeps it: it is gone at once
    try:
        del net
        assert gone() is None
    finally:
        gc.enable()
    assert not backend or all(array() is None for array in arrays)


def test_a_network_keeps_what_it_needs():
    def make():
        objects, options = driven()
        return bk.Network(*objects, trace=bk.StateMonitor(objects[1], "V"), **options)

    net = make()
    gc.collect()
    net.run(8 * DT)
    objects, options = driven()
    same = bk.Network(*objects, trace=bk.StateMonitor(objects[1], "V"), **options)
    same.run(8 * DT)
    assert_same(net.trace, same.trace)


def test_values_of_a_network_that_is_gone_are_told():
    objects, options = driven()
    _, cells, kick = objects
    net = bk.Network(*objects, **options)
    net.run(DT)
    cells.V_th = 2.0
    del net
    gc.collect()
    for read in (lambda: cells.V, lambda: cells[:1].V, lambda: kick.sources, lambda: kick.delays):
        with pytest.raises(errors.NotBuiltError, match=r"its network is gone.* keep net"):
            read()
    assert cells.V_th == 2.0  # parameters are the object's own
    cells.V = 0.75
    again = bk.Network(*objects, **options)
    np.testing.assert_array_equal(cells.V, 0.75)
    assert again.t == 0.0


@pytest.mark.parametrize("state", ["never run", "run", "gone"])
def test_a_newer_network_takes_objects_over(state):
    objects, options = driven()
    expected = bk.Network(*driven()[0], **options)
    expected.run(8 * DT)
    old = bk.Network(*objects, trace=bk.StateMonitor(objects[1], "V"), **options)
    if state != "never run":
        old.run(4 * DT)
    if state == "gone":
        del old
        gc.collect()
    new = bk.Network(*objects, **options)
    new.run(8 * DT)
    np.testing.assert_array_equal(objects[1].V, expected.groups[1].V)
    assert objects[1].network is new


def test_an_older_network_stops_and_what_it_recorded_is_read(tmp_path):
    objects, options = driven()
    cells = objects[1]
    old = bk.Network(*objects, trace=bk.StateMonitor(cells, "V"), **options)
    result = old.run(8 * DT)
    before = old.trace
    snapshot = old.store()
    new = bk.Network(cells, Counter(1), **options)
    for stopped in (
        lambda: old.run(DT),
        lambda: old.reset(),
        lambda: old.restore(snapshot),
        lambda: old.add(bk.SpikeMonitor(cells)),
        lambda: old.explain(DT),
        lambda: setattr(objects[2], "weight", 1.0),
    ):
        with pytest.raises(
            errors.NetworkError, match=r"Ramp was taken by a newer network, <Network: 2 groups"
        ):
            stopped()
    assert_same(old.trace, before)
    assert old.trace.attrs == before.attrs
    result.to_netcdf(tmp_path / "run.nc")
    assert old.t == 8 * DT
    del new
    gc.collect()
    with pytest.raises(
        errors.NetworkError, match=r"Ramp was taken by a newer network, so this one cannot go on"
    ):
        old.run(DT)


def test_an_older_network_that_never_ran_says_so_when_it_is_read():
    objects, options = driven()
    old = bk.Network(*objects, trace=bk.StateMonitor(objects[1], "V"), **options)
    bk.Network(*objects, **options)
    with pytest.raises(errors.NetworkError, match="recorded nothing yet: Source was taken"):
        _ = old.trace
    with pytest.raises(errors.NetworkError, match="was taken by a newer network"):
        old.source()


def test_parameters_that_were_set_go_along_and_states_start_anew():
    objects, options = driven()
    _, cells, kick = objects
    old = bk.Network(*objects, **options)
    cells.V = [0.0, 0.125, 0.25]  # at time zero: a first value
    old.run(2 * DT)
    cells.V_th = 5.0
    cells[1:].V_reset = -1.0
    kick.weight = np.arange(6.0)
    cells.V = 0.5  # later: a state of the old network
    new = bk.Network(*objects, **options)
    assert cells.V_th == 5.0
    np.testing.assert_array_equal(cells.V_reset, [0.0, -1.0, -1.0])
    np.testing.assert_array_equal(kick.weight, np.arange(6.0))
    np.testing.assert_array_equal(cells.V, [0.0, 0.125, 0.25])
    assert new.t == 0.0


def test_a_given_array_is_copied_when_it_is_set():
    objects, options = driven()
    net = bk.Network(*objects, **options)
    values = np.ones(3)
    objects[1].V_th = values
    values[:] = 7.0
    del net
    bk.Network(*objects, **options)
    np.testing.assert_array_equal(objects[1].V_th, 1.0)


def test_weights_that_were_set_win_over_those_of_the_rule():
    a, b = Source(2, [DT], [0]), Counter(2)
    jump = Jump(a, b, connect=bk.connect.from_matrix(np.array([[1.0, 2.0], [3.0, 4.0]])))
    net = bk.Network(a, b, jump, dt=DT)
    np.testing.assert_array_equal(jump.weight, [1.0, 2.0, 3.0, 4.0])
    jump.weight = [5.0, 6.0, 7.0, 8.0]
    net = bk.Network(a, b, jump, dt=DT)
    np.testing.assert_array_equal(jump.weight, [5.0, 6.0, 7.0, 8.0])
    net.run(2 * DT)
    np.testing.assert_array_equal(b.x, [5.0, 6.0])


def test_what_a_restore_or_a_batch_takes_back_does_not_go_along():
    cells = Leaky(2)
    net = bk.Network(cells, dt=DT)
    net.store()
    cells.tau = 5.0
    net.restore()
    net.run(DT, batch={(cells, "V_th"): [0.5, 3.0]})
    bk.Network(cells, dt=DT)
    assert cells.tau == 10.0
    assert cells.V_th == 1.0


def test_names_that_a_network_gave_are_given_anew_and_those_of_users_stay():
    first, second, mine = Counter(1), Counter(1), Counter(1, name="mine")
    bk.Network(first, second, mine)
    assert [group.name for group in (first, second, mine)] == ["Counter", "Counter_2", "mine"]
    net = bk.Network(second, mine)
    assert [group.name for group in net.groups] == ["Counter", "mine"]


def test_noise_follows_the_name_in_the_newer_network():
    first, second = Noisy(2), Noisy(2)
    net = bk.Network(first, second, dt=DT)
    net.run(DT)
    taken = bk.Network(second, dt=DT)
    taken.run(8 * DT)
    alone = Noisy(2)
    fresh = bk.Network(alone, dt=DT)
    fresh.run(8 * DT)
    np.testing.assert_array_equal(second.V, alone.V)


def test_a_failed_construction_leaves_everything_as_it_was():
    objects, options = driven()
    old = bk.Network(*objects, **options)
    old.run(DT)
    for wrong in (
        {"dt": 0.1},  # the delay is not on this grid
        {"monitor": bk.StateMonitor(Counter(1), "x")},
        {"dt": -1.0},
    ):
        with pytest.raises(errors.BrainKernelError):
            bk.Network(*objects, **{**options, **wrong})
        assert all(member.network is old for member in objects)
    old.run(DT)
    assert old.t == 2 * DT


def test_a_failed_build_can_be_tried_again():
    cells = Ramp(3, V=[1.0, 2.0])
    net = bk.Network(cells, dt=DT)
    with pytest.raises(errors.ValueShapeError, match="3 elements"):
        net.run(DT)
    with pytest.raises(errors.ValueShapeError, match="3 elements"):
        net.run(DT)
    cells.V = [0.0, 0.25, 0.5]
    net.run(DT)
    np.testing.assert_array_equal(cells.V, [0.0, 0.25, 0.5])
    again = Ramp(3, V_th=lambda rng, n: np.ones(n + 1))
    with pytest.raises(errors.ValueShapeError):
        bk.Network(again, dt=DT).run(DT)
    again.V_th = 2.0
    net = bk.Network(again, dt=DT)
    net.run(DT)


def test_a_network_that_runs_loses_nothing():
    cells = Counter(1)
    net = bk.Network(cells, dt=DT)
    seen = []

    @net.operation(every=DT)
    def steal(network):
        with pytest.raises(errors.NetworkError, match="Counter is in a network that runs just now"):
            bk.Network(cells)
        seen.append(network.t)

    net.run(2 * DT)
    assert seen == [DT, 2 * DT]


def test_a_projection_that_stays_behind_is_no_reason_to_warn(recwarn):
    a, b = Source(1, [DT], [0]), Ramp(1)
    Current(a, b, connect=bk.connect.all_to_all())
    old = bk.Network(a, b, Kick(a, b, connect=bk.connect.all_to_all()), dt=DT)
    count = len(recwarn)
    bk.Network(*old.groups, Kick(a, b, connect=bk.connect.all_to_all()), dt=DT)
    assert len(recwarn) == count
