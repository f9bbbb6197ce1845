"""The delays of a projection, in steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.base.given_values import Resolved, resolve
from brainkernel.errors import DelayError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.resolve import FunctionNames, with_random
from brainkernel.lowering.stored_values import AT_ONCE
from brainkernel.random import Kernels, Random

LONGEST = 1 << 16  # steps: up to here delays are told apart by counting


def give_delays(
    connectivity: Connectivity,
    seed: int,
    dt: float,
    group_values: Mapping[str, Mapping[str, Resolved]],
    kernels: Kernels | None,
) -> None:
    """Resolve the delays of a projection that is connected.

    Raises
    ------
    DelayError, ValueShapeError
        With the projection's name.
    """
    projection = connectivity.projection
    name = projection._label()
    label = f"the delay of {name}"
    delay = 0.0 if projection.delay is None else projection.delay
    lengths, drawn = delay, is_function(delay)
    if is_function(delay):
        rng = Random(seed, f"{name}.delay", connectivity.size, kernels)
        context = with_random(rng, FunctionNames(connectivity, dt, group_values).of("synapse"))
        lengths = call_by_name(delay, label, context, DelayError)
    resolved = resolve(lengths, "ms", label, connectivity.size, {}, copy=not drawn)
    if isinstance(resolved, float):
        steps = int(whole_steps(resolved, dt, label, DelayError, rounded=lengths))
        connectivity.delays = (steps,)
    elif connectivity.size:
        delays, indices = _distinct(resolved, dt, label, lengths)
        connectivity.set_delays(delays, indices, drawn=callable(delay))
    label = f"the dendritic delay of {name}"
    dendritic = 0.0 if projection.dendritic_delay is None else projection.dendritic_delay
    connectivity.dendritic = int(whole_steps(dendritic, dt, label, DelayError))


def _distinct(
    delays: NDArray[np.float64], dt: float, label: str, lengths: object
) -> tuple[tuple[int, ...], NDArray[np.unsignedinteger]]:
    """Find the distinct delays in steps, and which of them each synapse has.

    That takes little memory besides.
    """
    longest = float(delays.max()) / dt
    # delays are rounded in the width in which they were given
    width = np.asarray(getattr(lengths, "magnitude", lengths)).dtype.type(0)
    counted = longest < LONGEST - 1
    steps = np.empty(delays.size, np.uint16 if counted else np.int64)
    stretches = [slice(first, first + AT_ONCE) for first in range(0, delays.size, AT_ONCE)]
    for stretch in stretches:
        steps[stretch] = whole_steps(delays[stretch], dt, label, DelayError, rounded=width)
    if not counted:
        distinct, indices = np.unique(steps, return_inverse=True)
        return tuple(distinct.tolist()), indices
    present = np.zeros(LONGEST, np.bool_)
    for stretch in stretches:
        present[steps[stretch]] = True
    distinct = np.flatnonzero(present)
    last = max(distinct.size - 1, 0)
    index_of = np.cumsum(present) - 1
    index_of = index_of.astype(np.min_scalar_type(last))
    indices = np.empty(delays.size, index_of.dtype)
    for stretch in stretches:
        indices[stretch] = index_of[steps[stretch]]
    return tuple(distinct.tolist()), indices
