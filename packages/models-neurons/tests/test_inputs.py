"""PoissonGroup and SpikeGenerator."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import InputError, ModelError, TimeGridError, ValueShapeError
from brainkernel_neurons import PoissonGroup, SpikeGenerator


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
    assert counts[2].var() / counts[2].mean() == pytest.approx(1 - 40.0 * 1e-4, abs=4 * np.sqrt(2 / 500))


def test_poisson_intervals_are_irregular():
    times, neurons = recorded(PoissonGroup(800, rates=50.0), 1500.0)
    order = np.lexsort((times, neurons))
    intervals = np.diff(times[order])[np.diff(neurons[order]) == 0]
    assert intervals.std() / intervals.mean() == pytest.approx(np.sqrt(1 - 0.005), abs=0.02)
    assert intervals.mean() == pytest.approx(20.0, rel=0.03)


def test_poisson_neurons_are_independent_of_each_other_and_of_the_seed():
    net_times = [recorded(PoissonGroup(2, rates=200.0, name="p"), 1000.0, seed=seed) for seed in (0, 0, 1)]
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
    [([1.0], [2]), ([1.0], [-1]), ([1.0], [0.5]), ([1.0, 2.0], [0, 1, 0]), ([1.0], None), ([[1.0]], [[0]])],
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
