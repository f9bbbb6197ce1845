"""Spikes and sums: none is lost, none counts twice, and what arrives is added up in one order."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainkernel.testing.comparing import raster
from brainkernel.testing.models import DT
from brainkernel.testing.networks import learning, mail, play, recurrent
from brainkernel.testing.suite import Conformance

HUGE = 2.0**60  # so large that adding 1 to it changes nothing


class OrderChecks(Conformance):
    """The checks of the order contract, and of every spike arriving once."""

    def test_every_spike_arrives_once(self, backend: Any) -> None:
        """Neurons fire at every step, with delays that keep all spikes in flight together."""
        size, steps = 50, 40
        spikes = list(product(range(1, steps + 1), range(size)))
        pre, post = np.divmod(np.arange(size * size), size)
        delay = 60 + pre % 3
        net = play(mail(spikes, pre, post, delay=delay * DT), 110, backend)
        assert net.spikes.sizes["spike"] == size * steps
        arrived = np.zeros(110)
        for k in range(3):
            sources = len(range(k, size, 3))
            arrived += np.clip(np.arange(1, 111) - 60 - k, 0, steps) * sources
        expected = np.repeat(arrived[:, None], size, 1)
        np.testing.assert_array_equal(net.x.x.values, expected)

    def test_spikes_are_ordered_by_time_then_neuron(self, backend: Any) -> None:
        """However they were given."""
        spikes = [(3, 2), (1, 4), (3, 0), (2, 1), (1, 3)]
        net = play(mail(spikes, range(5), [0] * 5), 4, backend)
        recorded = zip(net.spikes.time.values / DT, net.spikes.neuron.values, strict=True)
        assert list(recorded) == sorted(spikes)

    def test_what_arrives_is_summed_by_source(self, backend: Any) -> None:
        """1 + 2**60 - 2**60 is 0 in this order; in others it is 1, which vanishes beside 2**60."""
        weights = np.array([[1.0, HUGE, -HUGE], [HUGE, -HUGE, 1.0], [HUGE, 1.0, -HUGE]])
        pre, post = np.tile(np.arange(3), 3), np.repeat(np.arange(3), 3)
        spikes = [(1, 2), (1, 0), (1, 1)]
        net = play(mail(spikes, pre, post, weight=weights.ravel()), 2, backend)
        assert net.x.x.values[-1].tolist() == [0.0, 1.0, 0.0]

    def test_what_one_source_sends_is_summed_by_synapse(self, backend: Any) -> None:
        """Several synapses of one pair act in the order in which they are numbered."""
        weights = [1.0, HUGE, -HUGE, HUGE, -HUGE, 1.0]
        net = play(mail([(1, 0)], [0] * 6, [0, 0, 0, 1, 1, 1], weight=weights), 2, backend)
        assert net.x.x.values[-1].tolist() == [0.0, 1.0]

    def test_plasticity_sees_what_was_there(self, backend: Any) -> None:
        """Arriving spikes act before the target's own; traces move after weights have read them.

        Both ends count spikes. A source's spike takes the target's count away, a target's adds 64
        of the source's.
        """
        net = play(learning(), 6, backend)
        assert net.w.w.values[-1].reshape(2, 2).tolist() == [
            [64 * 1 + 64 * 2 - 1 - 2, 64 * 2 - 1],
            [64 * 1 - 1, 64],
        ]
        assert (net.w.p.values[-1].tolist(), net.w.q.values[-1].tolist()) == ([3, 1], [2, 1])

    def test_recurrent_networks_follow_the_contract(self, backend: Any) -> None:
        """Networks of random weights, delays and periods, beside the contract in plain Python."""
        for seed in range(3):
            network = drawn(np.random.default_rng(seed))
            net, inputs = recurrent(**network)
            play(net, 60, backend, inputs=inputs)
            trace, spikes = contract(**network, steps=60)
            np.testing.assert_array_equal(net.v.V.values, trace)
            assert raster(net.spikes) == spikes
            assert len(spikes) > 20  # or this check says little


def drawn(rng: np.random.Generator, size: int = 7) -> dict[str, Any]:
    """A network whose numbers are multiples of 1/8."""
    return {
        "drive": rng.integers(0, 17, size) / 4,
        "weights": rng.integers(-4, 7, (size, size)) / 8,
        "delays": rng.integers(0, 9, (size, size)),
        "periods": rng.integers(0, 6, size),
    }


def contract(
    drive: NDArray[Any],
    weights: NDArray[Any],
    delays: NDArray[Any],
    periods: NDArray[Any],
    steps: int,
) -> tuple[NDArray[np.float64], set[tuple[int, int]]]:
    """Say what ramps do that kick each other: V at all times, and all spikes as (step, neuron)."""
    V = np.zeros(len(drive))
    last = np.full(len(drive), -steps)
    trace = []
    spikes: list[tuple[int, int]] = []
    for now in range(1, steps + 1):
        held = (periods > 0) & (now <= last + periods)
        V = np.where(held, V, V + DT * drive)
        fired = ~held & (V >= 1.0)
        V = np.where(fired, 0.0, V)
        last = np.where(fired, now, last)
        spikes += [(now, int(neuron)) for neuron in np.flatnonzero(fired)]
        closed = (periods > 0) & (now <= last + periods)
        for time, source in spikes:
            arrives = time + delays[source] == now
            V = V + np.where(arrives & ~closed, weights[source], 0.0)
        trace.append(V)
    return np.array(trace), set(spikes)
