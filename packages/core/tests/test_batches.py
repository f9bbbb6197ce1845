"""Batches: each run is what it would be alone, and the network stays where it is."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Current, Noisy, Ramp

import brainkernel as bk
from brainkernel.errors import BatchError


def network(seed=0, V_th=1.0):
    one, two = Noisy(6, V_th=V_th, name="one"), Ramp(4, V_th=99.0, name="two")
    current = Current(
        one, two, connect=bk.connect.all_to_all(), weight=0.5, delay=DT, name="current"
    )
    monitors = {
        "s": bk.SpikeMonitor(one),
        "v": bk.StateMonitor(two, "V", every=2 * DT),
        "r": bk.RateMonitor(one, every=4 * DT),
    }
    return bk.Network(one, two, current, dt=DT, seed=seed, **monitors)


def test_runs_of_a_batch_are_those_done_one_by_one(backend):
    seeds, thresholds = [3, 4, 9], [0.5, 1.0, 0.75]
    net = network()
    one = net.groups[0]
    tree = net.run(
        32 * DT,
        inputs={one: 0.5},
        backend=backend,
        batch={"seed": seeds, (one, "V_th"): thresholds},
    )
    for number, (seed, V_th) in enumerate(zip(seeds, thresholds, strict=True)):
        alone = network(seed, V_th)
        expected = alone.run(32 * DT, inputs={alone.groups[0]: 0.5}, backend=backend)
        np.testing.assert_array_equal(tree["v"].V.sel(batch=number), expected["v"].V)
        np.testing.assert_array_equal(tree["r"].rate.sel(batch=number), expected["r"].rate)
        mine = tree["s"].to_dataset().sel(spike=tree["s"].run.values == number)
        np.testing.assert_array_equal(mine.time, expected["s"].time)
        np.testing.assert_array_equal(mine.neuron, expected["s"].neuron)
        assert expected["s"].sizes["spike"] > 10


def test_what_was_swept_stands_as_coordinates():
    net = network()
    one = net.groups[0]
    tree = net.run(4 * DT, batch={(one, "V_th"): [0.5, 2.0]})
    assert tree["v"].V.dims == ("batch", "time", "neuron")
    assert tree["v"].one_V_th.values.tolist() == [0.5, 2.0]
    assert tree["v"].one_V_th.attrs["units"] == "mV"
    assert tree.attrs["batch"] == 2
    by_seeds = net.run(4 * DT, batch=3)
    assert by_seeds["v"].seed.values.tolist() == [0, 1, 2]


def test_the_network_stays_where_it_is(backend):
    net, other = network(), network()
    for each in (net, other):
        each.run(8 * DT, inputs={each.groups[0]: 0.5}, backend=backend)
    before = net.s.copy(deep=True)
    net.run(16 * DT, backend=backend, batch={"seed": [5, 6], (net.groups[0], "V_th"): [0.25, 3.0]})
    assert net.t == 1.0
    assert net.groups[0].V_th == 1.0
    assert before.identical(net.s)
    for each in (net, other):
        each.run(8 * DT, inputs={each.groups[0]: 0.5}, backend=backend)
    np.testing.assert_array_equal(net.v.V, other.v.V)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (0, "at least 1"),
        ({}, "nothing"),
        ({"seed": [1, 2], "sede": [1]}, "seed: 2, sede: 1"),
        ({"seed": [-1]}, "whole number"),
        ({"seed": 5}, "seed: 0"),
        ({"tau": [1.0]}, "sweep \\(member, 'parameter'\\)"),
    ],
)
def test_what_is_no_batch_is_refused(batch, message):
    with pytest.raises(BatchError, match=message):
        network().run(DT, batch=batch)


def test_a_parameter_that_there_is_not_is_refused_with_those_that_are():
    net = network()
    with pytest.raises(BatchError, match="V_th"):
        net.run(DT, batch={(net.groups[0], "V_ht"): [1.0]})
    with pytest.raises(BatchError, match="not in this network"):
        net.run(DT, batch={(Ramp(1), "V_th"): [1.0]})
    with pytest.raises(BatchError, match="record_to"):
        net.run(DT, batch=2, record_to="run.zarr")
    assert net.step == 0


def test_a_run_that_fails_leaves_the_network_as_it_was():
    net = network()
    with pytest.raises(bk.errors.ValueShapeError):
        net.run(4 * DT, batch={(net.groups[0], "V_th"): [0.5, np.zeros(3)]})
    assert net.groups[0].V_th == 1.0
    assert net.step == 0


def test_units_are_those_of_the_model():
    pint = pytest.importorskip("pint")
    net = network()
    volts = [pint.Quantity(0.5, "uV"), pint.Quantity(2.0, "uV")]
    tree = net.run(DT, batch={(net.groups[0], "V_th"): volts})
    assert tree["v"].one_V_th.values.tolist() == [0.0005, 0.002]


def test_values_of_other_shapes_are_refused_before_anything_runs():
    net = network()
    ran = []
    net.operation(every=DT)(lambda net: ran.append(1))
    with pytest.raises(BatchError, match=r"one\.V_th"):
        net.run(DT, batch={(net.groups[0], "V_th"): [1.0, np.ones(6)]})
    assert ran == []


def test_what_an_operation_changes_ends_with_its_run():
    net = network()
    one = net.groups[0]

    @net.operation(every=DT)
    def halve(net):
        one.V_th = one.V_th / 2

    tree = net.run(4 * DT, batch={"seed": [7, 7, 7]})
    for number in (1, 2):
        np.testing.assert_array_equal(tree["v"].V[number], tree["v"].V[0])
        np.testing.assert_array_equal(tree["r"].rate[number], tree["r"].rate[0])
    assert one.V_th == 1.0
