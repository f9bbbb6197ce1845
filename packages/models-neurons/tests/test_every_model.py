"""Every neuron model has page, offer, import and symmetry, and agrees across backends."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_neurons
from brainkernel_neurons import _plugin

# A drive that makes each of four neurons fire, or not, in its own way.
DRIVES = {
    "LIF": [300.0, 450.0, 600.0, 900.0],
    "LIFExpCurrent": [300.0, 450.0, 600.0, 900.0],
    "ExpIF": [20.0, 60.0, 150.0, 400.0],
    "AdEx": [400.0, 700.0, 1000.0, 2000.0],
    "Izhikevich": [0.0, 5.0, 10.0, 20.0],
    "HodgkinHuxley": [0.0, 5.0, 10.0, 20.0],
    "TraubMiles": [0.0, 100.0, 300.0, 900.0],
    "FitzHughNagumo": [0.0, 0.4, 0.6, 0.8],
}


def model(name):
    return getattr(brainkernel_neurons, name)


def offers():
    return {spec.name: spec for spec in _plugin.brainkernel_models()}


def run(name, drive, *, backend="numpy", **values):
    group = model(name)(len(drive), **values)
    net = bk.Network(
        group, trace=bk.StateMonitor(group, "V"), spikes=bk.SpikeMonitor(group), dt=0.05
    )
    net.run(60.0, inputs={group: np.array(drive)}, backend=backend)
    trains = [
        net.spikes.time.values[net.spikes.neuron.values == k].tolist() for k in range(len(drive))
    ]
    return net.trace.V.values, trains


def test_every_offer_is_there():
    assert set(offers()) == set(brainkernel_neurons.__all__)
    for name, spec in offers().items():
        assert spec.target == f"brainkernel_neurons:{name}"
        assert issubclass(model(name), bk.Neuron)


@pytest.mark.parametrize("name", brainkernel_neurons.__all__)
def test_the_page_names_unit_and_default_of_each_parameter(name):
    page = inspect.getdoc(model(name))
    for parameter in model(name).definition.names("parameter"):
        declaration = model(name).definition.declarations[parameter]
        unit = declaration.unit or "dimensionless"
        missing = "optional" if declaration.optional else "required"
        default = missing if declaration.default is None else f"default {declaration.default:g}"
        assert f"\n{parameter} : {unit}, {default}\n" in page


@pytest.mark.parametrize("name", brainkernel_neurons.__all__)
def test_states_and_inputs_have_long_names(name):
    definition = model(name).definition
    assert all(definition.declarations[state].doc for state in definition.names("state", "input"))


@pytest.mark.parametrize("name", DRIVES)
def test_the_page_gives_references_and_first_states(name):
    page = inspect.getdoc(model(name))
    assert re.search(r"References\n-+\n.+\(\d{4}\)", page)
    assert f"first {model(name).definition.declarations['V'].default}".removesuffix(".0") in page


def test_importing_the_models_loads_nothing_heavy():
    heavy = ["xarray", "numba", "jax", "scipy", "sympy", "pint", "matplotlib"]
    code = (
        f"import sys, brainkernel_neurons; print([name for name in {heavy} if name in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


def first_potential(name):
    """The V that a neuron of a model starts from; it may follow a parameter."""
    return model(name)(1).V


@pytest.mark.parametrize("name", DRIVES)
def test_permuted_neurons_give_permuted_results(name):
    order = np.array([2, 0, 3, 1])
    drive, first = np.array(DRIVES[name]), first_potential(name) + np.arange(4) / 7
    trace, trains = run(name, drive, V=first)
    permuted_trace, permuted_trains = run(name, drive[order], V=first[order])
    assert np.array_equal(permuted_trace, trace[:, order])
    assert permuted_trains == [trains[k] for k in order]
    assert len(set(map(len, trains))) > 1  # the neurons differ, so a mix-up would show


@pytest.mark.parametrize("name", DRIVES)
def test_neurons_do_not_meet(name):
    trace, _ = run(name, DRIVES[name])
    alone, _ = run(name, DRIVES[name][2:3])
    assert np.array_equal(alone[:, 0], trace[:, 2])


def everything():
    groups = [model(name)(len(drive), name=name) for name, drive in DRIVES.items()]
    groups += [
        brainkernel_neurons.LIF(4, noise=5.0, name="noisy"),
        brainkernel_neurons.LIFExpCurrent(4, background=0.8, name="driven"),
        brainkernel_neurons.PoissonGroup(4, rates=100.0, name="p"),
    ]
    groups += [brainkernel_neurons.SpikeGenerator(4, times=[3.0, 1.0], neurons=[1, 2], name="g")]
    monitors = {f"spikes_{group.name}": bk.SpikeMonitor(group) for group in groups}
    membranes = [group for group in groups if "V" in group.definition.declarations]
    traces = {f"V_{group.name}": bk.StateMonitor(group, "V") for group in membranes}
    net = bk.Network(groups, **monitors, **traces, dt=0.05)
    return net, {group: np.array(DRIVES[group.name]) for group in groups if group.name in DRIVES}


@pytest.mark.slow  # for its compilation
def test_all_models_agree_on_numba():
    pytest.importorskip("brainkernel_numba")
    (one, one_inputs), (other, other_inputs) = everything(), everything()
    one.run(30.0, inputs=one_inputs)
    other.run(30.0, inputs=other_inputs, backend="numba")
    for name in one.monitors:
        for variable, values in getattr(one, name).data_vars.items():
            np.testing.assert_allclose(
                getattr(other, name)[variable], values, rtol=1e-9, atol=1e-9, err_msg=name
            )
