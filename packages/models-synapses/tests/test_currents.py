"""Exponential, AMPA and GABAa: postsynaptic potentials in closed form."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
from brainkernel.errors import ModelError
from brainkernel_synapses import AMPA, Exponential, ExponentialConductance, GABAa

ALL = bk.connect.all_to_all()


def potential(model, cells, source, duration=100.0, **options):
    """Times after the spike's arrival at 1 ms, potentials above rest, and the synapse's state."""
    sources = source(1)
    synapses = model(sources, cells, connect=ALL, **options)
    net = bk.Network(
        sources, cells, synapses, V=bk.StateMonitor(cells, "V"), g=bk.StateMonitor(synapses, "g")
    )
    net.run(duration)
    after = net.V.time.values >= 1.0 - 1e-9
    return net.V.time.values[after] - 1.0, net.V.V.values[after, 0] + 60.0, net.g.g.values[after, 0]


def test_the_potential_of_a_current_is_exact(cell, source):
    t, V, g = potential(Exponential, cell(1), source, weight=100.0, tau=5.0)
    np.testing.assert_allclose(g, 100.0 * np.exp(-t / 5.0), rtol=1e-12)
    wanted = 100.0 / 200.0 * (np.exp(-t / 20.0) - np.exp(-t / 5.0)) / (1 / 5.0 - 1 / 20.0)
    np.testing.assert_allclose(V, wanted, rtol=1e-10, atol=1e-12)


def test_its_peak_has_the_time_and_height_of_the_closed_form(cell, source):
    t, V, _ = potential(Exponential, cell(1), source, weight=100.0, tau=5.0)
    ratio = 20.0 / 5.0
    peak = np.log(ratio) / (1 / 5.0 - 1 / 20.0)
    assert t[np.argmax(V)] == pytest.approx(peak, abs=0.05)
    assert V.max() == pytest.approx(100.0 * 5.0 / 200.0 * ratio ** (-1 / (ratio - 1)), rel=1e-4)


def test_equal_time_constants_give_the_alpha_function(cell, source):
    t, V, _ = potential(Exponential, cell(1), source, weight=100.0, tau=20.0)
    np.testing.assert_allclose(V, 100.0 / 200.0 * t * np.exp(-t / 20.0), rtol=1e-10, atol=1e-12)


def test_currents_inhibit_where_the_weight_is_negative(cell, source):
    _, V, _ = potential(Exponential, cell(1), source, weight=-100.0)
    assert V.min() < -0.5
    assert V.max() < 1e-12


@pytest.mark.parametrize(("model", "tau", "E"), [(AMPA, 5.0, 0.0), (GABAa, 10.0, -80.0)])
def test_conductances_decay_and_pull_towards_their_reversal(model, tau, E, cell, source):
    t, V, g = potential(model, cell(1), source, weight=6.0)
    np.testing.assert_allclose(g, 6.0 * np.exp(-t / tau), rtol=1e-7)  # rk4
    assert np.all(np.sign(V[2:]) == np.sign(E + 60.0))
    driven = 6.0 * (E + 60.0) / 200.0  # the first slope, in mV/ms
    assert V[1] == pytest.approx(0.1 * driven, rel=0.03)
    _, strong, _ = potential(model, cell(1), source, weight=1000.0, duration=3.0)
    assert strong[-1] - 60.0 == pytest.approx(E, abs=1.0)


def test_a_conductance_at_its_reversal_does_nothing(cell, source):
    _, V, _ = potential(AMPA, cell(1), source, weight=50.0, E=-60.0)
    assert np.all(V == 0.0)


@pytest.mark.parametrize("method", ["rk4", "exponential_euler"])
def test_a_lasting_conductance_divides_the_potential(method, cell, source):
    pytest.importorskip("sympy")
    _, V, _ = potential(AMPA, cell(1, method=method), source, weight=30.0, tau=1e12)
    assert V[-1] == pytest.approx(60.0 * 30.0 / (30.0 + 10.0), rel=1e-6)


def test_conductances_of_several_synapses_add_up(cell, source):
    sources, cells = source(3), cell(2)
    synapses = AMPA(
        sources, cells, connect=ALL, weight=np.arange(6.0), tau=1e12, g=np.array([10.0, 20.0])
    )
    net = bk.Network(sources, cells, synapses)
    net.run(1.0)
    np.testing.assert_allclose(synapses.g, [10.0 + 0 + 2 + 4, 20.0 + 1 + 3 + 5])


def test_a_conductance_of_no_kind_needs_its_reversal(cell, source):
    with pytest.raises(ModelError, match="E, tau"):
        ExponentialConductance(source(1), cell(1), connect=ALL)
