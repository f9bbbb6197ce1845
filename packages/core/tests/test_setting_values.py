"""Setting a value writes the value: the network is laid out again only where its form changes."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from toy_models import DT, Current, Gate, Noisy

import brainkernel as bk
from brainkernel.lowering import compiled_network

WEIGHTS = np.linspace(0.5, 1.5, 36)


@pytest.fixture
def lowered(monkeypatch):
    """Count how often a network is lowered."""
    calls, lower = [], compiled_network.flatten

    def counted(members, dt, seed):
        calls.append(members)
        return lower(members, dt, seed)

    monkeypatch.setattr(compiled_network, "flatten", counted)
    return calls


def network(weight=WEIGHTS, V_th=1.0, procedural=False):
    one, two = Noisy(6, V_th=V_th, name="one"), Noisy(6, V_th=99.0, name="two")
    rule = bk.connect.fixed_prob(1.0, procedural=procedural)
    current = Current(one, two, connect=rule, weight=weight, delay=DT, name="current")
    return bk.Network(one, two, current, dt=DT, v=bk.StateMonitor(two, "V"))


def check_equal_to_new(net, **values):
    """Hold the arrays of a network to those of one that was made with its values."""
    new = network(**values).build
    assert net.program() == new.program
    np.testing.assert_array_equal(net.build.constants, new.constants)
    np.testing.assert_array_equal(net.build.synaptic, new.synaptic)


def test_a_batch_lowers_the_network_once(lowered):
    net = network()
    one, _ = net.groups
    net.run(4 * DT, inputs={one: 0.5}, batch={(one, "V_th"): np.linspace(0.5, 2.0, 16)})
    assert len(lowered) == 1


def test_a_batch_of_another_form_lowers_the_network_there_and_back(lowered):
    net = network()
    one, _ = net.groups
    thresholds = np.linspace(0.5, 2.0, 16 * 6).reshape(16, 6)
    net.run(4 * DT, inputs={one: 0.5}, batch={(one, "V_th"): list(thresholds)})
    assert len(lowered) == 3
    check_equal_to_new(net)


def test_a_value_of_the_same_form_is_written(lowered):
    net = network()
    one, _ = net.groups
    (current,) = net.projections
    table = net.build.synaptic
    one.V_th = 2.0
    current.weight = WEIGHTS[::-1]
    assert len(lowered) == 1
    assert net.build.synaptic is table
    check_equal_to_new(net, weight=WEIGHTS[::-1], V_th=2.0)


@pytest.mark.parametrize("values", [{"V_th": np.arange(6.0)}, {"weight": 2.0}])
def test_a_value_of_another_form_lays_the_network_out_again(values, lowered):
    net = network()
    one, _ = net.groups
    (current,) = net.projections
    if "V_th" in values:
        one.V_th = values["V_th"]
    else:
        current.weight = values["weight"]
    assert len(lowered) == 2
    check_equal_to_new(net, **values)


def test_a_value_of_another_form_says_that_it_compiles_anew(caplog):
    net = network()
    one, _ = net.groups
    with caplog.at_level(logging.INFO, "brainkernel"):
        one.V_th = 2.0
        assert not caplog.records
        one.V_th = np.arange(6.0)
        one.V_th = np.arange(6.0)[::-1]
    (told,) = caplog.records
    assert "one.V_th" in told.getMessage() and "the next run compiles once" in told.getMessage()


def test_kept_values_outlive_what_is_written_over_them(lowered):
    net = network()
    (current,) = net.projections
    first = net.store()
    current.weight = WEIGHTS + 1.0
    second = net.store()
    current.weight = WEIGHTS + 2.0
    net.restore(second)
    np.testing.assert_array_equal(current.weight, WEIGHTS + 1.0)
    net.restore(first)
    np.testing.assert_array_equal(current.weight, WEIGHTS)
    assert len(lowered) == 1
    check_equal_to_new(net)


def test_a_refused_value_changes_nothing(lowered):
    net = network()
    one, _ = net.groups
    build = net.build
    before = build.constants, build.constants.copy(), build.synaptic.copy(), build.program
    for value in (np.full(5, 1.0), np.nan):
        with pytest.raises(bk.errors.ValueShapeError):
            one.V_th = value
    assert build.constants is before[0] and build.program is before[3]
    np.testing.assert_array_equal(build.constants, before[1])
    np.testing.assert_array_equal(build.synaptic, before[2])
    assert len(lowered) == 1


def test_redrawn_weights_come_back_after_one_number_stood_for_them():
    net = network(weight=bk.connect.drawn_normal(1.0, 0.1), procedural=True)
    (current,) = net.projections
    drawn, kept = current.weight.copy(), net.store()
    current.weight = 2.0
    net.restore(kept)
    np.testing.assert_array_equal(current.weight, drawn)


def test_a_rate_that_cannot_be_is_refused_before_it_is_written():
    class Rolls(Gate):
        p = bk.parameter(0.5)
        u = bk.bernoulli("p")
        x = bk.state(0.0)

        @bk.step("x")
        def roll(u):
            return u + 0.0

    rolls = Rolls(3, name="rolls")
    net = bk.Network(rolls, dt=DT)
    constants = net.build.constants
    with pytest.raises(bk.errors.ValueShapeError, match="from 0 to 1"):
        rolls.p = 2.0
    assert net.build.constants is constants and rolls.p == 0.5
