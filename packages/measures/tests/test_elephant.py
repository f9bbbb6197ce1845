"""Measures that Elephant has too are equal to its own, to 1e-10."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from given_trains import batch_of, poisson_trains, spikes_of

import brainkernel_measures as measures

STOP = 2000.0
TRAINS = [*poisson_trains(5, 20.0, STOP, seed=3), np.array([])]
pytestmark = pytest.mark.filterwarnings("ignore::Warning:elephant", "ignore::Warning:quantities")
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(scope="module")
def elephant():
    """Elephant, and what its functions take."""
    pytest.importorskip("neo")
    return pytest.importorskip("elephant")


@pytest.fixture(scope="module")
def ms():
    return pytest.importorskip("quantities").ms


@pytest.fixture(scope="module")
def trains(ms):
    neo = pytest.importorskip("neo")
    return [neo.SpikeTrain(train * ms, t_start=0.0 * ms, t_stop=STOP * ms) for train in TRAINS]


@pytest.fixture(scope="module")
def spikes():
    return spikes_of(TRAINS, STOP)


def binned(elephant, trains, ms, width):
    from elephant.conversion import BinnedSpikeTrain

    return BinnedSpikeTrain(trains, bin_size=width * ms, tolerance=None)


def test_mean_rate(elephant, trains, spikes):
    from elephant.statistics import mean_firing_rate

    theirs = [mean_firing_rate(train).rescale("Hz").item() for train in trains]
    np.testing.assert_allclose(measures.mean_rate(spikes), theirs, **CLOSE)


def test_spike_counts_in_bins(elephant, trains, spikes, ms):
    theirs = binned(elephant, trains, ms, 7.0).to_array()
    np.testing.assert_array_equal(measures.spike_count(spikes, 7.0), theirs)


def test_time_histogram(elephant, trains, spikes, ms):
    from elephant.statistics import time_histogram

    histogram = time_histogram(trains, 5.0 * ms, output="rate")
    theirs = histogram.rescale("Hz").magnitude.ravel()
    np.testing.assert_allclose(measures.binned_rate(spikes, 5.0), theirs, **CLOSE)


@pytest.mark.parametrize(
    ("kernel", "theirs", "widths", "cutoff"),
    [
        ("gaussian", "GaussianKernel", 1.0, 8.0),
        ("exponential", "ExponentialKernel", 1.0, 33.0),
        ("alpha", "AlphaKernel", np.sqrt(2.0), 37.0),
    ],
)
def test_instantaneous_rate(elephant, trains, spikes, ms, kernel, theirs, widths, cutoff):
    import elephant.kernels
    from elephant.statistics import instantaneous_rate

    width = 10.0
    sigma = width * widths  # their alpha kernel is given by its standard deviation
    shape = getattr(elephant.kernels, theirs)(sigma * ms)
    rates = instantaneous_rate(
        trains, 1.0 * ms, shape, cutoff=cutoff * width / sigma, center_kernel=False
    )
    ours = measures.instantaneous_rate(spikes, kernel, width, every=1.0, per="neuron")
    np.testing.assert_allclose(ours, rates.rescale("Hz").magnitude.T, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("name", ["cv", "cv2", "lv", "lvr"])
def test_variation_of_intervals(elephant, trains, spikes, name):
    from elephant import statistics

    theirs = []
    for train in trains[:-1]:
        intervals = statistics.isi(train)
        plain = intervals.magnitude if name in ("cv2", "lv") else intervals
        theirs.append(float(getattr(statistics, name)(plain)))
    ours = getattr(measures, name)(spikes)
    np.testing.assert_allclose(ours, [*theirs, np.nan], **CLOSE)


def test_intervals(elephant, trains, spikes):
    from elephant.statistics import isi

    theirs = np.concatenate([isi(train).magnitude for train in trains[:-1]])
    np.testing.assert_allclose(measures.isi(spikes), theirs, **CLOSE)


def test_fano_factor_over_trials(elephant, trains):
    from elephant.statistics import fanofactor

    trials = batch_of([[train] for train in TRAINS], STOP)
    ours = measures.fano_factor(trials, over="batch")
    np.testing.assert_allclose(ours, [fanofactor(trains)], **CLOSE)


def test_count_correlation_and_covariance(elephant, trains, spikes, ms):
    from elephant.spike_train_correlation import correlation_coefficient, covariance

    theirs = binned(elephant, trains[:-1], ms, 20.0)
    heard = spikes.sel(cell=slice(0, 4))
    for ours, function in (
        (measures.count_correlation(heard, 20.0), correlation_coefficient),
        (measures.count_covariance(heard, 20.0), covariance),
    ):
        np.testing.assert_allclose(ours, function(theirs), **CLOSE)


@pytest.mark.parametrize("normalize", ["count", "coefficient"])
def test_cross_correlogram(elephant, trains, spikes, ms, normalize):
    from elephant.spike_train_correlation import cross_correlation_histogram

    ours = measures.cross_correlogram(spikes, 5.0, 50.0, normalize)
    for pair in ((0, 1), (3, 2), (4, 4)):
        first, second = (binned(elephant, trains[number], ms, 5.0) for number in pair)
        theirs, lags = cross_correlation_histogram(
            first,
            second,
            window=[-10, 10],
            cross_correlation_coefficient=normalize == "coefficient",
        )
        np.testing.assert_allclose(ours[pair], theirs.magnitude.ravel(), **CLOSE)
        np.testing.assert_allclose(ours.lag, lags * 5.0, **CLOSE)


@pytest.mark.parametrize("window", [0.5, 5.0, 200.0])
def test_sttc(elephant, trains, spikes, ms, window):
    from elephant.spike_train_correlation import spike_time_tiling_coefficient

    ours = measures.sttc(spikes, window)
    for first in range(6):
        for second in range(6):
            theirs = spike_time_tiling_coefficient(trains[first], trains[second], window * ms)
            np.testing.assert_allclose(ours[first, second], theirs, **CLOSE)


@pytest.mark.parametrize("tau", [1.0, 20.0, 1000.0])
def test_van_rossum_distance(elephant, trains, spikes, ms, tau):
    from elephant.spike_train_dissimilarity import van_rossum_distance

    theirs = van_rossum_distance(trains, tau * ms)
    ours = measures.van_rossum_distance(spikes, tau)
    np.testing.assert_allclose(ours**2, theirs**2, **CLOSE)


def signals():
    rng = np.random.default_rng(5)
    time = np.arange(1, 4097) * 0.5
    rhythm = np.sin(2.0 * np.pi * time / 25.0)
    noise = rng.normal(size=(time.size, 2))
    return xarray.DataArray(
        rhythm[:, None] + noise,
        {"time": time},
        ("time", "neuron"),
        "V",
        {"units": "mV"},
    )


def as_neo(signal, ms):
    import neo

    return neo.AnalogSignal(
        signal.values, units="mV", sampling_period=0.5 * ms, t_start=float(signal.time[0]) * ms
    )


def test_spectrum(elephant, ms):
    from elephant.spectral import welch_psd

    signal = signals()
    ours = measures.spectrum(signal, segment=256.0)
    frequencies, theirs = welch_psd(as_neo(signal, ms), len_segment=512, frequency_resolution=None)
    np.testing.assert_allclose(ours.frequency, frequencies.rescale("Hz").magnitude, **CLOSE)
    np.testing.assert_allclose(ours.T, theirs.magnitude, **CLOSE)


def test_coherence(elephant, ms):
    from elephant.spectral import welch_coherence

    signal = signals()
    first, second = signal.isel(neuron=0), signal.isel(neuron=1)
    _, theirs, _ = welch_coherence(as_neo(first, ms), as_neo(second, ms), len_segment=512)
    ours = measures.coherence(first, second, segment=256.0)
    np.testing.assert_allclose(ours, np.ravel(theirs), **CLOSE)


def test_phase_locking(elephant, trains, spikes, ms):
    from elephant.phase_analysis import mean_phase_vector, spike_triggered_phase
    from elephant.signal_processing import hilbert

    signal = signals().mean("neuron", keep_attrs=True)
    analytic = hilbert(as_neo(signal - signal.mean(), ms), padding=None)
    phases, _, _ = spike_triggered_phase(analytic, trains[:-1], interpolate=True)
    theirs = [mean_phase_vector(np.ravel(phase)) for phase in phases]
    ours = measures.phase_locking(spikes, signal)
    for number, (angle, length) in enumerate(theirs):
        np.testing.assert_allclose(ours.mean_phase[number], angle, **CLOSE)
        np.testing.assert_allclose(ours.phase_locking[number], length, **CLOSE)
