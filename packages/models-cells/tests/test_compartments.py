"""Cells in networks: values by place, many cells, synapses onto places, and what is recorded."""

from __future__ import annotations

import numpy as np
import pytest
from cables import cable

import brainkernel as bk
from brainkernel.errors import SelectionError, ValueShapeError
from brainkernel_cells import (
    Compartments,
    Leak,
    Morphology,
    PassiveCell,
    Spikes,
    SquidAxon,
    SquidGates,
    SquidPotassium,
    SquidSodium,
)


def neuron(pieces=4):
    """A ball with a dendrite and an axon."""
    cell = Morphology()
    soma = cell.add_ball("soma", diameter=20.0)
    cell.add("dend", length=200.0, diameter=2.0, pieces=pieces, parent=soma)
    cell.add("axon", length=100.0, diameter=1.0, pieces=2, parent=soma)
    return cell


class Pulse(bk.Neuron):
    """Fires once, at 1 ms."""

    V = bk.state(0.0)

    @bk.threshold(crossing=True)
    def fires(t):
        return t - 0.999


class Excitation(bk.Synapse):
    """A conductance in nS, of which the current is in pA."""

    weight = bk.parameter(2.0, unit="nS", per="synapse")
    g = bk.state(0.0, unit="nS", per="post")

    @bk.on_pre("g")
    def receive(g, weight):
        return g + weight

    @bk.derivative
    def dg(g):
        return -g / 5.0

    @bk.adds_to("I")
    def current(g, V_post):
        return g * (0.0 - V_post)


def test_values_are_given_by_region_by_place_and_for_one_cell():
    shape = neuron()
    cells = SquidAxon(
        shape,
        cells=3,
        g_Na={"soma": 120.0, "dend": 10.0, None: 60.0},
        R_i={"axon": 50.0, None: 150.0},
        g_K=lambda distance, region: np.where(region == "soma", 36.0, 0.1 * distance),
        g_L=np.linspace(0.1, 0.7, shape.size),
        V=lambda rng, n: -65.0 + rng.uniform(-1.0, 1.0, n),
    )
    assert cells.shape == (3, 7)
    net = bk.Network(cells)
    of_soma = (120.0 * np.pi * 400 + 10.0 * np.pi * 50 + 60.0 * np.pi * 25) / shape.areas[0]
    np.testing.assert_allclose(cells.g_Na.reshape(3, 7)[2], [of_soma, *[10.0] * 4, 60.0, 60.0])
    assert cells.R_i.reshape(3, 7)[1].tolist() == [150.0] * 5 + [50.0] * 2
    np.testing.assert_allclose(cells.g_K[:7], [36.0, 5.0, 10.0, 15.0, 20.0, 5.0, 10.0])
    assert cells.g_L.tolist() == np.linspace(0.1, 0.7, 7).tolist() * 3
    cells.g_Na = cells.by_region({None: 1.0})
    assert np.all(cells.g_Na == 1.0)
    assert np.ptp(cells.V) > 0.5 and net.groups


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
def test_cells_of_many_shapes_are_what_they_are_alone(backend):
    pytest.importorskip(f"brainkernel_{backend}" if backend != "numpy" else "brainkernel")
    shapes = [neuron(), cable(5, length=100.0), neuron(7)]
    drives = [300.0, 200.0, 500.0]
    together = SquidAxon(shapes)
    net = bk.Network(together, dt=0.025)
    firsts = np.cumsum([0, *(shape.size for shape in shapes)])
    inputs = {(together[[int(f)]], "I"): d for f, d in zip(firsts[:-1], drives, strict=True)}
    net.run(5.0, inputs=inputs, backend=backend)
    for shape, drive, first in zip(shapes, drives, firsts[:-1], strict=True):
        alone = SquidAxon(shape)
        single = bk.Network(alone, dt=0.025)
        single.run(5.0, inputs={(alone[:1], "I"): drive}, backend="numpy")
        of_group = together.V[first : first + shape.size]
        np.testing.assert_allclose(of_group, alone.V, rtol=1e-11)
        assert single.t == net.t


def test_a_synapse_acts_where_it_stands():
    """The further away, the less and the later the soma sees of it."""
    peaks, times = [], []
    for along in (0.0, 0.5, 1.0):
        cells = PassiveCell(neuron(20), cells=2)
        source = Pulse(1)
        onto = Excitation(source, cells.at("dend", along, cell=1), connect=bk.connect.all_to_all())
        soma = bk.StateMonitor(cells.at("soma"), "V")
        net = bk.Network(cells, source, onto, dt=0.1, soma=soma)
        net.run(25.0)
        assert np.all(net.soma.V[:, 0] == -65.0)  # the other cell has no synapse
        response = net.soma.V.values[:, 1] + 65.0
        peaks.append(response.max())
        times.append(net.soma.time.values[response.argmax()])
    assert peaks[0] > peaks[1] > peaks[2] > 0.1
    assert times[0] < times[1] < times[2]


