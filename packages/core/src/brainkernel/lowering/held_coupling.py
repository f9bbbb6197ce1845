"""How strong a coupling may be that is held during a step.

Beyond a limit each step overshoots more than the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.errors import IntegratorError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.stored_values import now
from brainkernel.model.definition import ModelDefinition
from brainkernel.model.derived_quantities import (
    composed,
    following_group,
    of_single_neurons,
    own_quantities,
    quantities_of,
)
from brainkernel.model.levels import end_of
from brainkernel.model.neuron import Neuron
from brainkernel.model.step_function import StepFunction
from brainkernel.program.linearity import coefficient

Floats = NDArray[np.float64]
ROUNDING = 1e-9


@dataclass(frozen=True)
class Pull:
    """The rate (1/ms) at which one projection pulls a state of each target back, in proportion."""

    label: str
    target: Neuron
    state: str
    rates: Floats
    sums: Floats


def check_held_couplings(
    connectivities: Iterable[Connectivity],
    values: Mapping[str, Mapping[str, Any]],
    dt: float,
) -> None:
    """Refuse couplings that would grow without end because they are held during a step.

    What single synapses add to an input is summed up at the beginning of a step. Where it pulls a
    state of the target back in proportion to that state, as a gap junction does, a step changes the
    state by at most the difference to its neighbours as long as ``dt`` times the sum of all pulls
    is at most 1 (Gershgorin); beyond that it may overshoot, more with each step.

    Parameters
    ----------
    connectivities : iterable of Connectivity
        The projections.
    values : mapping
        Parameters and first states of the groups, by their names. Where a pull follows a state, its
        first value counts.
    dt : float
        The step in ms.

    Raises
    ------
    IntegratorError
        With the projection, the target, the sum, and what would do.
    """
    pulls: dict[tuple[str, str], list[Pull]] = {}
    for connectivity in connectivities:
        projection = connectivity.projection
        definition = projection.definition
        ends = projection.pre._group.definition, projection.post._group.definition
        quantities = quantities_of(definition, *ends)
        for coupling in definition.analysis.couplings:
            function = composed(coupling, quantities)
            for pull in _pulls(connectivity, function, values, dt):
                pulls.setdefault((str(pull.target.name), pull.state), []).append(pull)
    for of_state in pulls.values():
        total = dt * np.sum([pull.rates for pull in of_state], axis=0)
        worst = int(np.argmax(total))
        if total[worst] > 1.0 + ROUNDING:
            raise _too_strong(of_state, worst, float(total[worst]), dt)


def _too_strong(pulls: list[Pull], worst: int, total: float, dt: float) -> IntegratorError:
    strongest = max(pulls, key=lambda pull: float(pull.rates[worst]))
    target, state = strongest.target._label(), strongest.state
    return IntegratorError(
        f"{strongest.label} couples too strongly for dt = {dt:g} ms: what its synapses add is held "
        "during a step, and "
        f"would make {state} of {target}, element {worst}, overshoot more with each step. Its "
        "synapses there sum up to "
        f"{strongest.sums[worst]:.6g} (the slope in {state}), and all that couples {state} pulls "
        "it back by "
        f"{total:.6g} of itself in a step, where at most 1 is stable. Use dt of at most "
        f"{_below(dt / total)} ms, or "
        f"weights of at most {_below(1.0 / total)} times these"
    )


def _below(value: float) -> str:
    """Four digits, rounded down."""
    digits = 3 - int(np.floor(np.log10(value)))
    return f"{np.floor(value * 10.0**digits) / 10.0**digits:.4g}"


def _pulls(
    connectivity: Connectivity,
    function: StepFunction,
    values: Mapping[str, Mapping[str, Any]],
    dt: float,
) -> Iterator[Pull]:
    projection = connectivity.projection
    target = projection.post._group
    rates = {rate.targets[0]: rate for rate in target.definition.of_kind("derivative")}
    for name in function.arguments:
        state, end = end_of(name)
        if end != "post" or state not in rates or name in projection.definition.declarations:
            continue
        added_to = function.targets[0]
        target_values = values[str(target.name)]
        gain = _gain(target.definition, rates[state], added_to, target_values, dt)
        if gain is None:
            continue
        arguments = _of_synapses(connectivity, function, values, dt)
        slope = coefficient(function.source, arguments, name)
        # where it is not linear in the state, no one rate tells how it pulls
        if slope is None:
            continue
        slopes = np.broadcast_to(np.asarray(slope, np.float64), (connectivity.size,))
        summed = np.bincount(connectivity.post, slopes, minlength=target._size)
        sums = -summed.astype(np.float64)
        yield Pull(projection._label(), target, state, gain * sums, sums)


def _gain(
    definition: ModelDefinition,
    rate: StepFunction,
    added_to: str,
    values: Mapping[str, Any],
    dt: float,
) -> Any | None:
    """By how much a derivative grows with an input: one number, or one for each neuron.

    None: no constant.
    """
    # a mean over the group is no part of what one neuron's input does to it
    means = following_group(definition.derived)
    constant = (*definition.names("input", "timed", "draw", "past"), *means)
    nothing = dict.fromkeys(constant, 0.0)
    arguments = {**nothing, **values, "t": 0.0, "dt": dt}
    rate = composed(rate, own_quantities(of_single_neurons(definition.derived)))
    return coefficient(rate.source, {name: arguments[name] for name in rate.arguments}, added_to)


def _of_synapses(
    connectivity: Connectivity,
    function: StepFunction,
    values: Mapping[str, Mapping[str, Any]],
    dt: float,
) -> dict[str, Any]:
    """What a function reads, for each synapse."""
    projection = connectivity.projection
    pre, post = projection.pre._group, projection.post._group
    ends = {"pre": (pre, connectivity.pre), "post": (post, connectivity.post)}
    arguments: dict[str, Any] = {"t": 0.0, "dt": dt}
    for name in function.arguments:
        declaration = projection.definition.declarations.get(name)
        if name in ("t", "dt"):
            continue
        if declaration is None:
            stem, end = end_of(name)
            group, neurons = ends[end]
            value = values[str(group.name)].get(stem, 0.0)
            arguments[name] = _at(value, neurons)
        elif declaration.kind == "draw":
            arguments[name] = 0.5
        else:
            value = now(connectivity.values[name])
            if declaration.per in ends:
                _, neurons = ends[declaration.per]
                value = _at(value, neurons)
            arguments[name] = value
    return arguments


def _at(value: Any, neurons: NDArray[np.int64]) -> Any:
    return value[neurons] if np.ndim(value) else value
