"""Everything that changes during a run, as flat arrays: saving it saves the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.program.partition import Partition
from brainkernel.program.program import Program, aligned

ARRAYS = ("values", "arriving", "past", "fired", "spikes", "ranges", "cursor")


@dataclass
class State:
    """The state of a network at a grid point.

    Attributes
    ----------
    step : int
        How many steps have been taken; the time is ``step * dt``.
    values : array
        All states of neurons and synapses, one after another as the program's parts say.
    arriving : array
        What is on its way to targets, summed up for each step to come.
    past : array
        States of neurons in the last steps, where delays are read: rings with a row for each step.
    fired : array
        Which neurons fired in the last step, by global number.
    spikes : array (threads, room)
        Global numbers of the neurons that fired, a ring for each thread: place k is at ``k %
        room``.
    ranges : array (threads, slots, groups, 2)
        First and last place of each group's spikes in each of the last steps, among those of each
        thread. There are a few groups more than in the program, so that threads do not write to the
        same line of the cache.
    cursor : array (threads, 8)
        In the first column the place after the newest spike; the rest keeps threads apart in
        memory.
    partition : Partition or None
        How it is shared out.
    """

    step: int
    values: NDArray[Any]
    arriving: NDArray[Any]
    past: NDArray[Any]
    fired: NDArray[np.uint8]
    spikes: NDArray[np.int32]
    ranges: NDArray[np.int64]
    cursor: NDArray[np.int64]
    partition: Partition | None = None

    @classmethod
    def empty(cls, program: Program) -> State:
        """A state of zeros at time zero, for one thread."""
        return cls(
            step=0,
            values=program.empty("values"),
            arriving=program.empty("arriving"),
            past=program.empty("past"),
            fired=aligned((program.neurons,), np.uint8),
            spikes=np.zeros((1, _room(program.neurons)), np.int32),
            ranges=_ranges(1, program.slots, len(program.groups)),
            cursor=aligned((1, 8), np.int64),
        )

    def copy(self) -> State:
        """A state of its own with the same values."""
        arrays: dict[str, Any] = {name: _copy(getattr(self, name)) for name in ARRAYS}
        return replace(self, **arrays)

    def grow(self) -> None:
        """Give the rings of spikes twice the room, with the spikes in flight where they were."""
        old = self.spikes
        self.spikes = np.zeros((old.shape[0], 2 * old.shape[1]), np.int32)
        for thread, cursor in enumerate(self.cursor[:, 0].tolist()):
            first = int(self.ranges[thread, :, :, 0].min(initial=cursor))
            places = np.arange(max(first, cursor - old.shape[1]), cursor)
            self.spikes[thread, places % self.spikes.shape[1]] = old[thread, places % old.shape[1]]

    def keep_longer(self, slots: int, since: int) -> None:
        """Keep spikes for `slots` steps from now on; those that were fired after `since` stay."""
        old = self.ranges
        kept = old.shape[1]
        fired_at = np.arange(max(since + 1, self.step - kept + 1), self.step + 1)
        # steps before the oldest that is kept are empty, and begin where its spikes do
        oldest = old[:, (self.step + 1) % kept, 0, 0]
        self.ranges = aligned((old.shape[0], slots, *old.shape[2:]), np.int64)
        self.ranges[:] = oldest[:, None, None, None]
        self.ranges[:, fired_at % slots] = old[:, fired_at % kept]

    def share_out(self, partition: Partition) -> None:
        """Give each thread the spikes in flight of its own neurons."""
        threads = partition.threads
        slots, groups = self.ranges.shape[1:3]
        if self.partition is partition or self.spikes.shape[0] == threads == 1:
            return
        self.partition = partition
        spikes, slot, group = self._in_flight()
        owner = np.zeros(spikes.size, np.int64)
        for thread in range(1, threads):
            owner[spikes >= partition.groups[thread, group, 0]] = thread
        age = (slot - self.step - 1) % slots  # from the oldest slot on
        order = np.lexsort((spikes, group, age, owner))
        counts = np.zeros((threads, slots, groups), np.int64)
        np.add.at(counts, (owner, age, group), 1)
        ends = np.cumsum(counts.reshape(threads, -1), axis=1).reshape(counts.shape)
        room = max(
            _room(int(np.diff(partition.groups).sum(axis=(1, 2)).max(initial=0))),
            _room(spikes.size),
        )
        self.spikes = np.zeros((threads, room), np.int32)
        self.cursor = aligned((threads, 8), np.int64)
        self.ranges = _ranges(threads, slots, groups)
        for thread in range(threads):
            mine = spikes[order][owner[order] == thread]
            self.spikes[thread, : mine.size] = mine
            self.cursor[thread, 0] = mine.size
            for ago in range(slots):
                at = (self.step + 1 + ago) % slots
                self.ranges[thread, at, :, 1] = ends[thread, ago]
                self.ranges[thread, at, :, 0] = ends[thread, ago] - counts[thread, ago]

    def history(self, neurons: int) -> NDArray[np.bool_]:
        """Which neurons fired in each of the last steps, by slot.

        For backends that keep flags and no lists.
        """
        spikes, slot, _ = self._in_flight()
        flags = np.zeros((self.ranges.shape[1], neurons), np.bool_)
        flags[slot, spikes] = True
        return flags

    def remember(self, program: Program, flags: NDArray[np.bool_] | None) -> None:
        """List the spikes of the last steps from their flags, for one thread.

        None where nothing waits for them.
        """
        slots, groups = self.ranges.shape[1:3]
        self.partition, self.cursor, self.ranges = (
            None,
            aligned((1, 8), np.int64),
            _ranges(1, slots, groups),
        )
        bounds: list[int] = []
        for group in program.groups:
            bounds += [group.first, group.last]
        listed = [np.zeros(0, np.int64)]
        for ago in range(slots):
            slot = (self.step + 1 + ago) % slots
            fired = np.flatnonzero(flags[slot]) if flags is not None else listed[0]
            ends = np.searchsorted(fired, bounds)
            self.ranges[0, slot] = self.cursor[0, 0] + fired.size
            self.ranges[0, slot, : len(program.groups)] = self.cursor[0, 0] + ends.reshape(-1, 2)
            self.cursor[0, 0] += fired.size
            listed.append(fired)
        spikes = np.concatenate(listed)
        self.spikes = np.zeros((1, max(_room(program.neurons), _room(spikes.size))), np.int32)
        self.spikes[0, : spikes.size] = spikes

    def _in_flight(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """All spikes that are kept, with the slot and the group of each."""
        slots, groups = self.ranges.shape[1:3]
        sizes = (self.ranges[..., 1] - self.ranges[..., 0]).ravel()
        which = np.repeat(np.arange(sizes.size), sizes)
        within = np.arange(which.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        place = self.ranges[..., 0].ravel()[which] + within
        thread, rest = np.divmod(which, slots * groups)
        slot, group = np.divmod(rest, groups)
        return self.spikes[thread, place % self.spikes.shape[1]].astype(np.int64), slot, group


def spike_bytes(program: Program) -> int:
    """The bytes that a state keeps of spikes in flight, for one thread."""
    groups = -(-len(program.groups) // 4) * 4
    numbers = program.slots * groups * 2 + 8  # of the ranges, and of the cursor
    return 4 * _room(program.neurons) + 8 * numbers


def _copy(array: NDArray[Any]) -> NDArray[Any]:
    copy = aligned(array.shape, array.dtype)
    copy[...] = array
    return copy


def _ranges(threads: int, slots: int, groups: int) -> NDArray[np.int64]:
    return aligned((threads, slots, -(-groups // 4) * 4, 2), np.int64)


def _room(neurons: int) -> int:
    return 1 << max(6, int(2 * neurons - 1).bit_length())
