"""What is recorded: declarations only; the network turns them into datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import MonitorError
from brainkernel.group import End, Neuron, Slice
from brainkernel.model import suggestion
from brainkernel.projection import Synapse
from brainkernel.selections import check_selection, select
from brainkernel.values import one_number


class Monitor:
    """Base of the monitors: what they watch, and how often."""

    def __init__(self, target: Any, every: float | None) -> None:
        self.target, self.every = target, every
        if every is not None:
            interval = one_number(every, "ms", f"the interval of a {type(self).__name__}", error=MonitorError)
            if not interval > 0:
                raise MonitorError(f"the interval of a {type(self).__name__} is {interval!r} ms: it is above 0 ms")

    @property
    def member(self) -> Neuron | Synapse:
        """The group or projection that is watched."""
        return self.target if isinstance(self.target, Synapse) else self.target.group


class StateMonitor(Monitor):
    """Record variables at regular times.

    Parameters
    ----------
    target : Neuron, Slice or Synapse
        Whose variables.
    variables : str or sequence of str
        States, or ``"spike"``: whether the neuron fired at that time.
    neurons : int, sequence of int, slice or mask, optional
        Which elements of the target; all where none are given. For ``per="synapse"`` states these are synapses. A mask
        has one True or False for each of them.
    every : float, optional
        The interval in ms; each step where none is given. Samples lie at the multiples of `every`.

    Notes
    -----
    A value at time t holds all that acts at t: integration, reset, and spikes that arrive.
    """

    def __init__(
        self,
        target: End | Synapse,
        variables: str | Sequence[str],
        *,
        neurons: Any = None,
        every: float | None = None,
    ) -> None:
        if not isinstance(target, (Neuron, Slice, Synapse)):
            raise MonitorError(f"StateMonitor watches a group, slice or projection, not a {type(target).__name__}")
        super().__init__(target, every)
        self.variables = _names(variables)
        self.neurons = None if neurons is None else check_selection(neurons, self._what(), MonitorError)
        for name in self.variables:
            self._check(name)
        if isinstance(target, (Neuron, Slice)):
            chosen(target, self.neurons)

    def _what(self) -> str:
        return f"a monitor of {self.target.label()}"

    def elements(self, size: int, shape: tuple[int, ...] = ()) -> NDArray[np.int64]:
        """Which of so many elements are watched.

        Raises
        ------
        MonitorError
            Where the selection does not fit them.
        """
        if self.neurons is None:
            return np.arange(size)
        return _elements(self.neurons, size, shape, self._what())

    def _check(self, name: str) -> None:
        definition = self.member.definition
        known = (*definition.names("state"), *(("spike",) if definition.threshold else ()))
        if name not in known:
            extra = " (an input is a sum within the step; record the states that make it up)"
            hint = extra if name in definition.names("input") else ""
            raise MonitorError(
                f"StateMonitor: {self.member.label()} has no state {name!r}{hint}; {suggestion(name, known)}"
            )


class SpikeMonitor(Monitor):
    """Record who fires when.

    Parameters
    ----------
    target : Neuron or Slice
        Whose spikes.
    """

    def __init__(self, target: End) -> None:
        _check_fires("SpikeMonitor", target)
        super().__init__(target, None)


class RateMonitor(Monitor):
    """Record the mean firing rate of a group or slice in bins.

    Parameters
    ----------
    target : Neuron or Slice
        Whose rate.
    every : float, optional
        The width of a bin in ms; one step where none is given. A value at t is the rate in (t - every, t].
    """

    def __init__(self, target: End, every: float | None = None) -> None:
        _check_fires("RateMonitor", target)
        super().__init__(target, every)


def _check_fires(what: str, target: object) -> None:
    if not isinstance(target, (Neuron, Slice)):
        raise MonitorError(f"{what} watches a group or slice, not a {type(target).__name__}")
    if target.group.definition.threshold is None:
        raise MonitorError(f"{what}: {target.label()} has no threshold, so it never fires")


def chosen(target: End, neurons: Any) -> NDArray[np.int64]:
    """The neuron numbers that a monitor of a group or slice watches.

    Raises
    ------
    MonitorError
        Where one is outside the target.
    """
    if neurons is None:
        return target.ids
    shape = target.shape if isinstance(target, Neuron) else ()
    return target.ids[_elements(neurons, target.size, shape, f"a monitor of {target.label()}")]


def _elements(selection: Any, size: int, shape: tuple[int, ...], what: str) -> NDArray[np.int64]:
    if isinstance(selection, np.ndarray) and selection.dtype == np.bool_ and selection.shape == shape:
        selection = selection.reshape(-1)
    elif isinstance(selection, np.ndarray) and np.any(selection < 0):
        raise MonitorError(f"{what}: {selection.min()} is not among its {size} elements, which are 0 to {size - 1}")
    return select(selection, (size,), what, MonitorError)


def _names(variables: object) -> tuple[str, ...]:
    names = (variables,) if isinstance(variables, str) else variables
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise MonitorError(f"StateMonitor: variables={variables!r}: give the names of states, as 'V' or ['V', 'w']")
    if not names:
        raise MonitorError("StateMonitor needs a variable: StateMonitor(group, 'V')")
    return tuple(names)
