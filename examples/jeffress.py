"""Jeffress' model of sound localisation: which coincidence detector fires most tells the angle.

Two ears hear the same noise with a difference of time. Each detector receives both with delays of
its own, and fires most where these make good the difference (Jeffress 1948).
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

DT = 0.02  # ms
LARGEST = 0.3  # ms: the difference of a sound from the side
DETECTORS = 61


class Ear(bk.Neuron):
    """Fires with the sound that it hears."""

    tau = bk.parameter(1.0, unit="ms")
    V = bk.state(0.0)
    sound = bk.input()
    t_ref = bk.parameter(2.0, unit="ms")
    rest = bk.refractory("t_ref")

    @bk.derivative
    def dV(V, sound, tau):
        return (sound - V) / tau

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart():
        return 0.0


class Detector(bk.Neuron):
    """Fires where two spikes come together: one alone decays within a tenth of a millisecond."""

    tau = bk.parameter(0.1, unit="ms")
    V = bk.state(0.0)

    @bk.derivative
    def dV(V, tau):
        return -V / tau

    @bk.threshold
    def fires(V):
        return V - 1.0

    @bk.reset("V")
    def restart():
        return 0.0


class Kick(bk.Synapse):
    """Two of them make a detector fire, one does not."""

    weight = bk.parameter(0.8, per="synapse")

    @bk.on_pre("V_post")
    def kick(V_post, weight):
        return V_post + weight


def counts(difference: float, duration: float = 2000.0) -> np.ndarray:
    """How often each detector fires, for a sound that is later at the right ear by so many ms."""
    ears = Ear(2, name="ears")
    detectors = Detector(DETECTORS, name="detectors")
    made_good = np.linspace(-LARGEST, LARGEST, DETECTORS)
    kicks = Kick(
        ears,
        detectors,
        connect=bk.connect.all_to_all(),
        delay=lambda pre, post, dt: bk.on_grid(
            LARGEST + np.where(pre == 0, 0.5, -0.5) * made_good[post], dt
        ),
    )
    net = bk.Network(ears, detectors, kicks, dt=DT, spikes=bk.SpikeMonitor(detectors))
    steps = round(duration / DT)
    later = round(difference / DT)
    noise = np.random.default_rng(1).normal(0.0, 8.0, steps + 1000)
    heard = np.column_stack([noise[500 : 500 + steps], noise[500 - later : 500 - later + steps]])
    net.run(duration, inputs={ears: bk.TimedArray(heard, dt=DT)}, backend="numba")
    return np.bincount(net.spikes.neuron.values, minlength=DETECTORS)


def estimate(difference: float, duration: float = 2000.0) -> float:
    """The difference of time that the detectors tell: that of the one which fires most."""
    found = counts(difference, duration)
    best = np.flatnonzero(found == found.max())
    return float(np.linspace(-LARGEST, LARGEST, DETECTORS)[best].mean())


def main() -> None:
    """Print what was heard and what was told."""
    for difference in (-0.2, 0.0, 0.1, 0.24):
        told = estimate(difference)
        print(f"sound later by {difference:5.2f} ms; the detectors tell {told:5.2f} ms")


if __name__ == "__main__":
    main()
