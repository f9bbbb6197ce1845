"""The delays of a projection, in steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brainkernel.base.calling import call_by_name, is_function
from brainkernel.base.clock import whole_steps
from brainkernel.base.given_values import resolve
from brainkernel.errors import DelayError
from brainkernel.lowering.connectivity import Connectivity
from brainkernel.lowering.resolve import SynapseContext, with_random
from brainkernel.lowering.stored_values import AT_ONCE
from brainkernel.random import Kernels, Random

LONGEST = 1 << 16  # steps: up to here delays are told apart by counting


def give_delays(wired: Connectivity, seed: int, dt: float, kernels: Kernels | None) -> None:
    """Resolve the delays of a projection that is connected.

    Raises
    ------
    DelayError, ValueShapeError
        With the projection's name.
    """
    projection = wired.projection
    what = f"the delay of {projection.label()}"
    delay = 0.0 if projection.delay is None else projection.delay
    given, drawn = delay, is_function(delay)
    if is_function(delay):
        rng = Random(seed, f"{projection.label()}.delay", wired.size, kernels)
        context = with_random(rng, SynapseContext(wired, dt))
        given = call_by_name(delay, what, context, DelayError)
    resolved = resolve(given, "ms", what, wired.size, {}, copy=not drawn)
    if isinstance(resolved, float):
        steps = int(whole_steps(resolved, dt, what, DelayError, rounded=given))
        wired.delays = (steps,)
    elif wired.size:
        wired.set_delays(*_distinct(resolved, dt, what, given), drawn=callable(delay))
    what = f"the dendritic delay of {projection.label()}"
    dendritic = 0.0 if projection.dendritic_delay is None else projection.dendritic_delay
    wired.dendritic = int(whole_steps(dendritic, dt, what, DelayError))


def _distinct(
    delays: NDArray[np.float64], dt: float, what: str, given: object
) -> tuple[tuple[int, ...], NDArray[np.unsignedinteger]]:
    """Find the distinct delays in steps, and which of them each synapse has.

    That takes little memory besides.
    """
    longest = float(delays.max()) / dt
    kind = np.asarray(getattr(given, "magnitude", given)).dtype.type(0)
    steps = np.empty(delays.size, np.uint16 if longest < LONGEST - 1 else np.int64)
    parts = [slice(first, first + AT_ONCE) for first in range(0, delays.size, AT_ONCE)]
    for part in parts:
        steps[part] = whole_steps(delays[part], dt, what, DelayError, rounded=kind)
    if steps.dtype != np.uint16:
        found, which = np.unique(steps, return_inverse=True)
        return tuple(found.tolist()), which
    present = np.zeros(LONGEST, np.bool_)
    for part in parts:
        present[steps[part]] = True
    found = np.flatnonzero(present)
    place = np.cumsum(present) - 1
    place = place.astype(np.min_scalar_type(max(found.size - 1, 0)))
    which = np.empty(delays.size, place.dtype)
    for part in parts:
        which[part] = place[steps[part]]
    return tuple(found.tolist()), which
