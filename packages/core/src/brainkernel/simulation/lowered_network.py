"""A network lowered: its program and everything that the program runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.execution.impulses import impulse_drives
from brainkernel.execution.timed_parameters import timed_parameters
from brainkernel.lowering import addresses
from brainkernel.lowering.fill_arrays import keys_of
from brainkernel.model.neuron import Member, Neuron
from brainkernel.program.address import Address
from brainkernel.program.job import ImpulseDrive
from brainkernel.program.partition import Partition
from brainkernel.program.program import Program
from brainkernel.program.state import State
from brainkernel.simulation.network import Network
from brainkernel.simulation.settings import whole_seed


@dataclass(frozen=True)
class LoweredNetwork:
    """What a program runs on, for backends that make something else of a network than a run.

    Attributes
    ----------
    program : Program
        The network as data.
    partition : Partition
        Its neurons and synapses, undivided.
    state : State
        Where it is now; not to be written to.
    constants, synaptic, keys : array
        The flat arrays of these names; ``program.parts`` names their parts.
    tables : mapping
        The flat arrays of connectivity, by name.
    impulses : tuple of ImpulseDrive
        What groups bring along as input.
    """

    program: Program
    partition: Partition
    state: State
    constants: NDArray[np.float64]
    synaptic: NDArray[np.float64]
    keys: NDArray[np.uint32]
    tables: Mapping[str, NDArray[Any]]
    impulses: tuple[ImpulseDrive, ...]


def lowered(network: Network) -> LoweredNetwork:
    """Lower a network, unless that has been done."""
    build = network.build
    return LoweredNetwork(
        program=build.program,
        partition=build.partition(1),
        state=network.state,
        constants=build.constants,
        synaptic=build.synaptic,
        keys=build.keys,
        tables=build.tables.stores,
        impulses=impulse_drives(network.groups, build.program, network.dt),
    )


def keys_under(network: Network, seed: int) -> NDArray[np.uint32]:
    """Compute the keys of all random streams of a network under another seed.

    Raises
    ------
    NetworkError
        For a seed that is no whole number of 64 bits.
    """
    program = replace(network.build.program, seed=whole_seed(seed))
    return keys_of(program, network.build.roster)


def timed_values(network: Network, group: Neuron, steps: int) -> dict[str, NDArray[np.float64]]:
    """Give the parameters of a group that follow time: for each of some steps from here on.

    A row for each step, with one value for each neuron or one for all.
    """
    build, first = network.build, network.step
    last = first + steps
    timed = timed_parameters([group], build.program, network.dt, first, last, build.values_of)
    names = group.definition.names("timed")
    values = {}
    for name, stimulus in zip(names, timed, strict=True):
        rows = stimulus.rows.rows(first, last)
        width = stimulus.address.size if rows.wide else 1
        table = np.ravel(rows.values).reshape(-1, width)
        on = rows.rows >= 0
        values[name] = np.where(on[:, None], table[np.where(on, rows.rows, 0) // width], 0.0)
    return values


def state_address(network: Network, member: Member, name: str) -> Address:
    """Find a state of a member in the program's named arrays; consecutive elements are a slice."""
    return addresses.state_address(network.build, member, name)


def parameter_addresses(network: Network, member: Member, name: str) -> list[Address]:
    """Find a parameter in the program's named arrays; a synapse's may lie in several."""
    return addresses.parameter_addresses(network.build, member, name)


def first_neuron(network: Network, group: Neuron, event: str = "") -> int:
    """Return the number of a group's first neuron among those of all groups.

    Or that by which its events of another kind than the spike are listed.
    """
    return network.build.listed_group(group, event).first
