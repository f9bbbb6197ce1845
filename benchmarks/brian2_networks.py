"""The networks of the cases, in Brian2."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

import brian2 as b2
import microcircuit_numbers as column
import numpy as np

LIF = "dv/dt = ({current} - (v - {E_L}*mV))/(20*ms) : volt (unless refractory)"
CONDUCTANCES = """
dge/dt = -ge/(5*ms) : {unit}
dgi/dt = -gi/(10*ms) : {unit}
"""
TRAUB_MILES = """
dv/dt = (passive + ge*(0*mV - v) + gi*(-80*mV - v) \
- g_Na*m**3*h*(v - 50*mV) - g_K*n**4*(v + 90*mV))/(200*pF) : volt
passive = 10*nS*(-60*mV - v) : amp
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
alpha_m = 0.32*4/exprel((13*mV - v - 63*mV)/(4*mV))/ms : Hz
beta_m = 0.28*5/exprel((v + 63*mV - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v - 63*mV)/(18*mV))/ms : Hz
beta_h = 4./(1 + exp((40*mV - v - 63*mV)/(5*mV)))/ms : Hz
alpha_n = 0.032*5/exprel((15*mV - v - 63*mV)/(5*mV))/ms : Hz
beta_n = .5*exp((10*mV - v - 63*mV)/(40*mV))/ms : Hz
"""
COLUMN = """
dv/dt = (-65*mV - v)/(10*ms) + (I_syn + I_e)/(250*pF) : volt (unless refractory)
dI_syn/dt = -I_syn/(0.5*ms) : amp
I_e : amp (constant)
"""
PLASTIC = """
w : 1
dApre/dt = -Apre/(20*ms) : 1 (event-driven)
dApost/dt = -Apost/(20*ms) : 1 (event-driven)
"""


@dataclass
class Made:
    """A network before it runs; populations are ranges of neurons of the recorded group."""

    members: list[b2.BrianObject]
    synapses: list[b2.Synapses]
    spikes: b2.SpikeMonitor
    populations: dict[str, tuple[int, int]]


def made(neurons: b2.NeuronGroup, synapses: list[b2.Synapses], *more: b2.BrianObject) -> Made:
    """Add a spike monitor; one population."""
    spikes = b2.SpikeMonitor(neurons)
    return Made(
        [neurons, *synapses, spikes, *more], synapses, spikes, {"neurons": (0, len(neurons))}
    )


def group(case: str, n: int) -> b2.NeuronGroup:
    """The neurons of the three networks of Brette et al. (2007)."""
    if case == "cobahh":
        names = {"g_Na": 20 * b2.usiemens, "g_K": 6 * b2.usiemens}
        equations = TRAUB_MILES + CONDUCTANCES.format(unit="siemens")
        options = {
            "threshold": "v > -20*mV",
            "refractory": 3 * b2.ms,
            "method": "exponential_euler",
        }
        return b2.NeuronGroup(n, equations, namespace=names, **options)
    if case == "coba":
        current = "ge/(10*nS)*(0*mV - v) + gi/(10*nS)*(-80*mV - v)"
        equations = LIF.format(current=current, E_L=-60) + CONDUCTANCES.format(unit="siemens")
    else:
        equations = LIF.format(current="ge + gi", E_L=-49) + CONDUCTANCES.format(unit="volt")
    method = "exponential_euler" if case == "coba" else "exact"
    return b2.NeuronGroup(
        n,
        equations,
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * b2.ms,
        method=method,
    )


def brette(options: Namespace) -> Made:
    """COBA, CUBA and COBAHH."""
    case, n = options.case, options.n
    neurons = group(case, n)
    neurons.v = "-65*mV + randn()*5*mV" if case == "coba" else "-60*mV + rand()*10*mV"
    unit, weights = ("mV", (1.62, -9)) if case == "cuba" else ("nS", (6, 67))
    if case != "cuba":
        mean_ge, std_ge, mean_gi, std_gi = (20, 7, 80, 40) if case == "coba" else (40, 15, 200, 120)
        neurons.ge = f"clip({mean_ge} + {std_ge}*randn(), 0, inf)*nS"
        neurons.gi = f"clip({mean_gi} + {std_gi}*randn(), 0, inf)*nS"
    last, synapses = round(0.8 * n), []
    for source, name, weight in (
        (neurons[:last], "ge", weights[0]),
        (neurons[last:], "gi", weights[1]),
    ):
        one = b2.Synapses(source, neurons, on_pre=f"{name} += {weight}*{unit}")
        one.connect(p=min(1, 80 / n))
        synapses.append(one)
    return made(neurons, synapses)


def brunel(options: Namespace) -> Made:
    """Fixed in-degrees, drawn with NumPy."""
    n, last = options.n, round(0.8 * options.n)
    exc_degree, inh_degree = round(0.1 * last), round(0.1 * (n - last))
    weight = 0.1 * 1000 / exc_degree
    neurons = b2.NeuronGroup(
        n,
        "dv/dt = -v/(20*ms) : volt (unless refractory)",
        threshold="v >= 20*mV",
        reset="v = 10*mV",
        refractory=2 * b2.ms,
        method="exact",
    )
    random, synapses = np.random.default_rng(options.seed), []
    for first, end, degree, jump in (
        (0, last, exc_degree, weight),
        (last, n, inh_degree, -5 * weight),
    ):
        one = b2.Synapses(
            neurons,
            neurons,
            on_pre=f"v_post += {jump}*mV*int(not_refractory_post)",
            delay=1.5 * b2.ms,
        )
        one.connect(i=random.integers(first, end, n * degree), j=np.repeat(np.arange(n), degree))
        synapses.append(one)
    jump = f"{weight}*mV*int(not_refractory)"
    outside = b2.PoissonInput(
        neurons, "v", exc_degree, 2 * 20 / (weight * 20) / exc_degree / b2.ms, jump
    )
    return made(neurons, synapses, outside)


def stdp(options: Namespace) -> Made:
    """Song, Miller & Abbott (2000)."""
    sources = b2.PoissonGroup(1000, rates=15 * b2.Hz)
    equations = "dv/dt = (ge*(0*mV - v) - 74*mV - v)/(10*ms) : volt\ndge/dt = -ge/(5*ms) : 1"
    neurons = b2.NeuronGroup(
        options.n, equations, threshold="v > -54*mV", reset="v = -60*mV", method="exponential_euler"
    )
    neurons.v = -74 * b2.mV
    synapses = b2.Synapses(
        sources,
        neurons,
        PLASTIC,
        on_pre="ge += w\nApre += 0.0001\nw = clip(w + Apost, 0, 0.01)",
        on_post="Apost += -0.000105\nw = clip(w + Apre, 0, 0.01)",
    )
    synapses.connect()
    synapses.w = "rand()*0.01"
    return made(neurons, [synapses], sources)


def microcircuit(options: Namespace) -> Made:
    """One group and one `Synapses`, its pairs drawn with NumPy."""
    numbers = column.microcircuit(options.scale)
    first = np.concatenate([[0], np.cumsum(numbers.sizes)])
    neurons = b2.NeuronGroup(
        int(first[-1]),
        COLUMN,
        threshold="v >= -50*mV",
        reset="v = -65*mV",
        refractory=2 * b2.ms,
        method="exact",
    )
    random = np.random.default_rng(options.seed)
    neurons.v = np.minimum(random.normal(-58, 10, first[-1]), -50.1) * b2.mV
    neurons.I_e = np.repeat(numbers.constant_currents, numbers.sizes) * b2.pA
    drawn = [
        pairs(numbers, first, target, source, random) for target, source in column.pairs(numbers)
    ]
    source, target, weight, delay = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    synapses = b2.Synapses(neurons, neurons, "w : amp (constant)", on_pre="I_syn_post += w")
    synapses.connect(i=source, j=target)
    synapses.w, synapses.delay = weight * b2.pA, delay * b2.ms
    ranges = {name: (int(first[k]), int(first[k + 1])) for k, name in enumerate(column.NAMES)}
    weight = numbers.external_weight * b2.pA
    sources = [max(1, round(count * options.scale)) for count in column.EXTERNAL]
    outside = [
        b2.PoissonInput(
            neurons[a:b],
            "I_syn",
            sources[k],
            numbers.external_rates[k] / sources[k] * b2.Hz,
            weight,
        )
        for k, (a, b) in enumerate(ranges.values())
    ]
    found = made(neurons, [synapses], *outside)
    return Made(found.members, found.synapses, found.spikes, ranges)


def pairs(
    numbers: column.Microcircuit,
    first: np.ndarray,
    target: int,
    source: int,
    random: np.random.Generator,
):
    """Draw source, target, weight and delay of every synapse between two populations."""
    count, mean = int(numbers.synapses[target, source]), float(numbers.weights[target, source])
    weight = (np.maximum if mean > 0 else np.minimum)(
        random.normal(mean, abs(mean) * column.SPREAD, count), 0
    )
    delay = 0.1 * np.maximum(
        np.rint(random.normal(*column.DELAY[column.NAMES[source][-1]], count) / 0.1), 1
    )
    return (
        random.integers(first[source], first[source + 1], count),
        random.integers(first[target], first[target + 1], count),
        weight,
        delay,
    )


MAKERS = {
    "coba": brette,
    "cuba": brette,
    "cobahh": brette,
    "brunel": brunel,
    "stdp": stdp,
    "microcircuit": microcircuit,
}
