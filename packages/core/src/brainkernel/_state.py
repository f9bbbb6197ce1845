"""Everything that changes during a run, as flat arrays: saving it saves the run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brainkernel.program import Program


@dataclass
class State:
    """The state of a network at a grid point.

    Attributes
    ----------
    step : int
        How many steps have been taken; the time is ``step * dt``.
    values : array
        All states of neurons and synapses, one after another as the program's parts say.
    fired : array
        Which neurons fired in the last step, by global number.
    spikes : array
        Global numbers of the neurons that fired, a ring: place k is at ``k % spikes.size``.
    ranges : array (slots, groups, 2)
        First and last place of each group's spikes in each of the last steps.
    cursor : array (1,)
        The place after the newest spike.
    """

    step: int
    values: NDArray[np.float64]
    fired: NDArray[np.uint8]
    spikes: NDArray[np.int32]
    ranges: NDArray[np.int64]
    cursor: NDArray[np.int64]

    @classmethod
    def empty(cls, program: Program) -> State:
        """A state of zeros at time zero."""
        room = 1 << max(6, int(2 * program.neurons - 1).bit_length())
        return cls(
            step=0,
            values=np.zeros(program.size("values")),
            fired=np.zeros(program.neurons, np.uint8),
            spikes=np.zeros(room, np.int32),
            ranges=np.zeros((program.slots, len(program.groups), 2), np.int64),
            cursor=np.zeros(1, np.int64),
        )

    def copy(self) -> State:
        """A state of its own with the same values."""
        arrays = ("values", "fired", "spikes", "ranges", "cursor")
        return replace(self, **{name: getattr(self, name).copy() for name in arrays})

    def grow(self) -> None:
        """Give the ring of spikes twice the room, with the spikes in flight where they were."""
        old = self.spikes
        self.spikes = np.zeros(2 * old.size, np.int32)
        first = int(self.ranges[:, :, 0].min(initial=int(self.cursor[0])))
        places = np.arange(max(first, int(self.cursor[0]) - old.size), int(self.cursor[0]))
        self.spikes[places % self.spikes.size] = old[places % old.size]
