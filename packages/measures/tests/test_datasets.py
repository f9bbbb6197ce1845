"""Measures take what monitors give: groups, slices, batches, selections, lazy arrays."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import xarray
from given_trains import batch_of, poisson_trains, spikes_of

import brainkernel as bk
import brainkernel_measures as measures
from brainkernel.testing.imports import loaded_by, packages
from brainkernel_measures.spike_trains import spike_trains

OF_SPIKES = {
    "binned_rate": {"per": "neuron"},
    "burst_index": {},
    "count_correlation": {},
    "count_covariance": {},
    "cross_correlogram": {},
    "cv": {},
    "cv2": {},
    "fano_factor": {},
    "instantaneous_rate": {"per": "neuron"},
    "lv": {},
    "lvr": {},
    "mean_rate": {},
    "psth": {"triggers": [300.0], "per": "neuron"},
    "spike_count": {},
    "spike_distance": {},
    "sttc": {},
    "van_rossum_distance": {},
    "vector_strength": {"period": 25.0},
}


class Cell(bk.Neuron):
    """A leaky cell that fires at a rate of its own."""

    tau = bk.parameter(10.0, unit="ms")
    drive = bk.parameter(15.0, unit="mV")
    V = bk.state(0.0, unit="mV")

    @bk.derivative
    def dV(V, tau, drive):
        return (drive - V) / tau

    @bk.threshold
    def fires(V):
        return V - 10.0

    @bk.reset("V")
    def after(V):
        return 0.0


@pytest.fixture(scope="module")
def network():
    """Five neurons, one of them silent, whose neighbour is not recorded."""
    drives = np.array([12.0, 15.0, 20.0, 5.0, 30.0])
    positions = np.arange(10.0).reshape(5, 2)
    cells = Cell(5, drive=drives, positions=positions, name="cells")
    net = bk.Network(
        cells,
        spikes=bk.SpikeMonitor(cells[1:]),
        rate=bk.RateMonitor(cells[1:], every=5.0),
        states=bk.StateMonitor(cells, ["V", "spike"]),
    )
    net.run(200.0)
    return net


@pytest.fixture(scope="module")
def batch(network):
    cells = network["cells"]
    return network.run(100.0, batch={(cells, "tau"): [10.0, 5.0, 1000.0]})


def test_neurons_keep_their_numbers_and_positions(network):
    rates = measures.mean_rate(network.spikes)
    assert rates.dims == ("neuron",)
    assert rates.neuron.values.tolist() == [1, 2, 3, 4]
    assert rates.x.values.tolist() == [2.0, 4.0, 6.0, 8.0]
    assert rates.attrs["units"] == "Hz"
    assert rates.sel(neuron=3).item() == 0.0
    # from 0 to 10 mV by 15 (1 - exp(-t/10)): 11.0 ms, 18 times in 200 ms
    assert rates.sel(neuron=1).item() == pytest.approx(90.0)


def test_the_rate_in_bins_is_that_of_a_rate_monitor(network):
    rate = measures.binned_rate(network.spikes, 5.0)
    np.testing.assert_array_equal(rate.time, network.rate.time)
    np.testing.assert_allclose(rate, network.rate.rate, rtol=1e-12)


def test_spikes_of_a_state_monitor_are_those_of_a_spike_monitor(network):
    watched = network.states.isel(neuron=slice(1, None))
    ours, theirs = spike_trains(watched), spike_trains(network.spikes)
    np.testing.assert_array_equal(ours.times, theirs.times)
    np.testing.assert_array_equal(ours.train, theirs.train)
    xarray.testing.assert_identical(measures.cv(watched), measures.cv(network.spikes))


def test_spikes_between_samples_would_be_missing(network):
    with pytest.raises(ValueError, match="record them with a SpikeMonitor"):
        measures.cv(network.states.isel(time=slice(None, None, 10)))


def test_a_batch_gives_a_row_for_each_run(batch):
    spikes = batch["spikes"].to_dataset()
    rates = measures.mean_rate(spikes)
    assert rates.dims == ("batch", "neuron")
    assert rates.cells_tau.values.tolist() == [10.0, 5.0, 1000.0]
    # from 0 to 10 of 15 mV in tau ln 3
    np.testing.assert_allclose(rates.sel(neuron=1)[:2], [90.0, 180.0], atol=10.0)
    assert (rates[2] <= 10.0).all()  # what was close to the threshold
    chi = measures.chi_squared(batch["states"].to_dataset(), "V")
    assert chi.dims == ("batch",)
    assert ((chi > 0.0) & (chi < 1.0)).all()


RUNS = [poisson_trains(3, 30.0, 1000.0, seed) for seed in range(3)]
RUNS[1][2] = np.array([])


@pytest.mark.parametrize("name", OF_SPIKES)
def test_each_run_of_a_batch_has_the_numbers_of_that_run_alone(name):
    measure, options = getattr(measures, name), OF_SPIKES[name]
    together = measure(batch_of(RUNS, 1000.0), **options)
    for number, trains in enumerate(RUNS):
        alone = measure(spikes_of(trains, 1000.0), **options)
        np.testing.assert_allclose(together[number], alone, rtol=1e-12, atol=1e-12)
        assert together.dims == ("batch", *alone.dims)
    assert together.seed.values.tolist() == [100, 101, 102]
    assert together.attrs["units"]
    assert together.attrs["long_name"]
    assert together.name


@pytest.mark.parametrize("name", OF_SPIKES)
def test_a_dataset_without_a_spike_has_results(name):
    with np.errstate(all="raise"):
        nothing = getattr(measures, name)(spikes_of([[], []], 1000.0), **OF_SPIKES[name])
    assert nothing.sizes["neuron"] == 2


def test_runs_and_neurons_are_selected_with_xarray():
    runs = batch_of(RUNS, 1000.0)
    one = measures.sttc(runs.sel(batch=2, cell=[2, 0]))
    assert one.dims == ("neuron", "other_neuron")
    assert one.neuron.values.tolist() == [2, 0]
    full = measures.sttc(spikes_of(RUNS[2], 1000.0))
    np.testing.assert_allclose(one, full[[2, 0]][:, [2, 0]])
    assert one.seed.item() == 102
    some = measures.spike_count(runs.isel(cell=[0, 1], batch=[0, 2]))
    np.testing.assert_array_equal(some, measures.spike_count(runs)[[0, 2], :2])


def test_spikes_may_come_in_any_order():
    spikes = spikes_of(RUNS[0], 1000.0)
    backwards = spikes.isel(spike=slice(None, None, -1))
    xarray.testing.assert_identical(measures.cv2(backwards), measures.cv2(spikes))


def test_what_is_listed_says_whose_it_is():
    intervals = measures.isi(batch_of(RUNS, 1000.0))
    expected = np.diff(RUNS[2][1])
    chosen = intervals[(intervals.run == 2) & (intervals.neuron == 1)]
    np.testing.assert_allclose(chosen, expected)
    np.testing.assert_allclose(chosen.time, RUNS[2][1][1:])


def test_between_counts_the_time_that_is_left(network):
    late = measures.between(network.spikes, 100.0)
    assert late.attrs["t_start_ms"] == 100.0
    assert late.attrs["duration_ms"] == 100.0
    spikes = network.spikes
    number = int(((spikes.neuron == 4) & (spikes.time > 100.0)).sum())
    assert measures.mean_rate(late).sel(neuron=4).item() == pytest.approx(10.0 * number)
    np.testing.assert_allclose(measures.between(network.rate, 12.0, 31.0).time, [20.0, 25.0, 30.0])
    np.testing.assert_allclose(measures.between(network.states, 199.8).time, [199.9, 200.0])
    with pytest.raises(ValueError, match="nothing is left"):
        measures.between(network.spikes, 300.0)


def test_between_keeps_spikes_at_its_end_and_not_at_its_beginning():
    times = np.arange(1, 101) * 0.1
    half = measures.between(spikes_of([times], 10.0), 0.3, 0.7)
    np.testing.assert_allclose(half.time, [0.4, 0.5, 0.6, 0.7])


def test_states_stay_lazy_where_they_are():
    pytest.importorskip("dask")
    rng = np.random.default_rng(0)
    coordinates = {"time": np.arange(1, 1025) * 1.0, "neuron": np.arange(4)}
    values = rng.normal(size=(1024, 4))
    eager = xarray.DataArray(values, coordinates, ("time", "neuron"), "V", {"units": "mV"})
    lazy = eager.chunk(time=100)
    calls = {
        "chi_squared": (lambda signal: measures.chi_squared(signal)),
        "functional_connectivity": (lambda signal: measures.functional_connectivity(signal)),
        "spectrum": (lambda signal: measures.spectrum(signal)),
        "coherence": (lambda signal: measures.coherence(signal, signal.mean("neuron"))),
        "lfp_proxy": (lambda signal: measures.lfp_proxy(signal, -signal)),
    }
    for name, call in calls.items():
        result = call(lazy)
        assert result.chunks is not None, name
        np.testing.assert_allclose(result.compute(), call(eager), err_msg=name)


def test_the_tree_of_a_run_is_taken_as_its_datasets_are(network, batch):
    spikes, states = (xarray.DataTree(data) for data in (network.spikes, network.states))
    expected = measures.cv(network.spikes)
    xarray.testing.assert_identical(measures.cv(spikes), expected)
    xarray.testing.assert_identical(spikes.bk.cv(), expected)
    assert measures.between(spikes, 150.0).attrs["duration_ms"] == 50.0
    assert len(measures.to_dataframe(spikes)) == network.spikes.sizes["spike"]
    assert measures.chi_squared(states, "V").dims == ()
    assert measures.sttc(batch["spikes"]).dims == ("batch", "neuron", "other_neuron")


def test_the_accessor_has_all_functions(network):
    assert set(measures.__all__) - {"spike_dataset"} <= set(dir(network.spikes.bk))
    xarray.testing.assert_identical(network.spikes.bk.cv2(), measures.cv2(network.spikes))
    xarray.testing.assert_identical(
        network.states.V.bk.spectrum(segment=50.0),
        measures.spectrum(network.states.V, segment=50.0),
    )
    method = network.spikes.bk.sttc
    assert method.__doc__ == measures.sttc.__doc__
    assert list(inspect.signature(method).parameters) == ["window"]
    with pytest.raises(AttributeError, match=r"no measure 'fano'; there are .*fano_factor"):
        _ = network.spikes.bk.fano


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: measures.cv(net.states[["V"]]), "give what a SpikeMonitor recorded"),
        (lambda net: measures.cv(net.spikes.drop_attrs()), "no attribute 't_start_ms'"),
        (lambda net: measures.binned_rate(net.spikes, 0.0), "bin_width = 0.0: it must be above 0"),
        (lambda net: measures.binned_rate(net.spikes, 500.0), "does not fit into the 200 ms"),
        (lambda net: measures.binned_rate(net.spikes, per="cell"), "'group' or 'neuron'"),
        (lambda net: measures.instantaneous_rate(net.spikes, "normal"), "there are alpha, expo"),
        (lambda net: measures.psth(net.spikes, [10.0]), "that of 10 ms does not"),
        (lambda net: measures.psth(net.spikes, []), "there is none"),
        (lambda net: measures.fano_factor(net.spikes, over="batch"), "this dataset is no batch"),
        (lambda net: measures.fano_factor(net.spikes, over="trials"), "'time' or 'batch'"),
        (lambda net: measures.cross_correlogram(net.spikes, normalize="z"), "coefficient, count"),
        (lambda net: measures.lvr(net.spikes, -1.0), "at least 0"),
        (lambda net: measures.chi_squared(net.states), "name one of the signals .*: V, spike"),
        (lambda net: measures.chi_squared(net.states, "U"), "no such signal; there are V, spike"),
        (lambda net: measures.spectrum(net.states.V[0]), "has the dimension time"),
        (lambda net: measures.spectrum(net.rate.rate[[0, 1, 5]]), "not evenly spaced"),
        (lambda net: measures.spectrum(net.rate.rate[:1]), "at least 2 are needed"),
        (lambda net: measures.spectrum(net.rate, overlap=1.0), "a share, at least 0"),
        (lambda net: measures.coherence(net.states.V, net.rate.rate), "different times"),
        (lambda net: measures.coherence(net.rate, net.rate, segment=1e3), "take a shorter one"),
        (lambda net: measures.phase_locking(net.spikes, net.states.V), "as its mean over them"),
        (lambda net: measures.lfp_proxy(net.states.V, net.states.V, "mean"), "reference_weighted"),
        (lambda net: measures.lfp_proxy(net.states.V, net.rate.rate), "different units: mV and Hz"),
        (lambda net: measures.lfp_proxy(net.states.V, net.states.V, delay=0.25), "no whole number"),
        (lambda net: measures.avalanche_sizes(net.spikes.sel(cell=[3])), "too few spikes"),
        (lambda net: measures.cv(net.spikes.sel(cell=[])), "no neurons or runs left"),
        (lambda net: measures.cv(net.spikes.assign_coords(cell=list("abcd"))), "not <U1 as a"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_do(network, call, message):
    with pytest.raises(ValueError, match=message):
        call(network)


def test_a_dataset_of_spikes_from_elsewhere():
    given = measures.spike_dataset([30.0, 10.0, 20.0], [7, 9, 7], [9, 8, 7], 100.0)
    assert measures.spike_count(given).sel(neuron=[7, 8, 9]).values.tolist() == [2, 0, 1]
    for arguments, message in (
        (([1.0], [0, 1], 2, 10.0), "one of each for each spike"),
        (([11.0], [0], 2, 10.0), "do not lie within 0 to 10 ms"),
        (([1.0], [2], 2, 10.0), "2 is not among the 2 neurons"),
    ):
        with pytest.raises(ValueError, match=message):
            measures.spike_dataset(*arguments)


def test_importing_the_package_loads_no_simulator_and_nothing_that_few_functions_need():
    loaded = packages(loaded_by("import brainkernel_measures"))
    assert {"brainkernel_measures", "xarray"} <= loaded
    assert not loaded & {"brainkernel", "h5py", "matplotlib", "neo", "pynapple", "pynwb", "scipy"}
