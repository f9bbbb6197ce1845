"""Events besides the spike: a terminal that tells when its calcium begins and ceases to be high.

Each pulse lets in some calcium, which leaks out and drives the potential. The terminal spikes where
the potential reaches its threshold; two events of other kinds tell that calcium rose above a level
or fell below it. A synapse reacts to all three: spikes add to x of the target, and the others open
and close a gate. After Brian2's example "custom events", written anew.
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

DT = 0.1  # ms
PULSES = np.arange(10.0, 60.0, 5.0)  # ms
LEVEL = 1.8
TAU = 20.0  # ms
DELAY = 1.0  # ms


class Terminal(bk.Neuron):
    """Spikes by its potential; calcium that crosses a level makes other events."""

    tau = bk.parameter(TAU, unit="ms")
    level = bk.parameter(LEVEL)
    calcium = bk.state(0.0)
    V = bk.state(0.0)
    pulse = bk.input()

    @bk.derivative
    def dcalcium(calcium, tau):
        return -calcium / tau

    @bk.derivative
    def dV(V, calcium):
        return (calcium - V) / 50.0

    @bk.step("calcium")
    def let_in(calcium, pulse):
        return calcium + pulse

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart():
        return 0.0

    @bk.threshold(event="rise", crossing=True)
    def rises(calcium, level):
        return calcium - level

    @bk.threshold(event="fall", crossing=True)
    def falls(calcium, level):
        return level - calcium


class Target(bk.Neuron):
    """Keeps what arrives."""

    x = bk.state(0.0)
    gate = bk.state(0.0)

    @bk.derivative
    def dx(x):
        return -x / 10.0


class Contact(bk.Synapse):
    """Hands spikes on, and opens and closes the target's gate."""

    @bk.on_pre("x_post")
    def receive(x_post):
        return x_post + 1.0

    @bk.on_pre("gate_post", event="rise")
    def open():
        return 1.0

    @bk.on_pre("gate_post", event="fall")
    def close():
        return 0.0


def network() -> bk.Network:
    """One terminal and its target."""
    terminal, target = Terminal(1, name="terminal"), Target(1, name="target")
    contact = Contact(terminal, target, connect=bk.connect.all_to_all(), delay=DELAY)
    return bk.Network(
        terminal,
        target,
        contact,
        dt=DT,
        spikes=bk.SpikeMonitor(terminal),
        rise=bk.SpikeMonitor(terminal, event="rise"),
        fall=bk.SpikeMonitor(terminal, event="fall"),
        of_target=bk.StateMonitor(target, ["x", "gate"]),
    )


def run(net: bk.Network, duration: float = 120.0) -> tuple[float, float]:
    """Give the pulses, and return when the target's gate opens and closes."""
    steps = np.arange(round(duration / DT))
    # a pulse acts at the end of the step in which it is given
    pulsed = np.isin(steps + 1, np.rint(PULSES / DT)).astype(float)
    net.run(duration, inputs={net["terminal"]: bk.TimedArray(pulsed, dt=DT)})
    opened = net.of_target.time.values[net.of_target.gate.values[:, 0] > 0.0]
    return float(opened[0]), float(opened[-1] + DT)


def expected() -> tuple[float, float]:
    """The same from the equations: calcium after k pulses is a geometric sum."""
    kept = np.exp(-np.diff(PULSES)[0] / TAU)
    after = (1.0 - kept ** np.arange(1, PULSES.size + 1)) / (1.0 - kept)
    first = PULSES[np.argmax(after >= LEVEL)]
    last = PULSES[-1] + TAU * np.log(after[-1] / LEVEL)
    return float(first + DELAY), float(last + DELAY)


def main() -> None:
    """Print when the gate was open, and how often the terminal spiked."""
    net = network()
    opened, closed = run(net)
    print(f"the gate was open from {opened:.1f} to {closed:.1f} ms")
    print("by the equations from {:.1f} to {:.1f} ms".format(*expected()))
    print(f"{net.spikes.sizes['spike']} spikes")


if __name__ == "__main__":
    main()
