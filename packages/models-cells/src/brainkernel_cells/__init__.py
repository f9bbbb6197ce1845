"""Cells of many compartments for brainkernel: cables, dendrites, morphologies."""

from __future__ import annotations

from brainkernel_cells.compartments import Compartments
from brainkernel_cells.leak import Leak
from brainkernel_cells.morphology import Morphology, Section
from brainkernel_cells.passive_cell import PassiveCell
from brainkernel_cells.spikes import Spikes
from brainkernel_cells.squid_axon import SquidAxon
from brainkernel_cells.squid_channels import SquidGates, SquidPotassium, SquidSodium
from brainkernel_cells.swc import read_swc

__all__ = [
    "Compartments",
    "Leak",
    "Morphology",
    "PassiveCell",
    "Section",
    "Spikes",
    "SquidAxon",
    "SquidGates",
    "SquidPotassium",
    "SquidSodium",
    "read_swc",
]
