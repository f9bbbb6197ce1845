"""The cortical microcircuit fires, layer by layer, at the rates of Potjans & Diesmann (2014)."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("brainkernel_numba")
pytest.importorskip("sympy")

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """The two files of the benchmark, which lie beside each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield (
            importlib.import_module("microcircuit"),
            importlib.import_module("microcircuit_numbers"),
        )
        for name in ("microcircuit", "microcircuit_numbers"):
            del sys.modules[name]


def rates(net, names, milliseconds):
    net.run(200.0, backend="numba")
    tree = net.run(milliseconds, backend="numba")
    counts = [tree[f"spikes_{name}"].time.size for name in names]
    sizes = [group.size for group in net.groups]
    return 1e3 * np.array(counts) / sizes / milliseconds


def test_the_numbers_are_those_of_the_whole_network(benchmark):
    whole = benchmark[1].microcircuit(1.0)
    assert whole.sizes.sum() == 77169
    assert whole.synapses.sum() == pytest.approx(299e6, rel=0.005)
    assert np.all(whole.constant_currents == 0.0)


def test_the_network_is_written_plainly(benchmark):
    circuit, numbers = benchmark
    net = circuit.microcircuit(0.01)
    wanted = numbers.microcircuit(0.01)
    assert len(net.groups) == 8
    assert len(net.projections) == np.count_nonzero(wanted.synapses)
    for projection in net.projections:
        source, target = (numbers.NAMES.index(name) for name in projection.name.split("_"))
        assert projection.sources.size == wanted.synapses[target, source]
        assert np.all(projection.weight * wanted.weights[target, source] >= 0.0)
        assert np.all(projection.delays >= 0.1)


def test_a_small_circuit_fires_in_the_order_of_the_layers(benchmark):
    circuit, numbers = benchmark
    found = rates(circuit.microcircuit(0.02), numbers.NAMES, 500.0)
    assert np.all(found[[0, 6]] < 3.0)
    assert np.all((found > 0.1) & (found < 15.0))
    assert np.all(found[[1, 3, 5, 7]] > 1.5)


@pytest.mark.slow
def test_a_tenth_fires_at_the_published_rates(benchmark):
    circuit, numbers = benchmark
    found = rates(circuit.microcircuit(0.1), numbers.NAMES, 1000.0)
    np.testing.assert_allclose(found, numbers.RATES, rtol=0.35, atol=0.3)
