"""What each thread of a job reads its inputs from and writes its records to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.codegen.network_data import Inputs
from brainkernel.codegen.network_data import Records as ThreadRecords
from brainkernel.execution.owners import Owners
from brainkernel.program.job import InputDrive, Job, Probe, Records
from brainkernel.program.program import Program

Ints = NDArray[np.int64]


class Shares:
    """What a job watches and is driven by, shared out among threads.

    The same for all jobs of a run.

    Parameters
    ----------
    program : Program
        The network.
    job : Job
        The first of them.
    """

    def __init__(self, program: Program, job: Job) -> None:
        self.pieces, self.watches, self.impulses = job.pieces, job.watches, job.impulse_places
        self.owners = Owners(program, job.pieces)
        threads = range(job.pieces.threads)
        watched = [self._watcher(watch) for watch in job.watches]
        self.columns = [
            [np.flatnonzero(owner == thread) for owner in watched] for thread in threads
        ]
        impulses = self.owners.places("inputs", job.impulse_places)
        self.impulse_places = [np.flatnonzero(impulses == thread) for thread in threads]
        self.inputs = self.owners.inputs()

    def fits(self, job: Job) -> bool:
        """Whether a job is another one of the same run."""
        mine = (self.pieces, self.watches, self.impulses)
        return all(
            a is b for a, b in zip(mine, (job.pieces, job.watches, job.impulse_places), strict=True)
        )

    def _watcher(self, watch: Probe) -> Ints:
        return (
            self.owners.neurons(watch.places)
            if watch.fired
            else self.owners.places("values", watch.places)
        )


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
    events : float
        How many spikes to expect in a step.
    """

    def __init__(self, job: Job, shares: Shares, thread: int, events: float = 0.0) -> None:
        self.thread = thread
        self.neurons = int(np.diff(job.pieces.groups[thread]).sum())
        room = (
            1024 + int(1.5 * events * job.steps) if np.any(job.tracked > 1) else 0
        ) + self.neurons
        self.event_steps = np.zeros(room, np.int64)
        self.event_neurons = np.zeros(room, np.int32)
        self.event_count = np.zeros(1, np.int64)
        self.counts = np.zeros((job.steps, len(job.tracked)), np.int32)
        self.columns = shares.columns[thread]
        self._inputs = _inputs_of(job, shares, thread)
        watched = [
            watch.places[mine] for watch, mine in zip(job.watches, self.columns, strict=True)
        ]
        rows = [job.steps // watch.every + 1 for watch in job.watches]
        self.monitors, self.monitor_index, total = _pack_watches(job.watches, watched, rows)
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


def _own(drive: InputDrive, owners: Owners, thread: int) -> InputDrive:
    if owners.pieces.threads == 1:
        return drive
    mine = np.flatnonzero(owners.places("inputs", drive.places) == thread)
    values, rows = drive.values, drive.rows
    if drive.wide:
        width = drive.places.size
        values = np.ravel(values).reshape(-1, width)[:, mine]
        rows = np.where(rows >= 0, rows // width * mine.size, -1)
    return replace(drive, places=drive.places[mine], values=values, rows=rows)


def _inputs_of(job: Job, shares: Shares, thread: int) -> Inputs:
    """Pack the external input to the neurons of a thread."""
    drives = [_own(drive, shares.owners, thread) for drive in job.drives]
    impulses = shares.impulse_places[thread]
    return Inputs(
        driven=True,
        values=np.zeros(0),
        own=shares.inputs[thread],
        impulse_steps=job.impulse_steps[impulses],
        impulse_places=job.impulse_places[impulses],
        impulse_values=job.impulse_values[impulses],
        **_pack_drives(drives, job.steps),
    )


def _pack_drives(drives: list[InputDrive], steps: int) -> dict[str, Any]:
    places, rows, index, values = [], np.full((len(drives), steps), -1, np.int64), [], []
    first = offset = 0
    for number, drive in enumerate(drives):
        places.append((first, first + drive.places.size, int(drive.wide)))
        rows[number] = np.where(drive.rows >= 0, drive.rows + offset, -1)
        index.append(drive.places)
        values.append(np.ravel(drive.values))
        first, offset = first + drive.places.size, offset + drive.values.size
    return {
        "rows": rows,
        "row_values": np.concatenate(values) if values else np.zeros(0),
        "spans": np.array(places, np.int64).reshape(-1, 3),
        "places": np.concatenate(index) if index else np.zeros(0, np.int64),
    }


def _pack_watches(
    watches: list[Probe], places: list[Ints], rows: list[int]
) -> tuple[Ints, Ints, int]:
    monitors, first, total = [], 0, 0
    for watch, own, count in zip(watches, places, rows, strict=True):
        monitors.append((watch.every, first, first + own.size, total, int(watch.fired)))
        first, total = first + own.size, total + count * own.size
    index = np.concatenate(places) if places else np.zeros(0, np.int64)
    return np.array(monitors, np.int64).reshape(-1, 5), index.astype(np.int64), total
