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
    "WangBuzsaki": [0.0, 1.0, 2.0, 4.0],
    "MorrisLecar": [0.0, 90.0, 100.0, 120.0],
    "ConnorStevens": [0.0, 10.0, 15.0, 25.0],
    "PinskyRinzel": [0.0, 1.0, 2.5, 5.0],
    "PersistentSodium": [0.0, 5.0, 10.0, 40.0],
    "HindmarshRose": [0.0, 1.5, 2.5, 4.0],
    "QIF": [60.0, 100.0, 200.0, 400.0],
    "AdaptiveQIF": [40.0, 100.0, 300.0, 600.0],
    "ThetaNeuron": [-1.0, 0.2, 1.0, 4.0],
    "ResonateAndFire": [0.2, 0.8, 1.4, 2.0],
    "MihalasNiebur": [50.0, 110.0, 200.0, 400.0],
    "ALIF": [0.5, 1.2, 2.0, 4.0],
    "EscapeLIF": [100.0, 300.0, 450.0, 600.0],
    "GIF": [-50.0, 50.0, 150.0, 300.0],
}
NOISY = {"EscapeLIF", "GIF"}  # whose neurons draw by their numbers
EXACT = [name for name in DRIVES if name not in NOISY]
MEMBRANES = {"PinskyRinzel": "V_s", "ResonateAndFire": "y", "ThetaNeuron": "theta"}


def membrane(name):
    """The state that stands for the membrane potential of a model."""
    return MEMBRANES.get(name, "V")


def model(name):
    return getattr(brainkernel_neurons, name)


def offers():
    return {spec.name: spec for spec in _plugin.brainkernel_models()}


def run(name, drive, *, backend="numpy", **values):
    group = model(name)(len(drive), **values)
    net = bk.Network(
        group,
        trace=bk.StateMonitor(group, membrane(name)),
        spikes=bk.SpikeMonitor(group),
        dt=0.05,
    )
    net.run(60.0, inputs={(group, "I"): np.array(drive)}, backend=backend)
    trains = [
        net.spikes.time.values[net.spikes.neuron.values == k].tolist() for k in range(len(drive))
    ]
    return net.trace[membrane(name)].values, trains


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
    default = model(name).definition.declarations[membrane(name)].default
    stated = "-pi/2" if name == "ThetaNeuron" else f"{default}".removesuffix(".0")
    assert f"first {stated}" in page


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
    return getattr(model(name)(1), membrane(name))


@pytest.mark.parametrize("name", EXACT)
def test_permuted_neurons_give_permuted_results(name):
    order = np.array([2, 0, 3, 1])
    drive, first = np.array(DRIVES[name]), first_potential(name) + np.arange(4) / 7
    trace, trains = run(name, drive, **{membrane(name): first})
    permuted = {membrane(name): first[order]}
    permuted_trace, permuted_trains = run(name, drive[order], **permuted)
    assert np.array_equal(permuted_trace, trace[:, order])
    assert permuted_trains == [trains[k] for k in order]
    assert len(set(map(len, trains))) > 1  # the neurons differ, so a mix-up would show


@pytest.mark.parametrize("name", EXACT)
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
    membranes = [
        group for group in groups if membrane(group.name) in group.definition.names("state")
    ]
    traces = {f"V_{g.name}": bk.StateMonitor(g, membrane(g.name)) for g in membranes}
    net = bk.Network(groups, **monitors, **traces, dt=0.05)
    driven = [group for group in groups if group.name in DRIVES]
    return net, {(group, "I"): np.array(DRIVES[group.name]) for group in driven}


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
