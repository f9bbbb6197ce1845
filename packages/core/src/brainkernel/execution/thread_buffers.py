"""What each thread of a job reads its inputs from and writes its records to."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainkernel.codegen.network_data import Inputs
from brainkernel.codegen.network_data import Records as ThreadRecords
from brainkernel.execution.element_threads import threads_of
from brainkernel.execution.network_arrays import input_stretches, places_of
from brainkernel.program.address import Address
from brainkernel.program.job import ImpulseDrive, InputDrive, Job, Records
from brainkernel.program.program import Program

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NO_PLACES = np.zeros(0, np.int64)
NO_IMPULSES = NO_PLACES, NO_PLACES, np.zeros(0)


class DriveShare(NamedTuple):
    """What one thread adds of an `InputDrive`: to which places of the inputs, and what."""

    places: Ints
    values: Floats
    rows: Ints
    wide: bool


class Shares:
    """What a job records and is driven by, shared out among threads.

    The same for all jobs of a run.

    Parameters
    ----------
    program : Program
        The network.
    job : Job
        The first of them.
    """

    def __init__(self, program: Program, job: Job) -> None:
        self._program, self._partition = program, job.partition
        self._made_of = (job.partition, job.watches, job.impulses)
        probes = job.watches
        columns = [self._columns(probe.address) for probe in probes]
        places = [places_of(program, probe.address, probe.fired) for probe in probes]
        self.columns: list[list[Ints]] = []
        for thread in range(job.partition.threads):
            self.columns.append([of_probe[thread] for of_probe in columns])
        self.places = [_joined(_chosen(places, of_thread)) for of_thread in self.columns]
        self.impulses = self._impulses(job.impulses)
        self.inputs = input_stretches(program, job.partition)
        self._driven: list[tuple[Address, list[Ints]]] = []

    def fits(self, job: Job) -> bool:
        """Whether a job is another one of the same run."""
        made_of = (job.partition, job.watches, job.impulses)
        return all(map(operator.is_, self._made_of, made_of))

    def drives(self, job: Job) -> list[list[DriveShare]]:
        """Give each thread its share of the external input."""
        addresses = [drive.address for drive in job.drives]
        # the columns of an address take time to find, and most drives stay from job to job
        present = [address for address, _ in self._driven]
        if len(present) != len(addresses) or not all(map(operator.is_, present, addresses)):
            self._driven = [(address, self._columns(address)) for address in addresses]
        shares = [
            self._shares_of(drive, columns)
            for drive, (_, columns) in zip(job.drives, self._driven, strict=True)
        ]
        by_thread: list[list[DriveShare]] = []
        for thread in range(len(self.inputs)):
            by_thread.append([of_drive[thread] for of_drive in shares])
        return by_thread

    def _columns(self, address: Address) -> list[Ints]:
        """For each thread which elements of an address are its own."""
        threads = threads_of(self._program, self._partition, address)
        return [np.flatnonzero(threads == thread) for thread in range(self._partition.threads)]

    def _shares_of(self, drive: InputDrive, columns: list[Ints]) -> list[DriveShare]:
        places = places_of(self._program, drive.address)
        if len(columns) == 1:
            return [DriveShare(places, np.ravel(drive.values), drive.rows, drive.wide)]
        if not drive.wide:
            values = np.ravel(drive.values)
            return [
                DriveShare(places[of_thread], values, drive.rows, False) for of_thread in columns
            ]
        width = places.size
        # rows are counted in values, and a thread's rows are shorter
        row = drive.rows // width
        values = np.reshape(drive.values, (-1, width))
        return [
            DriveShare(
                places[of_thread],
                values[:, of_thread].ravel(),
                np.where(drive.rows >= 0, row * of_thread.size, -1),
                True,
            )
            for of_thread in columns
        ]

    def _impulses(self, drives: tuple[ImpulseDrive, ...]) -> list[tuple[Ints, Ints, Floats]]:
        """For each thread steps, places and values of its impulses, by step, then place."""
        if not drives:
            return [NO_IMPULSES] * self._partition.threads
        columns = [self._columns(drive.address) for drive in drives]
        places = [places_of(self._program, drive.address) for drive in drives]
        shares = []
        for thread in range(self._partition.threads):
            of_thread = [of_drive[thread] for of_drive in columns]
            step = np.concatenate(_chosen([drive.steps for drive in drives], of_thread))
            place = np.concatenate(_chosen(places, of_thread))
            value = np.concatenate(_chosen([drive.values for drive in drives], of_thread))
            # the impulses of one drive are sorted already
            order = np.lexsort((place, step)) if len(drives) > 1 else slice(None)
            shares.append((step[order], place[order], value[order]))
        return shares


class Buffers:
    """The arrays of one thread.

    Parameters
    ----------
    job : Job
        What is to be done.
    shares : Shares
        Who does what.
    thread : int
        Which thread.
    drives : list of DriveShare
        Its external input.
    events : float
        How many spikes to expect in a step.
    """

    def __init__(
        self,
        job: Job,
        shares: Shares,
        thread: int,
        drives: list[DriveShare],
        events: float = 0.0,
    ) -> None:
        self.thread = thread
        self.neurons = int(np.diff(job.partition.groups[thread]).sum())
        # in one step every neuron may fire
        capacity = self.neurons
        if np.any(job.tracked > 1):
            # half more spikes than expected, so that most runs need no larger arrays
            capacity += 1024 + int(1.5 * events * job.steps)
        self.event_steps = np.zeros(capacity, np.int64)
        self.event_neurons = np.zeros(capacity, np.int32)
        self.event_count = np.zeros(1, np.int64)
        self.counts = np.zeros((job.steps, len(job.tracked)), np.int32)
        self.columns = shares.columns[thread]
        steps, places, values = shares.impulses[thread]
        self._inputs = Inputs(
            driven=True,
            values=np.zeros(0),
            own=shares.inputs[thread],
            impulse_steps=steps,
            impulse_places=places,
            impulse_values=values,
            **_pack_drives(drives, job.steps),
        )
        self.monitor_index = shares.places[thread]
        self.monitors, total = _pack_watches(job, [columns.size for columns in self.columns])
        self.samples = np.zeros(total)
        self.sample_count = np.zeros(len(job.watches), np.int64)

    def make_room(self) -> None:
        """Have room for the spikes of one more step."""
        while self.event_count[0] + self.neurons > self.event_steps.size:
            more = self.event_steps.size + self.neurons
            self.event_steps = np.concatenate([self.event_steps, np.zeros(more, np.int64)])
            self.event_neurons = np.concatenate([self.event_neurons, np.zeros(more, np.int32)])

    def inputs(self, values: NDArray[np.float64], driven: bool, done: int) -> Inputs:
        """Name the external input, after some steps are done."""
        rows = np.ascontiguousarray(self._inputs.rows[:, done:])
        return self._inputs._replace(driven=driven, values=values, rows=rows)

    def records(self, states: NDArray[Any], done: int) -> ThreadRecords:
        """Name what monitors keep, after some steps are done."""
        return ThreadRecords(
            states=states,
            event_steps=self.event_steps,
            event_neurons=self.event_neurons,
            event_count=self.event_count,
            counts=self.counts[done:],
            monitors=self.monitors,
            places=self.monitor_index,
            samples=self.samples,
            sample_count=self.sample_count,
        )

    def sample(self, watch: int) -> NDArray[np.float64]:
        """What was sampled for one watch."""
        _, first, last, place, _ = self.monitors[watch].tolist()
        count, width = int(self.sample_count[watch]), last - first
        return self.samples[place : place + count * width].reshape(count, width)


def records_of(buffers: list[Buffers], job: Job, done: int, neurons: int) -> Records:
    """Put together what the threads recorded."""
    if len(buffers) == 1:
        one = buffers[0]
        count = int(one.event_count[0])
        samples = [one.sample(watch) for watch in range(len(job.watches))]
        return Records(
            done, one.event_steps[:count], one.event_neurons[:count], one.counts[:done], samples
        )
    steps = np.concatenate([each.event_steps[: each.event_count[0]] for each in buffers])
    numbers = np.concatenate([each.event_neurons[: each.event_count[0]] for each in buffers])
    # by step and then neuron, as one thread alone would have listed them
    order = np.argsort(steps * neurons + numbers, kind="stable")
    counts: NDArray[np.int32] = np.sum(
        [each.counts[:done] for each in buffers], axis=0, dtype=np.int32
    )
    return Records(
        done,
        steps[order],
        numbers[order],
        counts,
        [_sample(buffers, k) for k in range(len(job.watches))],
    )


def _sample(buffers: list[Buffers], watch: int) -> NDArray[np.float64]:
    parts = [each.sample(watch) for each in buffers]
    whole = np.empty((parts[0].shape[0], sum(part.shape[1] for part in parts)))
    for each, part in zip(buffers, parts, strict=True):
        whole[:, each.columns[watch]] = part
    return whole


def _chosen(arrays: list[Any], indices: list[Ints]) -> list[Any]:
    """Take from each array its own elements."""
    return [array[index] for array, index in zip(arrays, indices, strict=True)]


def _joined(places: list[Ints]) -> Ints:
    return np.concatenate([NO_PLACES, *places])


def _pack_drives(drives: list[DriveShare], steps: int) -> dict[str, Any]:
    """Lay the drives of a thread out one after another."""
    spans, rows = [], np.full((len(drives), steps), -1, np.int64)
    first = offset = 0
    for number, drive in enumerate(drives):
        spans.append((first, first + drive.places.size, int(drive.wide)))
        rows[number] = np.where(drive.rows >= 0, drive.rows + offset, -1)
        first, offset = first + drive.places.size, offset + drive.values.size
    return {
        "rows": rows,
        "row_values": np.concatenate([np.zeros(0), *(drive.values for drive in drives)]),
        "spans": np.array(spans, np.int64).reshape(-1, 3),
        "places": _joined([drive.places for drive in drives]),
    }


def _pack_watches(job: Job, widths: list[int]) -> tuple[Ints, int]:
    """Lay the samples of a thread out: a line for each probe, and how many numbers there are."""
    lines, first, total = list[tuple[int, ...]](), 0, 0
    for probe, width in zip(job.watches, widths, strict=True):
        lines.append((probe.every, first, first + width, total, int(probe.fired)))
        samples = job.steps // probe.every + 1
        first, total = first + width, total + samples * width
    return np.array(lines, np.int64).reshape(-1, 5), total
