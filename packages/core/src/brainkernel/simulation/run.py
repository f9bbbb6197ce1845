"""One run.

Cut into stretches, so that progress shows, Ctrl-C stops, and a bad value is found before it
spreads.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import naming_errors
from brainkernel.base.clock import step_times, whole_steps
from brainkernel.base.given_values import one_number
from brainkernel.base.notices import heard_by
from brainkernel.errors import DrawError, DurationError, NonFiniteError
from brainkernel.execution.declared import check_needs
from brainkernel.execution.inputs import Stimulus, stimuli
from brainkernel.execution.thread_count import fastest, timed
from brainkernel.execution.timed_parameters import timed_parameters
from brainkernel.lowering.addresses import member_state
from brainkernel.program.contracts import Backend, Executable
from brainkernel.program.job import Job, Records
from brainkernel.program.program import Group, Program
from brainkernel.program.state import State
from brainkernel.recording.run_log import RunLog
from brainkernel.simulation.running_network import RunningNetwork
from brainkernel.simulation.wrong_means import draw_error, first_wrong_mean

STRETCH_SECONDS = 0.1  # between two looks at progress, Ctrl-C and bad values
FIRST_STRETCH = 100
LARGEST = 1e30  # beyond this no state has a meaning in any unit: it is on its way to infinity
BUFFER_BYTES = 64_000_000
ENOUGH_STEPS = 100  # to tell which groups fire more than others
MOST_TO_TRY = 100  # steps: a shorter run is over before a trial has paid


def drivers(
    network: RunningNetwork,
    inputs: Mapping[Any, object],
    first: int,
    last: int,
) -> list[Stimulus]:
    """What sets inputs, and parameters that follow time, from one step to another."""
    build, dt = network.build, network.dt
    members = (*network.groups, *build.members.synapse_groups)
    given = stimuli(inputs, members, build.program, dt, first, last)
    values_of = build.values_of
    timed = timed_parameters(network.groups, build.program, dt, first, last, values_of)
    return [*given, *timed]


@dataclass(frozen=True)
class Operation:
    """A function of the user that runs between steps."""

    function: Callable[[Any], object]
    every: int


@dataclass
class Run:
    """A run of a network, and afterwards what is known of it.

    Attributes
    ----------
    first, last : int
        The steps it goes from and to.
    seconds : float
        How long the steps took.
    record_to : path, optional
        Where records go.
    executable : Executable
        What ran; its `path` is the file of the program.
    threads : int
        How many threads; 0 where a trial is to find out.
    balanced : bool
        Whether it has been looked whether threads wait for each other.
    text : str
        The program with its constants, whose digest stands in the datasets.
    log : RunLog, optional
        What it was told, for the attributes of the datasets.
    operating : bool
        Whether operations are being called just now.
    """

    network: RunningNetwork
    duration: Any
    inputs: Mapping[Any, object]
    backend: Backend
    source: Path | None
    report: bool
    check: bool
    threads: int = 1
    record_to: str | Path | None = None
    balanced: bool = False
    first: int = 0
    last: int = 0
    seconds: float = 0.0
    executable: Executable | None = None
    text: str = ""
    log: RunLog | None = None
    operating: bool = False

    def stop(self) -> None:
        """End it at the present step."""
        self.last = self.network.step

    def go(self) -> None:
        """Run to the end, or stop at a good state."""
        with heard_by(_report if self.report else None):
            self._go()

    def _go(self) -> None:
        network = self.network
        if one_number(self.duration, "ms", "the duration", error=DurationError) < 0:
            raise DurationError(f"the duration is {self.duration} ms: a run goes forward")
        steps = int(whole_steps(self.duration, network.dt, "the duration", DurationError))
        self.first, self.last = network.step, network.step + steps
        if self.last >= 2**32:
            raise DurationError(
                f"the run would end at step {self.last}: the random source counts up to 2**32 steps"
            )
        build = network.build
        driving = drivers(network, self.inputs, self.first, self.last)
        check_needs(self.backend, build.program, self.source is not None, bool(network.operations))
        network._recorder.prepare(self)
        # what does not fit is refused before anything happens
        network._recorder.own_inputs.drives(self.first)
        network._recorder.own_inputs.warn_of_late(self.first, self.last)
        self.executable = network.compiled(self.backend, self.source)
        self.text = self.executable.source if self.source else network.source(self.backend)
        if not self.threads:
            self.threads = self._fastest(driving)
        network._recorder.start(self)
        try:
            with self._progress() as advance:
                self._stretches(driving, advance)
        finally:
            network._recorder.finish()

    def _fastest(self, driving: list[Stimulus]) -> int:
        """Try some steps with different numbers of threads, on copies of the state."""

        def attempt(threads: int, steps: int) -> float:
            self.threads, state = threads, self.network.state.copy()
            self._steps(state, driving, 1)  # shared out anew, which a run does once
            return timed(lambda: self._steps(state, driving, steps))

        most = min(self.last - self.first - 1, self._most(driving))
        chosen = fastest(attempt, most) if most >= MOST_TO_TRY else 1
        if self.report:
            print(f"threads: {chosen}, the fastest in a short trial")
        return chosen

    def _stretches(self, driving: list[Stimulus], advance: Callable[[float], object]) -> None:
        network, kind = self.network, (self.backend.name, self.threads)
        size = network._pace.get(kind, FIRST_STRETCH)
        while network.step < self.last:
            steps = min(
                size, self._most(driving), self.last - network.step, self._until_operation()
            )
            began = time.perf_counter()
            self._stretch(driving, steps)
            took = time.perf_counter() - began
            self.seconds += took
            advance(steps * network.dt)
            self._operate()
            if took < 0.5 * STRETCH_SECONDS and steps == size:
                size *= 2
            elif took > 2 * STRETCH_SECONDS:
                size = max(1, size // 2)
            network._pace[kind] = size

    def _balance(self, records: Records) -> None:
        """Share the network out anew, once in a run, if a thread waits for others."""
        if self.threads > 1 and not self.balanced and records.steps >= ENOUGH_STEPS:
            self.balanced = True
            sizes = np.array([group.size for group in self.network.build.program.groups])
            self.network.build.balance(
                self.threads, records.counts.sum(axis=0) / sizes / records.steps
            )

    def _stretch(self, driving: list[Stimulus], steps: int) -> None:
        network = self.network
        before, mark = network.state.copy(), network._recorder.mark()
        try:
            records = self._steps(network.state, driving, steps)
            if self._went_wrong(network.state, before):
                network.set_state(before)
                self._find_bad(driving, steps)
            if network.step - steps == self.first and steps >= 20:
                self._warn_of_constant_fire(records)
            self._balance(records)
            network._recorder.add(self, records)
        except (DrawError, NonFiniteError):
            raise
        except BaseException:
            network.set_state(before)
            network._recorder.rewind(mark)
            raise

    def _warn_of_constant_fire(self, records: Records) -> None:
        """A threshold that is never below zero is most likely a slip.

        ``np.where(V > 1, 1.0, 0.0)``.
        """
        totals = records.counts.sum(axis=0)
        groups: list[Group] = []
        for block in self.network.build.program.blocks:
            groups += block.groups
        for group in groups:
            if totals[group.number] == group.size * records.steps:
                warnings.warn(
                    f"every neuron of {group.name} fires in every step: its threshold is never "
                    "below zero; "
                    "a neuron fires where it is zero or more, so write V - V_th, or -1.0 where it "
                    "must not fire",
                    stacklevel=7,  # where the user calls run()
                )

    def _went_wrong(self, ended: State, before: State) -> bool:
        """Whether a state is bad, or a random number could not be drawn."""
        if self.check and _bad(ended.values, before.values).size:
            return True
        return first_wrong_mean(self.network.build.program, ended) is not None

    def _find_bad(self, driving: list[Stimulus], steps: int) -> None:
        """Repeat a stretch step by step, up to the last good state, and say what happens next."""
        network = self.network
        for _ in range(steps):
            good = network.state.copy()
            records = self._steps(network.state, driving, 1)
            ended = network.state
            wrong = first_wrong_mean(network.build.program, ended)
            if wrong is not None:
                network.set_state(good)
                raise draw_error(wrong, network.t, network.dt)
            if _bad(ended.values, good.values).size:
                network.set_state(good)
                raise self._non_finite(ended, good)
            network._recorder.add(self, records)

    def _non_finite(self, ended: State, good: State) -> NonFiniteError:
        build = self.network.build
        t = float(step_times(np.array([self.network.step + 1]), self.network.dt)[0])
        part, number, value = _first_bad(build.program, ended, good)
        owner, variable, element = member_state(build, part, number)
        beyond = ", beyond every physical range," if np.isfinite(value) else ""
        return NonFiniteError(
            f"{variable} of {owner}, element {element}, became {value:g}{beyond} at {t:g} "
            "ms (it was good at "
            f"{self.network.t:g} ms, where the network now is): a smaller dt, another method (as "
            "'exponential_midpoint' for channels), a ceiling for what runs to infinity at a spike "
            "(bk.state(..., ceiling='V_peak')) or other parameters may help; check=False runs on "
            "regardless",
            owner=owner,
            variable=variable,
            element=element,
            time=t,
        )

    def _steps(self, state: State, driving: list[Stimulus], steps: int) -> Records:
        build, recorder = self.network.build, self.network._recorder
        impulses = recorder.own_inputs.drives(self.first)
        assert self.executable is not None
        couplings = any(synapse_block.couplings for synapse_block in build.program.synapse_blocks)
        job = Job(
            steps=steps,
            dt=build.dt,
            constants=build.constants,
            synaptic=build.synaptic,
            keys=build.keys,
            tables=build.tables.stores,
            partition=build.partition(self.threads),
            drives=[stimulus.drive(state.step, steps) for stimulus in driving],
            impulses=impulses,
            tracked=recorder.tracked,
            watches=recorder.watches,
            driven=bool(driving or impulses or couplings),
        )
        records = self.executable.run(state, job)
        records.job = job
        return records

    def _most(self, driving: list[Stimulus]) -> int:
        """The longest stretch whose buffers stay small."""
        width = len(self.network.build.program.groups) + sum(
            stimulus.address.size for stimulus in driving
        )
        width += sum(
            watch.address.size // watch.every + 1 for watch in self.network._recorder.watches
        )
        return max(1, BUFFER_BYTES // (8 * width))

    def _until_operation(self) -> int:
        step = self.network.step
        return min(
            (operation.every - step % operation.every for operation in self.network.operations),
            default=2**31,
        )

    def _operate(self) -> None:
        self.operating = True
        try:
            for operation in self.network.operations:
                if self.network.step % operation.every == 0:
                    with naming_errors(operation.function, "an operation of the network"):
                        operation.function(self.network)
        finally:
            self.operating = False
        assert self.executable is not None
        self.executable = self.network.compiled(self.backend, self.source)

    @contextmanager
    def _progress(self) -> Iterator[Callable[[float], object]]:
        if not self.report:
            yield lambda ms: None
            return
        from tqdm.auto import tqdm

        total = (self.last - self.first) * self.network.dt
        form = "{l_bar}{bar}| {n:.0f}/{total:.0f} ms [{elapsed}<{remaining}]"
        with tqdm(total=total, unit="ms", bar_format=form) as bar:
            yield bar.update


def _report(text: str) -> None:
    """Write a line beside the progress bar, to the same stream."""
    from tqdm.auto import tqdm

    tqdm.write(text, file=sys.stderr)


def _first_bad(program: Program, ended: State, good: State) -> tuple[str, int, float]:
    """Find the first bad value: the name of its array, its number there, and what it became."""
    for name in (part.name for part in program.parts.values() if part.store == "values"):
        values = program.cut(ended.values, name)
        bad = _bad(values, program.cut(good.values, name))
        if bad.size:
            return name, int(bad[0]), float(values[bad[0]])
    raise AssertionError("no value is bad")


def _bad(values: NDArray[Any], before: NDArray[Any]) -> NDArray[np.int64]:
    """Where values are NaN, infinite or out of range that were not before.

    A first value may be so on purpose.
    """
    if np.all(np.abs(values) <= LARGEST):
        return np.zeros(0, np.int64)
    worse = np.abs(before) <= LARGEST
    worse |= np.isfinite(before) & ~np.isfinite(values)
    worse |= ~np.isnan(before) & np.isnan(values)
    return np.flatnonzero(~(np.abs(values) <= LARGEST) & worse)
