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
                *("float32", "noise", "operations", "sampling", "threads", "trees"),
                *("whole_functions",),
                *("float32", "lazy_states", "noise", "operations", "other_events", "sampling"),
                *("threads", "whole_functions"),
                *("float32", "group_sums", "noise", "operations", "sampling", "threads"),
                *("float32", "noise", "operations", "sampling", "third_ends", "threads"),
                "whole_functions",
            ),
            libraries=("numba", "llvmlite"),
        ),
    )
