"""Every synapse model has page, offer, import and symmetry, and agrees across backends."""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_synapses
from brainkernel_synapses import _plugin

MODELS = [name for name in brainkernel_synapses.__all__ if name != "Jump"]
"""All but `Jump`, which is a model for each state that it moves."""
SPIKING = ["VoltageJump", "Exponential", "AMPA", "GABAa"]


def model(name):
    return getattr(brainkernel_synapses, name)


def test_every_offer_is_there():
    offers = {spec.name: spec for spec in _plugin.brainkernel_models()}
    assert set(offers) == set(brainkernel_synapses.__all__) - {"ExponentialConductance", "Jump"}
    for name, spec in offers.items():
        assert spec.target == f"brainkernel_synapses:{name}"
        assert issubclass(model(name), bk.Synapse)


@pytest.mark.parametrize("name", MODELS)
def test_the_page_names_unit_and_default_of_each_parameter(name):
    page = inspect.getdoc(model(name))
    for parameter in model(name).definition.names("parameter"):
        declaration = model(name).definition.declarations[parameter]
        each = " for each synapse" if declaration.per == "synapse" else ""
        default = "required" if declaration.default is None else f"default {declaration.default:g}"
        assert f"\n{parameter} : {declaration.unit}{each}, {default}\n" in page
    assert "\nReferences\n" in page


def test_importing_the_models_loads_nothing_heavy():
    heavy = ["xarray", "numba", "jax", "scipy", "sympy", "pint", "matplotlib"]
    loaded = f"[name for name in {heavy} if name in sys.modules]"
    code = f"import sys, brainkernel_synapses; print({loaded})"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


def network(name, cell, source, order):
    """Six sources onto four cells in some order, with weights and delays of their own."""
    pre, post = np.divmod(np.arange(24), 4)
    sources = source(6, at=np.array([1.0, 2.0, 2.0, 2.5, 3.0, 4.0]), name="sources")
    cells = cell(4, V_th=-50.0, name="cells")
    place = np.argsort(order)
    synapses = model(name)(
        sources,
        cells,
        connect=bk.connect.from_ij(pre, place[post]),
        weight=1.0 + pre + 7.0 * post,
        delay=0.1 * (pre + post),
        name="synapses",
    )
    return bk.Network(
        sources, cells, synapses, V=bk.StateMonitor(cells, "V"), spikes=bk.SpikeMonitor(cells)
    )


@pytest.mark.parametrize("name", SPIKING)
def test_permuted_targets_give_permuted_results(name, cell, source):
    order = np.array([2, 0, 3, 1])
    net, permuted = (network(name, cell, source, way) for way in (np.arange(4), order))
    net.run(15.0)
    permuted.run(15.0)
    assert np.array_equal(permuted.V.V.values, net.V.V.values[:, order])
    assert len(set(net.V.V.values[-1])) == 4  # the cells differ, so a mix-up would show


@pytest.mark.slow  # for its compilation
@pytest.mark.parametrize("name", SPIKING)
def test_spiking_synapses_agree_on_numba(name, cell, source):
    pytest.importorskip("brainkernel_numba")
    one, other = (network(name, cell, source, np.arange(4)) for _ in range(2))
    one.run(15.0)
    other.run(15.0, backend="numba")
    np.testing.assert_allclose(other.V.V.values, one.V.V.values, rtol=1e-10)
    assert np.array_equal(other.spikes.time, one.spikes.time)
