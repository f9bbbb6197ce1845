"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import BackendSpec, SurrogateSpec, hookimpl


@hookimpl
def brainkernel_backends() -> tuple[BackendSpec, ...]:
    return (
        BackendSpec(
            "jax",
            "brainkernel_jax.backend:JaxBackend",
            description="Pure functions compiled by JAX: gradients, batches, GPUs.",
            devices=("cpu", "gpu"),
            capabilities=(
                *("delays", "edge_functions", "edited_source", "event_functions", "float32"),
                *("group_sums", "lazy_states", "noise", "operations", "other_events"),
                *("third_ends", "trees", "whole_functions"),
            ),
            libraries=("jax", "jaxlib"),
        ),
    )


SURROGATES = {
    "sigmoid": "The derivative of a logistic function.",
    "arctan": "The derivative of an arc tangent.",
    "superspike": "1 / (1 + slope |x|)**2.",
    "triangular": "A triangle of a chosen height.",
    "gaussian": "A normal density.",
    "multi_gaussian": "A normal density with a negative rim.",
    "piecewise_linear": "A box: the derivative of a ramp.",
    "piecewise_quadratic": "A triangle of area one.",
    "leaky_relu": "One slope below the threshold, another one above.",
    "exponential": "A two-sided exponential.",
    "log_tailed": "1 / (1 + |x|).",
    "none": "The true derivative of a step: zero.",
}


@hookimpl
def brainkernel_surrogates() -> tuple[SurrogateSpec, ...]:
    return tuple(
        SurrogateSpec(name, f"brainkernel_jax.surrogates:{name}", description=description)
        for name, description in SURROGATES.items()
    )
