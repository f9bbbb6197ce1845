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
        for state, followers in _overshooting(definition):
            warnings.warn(
                f"{definition.name}.{state} runs to infinity at a spike, and the rate of "
                f"{' and '.join(followers)} "
                "follows it up to the end of that step: values after a spike depend on dt. "
                f"Give {state} a ceiling, the parameter at which it fires: bk.state(..., "
                "ceiling='V_peak')",
                stacklevel=3,
            )


def _overshooting(definition: ModelDefinition) -> list[tuple[str, list[str]]]:
    equations = equations_of(definition)
    reset: set[str] = set()
    for function in definition.of_kind("reset"):
        reset.update(function.targets)
    limited = {name for name, declaration in definition.declarations.items() if declaration.ceiling}
    overshooting = []
    for rate in equations.rates:
        followers = []
        for term in equations.rates:
            if rate.target in equations.depends_on(term) and term is not rate:
                followers.append(term.target)
        without_ceiling = rate.target in reset - limited
        if followers and without_ceiling and _runs_away(equations, rate):
            overshooting.append((rate.target, followers))
    return overshooting


def _runs_away(equations: Equations, rate: Term) -> bool:
    """Whether a rate grows faster than its state."""
    rate = equations.through(rate, rate.target)
    if rate.target not in rate.arguments or is_linear_in_itself(equations, rate):
        return False
    values: dict[str, Any] = dict.fromkeys(rate.arguments, np.float64(1.0))
    near_and_far = []
    try:
        with np.errstate(all="ignore"):
            for size in (FAR, FAR * FAR):
                values[rate.target] = np.float64(size)
                value = rate.source.call(*(values[name] for name in rate.arguments))
                near_and_far.append(float(value))
    except Exception:
        return False  # the run says it, with the function and the line
    near, far = near_and_far
    return bool(np.isposinf(far) or far > 2.0 * FAR * abs(near))
