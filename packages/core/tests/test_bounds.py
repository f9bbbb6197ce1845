"""Declared bounds hold wherever a value enters: number, array, quantity or drawn value."""

from __future__ import annotations

import numpy as np
import pytest
from toy_models import DT, Gate

import brainkernel as bk
from brainkernel.errors import ModelError, ValueShapeError


class Bounded(bk.Neuron):
    """One bound of each kind."""

    tau = bk.parameter(10.0, unit="ms", above=0.0)
    noise = bk.parameter(0.0, at_least=0.0)
    p = bk.parameter(0.5, at_least=0.0, at_most=1.0)
    V_th = bk.parameter(1.0, unit="mV")
    V_reset = bk.parameter(0.0, unit="mV", below="V_th")
    V = bk.state("V_reset", unit="mV", at_most="V_th")


class Weighed(bk.Synapse):
    """A weight for each synapse below one for all, and one without a default."""

    cap = bk.parameter(1.0)
    weight = bk.parameter(0.5, per="synapse", at_most="cap")
    x = bk.state(0.0, per="post")

    @bk.on_pre("x")
    def receive(x, weight):
        return x + weight


def said(value, *words):
    assert not (missing := [word for word in words if word not in str(value)]), (
        str(value),
        missing,
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tau": 0.0}, ("cells.tau = 0 ms", "above 0 ms")),
        ({"tau": [1.0, 2.0, -0.5]}, ("cells.tau = -0.5 ms (element 2)",)),
        ({"noise": -1e-9}, ("cells.noise = -1e-09", "at least 0")),
        ({"p": 1.5}, ("cells.p = 1.5", "at most 1")),
        ({"V_reset": 1.0}, ("cells.V_reset = 1 mV", "below V_th, which is 1 mV")),
        ({"V_th": -1.0}, ("cells.V_reset = 0 mV", "which is -1 mV")),
        ({"V_reset": [0.0, 0.0, 3.0], "V_th": [1.0, 1.0, 2.0]}, ("(element 2)", "which is 2 mV")),
        ({"V": 2.0}, ("cells.V = 2 mV", "at most V_th")),
    ],
)
def test_a_bound_is_checked_when_a_value_is_given(values, words):
    with pytest.raises(ValueShapeError) as caught:
        Bounded(3, name="cells", **values)
    said(caught.value, *words)


@pytest.mark.parametrize(
    "inside", [{"tau": 1e-300}, {"noise": 0.0}, {"p": 0.0}, {"p": 1.0}, {"V_reset": 0.999}]
)
def test_what_lies_within_is_taken(inside):
    bk.Network(Bounded(3, **inside), dt=DT).run(DT)


def test_drawn_values_are_held_to_bounds_before_anything_runs():
    net = bk.Network(Bounded(3, name="cells", V_reset=lambda rng: rng.uniform(2.0, 3.0)), dt=DT)
    with pytest.raises(ValueShapeError, match=r"cells\.V_reset = 2\.\d+ mV \(element 0\)"):
        net.run(DT)
    assert net.t == 0.0


def test_bounds_hold_when_a_value_is_set_later_and_nothing_changes():
    cells = Bounded(3, name="cells")
    net = bk.Network(cells, dt=DT)
    net.run(DT)
    for name, value in (
        ("tau", -1.0),
        ("V_th", -1.0),
        ("V_reset", 5.0),
        ("p", [0.0, 2.0, 0.0]),
        ("V", 7.0),
    ):
        with pytest.raises(ValueShapeError, match=r"cells\."):
            setattr(cells, name, value)
    assert (cells.tau, cells.V_th, cells.V_reset, cells.p) == (10.0, 1.0, 0.0, 0.5)
    assert cells.V.tolist() == [0.0] * 3
    net.run(DT)


def test_two_values_that_depend_on_each_other_change_one_after_the_other():
    cells = Bounded(3, name="cells")
    with pytest.raises(ValueShapeError, match="set V_th first"):
        cells.V_reset = 5.0
    cells.V_th, cells.V_reset = 6.0, 5.0
    assert cells.V_reset == 5.0


def test_a_batch_changes_them_together():
    cells = Bounded(2, name="cells", V=0.0)
    net = bk.Network(cells, m=bk.StateMonitor(cells, "V"), dt=DT)
    runs = {(cells, "V_reset"): [5.0, -5.0], (cells, "V_th"): [6.0, 0.0]}
    assert net.run(DT, batch=runs).sizes["batch"] == 2
    with pytest.raises(ValueShapeError, match=r"V_reset = 5 mV"):
        net.run(DT, batch={(cells, "V_reset"): [5.0], (cells, "V_th"): [4.0]})


def test_the_element_of_a_synapse_is_counted_as_the_user_counts():
    source, target = Gate(3), Gate(3)
    weights = np.array([0.1, 0.2, 3.0, 0.4])
    listed = bk.connect.from_ij([2, 1, 0, 0], [0, 1, 2, 0])
    words = r"syn\.weight = 3 \(element 2\) must be at most cap, which is 1"
    with pytest.raises(ValueShapeError, match=words):
        Weighed(source, target, connect=listed, weight=weights, name="syn")
    synapses = Weighed(source, target, connect=listed, weight=lambda: weights, name="syn")
    with pytest.raises(ValueShapeError, match=words):
        bk.Network(source, target, synapses, dt=DT).run(DT)


def test_weights_that_a_rule_brings_are_held_to_bounds():
    source, target = Gate(2), Gate(2)
    synapses = Weighed(
        source, target, connect=bk.connect.from_matrix([[0.5, 0.0], [0.0, 2.0]]), name="syn"
    )
    with pytest.raises(ValueShapeError, match=r"syn\.weight = 2 \(element 1\)"):
        bk.Network(source, target, synapses, dt=DT).run(DT)


def test_defaults_are_checked_when_the_class_is_made():
    with pytest.raises(ModelError, match=r"default of Wrong\.tau = -1 must be above 0"):

        class Wrong(bk.Neuron):
            tau = bk.parameter(-1.0, above=0.0)

    with pytest.raises(ModelError, match=r"Missing\.a.*'b'"):

        class Missing(bk.Neuron):
            a = bk.parameter(1.0, below="b")


def test_a_subclass_may_give_other_bounds():
    class Wide(Bounded):
        tau = bk.parameter(-10.0, unit="ms")

    assert Wide(3).tau == -10.0
    with pytest.raises(ValueShapeError, match="at most 1"):
        Wide(3, p=2.0)


def test_a_parameter_is_infinite_only_where_its_author_says_so():
    class Capped(bk.Neuron):
        most = bk.parameter(np.inf)
        last = bk.state(-np.inf)
        k = bk.parameter(1.0)

    assert Capped(2, most=np.inf).most == np.inf
    net = bk.Network(Capped(2, last=np.inf))
    assert np.all(np.isinf(net.groups[0].last))
    with pytest.raises(ValueShapeError, match=r"Capped\.k.*infinity"):
        Capped(2, k=np.inf)
