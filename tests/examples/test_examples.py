"""Each example gives the number that its paper or its equations ask for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    """Import a script of the folder."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_intervals_grow_to_the_one_of_the_equations():
    adaptive = example("adaptive_threshold")
    intervals = adaptive.intervals(duration=500.0)
    assert np.all(np.diff(intervals[:6]) > 0.0)
    assert intervals[-1] == pytest.approx(adaptive.steady_interval(), abs=0.02)


def test_a_sheet_has_the_spread_of_its_probability_and_a_wave():
    spatial = example("spatial_connections")
    net = spatial.sheet()
    assert spatial.mean_square_distance(net) == pytest.approx(2.0 * spatial.SIGMA**2, rel=0.02)
    assert 0.02 < spatial.wave_speed(net) < spatial.SPEED


@pytest.mark.parametrize("difference", [-0.2, 0.0, 0.1])
def test_detectors_tell_the_difference_of_the_ears(difference):
    jeffress = example("jeffress")
    assert jeffress.estimate(difference, 400.0) == pytest.approx(difference, abs=0.021)


def test_the_timing_of_spikes_chooses_who_fires():
    polychrony = example("polychrony")
    found = {name: polychrony.fired(pattern) for name, pattern in polychrony.PATTERNS.items()}
    assert found == {"d, c, b": {"a"}, "b, c, d": {"e"}, "together": set()}


def test_compartments_settle_as_the_circuit():
    dendrites = example("soma_two_dendrites")
    assert dendrites.settle() == pytest.approx(dendrites.circuit(), abs=1e-6)


@pytest.mark.parametrize("delay", [0.5, 2.0])
def test_oscillators_agree_on_the_frequency_of_the_equation(delay):
    kuramoto = example("kuramoto_with_delays")
    frequency, agreement = kuramoto.rhythm(delay, 200.0)
    assert frequency == pytest.approx(kuramoto.expected(delay), abs=1e-4)
    assert agreement == pytest.approx(1.0, abs=1e-6)


def test_the_ear_meets_itself_after_a_period_of_the_missing_tone():
    licklider = example("licklider")
    for pitch in (150.0, 200.0):
        assert licklider.period(pitch, 300.0) == pytest.approx(1e3 / pitch, abs=0.15)


def test_the_gate_opens_and_closes_as_the_calcium_says():
    custom = example("custom_events")
    net = custom.network()
    opened, closed = custom.run(net)
    rise, fall = custom.expected()
    assert opened == pytest.approx(rise, abs=1e-9)
    assert 0.0 <= closed - fall < custom.DT
    assert (net.rise.sizes["spike"], net.fall.sizes["spike"]) == (1, 1)
    assert net.spikes.sizes["spike"] == 2


def test_graded_release_brings_cells_to_the_rest_of_the_equations():
    graded = example("graded_synapses")
    for drive in (0.0, 20.0):
        np.testing.assert_allclose(graded.chain(drive), graded.rest(drive), atol=1e-6)
    winner, loser = graded.rivals()
    assert winner > graded.HALF > loser
    assert graded.inhibited(loser, 20.0, g=4.0) == pytest.approx(winner, abs=1e-3)
    assert graded.inhibited(winner, 20.0, g=4.0) == pytest.approx(loser, abs=1e-3)


@pytest.mark.parametrize("push", [-0.5, 0.5])
def test_a_network_of_rank_one_stays_where_its_equation_says(push):
    low_rank = example("low_rank_network")
    assert low_rank.remembered(push) == pytest.approx(low_rank.fixed_point(push), abs=1e-9)
    assert np.sign(low_rank.remembered(push)) == np.sign(push)


def test_a_late_reward_strengthens_the_synapse_by_the_integral():
    rewarded = example("reward_modulated")
    delays = [100.0, 1000.0]
    assert rewarded.learnt(delays) == pytest.approx(rewarded.expected(delays), rel=3e-3)


def test_an_astrocyte_makes_the_synapses_of_its_domain_facilitate():
    glia = example("gliotransmission")
    net = glia.run(np.array([600.0, 650.0]), duration=700.0)
    bound, elsewhere = net.released.Gamma.values[-1]
    assert bound == pytest.approx(glia.bound(500.0), rel=3e-3)
    assert elsewhere == 0.0
    near, far = glia.paired_pulses(net, 600.0, 650.0)
    assert 0.6 * (1.0 - bound) < glia.U_THETA < 0.6
    assert far < 1.0 < near


def test_a_network_wires_itself_up_to_its_target_rate():
    structural = example("structural_plasticity")
    assert structural.settled_rate() == pytest.approx(structural.TARGET, rel=0.1)


def test_cables_are_as_cable_theory_and_hodgkin_and_huxley_have_them():
    cable = example("cable")
    assert cable.rallpack() < 1e-4
    assert cable.velocity() == pytest.approx(18.73, rel=0.01)


def test_pairs_strengthen_a_synapse_where_they_come_fast():
    clopath = example("clopath")
    weights = clopath.weight_changes()
    assert weights[10.0, 0.1] == pytest.approx(1.0, abs=0.03)  # measured: 0.96 +- 0.05
    assert weights[-10.0, 0.1] < 0.76  # measured: 0.71 +- 0.08
    assert weights[10.0, 50.0] > 1.3  # measured: 1.56 +- 0.26
    assert weights[-10.0, 50.0] > 1.2  # measured: 1.75 +- 0.19


def test_a_chaotic_network_learns_a_tune():
    force = example("force")
    assert force.hum(periods=8, heard=1) < 0.2


@pytest.mark.slow  # a million synapses at every step
def test_a_cue_is_remembered_by_its_population():
    memory = example("working_memory")
    net = memory.network()
    net.run(700.0, backend="numba")
    cued, *others = memory.rates(net, 550.0, 700.0)
    assert cued > 20.0
    assert np.mean(others) < 6.0


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_an_example_is_short_and_says_what_it_does(name):
    module = example(name)
    assert module.__doc__ and callable(module.main)
    assert len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 180
