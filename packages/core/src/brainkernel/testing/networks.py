"""The networks of the kit: few kinds of them, since a backend compiles each kind once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import brainkernel as bk
from brainkernel.testing import models
from brainkernel.testing.models import DT


def play(net: bk.Network, steps: int, backend: Any, **options: Any) -> bk.Network:
    """Run some steps, and give the network back."""
    net.run(steps * net.dt, backend=backend, **options)
    return net


def mail(spikes: Sequence[tuple[int, int]], pre: Any, post: Any, **values: Any) -> bk.Network:
    """Sources that fire at given (step, neuron), and counters of what arrives."""
    steps, neurons = (np.array(column, np.int64) for column in zip(*spikes, strict=True))
    source = models.Source(int(np.max(pre)) + 1, steps * DT, neurons, name="source")
    target = models.Counter(int(np.max(post)) + 1, name="target")
    values = {"weight": np.ones(len(pre)), "delay": np.zeros(len(pre)), **values}
    pairs = bk.connect.from_ij(pre, post)
    jump = models.Jump(source, target, connect=pairs, name="jump", **values)
    monitors: dict[str, Any] = {
        "x": bk.StateMonitor(target, "x"),
        "spikes": bk.SpikeMonitor(source),
    }
    return bk.Network(source, target, jump, dt=DT, **monitors)


def recurrent(
    drive: Any, *, periods: Any = 0, weights: Any = None, delays: Any = 1, reset: float = 0.0
) -> tuple[bk.Network, dict[Any, Any]]:
    """Build ramps that kick each other, with drives; weights and delays are (source, target).

    Delays are in steps.
    """
    size = np.size(drive)
    cells = models.Ramp(
        size, t_ref=np.broadcast_to(periods, size) * DT, V_reset=reset, name="cells"
    )
    pre, post = np.divmod(np.arange(size * size), size)
    weight = np.zeros(size * size) if weights is None else np.ravel(weights)
    delay = np.broadcast_to(delays, (size, size)).ravel() * DT
    kick = models.Kick(
        cells, cells, connect=bk.connect.from_ij(pre, post), weight=weight, delay=delay, name="kick"
    )
    monitors: dict[str, Any] = {
        "v": bk.StateMonitor(cells, ["V", "spike"]),
        "spikes": bk.SpikeMonitor(cells),
    }
    return bk.Network(cells, kick, dt=DT, **monitors), {cells: np.asarray(drive, float)}


def mixed(
    size: int = 5, *, weight: float = 0.5, seed: int = 3, dt: float = DT, **options: Any
) -> bk.Network:
    """Build noise, leaks, decaying currents, refractory periods, long delays and slow monitors.

    Delays are longer than most pieces of a run.
    """
    noisy = models.Noisy(size, t_ref=3 * dt, V_th=options.pop("V_th", 1.0), name="noisy")
    first = options.pop("V", 0.0)
    leaky = models.Leaky(
        (2, 2), t_ref=np.reshape([0.0, 1, 2, 5], (2, 2)) * dt, V=first, name="leaky"
    )
    pre, post = np.divmod(np.arange(20), 4)
    delay = dt * (np.arange(20) * 7 % 25)
    there = models.Current(
        noisy,
        leaky,
        connect=bk.connect.from_ij(pre, post),
        weight=weight,
        delay=delay,
        name="there",
    )
    back = models.Current(
        leaky,
        noisy,
        connect=bk.connect.from_ij(post, pre),
        weight=weight / 2,
        delay=7 * dt,
        name="back",
    )
    monitors: dict[str, Any] = {
        "v": bk.StateMonitor(noisy, ["V", "spike"]),
        "w": bk.StateMonitor(leaky, "V", every=7 * dt),
        "g": bk.StateMonitor(there, "g", every=2 * dt),
        "s": bk.SpikeMonitor(leaky),
        "r": bk.RateMonitor(noisy, every=4 * dt),
    }
    return bk.Network(noisy, leaky, there, back, dt=dt, seed=seed, **monitors, **options)


def driven(net: bk.Network, steps: int = 60) -> dict[Any, Any]:
    """Give the mixed network inputs of all kinds: a function, a table, a window for a slice."""
    noisy, leaky = net.groups
    table = np.sin(np.arange(steps * 4).reshape(steps, 4)) + 1.0
    window = bk.window(0.5, 11 * net.dt, 40 * net.dt)
    return {noisy: lambda t: 0.5 + t / 8, leaky: bk.TimedArray(table, net.dt), leaky[1]: window}


def coupled() -> bk.Network:
    """Build a membrane, integrated by the midpoint rule, whose conductance three spikes open.

    The spikes are at steps 1, 3 and 4.
    """
    source = models.Source(1, np.array([1, 3, 4]) * DT, [0, 0, 0], name="source")
    cell = models.Membrane(1, method="midpoint", name="cell")
    pipe = models.Conductance(
        source, cell, connect=bk.connect.all_to_all(), tau=2.0, weight=[0.5], name="pipe"
    )
    monitors: dict[str, Any] = {
        "v": bk.StateMonitor(cell, ["V", "w"]),
        "g": bk.StateMonitor(pipe, "g"),
    }
    return bk.Network(source, cell, pipe, dt=DT, **monitors)


def mixture(size: int = 4) -> bk.Network:
    """Neurons that pull at each other along a ring, with a function that sees all of them."""
    cells = models.Mixture(size, method="euler", x=np.arange(size, dtype=float), name="cells")
    ring = bk.connect.from_ij(np.arange(size), (np.arange(size) + 1) % size)
    gap = models.Gap(cells, cells, connect=ring, weight=np.full(size, 0.5), name="gap")
    return bk.Network(cells, gap, dt=DT, s=bk.StateMonitor(cells, ["x", "time_seen"]))


def learning() -> bk.Network:
    """Build two sources and two targets, whose spikes meet alone, together, in both orders."""
    pre = models.Source(2, np.array([1, 3, 5, 3]) * DT, [0, 0, 0, 1], name="pre")
    post = models.Source(2, np.array([2, 3, 4]) * DT, [0, 0, 1], name="post")
    rule = models.Learning(pre, post, connect=bk.connect.all_to_all(), name="rule")
    return bk.Network(pre, post, rule, dt=DT, w=bk.StateMonitor(rule, ["w", "p", "q"]))
