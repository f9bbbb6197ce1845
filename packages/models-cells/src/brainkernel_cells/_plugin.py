"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import ModelSpec, hookimpl


@hookimpl
def brainkernel_models() -> tuple[ModelSpec, ...]:
    return (
        _model("PassiveCell", "Cells of many compartments with a leak."),
        _model("SquidAxon", "Cells of many compartments with the squid axon's channels."),
    )


def _model(name: str, description: str) -> ModelSpec:
    return ModelSpec(name, f"brainkernel_cells:{name}", kind="neuron", description=description)
