"""Polychronous spikes: the same three neurons make one of two others fire, by their timing.

Delays from b, c and d to a are 1, 5 and 9 ms, and to e 8, 5 and 1 ms. Fired at 0, 4 and 8 ms their
spikes reach e at different times, and those fired at 8, 4 and 0 ms reach a together, as in figure 1
of Izhikevich (2006) Neural Comput 18:245.
"""

from __future__ import annotations

import brainkernel as bk
from brainkernel_neurons import Izhikevich, SpikeGenerator
from brainkernel_synapses import VoltageJump

PATTERNS = {
    "d, c, b": {"b": 8.0, "c": 4.0, "d": 0.0},
    "b, c, d": {"b": 0.0, "c": 4.0, "d": 8.0},
    "together": {"b": 0.0, "c": 0.0, "d": 0.0},
}


def fired(pattern: dict[str, float]) -> set[str]:
    """Which of a and e fire when b, c and d fire at these times (ms)."""
    senders = "bcd"
    spikes = [(senders.index(name), 10.0 + time) for name, time in pattern.items()]
    sources = SpikeGenerator(
        3, neurons=[neuron for neuron, _ in spikes], times=[time for _, time in spikes], name="bcd"
    )
    cells = Izhikevich(2, name="ae")
    onto = VoltageJump(
        sources,
        cells,
        connect=bk.connect.from_ij([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1]),
        delay=[1.0, 5.0, 9.0, 8.0, 5.0, 1.0],
        weight=8.0,
    )
    net = bk.Network(sources, cells, onto, dt=0.1, spikes=bk.SpikeMonitor(cells))
    net.run(60.0)
    return {"ae"[neuron] for neuron in net.spikes.neuron.values}


def main() -> None:
    """Print who fires after each pattern."""
    for name, pattern in PATTERNS.items():
        print(f"{name:<9} makes fire: {', '.join(sorted(fired(pattern))) or 'none'}")


if __name__ == "__main__":
    main()
