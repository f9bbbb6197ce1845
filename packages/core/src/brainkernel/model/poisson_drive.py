"""Poisson input without sources: a random number of spikes for each target and step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import is_function
from brainkernel.base.given_values import numbers_of
from brainkernel.errors import ModelError, NetworkError, ValueShapeError
from brainkernel.model.declarations import Declaration
from brainkernel.model.definition import ModelDefinition, suggestion, why_kept
from brainkernel.model.function_text import apart, generated_text
from brainkernel.model.neuron import End, Neuron, Slice
from brainkernel.model.step_function import StepFunction, Text
from brainkernel.model.stimuli import Scaled, TimedArray
from brainkernel.random import POISSON_MEAN_LIMIT

DRIVEN = "_driven"
"""The end of the printed name of a model onto which there are drives."""


class PoissonDrive:
    """Spikes of independent Poisson sources that arrive at each neuron of a group or slice.

    In each step it adds ``weight * Poisson(n * rate * dt)`` to a state or an input of each of its
    targets, each a random number of its own. There are no sources and no synapses.

    Parameters
    ----------
    target : Neuron or Slice
        The neurons.
    variable : str
        A state of theirs, as ``"ge"``, at which the spikes arrive as others do: at the end of the
        step, after the reset, unless a refractory period holds it. Or an input, as ``"I"``, to
        which they add in the step itself.
    n : number or array
        How many sources each neuron has.
    rate : number, array, quantity, TimedArray or function of t
        The rate of each source in Hz. One that follows time is read at the beginning of the step.
    weight : number, array or quantity
        What a spike adds, in the unit of the variable.
    name : str
        What the spikes of a step are called in the printed program; it names the random stream.

    Raises
    ------
    ModelError
        For a variable that the target does not have, or a name that is taken.
    UnitError, ValueShapeError
        For numbers that do not fit.

    Notes
    -----
    In a network the group has two parameters more, the mean number of spikes in a step and the
    weight, ``<name>_mean`` and ``<name>_weight``: a batch sweeps these, and a snapshot of the
    network keeps them. `n`, `rate` and `weight` may be set between runs, and tell what was given
    last.
    """

    def __init__(
        self,
        target: End,
        variable: str,
        *,
        rate: Any,
        weight: Any,
        n: Any = 1,
        name: str = "poisson_drive",
    ) -> None:
        if not isinstance(target, (Neuron, Slice)):
            raise ModelError(f"PoissonDrive({target!r}, ...): give a group or a slice of one")
        definition = target._group.definition
        variables = definition.names("state", "input")
        if variable not in variables:
            raise ModelError(
                f"PoissonDrive onto {target._label()}: no state or input {variable!r}; "
                f"{suggestion(str(variable), variables)}"
            )
        if not isinstance(name, str) or not name.isidentifier():
            raise ModelError(f"PoissonDrive(name={name!r}): a name is a Python identifier")
        reason = why_kept(name, "neuron")
        if reason:
            raise ModelError(
                f"PoissonDrive(name={name!r}): a name is a Python identifier of its own, but "
                f"{reason}"
            )
        self.target, self.variable, self.name = target, variable, name
        self._dt: float | None = None
        self._n = self._numbers("n", n, "")
        self._weight = self._numbers("weight", weight, definition.declarations[variable].unit)
        self._rate = self._checked_rate(rate)

    @property
    def group(self) -> Neuron:
        """The group of its targets."""
        return self.target._group

    @property
    def mean_name(self) -> str:
        """The parameter of the group that is the mean number of spikes in a step."""
        return f"{self.name}_mean"

    @property
    def weight_name(self) -> str:
        """The parameter of the group that is what a spike adds."""
        return f"{self.name}_weight"

    @property
    def n(self) -> Any:
        """How many sources each neuron has."""
        return self._n

    @n.setter
    def n(self, value: Any) -> None:
        self._n = self._numbers("n", value, "")
        self._set(self.mean_name, self.mean)

    @property
    def rate(self) -> Any:
        """The rate of each source in Hz."""
        return self._rate

    @rate.setter
    def rate(self, value: Any) -> None:
        checked = self._checked_rate(value)
        if self._dt is not None and _is_timed(checked) and not _is_timed(self._rate):
            raise NetworkError(
                f"{self.label()}: its rate is a number in this network, so it cannot follow time "
                "now: give the TimedArray or function where the drive is made"
            )
        self._rate = checked
        self._set(self.mean_name, self.mean)

    @property
    def weight(self) -> Any:
        """What a spike adds."""
        return self._weight

    @weight.setter
    def weight(self, value: Any) -> None:
        unit = self.group.definition.declarations[self.variable].unit
        self._weight = self._numbers("weight", value, unit)
        self._set(self.weight_name, lambda: self._of_group(self._weight))

    def label(self) -> str:
        """What it is called in messages."""
        return f"{self.name} onto {self.target._label()}.{self.variable}"

    def __repr__(self) -> str:
        return f"<PoissonDrive {self.label()}>"

    def begin(self, dt: float) -> None:
        """Give the group of its targets the model that it drives, and its values.

        Raises
        ------
        ModelError
            Where a name is taken.
        ValueShapeError
            For more spikes in a step than can be drawn.
        """
        group, self._dt = self.group, dt
        is_timed = _is_timed(self._rate)
        group._use_definition(with_drive(group.definition, self.name, self.variable, is_timed))
        group._given[self.mean_name] = self.mean()
        group._given[self.weight_name] = self._of_group(self._weight)

    def mean(self) -> Any:
        """The mean number of spikes in a step: of each neuron of the group, or what follows time.

        Raises
        ------
        ValueShapeError
            Where it is more than can be drawn.
        """
        assert self._dt is not None, "a drive has a mean in a network"
        if _is_timed(self._rate):
            factor = self._n * self._dt * 1e-3
            return Scaled(self._rate, "Hz", factor, self.target.ids)
        mean = self._n * self._rate * self._dt * 1e-3
        if np.any(mean > POISSON_MEAN_LIMIT):
            raise ValueShapeError(
                f"{self.label()}: n * rate * dt is up to {np.max(mean):g} spikes in a step, but "
                f"one random number is of a mean of at most {POISSON_MEAN_LIMIT:g}: share the "
                "sources among several drives, or take a smaller dt"
            )
        return self._of_group(mean)

    def _set(self, name: str, value: Callable[[], Any]) -> None:
        if self._dt is not None and name in self.group.definition.declarations:
            self.group._set_value(name, value())

    def _of_group(self, value: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """A value for each neuron of the group, zero for those that are no targets."""
        group = self.group
        if np.ndim(value) == 0 and self.target._size == group._size:
            return float(value)
        whole = np.zeros(group._size)
        whole[self.target.ids] = value
        return whole

    def _checked_rate(self, rate: Any) -> Any:
        if isinstance(rate, TimedArray):
            rate.in_unit("Hz", f"{self.label()}: rate")
            return rate
        return rate if _is_timed(rate) else self._numbers("rate", rate, "Hz")

    def _numbers(self, what: str, value: Any, unit: str) -> Any:
        label = f"{self.label()}: {what}"
        numbers = numbers_of(value, unit, label, finite=True)
        shape = getattr(self.target, "shape", ())
        if numbers.shape not in ((), (self.target._size,), shape):
            raise ValueShapeError(
                f"{label} has shape {numbers.shape}: give one number or {self.target._size}"
            )
        if what != "weight" and np.any(numbers < 0):
            raise ValueShapeError(f"{label} is {numbers.min():g}: it is at least 0")
        return float(numbers) if numbers.ndim == 0 else numbers.reshape(-1)


def _is_timed(rate: object) -> bool:
    """Whether a rate follows time; what a function names is checked when it is to be called."""
    return isinstance(rate, TimedArray) or is_function(rate)


def with_drive(
    definition: ModelDefinition, name: str, variable: str, is_timed: bool
) -> ModelDefinition:
    """Give the model onto which there is a drive; groups with equal drives share it.

    Raises
    ------
    ModelError
        Where the model has one of its names already.
    """
    key = (name, variable, is_timed)
    if key not in definition.driven:
        definition.driven[key] = _driven(definition, name, variable, is_timed)
    return definition.driven[key]


def _driven(
    definition: ModelDefinition, name: str, variable: str, is_timed: bool
) -> ModelDefinition:
    mean, weight = f"{name}_mean", f"{name}_weight"
    functions_of_model = (*definition.derived, *definition.functions)
    taken = {*definition.declarations, *(function.name for function in functions_of_model)}
    twice = sorted(taken & {name, mean, weight})
    if twice:
        raise ModelError(
            f"PoissonDrive(name={name!r}): {definition.name} has {', '.join(twice)} already; give "
            "another name"
        )
    kind = "timed" if is_timed else "parameter"
    unit = definition.declarations[variable].unit
    added = {
        mean: Declaration(kind, default=0.0, doc=f"mean number of spikes of {name} in a step"),
        weight: Declaration("parameter", default=0.0, unit=unit, doc=f"weight of {name}"),
        name: Declaration("draw", source="poisson", mean=mean, doc="how many spikes arrive"),
    }
    for label, declaration in added.items():
        declaration.__set_name__(object, label)
    # the function's name is in no signature, so it may differ from what the model has already
    text = _text(apart(f"{name}_arrives", taken), variable, name, weight)
    return definition.varied(
        f"{definition.printed_name.removesuffix(DRIVEN)}{DRIVEN}",
        declarations={**definition.declarations, **added},
        functions=(*definition.functions, StepFunction("drive", (variable,), text)),
    )


def _text(name: str, variable: str, spikes: str, weight: str) -> Text:
    """Write the function of a drive, as its author would."""
    arguments = (variable, spikes, weight)
    text = f"def {name}({', '.join(arguments)}):\n    return {variable} + {weight} * {spikes}"
    return generated_text(name, arguments, text, file=__file__)
