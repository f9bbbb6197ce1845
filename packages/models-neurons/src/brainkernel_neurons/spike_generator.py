"""Spikes at given times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

import brainkernel as bk
from brainkernel.base.given_values import numbers_of
from brainkernel.base.units import milliseconds
from brainkernel.errors import InputError, TimeGridError


class SpikeGenerator(bk.Neuron):
    """Neurons that fire at given times.

    Parameters
    ----------
    size : int or tuple of int
        How many neurons, or the shape in which they are arranged.
    times : array or quantity
        Times of the spikes in ms, in any order, copied: whole steps, after zero. What lies beyond
        one run comes in a later one, and `Network.reset` starts anew. `set_spikes` gives other ones
        later.
    neurons : int or array of int, optional
        Which neuron fires each spike; may be left out where there is only one.
    since : "network" or "run"
        Whether times count from the network's time zero, or from the start of each run, and so in
        each run anew.
    name, positions
        As for every group.

    Raises
    ------
    InputError
        Neurons that do not exist, or not one for each time; two spikes of a neuron in one step.
    TimeGridError
        For a time that is no finite number; before the first step, where a time is not on the grid.
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
        since: str = "network",
        name: str | None = None,
        positions: ArrayLike | None = None,
    ) -> None:
        super().__init__(size, name=name, positions=positions)
        self.set_spikes(times, neurons, since=since)

    def set_spikes(
        self, times: object, neurons: ArrayLike | None = None, *, since: str = "network"
    ) -> None:
        """Replace all spikes by others, before, between or after runs.

        Those that have been fired stay what they are.

        Parameters
        ----------
        times : array or quantity
            In ms, in any order. Once the network has run, times since its zero must lie after the
            present time.
        neurons : int or array of int, optional
            Which neuron fires each spike; may be left out where there is only one.
        since : "network" or "run"
            Whether times count from the network's time zero, or from the start of each run, and so
            in each run anew.

        Raises
        ------
        InputError
            Neurons that do not exist, or not one for each time; two spikes of a neuron in one step;
            a time that is over. The spikes that there were stay then.
        TimeGridError
            For a time that is no finite number; in a network, for one that is not on its grid.
        """
        what = f"{self._label()}.times"
        numbers_of(times, "ms", what, error=TimeGridError)
        spikes = np.asarray(milliseconds(times, what)).reshape(-1)
        self.set_impulses(
            "pulse", bk.Impulses(spikes, self._checked(neurons, spikes.size), since=since)
        )

    @property
    def times(self) -> NDArray[np.float64]:
        """The times of all spikes in ms, as they were given."""
        return np.asarray(self._own_impulses["pulse"].times)

    @property
    def neurons(self) -> NDArray[np.int64]:
        """Which neuron fires each spike."""
        return np.asarray(self._own_impulses["pulse"].neurons)

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("times", "neurons"):
            raise AttributeError(f"{self._label()}.{name} is set with set_spikes(times, neurons)")
        super().__setattr__(name, value)

    def _checked(self, neurons: ArrayLike | None, count: int) -> NDArray[np.int64]:
        if neurons is None and self._size > 1:
            raise InputError(
                f"{self._label()} has {self._size} neurons: say which one fires each spike, "
                "neurons=[...]"
            )
        found = np.asarray(0 if neurons is None else neurons)
        if found.shape not in ((), (count,)) or (found.size and found.dtype.kind not in "iu"):
            raise InputError(
                f"{self._label()} has {count} times, but neurons is a {found.dtype} array of shape "
                f"{found.shape}: "
                "give one whole number for all, or one for each time"
            )
        outside = found[(found < 0) | (found >= self._size)]
        if outside.size:
            raise InputError(
                f"{self._label()} has no neuron {outside.flat[0]}: they are 0 to {self._size - 1}"
            )
        return np.broadcast_to(found, (count,)).astype(np.int64)
