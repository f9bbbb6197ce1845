"""The same networks in Brian2's C++ standalone mode, one thread; run by `run.py` with an interpreter that has Brian2.

python peer_brian2.py coba|cuba|cobahh MILLISECONDS FOLDER     prints seconds of the main loop and the mean rate
"""

from __future__ import annotations

import sys

import brian2 as b2

LIF = "dv/dt = ({current} - (v - {E_L}*mV))/(20*ms) : volt (unless refractory)"
CONDUCTANCES = """
dge/dt = -ge/(5*ms) : {unit}
dgi/dt = -gi/(10*ms) : {unit}
"""
TRAUB_MILES = """
dv/dt = (passive + ge*(0*mV - v) + gi*(-80*mV - v) - g_Na*m**3*h*(v - 50*mV) - g_K*n**4*(v + 90*mV))/(200*pF) : volt
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


def group(case: str, n: int) -> b2.NeuronGroup:
    """The neurons of one case."""
    if case == "cobahh":
        names = {"g_Na": 20 * b2.usiemens, "g_K": 6 * b2.usiemens}
        equations = TRAUB_MILES + CONDUCTANCES.format(unit="siemens")
        return b2.NeuronGroup(
            n, equations, threshold="v > -20*mV", refractory=3 * b2.ms, method="exponential_euler", namespace=names
        )
    if case == "coba":
        current = "ge/(10*nS)*(0*mV - v) + gi/(10*nS)*(-80*mV - v)"
        equations = LIF.format(current=current, E_L=-60) + CONDUCTANCES.format(unit="siemens")
    else:
        equations = LIF.format(current="ge + gi", E_L=-49) + CONDUCTANCES.format(unit="volt")
    method = "exponential_euler" if case == "coba" else "exact"
    return b2.NeuronGroup(n, equations, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * b2.ms, method=method)


def main(case: str, milliseconds: float, folder: str) -> None:
    """Build, run, print."""
    n = 4000
    b2.set_device("cpp_standalone", directory=folder, build_on_run=True)
    b2.defaultclock.dt = 0.1 * b2.ms
    neurons = group(case, n)
    neurons.v = "-65*mV + randn()*5*mV" if case == "coba" else "-60*mV + rand()*10*mV"
    unit, weights = ("mV", (1.62, -9)) if case == "cuba" else ("nS", (6, 67))
    if case != "cuba":
        neurons.ge = "(randn()*0.7 + 2)*10*nS" if case == "coba" else "(randn()*1.5 + 4)*10*nS"
        neurons.gi = "(randn()*4 + 8)*10*nS" if case == "coba" else "(randn()*12 + 20)*10*nS"
    synapses = []
    for source, name, weight in ((neurons[:3200], "ge", weights[0]), (neurons[3200:], "gi", weights[1])):
        made = b2.Synapses(source, neurons, on_pre=f"{name} += {weight}*{unit}")
        made.connect(p=80 / n)
        synapses.append(made)
    spikes = b2.SpikeMonitor(neurons)
    b2.Network(neurons, *synapses, spikes).run(milliseconds * b2.ms)
    print(b2.device._last_run_time, spikes.num_spikes / n / milliseconds * 1e3)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
