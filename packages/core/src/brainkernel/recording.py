"""From records to labelled datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.clock import whole_steps
from brainkernel.datasets import provenance, rate_dataset, spike_dataset, state_dataset
from brainkernel.errors import MonitorError
from brainkernel.inputs import impulse_arrays
from brainkernel.monitors import Monitor, RateMonitor, SpikeMonitor, StateMonitor, chosen
from brainkernel.projection import Synapse
from brainkernel.records import Records, Watch

if TYPE_CHECKING:
    import xarray

    from brainkernel.network import Network
    from brainkernel.running import Run


class Recorder:
    """Keeps what a network's monitors saw since its last reset.

    Attributes
    ----------
    tracked : array
        For each group whether its spikes are listed (1) and recorded (2).
    watches : list of Watch
        What backends sample, in the order of `_columns`.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._counting = any(isinstance(monitor, RateMonitor) for monitor in network.monitors.values())
        self._kept: list[tuple[Run, Records]] = []
        self._ready = False

    def begin(self) -> None:
        """Find out, once, where everything lies that is watched."""
        if not self._ready:
            self._prepare()
            self._ready = True

    def _prepare(self) -> None:
        build = self.network.build
        self.impulses = impulse_arrays(self.network.groups, build.program, self.network.dt)
        self.watches: list[Watch] = []
        self._columns: dict[tuple[str, str], tuple[int, NDArray[np.int64]]] = {}
        self.tracked = np.zeros(len(build.program.groups), np.int64)
        for block in build.program.blocks:
            for group in block.groups:
                self.tracked[group.number] = int(block.threshold is not None)
        for name, monitor in self.network.monitors.items():
            if isinstance(monitor, StateMonitor):
                self._watch(name, monitor)
            else:
                self._track(name, monitor)

    def _watch(self, name: str, monitor: StateMonitor) -> None:
        every = self._every(name, monitor)
        for variable in monitor.variables:
            places, ids = self._places(monitor, variable)
            self._columns[name, variable] = (len(self.watches), ids)
            self.watches.append(Watch(places, every, variable == "spike"))

    def _places(self, monitor: StateMonitor, variable: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        build, member = self.network.build, monitor.member
        if not isinstance(member, Synapse):
            ids = chosen(monitor.target, monitor.neurons)
            if variable == "spike":
                return build.group_of(member)[1].first + ids, ids
            return build.places(member, variable)[ids], ids
        places = build.places(member, variable)
        per = member.definition.declarations[variable].per
        known = {"pre": member.pre.ids, "post": member.post.ids}.get(str(per), np.arange(places.size))
        which = np.arange(places.size) if monitor.neurons is None else monitor.neurons
        if np.any((which < 0) | (which >= places.size)):
            raise MonitorError(
                f"a monitor asks for element {which.max()} of {member.label()}.{variable}: it has {places.size}"
            )
        return places[which], known[which]

    def _track(self, name: str, monitor: Monitor) -> None:
        number = self.network.build.group_of(monitor.target.group)[1].number
        self._every(name, monitor)
        whole = isinstance(monitor, RateMonitor) and monitor.target.size == monitor.target.group.size
        if not whole:
            self.tracked[number] = 2

    def _every(self, name: str, monitor: Monitor) -> int:
        if monitor.every is None:
            return 1
        return int(whole_steps(monitor.every, self.network.dt, f"the interval of monitor {name}", least=1))

    def add(self, run: Run, records: Records) -> None:
        """Keep the records of one stretch."""
        if not self._counting:
            records.counts = records.counts[:0]
        run.records.append(records)
        self._kept.append((run, records))

    def clear(self) -> None:
        """Forget everything."""
        self._kept = []

    def mark(self) -> Any:
        """What `rewind` needs to come back to now."""
        return list(self._kept)

    def rewind(self, mark: Any) -> None:
        """Keep just what was recorded at a mark."""
        self._kept = list(mark)

    def dataset(self, name: str) -> xarray.Dataset:
        """The dataset of one monitor since the last reset."""
        self.begin()
        runs = list({id(run): run for run, _ in self._kept}.values())
        return self._dataset(name, [records for _, records in self._kept], runs)

    def tree(self, run: Run) -> xarray.DataTree:
        """The datasets of one run."""
        import xarray

        nodes = {f"/{name}": self._dataset(name, run.records, [run]) for name in self.network.monitors}
        root = xarray.Dataset(attrs=provenance(self.network, [run]))
        return xarray.DataTree.from_dict({"/": root, **nodes}, name="run")

    def _dataset(self, name: str, records: list[Records], runs: list[Run]) -> xarray.Dataset:
        monitor, attributes = self.network.monitors[name], provenance(self.network, runs)
        first = runs[0].first if runs else 0
        every = self._every(name, monitor)
        if isinstance(monitor, StateMonitor):
            columns = {v: self._columns[name, v] for v in monitor.variables}
            return state_dataset(self.network, monitor, columns, records, first, every, attributes)
        if isinstance(monitor, SpikeMonitor):
            return spike_dataset(self.network, monitor, records, attributes)
        assert isinstance(monitor, RateMonitor)
        since = [kept for _, kept in self._kept]  # a bin may have begun in the run before
        begin = self._kept[0][0].first if self._kept else 0
        return rate_dataset(self.network, monitor, since, begin, every, first, attributes)
