"""Warn of spikes whose last step others integrate, while V runs on beyond its threshold."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from brainkernel.lowering.methods import equations_of
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.neuron import Member, Neuron
from brainkernel.program.equations import Equations, Term
from brainkernel.program.linearity import is_linear_in_itself

FAR = 2.0**20
"""A rate that grows more than this many times while its state does runs to infinity within a finite
time."""


def warn_of_overshoot(members: Iterable[Member]) -> None:
    """Warn of models where others follow a state that runs to infinity at a spike.

    That state is reset, but has no ceiling. What the others take in during the last step then
    depends on dt alone: an adaptation may end anywhere.
    """
    definitions = {
        group.definition.name: group.definition for group in members if isinstance(group, Neuron)
    }
    for definition in definitions.values():
        for state, others in _overshooting(definition):
            warnings.warn(
                f"{definition.name}.{state} runs to infinity at a spike, and the rate of "
                f"{' and '.join(others)} "
                "follows it up to the end of that step: values after a spike depend on dt. "
                f"Give {state} a ceiling, the parameter at which it fires: bk.state(..., "
                "ceiling='V_peak')",
                stacklevel=3,
            )


def _overshooting(definition: ModelDefinition) -> list[tuple[str, list[str]]]:
    equations = equations_of(definition)
    reset = {target for function in definition.of_kind("reset") for target in function.targets}
    limited = {name for name, declaration in definition.declarations.items() if declaration.ceiling}
    found = []
    for rate in equations.rates:
        others = [
            term.target
            for term in equations.rates
            if rate.target in term.arguments and term is not rate
        ]
        if others and rate.target in reset - limited and _runs_away(equations, rate):
            found.append((rate.target, others))
    return found


def _runs_away(equations: Equations, rate: Term) -> bool:
    """Whether a rate grows faster than its state."""
    if rate.target not in rate.arguments or is_linear_in_itself(equations, rate):
        return False
    values: dict[str, Any] = {name: np.float64(1.0) for name in rate.arguments}
    arguments = [{**values, rate.target: np.float64(place)} for place in (FAR, FAR * FAR)]
    try:
        with np.errstate(all="ignore"):
            near, far = (
                float(rate.source.call(*(known[name] for name in rate.arguments)))
                for known in arguments
            )
    except Exception:
        return False  # the run says it, with the function and the line
    return bool(np.isposinf(far) or far > 2.0 * FAR * abs(near))
