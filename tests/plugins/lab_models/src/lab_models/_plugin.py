"""What this distribution offers to brainkernel."""

from brainkernel.plugin import BackendSpec, ConnectorSpec, ModelSpec, hookimpl


@hookimpl
def brainkernel_models():
    return (
        ModelSpec(
            "QuadraticIF",
            "lab_models.quadratic_if:QuadraticIF",
            kind="neuron",
            description="Quadratic integrate-and-fire neuron.",
        ),
    )


@hookimpl
def brainkernel_connectors():
    return (
        ConnectorSpec(
            "ring", "lab_models.ring:ring", description="The nearest neighbours on a ring."
        ),
    )


@hookimpl
def brainkernel_backends():
    return (
        BackendSpec(
            "stopwatch",
            "lab_models.stopwatch:StopwatchBackend",
            description="NumPy, with the time of each stretch of steps in the log.",
            capabilities=(
                *("delays", "edge_functions", "edited_source", "event_functions", "float32"),
                *("group_sums", "lazy_states", "noise", "operations", "other_events"),
                *("third_ends", "trees", "whole_functions"),
            ),
        ),
    )
