"""Figures that are known in advance: from definitions, and from theory."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from given_trains import batch_of, poisson_trains, spikes_of

import brainkernel_measures as measures

CLOCK = np.arange(1, 101) * 10.0


@pytest.fixture(scope="module")
def poisson():
    """Forty Poisson trains at 20 Hz for 100 s: two thousand spikes each."""
    return spikes_of(poisson_trains(40, 20.0, 1e5, seed=1), 1e5)


def test_a_poisson_process_has_variations_and_fano_factor_of_one(poisson):
    for measure in (measures.cv, measures.cv2, measures.lv):
        assert float(measure(poisson).mean()) == pytest.approx(1.0, abs=0.01), measure
    assert float(measures.fano_factor(poisson, 50.0).mean()) == pytest.approx(1.0, abs=0.02)


def test_a_clock_has_none():
    clock = spikes_of([CLOCK, []], 1000.0)
    for measure in (measures.cv, measures.cv2, measures.lv, measures.lvr):
        np.testing.assert_allclose(measure(clock), [0.0, np.nan], atol=1e-12)
    np.testing.assert_allclose(measures.fano_factor(clock, 100.0), [0.0, np.nan])
    np.testing.assert_array_equal(measures.isi(clock), np.full(99, 10.0))


def test_two_intervals_that_alternate():
    # 1, 3, 1, 3 ms: mean 2, deviation 1; |3 - 1| / (3 + 1) = 1/2 each time
    times = np.cumsum([1.0, *[1.0, 3.0] * 50])
    spikes = spikes_of([times], 300.0)
    assert measures.cv(spikes).item() == pytest.approx(0.5)
    assert measures.cv2(spikes).item() == pytest.approx(1.0)
    assert measures.lv(spikes).item() == pytest.approx(0.75)
    assert measures.lvr(spikes, 5.0).item() == pytest.approx(0.75 * 6.0)
    assert measures.burst_index(spikes, 2.0).item() == pytest.approx(0.5)
    assert measures.burst_index(spikes, 3.0).item() == pytest.approx(0.5)


def test_one_spike_has_no_interval_and_one_interval_no_variation():
    spikes = spikes_of([[5.0], [5.0, 9.0]], 10.0)
    assert np.isnan(measures.cv(spikes)).all()
    np.testing.assert_allclose(measures.burst_index(spikes), [np.nan, 1.0])


def test_rates_count_silent_neurons():
    spikes = spikes_of([CLOCK, []], 1000.0)
    np.testing.assert_allclose(measures.mean_rate(spikes), [100.0, 0.0])
    np.testing.assert_allclose(measures.binned_rate(spikes, 10.0), 50.0)
    np.testing.assert_allclose(measures.binned_rate(spikes, 10.0, per="neuron")[1], 0.0)


def test_a_spike_on_an_edge_belongs_to_the_bin_that_ends_there():
    times = np.arange(1, 31) * 0.1  # 0.3 is not 3 * 0.1 in binary
    counts = measures.spike_count(spikes_of([times], 3.0), 0.3)
    np.testing.assert_array_equal(counts[0], 3)
    # and 0.3 / 0.1 is below 3
    assert measures.spike_count(spikes_of([[0.1, 0.2]], 0.3), 0.1).values.tolist() == [[1, 1, 0]]


@pytest.mark.parametrize("kernel", ["gaussian", "rectangular", "exponential", "alpha"])
def test_a_kernel_has_area_one(kernel):
    rate = measures.instantaneous_rate(spikes_of([[500.0]], 1000.0), kernel, 11.0, every=0.1)
    # a kernel that jumps is half an interval off
    assert float(rate.sum()) * 0.1e-3 == pytest.approx(1.0, rel=0.01)
    inside = rate.time[rate > 1e-9]
    assert (inside.min() >= 499.9) == (kernel in ("exponential", "alpha"))
    if kernel == "exponential":
        assert float(rate.sel(time=500.0, method="nearest")) == pytest.approx(1000.0 / 11.0)


def test_the_gaussian_kernel_peaks_at_the_spike():
    rate = measures.instantaneous_rate(spikes_of([[500.0], []], 1000.0), width=10.0)
    assert float(rate.max()) == pytest.approx(1000.0 / (10.0 * np.sqrt(2.0 * np.pi)) / 2.0)
    assert float(rate.time[rate.argmax("time")]) == 500.0


def test_psth():
    responses = [onset + lag for onset in (100.0, 300.0) for lag in (12.0, 13.0)]
    histogram = measures.psth(
        spikes_of([responses, []], 500.0), [100.0, 300.0], before=10.0, after=20.0
    )
    assert histogram.lag.values.tolist() == [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]
    # two spikes in 5 ms of one of two neurons
    np.testing.assert_allclose(histogram, [0.0, 0.0, 0.0, 0.0, 200.0, 0.0])


def test_counts_that_are_equal_opposite_and_independent(poisson):
    first = np.arange(0, 50) * 20.0 + 5.0
    spikes = spikes_of([first, first, first + 10.0, []], 1000.0)
    correlation = measures.count_correlation(spikes, 10.0)
    assert correlation[0, 1].item() == pytest.approx(1.0)
    assert correlation[0, 2].item() == pytest.approx(-1.0)
    assert np.isnan(correlation[3]).all()
    # counts 1, 0 and 0, 1 in two bins: -1/4 - 1/4, by one less than the bins
    two = measures.count_covariance(spikes_of([[5.0], [15.0]], 20.0), 10.0)
    np.testing.assert_allclose(two, [[0.5, -0.5], [-0.5, 0.5]])
    others = measures.count_correlation(poisson, 10.0).values[np.triu_indices(40, 1)]
    assert abs(others).max() < 0.05


def test_a_cross_correlogram_peaks_at_the_delay():
    trains = poisson_trains(1, 10.0, 1e4, seed=2)
    trains = [trains[0] - trains[0] % 1.0 + 0.5, trains[0] - trains[0] % 1.0 + 3.5]
    spikes = spikes_of([np.unique(train) for train in trains], 1e4 + 10.0)
    counts = measures.cross_correlogram(spikes, 1.0, 20.0)
    number = np.unique(trains[0]).size
    assert counts.sel(neuron=0, other_neuron=1, lag=3.0).item() == number
    assert counts.sel(neuron=1, other_neuron=0, lag=-3.0).item() == number
    rate = measures.cross_correlogram(spikes, 1.0, 20.0, "rate")
    assert rate.sel(neuron=0, other_neuron=1, lag=3.0).item() == pytest.approx(1000.0)
    coefficient = measures.cross_correlogram(spikes, 1.0, 20.0, "coefficient")
    assert coefficient.sel(neuron=0, other_neuron=1, lag=3.0).item() == pytest.approx(1.0)


def test_sttc_of_known_cases():
    # one spike each, 3 ms apart, of 100 ms: P = 1 and T = 0.1
    assert measures.sttc(spikes_of([[50.0], [53.0]], 100.0))[0, 1].item() == pytest.approx(1.0)
    # too far apart: P = 0, so each half is -T
    assert measures.sttc(spikes_of([[30.0], [60.0]], 100.0))[0, 1].item() == pytest.approx(-0.1)
    # half the spikes of one are close: (1/2 - 0.1) / (1 - 0.05) and (1 - 0.2) / (1 - 0.2)
    mixed = measures.sttc(spikes_of([[30.0, 70.0], [30.0]], 100.0))[0, 1].item()
    assert mixed == pytest.approx(0.5 * (0.4 / 0.95 + 1.0))
    # windows that overlap: T is 0.18 and 0.1
    overlapping = measures.sttc(spikes_of([[30.0, 38.0], [80.0]], 100.0))[0, 1].item()
    assert overlapping == pytest.approx(-0.14)
    # 3 * 0.1 - 0.1 is above 0.2 in binary
    assert measures.sttc(spikes_of([[0.1], [3 * 0.1]], 10.0), 0.2)[0, 1].item() == pytest.approx(
        1.0
    )
    equal = measures.sttc(spikes_of([CLOCK, CLOCK, []], 1000.0))
    assert equal[0, 1].item() == pytest.approx(1.0)
    assert np.isnan(equal[2]).all()


def test_van_rossum_distance_of_two_spikes():
    spikes = spikes_of([[50.0], [65.0], [], [50.0, 60.0]], 100.0)
    distance = measures.van_rossum_distance(spikes, 20.0)
    assert distance[0, 2].item() == pytest.approx(1.0)
    assert distance[0, 1].item() == pytest.approx(np.sqrt(2.0 * (1.0 - np.exp(-0.75))))
    assert distance[3, 2].item() == pytest.approx(np.sqrt(2.0 * (1.0 + np.exp(-0.5))))
    np.testing.assert_allclose(np.diag(distance), 0.0)


def test_spike_distance():
    trains = [[100.0, 250.0, 400.0, 700.0], [110.0, 240.0, 430.0, 690.0, 900.0], [500.0], []]
    distance = measures.spike_distance(spikes_of(trains, 1000.0))
    # as PySpike 0.9 has them
    expected = {
        (0, 1): 0.11149647851600783,
        (0, 2): 0.3966438609467456,
        (0, 3): 0.3661384100848984,
        (1, 2): 0.34450776193159344,
        (1, 3): 0.3552781462134854,
        (2, 3): 4.0 / 9.0,
    }
    for (first, second), value in expected.items():
        assert distance[first, second].item() == pytest.approx(value, rel=1e-12)
        assert distance[second, first].item() == distance[first, second].item()
    np.testing.assert_array_equal(np.diag(distance), 0.0)
    once, twice = [[100.0, 900.0], [500.0]], [[100.0, 100.0, 900.0], [500.0]]
    np.testing.assert_array_equal(
        measures.spike_distance(spikes_of(twice, 1000.0)),
        measures.spike_distance(spikes_of(once, 1000.0)),
    )


def test_spike_distance_of_a_shifted_clock():
    # in the middle of long trains: distances Δ, intervals P, so the profile is Δ/P
    early, late = np.arange(50, 10000) * 100.0, np.arange(50, 10000) * 100.0 + 7.0
    distance = measures.spike_distance(spikes_of([early, late], 1e6))[0, 1].item()
    assert distance == pytest.approx(0.07, rel=0.01)


def test_vector_strength():
    rng = np.random.default_rng(7)
    locked = np.arange(1, 100) * 25.0 + 3.0
    uniform = np.arange(100) * 25.0 + np.arange(100) * 0.25  # each phase once
    jittered = np.arange(4000) * 25.0 + 10.0 + rng.normal(0.0, 2.0, 4000)
    strength = measures.vector_strength(spikes_of([locked, uniform, jittered, []], 1e5), 25.0)
    assert strength[0].item() == pytest.approx(1.0)
    assert strength[1].item() == pytest.approx(0.0, abs=1e-12)
    # a normal jitter of deviation s: exp(-(2πs/T)²/2)
    assert strength[2].item() == pytest.approx(np.exp(-0.5 * (np.pi * 4.0 / 25.0) ** 2), abs=0.02)
    assert np.isnan(strength[3])


def test_phase_locking():
    time = np.arange(1, 20001) * 0.5
    rhythm = np.cos(2.0 * np.pi * time / 25.0) + 0.5 * np.cos(2.0 * np.pi * time / 400.0)
    signal = xarray.DataArray(rhythm, {"time": time}, ("time",), "lfp")
    early = np.arange(10, 390) * 25.0 + 6.4
    at_random = poisson_trains(1, 100.0, 9900.0, seed=4)[0]
    spikes = spikes_of([early, at_random, [], [5000.0, 5012.5]], 1e4)
    locking = measures.phase_locking(spikes, signal, band=(30.0, 50.0))
    assert locking.phase_locking[0].item() == pytest.approx(1.0, abs=1e-3)
    assert locking.mean_phase[0].item() == pytest.approx(2.0 * np.pi * 6.4 / 25.0, abs=0.01)
    assert locking.pairwise_phase_consistency[1].item() == pytest.approx(0.0, abs=0.005)
    # opposite phases
    assert locking.pairwise_phase_consistency[3].item() == pytest.approx(-1.0, abs=1e-3)
    assert locking.spike_count.values.tolist() == [380, at_random.size, 0, 2]
    assert np.isnan(locking.phase_locking[2])


def test_kappa():
    same = spikes_of([CLOCK, CLOCK, CLOCK, []], 1000.0)
    assert measures.kappa(same).item() == pytest.approx(1.0)
    apart = spikes_of([CLOCK, CLOCK - 5.0], 1000.0)
    assert measures.kappa(apart).item() == pytest.approx(0.0, abs=1e-12)
    # pairs with 1, 0 and 0 coincidences of 2 and 2 spikes: the mean of 1/2, 0, 0
    mixed = spikes_of([[10.0, 20.0], [10.0, 30.0], [40.0, 50.0]], 100.0)
    assert measures.kappa(mixed).item() == pytest.approx(1.0 / 6.0)
    assert np.isnan(measures.kappa(spikes_of([CLOCK, []], 1000.0)))


def test_kappa_of_independent_neurons_is_the_chance_of_a_spike(poisson):
    chance = 1.0 - np.exp(-20.0 * 2e-3)
    assert measures.kappa(poisson, 2.0).item() == pytest.approx(chance, rel=0.03)


def group_of(values):
    time = np.arange(1, values.shape[0] + 1) * 1.0
    coordinates = {"time": time, "neuron": np.arange(values.shape[1])}
    attributes = {"units": "mV"}
    return xarray.DataArray(values, coordinates, ("time", "neuron"), "V", attributes)


def test_chi_squared():
    rng = np.random.default_rng(8)
    noise = rng.normal(size=(4000, 50))
    assert measures.chi_squared(group_of(noise)).item() == pytest.approx(1 / 50, rel=0.15)
    same = np.repeat(noise[:, :1], 50, axis=1)
    assert measures.chi_squared(group_of(same)).item() == pytest.approx(1.0)
    # mean of N independent and one common part of equal variance: (1/N + 1) / 2
    mixed = measures.chi_squared(group_of(noise + rng.normal(size=(4000, 1)))).item()
    assert mixed == pytest.approx(0.51, abs=0.03)


def test_functional_connectivity():
    rng = np.random.default_rng(9)
    values = rng.normal(size=(500, 4))
    values[:, 1] = -2.0 * values[:, 0]
    values[:, 3] = 1.0
    matrix = measures.functional_connectivity(group_of(values))
    assert matrix.dims == ("neuron", "other_neuron")
    with np.errstate(invalid="ignore"):
        expected = np.corrcoef(values.T)
    expected[3, 3] = np.nan
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    assert matrix[0, 1].item() == pytest.approx(-1.0)


def test_the_spectrum_holds_the_variance_and_peaks_at_the_rhythm():
    time = np.arange(1, 2**14 + 1) * 0.5
    rng = np.random.default_rng(10)
    values = 2.0 * np.sin(2.0 * np.pi * time / 20.0)[:, None] + rng.normal(size=(time.size, 2))
    signal = group_of(values).assign_coords(time=time)
    power = measures.spectrum(signal)
    assert power.dims == ("frequency", "neuron")
    assert power.attrs["units"] == "mV**2/Hz"
    assert power.frequency[power.argmax("frequency")].values == pytest.approx(50.0, abs=1.0)
    spacing = float(power.frequency[1])
    np.testing.assert_allclose(power.sum("frequency") * spacing, signal.var("time"), rtol=0.05)


def test_coherence_of_a_signal_in_noise():
    rng = np.random.default_rng(11)
    common = rng.normal(size=(2**15, 1))
    signal = group_of(common + rng.normal(size=(2**15, 2)))
    values = measures.coherence(signal.isel(neuron=0), signal.isel(neuron=1), segment=128.0)
    # half of each spectrum is common: (1/2)²
    assert float(values.mean()) == pytest.approx(0.25, abs=0.02)


def test_lfp_proxies():
    time = np.arange(1, 11) * 2.0
    excitatory = group_of(np.ones((10, 3)) * np.arange(10)[:, None]).assign_coords(time=time)
    inhibitory = (-2.0 * xarray.ones_like(excitatory)).assign_attrs(units="mV")
    field = measures.lfp_proxy(excitatory, inhibitory)
    # three samples of 2 ms are 6 ms
    np.testing.assert_array_equal(field.time, time[3:])
    np.testing.assert_allclose(field, 3 * np.arange(7) + 1.65 * 6.0)
    assert measures.lfp_proxy(excitatory, inhibitory, "sum")[4].item() == 12.0 - 6.0
    assert measures.lfp_proxy(excitatory, inhibitory, "absolute_sum")[4].item() == 12.0 + 6.0
    assert field.attrs["units"] == "mV"


def test_avalanche_sizes():
    spikes = spikes_of([[1.5, 2.5, 8.5], [2.6, 3.5, 15.5], []], 20.0)
    avalanches = measures.avalanche_sizes(spikes, 1.0)
    assert avalanches["size"].values.tolist() == [4, 1, 1]
    assert avalanches.duration.values.tolist() == [3.0, 1.0, 1.0]
    assert avalanches.time.values.tolist() == [1.0, 8.0, 15.0]
    # five intervals from 1.5 to 15.5
    assert measures.avalanche_sizes(spikes).attrs["bin_width_ms"] == pytest.approx(14.0 / 5.0)


def test_avalanches_end_with_their_run():
    runs = batch_of([[[1.5, 9.5]], [[0.5]]], 10.0)
    avalanches = measures.avalanche_sizes(runs, 1.0)
    assert avalanches["size"].values.tolist() == [1, 1, 1]
    assert avalanches.run.values.tolist() == [0, 0, 1]
    assert avalanches.time.values.tolist() == [1.0, 9.0, 0.0]
