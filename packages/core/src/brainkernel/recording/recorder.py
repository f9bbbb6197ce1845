"""What a network's monitors saw.

Read from the records of each stretch, and handed to where it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import proxy, ref

from brainkernel.base.clock import whole_steps
from brainkernel.errors import MonitorError
from brainkernel.execution.impulses import OwnInputs
from brainkernel.memory.record_limits import Room
from brainkernel.model.synapse import Synapse
from brainkernel.program.contracts import Store
from brainkernel.program.job import Records
from brainkernel.recording.datasets import growing, row_bytes
from brainkernel.recording.memory_store import MemoryStore, store_at
from brainkernel.recording.monitor import Columns, Monitor, Reading
from brainkernel.recording.network_protocol import RecordedNetwork, RecordedRun
from brainkernel.recording.probes import MonitorProbes, Sampling
from brainkernel.recording.provenance import Provenance
from brainkernel.recording.run_log import RunLog
from brainkernel.recording.synapse_columns import SynapseColumns

if TYPE_CHECKING:
    import xarray


class Recorder:
    """Keeps what a network's monitors saw since its last reset, in memory or in another store.

    Attributes
    ----------
    tracked : array
        For each group whether its spikes are listed (1) and recorded (2).
    watches : list of Probe
        What backends sample.
    readings : dict of str to Reading
        What becomes of it, by monitor.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._network = ref(
            network
        )  # weakly, as in readings and runs: so a network is freed when its last name goes
        self._store: Store = MemoryStore()
        self.provenance = Provenance(proxy(network))
        self._logs: list[RunLog] = []  # of the runs since the last reset
        self._log: RunLog | None = None  # of the run that is under way
        self._before: dict[str, int] = {}
        self._settled: dict[str, Any] | None = (
            None  # the provenance, once the network lost a member
        )
        self._ready = False
        self.tables: dict[str, Any] = {}
        self._since: dict[
            str, int
        ] = {}  # for monitors that were added later, the step from which they record
        self._room = Room()

    @property
    def network(self) -> RecordedNetwork:
        """The network that is recorded."""
        network = self._network()
        assert network is not None, "a recorder is asked by its network alone"
        return network

    def begin(self) -> None:
        """Find out, once, where everything lies that is watched."""
        if not self._ready:
            self.network._check_whole("the network has recorded nothing yet")
            self._prepare()
            self._open(self._store)
            self._ready = True

    def extend(self, names: Iterable[str]) -> None:
        """Probe further monitors of the network from now on; what others recorded stays.

        Raises
        ------
        MonitorError
            Where records go to a store whose tables are made once.
        """
        if not self._ready:  # all of them are found before the first run
            return
        if not self._store.in_memory:
            raise MonitorError(
                f"net.add(): this network records to {self._store.place}, whose tables were made "
                "when recording began: "
                "call net.reset() first and add the monitors then, or give them to Network(...)"
            )
        carried = {name: reading.carry for name, reading in self.readings.items()}
        self._prepare()
        for name, carry in carried.items():
            self.readings[name].carry = carry
        self._begin_at(self.network.step, names)

    def check_follows(self, projection: Synapse) -> None:
        """Refuse further synapses whose columns would lie in a store that cannot have more.

        Raises
        ------
        MonitorError
            With the monitor and what to do.
        """
        if not self._ready or self._store.in_memory:
            return
        for name, monitor in self.network.monitors.items():
            records_all = getattr(monitor, "synapses", None) is None
            of_synapses = monitor.member is projection and "synapse" in self.tables[name].dims
            if records_all and of_synapses:
                raise MonitorError(
                    f"monitor {name} records single synapses of {projection._label()} to "
                    f"{self._store.place}, whose tables have a column for each synapse that there "
                    "was when recording began: record in memory where synapses are added, or "
                    "call net.reset() first"
                )

    def follow(self, anew: bool = False) -> None:
        """Record the synapses that there are now; each keeps its column.

        Parameters
        ----------
        anew : bool
            Whether tables are begun anew, without synapses that are gone.
        """
        if not self._ready:
            return
        before = self.tables
        carried = {name: reading.carry for name, reading in self.readings.items()}
        self._prepare(anew)
        for name, carry in carried.items():
            self.readings[name].carry = carry
        for name, table in self.tables.items():
            if "synapse" in table.dims and table.sizes["synapse"] > before[name].sizes["synapse"]:
                self._store.widen(name, table)  # type: ignore[attr-defined]

    def _begin_at(self, step: int, names: Iterable[str]) -> None:
        """Open empty tables for what is watched from a step on."""
        for name in names:
            self._store.open(name, self.tables[name])
            self._since[name] = step

    def _prepare(self, anew: bool = False) -> None:
        build = self.network.build
        self.own_inputs = OwnInputs(self.network.groups, build.program, self.network.dt)
        sampling = Sampling(self.network)
        self.tracked, self.watches = sampling.tracked, sampling.watches
        self.readings = {
            name: self._reading(name, monitor, sampling, anew)
            for name, monitor in self.network.monitors.items()
        }
        sampling.finish()
        self.tables = {name: reading.table() for name, reading in self.readings.items()}
        self._widths = {name: row_bytes(table) for name, table in self.tables.items()}

    def _reading(self, name: str, monitor: Monitor, sampling: Sampling, anew: bool) -> Reading:
        every, network = self._every(name, monitor), proxy(self.network)
        columns = SynapseColumns.of(self.tables.get(name))
        return monitor.reading(MonitorProbes(network, sampling, every, columns, anew))

    def settle(self) -> None:
        """Take down where the numbers come from, while the members still have their names."""
        if self._ready and self._settled is None:
            self._settled = self._attributes()

    def _every(self, name: str, monitor: Monitor) -> int:
        if monitor.every is None:
            return 1
        return int(
            whole_steps(monitor.every, self.network.dt, f"the interval of monitor {name}", least=1)
        )

    def _open(self, store: Store) -> None:
        for name, table in self.tables.items():
            store.open(name, table)

    # -- a run -------------------------------------------------------------------------------------

    def prepare(self, run: RecordedRun) -> None:
        """Refuse a run whose records have no place, before anything happens.

        Raises
        ------
        MonitorError, UnknownNameError, MissingDependencyError
            Where `record_to` cannot be used, or the disk is too small.
        MemoryLimitError
            Where what will be recorded does not fit into memory.
        """
        self.begin()
        self._next = self._store if run.record_to is None else self._named(run.record_to)
        self._room.check(self.expected(run.first, run.last), self._next)

    def expected(self, first: int, last: int) -> dict[str, int | None]:
        """How many bytes each monitor's rows take between two steps.

        None where nobody knows before.
        """
        rows = {name: reading.rows(first, last) for name, reading in self.readings.items()}
        return {name: None if n is None else n * self._widths[name] for name, n in rows.items()}

    def _named(self, record_to: str | Path) -> Store:
        store = store_at(record_to, self._store)
        if store is not self._store and not self._store.in_memory:
            raise MonitorError(
                f"this network records to {self._store.place} since its last reset, and that "
                "cannot go on in "
                f"{store.place}: call net.reset() first, or leave record_to out to go on in the "
                "same place"
            )
        return store

    def start(self, run: RecordedRun) -> None:
        """Begin a run.

        What memory holds since the last reset moves to the place that the run names.
        """
        if self._next is not self._store:
            self._move(self._next)
        self._before = {name: self._store.rows(name) for name in self.readings}
        run.log = self._log = self.provenance.begin(run)
        if self.readings:
            self._logs.append(self._log)

    def _move(self, store: Store) -> None:
        self._open(store)
        for name, table in self.tables.items():
            kept = self._store.dataset(name)
            store.append(name, {column: kept[column].values for column in growing(table)})
        self._store.close()
        self._store = store

    def add(self, run: RecordedRun, records: Records) -> None:
        """Keep the records of the stretch that ends now."""
        first = self.network.step - records.steps
        for name, reading in self.readings.items():
            self._store.append(name, self._whole_bins(name, reading.columns(first, records)))

    def _whole_bins(self, name: str, columns: Columns) -> Columns:
        """Leave out what began before its monitor was added."""
        since = self._since.get(name, 0)
        return self.readings[name].complete(columns, since) if since else columns

    def finish(self) -> None:
        """End a run, however it ended: the store is complete."""
        if self._log is not None:
            self.provenance.end(self._log)
            self._log = None
        if not self._store.in_memory:
            self._store.flush(self._attributes())

    def clear(self) -> None:
        """Begin anew at time zero; what another store holds stays there."""
        self.drop()
        self.provenance.forget_written()
        if self._ready:
            self._since = {}
            for reading in self.readings.values():
                reading.carry = None

    def drop(self) -> None:
        """Forget what was recorded, and record to memory.

        A bin of rates that is not full goes on.
        """
        self._store.close()
        self._store, self._logs = MemoryStore(), []
        if self._ready:
            self._forget_gone()
            self._open(self._store)

    def _forget_gone(self) -> None:
        """Begin tables anew without synapses that were removed."""
        connectivities = self.network.build.connectivities.values()
        if any(connectivity.identities is not None for connectivity in connectivities):
            carried = {name: reading.carry for name, reading in self.readings.items()}
            self._prepare(anew=True)
            for name, carry in carried.items():
                self.readings[name].carry = carry

    def mark(self) -> Any:
        """What `rewind` needs to come back to now."""
        self.begin()
        carried = {name: reading.carry for name, reading in self.readings.items()}
        logs = self._logs, len(self._logs)
        kept = self._store.mark()
        since, step = dict(self._since), self.network.step
        return self._store, kept, carried, logs, since, step, self.tables

    def rewind(self, mark: Any) -> None:
        """Keep just what was recorded at a mark, where it was recorded then."""
        store, kept, carried, (logs, count), since, step, tables = mark
        store.rewind(kept)
        if store is not self._store:
            self._store.close()
        self._store, self._logs = store, logs[:count]
        self._since = since
        if tables is not self.tables:  # synapses have come or gone since, or monitors
            self.tables = tables
            self._prepare()
        for name, reading in self.readings.items():
            reading.carry = carried.get(name)
        self._begin_at(step, [name for name in self.readings if name not in carried])

    # -- datasets ----------------------------------------------------------------------------------

    def dataset(self, name: str) -> xarray.Dataset:
        """The dataset of one monitor since the last reset."""
        self.begin()
        return self._dataset(name, 0, self._attributes())

    def tree(self, run: RecordedRun) -> xarray.DataTree:
        """The datasets of one run, made when they are first looked at."""
        from brainkernel.recording.run_tree import RunTree

        attributes = self.provenance.attributes([run.log] if run.log else [])
        made = {name: self._later(name, self._before[name], attributes) for name in self.readings}
        return RunTree.of(lambda: (attributes, {name: make() for name, make in made.items()}))

    def _later(
        self,
        name: str,
        first: int,
        attributes: dict[str, Any],
    ) -> Callable[[], xarray.Dataset]:
        """A function that makes a dataset as it would be now.

        What another store holds is opened at once.
        """
        if not isinstance(self._store, MemoryStore):
            opened = self._dataset(name, first, attributes)
            return lambda: opened
        make, table = self._store.later(name, first), self.tables[name]
        return lambda: _described(make(), attributes, table)

    def _dataset(self, name: str, first: int, attributes: dict[str, Any]) -> xarray.Dataset:
        return _described(self._store.dataset(name, first), attributes, self.tables[name])

    def _attributes(self) -> dict[str, Any]:
        return (
            dict(self._settled)
            if self._settled is not None
            else self.provenance.attributes(self._logs)
        )


def _described(
    dataset: xarray.Dataset,
    attributes: dict[str, Any],
    table: xarray.Dataset,
) -> xarray.Dataset:
    dataset.attrs = {**attributes, **table.attrs}
    return dataset
