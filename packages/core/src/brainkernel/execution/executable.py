"""Run a printed module.

Hand its ``run`` the flat arrays, and give it more room where it asks for it.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.codegen.module import RUN, table_digest
from brainkernel.codegen.source_file import import_program
from brainkernel.errors import ProgramError
from brainkernel.execution.thread_buffers import Buffers, Shares, records_of
from brainkernel.lowering.derived_constants import derive
from brainkernel.program.job import Job, Records
from brainkernel.program.program import Program
from brainkernel.program.state import ARRAYS, State


class PrintedExecutable:
    """A program as an imported module.

    Attributes
    ----------
    handed : tuple of str
        What its ``run`` is handed.

    Parameters
    ----------
    program : Program
        The network.
    path : Path
        The file of the text.
    backend : str, optional
        Which backend runs it; a text that was saved for another one is refused.
    """

    handed: tuple[str, ...] = RUN

    def __init__(self, program: Program, path: Path, backend: str | None = None) -> None:
        self.program, self.path = program, path
        self._module = import_program(path)
        self.source = path.read_text(encoding="utf-8")
        printed_for = getattr(self._module, "printed_for", backend)
        if backend is not None and printed_for != backend:
            raise ProgramError(
                f"{path} was saved for another backend, {printed_for!r}, and is to run on "
                f"{backend!r}: run it with "
                f"backend={printed_for!r}, or save one with net.save_source(path, "
                f"backend={backend!r})"
            )
        self._check_run()
        if getattr(self._module, "written_for", program.shape) != program.shape:
            raise ProgramError(
                f"{path} was saved from a network of other models or parameters: "
                "save this one with net.save_source(path)"
            )
        self._fixed = _fixed(program)
        self._shares: Shares | None = None
        self._events: list[float] = []  # recorded by each thread in a step of the last job
        self._edited: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def _check_run(self) -> None:
        """Refuse the text of a backend that hands `run` other things."""
        given = inspect.signature(getattr(self._module.run, "py_func", self._module.run)).parameters
        if not set(self.handed) <= set(given):
            missing = ", ".join(name for name in self.handed if name not in given)
            raise ProgramError(
                f"{self.path}: its run() does not take {missing}: it was saved for another "
                "backend, or edited there; "
                "save one with net.save_source(path, backend=...) for the backend that is to run it"
            )

    def run(self, state: State, job: Job) -> Records:
        """Take a state forward in place.

        Raises
        ------
        ProgramError
            Where an edited program does not move forward.
        """
        if self._shares is None or not self._shares.fits(job):
            self._shares = Shares(self.program, job)
        state.share_out(job.pieces)
        expected = (
            self._events if len(self._events) == job.pieces.threads else [0.0] * job.pieces.threads
        )
        buffers = [
            Buffers(job, self._shares, thread, events) for thread, events in enumerate(expected)
        ]
        common = {**self._fixed, **self._common(job), "constants": self._constants(job)}
        done = 0
        common["inputs"][:] = 0.0
        while done < job.steps:
            self._make_room(state, buffers)
            arrays = {
                **common,
                **self._of_state(state, job.steps - done),
                "gate": np.zeros(32, np.int64),
            }
            calls = [{**arrays, **each.arguments(done)} for each in buffers]
            reached = self._launch([[call[name] for name in RUN] for call in calls])
            if not 0 < reached - state.step <= job.steps - done:
                raise ProgramError(
                    f"{self.path}: run() does not move forward: from step {state.step} it went to "
                    f"{reached}"
                )
            done += reached - state.step
            state.step = reached
        self._events = [float(each.event_count[0]) / job.steps for each in buffers]
        return records_of(buffers, job, done, self.program.neurons)

    def _launch(self, calls: list[list[Any]]) -> int:
        """Call `run` once for each thread, at the same time.

        A backend without threads has one call.
        """
        (arguments,) = calls
        return int(self._module.run(*arguments))

    def _constants(self, job: Job) -> NDArray[np.float64]:
        if not hasattr(self._module, "constants"):
            return job.constants
        if self._edited is None or self._edited[0] is not job.constants:
            self._edited = (job.constants, self._with_edits(job))
        return self._edited[1]

    def _with_edits(self, job: Job) -> NDArray[np.float64]:
        """The constants, with those that the text itself holds.

        An edited copy means what it says.
        """
        edited = self._module.constants
        if not isinstance(edited, dict):
            raise ProgramError(
                f"{self.path}: constants is a {type(edited).__name__}: keep it a dictionary"
            )
        constants = job.constants.copy()
        changed = getattr(self._module, "written_with", "") != _digest(edited)
        for name, values in edited.items():
            part = self.program.parts.get(name)
            if (
                part is None
                or part.store != "constants"
                or _numbers(values) != part.last - part.first
            ):
                raise ProgramError(
                    f"{self.path}: constants[{name!r}] = {values!r} does not fit this network: "
                    "it holds a list of one number for each group or projection"
                )
            if changed:
                constants[part.first : part.last] = values
        functions = {name: getattr(self._module, name, None) for name in self.program.functions}
        derive(
            self.program,
            constants,
            {n: getattr(f, "py_func", f) for n, f in functions.items() if callable(f)},
        )
        return constants

    def _make_room(self, state: State, buffers: list[Buffers]) -> None:
        oldest = state.ranges[:, (state.step + 2) % state.ranges.shape[1], 0, 0]
        while any(
            state.cursor[b.thread, 0] + b.neurons - oldest[b.thread] > state.spikes.shape[1]
            for b in buffers
        ):
            state.grow()
        for each in buffers:
            each.make_room()

    def _of_state(self, state: State, steps: int) -> dict[str, Any]:
        arrays = {name: getattr(state, name) for name in ARRAYS}
        return {**arrays, "first": state.step, "last": state.step + steps}

    def _common(self, job: Job) -> dict[str, Any]:
        pieces = ("spans", "heads", "edges", "shares", "rows", "bases")
        return {
            **job.tables,
            **{name: getattr(job.pieces, name) for name in pieces},
            "pieces": job.pieces.groups,
            "dt": job.dt,
            "synaptic": job.synaptic,
            "keys": job.keys,
            "driven": job.driven,
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
        "inputs": program.empty("inputs"),
        "drawn": program.empty("drawn"),
    }
