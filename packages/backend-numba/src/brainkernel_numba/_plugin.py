"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import BackendSpec, hookimpl


@hookimpl
def brainkernel_backends() -> tuple[BackendSpec, ...]:
    return (
        BackendSpec(
            "numba",
            "brainkernel_numba.backend:NumbaBackend",
            description="The whole time loop compiled to machine code by Numba.",
            capabilities=(
                *("delays", "edge_functions", "edited_source", "event_functions", "explain"),
                *("float32", "group_sums", "lazy_states", "noise", "operations", "other_events"),
                *("sampling", "third_ends", "threads", "trees", "whole_functions"),
            ),
            libraries=("numba", "llvmlite"),
        ),
    )
