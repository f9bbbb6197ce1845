"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import ModelSpec, hookimpl


@hookimpl
def brainkernel_models() -> tuple[ModelSpec, ...]:
    return (
        _synapse("VoltageJump", "Each spike moves the target's membrane potential by the weight."),
        _synapse(
            "CurrentJump",
            "Each spike moves the synaptic current that the target keeps by the weight.",
        ),
        _synapse("Exponential", "Current that jumps at each spike and decays exponentially."),
        _synapse("AMPA", "Fast excitatory conductance."),
        _synapse("GABAa", "Fast inhibitory conductance."),
        _synapse(
            "GapJunction",
            "Electrical synapse: current along the difference of two membrane potentials.",
        ),
        _synapse(
            "PairSTDP",
            "Spike-timing-dependent plasticity of all pairs of spikes; mix it into a synapse.",
        ),
        _synapse(
            "NearestSTDP",
            "Spike-timing-dependent plasticity of nearest pairs of spikes; mix it into a synapse.",
        ),
        _synapse(
            "TripletSTDP",
            "Spike-timing-dependent plasticity of pairs and triplets; mix it into a synapse.",
        ),
        _synapse(
            "TsodyksMarkram", "Exponential current with short-term depression and facilitation."
        ),
    )


def _synapse(name: str, description: str) -> ModelSpec:
    return ModelSpec(name, f"brainkernel_synapses:{name}", kind="synapse", description=description)
