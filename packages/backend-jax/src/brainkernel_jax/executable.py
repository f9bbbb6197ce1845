"""Run a printed JAX module.

The time loop is compiled once, and taken in chunks whose records move to the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainkernel.backend import (
    InputDrive,
    Job,
    PrintedExecutable,
    Program,
    Records,
    State,
    compiling,
    past_name,
    slopes_name,
)
from brainkernel_jax.error_messages import explained
from brainkernel_jax.layout.array_layout import (
    ArrayLayout,
    drive_spans,
    impulse_arrays,
    input_places,
    layout_of,
    probe_layout,
)
from brainkernel_jax.layout.tables import at_least_one, tables_of

ImpulseArrays = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
CHUNK_BYTES = 16_000_000  # of records, before they move to the host
CHUNK_STEPS = 1000


@contextmanager
def on(device: Any) -> Iterator[None]:
    """Compute in 64 bits, on a device, without changing what the rest of the process does."""
    with jax.enable_x64(True), jax.default_device(device):
        yield


class JaxExecutable(PrintedExecutable):
    """A printed module whose `run` JAX compiles.

    Parameters
    ----------
    program : Program
        The network.
    path : Path
        The file of the text.
    device : jax.Device
        Where it runs.

    Attributes
    ----------
    way : str
        How spikes are delivered: ``one by one``, or ``in blocks`` where many things are done at
        once.
    """

    handed = (
        "first",
        "last",
        "dt",
        "state",
        "constants",
        "tables",
        "drives",
        "impulses",
        "records",
        "layout",
    )

    def __init__(self, program: Program, path: Path, device: Any) -> None:
        with on(device):  # numbers that the text makes when it is imported have 64 bits too
            super().__init__(program, path, "jax")
        self.device = device
        self.way = "one by one" if device.platform == "cpu" else "in blocks"
        self._derived: dict[str, tuple[Any, Any]] = {}
        self._compiled: dict[Any, Any] = {}

    def resized(self, program: Program) -> JaxExecutable:
        """The same text for a network with other numbers of synapses, compiled for their number."""
        other = super().resized(program)
        assert isinstance(other, JaxExecutable)
        other._derived = {}
        other._compiled = {}
        return other

    def run(self, state: State, job: Job) -> Records:
        """Take a state forward in place."""
        arrays = (state.values, job.synaptic, job.constants, *job.tables.values())
        size = sum(array.nbytes for array in arrays)
        with explained(self.program, self.path, size), on(self.device):
            return self._run(state, job)

    def _run(self, state: State, job: Job) -> Records:
        layout = self._layout(job)
        rows = self._rows(job, layout)
        begin = replace(layout, drives=drive_spans(layout, job))
        call, fresh = self._call(begin, rows)
        arrays = self.arrays_of(state)
        fixed = self._fixed_arrays(job)
        made = (job.impulses,)
        all_impulses = self._once("impulses", made, lambda: impulse_arrays(layout, job.impulses))
        indices = [input_places(layout, drive.address) for drive in job.drives]
        start, end = state.step, state.step + job.steps
        chunks = []
        for first in range(start, end, rows):
            last = min(first + rows, end)
            drives = []
            for drive, index in zip(job.drives, indices, strict=True):
                # rows of inputs are counted from the beginning of the run
                drives.append(_drive(drive, index, first - start, last - start, rows))
            impulses = _impulses(all_impulses, first, last)
            records = _empty(begin, rows)
            announced = compiling(f"the time loop of {self.path.name} for jax")
            with announced if fresh else nullcontext():
                arrays, records = call(
                    first, last, job.dt, arrays, *fixed, drives, impulses, records
                )
            fresh = False
            # records leave the device chunk by chunk, and so its memory bounds no run
            chunks.append((first, last, jax.device_get(records)))
        self.keep(state, arrays, end)
        return _records(chunks, job, layout, self.program.neurons)

    # -- what is compiled

    def _layout(self, job: Job) -> ArrayLayout:
        def make() -> ArrayLayout:
            layout = layout_of(self.program, job.partition)
            probes = tuple(probe_layout(self.program, probe) for probe in job.watches)
            listed = bool(np.any(job.tracked > 1))  # kind 1 counts spikes, kind 2 lists them
            return replace(layout, probes=probes, listed=listed, way=self.way)

        made_of = (job.partition, job.watches, job.tracked)
        layout: ArrayLayout = self._once("layout", made_of, make)
        return layout

    def _once(self, name: str, made_of: tuple[Any, ...], make: Any) -> Any:
        """What follows from some objects, as long as they are the same."""
        if name in self._derived:
            sources, value = self._derived[name]
            # compared by identity: to compare millions of values would take too long
            if all(a is b for a, b in zip(sources, made_of, strict=True)):
                return value
        value = make()
        self._derived[name] = (made_of, value)
        return value

    def _call(self, layout: ArrayLayout, rows: int) -> tuple[Any, bool]:
        """The compiled loop, and whether it is still to be compiled: at its first call."""
        derived = self._derived["layout"]
        key = (layout.drives, id(derived), rows)
        fresh = key not in self._compiled
        if fresh:
            # state and records may be computed in the memory in which they are handed over
            run = partial(self._module.run, layout=layout)
            call = jax.jit(run, donate_argnums=(3, 8))
            # the layout is kept, so that no other one gets its number
            self._compiled[key] = (call, derived)
        return self._compiled[key][0], fresh

    def _rows(self, job: Job, layout: ArrayLayout) -> int:
        """How many steps go into a chunk."""
        # bytes a step: counts of 4, flags of a bit, samples and inputs of 8
        width = 4 * len(layout.groups)
        if layout.listed:
            width += self.program.neurons // 8
        width += sum(8 * probe.address.size // probe.every for probe in job.watches)
        width += sum(8 * drive.address.size for drive in job.drives if drive.wide)
        steps = CHUNK_BYTES // max(1, width)
        return int(np.clip(steps, 1, CHUNK_STEPS))

    # -- arrays

    def _fixed_arrays(self, job: Job) -> tuple[Any, Any]:
        constants = self._constants(job)
        made_of = (constants, job.synaptic, job.keys)
        values = self._once("constants", made_of, lambda: self._parts(job, constants))
        tables = self._once("tables", (job.partition,), lambda: self._tables(job))
        return values, tables

    def _parts(self, job: Job, constants: NDArray[np.float64]) -> dict[str, Any]:
        values = self._named("constants", constants)
        values |= self._named("synaptic", job.synaptic)
        values |= self._named("keys", job.keys)
        return values

    def _tables(self, job: Job) -> Any:
        return jax.tree.map(jnp.asarray, tables_of(self.program, job.partition, job.tables))

    def _named(self, store: str, array: NDArray[Any]) -> dict[str, Any]:
        names = (part.name for part in self.program.parts.values() if part.store == store)
        arrays = {}
        for name in names:
            values = at_least_one(self.program.cut(array, name))
            # copied: the array that was cut is written again while JAX may still read it
            arrays[name] = jnp.array(values)
        return arrays

    def arrays_of(self, state: State) -> dict[str, Any]:
        """A state as named arrays.

        Spikes in flight as a row of flags for each of the last steps.
        """
        arrays = self._named("values", state.values)
        arrays |= self._named("arriving", state.arriving)
        arrays |= self._named("past", state.past)
        for block in self.program.blocks:
            rings = list(map(past_name, block.history))
            rings += map(slopes_name, block.slopes)
            for name in rings:
                part = f"{block.name}_{name}"
                ring = arrays[part]
                arrays[part] = ring.reshape(block.rows, -1)
        for synapse_block in self.program.synapse_blocks:
            for name in synapse_block.summed:
                part = synapse_block.arriving(name)
                arrays[part] = arrays[part].reshape(synapse_block.ring, -1)
        waits = any(
            synapse_block.steps or table.delays != (0,) or table.dendritic
            for synapse_block, table in self.program.heads
        )
        # without delays no earlier spike is looked at
        arrays["history"] = jnp.array(state.history(self.program.neurons)) if waits else None
        return arrays

    def keep(self, state: State, arrays: dict[str, Any], step: int) -> None:
        """Write named arrays into a state."""
        arrays = jax.device_get(arrays)
        history = arrays.pop("history")
        for name, array in arrays.items():
            store = self.program.parts[name].store
            values = self.program.cut(getattr(state, store), name)
            # an empty array has one element on the device, which nothing reads
            values[:] = np.asarray(array).ravel()[: values.size]
        state.step = step
        state.remember(self.program, history)


def _empty(layout: ArrayLayout, rows: int) -> tuple[Any, Any, tuple[Any, ...]]:
    neurons = layout.groups[-1][1]
    width = -(-neurons // 32) if layout.listed else 0  # words of 32 flags, rounded up
    counts = jnp.zeros((rows, len(layout.groups)), jnp.int32)
    words = jnp.zeros((rows, width), jnp.uint32)
    samples = tuple(jnp.zeros((rows // probe.every + 1, probe.size)) for probe in layout.probes)
    return counts, words, samples


def _drive(
    drive: InputDrive, index: NDArray[np.int64], first: int, last: int, rows: int
) -> tuple[Any, Any, Any]:
    """A drive's values for some steps: one row where it has no more, else one for each step."""
    begin = drive.rows[first:last]
    steps = last - first
    active = begin >= 0  # a negative row says that nothing drives in this step
    on = np.zeros(rows, bool)
    on[:steps] = active
    width = index.size if drive.wide else 1
    values = np.ravel(drive.values).reshape(-1, width)
    if not drive.steady:
        # any row that there is will do where nothing drives: it is not added
        latest = max(begin.max(initial=0), 0)
        row = np.where(active, begin, latest) // width
        values_by_step = np.zeros((rows, width))
        values_by_step[:steps] = values[row]
        values = values_by_step
    return jnp.array(index), jnp.array(values), jnp.array(on)


