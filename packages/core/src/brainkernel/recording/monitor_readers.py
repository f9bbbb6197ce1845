"""What each monitor reads from the records of a stretch: rows for its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times
from brainkernel.model.monitors import RateMonitor, SpikeMonitor, StateMonitor
from brainkernel.program.job import Records
from brainkernel.recording.datasets import rate_table, spike_table, state_table
from brainkernel.recording.series import Series

if TYPE_CHECKING:
    import xarray

    from brainkernel.simulation.network import Network

Columns = dict[str, NDArray[Any]]


class Reading(Protocol):
    """Turns the records of one stretch into rows of one monitor's table.

    Attributes
    ----------
    carry : int
        What was seen and is in no row yet: the spikes of a bin that is not full.
    """

    carry: int

    def table(self) -> xarray.Dataset:
        """The table, without rows."""

    def columns(self, first: int, records: Records) -> Columns:
        """The rows of a stretch that begins at step `first`."""

    def rows(self, first: int, last: int) -> int | None:
        """How many rows there will be between two steps; None where that is not known before."""


class Traces:
    """Values at the multiples of the interval.

    Parameters
    ----------
    series : mapping
        The values over time, by variable.
    every : int
        The interval in steps.
    """

    carry = 0

    def __init__(
        self, network: Network, monitor: StateMonitor, series: Mapping[str, Series], every: int
    ) -> None:
        self.network, self.monitor, self.series, self.every = network, monitor, series, every

    def table(self) -> xarray.Dataset:
        """The table, without rows."""
        return state_table(
            self.network, self.monitor, {name: series.ids for name, series in self.series.items()}
        )

    def columns(self, first: int, records: Records) -> Columns:
        """The values of a stretch."""
        steps = _multiples(first, first + records.steps, self.every)
        values = {
            name: series.values(steps, first, records) for name, series in self.series.items()
        }
        values = {
            name: np.asarray(found, bool if name == "spike" else float)
            for name, found in values.items()
        }
        return {"time": step_times(steps, self.network.dt), **values}

    def rows(self, first: int, last: int) -> int:
        """One for each multiple of the interval."""
        return last // self.every - first // self.every


class Spikes:
    """Times and numbers of the neurons that fired, and values of theirs.

    Parameters
    ----------
    alone : bool
        Whether nobody but the whole group that is watched has its spikes recorded.
    series : mapping, optional
        Values of the target's neurons over time, by variable.
    """

    carry = 0

    def __init__(
        self,
        network: Network,
        monitor: SpikeMonitor | RateMonitor,
        alone: bool,
        series: Mapping[str, Series] | None = None,
    ) -> None:
        self.network, self.monitor, self.series = network, monitor, series or {}
        self.first = network.build.group_of(monitor.target.group)[1].first
        whole = monitor.target.size == monitor.target.group.size
        self._wanted = None if alone and whole else self._mask()

    def _mask(self) -> NDArray[np.bool_]:
        wanted = np.zeros(self.network.build.program.neurons, bool)
        wanted[self.first + self.monitor.target.ids] = True
        return wanted

    def table(self) -> xarray.Dataset:
        """The table, without rows."""
        assert isinstance(self.monitor, SpikeMonitor)
        return spike_table(self.network, self.monitor)

    def columns(self, first: int, records: Records) -> Columns:
        """The spikes of a stretch, by time, then neuron."""
        steps, neurons = self.events(records)
        columns: Columns = {"time": step_times(steps, self.network.dt), "neuron": neurons}
        if self.series:
            columns.update(self._values(steps, neurons, first, records))
        return columns

    def _values(
        self, steps: NDArray[np.int64], neurons: NDArray[np.int64], first: int, records: Records
    ) -> Columns:
        """The values of those who fired, from the steps in which somebody did."""
        ids = self.monitor.target.ids
        column_of = np.zeros(self.monitor.target.group.size, np.int64)
        column_of[ids] = np.arange(ids.size)
        distinct, row = np.unique(steps, return_inverse=True)
        column = column_of[neurons]
        return {
            name: series.values(distinct, first, records)[row, column]
            for name, series in self.series.items()
        }

    def events(self, records: Records) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Grid points and neuron numbers within the group."""
        steps, neurons = records.event_steps, records.event_neurons
        if self._wanted is not None:
            kept = self._wanted[neurons]
            steps, neurons = steps[kept], neurons[kept]
        return steps, neurons.astype(np.int64) - self.first

    def rows(self, first: int, last: int) -> None:
        """Nobody knows before."""
        return


class Rates:
    """The mean rate in bins that end at the multiples of the interval.

    Spikes are counted as they come.
    """

    def __init__(self, network: Network, monitor: RateMonitor, every: int) -> None:
        self.network, self.monitor, self.every = network, monitor, every
        self.carry = 0
        self._number = network.build.group_of(monitor.target.group)[1].number
        whole = monitor.target.size == monitor.target.group.size
        self._spikes = None if whole else Spikes(network, monitor, alone=False)

    def table(self) -> xarray.Dataset:
        """The table, without rows."""
        return rate_table(self.monitor, self.every * self.network.dt)

    def columns(self, first: int, records: Records) -> Columns:
        """The bins that end in a stretch; the rest is carried on to the next."""
        ends = _multiples(first, first + records.steps, self.every)
        total = np.concatenate([[0], np.cumsum(self._fired(first, records), dtype=np.int64)])
        until = total[ends - first]
        counts = np.diff(until, prepend=-self.carry)
        self.carry = int(total[-1] - until[-1]) if ends.size else self.carry + int(total[-1])
        dt = self.network.dt
        return {
            "time": step_times(ends, dt),
            "rate": counts / (self.monitor.target.size * self.every * dt * 1e-3),
        }

    def _fired(self, first: int, records: Records) -> NDArray[Any]:
        """How many fired in each step."""
        if self._spikes is None:
            return records.counts[:, self._number]
        steps, _ = self._spikes.events(records)
        return np.bincount(steps - first - 1, minlength=records.steps)

    def rows(self, first: int, last: int) -> int:
        """One for each bin that ends."""
        return last // self.every - first // self.every


def _multiples(first: int, last: int, every: int) -> NDArray[np.int64]:
    return np.arange(first // every + 1, last // every + 1, dtype=np.int64) * every
