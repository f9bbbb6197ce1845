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
    # within a scan nothing can be shared between a step and its repetition anyway
    step = jax.checkpoint(step, prevent_cse=False)
    if checkpoint is False or checkpoint == 0:
        return lax.scan(step, begin, rows, length=steps)
    length = min(int(checkpoint), steps)
    if checkpoint is True:
        # as many states are kept as there are steps between two, which is least in all
        length = max(1, math.isqrt(steps))
    segments = steps // length
    covered = segments * length

    @jax.checkpoint
    def segment(state: Any, rows: Any) -> tuple[Any, Any]:
        return lax.scan(step, state, rows, length=length)

    def fold(row: Any) -> Any:
        return row[:covered].reshape(-1, length, *row.shape[1:])

    def unfold(record: Any) -> Any:
        return record.reshape(covered, *record.shape[2:])

    def join(first: Any, last: Any) -> Any:
        return jnp.concatenate([first, last])

    folded = jax.tree.map(fold, rows)
    state, records = lax.scan(segment, begin, folded, length=segments)
    records = jax.tree.map(unfold, records)
    if covered == steps:
        return state, records
    remaining = jax.tree.map(lambda row: row[covered:], rows)
    state, last_records = lax.scan(step, state, remaining, length=steps - covered)
    return state, jax.tree.map(join, records, last_records)
