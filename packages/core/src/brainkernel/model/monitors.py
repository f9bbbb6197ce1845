"""What is recorded: declarations only; the network turns them into datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.given_values import one_number
from brainkernel.base.selections import check_selection, select
from brainkernel.errors import MonitorError
from brainkernel.model.definition import suggestion
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.synapse import Synapse


class Monitor:
    """Base of the monitors: what they watch, and how often."""

    def __init__(self, target: Any, every: float | None) -> None:
        self.target, self.every = target, every
        if every is not None:
            interval = one_number(
                every, "ms", f"the interval of a {type(self).__name__}", error=MonitorError
            )
            if not interval > 0:
                raise MonitorError(
                    f"the interval of a {type(self).__name__} is {interval!r} ms: it is above 0 ms"
                )

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
        States and parameters; of neurons also inputs, and ``"spike"``: whether the neuron fired at
        that time; of a projection also the functions that add to an input of its target, by their
        names.
    neurons : int, sequence of int, slice or mask, optional
        Which neurons of the target; of a projection, which of its sources or targets, for what
        there is one of for each of these. All where none are given. A mask has one True or False
        for each of them.
    synapses : int, sequence of int, slice or mask, optional
        Which synapses of a projection, as `sources` and `targets` count them, for what there is one
        of for each synapse. All where none are given.
    every : float, optional
        The interval in ms; each step where none is given. Samples lie at the multiples of `every`.

    Raises
    ------
    MonitorError
        Where the target has no such variable, or `neurons` or `synapses` select nothing that is
        recorded.

    Notes
    -----
    A value at time t holds all that acts at t: integration, reset, and spikes that arrive. A parameter is recorded as
    it was in the step that ended at t. An input is the sum of what stimuli gave in that step, and of what the synapses
    add with the states and parameters at t.
    """

    def __init__(
        self,
        target: End | Synapse,
        variables: str | Sequence[str],
        *,
        neurons: Any = None,
        synapses: Any = None,
        every: float | None = None,
    ) -> None:
        if not isinstance(target, (Neuron, Slice, Synapse)):
            raise MonitorError(
                f"StateMonitor watches a group, slice or projection, not a {type(target).__name__}"
            )
        super().__init__(target, every)
        self.variables = _names("StateMonitor", self.member, variables, spike=True)
        if not self.variables:
            raise MonitorError("StateMonitor needs a variable: StateMonitor(group, 'V')")
        what = f"a monitor of {target.label()}"
        self.neurons = None if neurons is None else check_selection(neurons, what, MonitorError)
        self.synapses = None if synapses is None else check_selection(synapses, what, MonitorError)
        self._check_selections()
        if isinstance(target, (Neuron, Slice)):
            chosen(target, self.neurons)

    def selected(self, variable: str) -> Any:
        """What selects the elements of a variable that are recorded, counted within the target.

        None for all.
        """
        return self.synapses if counted_per(self.member, variable) == "synapse" else self.neurons

    def _check_selections(self) -> None:
        levels = {name: counted_per(self.member, name) for name in self.variables}
        listed = ", ".join(self.variables)
        if self.synapses is not None and "synapse" not in levels.values():
            raise MonitorError(
                f"StateMonitor: synapses= selects single synapses, but {self.member.label()} has "
                "no value for each "
                f"synapse among {listed}: leave it out, or use neurons="
            )
        if self.neurons is not None and not set(levels.values()) & {"neuron", "pre", "post"}:
            instead = "use synapses=" if "synapse" in levels.values() else "leave it out"
            raise MonitorError(
                f"StateMonitor: neurons= selects neurons, but {self.member.label()} has no value "
                "for each neuron among "
                f"{listed}: {instead}"
            )


class SpikeMonitor(Monitor):
    """Record who fires when, and values of those who fire.

    Parameters
    ----------
    target : Neuron or Slice
        Whose spikes.
    variables : str or sequence of str, optional
        States, parameters and inputs, recorded for each spike as a `StateMonitor` would show them
        at its time: after the reset, and with what arrives at that time. To find them, all neurons
        are looked at in each step.

    Raises
    ------
    MonitorError
        Where the target never fires, or has no such variable.
    """

    def __init__(self, target: End, variables: str | Sequence[str] = ()) -> None:
        _check_fires("SpikeMonitor", target)
        super().__init__(target, None)
        self.variables = _names("SpikeMonitor", self.member, variables)
        taken = {"time", "neuron", "cell"} & set(self.variables)
        if taken:
            raise MonitorError(
                f"SpikeMonitor: {taken.pop()} is the name of something else in a table of spikes"
            )


class RateMonitor(Monitor):
    """Record the mean firing rate of a group or slice in bins.

    Parameters
    ----------
    target : Neuron or Slice
        Whose rate.
    every : float, optional
        The width of a bin in ms; one step where none is given. A value at t is the rate in (t -
        every, t].
    """

    def __init__(self, target: End, every: float | None = None) -> None:
        _check_fires("RateMonitor", target)
        super().__init__(target, every)


def _check_fires(what: str, target: object) -> None:
    if not isinstance(target, (Neuron, Slice)):
        raise MonitorError(f"{what} watches a group or slice, not a {type(target).__name__}")
    if target.group.definition.threshold is None:
        raise MonitorError(f"{what}: {target.label()} has no threshold, so it never fires")


def counted_per(member: Neuron | Synapse, variable: str) -> str | None:
    """What a variable has a value for each of: ``neuron``, ``synapse``, ``pre`` or ``post``.

    None where it has one.
    """
    if isinstance(member, Neuron):
        return "neuron"
    declaration = member.definition.declarations.get(variable)
    return "post" if declaration is None else declaration.per


def _names(
    what: str, member: Neuron | Synapse, variables: str | Sequence[str], spike: bool = False
) -> tuple[str, ...]:
    names = (variables,) if isinstance(variables, str) else variables
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise MonitorError(
            f"{what}: variables={variables!r}: give the names of states, as 'V' or ['V', 'w']"
        )
    definition = member.definition
    known = [*definition.names("state", "parameter", "input")]
    known += [function.name for function in definition.of_kind("adds_to")]
    if spike and definition.threshold is not None:
        known.append("spike")
    for name in names:
        if name not in known:
            hint = " (a random draw exists only within a step: let a function write it to a state)"
            hint = hint if name in definition.names("draw") else ""
            raise MonitorError(
                f"{what}: {member.label()} has nothing to record called {name!r}{hint}; "
                f"{suggestion(name, known)}"
            )
    return tuple(names)


def chosen(target: End, neurons: Any) -> NDArray[np.int64]:
    """The neuron numbers that a monitor of a group or slice watches.

    Raises
    ------
    MonitorError
        Where one is outside the target.
    """
    shape = target.shape if isinstance(target, Neuron) else ()
    return target.ids[elements(neurons, target.size, shape, f"a monitor of {target.label()}")]


def elements(selection: Any, size: int, shape: tuple[int, ...], what: str) -> NDArray[np.int64]:
    """The elements that a monitor selects among `size`, all where it selects none.

    Raises
    ------
    MonitorError
        Where the selection does not fit them.
    """
    if selection is None:
        return np.arange(size)
    if (
        isinstance(selection, np.ndarray)
        and selection.dtype == np.bool_
        and selection.shape == shape
    ):
        selection = selection.reshape(-1)
    elif isinstance(selection, np.ndarray) and np.any(selection < 0):
        raise MonitorError(
            f"{what}: {selection.min()} is not among its {size} elements, which are 0 to {size - 1}"
        )
    return select(selection, (size,), what, MonitorError)
