"""How many bytes a network takes: expected before it is made ready, counted afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from brainkernel.base.system_limits import available_memory, readable
from brainkernel.errors import MemoryLimitError
from brainkernel.execution.backend_choice import find_integrator
from brainkernel.lowering.compiled_network import Build
from brainkernel.memory.array_sizes import Entry, bytes_expected, bytes_of_build
from brainkernel.memory.expected_network import expected_network
from brainkernel.model.neuron import Neuron
from brainkernel.model.synapse import Synapse

PARTS = (
    "states",
    "parameters",
    "targets",
    "weights",
    "delays",
    "rows",
    "spikes in flight",
    "records",
)
BUILDING = (
    30  # bytes for each synapse of the largest projection, while its pairs are drawn and sorted
)


@dataclass(frozen=True)
class Memory:
    """What takes how much memory; print it to see a table.

    Attributes
    ----------
    entries : tuple of Entry
        Each a part, its owner and its size in bytes; None where that cannot be known.
    built : bool
        Whether these are the arrays there are, or what is expected of them.
    building : int
        What is needed besides while the network is made ready.
    """

    entries: tuple[Entry, ...]
    built: bool
    building: int = 0

    @property
    def total(self) -> int:
        """The sum of all that is known, in bytes."""
        return sum(entry.size or 0 for entry in self.entries)

    @property
    def by_part(self) -> dict[str, int]:
        """What is known, by part."""
        return _summed((entry.part, entry.size) for entry in self.entries)

    @property
    def by_owner(self) -> dict[str, int]:
        """What is known, by group, projection and monitor."""
        return _summed((entry.owner, entry.size) for entry in self.entries)

    @property
    def unknown(self) -> tuple[Entry, ...]:
        """What cannot be known before.

        Spikes, and projections whose rule does not tell how many synapses it makes.
        """
        return tuple(entry for entry in self.entries if entry.size is None)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        expected = "expected, before the network is made ready"
        yield f"Memory {'of the network as it is' if self.built else expected}"
        by_part = self.by_part
        for part in sorted(by_part, key=PARTS.index):
            entries = [entry for entry in self.entries if entry.part == part]
            owners = _summed((entry.owner, entry.size) for entry in entries)
            largest = sorted(owners, key=lambda owner: -owners[owner])[:3]
            shown = [f"{owner} {readable(owners[owner])}" for owner in largest if owners[owner]]
            hidden = f" and {len(owners) - 3} more" if len(owners) > 3 else ""
            yield f"  {part:<17}{readable(by_part[part]):>10}   {', '.join(shown)}{hidden}"
        yield f"  {'total':<17}{readable(self.total):>10}"
        if self.building:
            yield f"  {'while it is built':<17}{readable(self.building):>10}   more"
        if self.unknown:
            unknown = [f"{entry.part} of {entry.owner}" for entry in self.unknown]
            yield f"  not known before: {', '.join(unknown)}"


class MeasuredNetwork(Protocol):
    """A network of which is told what it takes, made ready or not."""

    _build: Build | None
    _narrow: frozenset[str]

    @property
    def groups(self) -> tuple[Neuron, ...]:
        """The neuron groups."""

    @property
    def projections(self) -> tuple[Synapse, ...]:
        """The projections."""

    @property
    def dt(self) -> float:
        """The step in ms."""

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""


def memory_of(network: MeasuredNetwork, records: Iterable[Entry] = ()) -> Memory:
    """What a network takes, with the records of a run where these are given."""
    if network._build is not None:
        return Memory((*bytes_of_build(network._build), *records), built=True)
    expected = expected_network(
        network.groups,
        network.projections,
        network.dt,
        network.seed,
        find_integrator,
        network._narrow,
    )
    largest = max(
        (connectivity.stored_size for connectivity in expected.connectivities.values()), default=0
    )
    entries = (*bytes_expected(expected), *records)
    return Memory(entries, built=False, building=BUILDING * largest)


def check_memory(network: MeasuredNetwork) -> None:
    """Refuse to make a network ready that does not fit.

    Raises
    ------
    MemoryLimitError
        With what takes how much.
    """
    expected, free = memory_of(network), available_memory()
    need = expected.total + expected.building
    if free is not None and need > free:
        gc.collect()  # networks that are gone may still hold their arrays
        free = available_memory()
    if free is not None and need > free:
        raise MemoryLimitError(
            f"the network would take {readable(need)}, but only {readable(free)} of memory are "
            "free: use fewer "
            "synapses, one number for weights and delays that are all alike, or a larger "
            f"machine\n{expected}"
        )


def _summed(sizes: Iterable[tuple[str, int | None]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, size in sizes:
        sums[name] = sums.get(name, 0) + (size or 0)
    return sums
