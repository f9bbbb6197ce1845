"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import BackendSpec, hookimpl


@hookimpl
def brainkernel_backends() -> tuple[BackendSpec, ...]:
    return (
        BackendSpec(
            "jax",
            "brainkernel_jax.backend:JaxBackend",
            description="Reserved for JAX; runs nothing in this version.",
            devices=(),
        ),
    )
