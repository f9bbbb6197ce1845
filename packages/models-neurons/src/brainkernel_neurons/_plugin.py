"""What this package offers to brainkernel."""

from __future__ import annotations

from brainkernel.plugin import ModelKind, ModelSpec, hookimpl


@hookimpl
def brainkernel_models() -> tuple[ModelSpec, ...]:
    return (
        _model("LIF", "Leaky integrate-and-fire neuron."),
        _model(
            "LIFExpCurrent",
            "Leaky integrate-and-fire neuron that keeps an exponential synaptic current.",
        ),
        _model("ExpIF", "Exponential integrate-and-fire neuron."),
        _model("AdEx", "Adaptive exponential integrate-and-fire neuron."),
        _model("Izhikevich", "Izhikevich's simple model of spiking neurons."),
        _model("HodgkinHuxley", "Hodgkin-Huxley squid axon."),
        _model("TraubMiles", "Traub and Miles' hippocampal neuron."),
        _model("WangBuzsaki", "Wang and Buzsaki's fast-spiking interneuron."),
        _model("MorrisLecar", "Morris and Lecar's barnacle muscle fibre."),
        _model("ConnorStevens", "Connor and Stevens' axon with a transient potassium current."),
        _model("PinskyRinzel", "Pinsky and Rinzel's pyramidal cell of two compartments."),
        _model("PersistentSodium", "Persistent sodium and potassium: Izhikevich's I_Na,p + I_K."),
        _model("HindmarshRose", "Hindmarsh and Rose's bursting neuron."),
        _model("QIF", "Quadratic integrate-and-fire neuron."),
        _model("AdaptiveQIF", "Adaptive quadratic integrate-and-fire neuron."),
        _model("ThetaNeuron", "Phase of a quadratic integrate-and-fire neuron."),
        _model("ResonateAndFire", "Resonate-and-fire neuron."),
        _model("MihalasNiebur", "Generalized integrate-and-fire neuron of many firing patterns."),
        _model("GIF", "Generalized integrate-and-fire neuron with escape noise."),
        _model("EscapeLIF", "Leaky integrate-and-fire neuron with escape noise."),
        _model("ALIF", "Leaky integrate-and-fire neuron with an adaptive threshold."),
        _model("FitzHughNagumo", "FitzHugh-Nagumo oscillator."),
        _model("PoissonGroup", "Independent Poisson spike trains.", kind="input"),
        _model(
            "InhomogeneousPoissonGroup",
            "Independent Poisson spike trains whose rates change in time.",
            kind="input",
        ),
        _model("SpikeGenerator", "Spikes at given times.", kind="input"),
    )


def _model(name: str, description: str, kind: ModelKind = "neuron") -> ModelSpec:
    return ModelSpec(name, f"brainkernel_neurons:{name}", kind=kind, description=description)
