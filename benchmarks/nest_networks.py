"""The networks of the cases, in NEST; each maker gives back its populations by name.

NEST knows no delay shorter than a step, so the networks of Brette et al. (2007), which have none,
have one of 0.1 ms here; and it solves conductance-based neurons with an adaptive method that keeps
an error bound, which costs it time.
"""

from __future__ import annotations

from argparse import Namespace

import microcircuit_numbers as column
import nest

Populations = dict[str, nest.NodeCollection]
SHORTEST = 0.1  # ms
BRETTE = {"tau_syn_ex": 5.0, "tau_syn_in": 10.0, "C_m": 200.0, "t_ref": 5.0}
COBA = {
    **BRETTE,
    "g_L": 10.0,
    "E_L": -60.0,
    "V_th": -50.0,
    "V_reset": -60.0,
    "E_ex": 0.0,
    "E_in": -80.0,
}
CUBA = {**BRETTE, "tau_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0}
COBAHH = {
    **BRETTE,
    "t_ref": 3.0,
    "g_L": 10.0,
    "E_L": -60.0,
    "g_Na": 20000.0,
    "g_K": 6000.0,
    "E_Na": 50.0,
}
COBAHH |= {"E_K": -90.0, "V_T": -63.0, "E_ex": 0.0, "E_in": -80.0}
MODELS = {
    "coba": ("iaf_cond_exp", COBA),
    "cuba": ("iaf_psc_exp", CUBA),
    "cobahh": ("hh_cond_exp_traub", COBAHH),
}


def brette(options: Namespace) -> Populations:
    """COBA, CUBA and COBAHH."""
    n, (model, parameters) = options.n, MODELS[options.case]
    neurons = nest.Create(model, n, parameters)
    normal, uniform = nest.random.normal, nest.random.uniform
    neurons.V_m = normal(-65.0, 5.0) if options.case == "coba" else uniform(-60.0, -50.0)
    if options.case != "cuba":
        exc, inh = (
            ((20.0, 7.0), (80.0, 40.0))
            if options.case == "coba"
            else ((40.0, 15.0), (200.0, 120.0))
        )
        start(neurons, exc, 1.0)
        start(neurons, inh, -1.0)
    last, weights = round(0.8 * n), (16.2, -90.0) if options.case == "cuba" else (6.0, -67.0)
    for sources, weight in ((neurons[:last], weights[0]), (neurons[last:], weights[1])):
        rule = {"rule": "pairwise_bernoulli", "p": min(1.0, 80 / n)}
        nest.Connect(sources, neurons, rule, {"weight": weight, "delay": SHORTEST})
    return {"neurons": neurons}


def start(neurons: nest.NodeCollection, first: tuple[float, float], sign: float) -> None:
    """Give the first conductances by one spike each: not all of NEST's models let them be set."""
    weight = sign * nest.math.max(nest.random.normal(*first), 0.0)
    kick = nest.Create("spike_generator", {"spike_times": [SHORTEST]})
    nest.Connect(kick, neurons, syn_spec={"weight": weight, "delay": SHORTEST})


def brunel(options: Namespace) -> Populations:
    """Fixed in-degrees; one generator, which draws anew for each neuron."""
    n, last = options.n, round(0.8 * options.n)
    exc_degree, inh_degree = round(0.1 * last), round(0.1 * (n - last))
    weight = 0.1 * 1000 / exc_degree
    names = {
        "C_m": 1.0,
        "tau_m": 20.0,
        "t_ref": 2.0,
        "E_L": 0.0,
        "V_reset": 10.0,
        "V_m": 0.0,
        "V_th": 20.0,
    }
    neurons = nest.Create("iaf_psc_delta", n, names)
    outside = nest.Create("poisson_generator", {"rate": 1e3 * 2 * 20.0 / (weight * 20.0)})
    nest.Connect(outside, neurons, syn_spec={"weight": weight, "delay": SHORTEST})
    for sources, degree, jump in (
        (neurons[:last], exc_degree, weight),
        (neurons[last:], inh_degree, -5 * weight),
    ):
        rule = {"rule": "fixed_indegree", "indegree": degree}
        nest.Connect(sources, neurons, rule, {"weight": jump, "delay": 1.5})
    return {"neurons": neurons}


def stdp(options: Namespace) -> Populations:
    """Song, Miller & Abbott (2000): additive, with NEST's own order of the spikes of one step."""
    names = {
        "C_m": 200.0,
        "g_L": 20.0,
        "E_L": -74.0,
        "V_th": -54.0,
        "V_reset": -60.0,
        "t_ref": SHORTEST,
        "E_ex": 0.0,
    }
    neurons = nest.Create(
        "iaf_cond_exp", options.n, {**names, "tau_syn_ex": 5.0, "tau_minus": 20.0, "V_m": -74.0}
    )
    sources = nest.Create("parrot_neuron", 1000)
    nest.Connect(
        nest.Create("poisson_generator", {"rate": 15.0}), sources, syn_spec={"delay": SHORTEST}
    )
    rule = {
        "synapse_model": "stdp_synapse",
        "Wmax": 0.2,
        "lambda": 0.01,
        "alpha": 1.05,
        "tau_plus": 20.0,
    }
    rule |= {
        "mu_plus": 0.0,
        "mu_minus": 0.0,
        "delay": SHORTEST,
        "weight": nest.random.uniform(0.0, 0.2),
    }
    nest.Connect(sources, neurons, "all_to_all", rule)
    return {"neurons": neurons}


def microcircuit(options: Namespace) -> Populations:
    """8 populations, and every pair of them connected by itself."""
    numbers = column.microcircuit(options.scale)
    names = {
        "tau_m": column.TAU,
        "tau_syn_ex": column.TAU_SYN,
        "tau_syn_in": column.TAU_SYN,
        "C_m": column.C,
    }
    names |= {"E_L": column.E_L, "V_th": column.V_TH, "V_reset": column.E_L, "t_ref": column.T_REF}
    groups = []
    for number in range(8):
        own = {**names, "I_e": float(numbers.constant_currents[number])}
        group = nest.Create("iaf_psc_exp", int(numbers.sizes[number]), own)
        group.V_m = nest.math.min(nest.random.normal(-58.0, 10.0), column.V_TH - 0.1)
        outside = nest.Create("poisson_generator", {"rate": float(numbers.external_rates[number])})
        nest.Connect(
            outside, group, syn_spec={"weight": numbers.external_weight, "delay": SHORTEST}
        )
        groups.append(group)
    for target, source in column.pairs(numbers):
        connect(numbers, groups, target, source)
    return dict(zip(column.NAMES, groups, strict=True))


def connect(
    numbers: column.Microcircuit, groups: list[nest.NodeCollection], target: int, source: int
) -> None:
    """Connect one population with another, by a fixed number of synapses."""
    mean = float(numbers.weights[target, source])
    low, high = (0.0, float("inf")) if mean > 0 else (float("-inf"), 0.0)
    delay, spread = column.DELAY[column.NAMES[source][-1]]
    normal = nest.random.normal
    weights = nest.math.redraw(normal(mean, abs(mean) * column.SPREAD), min=low, max=high)
    delays = nest.math.redraw(
        normal(delay, spread), min=SHORTEST / 2, max=float("inf")
    )  # rounded to whole steps
    rule = {"rule": "fixed_total_number", "N": int(numbers.synapses[target, source])}
    nest.Connect(groups[source], groups[target], rule, {"weight": weights, "delay": delays})


MAKERS = {
    "coba": brette,
    "cuba": brette,
    "cobahh": brette,
    "brunel": brunel,
    "stdp": stdp,
    "microcircuit": microcircuit,
}
