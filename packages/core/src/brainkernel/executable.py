"""Run a printed module: hand its ``run`` the flat arrays, and give it more room where it asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel._state import State
from brainkernel.derived import derive
from brainkernel.errors import ProgramError
from brainkernel.printing.module import RUN, table_digest
from brainkernel.program import Program
from brainkernel.programfile import import_program
from brainkernel.records import Drive, Job, Records, Watch


class PrintedExecutable:
    """A program as an imported module.

    Parameters
    ----------
    program : Program
        The network.
    path : Path
        The file of the text.
    """

    def __init__(self, program: Program, path: Path) -> None:
        self.program, self.path = program, path
        self._module = import_program(path)
        self.source = path.read_text(encoding="utf-8")
        if getattr(self._module, "written_for", program.shape) != program.shape:
            raise ProgramError(
                f"{path} was saved from a network of other models or parameters: "
                "save this one with net.save_source(path)"
            )
        self._fixed = _fixed(program)
        self._edited: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def run(self, state: State, job: Job) -> Records:
        """Take a state forward in place.

        Raises
        ------
        ProgramError
            Where an edited program does not move forward.
        """
        buffers = _Buffers(self.program, job)
        constants = self._constants(job)
        done = waited = 0
        self._fixed["inputs"][:] = 0.0
        while done < job.steps:
            arrays = self._arguments(state, job, buffers, done, constants)
            reached = int(self._module.run(*(arrays[name] for name in RUN)))
            waited = waited + 1 if reached == state.step else 0
            if waited > 3 or not 0 <= reached - state.step <= job.steps - done:
                raise ProgramError(
                    f"{self.path}: run() does not move forward: from step {state.step} it went to {reached}"
                )
            if waited:
                self._make_room(state, buffers)
            done += reached - state.step
            state.step = reached
        return buffers.records(done)

    def _constants(self, job: Job) -> NDArray[np.float64]:
        if not hasattr(self._module, "constants"):
            return job.constants
        if self._edited is None or self._edited[0] is not job.constants:
            self._edited = (job.constants, self._with_edits(job))
        return self._edited[1]

    def _with_edits(self, job: Job) -> NDArray[np.float64]:
        """The constants, with those that the text itself holds: an edited copy means what it says."""
        edited = self._module.constants
        if not isinstance(edited, dict):
            raise ProgramError(f"{self.path}: constants is a {type(edited).__name__}: keep it a dictionary")
        constants = job.constants.copy()
        changed = getattr(self._module, "written_with", "") != _digest(edited)
        for name, values in edited.items():
            part = self.program.parts.get(name)
            if part is None or part.store != "constants" or _numbers(values) != part.last - part.first:
                raise ProgramError(
                    f"{self.path}: constants[{name!r}] = {values!r} does not fit this network: "
                    "it holds a list of one number for each group or projection"
                )
            if changed:
                constants[part.first : part.last] = values
        functions = {name: getattr(self._module, name, None) for name in self.program.functions}
        derive(self.program, constants, {n: getattr(f, "py_func", f) for n, f in functions.items() if callable(f)})
        return constants

    def _make_room(self, state: State, buffers: _Buffers) -> None:
        if buffers.event_count[0] + self.program.neurons > buffers.event_steps.size:
            buffers.grow(self.program.neurons)
        else:
            state.grow()

    def _arguments(
        self, state: State, job: Job, buffers: _Buffers, done: int, constants: NDArray[np.float64]
    ) -> dict[str, Any]:
        return {
            **self._fixed,
            **buffers.arguments(done),
            "first": state.step,
            "last": state.step + job.steps - done,
            "dt": job.dt,
            "values": state.values,
            "constants": constants,
            "keys": job.keys,
            "table": job.table,
            "targets": job.targets,
            "driven": job.driven,
            "impulse_steps": job.impulse_steps,
            "impulse_places": job.impulse_places,
            "impulse_values": job.impulse_values,
            "fired": state.fired,
            "spikes": state.spikes,
            "ranges": state.ranges,
            "cursor": state.cursor,
            "tracked": job.tracked,
        }


def _digest(table: dict[Any, Any]) -> str:
    """The digest of a table, or nothing where it holds what no saved table holds."""
    try:
        return table_digest(table)
    except (TypeError, ValueError):
        return "changed"


def _numbers(values: object) -> int:
    """How many numbers a list holds; -1 where it is no list of numbers."""
    kinds = {type(value) for value in values} if isinstance(values, (list, tuple)) else {str}
    return len(values) if kinds <= {int, float} else -1  # type: ignore[arg-type]


def _fixed(program: Program) -> dict[str, Any]:
    blocks = [(block.groups[0].number, block.groups[-1].number + 1) for block in program.blocks]
    return {
        "layout": program.layout(),
        "groups": np.array([(group.first, group.last) for group in program.groups], np.int64),
        "blocks": np.array(blocks, np.int64),
        "inputs": np.zeros(program.size("inputs")),
    }


class _Buffers:
    """The arrays that a job's inputs come from and its records go to."""

    def __init__(self, program: Program, job: Job) -> None:
        room = 1024 if np.any(job.tracked > 1) else 0
        self.event_steps = np.zeros(room + program.neurons, np.int64)
        self.event_neurons = np.zeros(room + program.neurons, np.int32)
        self.event_count = np.zeros(1, np.int64)
        self.counts = np.zeros((job.steps, len(program.groups)), np.int32)
        self.drives = _pack_drives(job.drives, job.steps)
        self.watches = job.watches
        self.rows = [job.steps // watch.every + 1 for watch in job.watches]
        self.monitors, self.monitor_index, total = _pack_watches(job.watches, self.rows)
        self.samples = np.zeros(total)
        self.sample_count = np.zeros(len(job.watches), np.int64)

    def grow(self, neurons: int) -> None:
        """Twice the room for recorded spikes."""
        size = 2 * self.event_steps.size + neurons
        self.event_steps = np.concatenate([self.event_steps, np.zeros(size - self.event_steps.size, np.int64)])
        self.event_neurons = np.concatenate([self.event_neurons, np.zeros(size - self.event_neurons.size, np.int32)])

    def arguments(self, done: int) -> dict[str, Any]:
        """What `run` is handed of them, after some steps are done."""
        return {
            "event_steps": self.event_steps,
            "event_neurons": self.event_neurons,
            "event_count": self.event_count,
            "counts": self.counts[done:],
            "monitors": self.monitors,
            "monitor_index": self.monitor_index,
            "samples": self.samples,
            "sample_count": self.sample_count,
            **{**self.drives, "drive_rows": np.ascontiguousarray(self.drives["drive_rows"][:, done:])},
        }

    def records(self, done: int) -> Records:
        """What was recorded."""
        samples = []
        for (_, first, last, place, _), count in zip(self.monitors.tolist(), self.sample_count.tolist(), strict=True):
            width = last - first
            samples.append(self.samples[place : place + count * width].reshape(count, width))
        count = int(self.event_count[0])
        return Records(done, self.event_steps[:count], self.event_neurons[:count], self.counts[:done], samples)


def _pack_drives(drives: list[Drive], steps: int) -> dict[str, Any]:
    places, rows, index, values = [], np.full((len(drives), steps), -1, np.int64), [], []
    first = offset = 0
    for number, drive in enumerate(drives):
        places.append((first, first + drive.places.size, int(drive.wide)))
        rows[number] = np.where(drive.rows >= 0, drive.rows + offset, -1)
        index.append(drive.places)
        values.append(np.ravel(drive.values))
        first, offset = first + drive.places.size, offset + drive.values.size
    return {
        "drive_rows": rows,
        "drive_values": np.concatenate(values) if values else np.zeros(0),
        "drive_places": np.array(places, np.int64).reshape(-1, 3),
        "drive_index": np.concatenate(index) if index else np.zeros(0, np.int64),
    }


def _pack_watches(watches: list[Watch], rows: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    monitors, first, place = [], 0, 0
    for watch, count in zip(watches, rows, strict=True):
        monitors.append((watch.every, first, first + watch.places.size, place, int(watch.fired)))
        first, place = first + watch.places.size, place + count * watch.places.size
    index = np.concatenate([watch.places for watch in watches]) if watches else np.zeros(0, np.int64)
    return np.array(monitors, np.int64).reshape(-1, 5), index.astype(np.int64), place
