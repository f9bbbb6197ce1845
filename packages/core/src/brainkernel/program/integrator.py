"""What an integration method is: something that prints one step of a system of equations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainkernel.model.step_function import Text
from brainkernel.program.equations import Equations


class Integrator(Protocol):
    """An integration method.

    It may keep values of its own for each neuron from step to step: `memory(equations)` gives their
    printed names, which no model has (`brainkernel.model.function_text.apart`), or a mapping of
    them to how many values each is: a past of so many steps. They begin at zero; its lines read and
    write them under these names, and a past by `_with_present` and `_weighted_past`. It may print
    `module_lines(equations)` that stand in the program once.

    It may have `noises`, the beginnings of the names of the standard normal numbers that it takes
    for each diffusion and step: ``("xi",)`` where it says nothing. It may be `additive`: it
    integrates only noise whose amplitude follows no state. It may say `splits_steps`, where it
    chooses parts of a step for each neuron. It may say `solves_each_neuron`, so that
    no equation may follow a mean over the group, or `differentiates_noise`, so that no diffusion
    may. It `solves_trees` where it prints one line that takes the state along a tree
    (``equations.tree``) to its next value for all elements together, by
    `brainkernel.program.tree.SOLVER`; such a method integrates nothing else.

    Among single synapses, where constants have no place, a method that has some needs an attribute
    `without_constants`: the same method that computes them at each step.

    Attributes
    ----------
    name : str
        The name by which users ask for it.
    stochastic : bool
        Whether it integrates equations with a diffusion.
    deterministic : bool
        Whether it integrates equations without one.
    """

    name: str
    stochastic: bool
    deterministic: bool

    def lines(self, equations: Equations) -> list[str]:
        """Print one step: lines that give ``<state>_next`` for every state."""

    def functions(self, equations: Equations) -> dict[str, Text]:
        """Further functions to print, by printed name."""

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """Give the printed names of constants that are computed before the run."""

    def values(
        self,
        equations: Equations,
        parameters: Mapping[str, Any],
        dt: float,
    ) -> dict[str, NDArray[np.float64]]:
        """Compute those constants for known values of the parameters."""


class Method:
    """Defaults for the protocol: no further functions, no constants."""

    stochastic = False
    deterministic = True
    noises: tuple[str, ...] = ("xi",)
    additive = False
    solves_each_neuron = False
    differentiates_noise = False

    def __init__(self, name: str) -> None:
        self.name = name

    def functions(self, equations: Equations) -> dict[str, Text]:
        """No further functions."""
        return {}

    def memory(self, equations: Equations) -> Mapping[str, int] | tuple[str, ...]:
        """Nothing is kept from step to step."""
        return ()

    def constants(self, equations: Equations) -> tuple[str, ...]:
        """No constants."""
        return ()

    def values(
        self,
        equations: Equations,
        parameters: Mapping[str, Any],
        dt: float,
    ) -> dict[str, NDArray[np.float64]]:
        """No constants."""
        return {}


def goes_on_grid(integrator: Integrator, equations: Equations) -> bool:
    """Whether a method takes each step from its beginning alone, at stages that are known before.

    So it neither remembers earlier steps nor chooses parts of its own.
    """
    return not (memory_of(integrator, equations) or getattr(integrator, "splits_steps", False))


def memory_of(integrator: Integrator | None, equations: Equations) -> dict[str, int]:
    """What a method keeps for each neuron from step to step: printed names, and how many values."""
    memory = getattr(integrator, "memory", None)
    kept = () if memory is None else memory(equations)
    return dict(kept) if isinstance(kept, Mapping) else dict.fromkeys(kept, 1)


def noises_of(equations: Equations, integrator: Integrator | None) -> list[str]:
    """Name the normal numbers that a method takes in each step."""
    names = []
    for noise in getattr(integrator, "noises", ("xi",)):
        names += [f"{noise}_{term.target}" for term in equations.diffusions]
    return names


def amplitudes(
    equations: Equations,
    stage: int,
    values: Mapping[str, str],
    time: str = "t",
) -> list[str]:
    """Print the noise amplitude of each diffusing state at a stage, whose inputs are printed."""
    names = equations.at(stage, values, time)
    lines = []
    for term in equations.diffusions:
        lines.append(f"{equations.amplitude_name(term.target, stage)} = {term.call(names)}")
    return lines


def wiener(equations: Equations) -> list[str]:
    """Print the increments dW of this step from its standard normal numbers."""
    if not equations.diffusions:
        return []
    return [
        "_sqrt_dt = np.sqrt(dt)",
        *(f"_dW_{term.target} = _sqrt_dt * xi_{term.target}" for term in equations.diffusions),
    ]


def printed_text(name: str, arguments: tuple[str, ...], text: str) -> Text:
    """Make a function of the method's own, as if a user had written it."""

    def call(*_: Any) -> Any:
        raise NotImplementedError

    return Text(name, arguments, text, "<integrator>", 1, ("np",), (), (), call)


def library_text(function: Callable[..., Any]) -> Text:
    """Make a function of a method that programs import from its module, in place of printing it.

    Parameters
    ----------
    function : function
        Stands in a module that can be imported, and takes nothing from outside but ``np``.
    """
    text = inspect.getsource(function).rstrip()
    arguments = tuple(inspect.signature(function).parameters)
    printed = printed_text(function.__name__, arguments, text)
    return replace(printed, module=function.__module__, call=function)
