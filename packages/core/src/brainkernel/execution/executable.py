"""Run a printed module.

Hand its ``run`` the network's arrays by name, and give it more room where it asks for it.
"""

from __future__ import annotations

import inspect
import operator
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.codegen.dialect import Dialect
from brainkernel.codegen.module import table_digest
from brainkernel.codegen.network_data import Network, Spikes, Threads
from brainkernel.codegen.source_file import import_program
from brainkernel.errors import ProgramError
from brainkernel.execution.network_arrays import NetworkArrays
from brainkernel.execution.thread_buffers import Buffers, Shares, records_of
from brainkernel.lowering.derived_constants import derive
from brainkernel.program.job import Job, Records
from brainkernel.program.program import Program
from brainkernel.program.state import State


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
    dialect : Dialect, optional
        How the text was written.
    """

    handed: tuple[str, ...] = ("_network", "_first", "_last")

    def __init__(
        self,
        program: Program,
        path: Path,
        backend: str | None = None,
        dialect: Dialect | None = None,
    ) -> None:
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
        self._arrays = NetworkArrays(program, self._module, dialect or Dialect())
        self._scratch = {name: program.empty(name) for name in ("inputs", "drawn")}
        self._filled: tuple[list[Any], list[tuple[Any, Any, Any]]] = ([], [])
        self._shares: Shares | None = None
        self._events: list[float] = []  # recorded by each thread in a step of the last job
        self._edited: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def resized(self, program: Program) -> PrintedExecutable:
        """The same text for a network with other numbers of synapses: nothing is compiled anew."""
        other = copy(self)
        other.program = program
        other._arrays = NetworkArrays(program, self._arrays.module, self._arrays.dialect)
        other._scratch = {name: program.empty(name) for name in ("inputs", "drawn")}
        other._filled = ([], [])
        other._shares = None
        other._edited = None
        return other

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
        state.share_out(job.partition)
        expected = (
            self._events
            if len(self._events) == job.partition.threads
            else [0.0] * job.partition.threads
        )
        drives = self._shares.drives(job)
        buffers = [
            Buffers(job, self._shares, thread, drives[thread], events)
            for thread, events in enumerate(expected)
        ]
        stores = self._stores(state, job)
        done = 0
        stores["inputs"][:] = 0.0
        while done < job.steps:
            self._make_room(state, buffers)
            gate = np.zeros(32, np.int64)
            networks = [self._network(state, job, stores, gate, each, done) for each in buffers]
            reached = self._launch(networks, state.step, state.step + job.steps - done)
            if not 0 < reached - state.step <= job.steps - done:
                raise ProgramError(
                    f"{self.path}: run() does not move forward: from step {state.step} it went to "
                    f"{reached}"
                )
            done += reached - state.step
            state.step = reached
        self._events = [float(each.event_count[0]) / job.steps for each in buffers]
        return records_of(buffers, job, done, self.program.neurons)

    def _launch(self, networks: list[Network], first: int, last: int) -> int:
        """Call `run` once for each thread, at the same time.

        A backend without threads has one call.
        """
        (network,) = networks
        return int(self._module.run(network, first, last))

    def _stores(self, state: State, job: Job) -> dict[str, NDArray[Any]]:
        """List the flat arrays in which everything lies, by the name of the store."""
        return {
            **job.tables,
            **self._scratch,
            "values": state.values,
            "arriving": state.arriving,
            "past": state.past,
            "constants": self._constants(job),
            "synaptic": job.synaptic,
            "keys": job.keys,
        }

    def _network(
        self,
        state: State,
        job: Job,
        stores: dict[str, NDArray[Any]],
        gate: NDArray[np.int64],
        buffers: Buffers,
        done: int,
    ) -> Network:
        """Name the arrays that one thread works on."""
        neurons, synapses, ends = self._models(state, job, stores)[buffers.thread]
        return Network(
            dt=job.dt,
            threads=Threads(buffers.thread, job.partition.threads, gate),
            inputs=buffers.inputs(stores["inputs"], job.driven, done),
            spikes=Spikes(
                fired=state.fired,
                lists=state.spikes,
                ranges=state.ranges,
                cursor=state.cursor,
                tracked=job.tracked,
                partition=job.partition.groups,
            ),
            records=buffers.records(state.values, done),
            neurons=neurons,
            synapses=synapses,
            ends=ends,
        )

    def _models(
        self,
        state: State,
        job: Job,
        stores: dict[str, NDArray[Any]],
    ) -> list[tuple[Any, Any, Any]]:
        """Name the arrays of the models for each thread; the same as long as the arrays are."""
        arrays = [*stores.values(), state.fired, job.partition]
        kept, filled = self._filled
        same = len(kept) == len(arrays) and all(map(operator.is_, kept, arrays))
        if not same:
            threads = range(job.partition.threads)
            neurons = [
                self._arrays.of_neurons(stores, state.fired, job.partition, thread)
                for thread in threads
            ]
            synapses = [
                self._arrays.of_synapses(stores, job.partition, thread) for thread in threads
            ]
            ends = [self._arrays.of_ends(stores)] * job.partition.threads
            filled = list(zip(neurons, synapses, ends, strict=True))
            self._filled = arrays, filled
        return filled

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
