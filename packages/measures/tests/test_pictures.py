"""What is drawn is what was recorded, on the axes that was given, with units."""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np
import pytest
from given_trains import batch_of, poisson_trains, spikes_of

import brainkernel as bk
import brainkernel_measures as measures


@pytest.fixture(scope="module")
def pyplot():
    """Matplotlib, without a window."""
    matplotlib = pytest.importorskip("matplotlib")
    before = matplotlib.get_backend()
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield pyplot
    matplotlib.use(before)


@pytest.fixture
def ax(pyplot):
    figure, axes = pyplot.subplots()
    yield axes
    pyplot.close(figure)


class Sheet(bk.Neuron):
    """Neurons whose potential stays what it was at first."""

    V = bk.state(0.0, unit="mV")

    @bk.derivative
    def dV(V):
        return 0.0 * V

    @bk.threshold
    def fires(V):
        return V - 1e3


class Coupling(bk.Synapse):
    """Synapses with a weight."""

    weight = bk.parameter(1.0, unit="mV", per="synapse")

    @bk.on_pre("V_post")
    def receive(V_post, weight):
        return V_post + weight


@pytest.fixture(scope="module")
def network():
    sheet = Sheet((2, 3), V=np.arange(6.0), name="sheet")
    pairs = bk.connect.from_ij([2, 2, 2, 5, 4], [0, 0, 1, 1, 5])
    coupling = Coupling(sheet, sheet, connect=pairs, weight=[1.0, 2.0, 3.0, 4.0, 5.0])
    net = bk.Network(
        sheet,
        coupling,
        states=bk.StateMonitor(sheet, "V", every=0.5),
        weights=bk.StateMonitor(coupling, "weight", every=1.0),
    )
    net.run(2.0)
    return net


TRAINS = [[10.0, 20.0, 30.0], [], [15.0]]


def dots(axes):
    """What was drawn as dots: (time, row) of each."""
    return sorted(pair for line in axes.lines for pair in _pairs(line))


def _pairs(line):
    if line.get_linestyle() != "None":
        return []
    return zip(*(np.asarray(values, float).tolist() for values in line.get_data()), strict=True)


def test_a_raster_has_a_dot_for_each_spike_and_a_row_for_each_neuron(ax):
    spikes = spikes_of(TRAINS, 50.0)
    assert measures.plot_raster(spikes, ax=ax) is ax
    assert dots(ax) == [(10.0, 0.0), (15.0, 2.0), (20.0, 0.0), (30.0, 0.0)]
    assert ax.get_ylim() == (-0.5, 2.5)
    assert ax.get_xlim() == (0.0, 50.0)
    assert ax.get_xlabel() == "time (ms)"


@pytest.mark.parametrize("by", ["x", "rate"])
def test_a_raster_in_order(ax, by):
    spikes = spikes_of(TRAINS, 50.0).assign_coords(x=("cell", [3.0, 1.0, 2.0]))
    order = measures.mean_rate(spikes) if by == "rate" else by
    measures.plot_raster(spikes, sort_by=order, ax=ax)
    # the silent neuron first, the fast one last
    assert dots(ax) == [(10.0, 2.0), (15.0, 1.0), (20.0, 2.0), (30.0, 2.0)]
    assert ax.get_ylabel().startswith("neuron, by ")


def test_populations_stand_one_above_the_other(ax):
    populations = {"E": spikes_of(TRAINS, 50.0), "I": spikes_of([[12.0], []], 50.0)}
    measures.plot_raster(populations, ax=ax)
    assert (12.0, 3.0) in dots(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["E", "I"]


def test_a_million_spikes_are_drawn_at_once_as_pixels(ax):
    rng = np.random.default_rng(0)
    spikes = measures.spike_dataset(
        rng.uniform(0.0, 1e4, 10**6), rng.integers(0, 5000, 10**6), 5000, 1e4
    )
    start = perf_counter()
    measures.plot_raster(spikes, ax=ax)
    ax.figure.canvas.draw()
    assert perf_counter() - start < 20.0
    (line,) = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert line.get_rasterized()
    assert line.get_marker() == ","


def test_a_batch_is_drawn_run_by_run(ax):
    runs = batch_of([TRAINS, TRAINS], 50.0)
    with pytest.raises(ValueError, match="a batch of 2"):
        measures.plot_raster(runs, ax=ax)
    measures.plot_raster(runs.sel(batch=1), ax=ax)
    with pytest.raises(ValueError, match=r"neurons have the coordinates .*neuron"):
        measures.plot_raster(runs.sel(batch=1), sort_by="y", ax=ax)


def test_traces_have_their_spikes_drawn_in(ax, network):
    spikes = spikes_of([[], [], [1.0], [], [], []], 2.0)
    measures.plot_traces(network.states, neurons=[2, 5], spikes=spikes, peak=30.0, ax=ax)
    assert [line.get_ydata()[0] for line in ax.lines] == [2.0, 5.0]
    of_two, of_five = ax.collections
    assert of_two.get_segments()[0].tolist() == [[1.0, 2.0], [1.0, 30.0]]
    assert of_five.get_segments() == []
    assert ax.get_ylabel() == "V (mV)"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2", "5"]


def test_one_trace_without_a_neuron(ax, network):
    measures.plot_traces(network.states.V.mean("neuron", keep_attrs=True), ax=ax)
    measures.plot_traces(network.states.V.sel(neuron=4), spikes=spikes_of([[1.0]], 2.0), ax=ax)
    assert [line.get_ydata()[0] for line in ax.lines] == [2.5, 4.0]
    with pytest.raises(ValueError, match="not of single neurons"):
        mean = network.states.V.mean("neuron")
        measures.plot_traces(mean, spikes=spikes_of([[1.0]], 2.0), ax=ax)


def test_weights_over_time(ax, network):
    measures.plot_traces(network.weights, synapses=[1, 4], ax=ax)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2.0, 2.0], [5.0, 5.0]]
    assert ax.get_ylabel() == "weight (mV)"
    assert ax.get_legend().get_title().get_text() == "synapse"


