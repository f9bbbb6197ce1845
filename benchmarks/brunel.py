"""Brunel's sparse network of excitatory and inhibitory neurons, asynchronous and irregular.

10,000 excitatory and 2,500 inhibitory neurons, 1,000 and 250 delta synapses onto each: 15.6 million
synapses.

Brunel N (2000) Dynamics of sparsely connected networks of excitatory and inhibitory spiking
neurons. J Comput Neurosci 8:183-208.
"""

from __future__ import annotations

import brainkernel as bk
from brainkernel_neurons import LIF
from brainkernel_synapses import VoltageJump

J, G, ETA = (
    0.1,
    5.0,
    2.0,
)  # mV, relative inhibition, external rate over that which reaches the threshold alone
TAU, V_TH, V_RESET, T_REF, DELAY = 20.0, 20.0, 10.0, 2.0, 1.5
EXCITATORY, EPSILON = 0.8, 0.1  # part of the neurons, part of them that each hears


class DrivenLIF(LIF):
    """LIF whose potential jumps with each spike from outside; all spikes of a step are one draw."""

    outside = bk.parameter(doc="mean number of spikes in a step")
    jump = bk.parameter(unit="mV")
    arrivals = bk.poisson("outside", doc="spikes from outside in this step")

    @bk.step("V")
    def receive(V, arrivals, jump):
        return V + jump * arrivals


def brunel(n: int = 12500, *, dt: float = 0.1, seed: int = 0) -> bk.Network:
    """Build the network.

    With fewer neurons, each hears fewer, through synapses that are stronger by as much.
    """
    exc_degree, inh_degree = in_degrees(n)
    weight = J * in_degrees(12500)[0] / exc_degree
    per_ms = ETA * V_TH / (weight * TAU)  # all external spikes of one neuron
    neurons = DrivenLIF(
        n,
        name="neurons",
        tau=TAU,
        E_L=0.0,
        V_th=V_TH,
        V_reset=V_RESET,
        t_ref=T_REF,
        jump=weight,
        outside=lambda dt: per_ms * dt,
    )
    last = round(EXCITATORY * n)
    exc = jumps(neurons[:last], neurons, "exc", exc_degree, weight)
    inh = jumps(neurons[last:], neurons, "inh", inh_degree, -G * weight)
    return bk.Network(neurons, exc, inh, dt=dt, seed=seed, spikes=bk.SpikeMonitor(neurons))


def in_degrees(n: int) -> tuple[int, int]:
    """How many excitatory and inhibitory neurons each neuron hears."""
    exc = round(EXCITATORY * n)
    return max(1, round(EPSILON * exc)), max(1, round(EPSILON * (n - exc)))


def jumps(pre: bk.Slice, post: bk.Neuron, name: str, in_degree: int, weight: float) -> bk.Synapse:
    """Give each neuron its synapses from one population."""
    rule = bk.connect.fixed_in_degree(in_degree)
    return VoltageJump(pre, post, connect=rule, name=name, weight=weight, delay=DELAY)
