"""The core's random numbers for JAX: the same functions, with `jax.numpy` as their NumPy."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import jax.numpy as np
from jax import lax

from brainkernel.backend import random
from brainkernel_jax.codegen.runtime import element_numbers, stretch

__all__ = [
    "count_by_inversion",
    "draw_events",
    "first_wrong_mean",
    "random_bernoulli",
    "random_normal",
    "random_poisson",
    "random_shared_uniform",
    "random_uniform",
]


# each function after those that it calls, all with one namespace
_functions: dict[str, Any] = {
    "__builtins__": __builtins__,
    "__name__": random.uniform.__module__,
    "np": np,
}
for _function in random.PRINTED:
    _functions[_function.__name__] = FunctionType(
        _function.__code__, _functions, _function.__name__
    )

first_wrong_mean = _functions["first_wrong_mean"]
random_bernoulli = _functions["bernoulli"]
random_normal = _functions["normal"]
random_shared_uniform = _functions["shared_uniform"]
random_uniform = _functions["uniform"]


def random_poisson(mean, u, most):
    """Return a Poisson count from a uniform u in [0, 1).

    It is the number of those of the first `most` values of its cumulated probability that are <= u.
    """
    # a count does not change when its mean changes a little
    mean = lax.stop_gradient(mean)
    u = lax.stop_gradient(u)

    def add_one(carried):
        k, term, cumulated, count, _ = carried
        cumulated = cumulated + term
        below = (cumulated <= u) & (k < most)
        term = term * mean / (k + 1.0)
        count = count + np.where(below, 1.0, 0.0)
        return k + 1.0, term, cumulated, count, below

    def any_below(carried):
        *_, below = carried
        return np.any(below)

    zeros = np.zeros_like(u * mean)
    begin = (0.0, np.exp(-mean) + zeros, zeros, zeros, zeros == 0.0)
    _, _, _, count, _ = lax.while_loop(any_below, add_one, begin)
    return count


def count_by_inversion(mean, u):
    """Return Poisson counts, each of its own mean, from uniform numbers u in [0, 1).

    A count is how many values of the cumulated probability are <= u. Far above the mean, where
    what would be added is below 2**-54, a number of 53 bits can lie beyond no more of them.
    """
    # a count does not change when its mean changes a little
    mean = lax.stop_gradient(mean)
    u = lax.stop_gradient(u)
    rising = np.where(mean <= 500.0, mean, 0.0)

    def add_one(carried):
        k, term, cumulated, count, goes_on = carried
        cumulated = cumulated + term
        goes_on = goes_on & (cumulated <= u) & ((k < rising) | (term >= 2.0**-54))
        term = term * mean / (k + 1.0)
        count = count + np.where(goes_on, 1.0, 0.0)
        return k + 1.0, term, cumulated, count, goes_on

    def any_goes_on(carried):
        *_, goes_on = carried
        return np.any(goes_on)

    zeros = np.zeros_like(u * mean)
    begin = (0.0, np.exp(-mean) + zeros, zeros, zeros, zeros == 0.0)
    _, _, _, count, _ = lax.while_loop(any_goes_on, add_one, begin)
    return count


def in_runs(values, sizes, filler):
    """Lay out what belongs to neurons, sixteen of a group in a row.

    What is missing in the last row of a group is `filler`.
    """
    ends = [sum(sizes[:k]) for k in range(1, len(sizes))]
    of_neurons = np.broadcast_to(values, (sum(sizes),))
    padded = []
    for of_group in np.split(of_neurons, ends):
        missing = -of_group.size % 16
        padded.append(np.pad(of_group, (0, missing), constant_values=filler))
    return np.concatenate(padded).reshape(-1, 16)


def draw_events(key_0, key_1, step, chance, sizes):
    """Draw ones with these probabilities, else zeros.

    A number says how far the next one is among sixteen neurons.
    """
    quiet = in_runs(1.0 - lax.stop_gradient(chance), sizes, 1.0)
    first = in_runs(element_numbers(sizes), sizes, 0)[:, 0]
    # a model of one group has one key for all runs
    if key_0.ndim > 0:
        key_0 = in_runs(key_0, sizes, 0)[:, 0]
    if key_1.ndim > 0:
        key_1 = in_runs(key_1, sizes, 0)[:, 0]

    def draw_next(carried):
        count, quiet, drawn, _ = carried
        u = random_uniform(key_0, key_1, first + count, np.uint32(step))
        silent = np.ones_like(quiet[:, 0])
        lanes = []
        for lane in range(16):
            silent = silent * quiet[:, lane]
            lanes.append(silent <= u)
        reached = np.stack(lanes, axis=1)
        # the event is where the flags turn from false to true
        earlier = np.pad(reached[:, :-1], ((0, 0), (1, 0)))
        event = reached & ~earlier
        # the next number says how far it is from there: neurons up to it are passed over
        quiet = np.where(reached & ~event, quiet, 1.0)
        return count + np.uint32(1), quiet, drawn | event, np.any(event)

    def any_event(carried):
        *_, again = carried
        return again

    begin = (np.uint32(0), quiet, np.zeros(quiet.shape, bool), True)
    _, _, drawn, _ = lax.while_loop(any_event, draw_next, begin)
    drawn = drawn.astype(quiet.dtype).reshape(-1)
    groups = []
    first_element = 0
    for size in sizes:
        groups.append(stretch(drawn, first_element, first_element + size))
        first_element += size + -size % 16
    return np.concatenate(groups)
