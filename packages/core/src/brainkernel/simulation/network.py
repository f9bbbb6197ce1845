"""The network: its members, its clock, and the doors to running, printing and recording them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import proxy, ref

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.clock import step_times, whole_steps
from brainkernel.codegen.source_file import write_whole
from brainkernel.errors import BatchError, BrainKernelError, NetworkError
from brainkernel.execution.backend_choice import find_integrator
from brainkernel.execution.declared import kernels_of
from brainkernel.execution.impulses import check_impulses
from brainkernel.execution.thread_count import check_threads
from brainkernel.lowering.compiled_network import Build
from brainkernel.lowering.early_checks import check_methods, check_times
from brainkernel.lowering.fill_arrays import first_inputs_of, settle
from brainkernel.lowering.neuron_blocks import steps_between
from brainkernel.lowering.overshoot import warn_of_overshoot
from brainkernel.memory.estimate import Memory, check_memory, memory_of
from brainkernel.model.declarations import step as marked_step
from brainkernel.model.definition import suggestion, with_step
from brainkernel.model.neuron import Member, Neuron, Slice
from brainkernel.model.poisson_drive import PoissonDrive
from brainkernel.model.synapse import Synapse
from brainkernel.plugins.host import default_host
from brainkernel.program.contracts import Backend, Executable
from brainkernel.program.program import Program
from brainkernel.program.schedule import Schedule, schedule_of
from brainkernel.program.state import State
from brainkernel.recording.expected_records import expected_records
from brainkernel.recording.monitor import Monitor
from brainkernel.recording.recorder import Recorder
from brainkernel.simulation import structure
from brainkernel.simulation.batch import Batch, run_batch
from brainkernel.simulation.membership import (
    PARAMETERS,
    check_members,
    check_monitors,
    flat,
    keep_value,
    kept_parameters,
    named_monitors,
    names_of,
    put_parameters,
    take,
    warn_of_forgotten,
)
from brainkernel.simulation.programs import Programs
from brainkernel.simulation.receiving import receive
from brainkernel.simulation.run import Operation, Run
from brainkernel.simulation.settings import (
    check_switches,
    narrow_stores,
    path_of,
    positive_step,
    whole_seed,
)
from brainkernel.simulation.snapshot import Snapshot, Values
from brainkernel.simulation.values import read_value, read_wires, write_value

if TYPE_CHECKING:
    import xarray

    from brainkernel.model.stimuli import Impulses
    from brainkernel.program.explanation import Explanation


PUBLIC = ("operations",)

StepOfUser = TypeVar("StepOfUser", bound=Callable[..., object])


class Network:
    """Groups, projections and monitors that run together.

    Parameters
    ----------
    *objects : Neuron, Synapse, PoissonDrive or Monitor
        The members; lists of them are taken apart.
    dt : float
        The step in ms.
    seed : int
        All random numbers follow from it and from the members' names.
    dtype : "float64", "float32" or mapping
        How states, and the weights and other parameters of single synapses, are kept between steps:
        ``{"state": "float64", "weights": "float32"}``, or one word for both. What is computed
        within a step has 64 bits always.
    **monitors : Monitor
        By the name under which their dataset is found: ``net.mon1``.

    Raises
    ------
    NetworkError
        Where a member is missing, is in a network that runs just now, or shares its name.
    DelayError, TimeGridError, IntegratorError, UnknownNameError
        For delays, refractory periods and intervals of monitors that are no whole number of steps,
        and for methods that do not exist or do not fit. What functions give is checked when the
        network is made ready for its first run.

    Notes
    -----
    An object belongs to the network that took it last, with the values it was given and the
    parameters that were set since. A network that loses a member cannot go on; what it recorded can
    still be read. Members do not keep their network: it lives as long as a variable names it.

    ``net["E"]`` is the group or projection of that name, or else the dataset of the monitor of that
    name.
    """

    def __init__(
        self,
        *objects: Any,
        dt: float = 0.1,
        seed: int = 0,
        dtype: str | Mapping[str, str] = "float64",
        **monitors: Monitor,
    ) -> None:
        members = list(flat(objects))
        self._dt, self._seed, self._narrow = (
            positive_step(dt),
            whole_seed(seed),
            narrow_stores(dtype),
        )
        self._groups = tuple(member for member in members if isinstance(member, Neuron))
        self._projections = tuple(member for member in members if isinstance(member, Synapse))
        self._monitors = dict(named_monitors(members, monitors, {*dir(Network), *PUBLIC}))
        self.operations: list[Operation] = []
        self._given_steps = 0  # how many were given by `add_step`
        self._build: Build | None = None
        self._state: State | None = None
        self._programs = Programs()
        self._stored: Snapshot | None = None
        self._run: Run | None = None
        self._pace: dict[
            tuple[str, int], int
        ] = {}  # how many steps took a stretch's time, by backend and threads
        self._newer: tuple[str, ref[Network]] | None = None  # what was lost, and to whom
        self._recorder = Recorder(self)
        check_members(members, self.groups, self.projections, self.monitors)
        names = names_of([*self.groups, *self.projections])
        check_times(names, self.monitors, self.dt)
        check_methods(names, find_integrator)
        warn_of_forgotten(self.groups, self.projections)
        warn_of_overshoot(self.groups)
        take(self, names)
        receive(self.projections)
        self._drives = tuple(member for member in members if isinstance(member, PoissonDrive))
        for drive in self._drives:
            drive.begin(self.dt)

    @property
    def groups(self) -> tuple[Neuron, ...]:
        """The neuron groups; a network keeps them for life."""
        return self._groups

    @property
    def projections(self) -> tuple[Synapse, ...]:
        """The projections; a network keeps them for life."""
        return self._projections

    @property
    def monitors(self) -> Mapping[str, Monitor]:
        """The monitors by name; `add` takes more of them."""
        return MappingProxyType(self._monitors)

    @property
    def dt(self) -> float:
        """The step in ms; a network keeps it for life."""
        return self._dt

    @property
    def seed(self) -> int:
        """The seed of all random numbers; a network keeps it for life."""
        return self._seed

    # -- time --------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """How many steps have been taken since time zero."""
        return 0 if self._state is None else self._state.step

    @property
    def t(self) -> float:
        """The time in ms."""
        return float(step_times(np.array([self.step]), self.dt)[0])

    # -- running -----------------------------------------------------------------------------------

    def run(
        self,
        duration: Any,
        *,
        inputs: Mapping[Any, object] | None = None,
        backend: str | Backend | None = None,
        source: str | Path | None = None,
        report: bool = False,
        check: bool = True,
        record_to: str | Path | None = None,
        threads: int | str = 1,
        device: str | None = None,
        batch: Batch | None = None,
    ) -> xarray.DataTree:
        """Take the network forward.

        Parameters
        ----------
        duration : number or quantity
            In ms; whole steps.
        inputs : mapping, optional
            A group, slice, or the name of a group, or one of these with the name of an input,
            ``("E", "I")``, to a number, an array of one for each neuron, `TimedArray`, `window`,
            function of ``t`` (the network's time in ms) or ``t_run`` (since the start of this run),
            or a list of stimuli. What reaches the same neurons adds up. They hold for this run; the
            next one is given its own.
        backend : str, optional
            ``"numpy"`` where none is given and ``BRAINKERNEL_BACKEND`` does not say another.
        source : path, optional
            An edited copy of the program, to run instead of the printed one.
        report : bool
            Show a progress bar, and say when the backend compiles and how long that took.
        check : bool
            Look for NaN and infinity in the states from time to time.
        threads : int or "auto"
            How many cores work on it; not a bit of the results depends on it. ``"auto"`` tries some
            steps with different numbers, keeps the fastest, and notes it in the attribute
            ``threads`` of the result.
        record_to : path, optional
            Write what monitors record to a new store as the run goes, ``"run.zarr"``, with all that
            was recorded since the last reset; memory then stays flat. Later runs go on there; the
            ending names the recorder.
        device : "cpu" or "gpu", optional
            For backends that have a choice.
        batch : int or mapping, optional
            Run several times from here, each for itself: with so many seeds, or with one value for
            each run of what is swept: ``{(lif, "tau"): [5.0, 10.0], "seed": [1, 2]}``. The datasets
            have a dimension ``batch`` with these values; the network stays where it is, and its
            monitors keep nothing.

        Returns
        -------
        xarray.DataTree
            What the monitors recorded in this run, one node for each.

        Raises
        ------
        DurationError, InputError, BackendError, ProgramError
            Before anything runs.
        BatchError
            Before anything runs, for a batch that is none.
        MemoryLimitError, MonitorError
            Before anything runs, where what will be recorded does not fit, or `record_to` cannot be
            used.
        NonFiniteError
            With group, variable, neuron and time; the network is then at its last good state.
        """
        self._check_at_rest("run")
        check_switches(report=report, check=check)
        if batch is not None:
            if record_to is not None:
                raise BatchError("a batch is kept in memory: leave record_to out")
            options = {
                "inputs": inputs,
                "backend": backend,
                "source": source,
                "report": report,
                "check": check,
            }
            again = partial(self.run, duration, threads=threads, device=device, **options)  # type: ignore[arg-type]
            return run_batch(self, batch, again)
        chosen = self._programs.last_backend = self._programs.backend(backend, device=device)
        run = Run(
            self,
            duration,
            inputs or {},
            chosen,
            None if source is None else path_of(source, "source"),
            report,
            check,
            check_threads(threads, chosen),
            record_to=record_to,
        )
        try:
            self._run = run
            try:
                run.go()
            finally:
                self._run = None
            tree = self._recorder.tree(run)
            default_host().run_finished(run)
        finally:
            run.network = proxy(
                self
            )  # the recorder keeps the run, which must not keep the network alive
        return tree

    def operation(
        self, every: float
    ) -> Callable[[Callable[[Network], object]], Callable[[Network], object]]:
        """Decorate a function that is given the network between steps, at the multiples of `every`.

        Parameters
        ----------
        every : number or quantity
            The interval in ms; whole steps.
        """
        steps = int(whole_steps(every, self.dt, "the interval of an operation", least=1))

        def register(function: Callable[[Network], object]) -> Callable[[Network], object]:
            if not callable(function):
                raise NetworkError(
                    f"net.operation(every=...)({function!r}): decorate a function of the network"
                )
            self.operations.append(Operation(function, steps))
            return function

        return register

    def add_step(
        self,
        member: Member,
        *targets: str,
        on: str = "element",
        every: Any = None,
        before: str | None = None,
        after: str | None = None,
    ) -> Callable[[StepOfUser], StepOfUser]:
        """Decorate a function that gives states of a member new values, as `bk.step` in its class.

        Its text goes into the printed program, so it runs as fast as a model's own; this network
        alone has it. Among steps in one place those of classes come first, then these, in the
        order in which they are given.

        Parameters
        ----------
        member : Neuron or Synapse
            The group or projection that has the states. The arguments of the function say which
            of its states, parameters and inputs it reads, besides ``t`` and ``dt``.
        *targets : str
            The states that it writes.
        on : {"element", "group"}
            Whether it sees one element or the whole arrays of its group.
        every : number or quantity, optional
            It runs only where the time of the states that it sees is a multiple of this interval
            (ms, whole steps); without it, at each step.
        before, after : str, optional
            The slot of `schedule` before or after which it runs.

        Raises
        ------
        NetworkError
            For what is not in the network, and once the network has been made ready: by a run, or
            by reading or writing a value.
        ModelError, PortabilityError
            As for a function of the class.
        TimeGridError
            Where the interval is no whole number of steps.
        """
        if member not in (*self.groups, *self.projections):
            raise NetworkError(
                f"net.add_step({member!r}, ...): this is no group or projection of the network"
            )
        decorate = marked_step(*targets, on=on, every=every, before=before, after=after)

        def register(function: StepOfUser) -> StepOfUser:
            self._check_whole("net.add_step(...)")
            if self._build is not None:
                raise NetworkError(
                    f"net.add_step({member._label()}, ...): the network has been made ready, so "
                    "its program stands; give steps right after Network(...), before the first run "
                    "and before values are read or set"
                )
            turn = self._given_steps + 1
            definition = with_step(member.definition, decorate(function), turn)
            steps_between(definition.functions[-1], self.dt)
            member._use_definition(definition)
            self._given_steps = turn
            return function

        return register

    def stop(self) -> None:
        """End the present run here; to be called from an operation.

        Operations that are due at this step too still run. The result is that of a run which was
        asked to go just so far: nothing that was recorded is lost, and another run goes on from
        here.

        Raises
        ------
        NetworkError
            Outside an operation: no run goes on that could be ended.
        """
        if self._run is None or not self._run.operating:
            raise NetworkError(
                "net.stop() ends a run from one of its operations, @net.operation(every=...); "
                "give net.run() the duration that it is to have"
            )
        self._run.stop()

    def add(self, *objects: Any, **monitors: Monitor) -> None:
        """Take more monitors; they record from now on, and what others recorded stays.

        Parameters
        ----------
        *objects : Monitor
            Without a name they are numbered, as in ``Network(...)``.
        **monitors : Monitor
            By the name under which their dataset is found.

        Raises
        ------
        NetworkError
            For groups and projections, names that are taken, and monitors of what is not in the
            network.
        TimeGridError
            Where an interval is no whole number of steps.
        MonitorError
            Where the network records to a store on disk: its tables are made when recording begins.
        """
        self._check_at_rest("add")
        added = list(flat(objects))
        for thing in added:
            if isinstance(thing, (Neuron, Slice, Synapse)):
                raise NetworkError(
                    f"net.add({thing!r}): a network that stands takes monitors alone; make a new "
                    "network with all "
                    "groups and projections, Network(...), which takes them over with their values"
                )
            if not isinstance(thing, Monitor):
                raise NetworkError(f"net.add({thing!r}): this is no monitor")
        new = dict(named_monitors(added, monitors, {*dir(Network), *PUBLIC, *self._monitors}))
        check_monitors({**self._monitors, **new}, (*self.groups, *self.projections))
        check_times({}, new, self.dt)
        before = self._monitors
        self._monitors = {**before, **new}
        try:
            self._recorder.extend(new)
        except BrainKernelError:
            self._monitors = before
            raise

    def reset(self) -> None:
        """Go back to time zero and the first states, and forget what was recorded.

        Parameters stay as they are.
        """
        self._check_at_rest("reset")
        self._state = None if self._build is None else self._build.first.copy()
        self._settle()
        self._recorder.clear()

    def clear_records(self) -> None:
        """Forget what was recorded and go on: time, states and parameters stay as they are.

        The monitors' datasets then begin at the present time; the first bin of a `RateMonitor` may
        have begun before. What is recorded to a store stays there, complete, and recording goes on
        in memory.

        Raises
        ------
        NetworkError
            Inside an operation.
        """
        self._check_at_rest("clear_records")
        self._recorder.drop()

    def _settle(self) -> None:
        if self._build is not None and self._state is not None and self._state.step == 0:
            first = first_inputs_of(self._build.program, self._build.roster)
            settle(self._build.program, self._state, self._build.constants, first)

    def store(self) -> Snapshot:
        """Keep the present state with spikes in flight, parameters, impulses and records."""
        state, impulses = self.state.copy(), self.build.kept_impulses()
        recorded = self._recorder.mark()
        self._stored = Snapshot(self, self.build, state, self.kept_values(), recorded, impulses)
        return self._stored

    def restore(self, snapshot: Snapshot | None = None) -> None:
        """Go back to what `store` kept: the given snapshot, or the last one.

        Raises
        ------
        NetworkError
            Where nothing was stored, or by another network.
        """
        self._check_at_rest("restore")
        snapshot = snapshot or self._stored
        if snapshot is None:
            raise NetworkError("nothing was stored: call net.store() first")
        if not isinstance(snapshot, Snapshot):
            raise NetworkError(
                f"net.restore({snapshot!r}): give what net.store() gave back, or nothing for the "
                "last one"
            )
        if snapshot.owner() is not self:
            raise NetworkError("this snapshot was stored by another network")
        if self._build is not snapshot.build:
            self.put_build(snapshot.build)
        self._recorder.rewind(snapshot.recorded)
        self._recorder.provenance.forget_written()
        self.put_values(snapshot.values)
        self.build.put_impulses(snapshot.impulses)
        self._state = snapshot.state.copy()

    def kept_values(self) -> Values:
        """All values of all members, and what is given for their parameters, for `put_values`."""
        return self.build.kept_values(), kept_parameters((*self.groups, *self.projections))

    def put_values(self, kept: Values) -> None:
        """Go back to values that were kept."""
        values, given = kept
        self.build.put_values(values)
        put_parameters(given)

    def check_can_lose(self, label: str) -> None:
        """Refuse to lose a member in the middle of a run."""
        if self._run is not None:
            raise NetworkError(
                f"{label} is in a network that runs just now: make another network after the run"
            )

    def lose(self, label: str, newer: Network) -> None:
        """Stop, because a newer network takes a member; what was recorded can still be read."""
        self._recorder.settle()
        self._newer = self._newer or (label, ref(newer))

    def _check_whole(self, what: str) -> None:
        """Refuse to go on without a member that a newer network took."""
        if self._newer is not None:
            label, newer = self._newer[0], self._newer[1]()
            raise NetworkError(
                f"{what}: {label} was taken by a newer "
                f"network{'' if newer is None else f', {newer!r}'}, so this one "
                "cannot go on; what it recorded can still be read. Use the newer one, or make a "
                "network of all objects "
                "again: Network(...)"
            )

    def _check_at_rest(self, what: str) -> None:
        self._check_whole(f"net.{what}()")
        if self._run is not None:
            raise NetworkError(
                f"net.{what}() inside an operation would mix up the records of the run: call it "
                "after the run"
            )

    def explain(
        self,
        duration: Any = 100.0,
        *,
        inputs: Mapping[Any, object] | None = None,
        backend: str | Backend | None = None,
        threads: int | str = 1,
    ) -> Explanation:
        """Say where a run's time goes, which loops are vectorised, and why others are not.

        It runs a copy of the present state; the network, its records and its clock stay as they
        are. Operations between steps are left out.

        Parameters
        ----------
        duration : number or quantity
            How much to run for it, in ms; whole steps, at least one.
        inputs : mapping, optional
            As for `run`.
        backend : str, optional
            The one that ran last where none is given.
        threads : int or "auto"
            As for `run`.

        Returns
        -------
        Explanation
            Printed, a table; a sequence of `Task`; ``to_dict()`` is plain data.

        Raises
        ------
        BackendError
            Where the backend's loops cannot be looked into.
        DurationError, InputError, ProgramError
            As for `run`.
        """
        from brainkernel.simulation.trial import explain

        self._check_at_rest("explain")
        return explain(
            self, duration, inputs or {}, self._programs.backend(backend, last=True), threads
        )

    # -- printing ----------------------------------------------------------------------------------

    def program(self) -> Program:
        """The network as plain data."""
        return self.build.program

    def source(self, backend: str | Backend | None = None, whole: bool = False) -> str:
        """The program of a backend, or of the one that ran last, as formatted Python.

        Parameters
        ----------
        backend : str or Backend, optional
            Whose program; by default that of the backend that ran last.
        whole : bool
            Print the functions that belong to no model (random numbers, lists of spikes, records)
            in full, in place of importing them from the installed packages.
        """
        chosen = self._programs.backend(backend, last=True)
        if whole:
            return chosen.source(self.build.program, self.build.printed_constants(), whole=True)
        return self._programs.source(self.build, chosen)

    def schedule(self) -> Schedule:
        """What happens in one step, in order: a list of tasks, which prints as a table.

        Each task names its slot (inputs, integrate, threshold, reset, deliver, record), the neurons
        or synapses that it is of, and the functions of their models that it calls. Programs are
        printed from this list.
        """
        return Schedule(schedule_of(self.build.program))

    def save_source(self, path: str | Path, backend: str | Backend | None = None) -> Path:
        """Write the program to a file, to be edited and run with ``net.run(source=path)``."""
        place = path_of(path, "path")
        write_whole(place, self.source(backend))
        return place

    @property
    def program_path(self) -> Path | None:
        """The file of the program that ran last, to be read or stepped through."""
        return self._programs.path

    # -- data --------------------------------------------------------------------------------------

    def memory(self, duration: Any = None) -> Memory:
        """How many bytes the network takes, by part.

        Expected, without drawing anything, or counted once it is ready.

        Parameters
        ----------
        duration : number or quantity, optional
            In ms: count the records of a run as well.
        """
        if duration is None:
            return memory_of(self)
        records = expected_records(self.monitors, duration, self.dt, self.step, self._build)
        return memory_of(self, tuple(records))

    @property
    def build(self) -> Build:
        """The network made ready; connectivity and first values are drawn here, once."""
        if self._build is None:
            self._check_whole("a network is made ready for its first run")
            check_memory(self)
            kernels = kernels_of(self._programs.backend(None, last=True))
            self._build = Build(
                self.groups,
                self.projections,
                self.dt,
                self.seed,
                find_integrator,
                kernels,
                self._narrow,
            )
            self._state = self._build.first.copy()
        return self._build

    @property
    def state(self) -> State:
        """The present state."""
        self.build  # noqa: B018 - the first state is made with the build
        assert self._state is not None
        return self._state

    def set_state(self, state: State) -> None:
        """Go to another state of this network."""
        self._state = state

    def read(self, member: Member, name: str) -> Any:
        """The present value of a member's parameter or state, as a read-only copy."""
        return read_value(self, member, name)

    def connectivity(self, member: Synapse, what: str) -> Any:
        """Sources, targets or delays of a projection's synapses, as the user counts them."""
        return read_wires(self, member, what)

    def write(self, member: Member, name: str, value: object) -> None:
        """Give a parameter or state a new value, which the member takes to a newer network."""
        self._check_whole(f"{member._label()}.{name} = ...")
        kind = member.definition.declarations[name].kind
        if self._run is not None and kind == "timed":
            raise NetworkError(
                f"{member._label()}.{name} follows time, and what it does in a run is fixed when "
                "the run begins: set it between runs"
            )
        if self._can_be_made_ready():
            write_value(self, member, name, value)
            self._settle()
            if self._run is None:
                self._recorder.provenance.note_written(member, name)
        if self.step == 0 or kind in PARAMETERS:
            keep_value(member, name, value)

    def check_rewiring(self, member: Synapse) -> None:
        """Refuse further synapses where monitors could not record them."""
        self._recorder.check_follows(member)

    def follow_synapses(self) -> None:
        """Have monitors record the synapses that there are now."""
        self._recorder.follow()

    def add_synapses(
        self,
        member: Synapse,
        pre: Any,
        post: Any,
        delay: object,
        values: Mapping[str, object],
    ) -> NDArray[np.int64]:
        """Give a projection further synapses, and return their numbers."""
        self._check_whole(f"{member._label()}.add(...)")
        return structure.add_synapses(self, member, pre, post, delay, values)

    def remove_synapses(self, member: Synapse, selection: Any) -> None:
        """Take synapses from a projection."""
        self._check_whole(f"{member._label()}.remove(...)")
        structure.remove_synapses(self, member, selection)

    def set_delays(self, member: Synapse, delay: object) -> None:
        """Give the synapses of a projection other delays."""
        self._check_whole(f"{member._label()}.delay = ...")
        structure.set_delays(self, member, delay)

    def put_build(self, build: Build, state: State | None = None) -> None:
        """Go on with other synapses, and in another state where one is given."""
        self._build = build
        self._state = state or self._state
        for connectivity in build.connectivities.values():
            is_rewired = connectivity.identities is not None
            connectivity.projection._membership.rewired = is_rewired

    def _can_be_made_ready(self) -> bool:
        """Whether values can be written to arrays.

        Where not, the very value that is written may be the cure.
        """
        try:
            return self.build is not None
        except BrainKernelError:
            return False

    def check_impulses(self, member: Neuron, impulses: Impulses) -> None:
        """Refuse impulses that a group cannot take now: times that are over, or off the grid."""
        check_impulses(member, impulses, self.dt, self.step)

    def compiled(self, backend: Backend, source: Path | None) -> Executable:
        """The executable of the present program for a backend, compiled once."""
        return self._programs.compiled(self.program(), backend, source)

    def __setattr__(self, name: str, value: object) -> None:
        there = getattr(type(self), name, None)
        if isinstance(there, property):
            raise AttributeError(
                f"net.{name} is fixed: make a new network, Network(...), to have another"
            )
        if there is None and name not in PUBLIC and not name.startswith("_"):
            raise AttributeError(
                f"a network takes no {name!r} later: give members to Network(...), monitors to it "
                "or to net.add(...)"
            )
        super().__setattr__(name, value)

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._monitors]

    def _names(self) -> dict[str, Member]:
        return {str(member.name): member for member in (*self.groups, *self.projections)}

    def _ipython_key_completions_(self) -> list[str]:
        return list(dict.fromkeys((*self._names(), *self._monitors)))

    def __contains__(self, thing: object) -> bool:
        if isinstance(thing, str):
            return thing in self._names() or thing in self._monitors
        return any(
            thing is other for other in (*self.groups, *self.projections, *self._monitors.values())
        )

    def __getitem__(self, name: str) -> Any:
        members = self._names()
        if name in members:
            return members[name]
        if name in self._monitors:
            return self._recorder.dataset(name)
        raise NetworkError(
            f"net[{name!r}]: the network has no group, projection or monitor of this name; "
            f"{suggestion(str(name), {*members, *self._monitors})}"
        )

    def __getattr__(self, name: str) -> xarray.Dataset:
        if hasattr(
            type(self), name
        ):  # a property failed with an AttributeError of its own: show that one
            return object.__getattribute__(self, name)  # type: ignore[no-any-return]
        monitors = self.__dict__.get("_monitors", {})
        if name in monitors:
            return self._recorder.dataset(name)
        raise AttributeError(f"the network has no monitor {name!r}; {suggestion(name, monitors)}")

    def __repr__(self) -> str:
        members = f"{len(self.groups)} groups, {len(self.projections)} projections"
        counts = f"{members}, {len(self.monitors)} monitors"
        return f"<Network: {counts}, dt {self.dt:g} ms, t {self.t:g} ms>"
