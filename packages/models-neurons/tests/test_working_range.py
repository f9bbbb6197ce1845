"""Every packaged model at its defaults, from far below rest to many times what it fires at."""

from __future__ import annotations

import numpy as np
import pytest

import brainkernel as bk
import brainkernel_neurons

LEVELS = 40
# from, to: in the unit of the model's input
RANGE = {
    "LIF": (-1000.0, 5000.0),
    "LIFExpCurrent": (-1000.0, 5000.0),
    "ExpIF": (-500.0, 5000.0),
    "AdEx": (-1000.0, 10000.0),
    "Izhikevich": (-50.0, 200.0),
    "HodgkinHuxley": (-50.0, 300.0),
    "TraubMiles": (-2000.0, 10000.0),
    "FitzHughNagumo": (-5.0, 5.0),
    "WangBuzsaki": (-5.0, 100.0),
    "MorrisLecar": (-100.0, 250.0),
    "ConnorStevens": (-20.0, 200.0),
    "PinskyRinzel": (-5.0, 50.0),
    "PersistentSodium": (-50.0, 500.0),
    "HindmarshRose": (-5.0, 10.0),
    "QIF": (-1000.0, 5000.0),
    "AdaptiveQIF": (-1000.0, 5000.0),
    "ThetaNeuron": (-5.0, 20.0),
    "ResonateAndFire": (-0.5, 5.0),
    "MihalasNiebur": (-500.0, 2000.0),
    "ALIF": (-5.0, 20.0),
    "EscapeLIF": (-1000.0, 5000.0),
    "GIF": (-500.0, 2000.0),
}
SLOW = {"MorrisLecar"}  # which fires at 10 to 20 Hz
MEMBRANES = {"PinskyRinzel": "V_s", "ResonateAndFire": "y", "ThetaNeuron": "theta"}
BOUNDS = {
    "ConnorStevens": (-120.0, 80.0),
    "GIF": (-400.0, 100.0),
    "HindmarshRose": (-10.0, 10.0),
    "MorrisLecar": (-250.0, 150.0),
    "PersistentSodium": (-150.0, 80.0),
    "PinskyRinzel": (-150.0, 150.0),
    "WangBuzsaki": (-200.0, 80.0),
    "FitzHughNagumo": (-6.0, 6.0),
    "HodgkinHuxley": (-250.0, 80.0),
    "TraubMiles": (-350.0, 100.0),
}


def model(name):
    return getattr(brainkernel_neurons, name)


def test_no_model_is_left_out():
    driven = {n for n in brainkernel_neurons.__all__ if model(n).definition.names("input")}
    driven.discard("SpikeGenerator")  # whose input is its own
    driven.discard("InhomogeneousPoissonGroup")  # whose input is a rate; it has no potential
    assert driven == set(RANGE)


@pytest.mark.parametrize("name", RANGE)
def test_it_runs_with_its_defaults(name):
    cells, membrane = model(name)(LEVELS), MEMBRANES.get(name, "V")
    trace = bk.StateMonitor(cells, membrane, every=1.0)
    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells), trace=trace, dt=0.1)
    net.run(300.0, inputs={(cells, "I"): np.linspace(*RANGE[name], LEVELS)})
    low, high = BOUNDS.get(name, (-400.0, 40.0))
    assert low < net.trace[membrane].values.min()
    assert net.trace[membrane].values.max() < high
    counts = np.bincount(net.spikes.neuron.values, minlength=LEVELS)
    assert counts[0] == 0
    assert counts.max() > (3 if name in SLOW else 5)


@pytest.mark.parametrize("name", [n for n in RANGE if n not in {*BOUNDS, "ResonateAndFire"}])
def test_more_current_never_means_less_spikes(name):
    """Models with channels, and FitzHugh and Nagumo's, are held depolarised by a strong current."""
    cells = model(name)(LEVELS)
    net = bk.Network(cells, spikes=bk.SpikeMonitor(cells), dt=0.1)
    net.run(300.0, inputs={cells: np.linspace(*RANGE[name], LEVELS)})
    counts = np.bincount(net.spikes.neuron.values, minlength=LEVELS)
    assert np.all(np.diff(counts) >= -1)


def rate(name, current, dt, method=None):
    cell = model(name)(1, method=method)
    net = bk.Network(cell, spikes=bk.SpikeMonitor(cell), dt=dt)
    net.run(300.0, inputs={cell: current})
    times = net.spikes.time.values[3:]
    return 1000.0 * (times.size - 1) / (times[-1] - times[0])


@pytest.mark.parametrize(
    ("name", "current", "true", "coarse", "fine"),
    [("HodgkinHuxley", 10.0, 68.324, 0.012, 0.004), ("TraubMiles", 400.0, 71.25, 0.02, 0.006)],
)
def test_the_rate_of_channels_holds(name, current, true, coarse, fine):
    """True is the limit of small steps, by rk4."""
    assert rate(name, current, 0.1) == pytest.approx(true, rel=coarse)
    assert rate(name, current, 0.05) == pytest.approx(true, rel=fine)
