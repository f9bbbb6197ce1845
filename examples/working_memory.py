"""A cue makes a population fire, and slow NMDA receptors keep it firing when the cue is gone.

The network of Brunel & Wang (2001) J Comput Neurosci 11:63: pyramidal cells, of which five
populations of a tenth each are selective, and interneurons; all are connected with all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import brainkernel as bk
from brainkernel_synapses import ExponentialConductance

N_E, N_I = 800, 200
POPULATIONS, FRACTION = 5, 0.1  # selective ones, and the part of the cells in each
W_PLUS = 2.1  # within a selective population
W_MINUS = 1.0 - FRACTION * (W_PLUS - 1.0) / (1.0 - FRACTION)  # from others onto it
EXTERNAL = 800 * 3.0  # Hz: all spikes that reach a cell from outside
CUE = (200.0, 450.0)  # ms


class Cell(bk.Neuron):
    """Leaky integrate-and-fire neuron with conductances; its spikes open NMDA receptors slowly."""

    C = bk.parameter(500.0, unit="pF")
    g_L = bk.parameter(25.0, unit="nS")
    E_L = bk.parameter(-70.0, unit="mV")
    V_th = bk.parameter(-50.0, unit="mV")
    V_reset = bk.parameter(-55.0, unit="mV")
    t_ref = bk.parameter(2.0, unit="ms")
    g_NMDA = bk.parameter(0.327, unit="nS")
    population = bk.parameter(-1.0, doc="number of the selective population, or -1")
    V = bk.state(-52.0, unit="mV")
    g_ext = bk.state(0.0, unit="nS")
    x = bk.state(0.0)
    s = bk.state(0.0, doc="open NMDA receptors at its targets")
    I = bk.input(unit="pA")
    S = bk.input(doc="open NMDA receptors, of all sources")
    refractory = bk.refractory("t_ref", holds="V")

    @bk.derivative
    def dV(V, I, S, g_ext, C, g_L, E_L, g_NMDA):
        magnesium = 1.0 + np.exp(-0.062 * V) / 3.57
        I_NMDA = -g_NMDA * S * V / magnesium
        return (g_L * (E_L - V) - g_ext * V + I_NMDA + I) / C

    @bk.derivative
    def dg_ext(g_ext):
        return -g_ext / 2.0

    @bk.derivative
    def ds(s, x):
        return 0.5 * x * (1.0 - s) - s / 100.0

    @bk.derivative
    def dx(x):
        return -x / 2.0

    @bk.threshold
    def fires(V, V_th):
        return V - V_th

    @bk.reset("V", "x")
    def after_spike(V_reset, x):
        return V_reset, x + 1.0


class NMDA(bk.Synapse):
    """Counts the receptors that sources hold open."""

    weight = bk.parameter(1.0, per="synapse")

    @bk.adds_to("S")
    def opened(weight, s_pre):
        return weight * s_pre


def structured(population_pre: NDArray[Any], population_post: NDArray[Any]) -> NDArray[Any]:
    """Weights between pyramidal cells: larger within a selective population, smaller onto it."""
    same = population_pre == population_post
    onto_selective = np.where(same, W_PLUS, W_MINUS)
    return np.where(population_post >= 0, onto_selective, 1.0)


def network(seed: int = 0) -> bk.Network:
    """Make the network; the first population is given the cue."""
    size = round(FRACTION * N_E)
    number = np.arange(N_E) // size
    population = np.where(number < POPULATIONS, number, -1.0)
    E = Cell(N_E, population=population, name="E")
    I = Cell(N_I, C=200.0, g_L=20.0, t_ref=1.0, g_NMDA=0.258, name="I")
    all_to_all = bk.connect.all_to_all()

    def conductance(pre: Cell, post: Cell, E: float, tau: float, g: Any, name: str) -> Any:
        values = {"E": E, "tau": tau, "weight": g, "delay": 0.5}
        return ExponentialConductance(pre, post, connect=all_to_all, name=name, **values)

    def recurrent(population_pre: NDArray[Any], population_post: NDArray[Any]) -> NDArray[Any]:
        return 0.104 * structured(population_pre, population_post)

    def cue_rate(t: float) -> Any:
        return np.where((t >= CUE[0]) & (t < CUE[1]), 0.1 * EXTERNAL, 0.0)

    members = [
        NMDA(E, E, connect=all_to_all, weight=structured, name="NMDA_E"),
        NMDA(E, I, connect=all_to_all, name="NMDA_I"),
        conductance(E, E, 0.0, 2.0, recurrent, "AMPA_E"),
        conductance(E, I, 0.0, 2.0, 0.081, "AMPA_I"),
        conductance(I, E, -70.0, 10.0, 1.25, "GABA_E"),
        conductance(I, I, -70.0, 10.0, 0.973, "GABA_I"),
        bk.PoissonDrive(E, "g_ext", rate=EXTERNAL, weight=2.08),
        bk.PoissonDrive(I, "g_ext", rate=EXTERNAL, weight=1.62),
        bk.PoissonDrive(E[:size], "g_ext", rate=cue_rate, weight=2.08, name="cue"),
    ]
    return bk.Network(E, I, *members, seed=seed, spikes=bk.SpikeMonitor(E))


def rates(net: bk.Network, start: float, stop: float) -> NDArray[Any]:
    """Mean rates (Hz) of tenths of the pyramidal cells between two times; the first has the cue."""
    spikes = net.spikes.isel(spike=(net.spikes.time >= start) & (net.spikes.time < stop))
    counts = np.bincount(spikes.neuron.values, minlength=N_E)
    of_population = counts.reshape(-1, round(FRACTION * N_E)).mean(axis=1)
    return of_population / (stop - start) * 1e3


def main() -> None:
    """Print the rates before, during and after the cue."""
    net = network()
    net.run(1500.0, backend="numba")
    for name, start, stop in (("before", 100.0, 200.0), ("cue", *CUE), ("after", 900.0, 1500.0)):
        cued, *others = rates(net, start, stop)
        print(f"{name:<7} cued population {cued:4.1f} Hz, others {np.mean(others):4.1f} Hz")


if __name__ == "__main__":
    main()
