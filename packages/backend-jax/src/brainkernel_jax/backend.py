"""The name under which the JAX backend will be found."""

from __future__ import annotations

from typing import Any

from brainkernel.errors import BackendError


class JaxBackend:
    """Runs nothing yet.

    Raises
    ------
    BackendError
        Whenever one is made.
    """

    name = "jax"

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        raise BackendError(
            "This version of brainkernel-jax has no JAX backend yet. "
            'Run with backend="numba" (fast) or backend="numpy" (the reference).'
        )