def test_the_charge_of_a_synapse_is_the_same_wherever_it_stands():
    """What flows into a cell without leak stays there, spread out by the axial currents."""
    rises = []
    for along in (0.0, 1.0):
        cells = PassiveCell(neuron(20), g_L=0.0)
        net = bk.Network(cells, dt=0.1)
        place = cells.at("dend", along)
        net.run(10.0, inputs={(place, "I"): 100.0})
        net.run(500.0)
        assert np.ptp(cells.V) < 1e-6
        rises.append(cells.V[0] + 65.0)
    capacitance = 1e-5 * neuron(20).areas.sum()  # in nF
    np.testing.assert_allclose(rises, 0.1 * 10.0 / capacitance, rtol=1e-9)


def test_records_know_where_compartments_are(tmp_path):
    cells = SquidAxon(neuron(), cells=2, name="cells")
    monitors = {
        "trace": bk.StateMonitor(cells, ["V", "I_Na"], every=0.5),
        "spikes": bk.SpikeMonitor(cells),
    }
    net = bk.Network(cells, dt=0.05, **monitors)
    tree = net.run(3.0, inputs={(cells.at("soma"), "I"): 800.0})
    dendrite = net.trace.V.isel(neuron=(net.trace.region == "dend").values)
    assert dendrite.sizes["neuron"] == 8
    assert net.trace.distance.values[:7].tolist() == [0, 50, 100, 150, 200, 50, 100]
    assert net.trace.cell_id.values.tolist() == [0] * 7 + [1] * 7
    assert net.trace.distance.attrs["units"] == "um"
    assert net.trace.x.values[:5].tolist() == [0.0, 50.0, 100.0, 150.0, 200.0]
    assert net.spikes.region.values[5] == "axon"
    assert net.spikes.sizes["spike"] > 0
    tree.to_netcdf(tmp_path / "run.nc")


def test_places_of_groups():
    cells = PassiveCell(neuron(), cells=3)
    assert cells.at("axon", 1.0).ids.tolist() == [6, 13, 20]
    assert cells.at("axon", 1.0, cell=2).ids.tolist() == [20]
    assert cells.regions[[0, 1, 6]].tolist() == ["soma", "dend", "axon"]
    assert cells.distances[6] == 100.0
    with pytest.raises(SelectionError, match="has no cell 3: they are 0 to 2"):
        cells.at("soma", cell=3)


def test_what_is_no_shape_or_place_is_refused():
    with pytest.raises(ValueShapeError, match="give a Morphology, or one for each cell"):
        PassiveCell([5])
    with pytest.raises(ValueShapeError, match="give a Morphology, or one for each cell"):
        PassiveCell(100)
    with pytest.raises(ValueShapeError, match=r"cells=0\): give 1 or more"):
        PassiveCell(neuron(), cells=0)
    with pytest.raises(ValueShapeError, match="several shapes are one cell each"):
        PassiveCell([neuron()], cells=2)
    with pytest.raises(ValueShapeError, match="names distance and region, not rng"):
        PassiveCell(neuron(), g_L=lambda distance, rng: distance)
    with pytest.raises(ValueShapeError, match="g_L: no region 'spine'"):
        PassiveCell(neuron(), g_L={"spine": 1.0, None: 0.1})


class Dendrite(SquidSodium, SquidPotassium, Leak, Spikes, Compartments):
    """A cell of parts, with one channel less in a subclass."""


class Quiet(Leak, SquidPotassium, Compartments):
    """The same without sodium, in another order."""


def test_channels_are_parts():
    assert issubclass(SquidSodium, SquidGates)
    spiking, quiet = Dendrite(neuron()), Quiet(neuron())
    net = bk.Network(spiking, quiet, dt=0.05, spikes=bk.SpikeMonitor(spiking))
    drive = {(group.at("soma"), "I"): 800.0 for group in (spiking, quiet)}
    net.run(5.0, inputs=drive)
    assert net.spikes.sizes["spike"] > 0
    assert quiet.V.max() < 0.0


def test_what_three_threads_share_out_is_the_same():
    pytest.importorskip("brainkernel_numba")
    results = []
    for threads in (1, 3):
        cells = SquidAxon(neuron(), cells=5)
        net = bk.Network(cells, dt=0.025)
        inputs = {(cells.at("soma"), "I"): 500.0}
        net.run(5.0, inputs=inputs, backend="numba", threads=threads)
        results.append(cells.V)
    assert np.array_equal(*results)
