"""Synapse models for brainkernel: one model, one file."""

from __future__ import annotations

from brainkernel_synapses.ampa import AMPA
from brainkernel_synapses.conductance import ExponentialConductance
from brainkernel_synapses.current_jump import CurrentJump
from brainkernel_synapses.exponential import Exponential
from brainkernel_synapses.gabaa import GABAa
from brainkernel_synapses.gap_junction import GapJunction
from brainkernel_synapses.jump import Jump
from brainkernel_synapses.nearest_stdp import NearestSTDP
from brainkernel_synapses.pair_stdp import PairSTDP
from brainkernel_synapses.triplet_stdp import TripletSTDP
from brainkernel_synapses.tsodyks_markram import TsodyksMarkram
from brainkernel_synapses.voltage_jump import VoltageJump

__all__ = [
    "AMPA",
    "CurrentJump",
    "Exponential",
    "ExponentialConductance",
    "GABAa",
    "GapJunction",
    "Jump",
    "NearestSTDP",
    "PairSTDP",
    "TripletSTDP",
    "TsodyksMarkram",
    "VoltageJump",
]
