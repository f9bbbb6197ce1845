"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import BackendSpec, hookimpl


@hookimpl
def brainkernel_backends() -> tuple[BackendSpec, ...]:
    return (
        BackendSpec(
            "jax",
            "brainkernel_jax.backend:JaxBackend",
            description="Pure functions compiled by JAX: gradients, batches, GPUs.",
            devices=("cpu", "gpu"),
            capabilities=(
                *("delays", "edge_functions", "edited_source", "event_functions", "float32", "gradients"),
                *("noise", "operations", "whole_functions"),
            ),
        ),
    )
