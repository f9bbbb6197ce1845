"""The networks of Brette et al. (2007) fire at the rates of the literature."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("brainkernel_numba")
pytest.importorskip("sympy")

FILE = Path(__file__).parents[2] / "benchmarks" / "networks.py"


def mean_rate(name, milliseconds):
    specification = importlib.util.spec_from_file_location("benchmark_networks", FILE)
    networks = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(networks)
    net = getattr(networks, name)()
    net.run(200.0 + milliseconds, backend="numba")
    assert all(np.all(np.isfinite(group.V)) for group in net.groups)
    return np.sum(net.spikes.time.values > 200.0) / net.groups[0].size / milliseconds * 1e3


@pytest.mark.parametrize(("name", "low", "high"), [("coba", 15.0, 23.0), ("cuba", 4.5, 6.5)])
def test_a_second_of_the_network(name, low, high):
    assert low < mean_rate(name, 1000.0) < high


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "milliseconds", "low", "high"),
    [("coba", 5000.0, 17.1, 20.1), ("cuba", 5000.0, 5.15, 5.85), ("cobahh", 2000.0, 30.0, 52.0)],
)
def test_the_rates_of_the_literature(name, milliseconds, low, high):
    assert low < mean_rate(name, milliseconds) < high
