"""Licklider's model of pitch: which delay makes the spikes of an ear meet themselves.

The ear hears three overtones of a tone that is not there. Each detector receives the spikes of the
ear twice, at once and after a delay of its own, and fires where both come together. Most do so
behind one period of the missing tone, and that is the pitch (Licklider 1951, 1962).
"""

from __future__ import annotations

import numpy as np

import brainkernel as bk

DT = 0.05  # ms
DELAYS = np.arange(60, 161) * DT  # ms: from 3 to 8, less than two periods


class Leaky(bk.Neuron):
    """Fires at one, and begins again from zero."""

    tau = bk.parameter(1.0, unit="ms")
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


class Receptor(Leaky):
    """Follows the sound, with noise of its own."""

    sound = bk.input()
    xi = bk.normal()

    @bk.derivative
    def dV(V, sound, xi, tau):
        return (sound - V + 2.0 * xi) / tau


class Kick(bk.Synapse):
    """Adds its weight to the potential of its target."""

    weight = bk.parameter(0.05)

    @bk.on_pre("V_post")
    def kick(V_post, weight):
        return V_post + weight


def overtones(pitch: float, duration: float) -> bk.TimedArray:
    """The third, fourth and fifth overtone of a pitch (Hz)."""
    t = np.arange(0.0, duration, DT)
    tones = [np.cos(2e-3 * np.pi * number * pitch * t) for number in (3, 4, 5)]
    return bk.TimedArray(1.5 * np.maximum(sum(tones), 0.0), dt=DT)


def counts(pitch: float, duration: float = 500.0) -> np.ndarray:
    """How often each detector fires."""
    ear = Receptor(30, name="ear")
    detectors = Leaky(DELAYS.size, tau=0.3, name="detectors")
    everyone = bk.connect.all_to_all()
    at_once = Kick(ear, detectors, connect=everyone, name="at_once")
    later = Kick(ear, detectors, connect=everyone, delay=lambda post: DELAYS[post], name="later")
    net = bk.Network(ear, detectors, at_once, later, dt=DT, spikes=bk.SpikeMonitor(detectors))
    net.run(duration, inputs={ear: overtones(pitch, duration)}, backend="numba")
    return np.bincount(net.spikes.neuron.values, minlength=DELAYS.size)


def period(pitch: float, duration: float = 500.0) -> float:
    """The delay (ms) of the detectors that fire most."""
    fired = counts(pitch, duration)
    return float(DELAYS[np.flatnonzero(fired == fired.max())].mean())


def main() -> None:
    """Print what was heard and what was told."""
    for pitch in (150.0, 200.0, 240.0):
        told = period(pitch)
        print(f"overtones of {pitch:.0f} Hz, of {1e3 / pitch:.2f} ms; told {told:.2f} ms")


if __name__ == "__main__":
    main()
