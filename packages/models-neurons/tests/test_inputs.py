"""PoissonGroup and SpikeGenerator."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import InputError, ModelError, TimeGridError, ValueShapeError
from brainkernel_neurons import PoissonGroup, SpikeGenerator

BACKENDS = [
    "numpy",
    *(name for name in ("numba", "jax") if find_spec(f"brainkernel_{name}") and find_spec(name)),
]


def recorded(group, duration, **options):
    net = bk.Network(group, spikes=bk.SpikeMonitor(group), **options)
    net.run(duration)
    return net.spikes.time.values, net.spikes.neuron.values


@pytest.mark.parametrize("seed", [0, 1])
def test_poisson_rates_are_those_asked_for(seed):
    rates = np.repeat([0.0, 5.0, 40.0, 400.0], 500)
    _, neurons = recorded(PoissonGroup(2000, rates=rates), 1000.0, seed=seed)
    counts = np.bincount(neurons, minlength=2000).reshape(4, 500)
    expected = 1.0 * np.array([0.0, 5.0, 40.0, 400.0]) * 500
    assert np.all(np.abs(counts.sum(1) - expected) <= 4 * np.sqrt(expected))
    assert counts[2].var() / counts[2].mean() == pytest.approx(
        1 - 40.0 * 1e-4, abs=4 * np.sqrt(2 / 500)
    )


def test_poisson_intervals_are_irregular():
    times, neurons = recorded(PoissonGroup(800, rates=50.0), 1500.0)
    order = np.lexsort((times, neurons))
    intervals = np.diff(times[order])[np.diff(neurons[order]) == 0]
    assert intervals.std() / intervals.mean() == pytest.approx(np.sqrt(1 - 0.005), abs=0.02)
    assert intervals.mean() == pytest.approx(20.0, rel=0.03)


def test_poisson_neurons_are_independent_of_each_other_and_of_the_seed():
    net_times = [
        recorded(PoissonGroup(2, rates=200.0, name="p"), 1000.0, seed=seed) for seed in (0, 0, 1)
    ]
    trains = [set(np.rint(times[neurons == 0] / 0.1)) for times, neurons in net_times]
    other = set(np.rint(net_times[0][0][net_times[0][1] == 1] / 0.1))
    assert trains[0] == trains[1]
    for different in (trains[2], other):
        assert len(trains[0] & different) < 20  # by chance about 4 of 200


def test_poisson_rates_change_between_runs():
    group = PoissonGroup(1000, rates=0.0)
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    net.run(100.0)
    group.rates = 100.0
    net.run(100.0)
    group[:500].rates = 0.0
    net.run(100.0)
    times, neurons = net.spikes.time.values, net.spikes.neuron.values
    assert times.min() > 100.0
    assert np.sum((times > 100.0) & (times <= 200.0)) == pytest.approx(10000, abs=400)
    assert neurons[times > 200.0].min() >= 500


@pytest.mark.parametrize("rates", [10001.0, np.array([1.0, 2e4])])
def test_rates_that_no_step_can_hold_are_refused(rates):
    group = PoissonGroup(2, rates=rates)
    net = bk.Network(group)
    with pytest.raises(ValueShapeError, match="10000 Hz"):
        net.run(1.0)
    assert net.t == 0.0


def test_rates_are_refused_when_they_are_set():
    group = PoissonGroup(2, rates=10.0)
    net = bk.Network(group, dt=0.5)
    net.run(1.0)
    with pytest.raises(ValueShapeError, match="2000 Hz"):
        group.rates = 2001.0
    assert group.rates == 10.0
    group.rates = 2000.0
    net.run(1.0)


def test_the_greatest_rate_fires_in_every_step():
    times, _ = recorded(PoissonGroup(1, rates=10000.0), 10.0)
    assert times.size == 100


def test_rates_must_be_given():
    with pytest.raises(ModelError, match="rates"):
        PoissonGroup(3)


def test_a_generator_fires_at_its_times():
    group = SpikeGenerator(3, times=[5.0, 0.1, 2.0, 5.0], neurons=[2, 0, 1, 0])
    times, neurons = recorded(group, 6.0)
    assert times.tolist() == [0.1, 2.0, 5.0, 5.0]
    assert neurons.tolist() == [0, 1, 0, 2]


def test_a_generator_goes_on_and_starts_anew():
    group = SpikeGenerator(1, times=[1.0, 2.0, 3.0])
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    net.run(1.5)
    net.run(3.0)
    assert net.spikes.time.values.tolist() == [1.0, 2.0, 3.0]
    net.reset()
    net.run(2.0)
    assert net.spikes.time.values.tolist() == [1.0, 2.0]


def test_one_neuron_fires_all_spikes():
    _, neurons = recorded(SpikeGenerator(5, times=[1.0, 2.0], neurons=3), 3.0)
    assert neurons.tolist() == [3, 3]


def test_a_generator_may_have_nothing_to_do():
    times, _ = recorded(SpikeGenerator(2, times=[], neurons=[]), 1.0)
    assert times.size == 0


def test_a_generator_takes_quantities():
    pint = pytest.importorskip("pint")
    seconds = pint.UnitRegistry().second
    times, _ = recorded(SpikeGenerator(1, times=np.array([1.0, 2.0]) * 1e-3 * seconds), 3.0)
    assert times.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("times", "neurons"),
    [
        ([1.0], [2]),
        ([1.0], [-1]),
        ([1.0], [0.5]),
        ([1.0, 2.0], [0, 1, 0]),
        ([1.0], None),
        ([[1.0]], [[0]]),
    ],
)
def test_neurons_that_do_not_fit_are_refused(times, neurons):
    with pytest.raises(InputError):
        SpikeGenerator(2, times=times, neurons=neurons)


@pytest.mark.parametrize("times", [[0.0], [-1.0], [0.25], [np.nan], [np.inf]])
def test_times_off_the_grid_are_refused(times):
    with pytest.raises(TimeGridError):
        bk.Network(SpikeGenerator(1, times=times)).run(1.0)


def test_a_neuron_fires_once_in_a_step():
    net = bk.Network(SpikeGenerator(1, times=[1.0, 1.0]))
    with pytest.raises(InputError, match="two spikes"):
        net.run(2.0)


def fired(net):
    return list(
        zip(net.spikes.time.values.tolist(), net.spikes.neuron.values.tolist(), strict=True)
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_generator_is_given_new_spikes_between_runs(backend):
    group = SpikeGenerator(2, times=[1.0, 3.0, 7.0], neurons=[0, 1, 0], name="gen")
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    net.run(5.0, backend=backend)
    group.set_spikes([9.5, 5.1, 8.0], [1, 0, 1])
    assert group.times.tolist() == [9.5, 5.1, 8.0]
    assert group.neurons.tolist() == [1, 0, 1]
    net.run(4.0, backend=backend)
    net.run(4.0, backend=backend)
    assert fired(net) == [(1.0, 0), (3.0, 1), (5.1, 0), (8.0, 1), (9.5, 1)]
    net.reset()
    net.run(6.0, backend=backend)
    assert fired(net) == [(5.1, 0)]
    net.reset()
    group.set_spikes([0.1], 1)
    net.run(6.0, backend=backend)
    assert fired(net) == [(0.1, 1)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_times_since_the_run_come_in_each_run(backend):
    group = SpikeGenerator(2, times=[1.0, 2.0], neurons=[0, 1], since="run")
    other = SpikeGenerator(1, times=[2.5, 4.0], name="other")
    monitors = {"spikes": bk.SpikeMonitor(group), "others": bk.SpikeMonitor(other)}
    net = bk.Network(group, other, **monitors)
    for _ in range(3):
        net.run(3.0, backend=backend)
    assert fired(net) == [(1.0, 0), (2.0, 1), (4.0, 0), (5.0, 1), (7.0, 0), (8.0, 1)]
    assert net.others.time.values.tolist() == [2.5, 4.0]
    group.set_spikes([3.0, 0.1], 0, since="run")
    net.run(3.0, backend=backend)
    assert fired(net)[6:] == [(9.1, 0), (12.0, 0)]


def test_times_since_the_run_go_on_over_its_stretches(monkeypatch):
    monkeypatch.setattr("brainkernel.simulation.run.Run._most", lambda run, driving: 7)
    group = SpikeGenerator(1, times=[1.0, 2.0], since="run")
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    for _ in range(2):
        net.run(2.5)
    assert net.spikes.time.values.tolist() == [1.0, 2.0, 3.5, 4.5]


def test_spikes_that_a_run_is_too_short_for_are_told():
    group = SpikeGenerator(1, times=[1.0, 2.0, 5.0], since="run", name="gen")
    net = bk.Network(group)
    with pytest.warns(
        UserWarning, match=r"2 of the 3 spike times of gen.*the end of this one, 1.5 ms"
    ):
        net.run(1.5)


def test_times_that_are_over_are_refused_and_change_nothing():
    group = SpikeGenerator(1, times=[1.0, 7.0], name="gen")
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    net.run(5.0)
    for times in ([5.0], [9.0, 2.0]):
        with pytest.raises(
            InputError, match=r"gen is given 1 spike times that are over.*at 5 ms.*since='run'"
        ):
            group.set_spikes(times)
    with pytest.raises(TimeGridError):
        group.set_spikes([9.05])
    with pytest.raises(InputError, match="two spikes of one neuron at 9 ms"):
        group.set_spikes([9.0, 9.0])
    with pytest.raises(InputError, match="no neuron 1"):
        group.set_spikes([9.0], [1])
    with pytest.raises(InputError, match="say one of"):
        group.set_spikes([9.0], since="now")
    with pytest.raises(AttributeError, match="set_spikes"):
        group.times = [9.0]
    net.run(5.0)
    assert net.spikes.time.values.tolist() == [1.0, 7.0]


def test_a_generator_keeps_copies():
    times, neurons = np.array([1.0, 2.0]), np.array([0, 1])
    group = SpikeGenerator(2, times=times, neurons=neurons)
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    times[:], neurons[:] = 3.0, 0
    net.run(4.0)
    assert fired(net) == [(1.0, 0), (2.0, 1)]


def test_spikes_go_back_with_a_snapshot_and_after_a_batch():
    group = SpikeGenerator(1, times=[1.0, 6.0], name="gen")
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))
    net.run(2.0)
    net.store()
    group.set_spikes([3.0])
    net.run(2.0)
    net.restore()
    net.run(5.0)
    assert net.spikes.time.values.tolist() == [1.0, 6.0]

    @net.operation(every=1.0)
    def late(network):
        if network.t == 8.0:
            group.set_spikes([8.5])

    tree = net.run(3.0, batch=2)
    assert tree["spikes"].time.values.tolist() == [8.5, 8.5]
    assert group.times.tolist() == [1.0, 6.0]


def test_an_operation_gives_spikes_for_the_steps_that_follow():
    group = SpikeGenerator(1, times=[])
    net = bk.Network(group, spikes=bk.SpikeMonitor(group))

    @net.operation(every=2.0)
    def again(network):
        group.set_spikes([network.t + 0.1, network.t + 1.0])

    net.run(5.0)
    assert net.spikes.time.values.tolist() == [2.1, 3.0, 4.1, 5.0]
