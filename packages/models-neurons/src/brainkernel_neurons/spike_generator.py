"""Spikes at given times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

import brainkernel as bk
from brainkernel.errors import InputError, TimeGridError
from brainkernel.units import milliseconds
from brainkernel.values import numbers_of


class SpikeGenerator(bk.Neuron):
    """Neurons that fire at given times.

    Parameters
    ----------
    size : int or tuple of int
        How many neurons, or the shape in which they are arranged.
    times : array or quantity
        Times of the spikes in ms, in any order, copied: whole steps, after zero. They count from the network's time
        zero, so what lies beyond one run comes in a later one, and `Network.reset` starts anew.
    neurons : int or array of int, optional
        Which neuron fires each spike; may be left out where there is only one.
    name, positions
        As for every group.

    Raises
    ------
    InputError
        Neurons that do not exist, or not one for each time; two spikes of a neuron in one step.
    TimeGridError
        Before the first step, where a time is not on the grid.
    """

    pulse = bk.input(doc="one where a neuron fires")

    @bk.threshold
    def fires(pulse):
        return pulse - 0.5

    def __init__(
        self,
        size: int | tuple[int, ...],
        times: object,
        neurons: ArrayLike | None = None,
        *,
        name: str | None = None,
        positions: ArrayLike | None = None,
    ) -> None:
        super().__init__(size, name=name, positions=positions)
        what = f"{self.label()}.times"
        numbers_of(times, "ms", what, error=TimeGridError)
        times = np.array(milliseconds(times, what)).reshape(-1)  # in their own width, which says how they are rounded
        spikes = bk.Impulses(times, self._checked(neurons, times.size))
        self.__dict__.update(spikes=spikes)

    spikes: bk.Impulses

    def own_inputs(self) -> dict[str, bk.Impulses]:
        """Give the network the spikes."""
        return {"pulse": self.spikes}

    def _checked(self, neurons: ArrayLike | None, count: int) -> NDArray[np.int64]:
        if neurons is None and self.size > 1:
            raise InputError(f"{self.label()} has {self.size} neurons: say which one fires each spike, neurons=[...]")
        found = np.asarray(0 if neurons is None else neurons)
        if found.shape not in ((), (count,)) or (found.size and found.dtype.kind not in "iu"):
            raise InputError(
                f"{self.label()} has {count} times, but neurons is a {found.dtype} array of shape {found.shape}: "
                "give one whole number for all, or one for each time"
            )
        outside = found[(found < 0) | (found >= self.size)]
        if outside.size:
            raise InputError(f"{self.label()} has no neuron {outside.flat[0]}: they are 0 to {self.size - 1}")
        return np.broadcast_to(found, (count,)).astype(np.int64)
