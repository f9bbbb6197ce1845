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


def test_cables_are_as_cable_theory_and_hodgkin_and_huxley_have_them():
    cable = example("cable")
    assert cable.rallpack() < 1e-4
    assert cable.velocity() == pytest.approx(18.73, rel=0.01)


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_an_example_is_short_and_says_what_it_does(name):
    module = example(name)
    assert module.__doc__ and callable(module.main)
    assert len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 180
