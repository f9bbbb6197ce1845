"""What is recorded: declarations only; the network turns them into datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.errors import MonitorError
from brainkernel.group import End, Neuron, Slice
from brainkernel.model import suggestion
from brainkernel.projection import Synapse


class Monitor:
    """Base of the monitors: what they watch, and how often."""

    def __init__(self, target: Any, every: float | None) -> None:
        self.target, self.every = target, every

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
    neurons : array of int, optional
        Which elements of the target; all where none are given. For ``per="synapse"`` states these are synapses.
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
        neurons: ArrayLike | None = None,
        every: float | None = None,
    ) -> None:
        if not isinstance(target, (Neuron, Slice, Synapse)):
            raise MonitorError(f"StateMonitor watches a group, slice or projection, not a {type(target).__name__}")
        super().__init__(target, every)
        self.variables = (variables,) if isinstance(variables, str) else tuple(variables)
        self.neurons = None if neurons is None else np.atleast_1d(np.asarray(neurons, dtype=np.int64))
        if not self.variables:
            raise MonitorError("StateMonitor needs a variable: StateMonitor(group, 'V')")
        for name in self.variables:
            self._check(name)

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


def chosen(target: End, neurons: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The neuron numbers that a monitor of a group or slice watches.

    Raises
    ------
    MonitorError
        Where one is outside the target.
    """
    if neurons is None:
        return target.ids
    if np.any((neurons < 0) | (neurons >= target.size)):
        wrong = int(neurons[(neurons < 0) | (neurons >= target.size)][0])
        raise MonitorError(f"a monitor asks for neuron {wrong} of {target.label()}, which has {target.size}")
    return target.ids[neurons]
