"""Neuron models for brainkernel: one model, one file."""

from __future__ import annotations

from brainkernel_neurons.adex import AdEx
from brainkernel_neurons.exp_if import ExpIF
from brainkernel_neurons.fitzhugh_nagumo import FitzHughNagumo
from brainkernel_neurons.hodgkin_huxley import HodgkinHuxley
from brainkernel_neurons.inhomogeneous_poisson_group import InhomogeneousPoissonGroup
from brainkernel_neurons.izhikevich import Izhikevich
from brainkernel_neurons.lif import LIF
from brainkernel_neurons.lif_exp_current import LIFExpCurrent
from brainkernel_neurons.poisson_group import PoissonGroup
from brainkernel_neurons.spike_generator import SpikeGenerator
from brainkernel_neurons.traub_miles import TraubMiles

__all__ = [
    "LIF",
    "AdEx",
    "ExpIF",
    "FitzHughNagumo",
    "HodgkinHuxley",
    "InhomogeneousPoissonGroup",
    "Izhikevich",
    "LIFExpCurrent",
    "PoissonGroup",
    "SpikeGenerator",
    "TraubMiles",
]