def _impulses(arrays: ImpulseArrays, first: int, last: int) -> Any:
    """The impulses of some steps, with room for more, so that few sizes are compiled."""
    all_steps, all_indices, all_values = arrays
    if not all_steps.size:
        return None
    begin, end = np.searchsorted(all_steps, [first, last])
    count = int(end - begin)
    size = 1 << max(6, count.bit_length())
    steps = np.full(size, last + 1, np.int64)  # what fills the arrays up never comes due
    indices = np.zeros(size, np.int64)
    values = np.zeros(size)
    steps[:count] = all_steps[begin:end]
    indices[:count] = all_indices[begin:end]
    values[:count] = all_values[begin:end]
    return jnp.array(steps), jnp.array(indices), jnp.array(values)


def _records(chunks: list[Any], job: Job, layout: ArrayLayout, neurons: int) -> Records:
    counts: list[Any] = []
    steps, numbers = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    samples: list[list[Any]] = [[] for _ in layout.probes]
    for first, last, records in chunks:
        # the last chunk may fill its rows in part
        rows = last - first
        chunk_counts, words, chunk_samples = records
        counts.append(chunk_counts[:rows])
        if layout.listed:
            row, neuron = _listed(words[:rows], layout, job.tracked)
            # a spike in the step from t to t + 1 is at t + 1
            steps.append(first + 1 + row)
            numbers.append(neuron.astype(np.int32))
        for probe, values, sampled in zip(layout.probes, chunk_samples, samples, strict=True):
            sampled.append(values[: last // probe.every - first // probe.every])
    return Records(
        job.steps,
        np.concatenate(steps),
        np.concatenate(numbers),
        np.concatenate(counts),
        [np.concatenate(sampled) for sampled in samples],
    )


def _listed(
    words: NDArray[np.uint32], layout: ArrayLayout, tracked: NDArray[np.int64]
) -> tuple[Any, Any]:
    """Steps and numbers of the neurons whose spikes are recorded, by step and then neuron."""
    flags = np.unpackbits(words.astype("<u4").view(np.uint8), axis=1, bitorder="little")
    for (first, last), kind in zip(layout.groups, tracked, strict=True):
        if kind < 2:
            flags[:, first:last] = 0
    row, neuron = np.nonzero(flags)
    return row, neuron
