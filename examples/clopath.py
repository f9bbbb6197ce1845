"""Pairs of spikes strengthen or weaken a synapse by how often they come: plasticity of the voltage.

The rule and the adaptive exponential neuron of Clopath et al. (2010) Nat Neurosci 13:344, with the
parameters of visual cortex. Fifteen times five pairs, ten ms from the first spike to the second, at
the rates of Sjöström et al. (2001) Neuron 32:1149.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk
from brainkernel_neurons import SpikeGenerator
from brainkernel_synapses import Jump

RATES = (0.1, 10.0, 20.0, 40.0, 50.0)
PAIRS, TRAINS = 5, 15
LAGS = (10.0, -10.0)  # ms: from the spike of the source to that of the target


class Cell(bk.Neuron, method="rk4"):
    """Adaptive exponential neuron with an afterdepolarization, a moving threshold and its spike."""

    C = bk.parameter(281.0, unit="pF")
    g_L = bk.parameter(30.0, unit="nS")
    E_L = bk.parameter(-70.6, unit="mV")
    Delta_T = bk.parameter(2.0, unit="mV")
    V_T_rest = bk.parameter(-50.4, unit="mV")
    width = bk.parameter(2.0, unit="ms")
    V = bk.state("E_L", unit="mV", ceiling="V_peak")
    V_peak = bk.parameter(30.0, unit="mV")
    w_ad = bk.state(0.0, unit="pA")
    z = bk.state(0.0, unit="pA")
    V_T = bk.state("V_T_rest", unit="mV")
    fired_at = bk.state(-1e9, unit="ms")
    u_minus = bk.state("E_L", unit="mV")
    u_plus = bk.state("E_L", unit="mV")
    lag = bk.parameter(5.0, unit="ms")
    u_minus_then = bk.past("u_minus", delay="lag")
    u_plus_then = bk.past("u_plus", delay="lag")
    seen_minus = bk.state("E_L", unit="mV", doc="u_minus as it was before the present spike")
    seen_plus = bk.state("E_L", unit="mV", doc="u_plus as it was before the present spike")
    I = bk.input(unit="pA")
    refractory = bk.refractory("width", holds="V")

    @bk.derived(unit="mV")
    def u(V, V_peak, fired_at, width, t):
        """Membrane potential, at its peak while the spike lasts."""
        return np.where(t - fired_at < width, V_peak, V)

    @bk.derivative
    def dV(V, w_ad, z, V_T, I, C, g_L, E_L, Delta_T):
        exponential = g_L * Delta_T * np.exp((V - V_T) / Delta_T)
        return (g_L * (E_L - V) + exponential - w_ad + z + I) / C

    @bk.derivative
    def dw_ad(w_ad, V, E_L):
        return (4.0 * (V - E_L) - w_ad) / 144.0

    @bk.derivative
    def dz(z):
        return -z / 40.0

    @bk.derivative
    def dV_T(V_T, V_T_rest):
        return (V_T_rest - V_T) / 50.0

    @bk.derivative
    def du_minus(u_minus, u):
        return (u - u_minus) / 10.0

    @bk.derivative
    def du_plus(u_plus, u):
        return (u - u_plus) / 7.0

    @bk.step("seen_minus", "seen_plus")
    def look_back(u_minus_then, u_plus_then):
        return u_minus_then, u_plus_then

    @bk.threshold
    def fires(V, V_peak):
        return V - V_peak

    @bk.reset("V", "w_ad", "z", "V_T", "fired_at")
    def after_spike(E_L, w_ad, t):
        return E_L + 15.0, w_ad + 80.5, 400.0, -30.4, t


class Clopath(bk.Synapse):
    """Depression at arriving spikes by the lowpassed potential, potentiation by the potential."""

    A_LTD = bk.parameter(14e-5)
    A_LTP = bk.parameter(8e-5)
    theta_minus = bk.parameter(-70.6, unit="mV")
    theta_plus = bk.parameter(-45.3, unit="mV")
    w = bk.state(0.5, per="synapse")
    x = bk.state(0.0, per="pre")

    @bk.derivative
    def dx(x):
        return -x / 15.0

    @bk.derivative
    def dw(x, u_post, seen_plus_post, A_LTP, theta_minus, theta_plus):
        above = np.maximum(u_post - theta_plus, 0.0)
        lowpassed = np.maximum(seen_plus_post - theta_minus, 0.0)
        return A_LTP * x * above * lowpassed

    @bk.on_pre("w")
    def depress(w, seen_minus_post, A_LTD, theta_minus):
        return w - A_LTD * np.maximum(seen_minus_post - theta_minus, 0.0)

    @bk.on_pre("x")
    def trace(x):
        return x + 1.0 / 15.0


def weight_changes() -> dict[tuple[float, float], float]:
    """The weight after all trains, of that before, by lag and rate."""
    protocols = [(lag, rate) for lag in LAGS for rate in RATES]
    neurons, times = [], []
    for number, (_, rate) in enumerate(protocols):
        for pair in range(PAIRS):
            neurons.append(number)
            times.append(round(20.0 + pair * 1e3 / rate, 1))
    lags = [protocols[number][0] for number in neurons]
    later = [round(time + lag, 1) for time, lag in zip(times, lags, strict=True)]
    count = len(protocols)
    sources = SpikeGenerator(count, neurons=neurons, times=times, name="sources")
    electrodes = SpikeGenerator(count, neurons=neurons, times=later, name="electrodes")
    cells = Cell(count, name="cells")
    one_to_one = bk.connect.one_to_one()
    plastic = Clopath(sources, cells, connect=one_to_one, name="plastic")
    pulses = Jump(electrodes, cells, onto="V", connect=one_to_one, weight=150.0, name="pulses")
    net = bk.Network(sources, electrodes, cells, plastic, pulses, dt=0.1)
    before = plastic.w
    net.run(max(times) + 100.0, backend="numba")
    after = before + TRAINS * (plastic.w - before)
    return dict(zip(protocols, after / before, strict=True))


def main() -> None:
    """Print the weights by rate, as in figure 2b of the paper."""
    changes = weight_changes()
    for lag in LAGS:
        row = "  ".join(f"{rate:g} Hz {changes[lag, rate]:.2f}" for rate in RATES)
        print(f"{lag:+.0f} ms: {row}")


if __name__ == "__main__":
    main()
