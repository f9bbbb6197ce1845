"""The JAX backend of brainkernel: a reserved name that runs nothing in this version."""

from __future__ import annotations

from brainkernel_jax.backend import JaxBackend

__all__ = ["JaxBackend"]
