"""The time loop that can be differentiated, with as many states kept as there is room for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Step = Callable[[Any, Any], tuple[Any, Any]]


def scan(step: Step, begin: Any, rows: Any, steps: int, checkpoint: bool | int) -> tuple[Any, Any]:
    """Repeat a step.

    For the derivative the state at each step is kept, or with `checkpoint` every so many.

    What lies between two states is computed again then, which is faster than to keep it: a step
    reads and writes far more numbers than a state has.

    Parameters
    ----------
    step : function
        From what is known and a row to what is known next and what is recorded.
    begin : pytree
        What is known first.
    rows : pytree
        Of arrays (steps, ...).
    steps : int
        How many.
    checkpoint : bool or int
        How many steps lie between two states that are kept; True is the square root of all.
    """
    step = jax.checkpoint(
        step, prevent_cse=False
    )  # within a scan nothing can be shared between the two anyway
    if checkpoint is False or checkpoint == 0:
        return lax.scan(step, begin, rows, length=steps)
    stretch = max(1, math.isqrt(steps)) if checkpoint is True else min(int(checkpoint), steps)
    many = steps // stretch * stretch

    @jax.checkpoint
    def several(known: Any, rows: Any) -> tuple[Any, Any]:
        return lax.scan(step, known, rows, length=stretch)

    folded = jax.tree.map(lambda row: row[:many].reshape(-1, stretch, *row.shape[1:]), rows)
    known, seen = lax.scan(several, begin, folded, length=many // stretch)
    seen = jax.tree.map(lambda each: each.reshape(many, *each.shape[2:]), seen)
    if many == steps:
        return known, seen
    rest = jax.tree.map(lambda row: row[many:], rows)
    known, last = lax.scan(step, known, rest, length=steps - many)
    return known, jax.tree.map(lambda a, b: jnp.concatenate([a, b]), seen, last)
