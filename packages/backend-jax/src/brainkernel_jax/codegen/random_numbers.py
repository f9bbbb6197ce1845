"""The core's random numbers for JAX: the same functions, with `jax.numpy` as their NumPy."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import jax.numpy as np
from jax import lax

from brainkernel.backend import random
from brainkernel_jax.codegen.runtime import element_numbers, stretch

__all__ = [
    "draw_events",
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

random_bernoulli = _functions["bernoulli"]
random_normal = _functions["normal"]
random_shared_uniform = _functions["shared_uniform"]
random_uniform = _functions["uniform"]


def random_poisson(mean, u, most):
    """Return a Poisson count from a uniform u in [0, 1).

    It is the number of those of the first `most` values of its cumulated probability that are <= u.
    """
    mean, u = lax.stop_gradient(mean), lax.stop_gradient(u)

    def add_one(carried):
        k, term, cumulated, count, _ = carried
        cumulated = cumulated + term
        below = (cumulated <= u) & (k < most)
        return k + 1.0, term * mean / (k + 1.0), cumulated, count + np.where(below, 1.0, 0.0), below

    zeros = np.zeros_like(u * mean)
    begin = (0.0, np.exp(-mean) + zeros, zeros, zeros, zeros == 0.0)
    return lax.while_loop(lambda carried: np.any(carried[4]), add_one, begin)[3]


def in_runs(values, sizes, rest):
    """Lay out what belongs to neurons, sixteen of a group in a row.

    What is missing in the last row of a group is `rest`.
    """
    ends = [sum(sizes[:k]) for k in range(1, len(sizes))]
    parts = np.split(np.broadcast_to(values, (sum(sizes),)), ends)
    padded = [np.pad(part, (0, -part.size % 16), constant_values=rest) for part in parts]
    return np.concatenate(padded).reshape(-1, 16)


def draw_events(key_0, key_1, step, chance, sizes):
    """Draw ones with these probabilities, else zeros.

    A number says how far the next one is among sixteen neurons.
    """
    quiet = in_runs(1.0 - lax.stop_gradient(chance), sizes, 1.0)
    first = in_runs(element_numbers(sizes), sizes, 0)[:, 0]
    key_0, key_1 = (
        key if key.ndim == 0 else in_runs(key, sizes, 0)[:, 0] for key in (key_0, key_1)
    )

    def draw_next(carried):
        count, quiet, drawn, _ = carried
        u = random_uniform(key_0, key_1, first + count, np.uint32(step))
        silent, reached = np.ones_like(quiet[:, 0]), []
        for lane in range(16):
            silent = silent * quiet[:, lane]
            reached.append(silent <= u)
        reached = np.stack(reached, axis=1)
        found = reached & ~np.pad(reached[:, :-1], ((0, 0), (1, 0)))
        quiet = np.where(reached & ~found, quiet, 1.0)
        return count + np.uint32(1), quiet, drawn | found, np.any(found)

    begin = (np.uint32(0), quiet, np.zeros(quiet.shape, bool), True)
    drawn = lax.while_loop(lambda carried: carried[3], draw_next, begin)[2]
    drawn = drawn.astype(quiet.dtype).reshape(-1)
    groups, first = [], 0
    for size in sizes:
        groups.append(stretch(drawn, first, first + size))
        first += size + -size % 16
    return np.concatenate(groups)
