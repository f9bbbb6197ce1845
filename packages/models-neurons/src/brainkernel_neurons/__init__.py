"""Neuron models for brainkernel: one model, one file."""

from __future__ import annotations

from brainkernel_neurons.adaptive_qif import AdaptiveQIF
from brainkernel_neurons.adex import AdEx
from brainkernel_neurons.alif import ALIF
from brainkernel_neurons.connor_stevens import ConnorStevens
from brainkernel_neurons.escape_lif import EscapeLIF
from brainkernel_neurons.exp_if import ExpIF
from brainkernel_neurons.fitzhugh_nagumo import FitzHughNagumo
from brainkernel_neurons.gif import GIF
from brainkernel_neurons.hindmarsh_rose import HindmarshRose
from brainkernel_neurons.hodgkin_huxley import HodgkinHuxley
from brainkernel_neurons.inhomogeneous_poisson_group import InhomogeneousPoissonGroup
from brainkernel_neurons.izhikevich import Izhikevich
from brainkernel_neurons.lif import LIF
from brainkernel_neurons.lif_exp_current import LIFExpCurrent
from brainkernel_neurons.mihalas_niebur import MihalasNiebur
from brainkernel_neurons.morris_lecar import MorrisLecar
from brainkernel_neurons.persistent_sodium import PersistentSodium
from brainkernel_neurons.pinsky_rinzel import PinskyRinzel
from brainkernel_neurons.poisson_group import PoissonGroup
from brainkernel_neurons.qif import QIF
from brainkernel_neurons.resonate_and_fire import ResonateAndFire
from brainkernel_neurons.spike_generator import SpikeGenerator
from brainkernel_neurons.theta_neuron import ThetaNeuron
from brainkernel_neurons.traub_miles import TraubMiles
from brainkernel_neurons.wang_buzsaki import WangBuzsaki

__all__ = [
    "ALIF",
    "GIF",
    "LIF",
    "QIF",
    "AdEx",
    "AdaptiveQIF",
    "ConnorStevens",
    "EscapeLIF",
    "ExpIF",
    "FitzHughNagumo",
    "HindmarshRose",
    "HodgkinHuxley",
    "InhomogeneousPoissonGroup",
    "Izhikevich",
    "LIFExpCurrent",
    "MihalasNiebur",
    "MorrisLecar",
    "PersistentSodium",
    "PinskyRinzel",
    "PoissonGroup",
    "ResonateAndFire",
    "SpikeGenerator",
    "ThetaNeuron",
    "TraubMiles",
    "WangBuzsaki",
]
