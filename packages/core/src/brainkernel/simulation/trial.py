"""Runs programs on copies of a network's state, so that a backend can watch them.

The network keeps its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from brainkernel.base.clock import whole_steps
from brainkernel.errors import BackendError, DurationError
from brainkernel.execution.declared import advice, can, check_needs
from brainkernel.execution.thread_count import check_threads
from brainkernel.execution.workload import Workload
from brainkernel.program.contracts import Backend, Executable
from brainkernel.program.explanation import Explanation
from brainkernel.program.job import Records
from brainkernel.program.program import Program
from brainkernel.simulation.run import Run, drivers
from brainkernel.simulation.running_network import RunningNetwork


class Trial:
    """Runs programs on copies of a network's state; the network keeps its own.

    Parameters
    ----------
    network : Network
        What to run.
    duration : number or quantity
        In ms; whole steps, at least one.
    inputs : mapping
        As for ``run``.
    backend : Backend
        What is asked to explain its program.
    threads : int
        How many; 0 where short runs are to find out.
    """

    def __init__(
        self,
        network: RunningNetwork,
        duration: Any,
        inputs: Mapping[Any, object],
        backend: Backend,
        threads: int,
    ) -> None:
        self.network, self.dt = network, network.dt
        self.steps = int(whole_steps(duration, network.dt, "the duration", DurationError, least=1))
        self.build = network.build
        self.first, last = network.step, network.step + self.steps
        self._driving = drivers(network, inputs, self.first, last)
        network._recorder.begin()
        self._run = Run(
            network,
            duration,
            inputs,
            backend,
            None,
            False,
            False,
            threads,
            first=self.first,
            last=last,
        )

    @property
    def program(self) -> Program:
        """The network as plain data."""
        return self.build.program

    @property
    def threads(self) -> int:
        """How many threads run."""
        return self._run.threads

    def run(self, executable: Executable, steps: int | None = None) -> float:
        """Take the first steps, or all, from the present state, and return the seconds it took."""
        began = time.perf_counter()
        self._records(executable, self.steps if steps is None else steps)
        return time.perf_counter() - began

    def work(self, executable: Executable) -> Workload:
        """Take all steps, and count what they had to do."""
        recorder = self.network._recorder
        tracked = recorder.tracked
        try:
            recorder.tracked = np.where(tracked > 0, 2, 0)
            return Workload(self.build, self.network.state, self._records(executable, self.steps))
        finally:
            recorder.tracked = tracked

    def _records(self, executable: Executable, steps: int) -> list[Records]:
        run, state = self._run, self.network.state.copy()
        run.executable = executable
        if not run.threads:
            run.threads = run._fastest(self._driving)
        records, last = list[Records](), state.step + steps
        while state.step < last:
            some = min(run._most(self._driving), last - state.step)
            records.append(run._steps(state, self._driving, some))
        return records


def explain(
    network: RunningNetwork,
    duration: Any,
    inputs: Mapping[Any, object],
    backend: Backend,
    threads: int | str,
) -> Explanation:
    """Run a copy of a network's state, and say where the time went.

    Raises
    ------
    BackendError
        Where the backend has no loops of its own to speak of.
    DurationError, InputError
        As a run.
    """
    if not can(backend, "explain"):
        raise BackendError(
            f"the backend {backend.name!r} cannot explain its programs, whose loops are inside the "
            f"libraries that it calls"
            f"{advice('explain', ': ask one that compiles loops, net.explain({})')}"
        )
    trial = Trial(network, duration, inputs, backend, check_threads(threads, backend))
    check_needs(backend, trial.program)
    explained: Explanation = backend.explain(trial)  # type: ignore[attr-defined]
    return explained
