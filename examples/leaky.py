"""The smallest whole model: a leaky neuron, driven and checked against the closed form.

It needs the core alone.
"""

from __future__ import annotations

import math

import brainkernel as bk


class Leaky(bk.Neuron):
    """Leaky integrate-and-fire neuron without dimensions."""

    tau = bk.parameter(10.0, unit="ms")
    V_reset = bk.parameter(0.0)
    V = bk.state(0.0)
    I = bk.input()

    @bk.derivative
    def dV(V, I, tau):
        return (I - V) / tau

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart(V_reset):
        return V_reset


def main() -> None:
    """Drive two neurons, one of them hard enough to fire, and say what they did."""
    neurons = Leaky(2)
    net = bk.Network(neurons, spikes=bk.SpikeMonitor(neurons), trace=bk.StateMonitor(neurons, "V"))
    net.run(100.0, inputs={neurons: [0.5, 2.0]})

    charged = float(net.trace.V.sel(neuron=0, time=50.0, method="nearest"))
    assert math.isclose(charged, 0.5 * (1 - math.exp(-5.0)), rel_tol=1e-12)
    times = net.spikes.time.values
    assert math.isclose(times[0], math.ceil(10.0 * math.log(2.0) / net.dt) * net.dt)
    print(f"V of the silent neuron at 50 ms: {charged:.6f}")
    print(f"spikes of the other one, in ms:  {', '.join(f'{time:.1f}' for time in times)}")


if __name__ == "__main__":
    main()
