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
from brainkernel_jax.layout.tables import some, tables_of

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
        self._known: dict[str, tuple[Any, Any]] = {}
        self._compiled: dict[Any, Any] = {}

    def run(self, state: State, job: Job) -> Records:
        """Take a state forward in place."""
        arrays = (state.values, job.synaptic, job.constants, *job.tables.values())
        with (
            explained(self.program, self.path, sum(array.nbytes for array in arrays)),
            on(self.device),
        ):
            return self._run(state, job)

    def _run(self, state: State, job: Job) -> Records:
        layout = self._layout(job)
        rows = self._rows(job, layout)
        begin = replace(layout, drives=drive_spans(layout, job))
        call, fresh = self._call(begin, rows)
        arrays, fixed = self.arrays_of(state), self._fixed_arrays(job)
        all_impulses = self._once(
            "impulses", (job.impulses,), lambda: impulse_arrays(layout, job.impulses)
        )
        places = [input_places(layout, drive.address) for drive in job.drives]
        chunks = []
        for first in range(state.step, state.step + job.steps, rows):
            last = min(first + rows, state.step + job.steps)
            drives = [
                _drive(drive, own, first - state.step, last - state.step, rows)
                for drive, own in zip(job.drives, places, strict=True)
            ]
            impulses = _impulses(all_impulses, first, last)
            given = (first, last, job.dt, arrays, *fixed, drives, impulses, _empty(begin, rows))
            with (
                compiling(f"the time loop of {self.path.name} for jax") if fresh else nullcontext()
            ):
                arrays, records = call(*given)
            fresh = False
            chunks.append((first, last, jax.device_get(records)))
        self.keep(state, arrays, state.step + job.steps)
        return _records(chunks, job, layout, self.program.neurons)

    # -- what is compiled

    def _layout(self, job: Job) -> ArrayLayout:
        def make() -> ArrayLayout:
            layout = layout_of(self.program, job.partition)
            probes = tuple(probe_layout(self.program, probe) for probe in job.watches)
            return replace(
                layout, probes=probes, listed=bool(np.any(job.tracked > 1)), way=self.way
            )

        layout: ArrayLayout = self._once("layout", (job.partition, job.watches, job.tracked), make)
        return layout

    def _once(self, name: str, made_of: tuple[Any, ...], make: Any) -> Any:
        """What follows from some objects, as long as they are the same."""
        known = self._known.get(name)
        if known is None or any(a is not b for a, b in zip(known[0], made_of, strict=True)):
            self._known[name] = known = (made_of, make())
        return known[1]

    def _call(self, layout: ArrayLayout, rows: int) -> tuple[Any, bool]:
        """The compiled loop, and whether it is still to be compiled: at its first call."""
        key = (layout.drives, id(self._known["layout"]), rows)
        fresh = key not in self._compiled
        if fresh:
            call = jax.jit(partial(self._module.run, layout=layout), donate_argnums=(3, 8))
            self._compiled[key] = (
                call,
                self._known["layout"],
            )  # kept, so that its number is no other's
        return self._compiled[key][0], fresh

    def _rows(self, job: Job, layout: ArrayLayout) -> int:
        """How many steps go into a chunk."""
        width = 4 * len(layout.groups) + (self.program.neurons // 8 if layout.listed else 0)
        width += sum(8 * probe.address.size // probe.every for probe in job.watches)
        width += sum(8 * drive.address.size for drive in job.drives if drive.wide)
        return int(np.clip(CHUNK_BYTES // max(1, width), 1, CHUNK_STEPS))

    # -- arrays

    def _fixed_arrays(self, job: Job) -> tuple[Any, Any]:
        constants = self._constants(job)
        values = self._once(
            "constants", (constants, job.synaptic, job.keys), lambda: self._parts(job, constants)
        )
        tables = self._once("tables", (job.partition,), lambda: self._tables(job))
        return values, tables

    def _parts(self, job: Job, constants: NDArray[np.float64]) -> dict[str, Any]:
        return {
            **self._named("constants", constants),
            **self._named("synaptic", job.synaptic),
            **self._named("keys", job.keys),
        }

    def _tables(self, job: Job) -> Any:
        return jax.tree.map(jnp.asarray, tables_of(self.program, job.partition, job.tables))

    def _named(self, store: str, array: NDArray[Any]) -> dict[str, Any]:
        names = (part.name for part in self.program.parts.values() if part.store == store)
        return {name: jnp.array(some(self.program.cut(array, name))) for name in names}

    def arrays_of(self, state: State) -> dict[str, Any]:
        """A state as named arrays.

        Spikes in flight as a row of flags for each of the last steps.
        """
        arrays = {**self._named("values", state.values), **self._named("arriving", state.arriving)}
        for synapse_block in self.program.synapse_blocks:
            for name in synapse_block.summed:
                part = synapse_block.arriving(name)
                arrays[part] = arrays[part].reshape(synapse_block.ring, -1)
        waits = any(
            synapse_block.steps or head.delays != (0,) or head.dendritic
            for synapse_block, head in self.program.heads
        )
        return {
            **arrays,
            "history": jnp.array(state.history(self.program.neurons)) if waits else None,
        }

    def keep(self, state: State, arrays: dict[str, Any], step: int) -> None:
        """Write named arrays into a state."""
        arrays = jax.device_get(arrays)
        history = arrays.pop("history")
        for name, array in arrays.items():
            kept = self.program.cut(getattr(state, self.program.parts[name].store), name)
            kept[:] = np.asarray(array).ravel()[: kept.size]
        state.step = step
        state.remember(self.program, history)


def _empty(layout: ArrayLayout, rows: int) -> tuple[Any, Any, tuple[Any, ...]]:
    words = -(-layout.groups[-1][1] // 32) if layout.listed else 0
    samples = tuple(jnp.zeros((rows // probe.every + 1, probe.size)) for probe in layout.probes)
    return (
        jnp.zeros((rows, len(layout.groups)), jnp.int32),
        jnp.zeros((rows, words), jnp.uint32),
        samples,
    )


def _drive(
    drive: InputDrive, places: NDArray[np.int64], first: int, last: int, rows: int
) -> tuple[Any, Any, Any]:
    """A drive's values for some steps: one row where it has no more, else one for each step."""
    begin = drive.rows[first:last]
    on = np.zeros(rows, bool)
    on[: last - first] = begin >= 0
    width = places.size if drive.wide else 1
    which = np.where(begin >= 0, begin, max(begin.max(initial=0), 0)) // width
    values = np.ravel(drive.values).reshape(-1, width)
    if drive.steady:
        taken = values
    else:
        taken = np.zeros((rows, width))
        taken[: last - first] = values[which]
    return jnp.array(places), jnp.array(taken), jnp.array(on)


def _impulses(arrays: ImpulseArrays, first: int, last: int) -> Any:
    """The impulses of some steps, with room for more, so that few sizes are compiled."""
    all_steps, all_places, all_values = arrays
    if not all_steps.size:
        return None
    begin, end = np.searchsorted(all_steps, [first, last])
    count = int(end - begin)
    room = 1 << max(6, count.bit_length())
    steps = np.full(room, last + 1, np.int64)
    places, values = np.zeros(room, np.int64), np.zeros(room)
    steps[:count], places[:count] = all_steps[begin:end], all_places[begin:end]
    values[:count] = all_values[begin:end]
    return jnp.array(steps), jnp.array(places), jnp.array(values)


def _records(chunks: list[Any], job: Job, layout: ArrayLayout, neurons: int) -> Records:
    counts = np.concatenate([records[0][: last - first] for first, last, records in chunks])
    steps, numbers = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for first, last, (_, words, _) in chunks:
        if layout.listed:
            row, neuron = _listed(words[: last - first], layout, job.tracked)
            steps.append(first + 1 + row)
            numbers.append(neuron.astype(np.int32))
    samples = [
        np.concatenate(
            [
                records[2][k][: last // probe.every - first // probe.every]
                for first, last, records in chunks
            ]
        )
        for k, probe in enumerate(layout.probes)
    ]
    return Records(job.steps, np.concatenate(steps), np.concatenate(numbers), counts, samples)


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