def test_rates_of_spikes_and_of_a_monitor(ax):
    spikes = spikes_of(TRAINS, 50.0)
    measures.plot_rate(spikes, 10.0, label="all", ax=ax)
    expected = measures.binned_rate(spikes, 10.0)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), expected)
    measures.plot_rate(batch_of([TRAINS, TRAINS], 50.0).bk.binned_rate(10.0), ax=ax)
    assert len(ax.lines) == 3
    assert ax.get_ylabel() == "firing rate (Hz)"


def test_a_spectrum_is_computed_or_given(ax):
    rate = measures.binned_rate(spikes_of(poisson_trains(5, 50.0, 1000.0), 1000.0), 1.0)
    measures.plot_spectrum(rate, segment=100.0, ax=ax)
    measures.plot_spectrum(measures.spectrum(rate, segment=100.0), ax=ax)
    first, second = (line.get_ydata() for line in ax.lines)
    np.testing.assert_array_equal(first, second)
    assert ax.get_ylabel() == "power (Hz**2/Hz)"


def test_an_image_over_time(ax, network):
    measures.plot_image(network.states, cmap="magma", ax=ax)
    (image,) = ax.images
    assert image.get_array()[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert image.get_extent() == [0.0, 2.0, -0.5, 5.5]
    assert image.colorbar.ax.get_ylabel() == "V (mV)"


def test_an_image_of_a_sheet(ax, network):
    measures.plot_image(network.states, at=1.1, ax=ax)
    assert ax.images[0].get_array().tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert ax.get_title() == "t = 1 ms"
    with pytest.raises(ValueError, match="only a group with two axes"):
        measures.plot_image(network.states.drop_vars("index_1"), at=1.0, ax=ax)


def test_the_matrix_of_a_projection(ax, network):
    (coupling,) = network.projections
    measures.plot_connectivity(coupling, ax=ax)
    (image,) = ax.images
    matrix = image.get_array().filled(np.nan)
    expected = np.full((6, 6), np.nan)
    expected[0, 2], expected[1, 2], expected[1, 5], expected[5, 4] = 3.0, 3.0, 4.0, 5.0
    np.testing.assert_array_equal(matrix, expected)
    assert image.colorbar.ax.get_ylabel() == "weight (mV)"


def test_the_matrix_of_recorded_weights(ax, network):
    measures.plot_connectivity(network.weights, ax=ax)
    # those sources and targets that have synapses
    matrix = ax.images[0].get_array().filled(0.0)
    assert matrix.tolist() == [[3.0, 0.0, 0.0], [3.0, 0.0, 4.0], [0.0, 5.0, 0.0]]


@pytest.mark.parametrize(("which", "numbers"), [("in", [3, 1, 2]), ("out", [3, 2, 0, 1])])
def test_degrees(ax, network, which, numbers):
    (coupling,) = network.projections
    measures.plot_degrees(coupling, which, ax=ax)
    assert [bar.get_height() for bar in ax.patches] == numbers
    assert ax.get_xlabel() == f"{which}-degree (synapses)"
    with pytest.raises(ValueError, match="'in' or 'out'"):
        measures.plot_degrees(coupling, "all", ax=ax)


def test_weights(ax, network):
    measures.plot_weights(network.weights, bins=2, ax=ax)
    assert [bar.get_height() for bar in ax.patches] == [2, 3]
    assert ax.get_xlabel() == "weight (mV)"
    assert ax.get_ylabel() == "synapses"


def test_a_picture_makes_its_own_axes_where_none_is_given(pyplot):
    axes = spikes_of(TRAINS, 50.0).bk.plot_raster()
    assert axes.figure.number in pyplot.get_fignums()
    pyplot.close(axes.figure)


def test_matplotlib_is_asked_for_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"plot_raster needs matplotlib.*measures\[plot\]"):
        measures.plot_raster(spikes_of(TRAINS, 50.0))
